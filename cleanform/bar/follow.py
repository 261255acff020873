"""Candidates of every frame and the pose -> the bar's track. No pixels are looked at here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.bar.hands import Hands, locate
from cleanform.bar.one import of_one_plate
from cleanform.bar.path import best_path
from cleanform.bar.shape import completed, of_one_size, of_usual_size, without_shadow
from cleanform.errors import InputError
from cleanform.model import BarTrack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Clip, Floats, Ints, Pose

_MOST_OF_THE_TIME = 0.5  # share of the frames with moving hands in which a plate is followed
_CARRIED_SPAN_S = 1.0  # at the pace of life
_CARRIED_TRAVEL = 0.4  # plate heights that a plate must rise or fall with the hands
_STILL_S = 0.1
_NEIGHBOURS_S = 0.08
_OFF_THE_CURVE = 0.12  # plate heights
_OFF_IN_TIME = 0.25  # of the way between the frames beside it: a clip's times are not exact
_SIZE_SPAN_S = 0.35
_CLICK_WITHIN = 0.5  # plate heights between a click and the middle of the plate that is meant


@dataclass(frozen=True)
class Clicked:
    """Where a person says that the plate is, image pixels."""

    frame: int
    xy_px: tuple[float, float]
    height_px: float | None = None  # its vertical diameter; None: as it was found there


def follow(
    candidates: Sequence[Floats], clip: Clip, pose: Pose, clicked: Clicked | None = None
) -> BarTrack:
    """The near plate of the lifter's bar through the clip, or the hands where there is none.

    `candidates` holds the (K, 5) rows of `PlateFinder.find` for each of the clip's frames. Each
    stretch between camera cuts stands for itself. In a stretch the plate is the cheapest path
    through the candidates (see `bar.path`), as far as that shows one plate (see `bar.one`); it
    counts only where it is followed for most of the time that the hands move, and moves with
    them. A frame in which it was not seen stays NaN; a repeated frame shows what the frame before
    it showed. The plate's size is the running median over a third of a second: a plate does not
    change, blur does.

    Where no stretch has such a plate, the track is the mean of the visible hands (between wrist
    and index knuckle), source "hands", sizes NaN; where nobody is seen, source "none".

    A plate that a person `clicked` is followed from there, whatever the hands do; other
    stretches stand for themselves all the same. InputError where no plate is there.
    """
    hands = locate(pose, clip)
    rows = np.full((clip.frames, 5), np.nan)
    for segment in clip.segments:
        fresh = _looks(clip, segment)
        if clicked is not None and segment.start <= clicked.frame < segment.stop:
            candidates, at = _with_click(candidates, fresh, clicked)
            rows[fresh] = _plate(candidates, fresh, clip, hands, at)
            continue
        found = _plate(candidates, fresh, clip, hands)
        found = of_one_plate(found, clip.times_s[fresh], hands.middle_px[fresh])
        if _is_the_lifters(found, fresh, clip, hands):
            rows[fresh] = found
    if np.isfinite(rows[:, 0]).any():
        return _as_track(_repeated(rows, clip))
    if np.isfinite(hands.middle_px[:, 0]).any():
        unknown = np.full(clip.frames, np.nan)
        return BarTrack(hands.middle_px, unknown, unknown, hands.confidence, "hands")
    return _nothing(clip.frames)


def _looks(clip: Clip, segment: slice) -> Ints:
    """The frames of a stretch that show something new, and some of those that do not.

    A picture that fills up a frame rate is no look; one that stays the same for long shows that
    the plate stands still, and keeps it from being lost.
    """
    looks = [segment.start]
    for frame in range(segment.start + 1, segment.stop):
        since_s = clip.times_s[frame] - clip.times_s[looks[-1]]
        if not clip.repeats[frame] or since_s >= _STILL_S:
            looks.append(frame)
    return np.array(looks, np.int64)


def _with_click(
    candidates: Sequence[Floats], fresh: Ints, clicked: Clicked
) -> tuple[Sequence[Floats], tuple[int, int]]:
    """The candidates, and which of them was clicked: number in `fresh`, and row.

    One whose size was given joins them as it was drawn. InputError where none was found there.
    """
    at = int(np.argmin(np.abs(fresh - clicked.frame)))
    frame = int(fresh[at])
    rows = candidates[frame]
    x, y = clicked.xy_px
    if clicked.height_px is not None:
        drawn = np.array([[x, y, clicked.height_px, clicked.height_px, 1.0]])
        joined = list(candidates)
        joined[frame] = np.concatenate([rows, drawn])
        return joined, (at, len(rows))
    away = np.hypot(rows[:, 0] - x, rows[:, 1] - y) / rows[:, 3]
    if not len(rows) or away.min() > _CLICK_WITHIN:
        raise InputError(
            "No plate was found at this place of this picture: click it in another picture, "
            "where it is sharp, or give its size."
        )
    return candidates, (at, int(np.argmin(away)))


def _plate(
    candidates: Sequence[Floats],
    fresh: Ints,
    clip: Clip,
    hands: Hands,
    known: tuple[int, int] | None = None,
) -> Floats:
    """(N, 5) rows of the followed plate in the frames `fresh`; NaN where it was not seen."""
    times_s = clip.times_s[fresh]
    offered = [candidates[frame] for frame in fresh]
    path = best_path(offered, times_s, hands.each_px[fresh], hands.trunk_px, known)
    rows = np.full((len(fresh), 5), np.nan)
    for at in np.flatnonzero(path >= 0):
        rows[at] = offered[at][path[at]]
    rows = completed(rows, clip.width_px, clip.height_px)
    usual_px = _slow_size(of_one_size(rows)[:, 2:4], times_s)
    rows = of_one_size(of_usual_size(rows, usual_px, times_s))
    rows = without_shadow(rows, _slow_size(rows[:, 2:4], times_s))
    rows[:, 2:4] = _slow_size(rows[:, 2:4], times_s)
    off = _off_the_curve(rows, times_s)
    rows[off > 1.0] = np.nan
    rows[:, 4] *= np.clip(1.0 - off / 2, 0.0, 1.0)
    return rows


def _slow_size(size_px: Floats, times_s: Floats) -> Floats:
    """Running median of both axes over `_SIZE_SPAN_S`, where there is a plate."""
    seen = np.flatnonzero(np.isfinite(size_px[:, 0]))
    slow = np.full(size_px.shape, np.nan)
    first = np.searchsorted(times_s[seen], times_s[seen] - _SIZE_SPAN_S / 2)
    last = np.searchsorted(times_s[seen], times_s[seen] + _SIZE_SPAN_S / 2, side="right")
    for at, start, stop in zip(seen, first, last, strict=True):
        slow[at] = np.median(size_px[seen[start:stop]], axis=0)
    return slow


def _off_the_curve(rows: Floats, times_s: Floats) -> Floats:
    """(N,) how far each centre lies off a parabola through its neighbours in time.

    1 is as far as is believed; 0 where there are too few neighbours to tell.
    """
    seen = np.flatnonzero(np.isfinite(rows[:, 0]))
    off = np.zeros(len(rows))
    for place, at in enumerate(seen):
        near = seen[max(0, place - 3) : place + 4]
        wide = seen[np.abs(times_s[seen] - times_s[at]) <= _NEIGHBOURS_S]
        near = wide if len(wide) > len(near) else near
        near = near[(near != at) & (np.abs(times_s[near] - times_s[at]) < 0.25)]
        if len(near) < 5:
            continue
        offset_s = times_s[near] - times_s[at]
        curve = np.vander(offset_s / np.abs(offset_s).max(), 3)
        trust = np.ones(len(near))
        for _ in range(3):  # a wrong neighbour must not throw a right centre out
            fit = np.linalg.lstsq(curve * trust[:, None], rows[near, :2] * trust[:, None])[0]
            miss = np.hypot(*(rows[near, :2] - curve @ fit).T)
            trust = 1 / (1 + miss / (0.02 * rows[at, 3]))
        beside = seen[max(0, place - 1) : place + 2][[0, -1]]
        way = np.hypot(*np.diff(rows[beside, :2], axis=0)[0])
        believed = _OFF_THE_CURVE * rows[at, 3] + _OFF_IN_TIME * way
        off[at] = np.hypot(*(rows[at, :2] - fit[2])) / believed
    return off


def _is_the_lifters(rows: Floats, fresh: Ints, clip: Clip, hands: Hands) -> bool:
    """Whether a followed plate is there while the hands move, and moves with them."""
    seen = np.isfinite(rows[:, 0])
    moving = hands.moving[fresh]
    if not moving.any() or seen[moving].mean() < _MOST_OF_THE_TIME:
        return False
    times_s, hand_px = clip.times_s[fresh], hands.middle_px[fresh]
    both = np.flatnonzero(seen & np.isfinite(hand_px[:, 0]))
    for start in both[:: max(1, len(both) // 400)]:
        part = both[
            (times_s[both] >= times_s[start])
            & (times_s[both] <= times_s[start] + _CARRIED_SPAN_S / hands.pace)
        ]
        if len(part) >= 5 and _carried(rows[part], hand_px[part, 1]):
            return True
    return False


def _carried(rows: Floats, hand_y_px: Floats) -> bool:
    """Whether plate and hands rise or fall together over a stretch."""
    y_px = rows[:, 1]
    if np.ptp(y_px) < _CARRIED_TRAVEL * np.median(rows[:, 3]) or np.ptp(hand_y_px) == 0:
        return False
    slope = np.polyfit(hand_y_px, y_px, 1)[0]
    return bool(slope > 0.4 and np.corrcoef(hand_y_px, y_px)[0, 1] > 0.8)


def _repeated(rows: Floats, clip: Clip) -> Floats:
    """`rows` with each repeated frame showing what the one before it showed."""
    source = np.arange(clip.frames)
    starts = {segment.start for segment in clip.segments}
    for frame in np.flatnonzero(clip.repeats):
        if frame > 0 and frame not in starts:
            source[frame] = source[frame - 1]
    return rows[source]


def _as_track(rows: Floats) -> BarTrack:
    confidence = np.clip(np.nan_to_num(rows[:, 4]), 0.0, 1.0)
    return BarTrack(rows[:, :2], rows[:, 2], rows[:, 3], confidence, "plate")


def _nothing(frames: int) -> BarTrack:
    unknown = np.full(frames, np.nan)
    return BarTrack(np.full((frames, 2), np.nan), unknown, unknown, np.zeros(frames), "none")
