"""One elbow is lower than the other in the rack; seen from the front."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._across import LEVEL_SIGMA_DEG, MIN_FRAMES, nearest_frame, pair_mark, slope_deg
from cleanform.rules._reading import why_missing
from cleanform.rules.engine import rule

#: The rack is read from the lowest moment of the catch for so long.
RACK_S = 1.0
#: Elbows that point at the camera are found less well than those seen from the side.
ELBOWS_SIGMA_DEG = 3.0


@rule(
    title="Elbows uneven in the rack",
    parts={"elbows": Limits("deg", ok_max=9, fault_max=16)},
    views=(22, 30),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): the elbows rotate "
        "fast under the bar and the bar rests on both shoulders; the limits are cleanform's",
    ),
    fault={"uneven_elbows_deg": 30.0},
)
def uneven_elbows(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far the line between the elbows is from that between the shoulders, in the rack.

    **Why it matters.** A bar that one arm holds up and the other lets hang slides to that side,
    and the trunk turns to follow it.

    **How it is measured.** The slope of the line between the elbows minus that of the line
    between the shoulders, the median over the second from the lowest moment of the catch.

    **When not to trust it.** Only a camera in front or behind shows it; from behind the trunk
    may cover the elbows. High elbows point at the camera, where the model finds them less well.
    """
    low = rep.frame("catch_lowest")
    if low is None:
        yield Unseen("elbows", why_missing(rep, "catch_lowest"))
        return
    since_s = motion.times_s - motion.times_s[low]
    uneven = slope_deg(motion, "elbow") - slope_deg(motion, "shoulder")
    read = (since_s >= 0) & (since_s <= RACK_S) & np.isfinite(uneven)
    if read.sum() < MIN_FRAMES:
        yield Unseen("elbows", "Your elbows were not both seen in the rack.")
        return
    uneven_deg = float(np.median(uneven[read]))
    frame = nearest_frame(uneven, read, uneven_deg)
    lower = "left" if uneven_deg > 0 else "right"
    note = (
        f"Your {lower} elbow hung lower: their line was {abs(uneven_deg):.0f} deg from level."
        if abs(uneven_deg) >= 3
        else "Your elbows were level in the rack."
    )
    yield Measurement(
        "elbows",
        abs(uneven_deg),
        hypot(LEVEL_SIGMA_DEG, ELBOWS_SIGMA_DEG),
        frame,
        (pair_mark(motion, "elbow", frame, f"{abs(uneven_deg):.0f} deg"),),
        note=note,
    )
