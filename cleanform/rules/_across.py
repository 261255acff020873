"""What the checks of a front view need: pairs of joints, and how level they are.

How far apart a pair is could not be told: on a real lifter from the front, gripping as good lifters
do, the model's shoulder points lay so far inside that the hands read 237 % of their distance
(143 % on known lifts, in which the points are where the joints are), and against the stature
from the limbs' lengths 184 % of an average breadth. So no check speaks of grip and stance width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Mark, Motion, Rep

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

#: Where the hands hold the bar is read in this stretch round lift-off.
START_S = (-0.5, 0.15)
#: Fewer pictures than this are no median.
MIN_FRAMES = 3
#: How level a pair of the model's points is known to be beside the noise of a reading.
LEVEL_SIGMA_DEG = 2.0


def start_frames(motion: Motion, rep: Rep) -> Bools | None:
    """(T,) frames round lift-off, or up to the knee where a clip begins in the pull; else None."""
    off, knee = rep.frame("lift_off"), rep.frame("knee_pass")
    at = knee if off is None else off
    if at is None:
        return None
    since_s = motion.times_s - motion.times_s[at]
    last_s = 0.0 if off is None else START_S[1]
    chosen: Bools = (since_s >= START_S[0]) & (since_s <= last_s)
    return chosen


def slope_deg(motion: Motion, part: str) -> Floats:
    """(T,) how much higher the right of a part is than the left, as an angle of their line."""
    left, right = pair_px(motion, part)
    rise = right[:, 1] - left[:, 1]
    slope: Floats = np.degrees(np.arctan2(rise, np.abs(right[:, 0] - left[:, 0])))
    return slope


def pair_px(motion: Motion, part: str) -> tuple[Floats, Floats]:
    """Left and right of a part (T, 2), all NaN where the camera does not show both sides."""
    unseen = np.full((len(motion.times_s), 2), np.nan)
    sides = (motion.both_sides_px.get(f"{side}_{part}", unseen) for side in ("left", "right"))
    left, right = sides
    return left, right


def pair_mark(motion: Motion, part: str, frame: int, label: str) -> Mark:
    """The line between both sides of a part on one frame."""
    points = [motion.to_image_px(side[frame]) for side in pair_px(motion, part)]
    return Mark("line", tuple((float(x), float(y)) for x, y in points), label)


def nearest_frame(values: Floats, chosen: Bools, wanted: float) -> int:
    """The frame among those chosen whose value is nearest to the one wanted."""
    away = np.where(chosen & np.isfinite(values), np.abs(values - wanted), np.inf)
    return int(np.argmin(away))
