"""Instants finer than a frame: level crossings and parabola-refined extremes."""

from __future__ import annotations

from math import erf, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import RIGHT_WITHIN_S, Event

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats


def event_at(times_s: Floats, time_s: float, confidence: float, method: str) -> Event:
    """An event at a time, with the frame that is nearest to it."""
    frame = int(np.argmin(np.abs(times_s - time_s)))
    return Event(frame, round(float(time_s), 4), round(confidence, 2), method)


MAX_CONFIDENCE = 0.95


def confidence_of(sigma_s: float) -> float:
    """The chance that an event of this standard deviation lies within `RIGHT_WITHIN_S`."""
    if sigma_s <= 0:
        return MAX_CONFIDENCE
    return min(MAX_CONFIDENCE, erf(RIGHT_WITHIN_S / (sigma_s * sqrt(2))))


def absent(reason: str) -> Event:
    return Event(None, None, 0.0, "", reason)


def crossings(times_s: Floats, values: Floats, level: float, window: slice) -> list[float]:
    """Times at which `values` rises through `level` inside `window`, in order.

    A window that starts above the level has no crossing there.
    """
    part, part_s = values[window], times_s[window]
    with np.errstate(invalid="ignore"):
        rises = np.flatnonzero((part[:-1] < level) & (part[1:] >= level))
    share = (level - part[rises]) / (part[rises + 1] - part[rises])
    return [float(t) for t in part_s[rises] + share * (part_s[rises + 1] - part_s[rises])]


def first_crossing(times_s: Floats, values: Floats, level: float, window: slice) -> float | None:
    """Time of the first of `crossings`; None where there is none."""
    return next(iter(crossings(times_s, values, level, window)), None)


def peak_time(times_s: Floats, values: Floats, frame: int) -> float:
    """Time of the extreme at `frame`, refined by the parabola through it and its neighbours."""
    if not 0 < frame < len(values) - 1:
        return float(times_s[frame])
    t, v = times_s[frame - 1 : frame + 2] - times_s[frame], values[frame - 1 : frame + 2]
    if not np.isfinite(v).all():
        return float(times_s[frame])
    a, b, _ = np.polyfit(t, v, 2)
    if a == 0:
        return float(times_s[frame])
    shift = float(np.clip(-b / (2 * a), t[0] / 2, t[2] / 2))
    return float(times_s[frame] + shift)


def runs(true: Bools, first: int = 0) -> list[slice]:
    """Every unbroken stretch in which `true` (N,) holds; its first entry is of frame `first`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], true, [False]]))) + first
    return [slice(int(start), int(stop)) for start, stop in edges.reshape(-1, 2)]


def frames_between(times_s: Floats, start_s: float, stop_s: float, within: slice) -> slice:
    """Half-open frame range of a time window, kept inside `within`."""
    a = int(np.searchsorted(times_s, start_s, side="left"))
    b = int(np.searchsorted(times_s, stop_s, side="right"))
    a = min(max(a, within.start), within.stop)
    return slice(a, max(a, min(b, within.stop)))
