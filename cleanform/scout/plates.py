"""Plates that somebody lifts: which of the candidates move up, whoever holds them.

No hands are asked here (`cleanform.bar.follow` asks them): whose hands they are is to be found
out. Candidates are linked from frame to frame, nearest first; a plate on a rack or on the floor
makes a track too, but one that does not rise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Floats, Ints

_LEAST_SCORE = 0.15
#: A step between two looks: plate heights, plate heights a second (a fast bar: 2 m/s), and the
#: logarithm of its growth.
_STEP, _STEP_PER_S, _GROWTH = 0.3, 5.0, 0.3
_LOST_S = 0.6  # a plate that is not seen for longer is another one when it comes back
_LEAST_LOOKS = 3
#: Plate heights. 0.8 is 36 cm: less than from the floor to the hips or from there to the
#: shoulders, more than a plate that is rolled, tilted or put on a bar.
LEAST_RISE = 0.8
_TURN = 0.3
_RESTS, _ARRIVED = 0.05, 0.85  # shares of a way up


@dataclass(frozen=True, eq=False)
class Track:
    """One plate as long as it was seen without a break."""

    looks: Ints  # (N,) which of the looks, increasing
    rows: Floats  # (N, 5) as `cleanform.bar.PlateFinder.find` gives them

    @property
    def height_px(self) -> float:
        return float(np.median(self.rows[:, 3]))


@dataclass(frozen=True)
class Rise:
    """One way up of a plate: numbers of the looks at its low and its high end."""

    track: Track
    first: int
    last: int
    height: float  # how far, in plate heights


@dataclass(eq=False)
class _Open:
    """A track that may still grow."""

    looks: list[int] = field(default_factory=list)
    rows: list[Floats] = field(default_factory=list)


def rises(candidates: Sequence[Floats], times_s: Floats) -> list[Rise]:
    """Every rise of a plate by at least `LEAST_RISE` of its own height, in order of time.

    `candidates`: (K, 5) for each look, best first; `times_s`: (T,) of the looks. A rise that comes
    after a way down of less than a third of a plate belongs to the one before.
    """
    found = []
    for track in _tracks(candidates, times_s):
        if len(track.looks) < _LEAST_LOOKS:
            continue
        height = -track.rows[:, 1] / track.height_px  # image: y down
        for low, high in turning_points(height, _TURN):
            if height[high] - height[low] >= LEAST_RISE:
                first, last = track.looks[list(without_rest(height, low, high))]
                rise = float(height[high] - height[low])
                found.append(Rise(track, int(first), int(last), rise))
    return sorted(found, key=lambda rise: rise.first)


def turning_points(height: Floats, turn: float) -> list[tuple[int, int]]:
    """(low, high) of every way up; a way back of less than `turn` does not end it."""
    ways = []
    low = high = 0
    rising = False
    for at, here in enumerate(height):
        if rising:
            if here > height[high]:
                high = at
            elif here < height[high] - turn:
                ways.append((low, high))
                rising, low = False, at
        elif here <= height[low]:
            low = at
        elif here > height[low] + turn:
            rising, high = True, at
    if rising:
        ways.append((low, high))
    return ways


def without_rest(height: Floats, low: int, high: int) -> tuple[int, int]:
    """A way up without what lies still before and after it, and without its last creeping bit."""
    share = (height[low : high + 1] - height[low]) / (height[high] - height[low])
    last_low = int(np.flatnonzero(share <= _RESTS)[-1])
    first_high = int(np.flatnonzero(share >= _ARRIVED)[0])
    return (low + last_low, low + first_high) if first_high > last_low else (low, high)


def _tracks(candidates: Sequence[Floats], times_s: Floats) -> list[Track]:
    done: list[_Open] = []
    growing: list[_Open] = []
    for look, rows in enumerate(candidates):
        lost = [each for each in growing if times_s[look] - times_s[each.looks[-1]] > _LOST_S]
        done += lost
        growing = [each for each in growing if each not in lost]
        rows = rows[rows[:, 4] >= _LEAST_SCORE]
        linked = _linked(growing, rows, times_s, look)
        for row, track in enumerate(linked):
            if track is None:
                track = _Open()
                growing.append(track)
            track.looks.append(look)
            track.rows.append(rows[row])
    return [Track(np.array(each.looks), np.stack(each.rows)) for each in (*done, *growing)]


def _linked(growing: list[_Open], rows: Floats, times_s: Floats, look: int) -> list[_Open | None]:
    """Which track each of the rows continues; None begins another."""
    linked: list[_Open | None] = [None] * len(rows)
    if not growing or not len(rows):
        return linked
    ends = np.stack([each.rows[-1] for each in growing])
    step_s = times_s[look] - times_s[[each.looks[-1] for each in growing]]
    height = np.sqrt(ends[:, None, 3] * rows[None, :, 3])
    travel = np.hypot(*(ends[:, None, :2] - rows[None, :, :2]).transpose(2, 0, 1)) / height
    growth = np.abs(np.log(ends[:, None, 3] / rows[None, :, 3]))
    cost = travel / (_STEP + _STEP_PER_S * step_s[:, None]) + growth / _GROWTH
    cost[(travel > _STEP + _STEP_PER_S * step_s[:, None]) | (growth > _GROWTH)] = np.inf
    for _ in range(min(cost.shape)):
        track, row = np.unravel_index(int(np.argmin(cost)), cost.shape)
        if not np.isfinite(cost[track, row]):
            break
        linked[row] = growing[track]
        cost[track], cost[:, row] = np.inf, np.inf
    return linked
