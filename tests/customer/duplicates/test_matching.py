"""How well the matcher does, on invented institutions and on real ones judged by hand."""

import csv
import os
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest
from customer.duplicates.scoring import CANDIDATE, judge_accounts
from customer.duplicates.traits import account_keys, account_traits

from tests.customer.duplicates.institutions import entries, true_pairs


@pytest.mark.parametrize("seed", [1, 2])
def test_of_invented_institutions_nearly_all_pairs_are_found_and_nearly_nothing_else(seed: int):
    found = entries(8_000, seed=seed)
    traits = [
        account_traits(
            name=one.name,
            kind=one.kind,
            division_code=one.division_code,
            telephone=one.telephone,
            address=one.address,
            point=one.point,
        )
        for one in found
    ]
    blocks: dict[int, list[int]] = defaultdict(list)
    for position, each in enumerate(traits):
        for key in account_keys(each):
            blocks[key].append(position)
    met = {pair for block in blocks.values() for pair in combinations(block, 2)}
    told = {(one, two) for one, two in met if judge_accounts(traits[one], traits[two]).score >= CANDIDATE}
    truth = true_pairs(found)
    assert len(truth) > 700
    assert len(met) < 5 * len(found)
    assert len(told & truth) / len(truth) >= 0.95
    assert len(told & truth) / len(told) >= 0.9


REAL = Path(os.environ.get("TERRAIN_HOSPITALS", Path(__file__).parents[4] / "shared/data/hospitals-cn.csv"))
VERDICTS = Path(__file__).with_name("judged_pairs.csv")


@pytest.mark.skipif(not REAL.exists(), reason="the file of real hospitals is not here; TERRAIN_HOSPITALS names it")
def test_of_real_hospitals_judged_by_hand_the_same_are_told_and_no_others():
    with REAL.open(encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    judged = [line.split(",") for line in VERDICTS.read_text().splitlines() if not line.startswith("#")]
    assert len(judged) == 200

    def traits(row: str):
        facts = rows[int(row) - 2]
        return account_traits(
            name=facts["name"],
            kind="hospital",
            division_code=facts["city_code"],
            telephone=facts["telephone"],
            address=facts["address"],
            point=None,
        )

    told: set[tuple[str, str]] = set()
    same = {(one, other) for one, other, verdict in judged if verdict == "same"}
    for one, other, _ in judged:
        left, right = traits(one), traits(other)
        met = set(account_keys(left)) & set(account_keys(right))
        if met and judge_accounts(left, right).score >= CANDIDATE:
            told.add((one, other))
    assert len(told & same) / len(same) >= 0.95
    assert len(told & same) / len(told) >= 0.9
