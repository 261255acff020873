"""The elbows hang in the rack."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import (
    angle_sigma_deg,
    clearly_seen,
    joint_marks,
    visible,
    why_missing,
)
from cleanform.rules.engine import rule

#: The rack is read from the lowest moment of the catch for so long, and needs this much in view.
RACK_S = 1.0
MIN_SEEN_S = 0.10


@rule(
    title="Elbows low in the rack",
    parts={"upper arm": Limits("deg", ok_max=30, fault_max=50)},
    views=(20, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): the bar rests on "
        "the shoulders in the front rack, elbows rotated under and through; limits cleanform's",
        "NSCA, Power Clean, Exercise Technique Manual: received with the upper arms about level",
    ),
    fault={"low_elbows_deg": 54.0},
)
def low_rack(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far the upper arms hang below the level while the bar lies in the rack.

    **Why it matters.** Arms that hang let the bar slide off the shoulders onto hands and wrists,
    and pull the trunk forward on the way up.

    **How it is measured.** The line from shoulder to elbow below the horizontal, the median over
    the second from the lowest moment of the catch, in the frames in which both were seen.

    **When not to trust it.** A full-size plate stands in front of shoulder and elbow just then,
    so with such plates the check says *cannot tell* (on all of 160 known lifts from the side).
    Kettlebells, dumbbells and small plates show it.
    """
    low = rep.frame("catch_lowest")
    if low is None:
        yield Unseen("upper arm", why_missing(rep, "catch_lowest"))
        return
    since_s = motion.times_s - motion.times_s[low]
    end = rep.frame("stood_up") or len(motion.times_s) - 1
    window = (since_s >= 0) & (since_s <= RACK_S) & (np.arange(len(since_s)) <= end)
    seen = np.flatnonzero(window & clearly_seen(motion, "shoulder") & clearly_seen(motion, "elbow"))
    step_s = float(np.median(np.diff(motion.times_s)))
    if len(seen) * step_s < MIN_SEEN_S or len(seen) < 3:
        covered = (window & visible(motion, "upper_arm")).any()
        yield Unseen(
            "upper arm",
            "The plate covers your shoulder or elbow in the rack."
            if covered
            else "Your shoulder and elbow were not seen in the rack.",
        )
        return
    hang_deg = -motion.angles_deg["upper_arm"][seen]
    below_deg = float(np.median(hang_deg))
    frame = int(seen[np.argmin(np.abs(hang_deg - below_deg))])
    note = (
        f"Your upper arms hung {below_deg:.0f} deg below the level in the rack."
        if below_deg >= 0.5
        else "Your upper arms were level or higher in the rack."
    )
    yield Measurement(
        "upper arm",
        below_deg,
        angle_sigma_deg(motion, "upper_arm", frame),
        frame,
        joint_marks(motion, "upper_arm", frame, f"{below_deg:.0f} deg"),
        note=note,
    )
