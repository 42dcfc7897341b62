"""Where generations of the marts are kept: one file each, and a pointer that names the one to answer from.

`analytics.duckdb` as setting means `analytics.duckdb.g1`, `.g2` … beside it, and `analytics.duckdb.current`, which holds
the name of one of them and is replaced atomically. A file that the pointer does not name is left over from a rebuild
that did not end, or waits to be removed.
"""

import os
import re
from pathlib import Path


class Shelf:
    """The generations below one base path."""

    def __init__(self, base: Path) -> None:
        self._base = base
        self._pointer = base.with_name(base.name + ".current")
        self._numbered = re.compile(re.escape(base.name) + r"\.g([0-9]+)")

    def current(self) -> Path | None:
        """The generation to answer from; None before the first."""
        try:
            name = self._pointer.read_text(errors="replace").strip()
        except FileNotFoundError:
            return None
        if not self._numbered.fullmatch(name):
            return None
        path = self._base.with_name(name)
        return path if path.exists() else None

    def next(self) -> Path:
        """A name for a new generation: after all that are on the shelf."""
        self._base.parent.mkdir(parents=True, exist_ok=True)
        numbers = [int(found[1]) for path in self._base.parent.iterdir() if (found := self._numbered.match(path.name))]
        return self._base.with_name(f"{self._base.name}.g{max(numbers, default=0) + 1}")

    def point_to(self, path: Path) -> None:
        """Answer from this generation from now on, also after a crash."""
        fresh = self._pointer.with_name(self._pointer.name + ".new")
        with fresh.open("w") as file:
            file.write(path.name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._pointer)
        directory = os.open(self._base.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

    def remove_others(self, keep: Path | None) -> list[Path]:
        """Remove every generation but one, with its log; what was removed."""
        removed: list[Path] = []
        if not self._base.parent.exists():
            return removed
        for path in sorted(self._base.parent.iterdir()):
            kept = keep is not None and (path == keep or path.name.startswith(f"{keep.name}."))
            if self._numbered.match(path.name) and not kept:
                path.unlink(missing_ok=True)
                removed.append(path)
        return removed
