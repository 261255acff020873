"""The hips rise before the shoulders."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import (
    at_start,
    joint_marks,
    observed,
    opening_deg,
    running_median,
    why_missing,
)
from cleanform.rules.engine import rule

#: The trunk must be this flat for so long to count; one frame is noise.
HELD_S = 0.06
MIN_SEEN = 0.7


@rule(
    title="Hips rise before the shoulders",
    parts={"trunk": Limits("deg", ok_max=6, fault_max=12)},
    views=(15, 30),
    sources=(
        "Drechsler 1998, The Weightlifting Encyclopedia: in the clean the trunk is inclined by "
        "about 32 deg when the bar leaves the floor and stays so through the first pull",
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): the bar leaves "
        "the floor by pushing the feet down, like a deadlift, shoulders above hips",
        "Everett, Catalyst Athletics: the pull starts from the posture in which the bar leaves "
        "the floor, not from the deepest one before it",
    ),
    fault={"hips_first_deg": 20.0},
)
def hips_first(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """By how much the trunk tips forward between lift-off and the moment the bar passes the knee.

    **Why it matters.** Legs that straighten while the shoulders stay down have done their part
    before the bar has moved far. The back has to do the rest, and the bar tends to leave the
    shins.

    **How it is measured.** The line from hip to shoulder above the horizontal, the median round
    lift-off, minus the flattest that it is held for 0.06 s until the bar passes the knee. Where
    hips and shoulders rise together it stays the same. A lifter who rocks into the start is
    measured from the posture in which the bar leaves the floor.

    **When not to trust it.** It needs hips and shoulders in view and the moment of lift-off
    known. A bar that creeps off the floor hides when the pull began.
    """
    window = rep.frames("lift_off", "knee_pass")
    start = rep.frame("lift_off")
    if window is None or start is None:
        yield Unseen("trunk", why_missing(rep, "lift_off", "knee_pass"))
        return
    trunk_deg = np.where(observed(motion, "trunk"), motion.angles_deg["trunk"], np.nan)
    start_deg = trunk_deg[at_start(motion, start)]
    if np.isfinite(start_deg).sum() < 2 or np.isfinite(trunk_deg[window]).mean() < MIN_SEEN:
        yield Unseen("trunk", "Your hips and shoulders were not seen through the first pull.")
        return
    held_deg = running_median(motion.times_s, trunk_deg, HELD_S)[window]
    if not np.isfinite(held_deg).any():
        yield Unseen("trunk", "The first pull is too short for the pictures in this clip.")
        return
    frame = window.start + int(np.nanargmin(held_deg))
    flattest_deg = float(np.nanmin(held_deg))
    drop_deg = float(np.nanmedian(start_deg)) - flattest_deg
    # Both readings are of the same joints a moment apart, so the model's offset is in both; what
    # is left scatters by 1.2 to 2 deg on known lifts.
    noise_deg = 0.6 * motion.angle_sigma_deg["trunk"]
    note = (
        f"Your trunk tipped forward by {drop_deg:.0f} deg before the bar passed your knees: "
        "the hips rose before the shoulders."
        if drop_deg >= 3
        else "Your hips and shoulders rose together off the floor."
    )
    yield Measurement(
        "trunk",
        drop_deg,
        hypot(noise_deg, opening_deg(motion.view.yaw_deg, straight=True)),
        frame,
        joint_marks(motion, "trunk", frame, f"trunk {flattest_deg:.0f} deg"),
        note=note,
    )
