"""Tables of institutions: every row is created, updated, left alone or refused with all that is wrong with it."""

from typing import Any

import pytest
from chassis.files import CHUNKS, FILES
from chassis.tables.writing import xlsx_of

from tests.customer.imports.desk import ACCOUNT_MAPPING, Desk, counts, table

pytestmark = pytest.mark.stack

HEADER = "名称,类型,等级,代码,床位,组织"


async def stored(desk: Desk) -> dict[str, int]:
    journal = await desk.database.collection("journal").count_documents({"kind": "account"})
    return {"accounts": await desk.database.collection("accounts").count_documents({}), "journal": journal}


async def test_rows_become_institutions(desk: Desk):
    content = table(
        " 名称 ,类型,等级,代码,床位,组织,备注",
        "导入一院,医院,三级甲等,IMP001,１２００,unt_north,x",
        "导入二院,诊所,,IMP002,,/unt_hq/unt_south/,=1+1",
        ",,,,,,",
        "导入大药房,药店,未评级,,,unt_hq/unt_north,y",
    )
    found = await desk.imported(content, ACCOUNT_MAPPING)
    assert (found["state"], found["total"], counts(found), found["progress"]) == ("done", 3, {"created": 3}, 1.0)
    one, two, three = [await desk.account(name) for name in ("导入一院", "导入二院", "导入大药房")]
    assert (one["kind"], one["grade"], one["code"], one["beds"]) == ("hospital", "3A", "IMP001", 1200)
    assert (two["kind"], two["grade"], two["beds"], two["unit_id"]) == ("clinic", "ungraded", None, "unt_south")
    assert (three["kind"], three["unit_path"]) == ("pharmacy", "/unt_hq/unt_north/")
    history = await desk.items(f"/accounts/{one['id']}/history")
    assert (history[0]["command"], history[0]["actor"]) == ("import", "emp_steward")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
async def test_tables_in_the_encodings_that_spreadsheets_write(desk: Desk, encoding: str):
    content = table(HEADER, f"编码医院{encoding},医院,二甲,,,unt_north").encode(encoding)
    assert counts(await desk.imported(content, ACCOUNT_MAPPING)) == {"created": 1}
    assert (await desk.account(f"编码医院{encoding}"))["grade"] == "2A"


async def test_a_workbook(desk: Desk):
    async def rows() -> Any:
        yield ["工作簿医院", "医院", "三甲", "IMPX01", 800, "unt_north"]
        yield ["", "", "", "", "", ""]
        yield ["工作簿诊所", "学校", "三甲", "IMPX02", 1.5, "unt_north"]

    content = b"".join([piece async for piece in xlsx_of(HEADER.split(","), rows())])
    found = await desk.imported(content, ACCOUNT_MAPPING, name="table.xlsx")
    assert counts(found) == {"created": 1, "failed": 1}
    assert (await desk.account("工作簿医院"))["beds"] == 800
    (failed,) = await desk.failed_rows(found["id"])
    assert (failed["#row"], failed["#code"], failed["床位"]) == ("4", "unknown_kind; invalid_number", "1.5")


async def test_every_kind_of_wrong_row_says_all_that_is_wrong_with_it(desk: Desk):
    await desk.make("/accounts", {"name": "已有医院", "kind": "hospital", "unit_id": "unt_north", "code": "IMPW00"})
    before = await stored(desk)
    mapping = ACCOUNT_MAPPING | {"区划": "division_code", "纬度": "location.lat", "经度": "location.lon"}
    content = table(
        HEADER + ",区划,纬度,经度",
        "错一,学校,四级,IMPW01,很多,nowhere,110101,,",
        ",医院,,,,unt_north,,,",
        "错三,医院,,x,-1,unt_north,110101,,",
        "错四,医院,,,,unt_north,990101,39.9,",
        "错五,医院,,,,unt_north,,99,116.4",
        "已有医院,医院,,,,unt_north,,,",
        "错七,医院,,IMPW00,,unt_north,,,",
        "错八,医院,,,,unt_north,,,,多,",
        "……,医院,,,,unt_north,,,",
        "错一,医院,,,,unt_north,110101,,",
        "错一,医院,,,,unt_north,110101,,",
        f"{'长' * 201},医院,,,99999,unt_north,,,",
    )
    found = await desk.imported(content, mapping)
    assert (found["state"], counts(found)) == ("done", {"created": 1, "failed": 11})
    assert await desk.codes(found["id"]) == {
        2: "unknown_kind; unknown_grade; invalid_number; unknown_unit",
        3: "required",
        4: "string_pattern_mismatch; greater_than_equal",
        5: "required",
        6: "less_than_equal",
        7: "already_registered",
        8: "already_registered",
        9: "too_many_cells",
        10: "name_without_letters",
        12: "repeated_in_file",
        13: "string_too_long; less_than_equal",
    }
    rows = {int(row["#row"]): row for row in await desk.failed_rows(found["id"])}
    assert rows[2]["#column"] == "类型; 等级; 床位; 组织"
    assert rows[5]["#column"] == "经度"
    assert (rows[8]["#column"], rows[12]["#column"]) == ("代码", "名称")
    assert (rows[3]["#message_zh"], rows[3]["#message_en"]) == ("必填", "This is required")
    assert await stored(desk) == {name: number + 1 for name, number in before.items()}


async def test_the_file_of_failed_rows_can_be_handed_in_again_as_it_is(desk: Desk):
    content = table(HEADER, "=HYPERLINK(1)医院,医院,四级,,,unt_north", "再来医院,医院,三甲,,,unt_north")
    first = await desk.imported(content, ACCOUNT_MAPPING)
    assert counts(first) == {"created": 1, "failed": 1}
    again = await desk.failed_file(first["id"])
    assert b"'=HYPERLINK" in again
    second = await desk.imported(again, ACCOUNT_MAPPING)
    assert counts(second) == {"failed": 1}
    assert [list(row) for row in await desk.failed_rows(second["id"])] == [
        [*HEADER.split(","), "#row", "#column", "#code", "#message_zh", "#message_en"]
    ]
    put_right = (await desk.failed_file(second["id"])).replace("四级".encode(), "三级甲等".encode())
    assert counts(await desk.imported(put_right, ACCOUNT_MAPPING)) == {"created": 1}
    assert (await desk.account("=HYPERLINK(1)医院"))["grade"] == "3A"


async def test_a_dry_run_shows_every_difference_and_stores_nothing(desk: Desk):
    known = await desk.make(
        "/accounts", {"name": "预演医院", "kind": "hospital", "unit_id": "unt_north", "code": "IMPD01", "beds": 5}
    )
    same = await desk.make("/accounts", {"name": "不变医院", "kind": "hospital", "unit_id": "unt_north", "beds": 7})
    before = await stored(desk)
    content = table(
        HEADER,
        "预演医院,医院,三甲,IMPD01,6,unt_south",
        "不变医院,医院,,,7,unt_north",
        "预演新院,医院,,,8,unt_north",
        "预演错院,学校,,,,unt_north",
    )
    found = await desk.imported(content, ACCOUNT_MAPPING, mode="upsert", dry_run=True)
    assert found["state"] == "validated"
    assert counts(found) == {"created": 1, "updated": 1, "unchanged": 1, "failed": 1}
    assert await stored(desk) == before
    assert (await desk.get(f"/accounts/{known['id']}"))["version"] == 1
    pages = [await desk.get(f"/imports/{found['id']}/difference?limit=3")]
    pages.append(await desk.get(f"/imports/{found['id']}/difference?limit=3&cursor={pages[0]['next']}"))
    assert pages[1]["next"] is None
    update, unchanged, create, failed = [row for page in pages for row in page["items"]]
    assert (update["row"], update["action"], update["id"]) == (2, "updated", known["id"])
    assert {one["field"]: (one["before"], one["after"]) for one in update["fields"]} == {
        "grade": ("ungraded", "3A"),
        "beds": (5, 6),
        "unit_id": ("unt_north", "unt_south"),
    }
    assert (unchanged["action"], unchanged["id"], unchanged["fields"]) == ("unchanged", same["id"], [])
    assert (create["action"], create["id"]) == ("created", None)
    assert {one["field"]: one["after"] for one in create["fields"]}["beds"] == 8
    assert [(one["column"], one["code"]) for one in failed["problems"]] == [("类型", "unknown_kind")]
    await desk.imported(content, ACCOUNT_MAPPING, mode="upsert")
    written = {"accounts": before["accounts"] + 1, "journal": before["journal"] + 2}
    assert await stored(desk) == written, "the same table for real writes what the dry run announced"


async def test_an_update_finds_by_id_code_or_name_and_leaves_empty_cells_alone(desk: Desk):
    by_id = await desk.make("/accounts", {"name": "更一", "kind": "hospital", "unit_id": "unt_north", "beds": 1})
    await desk.make(
        "/accounts", {"name": "更二", "kind": "hospital", "unit_id": "unt_north", "code": "IMPU02", "beds": 2}
    )
    await desk.make("/accounts", {"name": "更三", "kind": "hospital", "unit_id": "unt_north", "address": "一路"})
    mapping = {"编号": "id", "代码": "code", "名称": "name", "床位": "beds", "等级": "grade"}
    content = table(
        "编号,代码,名称,床位,等级",
        f"{by_id['id']},,更一改,11,",
        ",IMPU02,,,三甲",
        ",,更三,33,",
        ",,更四,44,",
        "acc_none,,更五,55,",
    )
    found = await desk.imported(content, mapping, mode="update", defaults={"kind": "医院", "beds": 99})
    assert counts(found) == {"updated": 3, "failed": 2}
    assert (await desk.get(f"/accounts/{by_id['id']}"))["name"] == "更一改"
    two, three = await desk.account("更二"), await desk.account("更三")
    assert (two["beds"], two["grade"]) == (2, "3A"), "a default is no correction"
    assert (three["beds"], three["address"]) == (33, "一路")
    assert await desk.codes(found["id"]) == {5: "no_match", 6: "no_match"}


async def test_keys_of_two_institutions_in_one_row(desk: Desk):
    await desk.make("/accounts", {"name": "键一", "kind": "hospital", "unit_id": "unt_north", "code": "IMPK01"})
    await desk.make("/accounts", {"name": "键二", "kind": "hospital", "unit_id": "unt_north"})
    content = table(HEADER, "键二,医院,,IMPK01,,unt_north")
    found = await desk.imported(content, ACCOUNT_MAPPING, mode="upsert")
    assert await desk.codes(found["id"]) == {2: "conflicting_keys"}


async def test_departments_are_added_and_never_taken_away(desk: Desk):
    mapping = ACCOUNT_MAPPING | {"科室": "departments"}
    content = table(HEADER + ",科室", "科室医院,医院,,,,unt_north,心内科、儿科")
    await desk.imported(content, mapping)
    more = content.replace("心内科、儿科", "儿科;骨科")
    found = await desk.imported(more, mapping, mode="upsert")
    assert counts(found) == {"updated": 1}
    account = await desk.account("科室医院")
    assert [one["name"] for one in account["departments"]] == ["心内科", "儿科", "骨科"]
    assert counts(await desk.imported(more, mapping, mode="upsert")) == {"unchanged": 1}


async def test_all_rows_or_none(desk: Desk):
    before = await stored(desk)
    content = table(HEADER, "原子一,医院,,,,unt_north", "原子二,学校,,,,unt_north", "……,医院,,,,unt_north")
    found = await desk.imported(content, ACCOUNT_MAPPING, atomic=True)
    assert (found["state"], counts(found)) == ("failed", {"failed": 2})
    assert [one["code"] for one in found["errors"]] == ["rows_refused"]
    assert await desk.codes(found["id"]) == {3: "unknown_kind", 4: "name_without_letters"}
    assert (await stored(desk))["accounts"] == before["accounts"]
    whole = table(HEADER, *(f"原子医院{number},医院,,,,unt_north" for number in range(700)))
    assert counts(await desk.imported(whole, ACCOUNT_MAPPING, atomic=True)) == {"created": 700}
    long = table(HEADER, *(f"多{number},医院,,,,unt_north" for number in range(1001)))
    found = await desk.imported(long, ACCOUNT_MAPPING, atomic=True)
    assert (found["state"], found["errors"][0]["code"]) == ("failed", "too_many_rows")


async def test_a_table_that_cannot_be_read_says_why(desk: Desk):
    cases: list[tuple[bytes, str, list[tuple[str, str | None]]]] = [
        (b"", "t.csv", [("empty_table", None)]),
        ("名称,类型\nx,医院\n".encode(), "t.csv", [("missing_column", c) for c in ("等级", "代码", "床位", "组织")]),
        (table(HEADER + ",名称", "a").encode(), "t.csv", [("repeated_column", "名称")]),
        (HEADER.encode() + b"\n\xff\xff\xff,x\n", "t.csv", [("unknown_encoding", None)]),
        (b"PK\x03\x04\x14\0\x06\0[Content_Types].xml", "t.xlsx", [("broken_workbook", None)]),
    ]
    for content, name, errors in cases:
        found = await desk.imported(content, ACCOUNT_MAPPING, name=name)
        assert found["state"] == "failed"
        assert [(one["code"], one["column"]) for one in found["errors"]] == errors
        assert await desk.failed_rows(found["id"]) == []


async def test_a_table_without_rows_is_done_at_once(desk: Desk):
    found = await desk.imported(HEADER + "\n", ACCOUNT_MAPPING)
    assert (found["state"], found["total"], counts(found)) == ("done", 0, {})


async def test_no_table_outlives_its_import(desk: Desk):
    content = table(HEADER, "留存医院,医院,,,,unt_north")
    for more in ({}, {"mode": "upsert", "dry_run": True}, {"mapping_": 1}):
        if "mapping_" in more:
            await desk.imported("x\n", ACCOUNT_MAPPING)
        else:
            await desk.imported(content, ACCOUNT_MAPPING, **more)
    assert await desk.database.collection(FILES).count_documents({}) == 0
    assert await desk.database.collection(CHUNKS).count_documents({}) == 0
