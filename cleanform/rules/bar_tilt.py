"""The bar is pulled crooked, one hand higher than the other; seen from the front."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._across import (
    LEVEL_SIGMA_DEG,
    MIN_FRAMES,
    pair_mark,
    slope_deg,
    start_frames,
)
from cleanform.rules._reading import NEAR_COVER_S, away_s, running_median, why_missing
from cleanform.rules.engine import rule

if TYPE_CHECKING:
    from cleanform.model import Floats

#: A tilt counts where it lasts.
HELD_S = 0.12
MIN_SEEN = 0.6
#: A hand that is nearer to the camera rises faster in the picture: 20 deg off the front, 4 m away,
#: that is 5 deg of tilt by the time the bar is at its highest.
TILT_OF_A_DEGREE_ASIDE = 0.15


@rule(
    title="Bar pulled crooked",
    parts={"tilt": Limits("deg", ok_max=6, fault_max=11)},
    views=(20, 24),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): both hands take "
        "the same grip and the bar stays close; that it stays level goes without saying there, "
        "and the limits are cleanform's: twice and four times the noise of the hands on video",
    ),
    fault={"bar_tilt_deg": 16.0},
)
def bar_tilt(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """By how much one hand runs ahead of the other between floor and highest point.

    **Why it matters.** A bar that rises crooked is pulled by one side more than by the other,
    and lands on one shoulder first.

    **How it is measured.** The slope of the line between the hands, minus the same slope before
    the bar leaves the floor, where it lies level however the camera is held (from the hang: how
    it hung); the most that is held for 0.12 s up to the bar's highest point.

    **When not to trust it.** It sees the hands, not the bar's ends. A bar that hangs crooked
    before a lift from the hang is taken for level. A camera that is moved tilts everything.
    From 30 deg off the front the nearer hand rises faster in the picture, by 5 deg and more, so
    the camera has to stand nearly straight in front or behind.
    """
    window = rep.frames("lift_off", "bar_apex")
    start = start_frames(motion, rep)
    if window is None or start is None:
        yield Unseen("tilt", why_missing(rep, "lift_off", "bar_apex"))
        return
    slope = _surely_seen(motion.times_s, slope_deg(motion, "hand"))
    before = start & (motion.times_s <= motion.times_s[window.start]) & np.isfinite(slope)
    if before.sum() < MIN_FRAMES or np.isfinite(slope[window]).mean() < MIN_SEEN:
        yield Unseen("tilt", "Your hands were not both seen on the bar.")
        return
    level_deg = float(np.median(slope[before]))
    tilt = running_median(motion.times_s, slope - level_deg, HELD_S)[window]
    if not np.isfinite(tilt).any():
        yield Unseen("tilt", "Your hands were not both seen on the bar.")
        return
    at = int(np.nanargmax(np.abs(tilt)))
    tilt_deg, frame = float(tilt[at]), window.start + at
    higher = "right" if tilt_deg > 0 else "left"
    note = (
        f"Your {higher} hand was ahead: the bar tilted by {abs(tilt_deg):.0f} deg."
        if abs(tilt_deg) >= 3
        else "Your hands rose together."
    )
    spread_deg = float(np.std(slope[before]))
    aside_deg = TILT_OF_A_DEGREE_ASIDE * (90.0 - motion.view.yaw_deg)
    yield Measurement(
        "tilt",
        abs(tilt_deg),
        hypot(LEVEL_SIGMA_DEG, spread_deg / 2, aside_deg),
        frame,
        (pair_mark(motion, "hand", frame, f"{abs(tilt_deg):.0f} deg"),),
        note=note,
    )


def _surely_seen(times_s: Floats, slope: Floats) -> Floats:
    """(T,) the slope, NaN also just before and after a hand is lost.

    The model lets go of a quick hand by and by: on a drawn level bar the line between the hands
    went to 12 deg in the last 0.1 s in which both were seen.
    """
    near_lost = away_s(times_s, ~np.isfinite(slope)) <= NEAR_COVER_S
    return np.where(near_lost, np.nan, slope)
