"""The start: shoulders above hips, hips above knees."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import angle_sigma_deg, at_start, joint_marks, observed, why_missing
from cleanform.rules.engine import rule

MIN_FRAMES = 2

#: What a thigh is worth more than its landmarks' noise: near the plate the knee is drawn to it. On
#: 21 drawn lifts thighs read 5 deg too low (sd 5).
THIGH_SIGMA_DEG = 6.0

#: Drechsler's, of the trunk; said beside the lifter's own.
USUAL_DEG = 32
#: What is read, by part: the angle, and what cannot be seen where it is hidden.
ANGLES = {"trunk": ("trunk", "hips and shoulders"), "hips": ("thigh", "hips and knees")}


@rule(
    title="Start position",
    parts={
        "trunk": Limits("deg", ok_min=25, ok_max=50, fault_min=15, fault_max=60),
        "hips": Limits("deg", ok_min=0),
    },
    views=(15, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): shoulders above "
        "hips, hips above knees, the bar over the middle of the foot",
        "Drechsler 1998, The Weightlifting Encyclopedia: in the clean the trunk is inclined by "
        "about 32 deg when the bar leaves the floor",
        "Nagatani et al. 2026: how the start looked did not go with how much was lifted (r -0.10 "
        "and 0.04, n = 30), so the limits are wide and hips below the knees are only watched",
    ),
    fault={"start_upright_deg": -25.0},
    outcomes={"hips": "sits too deep"},
)
def start_position(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How the trunk and the thighs are inclined when the bar leaves the floor.

    **Why it matters.** From hips as low as in a squat the hips have to rise before the bar can;
    from hips as high as the shoulders the back does what the legs should do.

    **How it is measured.** *Trunk* is the line from hip to shoulder above the horizontal, *hips*
    that from knee to hip (below zero the hips are lower than the knees), each the median from
    0.10 s before lift-off to 0.04 s after it. Lifters of other limb lengths start differently
    and lift as well, so only what is far outside the usual is a fault.

    **When not to trust it.** It needs hips, knees and shoulders in view and the moment of
    lift-off known. Whether the bar is over the middle of the foot is not said: seen from the
    side, a full-size plate on the floor covers the foot.
    """
    start = rep.frame("lift_off")
    for part, (angle, joints) in ANGLES.items():
        if rep.kind.startswith("hang"):
            yield Unseen(part, "The lift began in the hang, not on the floor.")
            continue
        if start is None:
            yield Unseen(part, why_missing(rep, "lift_off"))
            continue
        around = at_start(motion, start) & observed(motion, angle)
        if around.sum() < MIN_FRAMES:
            yield Unseen(part, f"Your {joints} were not seen as the bar left the floor.")
            continue
        value_deg = float(np.median(motion.angles_deg[angle][around]))
        yield Measurement(
            part,
            value_deg,
            hypot(
                angle_sigma_deg(motion, angle, start, straight=True),
                THIGH_SIGMA_DEG if part == "hips" else 0.0,
            ),
            start,
            joint_marks(motion, angle, start, f"{angle} {value_deg:.0f} deg"),
            note=_in_words(part, value_deg),
        )


def _in_words(part: str, value_deg: float) -> str:
    if part == "hips":
        where = "above" if value_deg >= 0 else "below"
        return f"As the bar left the floor your hips were {where} your knees."
    return (
        f"As the bar left the floor your trunk was inclined by {value_deg:.0f} deg; "
        f"about {USUAL_DEG} is usual."
    )
