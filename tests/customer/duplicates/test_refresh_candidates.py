from typing import Any

import pytest
from chassis.refusals import NotFound
from chassis.testing import FakeUnitOfWork, a_manager, a_steward
from chassis.testing.principals import NORTH, SOUTH
from contracts.events.customer import DuplicateDismissed
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.duplicates.dismiss_duplicate import DismissDuplicate, dismiss_duplicate
from customer.duplicates.model import AlreadyDismissed, Candidate, Dismissal, Standing
from customer.duplicates.refresh_candidates import refresh_candidates

from tests.customer.builders import a_contact, an_account, the_units

ONE = {"name": "福州市闽侯县昙石医院", "division_code": "350121", "telephone": "0591-22081234"}
TWIN = {"name": "闽侯縣曇石醫院", "division_code": "350121"}


@pytest.fixture
async def work() -> FakeUnitOfWork:
    unit = FakeUnitOfWork(principal=a_steward())
    for stored in (*the_units(), an_account("acc_1", **ONE), an_account("acc_2", path=SOUTH, **TWIN)):
        await unit.given(stored)
    await unit.given(an_account("acc_3", name="长乐区人民医院", division_code="350112"))
    return unit


async def pairs(work: FakeUnitOfWork, **where: Any) -> list[Candidate]:
    return await work.find(Candidate, where)


async def compared(work: FakeUnitOfWork, *ids: str, kind: Any = "account") -> FakeUnitOfWork:
    for one in ids:
        await refresh_candidates(kind, one, work)
    await work.commit()
    return work.next()


async def changed(work: FakeUnitOfWork, account_id: str, **facts: Any) -> FakeUnitOfWork:
    await correct_account(CorrectAccount(account_id=account_id, **facts), work)
    await work.commit()
    return await compared(work.next(), account_id)


async def test_a_pair_is_the_same_from_either_side(work: FakeUnitOfWork):
    work = await compared(work, "acc_1")
    (pair,) = await pairs(work)
    assert (pair.left_id, pair.right_id, pair.standing) == ("acc_1", "acc_2", Standing.OPEN)
    assert pair.score > 0.9
    assert pair.reasons[0].code == "same_name"
    work = await compared(work, "acc_2", "acc_3")
    assert await pairs(work) == [pair]


async def test_a_pair_goes_when_a_side_becomes_another_institution_and_comes_back(work: FakeUnitOfWork):
    work = await compared(work, "acc_1")
    work = await changed(work, "acc_2", name="闽侯县荆溪卫生院")
    assert await pairs(work) == []
    work = await changed(work, "acc_2", name=TWIN["name"])
    assert len(await pairs(work)) == 1


async def test_a_dismissed_pair_stays_away_until_a_side_changes_materially(work: FakeUnitOfWork):
    work = await compared(work, "acc_1")
    (pair,) = await pairs(work)
    await dismiss_duplicate(DismissDuplicate(candidate_id=pair.id, reason="two houses"), work)
    assert [type(event) for event in work.emitted] == [DuplicateDismissed]
    await work.commit()
    work = await compared(work.next(), "acc_1", "acc_2")
    assert [one.standing for one in await pairs(work)] == [Standing.DISMISSED]
    work = await changed(work, "acc_2", beds=100)
    assert [one.standing for one in await pairs(work)] == [Standing.DISMISSED]
    with pytest.raises(AlreadyDismissed):
        await dismiss_duplicate(DismissDuplicate(candidate_id=pair.id, reason="again"), work)
    work = await changed(work, "acc_2", telephone="0591-22081234")
    (again,) = await pairs(work)
    assert (again.standing, again.score > pair.score) == (Standing.OPEN, True)
    await dismiss_duplicate(DismissDuplicate(candidate_id=pair.id, reason="still two"), work)
    await work.commit()
    (dismissal,) = await work.next().find(Dismissal, {})
    assert (dismissal.version, dismissal.reason) == (2, "still two")


async def test_a_pair_that_goes_and_comes_back_unchanged_is_still_dismissed(work: FakeUnitOfWork):
    work = await compared(work, "acc_1")
    (pair,) = await pairs(work)
    await dismiss_duplicate(DismissDuplicate(candidate_id=pair.id, reason="two houses"), work)
    await work.commit()
    work = await changed(work.next(), "acc_2", name="闽侯县荆溪卫生院")
    assert await pairs(work) == []
    work = await changed(work, "acc_2", name=TWIN["name"])
    assert [one.standing for one in await pairs(work)] == [Standing.DISMISSED]


async def test_only_who_sees_both_sides_may_dismiss(work: FakeUnitOfWork):
    work = await compared(work, "acc_1")
    (pair,) = await pairs(work)
    for path in (NORTH, SOUTH):
        unit = work.next(principal=a_manager(path))
        with pytest.raises(NotFound):
            await dismiss_duplicate(DismissDuplicate(candidate_id=pair.id, reason="x"), unit)


async def test_contacts_are_compared_and_leave_no_name_behind(work: FakeUnitOfWork):
    await work.given(a_contact("con_1", at="acc_1", name="王小明"))
    await work.given(a_contact("con_2", at="acc_1", name="王曉明"))
    await work.given(a_contact("con_3", at="acc_1", name="李小明"))
    work = await compared(work, "con_1", kind="contact")
    (pair,) = await pairs(work, kind="contact")
    assert (pair.left_id, pair.right_id) == ("con_1", "con_2")
    await dismiss_duplicate(DismissDuplicate(candidate_id=pair.id, reason="王小明 and 王晓明 are cousins"), work)
    await work.commit()
    assert "小明" not in str(work.journal())
    assert pair.left_digest not in str(work.journal())
    assert "小明" not in str(pair.model_dump())
