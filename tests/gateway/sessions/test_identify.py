"""Who a request comes from."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from chassis.refusals import Refusal, Unauthenticated, Unavailable
from contracts.roles import LEAVER, Permission, Role
from gateway.principals.people import Person
from gateway.sessions.refusals import InvalidToken, PositionNotValid, SessionEnded, TokenExpired
from pymongo.errors import ServerSelectionTimeoutError

from tests.gateway.builders import INTERNAL_KEY, NOW, Hall, a_hall, a_login, a_session


async def refused(hall: Hall, header: str | None) -> type[Refusal]:
    with pytest.raises(Refusal) as caught:
        await hall.identity.identify(header)
    return type(caught.value)


async def test_a_good_token_names_the_caller_and_the_scope():
    hall = a_hall()
    caller = await hall.identity.identify(hall.bearer["Authorization"])
    assert caller.principal.employee_id == "emp_1"
    assert caller.principal.paths == ("/unt_hq/unt_north/unt_n1/",)
    assert caller.session.id == hall.session.id


async def test_after_the_first_request_nothing_is_read():
    hall = a_hall()
    for _ in range(50):
        await hall.identity.identify(hall.bearer["Authorization"])
    assert (hall.sessions.reads, hall.people.reads) == (1, 1)


@pytest.mark.parametrize(
    ("header", "refusal"),
    [
        (None, Unauthenticated),
        ("", InvalidToken),
        ("Bearer", InvalidToken),
        ("Bearer ", InvalidToken),
        ("Basic eDp5", InvalidToken),
        ("Bearer x.y.z", InvalidToken),
        ("Bearer \xff\xfe", InvalidToken),
    ],
)
async def test_other_headers_are_refused(header: str | None, refusal: type[Refusal]):
    assert await refused(a_hall(), header) is refusal


async def test_the_scheme_may_be_written_in_any_case():
    hall = a_hall()
    assert await hall.identity.identify(hall.bearer["Authorization"].replace("Bearer", "bearer"))


async def test_an_expired_token_is_told_from_an_invalid_one():
    hall = a_hall()
    header = hall.bearer["Authorization"]
    hall.clock.now += 900
    assert await refused(hall, header) is TokenExpired


async def test_a_session_ended_in_this_process_is_over_with_the_next_request():
    hall = a_hall()
    header = hall.bearer["Authorization"]
    await hall.identity.identify(header)
    hall.seen_sessions.put(hall.session.id, replace(hall.session, ended_at=NOW))
    assert await refused(hall, header) is SessionEnded


async def test_a_session_ended_elsewhere_is_over_with_the_next_poll():
    hall = a_hall()
    header = hall.bearer["Authorization"]
    await hall.identity.identify(header)
    ended = replace(hall.session, ended_at=NOW)
    hall.sessions.changed.append((ended.id, ended, NOW))
    hall.clock.now += 1
    await hall.seen_sessions.follow(NOW - timedelta(seconds=10))
    assert await refused(hall, header) is SessionEnded


@pytest.mark.parametrize("which", ["sessions", "people"])
async def test_without_polling_nothing_is_believed_for_a_minute(which: str):
    """The promise holds even when the poll misses a change."""
    hall = a_hall()
    header = hall.bearer["Authorization"]
    await hall.identity.identify(header)
    if which == "sessions":
        hall.sessions.documents[hall.session.id] = replace(hall.session, ended_at=NOW)
    else:
        hall.people.documents["emp_1"] = Person.of(a_login(valid_to=date(2026, 1, 1)))
    hall.clock.now += 59
    assert await refused(hall, header) in (SessionEnded, PositionNotValid)


async def test_when_the_database_is_away_for_long_callers_are_told_to_come_back():
    hall = a_hall()
    header = hall.bearer["Authorization"]
    await hall.identity.identify(header)
    hall.sessions.away = hall.people.away = ServerSelectionTimeoutError("away")
    hall.clock.now += 30
    await hall.identity.identify(header)
    hall.clock.now += 29
    assert await refused(hall, header) is Unavailable


async def test_a_session_of_somebody_else_is_not_taken_for_the_callers():
    hall = a_hall()
    other = a_session("emp_2")
    hall.sessions.documents[other.id] = other
    token, _ = hall.tokens.mint("emp_1", other.id, until=hall.clock.now + 100, now=hall.clock.now)
    assert await refused(hall, f"Bearer {token}") is SessionEnded


async def test_a_session_nobody_knows_is_over():
    hall = a_hall()
    token, _ = hall.tokens.mint("emp_1", "ses_gone", until=hall.clock.now + 100, now=hall.clock.now)
    assert await refused(hall, f"Bearer {token}") is SessionEnded


@pytest.mark.parametrize(
    ("login", "good"),
    [
        ({"valid_from": date(2026, 3, 2)}, True),
        ({"valid_from": date(2026, 3, 3)}, False),
        ({"valid_to": date(2026, 3, 3)}, True),
        ({"valid_to": date(2026, 3, 2)}, False),
    ],
)
async def test_a_position_is_good_from_its_first_day_until_before_its_last(login: dict[str, Any], good: bool):
    hall = a_hall(**login)
    if good:
        assert await hall.identity.identify(hall.bearer["Authorization"])
    else:
        assert await refused(hall, hall.bearer["Authorization"]) is PositionNotValid


async def test_a_position_ends_at_midnight_of_the_organisation():
    at = datetime(2026, 3, 2, 15, 59, 50, tzinfo=UTC)  # 23:59:50 in Shanghai
    hall = a_hall(at=at.timestamp(), valid_to=date(2026, 3, 3))
    header = hall.bearer["Authorization"]
    await hall.identity.identify(header)
    hall.clock.now += 11
    assert await refused(hall, header) is PositionNotValid


async def test_a_changed_position_brings_its_scope_and_new_internal_tokens():
    from chassis.tokens import Mint, public_jwks, verify
    from gateway.routing.internal_tokens import InternalTokens

    hall = a_hall()
    tokens = InternalTokens(Mint(INTERNAL_KEY), clock=hall.clock)
    header = hall.bearer["Authorization"]
    before = await hall.identity.identify(header)
    first = tokens.token(before.person, "customer")
    assert tokens.token(before.person, "customer") == first
    moved = Person.of(a_login(roles=[Role.STEWARD]))
    hall.people.changed.append(("emp_1", moved, NOW))
    hall.clock.now += 1
    await hall.seen_people.follow(NOW)
    after = await hall.identity.identify(header)
    second = verify(public_jwks(INTERNAL_KEY), tokens.token(after.person, "customer"), "customer", hall.clock.now)
    assert second.paths == ("/",)
    assert after.principal.sees_everything


async def test_an_internal_token_is_used_for_twenty_seconds_and_by_one_service():
    from chassis.tokens import Mint
    from gateway.routing.internal_tokens import InternalTokens

    hall = a_hall()
    tokens = InternalTokens(Mint(INTERNAL_KEY), clock=hall.clock)
    person = (await hall.identity.identify(hall.bearer["Authorization"])).person
    first = tokens.token(person, "customer")
    assert tokens.token(person, "visits") != first
    hall.clock.now += 19
    assert tokens.token(person, "customer") == first
    hall.clock.now += 2
    assert tokens.token(person, "customer") != first


NORTH_POSITION = {"position_id": "pos_1", "unit_id": "unt_n", "unit_path": "/unt_hq/unt_n/", "roles": ["manager"]}
SOUTH_POSITION = {"position_id": "pos_2", "unit_id": "unt_s", "unit_path": "/unt_hq/unt_s/", "roles": ["rep"]}


async def principal_on(day: date, positions: list[dict[str, Any]], **more: Any) -> Any:
    """The principal at ten in the morning of a day, by the date alone: nothing is learned anew."""
    hall = a_hall(positions=positions, **more)
    hall.clock.now += (day - NOW.date()).days * 86_400
    return (await hall.identity.identify(hall.bearer["Authorization"])).principal


async def test_two_positions_at_once_make_one_scope():
    start = {"valid_from": date(2026, 1, 1)}
    positions = [NORTH_POSITION | start | {"share": 40}, SOUTH_POSITION | start | {"share": 60}]
    principal = await principal_on(date(2026, 3, 2), positions)
    assert principal.paths == ("/unt_hq/unt_n/", "/unt_hq/unt_s/")
    assert principal.roles == {Role.MANAGER, Role.REP}
    assert principal.unit_id == "unt_s"


@pytest.mark.parametrize(
    ("day", "path", "role"),
    [
        (date(2026, 3, 2), "/unt_hq/unt_n/", Role.MANAGER),
        (date(2026, 3, 3), "/unt_hq/unt_n/", Role.MANAGER),
        (date(2026, 3, 4), "/unt_hq/unt_s/", Role.REP),
    ],
)
async def test_positions_begin_and_end_by_the_date_alone(day: date, path: str, role: Role):
    change = date(2026, 3, 4)
    positions = [
        NORTH_POSITION | {"valid_from": date(2026, 1, 1), "valid_to": change},
        SOUTH_POSITION | {"valid_from": change},
    ]
    principal = await principal_on(day, positions)
    assert (principal.paths, principal.roles) == ((path,), {role})


async def test_between_two_positions_nobody_comes_in():
    positions = [
        NORTH_POSITION | {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 3, 3)},
        SOUTH_POSITION | {"valid_from": date(2026, 3, 5)},
    ]
    with pytest.raises(PositionNotValid):
        await principal_on(date(2026, 3, 4), positions)


async def test_a_running_session_sees_the_new_day_with_new_internal_tokens():
    from chassis.tokens import Mint
    from gateway.routing.internal_tokens import InternalTokens

    change = date(2026, 3, 3)
    hall = a_hall(
        at=datetime(2026, 3, 2, 15, 59, 50, tzinfo=UTC).timestamp(),
        positions=[
            NORTH_POSITION | {"valid_from": date(2026, 1, 1), "valid_to": change},
            SOUTH_POSITION | {"valid_from": change},
        ],
    )
    tokens = InternalTokens(Mint(INTERNAL_KEY), clock=hall.clock)
    header = hall.bearer["Authorization"]
    before = await hall.identity.identify(header)
    first = tokens.token(before.person, "customer")
    hall.clock.now += 11
    after = await hall.identity.identify(header)
    assert after.principal.paths == ("/unt_hq/unt_s/",)
    assert tokens.token(after.person, "customer") != first


@pytest.mark.parametrize(
    ("positions", "lines"),
    [
        ([{"line_ids": ["lin_1"]}, {"line_ids": ["lin_2"]}], ("lin_1", "lin_2")),
        ([{"line_ids": ["lin_1"]}, {}], ("*",)),
        ([{"line_ids": ["lin_1"], "roles": ["hq"]}], ("*",)),
    ],
)
async def test_positions_for_product_lines_see_their_lines(positions: list[dict[str, Any]], lines: tuple[str, ...]):
    start = {"valid_from": date(2026, 1, 1)}
    made = [base | start | own for base, own in zip((NORTH_POSITION, SOUTH_POSITION), positions, strict=False)]
    assert (await principal_on(date(2026, 3, 2), made)).lines == lines


LEAVES = date(2026, 3, 4)
LAST = [SOUTH_POSITION | {"valid_from": date(2026, 1, 1), "valid_to": LEAVES}]


async def test_until_the_leaving_date_nothing_changes():
    principal = await principal_on(date(2026, 3, 3), LAST, leaves_on=LEAVES)
    assert (principal.leaving, Permission.VISITS_WRITE in principal.permissions) == (False, True)


async def test_from_the_leaving_date_on_only_handing_over_is_left():
    principal = await principal_on(LEAVES, LAST, leaves_on=LEAVES)
    assert (principal.leaving, principal.paths) == (True, ("/unt_hq/unt_s/",))
    assert principal.permissions == LEAVER


async def test_nobody_comes_in_when_the_record_of_the_employment_is_closed():
    with pytest.raises(PositionNotValid):
        await principal_on(LEAVES, LAST, leaves_on=LEAVES, closed_on=LEAVES)
