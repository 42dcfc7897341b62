from itertools import combinations
from pathlib import Path
from typing import Any

from customer.duplicates.blocks import CROWD, NEIGHBOURS, Spill, pairs_of
from hypothesis import given
from hypothesis import strategies as st

Entries = dict[str, list[int]]


def all_pairs(folder: Path, entries: Entries, files: int) -> list[tuple[str, str]]:
    spill = Spill(folder, files)
    spill.write(entries.items())
    crowded = spill.crowded()
    return [
        pair
        for number in range(files)
        for key, block in spill.blocks(number).items()
        for pair in pairs_of(key, block, entries, lambda keys: keys, lambda _: (), crowded)
    ]


@given(st.dictionaries(st.text("abc", min_size=1, max_size=3), st.lists(st.integers(0, 9), max_size=4)))
def test_each_pair_that_shares_a_key_is_compared_once(tmp_path_factory: Any, entries: Entries):
    found = all_pairs(tmp_path_factory.mktemp("spill"), entries, 3)
    shared = [pair for pair in combinations(sorted(entries), 2) if set(entries[pair[0]]) & set(entries[pair[1]])]
    assert sorted(found) == shared


def test_a_crowd_is_never_squared_and_other_keys_of_its_members_still_count(tmp_path: Path):
    many = CROWD * 5
    entries: Entries = {f"e{number:04d}": [7] for number in range(many)}
    entries["e0001"], entries[f"e{many - 1:04d}"] = [7, 8], [7, 8]
    found = all_pairs(tmp_path, entries, 2)
    assert len(found) <= many * NEIGHBOURS + 1
    assert ("e0001", f"e{many - 1:04d}") in found
    assert ("e0001", "e0002") in found


def test_the_number_of_files_follows_the_number_of_rows():
    assert Spill.files_for(0) == 1
    assert Spill.files_for(16_000_000) == 401
    assert Spill.files_for(10**9) == 512
