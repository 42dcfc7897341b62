"""Sessions on the real stack: from the hiring event to the last refresh."""

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from contracts.roles import Role

from tests.gateway.stack import NORTH, PASSWORD, SOUTH, RunningGateway

pytestmark = pytest.mark.stack


async def me(house: RunningGateway, tokens: dict[str, Any]) -> tuple[int, Any]:
    """What /me says."""
    status, answer, _ = await house.call("GET", "/me", token=tokens["access_token"])
    return status, answer


async def until(house: RunningGateway, tokens: dict[str, Any], status: int, within_s: float = 5.0) -> Any:
    """Ask /me until it answers with a status."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        seen, answer = await me(house, tokens)
        if seen == status:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(f"never {status}")


async def test_an_invitation_leads_to_a_session_that_knows_its_position(house: RunningGateway):
    employee_id, invitation = await house.hire("lin", roles=[Role.REP], path=NORTH)
    status, answer, _ = await house.call("POST", "/auth/activate", {"invitation": invitation, "password": PASSWORD})
    assert (status, answer) == (201, {"employee_id": employee_id, "username": "lin"})
    tokens = await house.sign_in("lin")
    assert tokens["expires_in"] == 900
    assert tokens["token_type"] == "Bearer"
    status, answer = await me(house, tokens)
    assert status == 200
    assert answer["employee_id"] == employee_id
    assert answer["roles"] == ["rep"]
    assert answer["paths"] == [NORTH]
    assert "visits.write" in answer["permissions"]
    assert "units.write" not in answer["permissions"]


async def test_company_wide_roles_see_everything(house: RunningGateway):
    _, tokens = await house.employ("head", roles=[Role.HQ], path="/unt_hq/")
    assert (await me(house, tokens))[1]["paths"] == ["/"]


async def test_an_activation_waits_for_the_event_that_is_on_its_way(house: RunningGateway):
    import hashlib
    import secrets

    from chassis.ids import new_id
    from contracts.events.customer import EmployeeHired

    from tests.gateway.stack import a_state

    employee_id, invitation = new_id("emp"), secrets.token_urlsafe(32)
    body = {"invitation": invitation, "password": PASSWORD}
    early = asyncio.create_task(house.call("POST", "/auth/activate", body))
    await asyncio.sleep(0.7)
    hired = EmployeeHired(
        employee=a_state(employee_id, "early", [Role.REP], NORTH),
        invitation_sha256=hashlib.sha256(invitation.encode()).hexdigest(),
        invitation_expires_at=datetime.now(UTC) + timedelta(days=1),
    )
    await house.say(hired, employee_id, NORTH)
    assert (await early)[0] == 201


async def test_unknown_used_and_expired_invitations_are_told_apart_and_change_nothing(house: RunningGateway):
    _, invitation = await house.hire("once", roles=[Role.REP], path=NORTH)
    await house.activate(invitation)
    late = datetime.now(UTC) - timedelta(seconds=1)
    _, expired = await house.hire("late", roles=[Role.REP], path=NORTH, expires=late)
    for sent, code in (
        ("never-given", "unknown_invitation"),
        (invitation, "invitation_used"),
        (expired, "invitation_expired"),
    ):
        status, answer, _ = await house.call(
            "POST", "/auth/activate", {"invitation": sent, "password": "another password"}
        )
        assert (status, answer["code"]) == (422, code)
        assert [(v["field"], v["code"]) for v in answer["violations"]] == [("invitation", code)]
    assert (await house.sign_in("once"))["access_token"]
    status, _, _ = await house.call("POST", "/auth/token", {"username": "late", "password": "another password"})
    assert status == 401


async def test_one_invitation_answered_many_times_at_once_makes_one_password(house: RunningGateway):
    _, invitation = await house.hire("many", roles=[Role.REP], path=NORTH)
    answers = await asyncio.gather(
        *(
            house.call("POST", "/auth/activate", {"invitation": invitation, "password": f"password number {n}"})
            for n in range(6)
        )
    )
    won = [n for n, (status, _, _) in enumerate(answers) if status == 201]
    assert len(won) == 1
    assert sorted(status for status, _, _ in answers) == [201] + [422] * 5
    assert await house.sign_in("many", f"password number {won[0]}")


async def test_all_faults_of_an_activation_come_in_one_answer(house: RunningGateway):
    status, answer, _ = await house.call("POST", "/auth/activate", {"invitation": "never", "password": "short"})
    assert status == 422
    assert {(v["field"], v["code"]) for v in answer["violations"]} == {
        ("invitation", "unknown_invitation"),
        ("password", "password_too_short"),
    }


async def test_refreshing_rotates_and_using_an_old_token_again_ends_the_session_for_good(house: RunningGateway):
    _, first = await house.employ("rota", roles=[Role.REP], path=NORTH)
    status, second, _ = await house.call("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert status == 200
    assert second["refresh_token"] != first["refresh_token"]
    assert (await me(house, second))[0] == 200
    status, answer, headers = await house.call("POST", "/auth/refresh", {"refresh_token": first["refresh_token"]})
    assert (status, answer["code"]) == (401, "session_ended")
    assert headers["www-authenticate"].startswith("Bearer")
    status, _, _ = await house.call("POST", "/auth/refresh", {"refresh_token": second["refresh_token"]})
    assert status == 401
    for tokens in (first, second):
        status, answer = await me(house, tokens)
        assert (status, answer["code"]) == (401, "session_ended")


async def test_a_refresh_token_used_twice_at_once_serves_at_most_one(house: RunningGateway):
    _, tokens = await house.employ("race", roles=[Role.REP], path=NORTH)
    answers = await asyncio.gather(
        *(house.call("POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}) for _ in range(6))
    )
    assert sorted(status for status, _, _ in answers)[1:] == [401] * 5
    for status, pair, _ in answers:
        if status == 200:
            assert (await house.call("POST", "/auth/refresh", {"refresh_token": pair["refresh_token"]}))[0] == 401


async def test_logging_out_ends_the_access_token_at_once(house: RunningGateway):
    _, tokens = await house.employ("bye", roles=[Role.REP], path=NORTH)
    status, _, _ = await house.call("POST", "/auth/logout", token=tokens["access_token"])
    assert status == 204
    status, answer = await me(house, tokens)
    assert (status, answer["code"]) == (401, "session_ended")
    assert (await house.call("POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}))[0] == 401
    assert (await house.call("POST", "/auth/logout", token=tokens["access_token"]))[0] == 401


async def test_logging_out_works_with_the_refresh_token_too(house: RunningGateway):
    _, tokens = await house.employ("bye2", roles=[Role.REP], path=NORTH)
    assert (await house.call("POST", "/auth/logout", {"refresh_token": tokens["refresh_token"]}))[0] == 204
    assert (await me(house, tokens))[0] == 401


async def test_a_logout_at_another_gateway_process_is_seen_within_seconds(
    house: RunningGateway, database_uri: str, database_name: str, broker_address: str, topic_prefix: str
):
    from tests.gateway.stack import running_gateway

    _, tokens = await house.employ("two", roles=[Role.REP], path=NORTH)
    assert (await me(house, tokens))[0] == 200
    async with running_gateway(
        database_uri=database_uri,
        database_name=database_name,
        broker_address=broker_address,
        topic_prefix=topic_prefix,
        reactions=False,
    ) as other:
        assert (await me(other, tokens))[0] == 200
        assert (await other.call("POST", "/auth/logout", token=tokens["access_token"]))[0] == 204
        assert (await until(house, tokens, 401))["code"] == "session_ended"


async def test_a_new_password_ends_the_other_sessions_and_keeps_this_one(house: RunningGateway):
    _, here = await house.employ("pass", roles=[Role.REP], path=NORTH)
    elsewhere = await house.sign_in("pass")
    body = {"current_password": PASSWORD, "new_password": "quite another one"}
    assert (await house.call("POST", "/auth/password", body, token=here["access_token"]))[0] == 204
    assert (await me(house, here))[0] == 200
    assert (await me(house, elsewhere))[0] == 401
    assert (await house.call("POST", "/auth/token", {"username": "pass", "password": PASSWORD}))[0] == 401
    assert await house.sign_in("pass", "quite another one")


async def test_a_wrong_current_password_and_a_weak_new_one_are_told_together(house: RunningGateway):
    _, tokens = await house.employ("weak", roles=[Role.REP], path=NORTH)
    body = {"current_password": "not this one", "new_password": "short"}
    status, answer, _ = await house.call("POST", "/auth/password", body, token=tokens["access_token"])
    assert status == 422
    assert {(v["field"], v["code"]) for v in answer["violations"]} == {
        ("current_password", "wrong_password"),
        ("new_password", "password_too_short"),
    }
    assert await house.sign_in("weak")


async def test_a_reassignment_changes_what_a_running_session_sees(house: RunningGateway):
    employee_id, tokens = await house.employ("moved", roles=[Role.REP], path=NORTH)
    assert (await me(house, tokens))[1]["paths"] == [NORTH]
    await house.reassign(employee_id, "moved", roles=[Role.MANAGER], path=SOUTH)
    end = time.monotonic() + 8
    while (seen := (await me(house, tokens))[1])["paths"] != [SOUTH]:
        assert time.monotonic() < end, seen
        await asyncio.sleep(0.1)
    assert seen["roles"] == ["manager"]


async def test_the_end_of_a_position_ends_access_and_sign_in(house: RunningGateway):
    employee_id, tokens = await house.employ("gone", roles=[Role.REP], path=NORTH)
    await house.reassign(employee_id, "gone", roles=[Role.REP], path=NORTH, valid_to=date(2025, 1, 1))
    assert (await until(house, tokens, 401, 8.0))["code"] == "position_not_valid"
    assert (await house.call("POST", "/auth/refresh", {"refresh_token": tokens["refresh_token"]}))[0] == 401
    status, answer, _ = await house.call("POST", "/auth/token", {"username": "gone", "password": PASSWORD})
    assert (status, answer["code"]) == (401, "position_not_valid")


async def test_a_position_that_begins_later_does_not_let_in_today(house: RunningGateway):
    _, invitation = await house.hire("soon", roles=[Role.REP], path=NORTH, valid_from=date(2099, 1, 1))
    await house.activate(invitation)
    status, answer, _ = await house.call("POST", "/auth/token", {"username": "soon", "password": PASSWORD})
    assert (status, answer["code"]) == (401, "position_not_valid")


async def test_wrong_names_and_wrong_passwords_look_alike_and_take_alike(house: RunningGateway):
    await house.employ("timing", roles=[Role.REP], path=NORTH)
    took: dict[str, list[float]] = {"timing": [], "nobody-of-that-name": []}
    answers: list[Any] = []
    for _ in range(4):
        for username in took:
            began = time.perf_counter()
            status, answer, _ = await house.call("POST", "/auth/token", {"username": username, "password": "wrong one"})
            took[username].append(time.perf_counter() - began)
            answer.pop("request_id")
            answers.append((status, answer))
    assert all(answer == answers[0] for answer in answers)
    known, unknown = (min(times) for times in took.values())
    assert unknown > known / 2


async def test_guessing_is_stopped_by_name_and_address_with_a_time_to_wait(house: RunningGateway):
    _, invitation = await house.hire("guessed", roles=[Role.REP], path=NORTH)
    await house.activate(invitation)
    statuses: list[int] = []
    for _ in range(12):
        status, answer, headers = await house.call("POST", "/auth/token", {"username": "guessed", "password": "wrong"})
        statuses.append(status)
    assert statuses[:9] == [401] * 9
    assert statuses[-1] == 429
    assert answer["code"] == "rate_limited"
    assert 1 <= int(headers["retry-after"]) <= 60
    status, _, _ = await house.call("POST", "/auth/token", {"username": "guessed", "password": PASSWORD})
    assert status == 429
    assert (await house.call("POST", "/auth/token", {"username": "lin", "password": "wrong"}))[0] == 401


@pytest.mark.parametrize(
    ("path", "body", "status", "violations"),
    [
        ("/auth/token", b"{", 400, None),
        ("/auth/token", b"[]", 400, None),
        ("/auth/token", b"", 400, None),
        ("/auth/token", b"{}", 400, {("username", "required"), ("password", "required")}),
        ("/auth/token", b'{"username": {"$gt": ""}, "password": {"$gt": ""}}', 400, None),
        ("/auth/token", b'{"username": 1, "password": "x"}', 400, None),
        ("/auth/token", b'{"username": "a", "password": "x", "admin": true}', 400, {("admin", "unknown_field")}),
        ("/auth/token", b'{"username": "", "password": ""}', 400, None),
        ("/auth/token", b'{"username": "a\\u0000b", "password": "xx"}', 400, None),
        ("/auth/token", b'{"username": "a", "password": "' + b"x" * 257 + b'"}', 400, None),
        ("/auth/token", b'{"username": "' + b"x" * 1_100_000 + b'"}', 413, None),
        ("/auth/refresh", b'{"refresh_token": "nonsense"}', 401, None),
        ("/auth/refresh", b'{"refresh_token": "ses_1.1.AAAA"}', 401, None),
        ("/auth/refresh", b'{"refresh_token": "\xc3\xa9.1.AAAA"}', 401, None),
        ("/auth/refresh", b'{"refresh_token": 5}', 400, None),
        ("/auth/refresh", b'{"refresh_token": ["a"]}', 400, None),
        ("/auth/logout", b'{"refresh_token": "nonsense"}', 401, None),
        ("/auth/logout", b"", 401, None),
        ("/auth/password", b'{"current_password": "a", "new_password": "b"}', 401, None),
        ("/auth/activate", b'{"invitation": "", "password": ""}', 400, None),
        ("/auth/nothing", b"{}", 404, None),
    ],
)
async def test_bad_input_gets_its_exact_status(
    house: RunningGateway, path: str, body: bytes, status: int, violations: set[tuple[str, str]] | None
):
    answered, answer, headers = await house.call("POST", path, raw=body)
    assert answered == status, answer
    assert headers["content-type"].startswith("application/problem+json")
    assert answer["status"] == status
    assert answer["type"] == f"urn:terrain:problem:{answer['code']}"
    assert answer["request_id"] == headers["x-request-id"]
    if violations is not None:
        assert {(v["field"], v["code"]) for v in answer["violations"]} == violations
    if status == 401:
        assert headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/auth/token", 405), ("DELETE", "/me", 405)])
async def test_other_methods_are_405(house: RunningGateway, method: str, path: str, status: int):
    _, tokens = await house.employ(f"m{method}", roles=[Role.REP], path=NORTH)
    assert (await house.call(method, path, token=tokens["access_token"]))[0] == status
