"""One plate and no other: what is followed keeps its place against the hands that hold its bar.

Seen at an angle both plates of a bar are in view, and a path through the candidates may change
from one to the other, or begin on a shirt.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats, Ints

#: A plate that leaves its place beside the hands by more than this, in plate heights, is another,
#: where it does so faster than any bar goes, in plate heights a second. Hands may jump, too.
_ANOTHER, _FASTEST_S = 0.8, 5.0
#: Hands in this lowest share of their way hang. A phone does not stand lower than a bar on the
#: floor, so the near plate then looks lower than they do, and what is this much higher is none.
_HANGING, _TOO_HIGH = 0.3, 0.45
#: Hands that move less than this, in plate heights, tell nothing.
_LEAST_WAY = 1.0


def of_one_plate(rows: Floats, times_s: Floats, hand_px: Floats) -> Floats:
    """The same rows (N, 5), those of other things than the lifter's one plate NaN.

    times_s (N,); hand_px (N, 2): the middle of the hands. The plate is the one with which the
    hands go the longest way; all NaN where all that was followed is too high to be one.
    """
    seen = np.flatnonzero(np.isfinite(rows[:, 0]) & np.isfinite(hand_px[:, 0]))
    if len(seen) < 2:
        return rows
    height_px = float(np.median(rows[seen, 3]))
    hand_y_px = hand_px[seen, 1]
    if np.ptp(hand_y_px) < _LEAST_WAY * height_px:
        return rows
    beside = (rows[seen, :2] - hand_px[seen]) / height_px
    hangs = hand_y_px >= hand_y_px.max() - _HANGING * np.ptp(hand_y_px)
    way = np.hypot(*np.diff(rows[seen, :2], axis=0).T) / height_px
    plates = _apart(beside, way > np.maximum(_ANOTHER, _FASTEST_S * np.diff(times_s[seen])))
    if not any(hangs[plate].any() for plate in plates):
        return rows
    held = [plate for plate in plates if _may_be_held(beside, hangs, plate)]
    way_px = [float(np.abs(np.diff(hand_y_px[plate])).sum()) for plate in held]
    kept = held[int(np.argmax(way_px))] if held else np.array([], np.int64)
    lost = np.setdiff1d(seen, seen[kept])
    if not len(lost):
        return rows
    cleared = rows.copy()
    cleared[lost] = np.nan
    return cleared


def _may_be_held(beside: Floats, hangs: Bools, plate: Ints) -> bool:
    """Whether it is seen while the hands hang, and not above them."""
    low = plate[hangs[plate]]
    return len(low) > 0 and bool(np.median(beside[low, 1]) >= -_TOO_HIGH)  # image: y down


def _apart(beside: Floats, leaps: Bools) -> list[Ints]:
    """Which looks (indices of `beside` (M, 2)) show one and the same thing.

    A stretch ends where what was followed `leaps` (M - 1,) and with it the place beside the hands
    changes; stretches at one place go together.
    """
    changes = np.hypot(*np.diff(beside, axis=0).T) > _ANOTHER
    jumps = np.flatnonzero(leaps & changes) + 1
    stretches = [np.arange(a, b) for a, b in pairwise([0, *jumps.tolist(), len(beside)])]
    things: list[list[Ints]] = []
    for stretch in sorted(stretches, key=len, reverse=True):
        place = np.median(beside[stretch], axis=0)
        for thing in things:
            if np.hypot(*(np.median(beside[thing[0]], axis=0) - place)) <= _ANOTHER:
                thing.append(stretch)
                break
        else:
            things.append([stretch])
    return [np.sort(np.concatenate(thing)) for thing in things]
