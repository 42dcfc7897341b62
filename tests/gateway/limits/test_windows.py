"""The counters behind the limits."""

import threading

from gateway.limits.windows import Windows
from limits import RateLimitItemPerSecond
from limits.strategies import FixedWindowRateLimiter

from tests.gateway.builders import HandClock


def test_a_count_lasts_as_long_as_its_window():
    clock = HandClock(1000.0)
    windows = Windows(clock=clock)
    assert [windows.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    assert windows.get_expiry("a") == 1060
    clock.now += 59
    assert windows.incr("a", 60) == 4
    clock.now += 1
    assert windows.get("a") == 0
    assert windows.incr("a", 60) == 1


def test_counts_can_be_taken_back_and_forgotten():
    windows = Windows()
    windows.incr("a", 60, amount=5)
    assert windows.decr("a", 2) == 3
    assert windows.decr("b") == 0
    windows.clear("a")
    assert windows.get("a") == 0
    windows.incr("b", 60)
    assert windows.reset() == 1


def test_keys_whose_window_is_over_do_not_pile_up():
    clock = HandClock(1000.0)
    windows = Windows(clock=clock)
    for n in range(35_000):
        windows.incr(f"k{n}", 1)
        clock.now += 0.001
    assert len(windows) <= 12_000


def test_the_library_limits_with_it_and_starts_no_thread():
    threads = threading.active_count()
    clock = HandClock(1000.0)
    limiter = FixedWindowRateLimiter(Windows(clock=clock))
    item = RateLimitItemPerSecond(3)
    assert [limiter.hit(item, "a") for _ in range(5)] == [True] * 3 + [False] * 2
    clock.now += 1
    assert limiter.hit(item, "a")
    assert threading.active_count() == threads
