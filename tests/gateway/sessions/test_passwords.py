"""Hashing of passwords."""

import asyncio

import pytest
from chassis.refusals import Unavailable
from gateway.sessions.passwords import Passwords


async def test_a_password_fits_its_own_hash_only():
    passwords = Passwords()
    stored = await passwords.hash("a good password")
    assert stored.startswith("$argon2id$")
    assert "a good password" not in stored
    assert await passwords.verify(stored, "a good password")
    assert not await passwords.verify(stored, "a good passworD")
    assert not passwords.outdated(stored)
    passwords.close()


@pytest.mark.parametrize("stored", [None, "", "not a hash", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA"])
async def test_without_a_usable_hash_nothing_fits(stored: str | None):
    passwords = Passwords()
    for password in ("", "a good password"):
        assert not await passwords.verify(stored, password)
    passwords.close()


async def test_the_loop_goes_on_while_passwords_are_hashed():
    passwords = Passwords()
    hashing = asyncio.gather(*(passwords.hash("a good password") for _ in range(4)))
    turns = 0
    while not hashing.done():
        await asyncio.sleep(0)
        turns += 1
    assert turns > 50
    passwords.close()


async def test_too_many_at_once_are_told_to_come_back():
    passwords = Passwords(waiting=2)
    outcomes = await asyncio.gather(*(passwords.hash("a good password") for _ in range(8)), return_exceptions=True)
    refused = [o for o in outcomes if isinstance(o, Unavailable)]
    assert len(refused) == 4
    assert all(o.retry_after for o in refused)
    assert await passwords.hash("a good password")
    passwords.close()
