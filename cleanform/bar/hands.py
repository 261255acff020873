"""Where the hands are: they carry the bar, so they tell which plate is the lifter's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import LANDMARKS

if TYPE_CHECKING:
    from cleanform.model import Bools, Clip, Floats, Pose

_SEEN = 0.5  # a side is used where it is usually at least this visible
_PRESENT = 0.3  # in a single frame
_MOVING = 0.5  # trunk lengths a second; about a quarter of a metre
_OF_THE_FASTEST = 0.3  # a clip in slow motion moves less: this share of its fastest hands
_SLOWEST_PACE = 0.1
_SPEED_SPAN_S = 0.12


@dataclass(frozen=True, eq=False)
class Hands:
    """The hands of one clip (T frames), image pixels; NaN where they were not seen."""

    each_px: Floats  # (T, 2, 2) left and right, between wrist and index knuckle
    middle_px: Floats  # (T, 2) of the sides that are usually seen
    confidence: Floats  # (T,) their visibility
    moving: Bools  # (T,)
    trunk_px: float  # shoulder to hip, when it is longest in the image
    pace: float = 1.0  # less than 1 where nothing in the clip is fast: it may be in slow motion


def locate(pose: Pose, clip: Clip) -> Hands:
    """The hands of `pose`, and when they move."""
    sides = [_side(pose, side) for side in ("left", "right")]
    points = np.stack([xy_px for xy_px, _ in sides], axis=1)
    visibility = np.stack([seen for _, seen in sides], axis=1)
    each_px = np.where(visibility[..., None] >= _PRESENT, points, np.nan)
    middle_px = np.full(points[:, 0].shape, np.nan)
    confidence = np.zeros(len(points))
    for segment in clip.segments:
        # One choice of sides for a whole stretch: a hand that comes and goes would make the
        # mean jump by half the grip's width.
        usual = _median(visibility[segment])
        used = usual >= min(_SEEN, usual.max())
        middle_px[segment] = np.mean(each_px[segment][:, used], axis=1)
        confidence[segment] = np.mean(visibility[segment][:, used], axis=1)
    confidence[~np.isfinite(middle_px[:, 0])] = 0.0
    trunk_px = _trunk_px(pose)
    speed = _speed(middle_px, clip, trunk_px)
    known = speed[np.isfinite(speed)]
    fastest = float(np.percentile(known, 98)) if len(known) else 0.0
    pace = float(np.clip(_OF_THE_FASTEST * fastest / _MOVING, _SLOWEST_PACE, 1.0))
    moving = np.nan_to_num(speed) > _MOVING * pace
    return Hands(each_px, middle_px, confidence, moving, trunk_px, pace)


def _side(pose: Pose, side: str) -> tuple[Floats, Floats]:
    wrist, knuckle = pose.of(f"{side}_wrist"), pose.of(f"{side}_index")
    columns = [LANDMARKS.index(f"{side}_{part}") for part in ("wrist", "index")]
    seen = np.where(np.isfinite(wrist[:, 0]), pose.visibility[:, columns].mean(axis=1), 0.0)
    return (wrist + knuckle) / 2, np.nan_to_num(seen)


def _median(visibility: Floats) -> Floats:
    seen = visibility[(visibility > 0).any(axis=1)]
    return np.median(seen, axis=0) if len(seen) else np.zeros(visibility.shape[1])


def _trunk_px(pose: Pose) -> float:
    shoulder = (pose.of("left_shoulder") + pose.of("right_shoulder")) / 2
    hip = (pose.of("left_hip") + pose.of("right_hip")) / 2
    length_px = np.hypot(*(shoulder - hip).T)
    length_px = length_px[np.isfinite(length_px) & (length_px > 0)]
    return float(np.percentile(length_px, 90)) if len(length_px) else float("nan")


def _speed(middle_px: Floats, clip: Clip, trunk_px: float) -> Floats:
    """How fast the hands travel, trunk lengths a second; NaN = not seen.

    Measured over `_SPEED_SPAN_S`, or over two frames where that is longer.
    """
    speed = np.full(clip.frames, np.nan)
    for segment in clip.segments:
        times_s, xy_px = clip.times_s[segment], middle_px[segment]
        step_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 0.0
        half_s = max(_SPEED_SPAN_S / 2, 1.1 * step_s)
        first = np.searchsorted(times_s, times_s - half_s)
        last = np.searchsorted(times_s, times_s + half_s, side="right") - 1
        span_s = np.maximum(times_s[last] - times_s[first], 1e-6)
        travel_px = np.hypot(*(xy_px[last] - xy_px[first]).T)
        speed[segment] = np.where(last > first, travel_px / span_s / trunk_px, np.nan)
    return speed
