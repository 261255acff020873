"""The feet land in front of or behind where they stood."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, sqrt

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import (
    CAMERA_UNKNOWN,
    MIN_VISIBILITY,
    camera_unknown,
    why_missing,
)
from cleanform.rules.engine import rule

#: Body's plane over plate's plane at 2.5 to 6 m, and how far that may be off.
USUAL_RATIO, USUAL_RATIO_SIGMA = 1.16, 0.08
#: One landmark is good to about this much of stature, and neighbouring frames share most of it.
TOE_OF_STATURE = 0.008
SHARED_FRAMES = 5.0
#: The feet as they stand in the pull and as they stand after landing.
BEFORE_S, AFTER_S = 0.5, 0.5
#: From the power position to full extension takes 0.1 s and more; the toe leaves the floor later.
STANDS_ON_S = 0.06
MIN_FRAMES = 3


@rule(
    title="Feet jump forward or back",
    parts={
        "forward": Limits("cm", ok_max=4, fault_max=8),
        "back": Limits("cm", ok_max=8, fault_max=15),
    },
    views=(20, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): the bar stays "
        "close and is met where it rises, feet under it",
        "Kipp and Meinerz 2017, Sports Biomech 16:272-282: failed maximal power cleans show more "
        "forward bar displacement, which the feet have to follow",
        "Catalyst Athletics, exercise glossary: a small jump back is common with good lifters, so "
        "the limits allow more of it than of a jump forward",
    ),
    fault={"jump_forward_m": 0.16},
    outcomes={"forward": "jumps forward", "back": "jumps back"},
)
def jump(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far in front of or behind their place in the pull the feet stand in the catch.

    **Why it matters.** Feet that have to chase the bar forward show that it was not over the
    foot when the pull ended. Feet far behind show that the lifter was pulled back, or pulled
    the bar back into himself.

    **How it is measured.** The near foot's toe along the floor: its median place in the half
    second before the power position (to 0.06 s after it: it still bears the weight), and in the
    half second after the lowest moment of the catch. The toe, because the heel leaves the floor
    in the pull. Frames in which the plate covers the foot do not count.

    **When not to trust it.** A camera that moves is followed by what stands still in the room;
    where little does, it must stand still. Where plates on the floor hide the
    feet until the bar is at the knees, only that short stretch shows where they stood. The scale
    comes from the plate; the foot is further away, which is allowed for.
    """
    frames = _stands(motion, rep)
    cm_per_px, scale_sigma = _cm_per_px(motion)
    reason = ""
    if frames is None:
        reason = why_missing(rep, "power_position", "catch_lowest")
    elif not np.isfinite(cm_per_px):
        reason = "Without a plate in view there is no scale for the feet's way."
    elif any(camera_unknown(motion, each) for each in frames):
        reason = CAMERA_UNKNOWN
    elif min(len(each) for each in frames) < MIN_FRAMES:
        covered = "before the jump" if len(frames[0]) < MIN_FRAMES else "after the landing"
        reason = f"The plate covers your feet {covered}."
    if reason or frames is None:
        yield Unseen("forward", reason)
        yield Unseen("back", reason)
        return
    toe_px = motion.joints_px["foot_index"]
    before_px, after_px = (
        np.median(motion.steadied_px(each, toe_px[each]), axis=0) for each in frames
    )
    forward_cm = float(after_px[0] - before_px[0]) * cm_per_px
    toe_cm = TOE_OF_STATURE * motion.stature_px * cm_per_px
    shares = sum(SHARED_FRAMES / max(len(each), SHARED_FRAMES) for each in frames)
    sigma_cm = hypot(toe_cm * sqrt(shares), scale_sigma * forward_cm)
    frame = int(frames[1][len(frames[1]) // 2])
    panned_px = toe_px[frame] - motion.steadied_px(np.array([frame]), toe_px[[frame]])[0]
    ends = np.array([before_px, (after_px[0], before_px[1])]) + panned_px
    ends = motion.to_image_px(ends)
    mark = Mark("gap", tuple((float(x), float(y)) for x, y in ends), f"{abs(forward_cm):.0f} cm")
    note = (
        "Your feet landed where they stood."
        if abs(forward_cm) < 1.0
        else f"Your feet landed {abs(forward_cm):.0f} cm "
        f"{'in front of' if forward_cm > 0 else 'behind'} where they stood."
    )
    for part, value_cm in (("forward", forward_cm), ("back", -forward_cm)):
        yield Measurement(part, value_cm, sigma_cm, frame, (mark,), note=note)


def _stands(motion: Motion, rep: Rep) -> tuple[np.ndarray, np.ndarray] | None:
    """Frames in which the toe is seen: standing in the pull, and standing in the catch."""
    power, low = rep.frame("power_position"), rep.frame("catch_lowest")
    if power is None or low is None:
        return None
    seen = (motion.visibility["foot_index"] >= MIN_VISIBILITY) & ~motion.hidden["foot_index"]
    seen &= np.isfinite(motion.joints_px["foot_index"]).all(axis=1)
    before_s = motion.times_s - motion.times_s[power]
    after_s = motion.times_s - motion.times_s[low]
    before = seen & (before_s >= -BEFORE_S) & (before_s <= STANDS_ON_S)
    after = seen & (after_s >= 0) & (after_s <= AFTER_S)
    return np.flatnonzero(before), np.flatnonzero(after)


def _cm_per_px(motion: Motion) -> tuple[float, float]:
    """Scale of the body's plane and its relative sigma; from the plate's where need be."""
    scale = motion.scale
    if np.isfinite(scale.m_per_px_body):
        return 100.0 * scale.m_per_px_body, scale.relative_sigma
    sigma = hypot(scale.relative_sigma, USUAL_RATIO_SIGMA)
    return 100.0 * scale.m_per_px_plate * USUAL_RATIO, sigma
