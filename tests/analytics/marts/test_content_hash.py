"""The fingerprint of the marts sees every value and no order."""

import random

from analytics.marts.content_hash import content_hash
from analytics.marts.file import MartFile
from analytics.marts.schema import HASHED

from tests.analytics.histories import Record, apply_all, busy_company


def hashes(records: list[Record], batch: int = 10_000) -> dict[str, str]:
    file = MartFile(None)
    for start in range(0, len(records), batch):
        apply_all(file, records[start : start + batch])
    return content_hash(file.reader())[1]


def test_the_size_of_batches_does_not_matter():
    records = busy_company(random.Random(1), 20).records
    assert hashes(records, 7) == hashes(records)


def test_a_single_other_value_is_seen_in_its_table_only():
    first, second = busy_company(random.Random(1), 5), busy_company(random.Random(1), 5)
    first.visit("vis_x", account_id="acc_1a", attendees=("con_1a", "con_1b"))
    second.visit("vis_x", account_id="acc_1a", attendees=("con_1a", "con_1c"))
    one, other = hashes(first.records), hashes(second.records)
    assert {name for name in one if one[name] != other[name]} == {"fact_visit"}


def test_a_row_that_is_there_twice_is_seen():
    file = MartFile(None)
    apply_all(file, busy_company(random.Random(1), 60).records)
    whole, tables = content_hash(file.reader())
    writer = file.reader()
    writer.execute("INSERT INTO fact_stock_movement SELECT * FROM fact_stock_movement")
    again, tables_again = content_hash(file.reader())
    assert again != whole
    assert {name for name in tables if tables[name] != tables_again[name]} == {"fact_stock_movement"}


def test_every_table_that_holds_facts_is_hashed():
    file = MartFile(None)
    found = file.reader().execute("SELECT table_name FROM duckdb_tables()").fetchall()
    assert {name for (name,) in found} - set(HASHED) == {"meta", "places"}
