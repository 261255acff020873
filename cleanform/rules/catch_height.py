"""Over-pulled or under-pulled: the catch is too high or too low."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import angle_sigma_deg, joint_marks, visible, why_missing
from cleanform.rules.engine import rule

#: How well the moment of the rack is known: half of the events on known lifts lie within 0.03 s,
#: nineteen of twenty within 0.08 s.
RACK_SIGMA_S = 0.04


@rule(
    title="Caught too high or too low",
    parts={
        "thighs": Limits("deg", ok_min=30, fault_min=0),
        "knees": Limits("deg", ok_max=150, fault_max=160),
        "drop": Limits("cm", ok_max=12, fault_max=18),
    },
    views=(15, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): "
        "over-pulled (caught higher than it needs to be), "
        "under-pulled (caught too low); received in a quarter squat",
        "Takei et al. 2020, Int J Sports Physiol Perform 15:18-24: a power clean is caught above a "
        "parallel squat; above 70 % of the maximum good lifters go below a quarter squat",
        "Takei et al. 2021, J Strength Cond Res 35(2S):S84-S88: a light bar pulled with full "
        "effort flies too high for a correct catch",
        "Catalyst Athletics, exercise glossary: hips above parallel, knees bent no more than "
        "90 deg, which is a thigh about 30 deg above the horizontal",
    ),
    fault={"catch_knee_deg": 172.0},
    outcomes={"thighs": "under-pulled", "knees": "over-pulled", "drop": "over-pulled"},
)
def catch_height(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How deep the lifter is in the lowest moment of the catch, and how far the bar fell to it.

    **Why it matters.** A bar caught on straight legs was pulled higher than it had to be and
    lands hard; a bar caught in a deep squat was not pulled high enough for a power clean.

    **How it is measured.** *Thighs* is the line from knee to hip above the horizontal at the
    lowest moment. At 30 deg the knees are bent to about 90; a quarter squat is 40 to 65; below
    0 the hips are under the knees, which makes the lift a clean and not a power clean. *Knees*
    is the knee angle at that moment: straight legs mean that the bar was over-pulled. *Drop* is
    how far the bar fell from its highest point to where it met the shoulders.

    **When not to trust it.** Deeper than a quarter squat is normal with heavy bars, so that band
    is a *watch* and no more. A light bar in technique practice is often over-pulled on purpose.
    The drop needs the plate: without it there are no centimetres.
    """
    missing = why_missing(rep, "catch_lowest")
    frame = rep.frame("catch_lowest")
    for part, angle in (("thighs", "thigh"), ("knees", "knee")):
        if frame is None:
            yield Unseen(part, missing)
        elif not visible(motion, angle)[frame]:
            yield Unseen(part, f"Your {angle} was not seen at the lowest moment of the catch.")
        else:
            yield _depth(motion, part, angle, frame)
    yield _drop(motion, rep)


def _depth(motion: Motion, part: str, angle: str, frame: int) -> Measurement:
    value_deg = float(motion.angles_deg[angle][frame])
    if angle == "knee":
        note = f"Your knees were at {value_deg:.0f} deg in the lowest moment of the catch."
    elif value_deg < 0:
        note = (
            f"Your thighs were {-value_deg:.0f} deg below the horizontal in the catch: below "
            "parallel, which makes it a clean and not a power clean."
        )
    elif value_deg < 30:
        note = (
            f"Your thighs were {value_deg:.0f} deg above the horizontal in the catch, deeper "
            "than a quarter squat."
        )
    else:
        note = f"Your thighs were {value_deg:.0f} deg above the horizontal in the catch."
    return Measurement(
        part,
        value_deg,
        angle_sigma_deg(motion, angle, frame),
        frame,
        joint_marks(motion, angle, frame, f"{angle} {value_deg:.0f} deg"),
        note=note,
    )


def _drop(motion: Motion, rep: Rep) -> Measurement | Unseen:
    """Fall of the plate from its highest point to the rack, centimetres."""
    apex, rack = rep.frame("bar_apex"), rep.frame("rack")
    cm_per_px = 100.0 * motion.scale.m_per_px_plate
    if apex is None or rack is None:
        return Unseen("drop", why_missing(rep, "bar_apex", "rack"))
    if rep.frame("catch_lowest") is None:
        return Unseen("drop", why_missing(rep, "catch_lowest"))
    if not rep.kind.endswith("power clean"):
        return Unseen("drop", "In a full clean the bar is met low on purpose.")
    if motion.bar_source != "plate" or not np.isfinite(cm_per_px):
        return Unseen("drop", "Without a plate in view there is no scale for the bar's drop.")
    if rack <= apex:
        return Unseen("drop", "The bar was not seen to come down to your shoulders.")
    high_px, low_px = motion.bar_px[apex], motion.bar_px[rack]
    fall_cm = 100.0 * float(motion.bar_m[apex, 1] - motion.bar_m[rack, 1])
    # The bar falls while it is met, so when it was met is a part of the answer.
    frame_s = float(np.median(np.diff(motion.times_s)))
    unsure_s = hypot(frame_s / 2, RACK_SIGMA_S)
    late_cm = 100.0 * abs(float(motion.bar_velocity_m_s[rack, 1])) * unsure_s
    sigma_cm = hypot(
        np.sqrt(2) * motion.bar_sigma_px * cm_per_px,
        motion.scale.relative_sigma * fall_cm,
        late_cm,
    )
    points = motion.to_image_px(np.array([high_px, low_px]))
    mark = Mark("gap", tuple((float(x), float(y)) for x, y in points), f"{fall_cm:.0f} cm")
    return Measurement(
        "drop",
        fall_cm,
        sigma_cm,
        rack,
        (mark,) if np.isfinite(points).all() else (),
        note=f"The bar fell {fall_cm:.0f} cm from its highest point to your shoulders.",
    )
