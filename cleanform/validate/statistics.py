"""Figures with their number of cases and a 95 % interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy.stats import binom

_Z = 1.959964  # two-sided 95 % of the normal distribution


@dataclass(frozen=True)
class Figure:
    """One number that is claimed. `low` and `high` bound it with 95 % confidence."""

    value: float
    unit: str
    n: int
    low: float
    high: float

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError(f"a figure needs a number of cases, not {self.n}")


def share(hits: int, n: int) -> Figure:
    """`hits` of `n` in per cent, with Wilson's score interval (1927, doi:10.2307/2276774)."""
    if n == 0:
        return Figure(nan, "%", 0, nan, nan)
    p = hits / n
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    low = 0.0 if hits == 0 else 100 * (middle - half)
    high = 100.0 if hits == n else 100 * (middle + half)
    return Figure(100 * p, "%", n, low, high)


def quantile(values: Sequence[float], q: float, unit: str) -> Figure:
    """The `q` quantile of `values`, with the order statistics that bound it.

    The interval assumes no distribution (Conover 1999, Practical Nonparametric Statistics,
    3.2); where there are too few values for an upper bound it is the largest one.
    """
    n = len(values)
    if n == 0:
        return Figure(nan, unit, 0, nan, nan)
    ordered = np.sort(np.asarray(values, float))
    low = int(binom.ppf(0.025, n, q))
    high = int(binom.ppf(0.975, n, q)) + 1
    return Figure(
        float(np.quantile(ordered, q)),
        unit,
        n,
        float(ordered[max(low - 1, 0)]),
        float(ordered[min(high, n) - 1]),
    )


def median(values: Sequence[float], unit: str) -> Figure:
    return quantile(values, 0.5, unit)


def root_mean_square(values: Sequence[float], unit: str) -> Figure:
    """Root mean square with a bootstrap percentile interval (1000 draws, fixed seed)."""
    n = len(values)
    if n == 0:
        return Figure(nan, unit, 0, nan, nan)
    squares = np.asarray(values, float) ** 2
    draws = np.random.default_rng(0).integers(0, n, (1000, n))
    spread = np.sqrt(squares[draws].mean(axis=1))
    low, high = np.quantile(spread, (0.025, 0.975))
    return Figure(float(np.sqrt(squares.mean())), unit, n, float(low), float(high))


def largest(values: Sequence[float], unit: str) -> Figure:
    """The largest value; an extreme has no interval."""
    n = len(values)
    top = max(values, default=nan)
    return Figure(top, unit, n, top, top)


def smallest(values: Sequence[float], unit: str) -> Figure:
    """The smallest value; an extreme has no interval."""
    n = len(values)
    least = min(values, default=nan)
    return Figure(least, unit, n, least, least)
