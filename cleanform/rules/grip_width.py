"""The hands hold the bar too far apart or too close together; seen from the front."""

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
    title="Grip width",
    parts={"grip": Limits("%", ok_min=105, fault_min=85, ok_max=175, fault_max=215)},
    views=(22, 30),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): hook grip a "
        "little wider than the shoulders; the limits are cleanform's, wide because the model's "
        "shoulders lie inside the real ones",
    ),
    fault={"grip_wide_m": 0.20},
    outcomes={"grip": "hands too far apart or too close"},
)
def grip_width(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far apart the hands hold the bar, in percent of the breadth of the shoulders.

    **Why it matters.** From a grip a little outside the shoulders the elbows can turn under the
    bar. Too narrow, and the hands press against neck and shoulders; too wide, and the bar hits
    the body higher up and the rack is hard to reach.

    **How it is measured.** The distance between the hands over that between the shoulders, the
    median round lift-off. Both shrink alike when the camera stands a little to one side.

    **When not to trust it.** Only a camera in front or behind shows it. The model's shoulder
    points lie inside the silhouette, by how much depends on the clothes, so the band is wide.
    """
    frames = start_frames(motion, rep)
    if frames is None:
        yield Unseen("grip", why_missing(rep, "lift_off", "knee_pass"))
        return
    share = 100 * apart_px(motion, "hand") / apart_px(motion, "shoulder")
    read = frames & np.isfinite(share)
    if read.sum() < MIN_FRAMES:
        yield Unseen("grip", "Your hands or your shoulders were not seen at the start.")
        return
    grip = float(np.median(share[read]))
    frame = nearest_frame(share, read, grip)
    yield Measurement(
        "grip",
        grip,
        hypot(SHARE_SIGMA * grip, LEAST_SIGMA_PERCENT),
        frame,
        (pair_mark(motion, "hand", frame, f"{grip:.0f} %", "gap"),),
        note=f"Your hands were {grip:.0f} % of your shoulders' breadth apart.",
    )
