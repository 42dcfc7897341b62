"""How often: counted in this process's memory, so an installation with several gateways allows as many times more."""

import math
import time

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from gateway.limits.refusals import TooManyRequests
from gateway.limits.windows import Windows


class _Counter:
    """Counts events by key in windows of fixed length."""

    def __init__(self, item: RateLimitItem) -> None:
        self._item = item
        self._windows = FixedWindowRateLimiter(Windows())

    def count(self, *key: str) -> None:
        """One more. Raises: TooManyRequests, with the time until the next window."""
        if self._windows.hit(self._item, *key):
            return
        ends = self._windows.get_window_stats(self._item, *key).reset_time
        raise TooManyRequests(
            f"At most {self._item.amount} per {self._item.GRANULARITY.name}",
            retry_after=max(1, math.ceil(ends - time.time())),
        )

    def forget(self, *key: str) -> None:
        """Start again from nothing."""
        self._windows.clear(self._item, *key)


class Rates:
    """Requests of one principal: `per_second`."""

    def __init__(self, per_second: int) -> None:
        self._counter = _Counter(RateLimitItemPerSecond(per_second))

    def count(self, employee_id: str) -> None:
        """One request. Raises: TooManyRequests."""
        self._counter.count(employee_id)


class Attempts:
    """Tries to prove a password: `per_minute` by user name and address. Success clears the count."""

    def __init__(self, per_minute: int) -> None:
        self._counter = _Counter(RateLimitItemPerMinute(per_minute))

    def count(self, username: str, address: str) -> None:
        """One try. Raises: TooManyRequests."""
        self._counter.count(username.strip().casefold(), address)

    def forget(self, username: str, address: str) -> None:
        """The password was right."""
        self._counter.forget(username.strip().casefold(), address)
