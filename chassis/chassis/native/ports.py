"""Ports on the loopback interface."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range that operating systems hand out to outgoing connections, so that a port that a restarting process gave
# up for a moment is not taken by somebody's client socket.
FIRST, LAST = 20_000, 32_000


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """True when a server could listen on `port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(port: int, host: str = LOOPBACK, timeout: float = 0.5) -> bool:
    """True when something accepts connections on `port`."""
    try:
        with socket.create_connection((host, port), timeout):
            return True
    except OSError:
        return False


def free_ports(count: int, prefer: list[int] | None = None) -> list[int]:
    """`count` different free ports; those of `prefer` (in order) that are still free come first in their places."""
    chosen: list[int] = []
    for index in range(count):
        wished = prefer[index] if prefer and index < len(prefer) else None
        while wished is None or wished in chosen or not is_free(wished):
            wished = random.randrange(FIRST, LAST)
        chosen.append(wished)
    return chosen
