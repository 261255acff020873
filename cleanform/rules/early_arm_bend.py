"""The arms bend before the legs have done their work; seen from the front."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._across import MIN_FRAMES, pair_mark, pair_px
from cleanform.rules._reading import running_median, why_missing
from cleanform.rules.engine import rule

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

#: A bend counts where it lasts, and until so long before full extension: then the arms may pull.
HELD_S, BEFORE_EXTENSION_S = 0.08, 0.10
MIN_SEEN = 0.6
#: The arms hang straight under the load in this stretch round lift-off; before it they may reach.
HANGING_S = (-0.05, 0.2)
#: Beside the scatter at the start. Straight arms read -1 to 4 deg on three drawn lifts, 3 on a real
#: one, 2 (sd 2) on 30 pixel-level ones.
BEND_SIGMA_DEG = 3.0


@rule(
    title="Arms bend early",
    parts={"elbows": Limits("deg", ok_max=12, fault_max=20)},
    views=(22, 30),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): arms straight at "
        "the set-up and through the pull",
        "NSCA, Power Clean, Exercise Technique Manual: elbows fully extended until the jump is "
        "done; no angle is published, the limits are cleanform's",
    ),
    fault={"early_arm_bend_deg": 45.0},
)
def early_arm_bend(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """By how much both elbows bend between lift-off and full extension.

    **Why it matters.** Bent arms are drawn straight again by the jump, and what they give is lost
    to the bar. They also tire the grip and slow the elbows in the turnover.

    **How it is measured.** The angle between upper arm and forearm as the camera in front sees it,
    short of straight, against the same round lift-off, where elbows turned out look bent without
    being so: both arms' mean, or twice the straighter one's where that is less; the most that is
    held for 0.08 s until 0.1 s before full extension.

    **When not to trust it.** Elbows bend sideways, so the side does not show it: there a bend of
    30 deg brings shoulder and bar 4 % nearer, and on 33 drawn lifts with straight arms they read
    6 % nearer (sd 3). From the front three quarters of a bend are seen; not seen are an elbow that
    bends straight back, and arms that were bent from the start.
    """
    off, extension = rep.frame("lift_off"), rep.frame("full_extension")
    if off is None or extension is None:
        yield Unseen("elbows", why_missing(rep, "lift_off", "full_extension"))
        return
    since_s = motion.times_s - motion.times_s[off]
    last_s = motion.times_s[extension] - BEFORE_EXTENSION_S
    pull = slice(off, int(np.searchsorted(motion.times_s, last_s, side="right")))
    arms_deg = _bent_deg(motion)
    hanging = (since_s >= HANGING_S[0]) & (since_s <= HANGING_S[1]) & np.isfinite(arms_deg).all(0)
    seen: Bools = np.asarray(np.isfinite(arms_deg[:, pull]).all(axis=0))
    if hanging.sum() < MIN_FRAMES or not len(seen) or seen.mean() < MIN_SEEN:
        yield Unseen("elbows", "Your arms were not both seen in the pull.")
        return
    each_deg = arms_deg - np.median(arms_deg[:, hanging], axis=1, keepdims=True)
    # One arm alone that bends is a bar pulled crooked, which has a check of its own.
    both_deg: Floats = np.minimum(each_deg.mean(axis=0), 2 * each_deg.min(axis=0))
    grown = running_median(motion.times_s, both_deg, HELD_S)[pull]
    if not np.isfinite(grown).any():
        yield Unseen("elbows", "The pull is too short for the pictures in this clip.")
        return
    frame = off + int(np.nanargmax(grown))
    grown_deg = float(np.nanmax(grown))
    note = (
        f"Your arms bent by {grown_deg:.0f} deg before you were fully extended."
        if grown_deg >= 5
        else "Your arms stayed as straight as at the start."
    )
    yield Measurement(
        "elbows",
        grown_deg,
        hypot(BEND_SIGMA_DEG, float(np.std(both_deg[hanging])) / 2),
        frame,
        (pair_mark(motion, "elbow", frame, f"{grown_deg:.0f} deg"),),
        note=note,
    )


def _bent_deg(motion: Motion) -> Floats:
    """(2, T) how far from straight left and right arm are in the picture; elbows out is positive.

    With a sign, because the noise of a straight arm is then no bend.
    """
    shoulders, elbows, hands = (pair_px(motion, part) for part in ("shoulder", "elbow", "hand"))
    left_is_right = np.sign(shoulders[0][:, 0] - shoulders[1][:, 0])
    arms = []
    for out, shoulder, elbow, hand in zip((1, -1), shoulders, elbows, hands, strict=True):
        upper, fore = elbow - shoulder, hand - elbow
        turned = upper[:, 0] * fore[:, 1] - upper[:, 1] * fore[:, 0]
        bent = np.degrees(np.arctan2(turned, np.sum(upper * fore, axis=1)))
        arms.append(-out * left_is_right * bent)
    bent_deg: Floats = np.array(arms)
    return bent_deg
