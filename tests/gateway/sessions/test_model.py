"""Sessions and passwords, pure."""

from dataclasses import replace
from datetime import timedelta

import pytest
from gateway.sessions.model import Session, password_violations

from tests.gateway.builders import LIFETIMES, NOW, a_session


def test_a_session_lives_until_it_is_idle_for_too_long():
    session = a_session()
    assert session.live(NOW + timedelta(days=13, hours=23))
    assert not session.live(NOW + timedelta(days=14))


def test_use_prolongs_a_session_but_not_beyond_its_whole_life():
    late = NOW + timedelta(days=55)
    assert LIFETIMES.until(created_at=NOW, now=late) == NOW + timedelta(days=60)


def test_an_ended_session_is_over_at_once():
    assert not replace(a_session(), ended_at=NOW, ended_because="logged_out").live(NOW)


def test_a_session_is_stored_and_loaded_unchanged():
    session = a_session()
    assert Session.load(session.dump()) == session


@pytest.mark.parametrize(
    ("password", "codes"),
    [
        ("ten chars!", []),
        ("nine char", ["password_too_short"]),
        ("密码密码密码密码密码", []),
        ("Short", ["password_too_short", "password_is_username"]),
        ("a-long-user-name", ["password_is_username"]),
    ],
)
def test_a_password_is_long_enough_and_not_the_user_name(password: str, codes: list[str]):
    username = "short" if len(password) == 5 else "A-Long-User-Name"
    assert [v.code for v in password_violations(password, field="password", username=username)] == codes
