"""What each figure should reach, and the floor under it that no change may break.

`limits.toml` holds a line per figure or family of figures. An *aim* is what the project wants and
may be missed, said so; a *floor* is what the committed program reaches, with room for nothing but
the machine.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from math import inf, isfinite

from cleanform.errors import CleanformError
from cleanform.validate.statistics import Figure


@dataclass(frozen=True)
class Bound:
    """At least `low` and at most `high`, in the figure's unit."""

    low: float = -inf
    high: float = inf

    def holds(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        parts = []
        if isfinite(self.low):
            parts.append(f"at least {self.low:g}")
        if isfinite(self.high):
            parts.append(f"at most {self.high:g}")
        return " and ".join(parts)


@dataclass(frozen=True)
class Limit:
    """What is wanted of the figures whose name matches `pattern`."""

    pattern: str
    floor: Bound
    aim: Bound | None = None


@cache
def limits() -> tuple[Limit, ...]:
    """The lines of `limits.toml`, in order: the first that matches a figure is its own."""
    text = files("cleanform.validate").joinpath("limits.toml").read_text("utf-8")
    return tuple(_limit(row) for row in tomllib.loads(text)["figure"])


def limit_of(name: str) -> Limit:
    """Raises CleanformError for a figure that no line speaks of."""
    for limit in limits():
        if fnmatchcase(name, limit.pattern):
            return limit
    raise CleanformError(f"limits.toml has no line for the figure {name!r}; add one.")


def broken(figures: Mapping[str, Figure]) -> Iterator[str]:
    """A line for every figure below its floor."""
    for name, figure in figures.items():
        floor = limit_of(name).floor
        if not floor.holds(figure.value):
            yield f"{name} is {figure.value:.3g} {figure.unit} (n = {figure.n}), floor {floor}"


def _limit(row: Mapping[str, object]) -> Limit:
    unknown = set(row) - {"name", "floor", "aim"}
    if unknown or not {"name", "floor"} <= set(row):
        raise CleanformError(f"limits.toml: a figure has name, floor and aim, not {dict(row)}.")
    aim = row.get("aim")
    return Limit(str(row["name"]), _bound(row["floor"]), None if aim is None else _bound(aim))


def _bound(row: object) -> Bound:
    if not isinstance(row, Mapping) or not row or set(row) - {"min", "max"}:
        raise CleanformError(f"limits.toml: a bound has min, max or both, not {row!r}.")
    return Bound(float(row.get("min", -inf)), float(row.get("max", inf)))
