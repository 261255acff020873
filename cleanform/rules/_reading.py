"""What several rules need in order to read a `Motion`: what is seen, how well, and the baseline."""

from __future__ import annotations

from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cleanform.model import ANGLE_JOINTS, Mark, Motion, Rep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Bools, Floats

#: Below this a landmark is not an observation. BlazePose's visibility falls only weakly when a
#: joint is hidden, so the plate's disc (`Motion.hidden`) counts as well.
MIN_VISIBILITY = 0.5

#: What an angle is worth where the plate covers the joint it is measured at, and where it covers
#: only one of the ends; the model's offset is in it. BlazePose against known truth on rendered
#: side views with 450 mm plates: hip and knee off by 7.8 to 10.7 deg with the joint covered.
COVERED_SIGMA_DEG = 8.0
COVERED_END_SIGMA_DEG = 5.0

#: With the shoulder behind the plate, in the rack, the trunk's two sides are two guesses. On 24
#: rendered lifts the near one was off by 14 deg (-42 to +15), the far one by 9 (-13 to +18), and
#: the nearer they stood together the less: with these shares the truth lies within the stated
#: sigma in 75 % of them.
FAR_SHARE, APART_SIGMA_SHARE = 2 / 3, 0.6
#: The same where the far side was not found either.
ALONE_SIGMA_DEG = 14.0

#: How long a guess at a covered joint lives on; on video an elbow keeps to the plate's rim for
#: 0.1 s.
NEAR_COVER_S = 0.15

#: A longer stretch behind the plate is not bridged; a bar that passes the hip takes 0.2 to 0.4 s.
MAX_BRIDGE_S = 0.35
#: How far from the model's guess toward the bridge a covered joint is read. On rendered lifts the
#: guess at a hip is 14 deg too open (sd 3), the bridge as much too shut; where guesses are right,
#: as on pixel-level lifts, the middle would be too much. With these shares the truth lies within
#: the stated sigma in 75 % of 20 rendered lifts and in 87 % of 85 pixel-level ones.
BRIDGE_SHARE, BRIDGE_SIGMA_SHARE = 0.2, 0.18

#: What an angle that was read past straight is worth less: this share of how far.
MISREAD_SHARE = 0.5

#: The posture in which the bar leaves the floor is read in this stretch round lift-off.
START_S = (-0.10, 0.04)

#: Share of a stretch's frames in which the room may be lost from a moving camera's sight.
CAMERA_LOST = 0.1
CAMERA_UNKNOWN = "The camera moves, and too little of the room is in view to tell how."

#: Camera yaw against how much too open an angle reads (orthographic projection of a lift).
_YAW_DEG = (0.0, 10.0, 20.0, 30.0, 45.0)
_OPENING_BENT_DEG = (0.0, 0.8, 2.5, 7.0, 13.0)
_OPENING_STRAIGHT_DEG = (0.0, 0.2, 0.5, 1.0, 1.5)


class Standing(NamedTuple):
    """A joint's angle while the lifter stands still and upright."""

    angle_deg: float
    sigma_deg: float


def no_more_than(read: Standing, straight_deg: float) -> Standing:
    """The reading, at most straight: a joint that opens further is a misread one, and unsurer."""
    past_deg = max(0.0, read.angle_deg - straight_deg)
    return Standing(read.angle_deg - past_deg, hypot(read.sigma_deg, MISREAD_SHARE * past_deg))


def why_missing(rep: Rep, *events: str) -> str:
    """Empty where every event was found, else a sentence about the first that was not."""
    for name in events:
        event = rep.events[name]
        if event.frame is None:
            words = name.replace("_", " ")
            reason = event.reason.strip().rstrip(".")
            return f"{reason[:1].upper()}{reason[1:]}." if reason else f"No {words} was found."
    return ""


def camera_unknown(motion: Motion, frames: slice | NDArray[np.int64]) -> bool:
    """Whether the camera moves, and too little of the room shows how in these frames."""
    if motion.camera is None:
        return False
    unknown = np.isnan(motion.camera.moves[frames, 0])
    return bool(unknown.any() and unknown.mean() > CAMERA_LOST)


def visible(motion: Motion, angle: str) -> Bools:
    """(T,) frames in which the model saw every joint of an angle, or says so."""
    seen = np.isfinite(motion.angles_deg[angle])
    for joint in ANGLE_JOINTS[angle]:
        seen &= motion.visibility[joint] >= MIN_VISIBILITY
    return seen


def observed(motion: Motion, angle: str) -> Bools:
    """(T,) frames in which every joint of an angle was seen: visible and not behind the plate."""
    seen = visible(motion, angle)
    for joint in ANGLE_JOINTS[angle]:
        seen &= ~motion.hidden[joint]
    return seen


def clearly_seen(motion: Motion, joint: str) -> Bools:
    """(T,) frames in which a joint was seen and the plate was not near it just before or after.

    The model carries its guess along: a joint that the plate covers stays at the plate's rim for
    some frames after the plate has moved on, with fair visibility.
    """
    seen = motion.visibility[joint] >= MIN_VISIBILITY
    seen &= np.isfinite(motion.joints_px[joint]).all(axis=1)
    seen &= away_s(motion.times_s, motion.hidden[joint]) > NEAR_COVER_S
    return seen


def away_s(times_s: Floats, where: Bools) -> Floats:
    """(T,) time to the nearest of some frames; infinite where there are none."""
    there_s = times_s[where]
    nearest_s = np.full(len(times_s), np.inf)
    if len(there_s):
        after = np.searchsorted(there_s, times_s)
        for nearest in (after - 1, after):
            apart_s = np.abs(times_s - there_s[np.clip(nearest, 0, len(there_s) - 1)])
            nearest_s = np.minimum(nearest_s, apart_s)
    return nearest_s


def at_start(motion: Motion, lift_off: int) -> Bools:
    """(T,) frames in which the bar leaves the floor."""
    since_s = motion.times_s - motion.times_s[lift_off]
    return np.asarray((since_s >= START_S[0]) & (since_s <= START_S[1]))


def opening_deg(yaw_deg: float, *, straight: bool = False) -> float:
    """How much too open an angle may read at this camera yaw, bent joints or nearly straight."""
    table = _OPENING_STRAIGHT_DEG if straight else _OPENING_BENT_DEG
    return float(np.interp(yaw_deg, _YAW_DEG, table))


def angle_sigma_deg(
    motion: Motion, angle: str, frame: int, *, straight: bool = False, around_s: float = 0.1
) -> float:
    """What one angle at one frame is worth: landmark noise, the camera's yaw, and the plate.

    The plate counts where it covers a joint in more than half of the frames within `around_s`.
    """
    near = np.abs(motion.times_s - motion.times_s[frame]) <= around_s
    own_deg = max(motion.angle_sigma_deg[angle], _covered_sigma_deg(motion, angle, near))
    return hypot(own_deg, opening_deg(motion.view.yaw_deg, straight=straight))


def _covered_sigma_deg(motion: Motion, angle: str, frames: Bools) -> float:
    joints = ANGLE_JOINTS[angle]
    covered = {joint for joint in joints if np.mean(motion.hidden[joint][frames]) > 0.5}
    if not covered:
        return 0.0
    middle = len(joints) == 3 and joints[1] in covered
    return COVERED_SIGMA_DEG if middle else COVERED_END_SIGMA_DEG


def joint_marks(motion: Motion, angle: str, frame: int, label: str) -> tuple[Mark, ...]:
    """The joints of an angle as a mark on one frame; nothing where one of them is not there."""
    points = [motion.to_image_px(motion.joints_px[name][frame]) for name in ANGLE_JOINTS[angle]]
    if not np.all(np.isfinite(points)):
        return ()
    kind = "angle" if len(points) == 3 else "line"
    return (Mark(kind, tuple((float(x), float(y)) for x, y in points), label),)


def segment_of(motion: Motion, frame: int) -> slice:
    """The stretch between camera cuts that holds a frame."""
    for segment in motion.segments:
        if segment.start <= frame < segment.stop:
            return segment
    return slice(0, len(motion.times_s))


def around_rep(motion: Motion, rep: Rep) -> tuple[Bools, Bools]:
    """(T,) frames before the set-up and from the final stand on, up to the next camera cut."""
    frames = np.arange(len(motion.times_s))
    segment = segment_of(motion, rep.span.start)
    inside = (frames >= segment.start) & (frames < segment.stop)
    stood = rep.frame("stood_up")
    after = inside & (frames >= stood) if stood is not None else np.zeros_like(inside)
    if stood is not None:  # the next lift's set-up is no stand; a second and a half is enough
        after &= motion.times_s <= motion.times_s[stood] + 1.5
    return inside & (frames < rep.span.start), after


def own_standing(motion: Motion, rep: Rep, angle: str) -> Standing | None:
    """The lifter's own straight joint, standing still before or after the lift.

    The better seen of the two: in the rack the plate covers shoulder and hip. Equally well seen,
    the straighter. None where the clip shows neither.
    """
    seen = [standing_angle(motion, angle, where) for where in around_rep(motion, rep)]
    known = [standing for standing in seen if standing is not None]
    return max(known, key=lambda each: (-each.sigma_deg, each.angle_deg), default=None)


def standing_angle(
    motion: Motion, angle: str, where: Bools, hold_s: float = 0.3
) -> Standing | None:
    """The straightest that a joint is held while the lifter stands still, within `where`.

    Slides a window of `hold_s` over the frames of `where` in which trunk and knee are upright,
    keeps those in which the hip rests (moves under 2 % of stature), and takes the upper quartile
    of the windows' medians: the lifter's best standing, not the luckiest frame. None where
    nobody stands still.
    """
    values, unsure_deg = by_both_sides(motion, angle)
    trunk, knee = motion.angles_deg["trunk"], motion.angles_deg["knee"]
    with np.errstate(invalid="ignore"):
        upright = where & (trunk > 60.0) & (knee > 145.0) & np.isfinite(values)
    seen = observed(motion, angle)
    for usable in (upright & seen, upright):
        medians = _still_medians(motion, values, usable, hold_s)
        if len(medians):
            best = float(np.quantile(medians, 0.75))
            return Standing(best, _held_sigma_deg(motion, angle, usable, unsure_deg))
    return None


def by_both_sides(motion: Motion, angle: str) -> tuple[Floats, Floats]:
    """(T,) an angle, the hip's by both sides of the trunk where the plate covers the shoulder.

    And (T,) what is unsure about it besides; 0 where the shoulder is seen.
    """
    values = np.array(motion.angles_deg[angle])
    covered = motion.hidden["shoulder"]
    if angle != "hip" or not covered.any():
        return values, np.zeros(len(values))
    far_deg = np.full(len(values), np.nan)
    if motion.far_trunk_deg is not None:
        far_deg = motion.far_trunk_deg
    apart_deg = far_deg - motion.angles_deg["trunk"]
    both = covered & np.isfinite(apart_deg)
    values[both] += FAR_SHARE * apart_deg[both]
    unsure_deg = np.where(both, APART_SIGMA_SHARE * np.abs(apart_deg), ALONE_SIGMA_DEG)
    return values, np.where(covered, unsure_deg, 0.0)


def bridged(motion: Motion, angle: str) -> tuple[Floats, Floats]:
    """(T,) an angle that opens and shuts behind the plate, and its sigma there; 0 elsewhere.

    Behind the plate the model's guess is too open: it puts a covered hip toward the plate. The
    straight line in time between the frames before and after, in which the plate is off the
    joint, is too shut, because the angle goes over its top between them. The truth lies between
    the two: a fifth of the way from the guess is taken, unsure by nearly as much. Stretches longer
    than `MAX_BRIDGE_S`, and the ends of a clip, keep the guess.
    """
    times_s, values = motion.times_s, np.array(motion.angles_deg[angle])
    sigma_deg = np.zeros(len(values))
    covered = motion.hidden[ANGLE_JOINTS[angle][1]]
    guessed = visible(motion, angle) & covered
    for before, after in pairwise(np.flatnonzero(visible(motion, angle) & ~covered)):
        between = np.arange(before + 1, after)
        between = between[guessed[between]]
        if not len(between) or times_s[after] - times_s[before] > MAX_BRIDGE_S:
            continue
        line_deg = np.interp(times_s[between], times_s[[before, after]], values[[before, after]])
        apart_deg = line_deg - values[between]
        values[between] += BRIDGE_SHARE * apart_deg
        sigma_deg[between] = BRIDGE_SIGMA_SHARE * np.abs(apart_deg)
    return values, sigma_deg


def held_angle(motion: Motion, angle: str, start: int, hold_s: float = 0.5) -> Standing | None:
    """The angle as it is held from a frame on, upright or not; None where it is not seen.

    The upper quartile, because the last of the rise is still in the first of it.
    """
    since_s = motion.times_s - motion.times_s[start]
    held = (since_s >= 0) & (since_s <= hold_s) & visible(motion, angle)
    if not held.any():
        return None
    values, unsure_deg = by_both_sides(motion, angle)
    reached = float(np.quantile(values[held], 0.75))
    return Standing(reached, _held_sigma_deg(motion, angle, held, unsure_deg))


def _held_sigma_deg(motion: Motion, angle: str, frames: Bools, unsure_deg: Floats) -> float:
    """Of an angle that is held over these frames; a median of many correlated ones."""
    own_deg = motion.angle_sigma_deg[angle] / 2.0
    covered_deg = max(own_deg, _covered_sigma_deg(motion, angle, frames))
    return hypot(covered_deg, float(np.median(unsure_deg[frames])))


def _still_medians(motion: Motion, values: Floats, usable: Bools, hold_s: float) -> list[float]:
    hip = motion.joints_px["hip"]
    limit_px = 0.02 * motion.stature_px
    starts = np.flatnonzero(usable)
    stops = np.searchsorted(motion.times_s, motion.times_s + hold_s - 1e-9)[starts] + 1
    inside = stops <= len(values)
    starts, stops = starts[inside], stops[inside]
    counted = np.append(0, np.cumsum(usable))
    whole = counted[stops] - counted[starts] == stops - starts
    starts, lengths = starts[whole], (stops - starts)[whole]
    medians: list[float] = []
    for length in np.unique(lengths):
        first = starts[lengths == length]
        places = sliding_window_view(hip, length, axis=0)[first]
        still = np.ptp(places, axis=2).max(axis=1) <= limit_px
        medians += np.median(sliding_window_view(values, length)[first[still]], axis=1).tolist()
    return medians


def running_median(times_s: Floats, values: Floats, width_s: float) -> Floats:
    """(T,) median of at least three values within half of `width_s`; NaN where fewer are seen."""
    frames = np.arange(len(values))
    first = np.searchsorted(times_s, times_s - width_s / 2 - 1e-9)
    stop = np.searchsorted(times_s, times_s + width_s / 2 + 1e-9)
    first = np.maximum(np.minimum(first, frames - 1), 0)
    stop = np.minimum(np.maximum(stop, frames + 2), len(values))
    beside = first[:, None] + np.arange(int((stop - first).max(initial=1)))
    near = values[np.minimum(beside, len(values) - 1)]
    near[~np.isfinite(near) | (beside >= stop[:, None])] = np.inf  # sorts behind what is seen
    near.sort(axis=1)
    count = np.isfinite(near).sum(axis=1)
    lower, upper = near[frames, np.maximum(count - 1, 0) // 2], near[frames, count // 2]
    return np.where(count >= 3, (lower + upper) / 2, np.nan)
