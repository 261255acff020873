"""What a clip shows in which no bar goes up: a walk, a jump, somebody who stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.phases.crossings import runs

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats, Motion

#: Shares of stature. A step is 0.4 and more; a lifter who shuffles at the bar goes less far.
_WALKS_H = 0.6
#: Feet leave the floor by this, while hips stand higher than one can on the toes. A jump of 10 cm
#: lifts both by 0.06; a heel that is lifted moves the ankle by up to 0.05.
_FEET_UP_H, _HIPS_UP_H = 0.05, 0.05
#: A jump is over by then: 0.8 s is one of 78 cm.
_AIR_S = (0.1, 0.8)
#: Hips that go down by this, and up again: a squat, or a bend to the floor.
_DOWN_H = 0.12
_STILL_H = 0.06
_LEAST_SEEN_S = 0.5
#: Who throws a bar up and drops under it lifts the ankles by 0.05.
_HIGHER_H = 0.1
JUMPS = "somebody jumps"


def jumps_with_no_bar(motion: Motion) -> bool:
    """Whether hands go up because their owner jumps: no plate, and feet higher than in a lift."""
    if motion.bar_source == "plate" or what_is_seen(motion) != JUMPS:
        return False
    feet = motion.joints_px["ankle"][_longest_seen(motion), 1] / motion.stature_px
    return bool(feet.max() - np.median(feet) > _HIGHER_H)


def what_is_seen(motion: Motion) -> str:
    """A clause that says what the person in view does; empty where that is not clear.

    The longest stretch between cuts in which hips and ankle are seen is asked. A camera that moves
    makes people walk who do not: nothing is said then.
    """
    if motion.camera is not None:
        return ""
    part = _longest_seen(motion)
    times_s = motion.times_s[part]
    if len(times_s) < 3 or times_s[-1] - times_s[0] < _LEAST_SEEN_S:
        return ""
    hips, feet = (motion.joints_px[name][part] / motion.stature_px for name in ("hip", "ankle"))
    if _jumps(times_s, hips[:, 1], feet[:, 1]):
        return JUMPS
    if np.ptp(hips[:, 0]) > _WALKS_H and np.ptp(feet[:, 0]) > _WALKS_H:
        return "somebody walks through the picture"
    if np.ptp(hips[:, 1]) > _DOWN_H:
        return "somebody bends or squats, and no bar goes up with the hands"
    if np.ptp(hips, axis=0).max() < _STILL_H:
        return "somebody stands there"
    return ""


def _longest_seen(motion: Motion) -> slice:
    best = slice(0, 0)
    for segment in motion.segments:
        ends = np.hstack([motion.joints_px[name][segment] for name in ("hip", "ankle")])
        seen: Bools = np.asarray(np.isfinite(ends).all(axis=1))
        for run in runs(seen, segment.start):
            if run.stop - run.start > best.stop - best.start:
                best = run
    return best


def _jumps(times_s: Floats, hips: Floats, feet: Floats) -> bool:
    """Whether feet and hips are both above where they stand, for as long as a jump lasts."""
    floor, stand = np.median(np.sort(feet)[: max(1, len(feet) // 2)]), np.median(hips)
    up = (feet > floor + _FEET_UP_H) & (hips > stand + _HIPS_UP_H)
    for air in runs(up):
        if air.start > 0 and air.stop < len(up):  # it began and ended in view
            air_s = times_s[air.stop] - times_s[air.start]
            if _AIR_S[0] <= air_s <= _AIR_S[1]:
                return True
    return False
