"""What a benchmark finds, and how it is shown: ratios of two sides measured in turn, with their spread."""

import json
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Block = Callable[[], Awaitable[float]]
"""Runs one side for a moment; how many per second it did."""


@dataclass(frozen=True)
class Terms:
    """How long and how often each side is run."""

    repeats: int = 5
    seconds: float = 1.5


@dataclass(frozen=True)
class Figure:
    """One finding. `value` is a ratio or an absolute, `target` its bound: at least, or at most when `ceiling`.

    `spread` is (largest - smallest) ÷ median of the value's repeats, `noise` the same of the raw side alone: what the
    machine does to a measurement by itself. None where there are no repeats.
    """

    benchmark: str
    what: str
    value: float
    unit: str = "ratio"
    target: float | None = None
    ceiling: bool = False
    spread: float | None = None
    noise: float | None = None
    ours: list[float] = field(default_factory=list[float])
    raw: list[float] = field(default_factory=list[float])
    detail: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def met(self) -> bool | None:
        """Whether the value keeps its target; None without one."""
        if self.target is None:
            return None
        return self.value <= self.target if self.ceiling else self.value >= self.target

    def as_line(self) -> str:
        """The finding as one line of JSON."""
        return json.dumps({**asdict(self), "met": self.met}, ensure_ascii=False)


def spread(values: Sequence[float]) -> float:
    """(largest - smallest) ÷ median."""
    middle = statistics.median(values)
    return (max(values) - min(values)) / middle if middle else 0.0


def ratio(
    benchmark: str, what: str, ours: list[float], raw: list[float], *, target: float | None = None, **detail: Any
) -> Figure:
    """The finding of two sides that were measured pair by pair: the median of the pairs' ratios."""
    pairs = [one / other for one, other in zip(ours, raw, strict=True)]
    return Figure(
        benchmark,
        what,
        statistics.median(pairs),
        target=target,
        spread=spread(pairs),
        noise=spread(raw),
        ours=ours,
        raw=raw,
        detail=detail,
    )


async def alternate(
    terms: Terms, *sides: Block, settle: Callable[[], Awaitable[None]] | None = None
) -> list[list[float]]:
    """Run the sides in turn, once for warming up and then `repeats` times, changing who is first; the rates of each."""
    rates: list[list[float]] = [[] for _ in sides]
    for repeat in range(terms.repeats + 1):
        turn = list(enumerate(sides))
        for place, side in turn if repeat % 2 else reversed(turn):
            if settle is not None:
                await settle()
            rate = await side()
            if repeat:
                rates[place].append(rate)
    return rates


class Report:
    """Prints findings as they come and keeps them for the table at the end."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.figures: list[Figure] = []
        if path is not None:
            path.write_text("")

    def add(self, figure: Figure) -> None:
        """Take a finding."""
        self.figures.append(figure)
        print(_row(figure), flush=True)
        if self._path is not None:
            with self._path.open("a") as lines:
                lines.write(figure.as_line() + "\n")

    def table(self) -> str:
        """All findings."""
        return "\n".join([_HEAD, *(_row(figure) for figure in self.figures)])


_WIDTHS = "{:<12}{:<44}{:>11}{:>11}{:>12}{:>9}  {:<7}{:>8}{:>8}"
_HEAD = _WIDTHS.format("benchmark", "what", "ours /s", "raw /s", "value", "target", "", "spread", "noise")


def _row(figure: Figure) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[figure.met]
    bound = "" if figure.target is None else f"{'≤' if figure.ceiling else '≥'} {figure.target:g}"
    value = f"{figure.value:.2f}" if figure.unit == "ratio" else f"{figure.value:.0f} {figure.unit}"
    sides = [f"{statistics.median(side):,.0f}" if side else "" for side in (figure.ours, figure.raw)]
    shares = ["" if share is None else f"{share:.0%}" for share in (figure.spread, figure.noise)]
    return _WIDTHS.format(figure.benchmark, figure.what[:43], *sides, value, bound, verdict, *shares)
