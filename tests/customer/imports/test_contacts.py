"""Tables of contacts: people are found by number, or by name at their institution, and move when the table says so."""

import pytest

from tests.customer.imports.desk import Desk, counts, table

pytestmark = pytest.mark.stack

MAPPING = {
    "姓名": "name",
    "手机": "mobile",
    "机构": "account_id",
    "科室": "department",
    "职务": "role",
    "职称": "title",
    "入职": "valid_from",
}
HEADER = ",".join(MAPPING)


async def contact(desk: Desk, name: str) -> dict[str, object]:
    found = await desk.database.collection("contacts").find({"name": name}).to_list(None)
    assert len(found) == 1, f"{len(found)} contacts are called {name}"
    return await desk.get(f"/contacts/{found[0]['_id']}")


async def test_rows_become_contacts(desk: Desk):
    content = table(
        HEADER,
        "王导入,１３８００１３８０００,acc_A,dep_A1,主任,主任医师,2024/3/1",
        "李导入,+86 139 0013 9000,Hospital acc_B,,,,",
    )
    found = await desk.imported(content, MAPPING, kind="contact")
    assert counts(found) == {"created": 2}
    wang, li = await contact(desk, "王导入"), await contact(desk, "李导入")
    (place,) = wang["affiliations"]
    assert (wang["mobile"], wang["title"]) == ("+8613800138000", "主任医师")
    assert (place["account_id"], place["department_id"], place["role"]) == ("acc_A", "dep_A1", "主任")
    assert place["valid_from"] == "2024-03-01"
    assert (li["affiliations"][0]["account_id"], li["affiliations"][0]["valid_from"]) == ("acc_B", "2026-03-01")


async def test_every_kind_of_wrong_row(desk: Desk):
    await desk.contact("赵已有", mobile="13700137000")
    content = table(
        HEADER,
        "错一,123,nowhere,,,,2026-13-01",
        ",13700137001,acc_A,dep_none,,,",
        "赵又来,137 0013 7000,acc_A,,,,",
        "错四,,acc_C,,,,",
        "错五,13700137005,acc_A,,,,",
        "错六,13700137005,acc_A,,,,",
        "错七,,acc_A,,,,2099-01-01",
        "错八,,,,,,",
    )
    found = await desk.imported(content, MAPPING, kind="contact")
    assert counts(found) == {"created": 1, "failed": 7}
    assert await desk.codes(found["id"]) == {
        2: "unknown_institution; invalid_date",
        3: "required; unknown_department",
        4: "already_registered",
        5: "institution_closed",
        7: "repeated_in_file",
        8: "too_far_ahead",
        9: "required",
    }


async def test_an_upsert_corrects_and_moves(desk: Desk):
    content = table(
        HEADER,
        "陈一,13600136001,acc_A,,,,2024-01-01",
        "陈二,,acc_A,,,,2024-01-01",
        "陈三,13600136003,acc_B,,,,2024-01-01",
    )
    assert counts(await desk.imported(content, MAPPING, kind="contact", mode="upsert")) == {"created": 3}
    assert counts(await desk.imported(content, MAPPING, kind="contact", mode="upsert")) == {"unchanged": 3}
    content = table(
        HEADER,
        "陈一,13600136001,acc_B,dep_B1,,主任医师,2026-02-01",
        "陈二,13600136002,acc_A,,,,",
        "陈二,,acc_A,,护士长,,",
    )
    rehearsed = await desk.imported(content, MAPPING, kind="contact", mode="upsert", dry_run=True)
    moved, _, _ = (await desk.get(f"/imports/{rehearsed['id']}/difference"))["items"]
    assert {one["field"] for one in moved["fields"]} == {"title", "account_id", "department"}
    found = await desk.imported(content, MAPPING, kind="contact", mode="upsert")
    assert counts(found) == {"created": 1, "updated": 2}
    one = await contact(desk, "陈一")
    assert [(place["account_id"], place["valid_from"]) for place in one["affiliations"]] == [
        ("acc_A", "2024-01-01"),
        ("acc_B", "2026-02-01"),
    ]
    assert one["title"] == "主任医师"


async def test_an_update_finds_nobody_by_a_name_alone_that_two_have(desk: Desk):
    content = table(HEADER, "周同名,13500135001,acc_A,,,,", "周同名,13500135002,acc_A,,,,")
    assert counts(await desk.imported(content, MAPPING, kind="contact")) == {"created": 2}
    content = table(HEADER, "周同名,,acc_A,,,主任医师,", "周没有,13500135009,acc_A,,,,")
    found = await desk.imported(content, MAPPING, kind="contact", mode="update")
    assert await desk.codes(found["id"]) == {2: "ambiguous_match", 3: "no_match"}


async def test_nothing_that_a_table_says_of_people_goes_into_the_journal(desk: Desk):
    content = table(HEADER, "孙不公开,13400134001,acc_A,,,,", "孙也不公开,123,acc_A,,,,")
    await desk.imported(content, MAPPING, kind="contact", name="孙氏.csv")
    journal = str(await desk.database.collection("journal").find().to_list(None))
    assert "孙" not in journal
    assert "13400134001" not in journal


async def test_erasing_a_person_empties_the_rows_that_speak_of_them_and_no_others(desk: Desk):
    content = table(
        HEADER,
        "郑被忘,13300133001,acc_A,,,,",
        "郑被忘,133 0013 3001,nowhere,,,,",
        "冯还在,13300133002,nowhere,,,,",
    )
    dry = await desk.imported(content, MAPPING, kind="contact", dry_run=True, name="郑被忘.csv")
    real = await desk.imported(content, MAPPING, kind="contact", name="郑被忘.csv")
    person = await contact(desk, "郑被忘")
    update = await desk.imported(
        table("编号,职称", f"{person['id']},院士"),
        {"编号": "id", "职称": "title"},
        kind="contact",
        mode="update",
        dry_run=True,
    )
    assert len(await desk.failed_rows(real["id"])) == 2
    answer = await desk.call("POST", f"/contacts/{person['id']}/erasure", {"reason": "asked for"})
    assert answer.status_code in (200, 201, 202), answer.text
    kept = [str(await desk.database.collection(name).find().to_list(None)) for name in ("job_rows", "job_progress")]
    assert "郑被忘" not in "".join(kept)
    assert "13300133001" not in "".join(kept).replace(" ", "")
    assert [row["姓名"] for row in await desk.failed_rows(real["id"])] == ["冯还在"]
    for import_id in (dry["id"], update["id"]):
        rows = await desk.items(f"/imports/{import_id}/difference")
        assert "院士" not in str(rows)
        assert len(rows) == (await desk.get(f"/imports/{import_id}"))["total"], "that there was a row is no secret"


async def test_nobody_is_erased_while_contacts_are_imported(desk: Desk):
    person = await desk.contact("韩等待")
    content = table(HEADER, *(f"等待{number},,acc_A,,,," for number in range(1_500)))
    running = (await desk.hand_in(content, MAPPING, kind="contact")).json()["id"]
    answer = await desk.call("POST", f"/contacts/{person['id']}/erasure", {"reason": "asked for"})
    assert (answer.status_code, answer.json()["code"], answer.json()["imports"]) == (409, "import_under_way", [running])
    await desk.call("POST", f"/imports/{running}/abort")
    answer = await desk.call("POST", f"/contacts/{person['id']}/erasure", {"reason": "asked for"})
    assert answer.status_code in (200, 201, 202), answer.text
