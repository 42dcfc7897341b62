"""How `terrain up` reads its options."""

import pytest
from terrain.commands.up import complete_demo


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], []),
        (["--demo"], ["--demo=small"]),
        (["--demo", "--detach"], ["--demo=small", "--detach"]),
        (["--demo", "large"], ["--demo", "large"]),
        (["--demo", "--demo", "medium", "--detach"], ["--demo=small", "--demo", "medium", "--detach"]),
        (["--demo=medium"], ["--demo=medium"]),
    ],
)
def test_demo_alone_means_small(given: list[str], meant: list[str]) -> None:
    assert complete_demo(given) == meant
