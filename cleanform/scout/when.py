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
#: A bar does not come up to the shoulders, be stood up with and come to rest on the same spot in
#: less time than this: pull and catch take a second, free fall half of one, standing up and the
#: bounces the rest. One that is dropped out of the catch at once, and hardly bounces, may.
_LONGEST_GAP_S = 2.1
#: What is looked at closely round a lively time, too: a bar that is up rests there as well.
_AROUND_S = 1.0
#: Plates that have not moved: shares of their height, and the logarithm of their growth. One that
#: is found surely must be there in the other look too, where a fainter find is enough.
_STAYS, _STAYS_AS_LARGE, _SURE, _FAINT = 0.15, 0.15, 0.15, 0.08


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


def lively(glances: Sequence[Look], duration_s: float) -> list[tuple[float, float]]:
    """Spans of time in which somebody may lift, judged by glances that may be seconds apart.

    Between two glances nobody lifts where they are so close in time that a lift has no room
    between them, and show the same plates in the same places (one at least) and the hands of the
    person in view as high as before. All the rest is lively: it has to be looked at more often.
    """
    spans, start_s = [], 0.0
    for before, after in pairwise(glances):
        if _nothing_happens(before, after):
            spans.append((start_s, before.time_s))
            start_s = after.time_s
    spans.append((start_s, duration_s))
    wide = [
        (max(0.0, start_s - _AROUND_S), min(duration_s, stop_s + _AROUND_S))
        for start_s, stop_s in spans
        if stop_s > start_s
    ]
    return _joined(wide, 0.0)


def _nothing_happens(before: Look, after: Look) -> bool:
    if after.time_s - before.time_s > _LONGEST_GAP_S:
        return False
    levels = [_hand_levels(look) for look in (before, after)]
    if np.isfinite(levels[0]).all() != np.isfinite(levels[1]).all():
        return False
    if np.nanmax(np.abs(levels[0] - levels[1]), initial=0.0) > _HANDS_RISE / 2:
        return False
    return _all_stay(before.plates, after.plates) and _all_stay(after.plates, before.plates)


def _all_stay(plates: Floats, others: Floats) -> bool:
    """Whether each plate that is found surely, and there is one, is among the others."""
    sure = plates[plates[:, 4] >= _SURE]
    others = others[others[:, 4] >= _FAINT]
    if not len(sure) or not len(others):
        return False
    travel = np.hypot(*(sure[:, None, :2] - others[None, :, :2]).transpose(2, 0, 1))
    growth = np.abs(np.log(sure[:, None, 3] / others[None, :, 3]))
    stays = (travel <= _STAYS * sure[:, None, 3]) & (growth <= _STAYS_AS_LARGE)
    return bool(stays.any(axis=1).all())


def _hand_levels(look: Look) -> Floats:
    """(2,) how high the hands are above the feet, in statures; NaN where nobody is in view."""
    person = person_of(look.xy_px)
    if person is None or person.stature_px <= 0:
        return np.full(2, np.nan)
    return (person.feet_px[1] - np.array(person.hands_px)[:, 1]) / person.stature_px


def _hands_up(looks: Sequence[Look], times_s: Floats) -> list[tuple[float, float]]:
    """From when to when the hands of the person in view go up by `_HANDS_RISE`."""
    height = np.stack([_hand_levels(look) for look in looks])
    spans = []
    for hand in height.T:
        seen = np.flatnonzero(np.isfinite(hand))
        for low, high in turning_points(hand[seen], _HANDS_TURN):
            if hand[seen[high]] - hand[seen[low]] >= _HANDS_RISE:
                first, last = seen[list(without_rest(hand[seen], low, high))]
                spans.append((float(times_s[first]), float(times_s[last])))
    return spans


def _liveliest_s(looks: Sequence[Look], times_s: Floats) -> float:
    """When the person in view moves fastest; the clip's middle where nobody is in view."""
    middle = np.stack([np.mean(look.xy_px, axis=0) for look in looks])
    travel = np.hypot(*np.diff(middle, axis=0).T) / np.diff(times_s)
    if not np.isfinite(travel).any():
        return float(times_s[-1] / 2)
    return float(times_s[int(np.nanargmax(travel))])


def _as_frames(wanted_s: list[tuple[float, float]], clip: Clip) -> tuple[slice, ...]:
    """Spans of time as frames, what nearly touches put together."""
    edges = np.searchsorted(clip.times_s, np.array(_joined(wanted_s, _GAP_S)))
    frames = [slice(int(start), int(stop)) for start, stop in edges if stop > start]
    assert all(before.stop <= after.start for before, after in pairwise(frames))
    return tuple(frames) or (slice(0, clip.frames),)


def _joined(spans_s: list[tuple[float, float]], gap_s: float) -> list[tuple[float, float]]:
    """The spans in order, those less than a gap apart put together."""
    joined: list[tuple[float, float]] = []
    for start_s, stop_s in sorted(spans_s):
        if joined and start_s - joined[-1][1] <= gap_s:
            joined[-1] = joined[-1][0], max(joined[-1][1], stop_s)
        else:
            joined.append((start_s, stop_s))
    return joined
