"""Over-pulled or under-pulled: the catch is too high or too low."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import (
    Standing,
    angle_sigma_deg,
    around_rep,
    held_angle,
    joint_marks,
    no_more_than,
    standing_angle,
    visible,
    why_missing,
)
from cleanform.rules._recovery import recovery, stand_height_m
from cleanform.rules.engine import rule

#: How well the moment of the rack is known: half of the events on known lifts lie within 0.03 s,
#: nineteen of twenty within 0.08 s.
RACK_SIGMA_S = 0.04
#: Thighs this far above the horizontal are in a quarter squat.
QUARTER_SQUAT_DEG = (40.0, 65.0)
#: What a leg's angle is worth while the plate covers the shoulder: the model then puts the hip
#: too high and too far forward. 5 to 17 deg too open on rendered lifts.
RACKED_SIGMA_DEG = 8.0
#: A straight knee, and the least that is taken for one.
STRAIGHT_KNEE_DEG, MIN_STANDING_KNEE_DEG = 175.0, 160.0
#: A bar that is caught this high, against the stand, is caught on knees of about 145 deg or more.
NEARLY_STOOD_PERCENT = 96.0
#: How the stand's height varies with how straight it is; the plate itself is read to millimetres.
HEIGHT_SIGMA_PERCENT = 1.5
#: A full-size plate's (IWF Technical and Competition Rules: 450 mm across).
FULL_RADIUS_M = 0.225


@rule(
    title="Caught too high or too low",
    parts={
        "thighs": Limits("deg", ok_min=30, fault_min=0),
        "knees": Limits("deg", ok_max=150, fault_max=160),
        "height": Limits("%", ok_min=79, fault_min=62),
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
        "Winter 2009, Biomechanics and Motor Control of Human Movement, segment lengths: with the "
        "bar on the shoulders a thigh at 30 deg puts it at 79 % of its height in the stand, a "
        "level thigh at 62 %",
    ),
    fault={"catch_knee_deg": 172.0},
    outcomes={
        "thighs": "under-pulled",
        "knees": "over-pulled",
        "height": "under-pulled",
        "drop": "over-pulled",
    },
)
def catch_height(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How deep the lifter is in the lowest moment of the catch, and how far the bar fell to it.

    **Why it matters.** A bar caught on straight legs was pulled higher than it had to be and
    lands hard; a bar caught in a deep squat was not pulled high enough for a power clean.

    **How it is measured.** *Thighs* is the line from knee to hip above the horizontal at the
    lowest moment. At 30 deg the knees are bent to about 90; a quarter squat is 40 to 65; below
    0 the hips are under the knees, which makes the lift a clean and not a power clean. *Knees*
    is the knee angle at that moment, read on a scale on which the lifter's own straight knee is
    175 deg, and no more than that: straight legs mean that the bar was over-pulled. Where they
    are nearly straight, all pictures of the way up are read together, by how high the bar is.
    *Height* is the bar's height above the floor at that moment as a share of its height on the
    shoulders in the final stand, from the plate alone: 79 % is a thigh at 30 deg, 62 % a level
    one. *Drop* is how far the bar fell from its highest point to where it met the shoulders.

    **When not to trust it.** Deeper than a quarter squat is normal with heavy bars, so that band
    is a *watch* and no more. A light bar in technique practice is often over-pulled on purpose.
    In the rack the plate covers the shoulder and the model puts the hip too high, so a thigh is
    worth 8 deg there. Height and drop need the plate, and the height a bar that starts on the
    floor and a lift that is stood up.
    """
    missing = why_missing(rep, "catch_lowest")
    frame = rep.frame("catch_lowest")
    height = _height(motion, rep)
    for part, angle in (("thighs", "thigh"), ("knees", "knee")):
        if frame is None:
            yield Unseen(part, missing)
        elif not visible(motion, angle)[frame]:
            yield Unseen(part, f"Your {angle} was not seen at the lowest moment of the catch.")
        elif part == "thighs":
            yield _thighs(motion, frame, height)
        else:
            yield _knees(motion, rep, frame, height)
    yield height
    yield _drop(motion, rep)


def _thighs(motion: Motion, frame: int, height: Measurement | Unseen) -> Measurement:
    value_deg = float(motion.angles_deg["thigh"][frame])
    words = [f"Your thighs were {abs(value_deg):.0f} deg {_depth_in_words(value_deg)}."]
    if isinstance(height, Measurement):
        words.append(height.note)
    return Measurement(
        "thighs",
        value_deg,
        _sigma_deg(motion, "thigh", frame),
        frame,
        joint_marks(motion, "thigh", frame, f"thigh {value_deg:.0f} deg"),
        note=" ".join(words),
    )


def _depth_in_words(thigh_deg: float) -> str:
    where = "above the horizontal in the catch"
    if thigh_deg < 0:
        return (
            "below the horizontal in the catch: below parallel, which makes it a clean and not a "
            "power clean"
        )
    if thigh_deg < QUARTER_SQUAT_DEG[0]:
        return f"{where}, deeper than a quarter squat"
    if thigh_deg <= QUARTER_SQUAT_DEG[1]:
        return f"{where}, a quarter squat"
    return f"{where}, higher than a quarter squat"


def _sigma_deg(motion: Motion, angle: str, frame: int) -> float:
    """Of a leg's angle in the catch."""
    own_deg = angle_sigma_deg(motion, angle, frame)
    return hypot(own_deg, RACKED_SIGMA_DEG) if motion.hidden["shoulder"][frame] else own_deg


def _knees(motion: Motion, rep: Rep, frame: int, height: Measurement | Unseen) -> Measurement:
    """The knee on a scale on which the lifter's own straight knee is `STRAIGHT_KNEE_DEG`."""
    read_deg = float(motion.angles_deg["knee"][frame])
    own_deg, stood = _standing_knee_deg(motion, rep), rep.frame("stood_up")
    value_deg, sigma_deg = read_deg, _sigma_deg(motion, "knee", frame)
    if own_deg is not None:
        value_deg += STRAIGHT_KNEE_DEG - max(own_deg, MIN_STANDING_KNEE_DEG)
    nearly_stood = isinstance(height, Measurement) and height.value >= NEARLY_STOOD_PERCENT
    way_up = recovery(motion, "knee", frame, stood) if nearly_stood and stood is not None else None
    if way_up is not None:
        # The legs are nearly as straight as in the stand, and what the model gets wrong about
        # them there it gets wrong here.
        value_deg = STRAIGHT_KNEE_DEG - way_up.bent_deg
        bent = float(np.clip(way_up.bent_deg / 90.0, 0.0, 1.0))
        sigma_deg = hypot(bent * sigma_deg, way_up.sigma_deg)
    if own_deg is not None:
        value_deg, sigma_deg = no_more_than(Standing(value_deg, sigma_deg), STRAIGHT_KNEE_DEG)
    return Measurement(
        "knees",
        value_deg,
        sigma_deg,
        frame,
        joint_marks(motion, "knee", frame, f"knee {read_deg:.0f} deg"),
        note=f"Your knees were at {value_deg:.0f} deg in the lowest moment of the catch.",
    )


def _standing_knee_deg(motion: Motion, rep: Rep) -> float | None:
    """In the stand with the bar, behind the same plate as in the catch; else before the lift."""
    stood = rep.frame("stood_up")
    held = None if stood is None else held_angle(motion, "knee", stood)
    own = held or standing_angle(motion, "knee", around_rep(motion, rep)[0])
    return None if own is None else own.angle_deg


def _height(motion: Motion, rep: Rep) -> Measurement | Unseen:
    """The bar's height above the floor at the lowest moment, per cent of that in the stand."""
    low, stood, off = (rep.frame(name) for name in ("catch_lowest", "stood_up", "lift_off"))
    if low is None or stood is None or off is None:
        return Unseen("height", why_missing(rep, "lift_off", "catch_lowest", "stood_up"))
    if motion.bar_source != "plate":
        return Unseen("height", "Without a plate in view the bar's height is not known.")
    if rep.kind.startswith("hang"):
        return Unseen("height", "The bar did not start on the floor, so its height is not known.")
    low_m, floor_m = float(motion.bar_m[low, 1]), float(motion.bar_m[off, 1]) - _radius_m(motion)
    stand_m = stand_height_m(motion, stood)
    if not (np.isfinite(low_m) and stand_m > floor_m):
        return Unseen("height", "The bar was not seen in the catch and in the stand.")
    percent = 100.0 * (low_m - floor_m) / (stand_m - floor_m)
    return Measurement(
        "height",
        percent,
        HEIGHT_SIGMA_PERCENT,
        low,
        note=f"The bar was caught at {percent:.0f} % of its height when you stand with it.",
    )


def _radius_m(motion: Motion) -> float:
    """Of the plate, which stands on the floor at lift-off."""
    what, _, diameter = motion.scale.source.partition(" ")
    return float(diameter.split()[0]) / 2 if what == "plate" and diameter else FULL_RADIUS_M


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
