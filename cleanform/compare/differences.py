"""What differs between two lifts, and whether these clips can show it.

**The rule.** A difference is *shown* where it is at least two combined standard deviations
(`SIGMAS`); below that the clips cannot tell it from none. The two lifts' own noise always adds up.
Errors that a whole film shares (its scale, the camera's tilt, the model's constant offset of an
angle) add up between two films; of two lifts in one film they fall out as far as they are alike.
Of many numbers that do not differ at all, one in twenty passes this rule by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cleanform.compare.readings import Reading

SIGMAS = 2.0


@dataclass(frozen=True)
class Difference:
    """One number in both lifts, and B less A."""

    name: str
    moment: str  # event, "" for the lift as a whole
    unit: str
    a: float
    sigma_a: float
    b: float
    sigma_b: float
    sigma: float  # of the difference

    @property
    def difference(self) -> float:
        return self.b - self.a

    @property
    def shown(self) -> bool:
        """Whether these clips can show it."""
        return is_shown(self.difference, self.sigma)

    @property
    def times_sigma(self) -> float:
        """How many standard deviations it is, either way."""
        return abs(self.difference) / self.sigma if self.sigma > 0 else 0.0


def is_shown(difference: float, sigma: float) -> bool:
    """The rule: two combined standard deviations, reached or passed."""
    return abs(difference) >= SIGMAS * sigma


def between(
    a: Mapping[str, Reading], b: Mapping[str, Reading], *, one_film: bool
) -> tuple[Difference, ...]:
    """Every number that both lifts have, in the order of A's."""
    return tuple(_difference(a[name], b[name], one_film) for name in a if name in b)


def _difference(a: Reading, b: Reading, one_film: bool) -> Difference:
    sources = {*a.common, *b.common}
    both = [(a.common.get(source, 0.0), b.common.get(source, 0.0)) for source in sources]
    common = [two - one if one_film else hypot(one, two) for one, two in both]
    sigma = hypot(a.noise, b.noise, *common)
    return Difference(a.name, a.moment, a.unit, a.value, a.sigma, b.value, b.sigma, sigma)
