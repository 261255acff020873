"""The bar drifts away from the lifter."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, radians, tan
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import (
    CAMERA_UNKNOWN,
    MIN_VISIBILITY,
    camera_unknown,
    why_missing,
)
from cleanform.rules.engine import rule

if TYPE_CHECKING:
    from cleanform.model import Floats

#: The lift-off line is where the bar rests just before it leaves the floor.
REST_S = 0.15
#: The joints between which a bar passes shin and thigh, the lower one first.
LIMBS = {"shin": ("ankle", "knee"), "thigh": ("knee", "hip")}
#: Share of the window's frames in which the bar has to be seen.
MIN_TRACKED = 0.9


@rule(
    title="Bar drifts away from you",
    parts={
        "off the floor": Limits("cm", ok_max=2, fault_max=4),
        "shin gap": Limits("cm", ok_max=4, fault_max=7),
        "thigh gap": Limits("cm", ok_max=4, fault_max=7),
        "swing": Limits("cm", ok_max=5, fault_max=8),
    },
    views=(15, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): "
        "the bar stays close and grazes the shins",
        "Kipp and Meinerz 2017, Sports Biomech 16:272-282: failed maximal power cleans show more "
        "forward bar displacement in the second pull",
        "Nagao et al. 2022, PLOS ONE e0263224: bar paths from one side camera agree with motion "
        "capture (ICC 0.97-0.999); weaker lifters' bars go 3.7 cm further forward",
        "Sandau, Langen and Nitzsche 2023, Front Sports Act Living: a lifter's own bar path varies "
        "more from the first pull to the catch, so the swing's limits are wider",
    ),
    fault={"bar_forward_m": 0.15},
    outcomes={"thigh gap": "swings out", "swing": "swings out"},
)
def bar_drift(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far the bar goes forward of the line on which it left the floor, and off the shins.

    **Why it matters.** A bar in front of the lifter pulls the lifter forward and costs height;
    a forward swing in the second pull is what missed power cleans show.

    **How it is measured.** *Off the floor* is the plate's largest distance in front of its place
    just before lift-off, until it passes the knee. *Shin gap* is how much the distance between
    bar and shin grows in the same stretch, in the plane of the body, at the bar's height, and
    *thigh gap* how much that between bar and thigh grows from the knee to full extension.
    *Swing* is the largest distance in front of the lift-off line from the power position to the
    bar's highest point. The uncertainty holds the track's noise, the scale's, and as
    much camera tilt as the room's upright edges leave open, one degree where they show none.

    **When not to trust it.** Only a plate gives centimetres. The gaps need shin and thigh in
    view (a full-size plate hides the shin at the start, and from straight beside the thigh nearly
    always) and a trusted link between the plate's plane and the body's. A camera that
    leans moves the line; one that moves is followed by what stands still in the room.
    """
    missing = why_missing(rep, "lift_off", "knee_pass")
    first_pull = rep.frames("lift_off", "knee_pass")
    blocked = _why_no_centimetres(motion)
    if blocked or first_pull is None:
        reason = blocked or missing
        yield Unseen("off the floor", reason)
        yield Unseen("shin gap", reason)
    else:
        yield _forward(motion, rep, "off the floor", first_pull)
        yield _gap(motion, "shin", first_pull)
    past_thigh = rep.frames("knee_pass", "full_extension")
    if blocked or past_thigh is None:
        why = why_missing(rep, "knee_pass", "full_extension")
        yield Unseen("thigh gap", blocked or why)
    else:
        yield _gap(motion, "thigh", past_thigh)
    swing = rep.frames("power_position", "bar_apex")
    if blocked or swing is None or rep.frame("lift_off") is None:
        why = why_missing(rep, "lift_off", "power_position", "bar_apex")
        yield Unseen("swing", blocked or why)
    else:
        yield _forward(motion, rep, "swing", swing)


def _why_no_centimetres(motion: Motion) -> str:
    if motion.bar_source != "plate":
        return "The near plate was not seen, so the bar's path has no scale."
    if not np.isfinite(motion.scale.m_per_px_plate):
        return "The clip has no scale for the bar's path; give the plate's diameter."
    return ""


def _forward(motion: Motion, rep: Rep, part: str, window: slice) -> Measurement | Unseen:
    """Largest distance of the plate in front of where it left the floor."""
    lift_off = rep.events["lift_off"].frame
    assert lift_off is not None
    start_px = _rest_px(motion, lift_off)
    if camera_unknown(motion, slice(lift_off, window.stop)):
        return Unseen(part, CAMERA_UNKNOWN)
    frames = np.arange(window.start, window.stop)
    still_px = motion.steadied_px(frames, motion.bar_px[window])
    track_cm = 100.0 * (motion.scale.plate_m(still_px) - motion.scale.plate_m(start_px))
    if np.isfinite(track_cm[:, 0]).mean() < MIN_TRACKED or not np.isfinite(start_px).all():
        return Unseen(part, "The bar was lost for a part of the pull.")
    at = int(np.nanargmax(track_cm[:, 0]))
    frame = window.start + at
    cm_per_px = 100.0 * motion.scale.m_per_px_plate
    forward_cm = float(track_cm[at, 0])
    rise_cm = float(np.nanmax(track_cm[:, 1]))
    sigma_cm = hypot(
        1.2 * motion.bar_sigma_px * cm_per_px,
        motion.scale.relative_sigma * forward_cm,
        # a rise of 50 cm seen 1 deg off plumb shows 0.9 cm of drift that is not there
        rise_cm * tan(radians(motion.lean_sigma_deg)),
        forward_cm * (1 - np.cos(radians(motion.view.yaw_deg))),
    )
    where = "on the way to your knees" if part == "off the floor" else "in the second pull"
    panned_px = motion.bar_px[frame] - still_px[at]  # the line lies there in this picture
    line = motion.to_image_px(np.array([start_px + panned_px, motion.bar_px[frame]]))
    level = (float(line[0, 0]), float(line[1, 1]))
    marks = (
        Mark("vertical", ((float(line[0, 0]), float(line[0, 1])),), "lift-off line"),
        Mark("gap", (level, (float(line[1, 0]), float(line[1, 1]))), f"{forward_cm:.1f} cm"),
    )
    note = (
        f"The bar went {forward_cm:.1f} cm in front of its lift-off line {where}."
        if forward_cm >= 0.05
        else f"The bar stayed behind its lift-off line {where}."
    )
    return Measurement(part, forward_cm, sigma_cm, frame, marks, note=note)


def _rest_px(motion: Motion, lift_off: int) -> Floats:
    """(2,) where the bar rests before it leaves the floor, the camera's movement taken out."""
    times_s = motion.times_s
    resting = (times_s >= times_s[lift_off] - REST_S) & (times_s <= times_s[lift_off])
    seen = resting & np.isfinite(motion.bar_px).all(axis=1)
    if not seen.any():
        return np.full(2, np.nan)
    resting_px = motion.steadied_px(np.flatnonzero(seen), motion.bar_px[seen])
    middle: Floats = np.median(resting_px, axis=0)
    return middle


def _gap(motion: Motion, limb: str, window: slice) -> Measurement | Unseen:
    """Growth of the level distance from shin or thigh to the bar since the window's start.

    In the body's plane, in the frames in which the limb is seen beside the bar.
    """
    part = f"{limb} gap"
    bar = motion.bar_body_px[window]
    low, high = (motion.joints_px[joint][window] for joint in LIMBS[limb])
    cm_per_px = 100.0 * motion.scale.m_per_px_body
    if not np.isfinite(cm_per_px) or np.isfinite(bar[:, 0]).mean() < MIN_TRACKED:
        return Unseen(
            part,
            "The gap to your legs is unknown: the hands do not show how far the plate is away.",
        )
    seen = np.ones(len(bar), bool)
    for joint in LIMBS[limb]:
        seen &= motion.visibility[joint][window] >= MIN_VISIBILITY
        seen &= ~motion.hidden[joint][window]
    early = slice(0, max(1, len(seen) // 5))
    if seen.mean() < 0.5 or not seen[early].any():
        return Unseen(part, f"The gap to your {limb}s is unknown: the plate covers them.")
    with np.errstate(invalid="ignore", divide="ignore"):
        share = (bar[:, 1] - low[:, 1]) / (high[:, 1] - low[:, 1])
    if limb == "thigh":  # past the hip there is no thigh to be near to
        seen &= share <= 1.0
    share = np.clip(share, 0.0, 1.0)
    limb_x = low[:, 0] + share * (high[:, 0] - low[:, 0])
    gap_cm = np.where(seen, bar[:, 0] - limb_x, np.nan) * cm_per_px
    growth_cm = gap_cm - float(np.nanmedian(gap_cm[early]))
    if not np.isfinite(growth_cm).any():
        return Unseen(part, f"The gap to your {limb}s is unknown: they were not seen.")
    at = int(np.nanargmax(growth_cm))
    value_cm = float(growth_cm[at])
    # A joint is good to about 1 % of stature; bar and limb are both read twice.
    joint_cm = 0.01 * motion.stature_px * cm_per_px
    sigma_cm = hypot(joint_cm, np.sqrt(2) * motion.bar_sigma_px * cm_per_px)
    points = motion.to_image_px(np.array([[limb_x[at], bar[at, 1]], bar[at]]))
    mark = Mark("gap", tuple((float(x), float(y)) for x, y in points), f"+{value_cm:.0f} cm")
    where = "in the first pull" if limb == "shin" else "on the way past them"
    return Measurement(
        part,
        value_cm,
        sigma_cm,
        window.start + at,
        (mark,),
        note=f"The gap between bar and {limb}s grew by {max(value_cm, 0):.0f} cm {where}.",
    )
