"""What the checks of a front view need: pairs of joints, how far apart and how level they are."""

from __future__ import annotations

from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import why_missing

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

#: Where the hands hold the bar is read in this stretch round lift-off.
START_S = (-0.5, 0.15)
#: From no earlier before lift-off than this, however long the lifter stood ready.
SETUP_S = 1.0
#: Fewer pictures than this are no median.
MIN_FRAMES = 3
#: What the share of one breadth in the shoulders' is known to, relative, and in percent at least.
#: The model puts the shoulders about a tenth outside the joints, which the limits allow for: on a
#: real lifter of small stature 0.33 m apart at the start, by the bar's 1.31 m between its collars.
#: Three drawn lifts read grips 11, 3 and 3 % too narrow, stances 12, 0 and 7: a scatter of 5.
SHARE_SIGMA, LEAST_SIGMA_PERCENT = 0.06, 3.0
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


def breadth_at_start(
    motion: Motion, rep: Rep, name: str, part: str, usual: Limits
) -> Measurement | Unseen:
    """How far apart the left and the right of a part are at the start, per cent of the shoulders.

    From the set-up until the bar passes the knees the shoulders lean over it and are about as far
    from the camera as hands and feet. `name` is what the reading is called; outside the good band
    of `usual` it is said to be wide or narrow.
    """
    frames = _leaning_over(motion, rep)
    if frames is None:
        return Unseen(name, why_missing(rep, "lift_off", "knee_pass"))
    share = 100 * _apart_px(motion, part) / _apart_px(motion, "shoulder")
    read = frames & np.isfinite(share)
    if read.sum() < MIN_FRAMES:
        return Unseen(name, f"Your {part}s or your shoulders were not seen at the start.")
    value = float(np.median(share[read]))
    frame = nearest_frame(share, read, value)
    wide, narrow = value > usual.ok_max, value < usual.ok_min
    how = ": wide" if wide else ": narrow" if narrow else ""
    note = f"At the start your {part}s were {value:.0f} % of your shoulders' distance apart{how}."
    return Measurement(
        name,
        value,
        hypot(SHARE_SIGMA * value, LEAST_SIGMA_PERCENT),
        frame,
        (pair_mark(motion, part, frame, f"{value:.0f} %", "gap"),),
        note=note,
    )


def _leaning_over(motion: Motion, rep: Rep) -> Bools | None:
    """(T,) frames from the set-up, a second at most, until the bar passes the knees; else None."""
    around = start_frames(motion, rep)
    setup, off, knee = (rep.frame(name) for name in ("setup", "lift_off", "knee_pass"))
    if around is None or knee is None or off is None:
        return around
    first_s = motion.times_s[off if setup is None else setup]
    first_s = max(first_s, motion.times_s[off] - SETUP_S)
    leaning = (motion.times_s >= first_s) & (motion.times_s <= motion.times_s[knee])
    return np.asarray(around | leaning)


def _apart_px(motion: Motion, part: str) -> Floats:
    """(T,) distance between the left and the right of a part; NaN where either was not seen."""
    left, right = pair_px(motion, part)
    distance: Floats = np.linalg.norm(left - right, axis=1)
    return distance


def pair_mark(motion: Motion, part: str, frame: int, label: str, kind: str = "line") -> Mark:
    """The line between both sides of a part on one frame."""
    points = [motion.to_image_px(side[frame]) for side in pair_px(motion, part)]
    return Mark(kind, tuple((float(x), float(y)) for x, y in points), label)


def nearest_frame(values: Floats, chosen: Bools, wanted: float) -> int:
    """The frame among those chosen whose value is nearest to the one wanted."""
    away = np.where(chosen & np.isfinite(values), np.abs(values - wanted), np.inf)
    return int(np.argmin(away))
