"""What the finder's ellipse gets wrong, put right by what the plate looks like at other times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

_MARGIN = 0.03  # plate sizes: an edge this near to the picture's counts as cut
_SHORT = 0.02  # an ellipse that is no shorter than this was fitted to the arc in view
_WHOLE_NEIGHBOURS = 15
_LEAST_WHOLE = 5
_BINS, _LEAST_TRAVEL = 8, 1.5  # plate heights
_NEXT_ABOVE = 3  # of those stretches
_OTHER_RING = 1.13
_OFF_SIZE, _BESIDE_S = 0.025, 0.25
_TALLER = 1.02  # than its usual shape: the tread that a high camera sees


def completed(rows: Floats, width_px: int, height_px: int) -> Floats:
    """`rows` (N, 5) with the centres of plates moved that the picture's edge cuts.

    A finder boxes what it sees, so a plate that stands half out of the picture comes out small
    and its centre too far in. Its size is known from the nearest frames in which it is whole; the
    edge that is in view tells where it is. Rows stay as they are where no frame shows it whole,
    and where the ellipse has its whole size though the picture does not show it.
    """
    done = np.array(rows)
    seen = np.isfinite(rows[:, 0])
    whole = np.flatnonzero(seen & _inside(rows, (width_px, height_px)))
    if len(whole) < _LEAST_WHOLE:
        return done
    for at in np.flatnonzero(seen):
        nearest = whole[np.argsort(np.abs(whole - at), kind="stable")[:_WHOLE_NEIGHBOURS]]
        for axis, limit in ((0, width_px), (1, height_px)):
            size = float(np.median(rows[nearest, 2 + axis]))
            low = rows[at, axis] - rows[at, 2 + axis] / 2
            high = rows[at, axis] + rows[at, 2 + axis] / 2
            cut_high, cut_low = low + size > limit - _MARGIN * size, high - size < _MARGIN * size
            whole_fit = rows[at, 2 + axis] > (1 - _SHORT) * size
            if cut_high == cut_low or whole_fit:
                continue
            done[at, axis] = low + size / 2 if cut_high else high - size / 2
            done[at, 2 + axis] = size
    return done


def _inside(rows: Floats, picture_px: tuple[int, int]) -> Bools:
    """(N,) True where a whole plate is in the picture."""
    half = rows[:, 2:4] / 2
    margin = _MARGIN * rows[:, 2:4]
    with np.errstate(invalid="ignore"):
        inside = (rows[:, :2] - half > margin) & (rows[:, :2] + half < picture_px - margin)
    return np.asarray(inside.all(axis=1), bool)


def without_shadow(rows: Floats, usual_px: Floats) -> Floats:
    """`rows` (N, 5) with the feet of plates cut off that are taller than they usually look.

    usual_px (N, 2): the plate's width and height at that time.
    On the floor the shadow under a plate continues its rim. How tall a plate is for its width
    does not change in a clip, but for the tread that is seen from above; what is beyond that is
    taken off below. The usual shape is the median over the stretches of the plate's way, so that
    a long set-up weighs no more than the lift; the tread goes slowly as the plate rises and the
    shadow at once, so that the stretches next above count where they look taller than that.
    """
    done = np.array(rows)
    seen = np.flatnonzero(np.isfinite(rows[:, 0]))
    if len(seen) < _LEAST_WHOLE:
        return done
    y, height = rows[seen, 1], rows[seen, 3]
    ratio = height / rows[seen, 2]
    if np.ptp(y) < _LEAST_TRAVEL * np.median(height):
        return done
    bins = np.minimum((y - y.min()) / np.ptp(y) * _BINS, _BINS - 1).astype(int)
    shape = {int(one): float(np.median(ratio[bins == one])) for one in np.unique(bins)}
    usual = float(np.median(list(shape.values())))
    allowed = np.empty(_BINS)
    for place in range(_BINS):
        above = [shape[one] for one in range(place - _NEXT_ABOVE, place) if one in shape]
        allowed[place] = _TALLER * max([usual, float(np.median(above))] if above else [usual])
    right = np.minimum(height, allowed[bins] * usual_px[seen, 0])
    done[seen, 1] -= (height - right) / 2
    done[seen, 3] = right
    return done


def of_one_size(rows: Floats) -> Floats:
    """`rows` (N, 5) with the sizes of plates that were measured at another ring put right.

    A plate has rings inside its rim, about the same centre. A camera sees a plate change by a
    tenth on its way; where it looks larger or smaller than that, against the clip's median, its
    size is taken from the sound pictures before and after.
    """
    done = np.array(rows)
    size_px = np.sqrt(rows[:, 2] * rows[:, 3])
    seen = np.isfinite(size_px)
    if seen.sum() < _LEAST_WHOLE:
        return done
    with np.errstate(invalid="ignore"):
        other = np.abs(np.log(size_px / np.median(size_px[seen]))) > np.log(_OTHER_RING)
    other, sound = np.flatnonzero(seen & other), np.flatnonzero(seen & ~other)
    for axis in (2, 3):
        done[other, axis] = np.interp(other, sound, rows[sound, axis])
    return done


def of_usual_size(rows: Floats, usual_px: Floats, times_s: Floats) -> Floats:
    """`rows` (N, 5) with plates put right that look larger or smaller than beside in time.

    usual_px (N, 2): the plate's width and height at that time. A plate does not change: where an
    axis is off, one end of it lies on something else, or blur makes both uncertain. Of the three
    centres that this leaves, the one nearest to the path of the pictures beside is taken.
    """
    done = np.array(rows)
    off = np.abs(rows[:, 2:4] / usual_px - 1) > _OFF_SIZE
    sound = np.flatnonzero(np.isfinite(rows[:, 0]) & ~off.any(axis=1))
    for at in np.flatnonzero(off.any(axis=1)):
        first = int(np.clip(np.searchsorted(sound, at) - 2, 0, max(0, len(sound) - 4)))
        beside = sound[first : first + 4]
        late_s = times_s[beside] - times_s[at]
        if len(beside) < 4 or np.abs(late_s).max() > _BESIDE_S:
            continue
        expected = np.polyfit(late_s / _BESIDE_S, rows[beside, :2], 3)[-1]
        for axis in np.flatnonzero(off[at]):
            beyond = (rows[at, 2 + axis] - usual_px[at, axis]) / 2
            centres = rows[at, axis] + np.array([-beyond, 0.0, beyond])
            done[at, axis] = centres[np.argmin(np.abs(centres - expected[axis]))]
            done[at, 2 + axis] = usual_px[at, axis]
    return done
