"""When somebody may lift: the stretches of a clip that are worth the good model.

Judged by looks a few times a second, generously: a stretch too many costs time, one too few loses
a lift.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cleanform.scout.person import person_of
from cleanform.scout.plates import rises, turning_points, without_rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Clip, Floats

#: Hands that come up by this share of stature: less than from the knees to the hips.
_HANDS_RISE, _HANDS_TURN = 0.2, 0.06
#: What is looked at round a rise: gripping the bar before, catch and standing after. A rise that
#: takes longer (slow motion) has more of it, in shares of itself.
_BEFORE_S, _AFTER_S = 2.5, 4.0
_BEFORE, _AFTER = 1.2, 1.6
#: Where nothing rises, this much round the liveliest moment says what the clip shows.
_LIVELIEST_S = 8.0
#: A gap that is not worth a new start.
_GAP_S = 1.0


@dataclass(frozen=True, eq=False)
class Look:
    """One look at the clip: the plates and the person in it."""

    time_s: float
    plates: Floats  # (K, 5) as `cleanform.bar.PlateFinder.find`
    xy_px: Floats  # (33, 2) as `cleanform.pose.PoseTracker.track`


def stretches(looks: Sequence[Look], clip: Clip) -> tuple[slice, ...]:
    """Frames of `clip` in which a lift may be, in order and apart; never none.

    A plate that goes up by most of its height is one sign, hands that do so another, whoever's
    they are. Where there is neither, the liveliest stretch stands for the clip.
    """
    times_s = np.array([look.time_s for look in looks])
    spans_s = [
        (times_s[rise.first], times_s[rise.last])
        for rise in rises([look.plates for look in looks], times_s)
    ]
    spans_s += _hands_up(looks, times_s)
    if spans_s:
        wanted = [
            (
                low_s - max(_BEFORE_S, _BEFORE * (high_s - low_s)),
                high_s + max(_AFTER_S, _AFTER * (high_s - low_s)),
            )
            for low_s, high_s in spans_s
        ]
    else:
        middle_s = _liveliest_s(looks, times_s)
        wanted = [(middle_s - _LIVELIEST_S / 2, middle_s + _LIVELIEST_S / 2)]
    return _as_frames(wanted, clip)


def _hands_up(looks: Sequence[Look], times_s: Floats) -> list[tuple[float, float]]:
    """From when to when the hands of the person in view go up by `_HANDS_RISE`."""
    height = np.full((len(looks), 2), np.nan)
    for at, look in enumerate(looks):
        person = person_of(look.xy_px)
        if person is not None and person.stature_px > 0:
            above = person.feet_px[1] - np.array(person.hands_px)[:, 1]
            height[at] = above / person.stature_px
    spans = []
    for hand in height.T:
        seen = np.flatnonzero(np.isfinite(hand))
        for low, high in turning_points(hand[seen], _HANDS_TURN):
            if hand[seen[high]] - hand[seen[low]] >= _HANDS_RISE:
                first, last = seen[list(without_rest(hand[seen], low, high))]
                spans.append((float(times_s[first]), float(times_s[last])))
    return spans


def _liveliest_s(looks: Sequence[Look], times_s: Floats) -> float:
    """When the person in view moves most; the clip's middle where nobody is in view."""
    middle = np.stack([np.mean(look.xy_px, axis=0) for look in looks])
    travel = np.hypot(*np.diff(middle, axis=0).T)
    if not np.isfinite(travel).any():
        return float(times_s[-1] / 2)
    return float(times_s[int(np.nanargmax(travel))])


def _as_frames(wanted_s: list[tuple[float, float]], clip: Clip) -> tuple[slice, ...]:
    """Spans of time as frames, what nearly touches put together."""
    joined: list[tuple[float, float]] = []
    for start_s, stop_s in sorted(wanted_s):
        if joined and start_s - joined[-1][1] <= _GAP_S:
            joined[-1] = joined[-1][0], max(joined[-1][1], stop_s)
        else:
            joined.append((start_s, stop_s))
    edges = np.searchsorted(clip.times_s, np.array(joined))
    frames = [slice(int(start), int(stop)) for start, stop in edges if stop > start]
    assert all(before.stop <= after.start for before, after in pairwise(frames))
    return tuple(frames) or (slice(0, clip.frames),)
