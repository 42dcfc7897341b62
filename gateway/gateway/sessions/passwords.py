"""Hashing of passwords: argon2id in threads of its own, so that the door stays open while it works."""

import asyncio
import ctypes
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from chassis.refusals import Unavailable

T = TypeVar("T")

_MEMORY_KIB, _PASSES, _LANES = 12_288, 3, 1
"""One of the settings that OWASP names as equal for argon2id; with two threads hashing never needs more than 24 MiB."""
_THREADS = 2
_M_MMAP_THRESHOLD = -3


class Passwords:
    """Makes and checks password hashes. At most `waiting` wait for a thread, the others are told to come back."""

    def __init__(self, *, waiting: int = 64) -> None:
        _give_large_blocks_back()
        self._hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")
        self._waiting = waiting
        self._under_way = 0
        self._nobody = self._hasher.hash(secrets.token_urlsafe(32))

    async def hash(self, password: str) -> str:
        """The hash to store. Raises: Unavailable when too many wait."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str) -> bool:
        """True when the password belongs to the hash. Without a hash the same work is done, and the answer is False.

        Raises: Unavailable when too many wait.
        """
        fits = await self._run(self._fits, self._nobody if stored is None else stored, password)
        return fits and stored is not None

    def outdated(self, stored: str) -> bool:
        """True when the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Stop the threads; what waits is dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _fits(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._under_way >= self._waiting + _THREADS:
            raise Unavailable("Too many sign-ins at once", retry_after=1)
        self._under_way += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._under_way -= 1


def _give_large_blocks_back() -> None:
    """Let glibc return blocks beyond 1 MiB to the system as soon as they are freed.

    By default it keeps, per thread and for ever, what was once freed in blocks as large as those of argon2.
    """
    with suppress(OSError, AttributeError):  # another C library has another allocator
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 1024 * 1024)
