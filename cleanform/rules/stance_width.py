"""The feet stand too far apart or too close together at the start; seen from the front."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._across import (
    LEAST_SIGMA_PERCENT,
    MIN_FRAMES,
    SHARE_SIGMA,
    apart_px,
    nearest_frame,
    pair_mark,
    start_frames,
)
from cleanform.rules._reading import why_missing
from cleanform.rules.engine import rule


@rule(
    title="Stance width",
    parts={"stance": Limits("%", ok_min=45, fault_min=30, ok_max=120, fault_max=175)},
    views=(22, 30),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): feet hip-width",
        "NSCA, Power Clean, Exercise Technique Manual: feet between hip- and shoulder-width; the "
        "limits are cleanform's, wide because the model's shoulders lie inside the real ones",
    ),
    fault={"stance_wide_m": 0.24},
    outcomes={"stance": "feet too far apart or too close"},
)
def stance_width(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far apart the ankles stand at the start, in percent of the breadth of the shoulders.

    **Why it matters.** From feet under the hips the legs push straight up. A wide stance takes
    height from the jump and leaves no room to land in.

    **How it is measured.** The distance between the ankles over that between the shoulders, the
    median round lift-off. Feet under the hips give about 75 %.

    **When not to trust it.** Only a camera in front or behind shows it, and only where the
    plates do not cover the feet. It sees the ankles, not which way the toes point.
    """
    frames = start_frames(motion, rep)
    if frames is None:
        yield Unseen("stance", why_missing(rep, "lift_off", "knee_pass"))
        return
    share = 100 * apart_px(motion, "ankle") / apart_px(motion, "shoulder")
    read = frames & np.isfinite(share)
    if read.sum() < MIN_FRAMES:
        yield Unseen("stance", "Your feet or your shoulders were not seen at the start.")
        return
    stance = float(np.median(share[read]))
    frame = nearest_frame(share, read, stance)
    yield Measurement(
        "stance",
        stance,
        hypot(SHARE_SIGMA * stance, LEAST_SIGMA_PERCENT),
        frame,
        (pair_mark(motion, "ankle", frame, f"{stance:.0f} %", "gap"),),
        note=f"Your ankles were {stance:.0f} % of your shoulders' breadth apart.",
    )
