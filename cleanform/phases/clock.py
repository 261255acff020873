"""Whether a clip plays slower than life, told by how gravity slows the bar and the lifter.

Once the lifter has stopped pushing, he can only pull up on the bar: its speed falls at most at
9.81 m/s^2, and at no less than about a third of that, or it was never thrown. He himself falls
under it. A clip that plays k times slower shows both accelerations divided by k squared, so that
twice as slow is a factor of four, far more than lifters differ by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.phases import ascents, kinds
from cleanform.phases.crossings import frames_between, runs

if TYPE_CHECKING:
    from cleanform.model import Motion
    from cleanform.phases.ascents import Ascent, Bar

#: Factors that are told apart: phones slow 60, 120 and 240 frames a second down to 30.
FACTORS = (2.0, 4.0, 8.0)
#: The bar's deceleration between its peak speed and its apex in a lift at true speed, m/s^2: the
#: geometric middle of 3 (arms that go on pulling) and free flight.
FLIGHT_M_S2 = 5.4
#: The lifter's fall under the bar at true speed, as `_fall_m_s2` reads it: the same of 0.8 to 3.3,
#: which real and synthetic lifts keep within.
FALL_M_S2 = 1.6
#: The two together must lie this near to a factor, and each alone this near: the bar's, which
#: gravity bounds, nearer than the hips'. A bar that is braked at 3 m/s^2 at true speed seems 1.34
#: times slower: that must not be taken for 2.
TOGETHER_WITHIN = 1.32
EACH_WITHIN = (1.47, 1.85)
#: Below this the lifter did not go under the bar: he may just have lifted slowly.
LEAST_FALL_H = 0.03
#: Nothing that is let go falls faster; room for a scale that is off by a tenth, and noise.
FASTEST_FALL_M_S2 = 1.3 * 9.81
LEAST_DROP_M = 0.35
#: Statures, on the plate's scale, that an adult can have; outside it the scale is wrong and its
#: accelerations say nothing about time. A plate's plane is 1.02 to 1.45 nearer than the body's.
STATURES_M = (1.15, 2.05)
#: The speed falls below this share of its peak where the flight begins.
PAST_THE_PEAK = 0.85


def slow_motion_factor(motion: Motion) -> float | None:
    """2, 4 or 8 where every lift in the clip says that it plays so much slower; else None.

    `motion` is on the clip's own clock. For each rise of the bar from below the hips to the chest
    two estimates are made, of how much slower than life the bar is braked and the hips fall under
    it. Both, their geometric mean and all lifts must point to one factor, and no bar that is let
    go may then fall faster than gravity lets it. None also means "cannot tell": no plate gives a
    scale, the scale contradicts the lifter's height, the lifter does not go under the bar, or the
    estimates lie between two factors. Factors beside 2, 4 and 8 are told as the nearest of them
    or not at all: a lifter's own spread is some 20 % of a factor.
    """
    stature_m = motion.stature_px * motion.scale.working_m_per_px
    if motion.bar_source != "plate" or not STATURES_M[0] <= stature_m <= STATURES_M[1]:
        return None
    bar = ascents.bar_of(motion)
    told = [_slower(motion, bar, rise) for rise in ascents.find(motion, bar)]
    lifts = np.array([pair for pair in told if pair is not None])
    if not len(lifts):
        return None
    for factor in FACTORS:
        off = np.abs(np.log(lifts / factor))
        together = np.abs(np.log(lifts / factor).mean(axis=1))
        if (off < np.log(EACH_WITHIN)).all() and (together < np.log(TOGETHER_WITHIN)).all():
            falls = _fastest_drop_m_s2(bar, motion) * factor**2
            return factor if falls <= FASTEST_FALL_M_S2 else None
    return None


def _slower(motion: Motion, bar: Bar, rise: Ascent) -> tuple[float, float] | None:
    """How much slower than life bar and hips look in one lift; None where it is no clean.

    NaN where one of them does not tell.
    """
    stature_px = motion.stature_px
    over_hip = (bar.on_body_px - motion.joints_px["hip"])[rise.start : rise.start + 3, 1]
    if not np.isfinite(over_hip).any() or kinds.starts_at_shoulders(motion, bar, rise):
        return None
    if not rise.ends or kinds.highest_on_body_px(motion, bar, rise) < kinds.CHEST_H * stature_px:
        return None
    flight, fall = _flight_m_s2(bar, rise), _fall_m_s2(motion, bar, rise)
    if not (flight > 0 and fall > 0):
        return float("nan"), float("nan")
    return float(np.sqrt(FLIGHT_M_S2 / flight)), float(np.sqrt(FALL_M_S2 / fall))


def _flight_m_s2(bar: Bar, rise: Ascent) -> float:
    """The bar's mean deceleration from just past its peak speed to its apex; NaN if too short."""
    speed = bar.speed_m_s
    past = np.flatnonzero(speed[rise.peak : rise.top + 1] < PAST_THE_PEAK * speed[rise.peak])
    first = rise.peak + int(past[0]) - 1 if len(past) else rise.top
    if rise.top - first < 2:
        return float("nan")
    window = slice(first, rise.top + 1)
    return -float(np.polyfit(bar.times_s[window], speed[window], 1)[0])


def _fall_m_s2(motion: Motion, bar: Bar, rise: Ascent) -> float:
    """How the hips fall under the bar: 4 d / t^2 of a fall by d in t; NaN where they do not.

    A fall that speeds up over its first half and brakes over the second, each evenly, has this
    acceleration.
    """
    t = bar.times_s
    flight_s = float(t[rise.top] - t[rise.peak])
    window = frames_between(
        t, t[rise.peak] - 0.3 * flight_s, t[rise.top] + 2 * flight_s, rise.segment
    )
    height_m = motion.joints_px["hip"][window, 1] * motion.scale.working_m_per_px
    if not np.isfinite(height_m).any():
        return float("nan")
    high = int(np.nanargmax(height_m[: max(2, rise.top - window.start)]))
    low = high + int(np.nanargmin(height_m[high:]))
    fallen_m, took_s = height_m[high] - height_m[low], t[window][low] - t[window][high]
    least_m = LEAST_FALL_H * motion.stature_px * motion.scale.working_m_per_px
    return float(4 * fallen_m / took_s**2) if fallen_m >= least_m and took_s > 0 else float("nan")


def _fastest_drop_m_s2(bar: Bar, motion: Motion) -> float:
    """Acceleration of the fastest free fall of the bar in the clip; 0 where it is never let go."""
    fastest = 0.0
    for segment in motion.segments:
        height = bar.height_m[segment]
        speed = bar.speed_m_s[segment]
        t = bar.times_s[segment]
        for falling in runs(np.nan_to_num(speed) < 0):
            first = falling.start
            if height[first] - height[falling.stop - 1] < LEAST_DROP_M:
                continue
            fallen = height[first] - height[falling]
            part = slice(first, first + int(np.searchsorted(fallen, 0.8 * fallen[-1])) + 1)
            if part.stop - part.start >= 4:
                fastest = max(fastest, -float(np.polyfit(t[part], speed[part], 1)[0]))
    return fastest
