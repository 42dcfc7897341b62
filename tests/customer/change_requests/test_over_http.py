"""Change requests over HTTP on the real database: the way through, files, two verdicts at once."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from chassis.files import FILES
from chassis.journal import Cause
from chassis.refusals import Refusal
from chassis.testing import a_rep, a_steward
from chassis.testing.principals import NORTH, SOUTH
from chassis.testing.service import ServiceClient
from chassis.work import UnitOfWork
from customer.accounts.correct_account import CorrectAccount, correct_account
from customer.change_requests.judge_request import JudgeRequest, judge_request
from customer.change_requests.model import Judgement, Verdict

from tests.customer.stack import Person

pytestmark = pytest.mark.stack

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(3_000)


@pytest_asyncio.fixture(loop_scope="session")
async def steward(client: ServiceClient) -> Person:
    return Person(client)


@pytest_asyncio.fixture(loop_scope="session")
async def rep(client: ServiceClient) -> Person:
    return Person(client, a_rep(path=NORTH))


async def propose(rep: Person, subject_id: str | None, fields: Any, **more: Any) -> Any:
    body = {"subject": "account", "subject_id": subject_id, "fields": fields, "reason": "seen there", **more}
    return await rep.make("/change-requests", body)


async def done(person: Person, path: str, body: Any = None) -> Any:
    answer = await person.call("POST", path, body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def in_review(rep: Person, steward: Person, subject_id: str | None, fields: Any, **more: Any) -> Any:
    request = await propose(rep, subject_id, fields, **more)
    await done(rep, f"/change-requests/{request['id']}/submission")
    return await done(steward, f"/change-requests/{request['id']}/review")


async def test_the_way_from_the_field_to_what_holds(steward: Person, rep: Person, client: ServiceClient):
    account = await steward.account("Proposed Hospital")
    draft = await propose(rep, account["id"], {"beds": 10, "telephone": "010"})
    path = f"/change-requests/{draft['id']}"
    assert (await rep.call("PATCH", path, {"fields": {"beds": 20}})).status_code == 428
    changed = await rep.call("PATCH", path, {"fields": {"beds": 20, "tags": ["vip"]}}, if_match='"1"')
    assert changed.status_code == 200, changed.text
    submitted = await done(rep, f"{path}/submission")
    assert (submitted["status"], submitted["due_on"], submitted["overdue"]) == ("submitted", "2026-03-04", False)
    assert [one["id"] for one in await steward.items(f"/change-requests?status=submitted&subject_id={account['id']}")]
    assert (await rep.call("POST", f"{path}/review")).status_code == 403
    await done(steward, f"{path}/review")
    verdict = {"fields": {"beds": "accept", "tags": {"verdict": "reject", "note": "no such tag"}}, "note": "thanks"}
    after = await done(steward, f"{path}/verdict", verdict)
    assert (after["status"], after["outcome"], after["fields"]) == (
        "applied",
        "partly",
        {"beds": "accept", "tags": "reject"},
    )
    shown = await steward.get(f"/accounts/{account['id']}")
    assert (shown["beds"], shown["tags"], shown["version"]) == (20, [], 2)
    accuracy = await rep.get("/change-requests/accuracy?employee_id=emp_rep")
    assert (accuracy["accepted"], accuracy["judged"]) == (1, 2)
    history = await rep.items(f"{path}/history")
    assert [one["command"] for one in history] == [
        "propose_change",
        "revise_request",
        "submit_request",
        "take_request",
        "judge_request",
    ]
    assert "seen there" not in str(history)
    stranger = Person(client, a_rep(path=SOUTH + "unt_t9/", employee_id="emp_other"))
    assert (await stranger.call("GET", path)).status_code == 404
    assert await stranger.items("/change-requests") == []


async def test_the_impact_is_shown_before_the_verdict(steward: Person, rep: Person):
    account = await steward.account("Touched Hospital")
    contact = await steward.contact("受影响", at=account["id"])
    request = await propose(rep, account["id"], {"stage": {"stage": "developing"}})
    impact = await rep.get(f"/change-requests/{request['id']}/impact")
    assert (impact["contacts"], impact["out_of_scope"]) == (1, 0)
    assert impact["accounts"][0]["contact_ids"] == [contact["id"]]
    moving = {"subject": "contact", "subject_id": contact["id"], "reason": "x"}
    move = await rep.make("/change-requests", moving | {"fields": {"move": {"to_account_id": "acc_B"}}})
    impact = await rep.get(f"/change-requests/{move['id']}/impact")
    assert ([one["account_id"] for one in impact["accounts"]], impact["out_of_scope"]) == ([account["id"]], 1)
    impact = await steward.get(f"/change-requests/{move['id']}/impact")
    assert [one["role"] for one in impact["accounts"]] == ["present", "destination"]


async def test_evidence_is_named_by_one_request_and_read_through_it(
    steward: Person, rep: Person, client: ServiceClient
):
    async def upload(name: str, content: bytes) -> Any:
        return await client.post(
            "/api/v1/change-requests/evidence", files={"file": (name, content)}, headers=rep.headers
        )

    refused = await upload("a.png", b"MZ\x90\x00 program")
    assert (refused.status_code, refused.json()["code"]) == (415, "file_type_not_taken")
    file = (await upload("门牌.png", PICTURE)).json()
    other = (await upload("门牌2.png", PICTURE)).json()
    request = await propose(rep, "acc_A", {"beds": 3}, evidence=[file["id"]])
    assert [one["name"] for one in request["evidence"]] == ["门牌.png"]
    path = f"/change-requests/{request['id']}/evidence"
    content = await steward.call("GET", f"{path}/{file['id']}/content")
    assert (content.status_code, content.content) == (200, PICTURE)
    assert (await steward.call("GET", f"{path}/{other['id']}/content")).status_code == 404
    again = await rep.call(
        "POST",
        "/change-requests",
        {"subject": "account", "subject_id": "acc_A", "fields": {"beds": 4}, "reason": "x", "evidence": [file["id"]]},
    )
    assert (again.status_code, again.json()["code"]) == (422, "unknown_reference")
    changed = await rep.call(
        "PATCH", f"/change-requests/{request['id']}", {"evidence": [other["id"]]}, if_match=f'"{request["version"]}"'
    )
    assert [one["id"] for one in changed.json()["evidence"]] == [other["id"]]
    assert (await steward.call("GET", f"{path}/{file['id']}/content")).status_code == 404
    stored = await client.app.state.edge.database.collection(FILES).find({"owner": file["id"]}).to_list(None)
    assert stored == []


async def test_a_stale_base_is_412_with_the_difference(steward: Person, rep: Person):
    account = await steward.account("Moved Hospital", beds=1)
    request = await in_review(rep, steward, account["id"], {"beds": 3})
    await steward.call("PATCH", f"/accounts/{account['id']}", {"beds": 2}, if_match='"1"')
    answer = await steward.call("POST", f"/change-requests/{request['id']}/verdict", {"fields": {"beds": "accept"}})
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["version"]) == (412, "stale_base", 2)
    assert problem["difference"] == [{"field": "beds", "base": 1, "now": 2, "proposed": 3}]
    assert (await steward.get(f"/accounts/{account['id']}"))["beds"] == 2


async def attempt(client: ServiceClient, use_case: Any, command: Any, pause: Any) -> str:
    """Run a use case that waits, at its first try, after having done its work and before committing it."""
    tries = 0

    async def action(work: UnitOfWork) -> Any:
        nonlocal tries
        tries += 1
        value = await use_case(command, work)
        if tries == 1:
            await pause()
        return value

    try:
        await client.app.state.edge.works.run(action, principal=a_steward(), cause=Cause(command="test"))
    except Refusal as refusal:
        return refusal.code
    return "done"


def a_verdict(request: Any, **verdicts: str) -> JudgeRequest:
    fields = {field: Judgement(verdict=Verdict(verdict)) for field, verdict in verdicts.items()}
    return JudgeRequest(request_id=request["id"], fields=fields)


async def test_of_two_verdicts_at_once_one_counts(steward: Person, rep: Person, client: ServiceClient):
    account = await steward.account("Twice Judged Hospital")
    request = await in_review(rep, steward, account["id"], {"beds": 3})
    meet = asyncio.Barrier(2).wait
    outcomes = await asyncio.gather(
        attempt(client, judge_request, a_verdict(request, beds="accept"), meet),
        attempt(client, judge_request, a_verdict(request, beds="reject"), meet),
    )
    assert sorted(outcomes) == ["done", "illegal_transition"]
    shown = await steward.get(f"/change-requests/{request['id']}")
    accepted = outcomes[0] == "done"
    assert shown["status"] == ("applied" if accepted else "rejected")
    assert (await steward.get(f"/accounts/{account['id']}"))["beds"] == (3 if accepted else None)


async def test_a_verdict_and_a_direct_write_forced_to_overlap_lose_neither(
    steward: Person, rep: Person, client: ServiceClient
):
    account = await steward.account("Overlapped Hospital")
    for field, value, expected in (("beds", 5, {"stale_base", "done"}), ("telephone", "010", {"done"})):
        request = await in_review(rep, steward, account["id"], {"beds": 30 + (field == "telephone")})
        meet = asyncio.Barrier(2).wait
        direct = CorrectAccount.model_validate({"account_id": account["id"], field: value})
        judged, written = await asyncio.gather(
            attempt(client, judge_request, a_verdict(request, beds="accept"), meet),
            attempt(client, correct_account, direct, meet),
        )
        assert written == "done"
        assert judged in expected
        shown = await steward.get(f"/accounts/{account['id']}")
        if field == "telephone":
            assert (shown["beds"], shown["telephone"]) == (31, "010")
        else:
            assert shown["beds"] == 5
