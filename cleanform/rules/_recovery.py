"""A leg's angle over the way up from the catch, by how high the bar is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleanform.rules._reading import visible

if TYPE_CHECKING:
    from cleanform.model import Motion

#: The way up is read from so long before the lowest moment, and the stand for so long.
BEFORE_S, AFTER_S = 0.02, 1.5
#: The bar's height in the stand is read over this time.
STAND_S = 0.5
#: Fewer pictures than this are no way up.
MIN_FRAMES = 6
#: What one picture of the way up is worth: 240 known lifts caught on knees of 157 to 170 deg, with
#: landmarks off by 0.6 % of stature, lie within one sigma of the truth in 71 %, two in 94 %.
PICTURE_SIGMA_DEG = 8.5


class Recovery(NamedTuple):
    """How much more a leg is bent in the catch than in the stand, degrees."""

    bent_deg: float
    sigma_deg: float


def stand_height_m(motion: Motion, stood: int) -> float:
    """The bar's height while the lifter stands with it; NaN where the bar was not seen there."""
    since_s = motion.times_s - motion.times_s[stood]
    held_m = motion.bar_m[(since_s >= 0) & (since_s <= STAND_S), 1]
    return float(np.nanmedian(held_m)) if np.isfinite(held_m).any() else float("nan")


def recovery(motion: Motion, angle: str, lowest: int, stood: int) -> Recovery | None:
    """A line through a leg's angle against how much of its length the leg still lacks.

    A leg of two equal parts that is bent by a small angle b is shorter by a share of 1 - cos(b/2),
    about b^2/8: so the bend goes with the root of the bar's way to its height in the stand. Both
    ends of the line are read behind the same plate, and from many pictures. None where angle or
    bar was seen too little, or the bar does not rise.
    """
    times_s = motion.times_s
    lacking_m = stand_height_m(motion, stood) - motion.bar_m[:, 1]
    seen = visible(motion, angle) & (times_s >= times_s[lowest] - BEFORE_S)
    with np.errstate(invalid="ignore"):  # a bar that is lowered again is no stand
        seen &= (times_s <= times_s[stood] + AFTER_S) & (lacking_m <= lacking_m[lowest])
    rising = int((seen & (times_s <= times_s[stood])).sum())
    if rising < MIN_FRAMES or not lacking_m[lowest] > 0:
        return None
    root = np.sqrt(np.clip(lacking_m, 0.0, None))
    slope, _ = np.polyfit(root[seen], motion.angles_deg[angle][seen], 1)
    return Recovery(float(-slope * root[lowest]), PICTURE_SIGMA_DEG / float(np.sqrt(rising)))
