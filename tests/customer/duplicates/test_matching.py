"""How well the matcher does, on invented institutions and on real ones judged by hand."""

from collections import defaultdict
from itertools import combinations

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
