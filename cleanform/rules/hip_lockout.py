"""Hips left slightly bent at the top."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen, Verdict
from cleanform.rules._reading import (
    Standing,
    angle_sigma_deg,
    around_rep,
    bridged,
    held_angle,
    joint_marks,
    no_more_than,
    opening_deg,
    own_standing,
    standing_angle,
    visible,
    why_missing,
)
from cleanform.rules.engine import rule

if TYPE_CHECKING:
    from cleanform.model import Floats

#: What a straight joint reads where the lifter's own reading is not in the clip: landmark noise
#: makes it read under 180. With 175 the absolute limits come out near 165 (good) and 155 (bad).
STRAIGHT_DEG = {"hip": 175.0, "knee": 173.0}
STRAIGHT_SIGMA_DEG = 6.0
#: A stand that reads less than this is not straight, and excuses no bent joint in the pull.
MIN_STANDING_DEG = 165.0
#: The hips are straightest within this of full extension; more than half of it must be seen.
AROUND_S = 0.2
#: What the middle of a bridge is worth besides; both of its ends are the model's.
BRIDGE_SIGMA_DEG = 3.0
#: No hip or knee opens this far; such a reading is a lost landmark.
MAX_OPEN_DEG = 205.0

_WEAK_BASELINE = "The clip does not show you standing still, so this is a rough reading."


@rule(
    title="Hips not locked out",
    parts={
        "extension": Limits("deg", ok_max=10, fault_max=18),
        "standing": Limits("deg", ok_max=8, fault_max=15),
        "knees": Limits("deg", ok_max=15),
    },
    views=(15, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): "
        "hips left slightly bent at the end of the triple extension",
        "Thiele et al. 2024, Int J Exerc Sci 17(1):1629-1647: peak extension angles in the snatch "
        "carry model offsets (RMSD 13.6 deg), so they are compared with the same lifter standing",
        "Drechsler 1998, The Weightlifting Encyclopedia: not every good lifter straightens the "
        "legs fully, so the knees are never a fault",
    ),
    fault={"hip_short_deg": 32.0},
    outcomes={"standing": "not stood up"},
)
def hip_lockout(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far the hips stop short of straight, at full extension and standing at the end.

    **Why it matters.** The hips drive the bar. Hips still bent when the pull ends leave height
    unused, and a lift that is not stood up is not finished.

    **How it is measured.** The hip angle (shoulder, hip, knee; 180 is straight) is compared with
    the lifter's own while standing still and upright in the same clip, because a straight hip
    never reads 180 on video; a stand that reads under 165 deg is not taken for straight.
    *Extension* is that standing angle minus the largest hip angle within 0.2 s of full extension.
    *Standing* is the best standing angle seen before the lift, or the extension reached in it
    where that was larger (but no more than 175 deg), minus the angle in which the lift ends,
    which counts for no more than straight.
    *Knees* is measured like extension and is never a fault.

    **When not to trust it.** From the side the plate passes in front of the hip just when it
    opens, and the model's guess is then too open (by 14 deg on rendered lifts). It is moved a
    fifth of the way toward the straight line between the frames before and after, and the
    uncertainty is nearly as much: 4 to 10 deg. In the final stand it covers the shoulder: the
    trunk is then read from both of its sides, and where they do not agree nothing is said of the
    stand. Where the clip
    never shows the lifter standing still, 175 deg stands in for the baseline and the check says
    *watch* at most. Loose shorts and a long shirt move the hip that the model sees.
    """
    reached = None
    missing = why_missing(rep, "full_extension")
    window = _around_extension(motion, rep)
    for part, joint in (("extension", "hip"), ("knees", "knee")):
        frame = None if window is None else _straightest(motion, joint, window)
        if window is None or frame is None:
            yield Unseen(part, missing or f"Your {joint}s were not seen at full extension.")
            continue
        yield _shortfall(motion, rep, part, joint, frame)
        if joint == "hip":
            reached = frame
    yield _standing(motion, rep, reached)


def _around_extension(motion: Motion, rep: Rep) -> slice | None:
    frame = rep.frame("full_extension")
    if frame is None:
        return None
    at_s = motion.times_s[frame]
    first, stop = np.searchsorted(motion.times_s, (at_s - AROUND_S, at_s + AROUND_S + 1e-9))
    return slice(int(first), int(stop))


def _straightest(motion: Motion, joint: str, window: slice) -> int | None:
    """The frame of the largest angle among those where the joint was seen."""
    angle = bridged(motion, joint)[0][window]
    with np.errstate(invalid="ignore"):
        seen = visible(motion, joint)[window] & (angle < MAX_OPEN_DEG)
    angle = np.where(seen, angle, np.nan)
    if np.isfinite(angle).mean() < 0.5:
        return None
    return int(window.start) + int(np.nanargmax(angle))


def _baseline(motion: Motion, rep: Rep, joint: str) -> tuple[Standing, bool]:
    """The lifter's own straight joint, standing before or after; and whether it was seen."""
    own = own_standing(motion, rep, joint)
    if own is not None:
        return own, True
    return Standing(STRAIGHT_DEG[joint], STRAIGHT_SIGMA_DEG), False


def _shortfall(motion: Motion, rep: Rep, part: str, joint: str, frame: int) -> Measurement:
    """The standing angle minus the angle reached."""
    baseline, own = _baseline(motion, rep, joint)
    angle_deg, unsure_deg = bridged(motion, joint)
    reached_deg = float(angle_deg[frame])
    short_deg = max(baseline.angle_deg, MIN_STANDING_DEG) - reached_deg
    note = (
        f"Your {joint}s stopped {short_deg:.0f} deg short of standing straight at full extension."
        if short_deg >= 0.5
        else f"Your {joint}s opened as far at full extension as when you stand."
    )
    return Measurement(
        part,
        short_deg,
        hypot(_reached_sigma_deg(motion, joint, frame, unsure_deg), baseline.sigma_deg),
        frame,
        joint_marks(motion, joint, frame, f"{joint} {reached_deg:.0f} deg"),
        cap=None if own else Verdict.WATCH,
        note=note if own else f"{note} {_WEAK_BASELINE}",
    )


def _reached_sigma_deg(motion: Motion, joint: str, frame: int, unsure_deg: Floats) -> float:
    """Of the angle reached; where the stretch behind the plate is bridged, from the bridge."""
    if unsure_deg[frame] > 0:
        own_deg = hypot(float(unsure_deg[frame]), BRIDGE_SIGMA_DEG)
        return hypot(own_deg, opening_deg(motion.view.yaw_deg, straight=True))
    return angle_sigma_deg(motion, joint, frame, straight=True)


def _standing(motion: Motion, rep: Rep, reached: int | None) -> Measurement | Unseen:
    """How far the final stand is from the best standing seen elsewhere."""
    missing = why_missing(rep, "stood_up")
    frame = rep.frame("stood_up")
    before, _ = around_rep(motion, rep)
    final = None if frame is None else held_angle(motion, "hip", frame)
    if frame is None or final is None:
        return Unseen("standing", missing or "Your hips were not seen when you stood up.")
    elsewhere = standing_angle(motion, "hip", before)
    rivals = [] if elsewhere is None else [elsewhere]
    if reached is not None:
        sigma_deg = angle_sigma_deg(motion, "hip", reached, straight=True)
        # A lifter who leans back at the end of the pull opens the hips past straight.
        open_deg = min(float(motion.angles_deg["hip"][reached]), STRAIGHT_DEG["hip"])
        rivals.append(Standing(open_deg, sigma_deg))
    own = bool(rivals)
    best = max(rivals) if own else Standing(STRAIGHT_DEG["hip"], STRAIGHT_SIGMA_DEG)
    seen_deg = 0.0 if elsewhere is None else elsewhere.angle_deg
    final = no_more_than(final, max(seen_deg, STRAIGHT_DEG["hip"]))
    short_deg = max(best.angle_deg, MIN_STANDING_DEG) - final.angle_deg
    note = (
        f"Your hips ended {short_deg:.0f} deg short of the straightest you showed."
        if short_deg >= 0.5
        else "You stood up straight at the end."
    )
    return Measurement(
        "standing",
        short_deg,
        hypot(final.sigma_deg, best.sigma_deg),
        frame,
        joint_marks(motion, "hip", frame, f"hip {final.angle_deg:.0f} deg"),
        cap=None if own else Verdict.WATCH,
        note=note,
    )
