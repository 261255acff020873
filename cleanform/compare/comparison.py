"""Two lifts held against one another: the noun that page, film and file are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanform.compare import alignment, changes, comparable, differences, readings, sides

if TYPE_CHECKING:
    from cleanform.compare.alignment import Alignment
    from cleanform.compare.changes import Change
    from cleanform.compare.comparable import Comparable
    from cleanform.compare.differences import Difference
    from cleanform.compare.sides import Side


@dataclass(frozen=True, eq=False)
class Comparison:
    """B against A. Differences are B less A."""

    a: Side
    b: Side
    alignment: Alignment
    comparable: Comparable
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    units: str = "metric"
    blur_faces: bool = False
    picked: str = ""  # how A was chosen, where it was (`--best`)

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.a, self.b

    @property
    def shown(self) -> tuple[Difference, ...]:
        """The differences that these clips can show, the surest first."""
        found = [one for one in self.differences if one.shown]
        return tuple(sorted(found, key=lambda one: -one.times_sigma))


def judge(
    a: Side, b: Side, *, units: str = "metric", blur_faces: bool = False, picked: str = ""
) -> Comparison:
    """Hold B against A; nothing is drawn or written.

    Raises:
        InputError: they are one lift, different movements, or share too few events.
    """
    sides.check(a, b)
    aligned = alignment.align(a.rep, b.rep)
    allowed = comparable.of(a, b)
    found = differences.between(readings.read(a), readings.read(b), one_film=a.same_clip(b))
    kept = tuple(one for one in found if allowed.allows(one.name, one.unit))
    return Comparison(a, b, aligned, allowed, kept, changes.of(a, b), units, blur_faces, picked)
