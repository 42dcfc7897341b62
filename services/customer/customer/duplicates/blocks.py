"""Everything that shares a key, brought together in bounded memory: rows spilt to files by key, one file in memory at a time.

A crowd that shares a key is not compared with itself: it is put in order and each entry compared with its neighbours.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CROWD = 120
"""Entries that are all compared with one another; more are a crowd."""
NEIGHBOURS = 12
"""Entries of a crowd that each is compared with, on either side."""
ROWS = 40_000
"""Rows of one file, on average: what is in memory at a time."""
MOST_FILES = 512


class Spill:
    """Rows (key, id) by key in files below a folder. `count` is the same whenever the same rows are spilt again."""

    def __init__(self, folder: Path, count: int) -> None:
        self._paths = [folder / f"{number:04d}" for number in range(count)]

    @staticmethod
    def files_for(rows: int) -> int:
        """How many files so many rows take."""
        return max(1, min(MOST_FILES, rows // ROWS + 1))

    def write(self, rows: Iterable[tuple[str, Sequence[int]]]) -> None:
        """Add entries with their keys."""
        with ExitStack() as open_files:
            files = [open_files.enter_context(path.open("a", encoding="ascii")) for path in self._paths]
            for identifier, keys in rows:
                for key in keys:
                    files[key % len(files)].write(f"{key} {identifier}\n")

    def blocks(self, number: int) -> dict[int, list[str]]:
        """The ids of one file by key, those only that share a key with another."""
        found: dict[int, list[str]] = defaultdict(list)
        with self._paths[number].open(encoding="ascii") as rows:
            for row in rows:
                key, identifier = row.split()
                found[int(key)].append(identifier)
        return {key: sorted(set(found[key])) for key in sorted(found) if len(found[key]) > 1}

    def crowded(self) -> set[int]:
        """The keys that crowds share."""
        numbers = range(len(self._paths))
        return {key for number in numbers for key, block in self.blocks(number).items() if len(block) > CROWD}


def pairs_of(
    key: int,
    block: Sequence[str],
    entries: Mapping[str, T],
    keys_of: Callable[[T], Sequence[int]],
    order: Callable[[T], tuple[str, ...]],
    crowded: set[int],
) -> Iterator[tuple[str, str]]:
    """The pairs to compare for a key, each for the least of the keys that both have and no crowd shares.

    A crowd's neighbours are compared for its own key.
    """
    present = [identifier for identifier in block if identifier in entries]
    if key in crowded:
        ordered = sorted(present, key=lambda one: (order(entries[one]), one))
        for at, one in enumerate(ordered):
            for other in ordered[at + 1 : at + 1 + NEIGHBOURS]:
                yield (one, other) if one < other else (other, one)
        return
    sets = {identifier: set(keys_of(entries[identifier])) for identifier in present}
    for one, other in combinations(present, 2):
        common = (sets[one] & sets[other]) - crowded
        if common and min(common) == key:
            yield one, other
