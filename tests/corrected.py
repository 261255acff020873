"""A lift of known truth as a recording, with the plates that a finder would have seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

from cleanform import outline, phases, pipeline, signals, synth
from cleanform.corrections import Corrections
from cleanform.model import Analysis, Options, Recording

MADE = "2026-11-27T18:30:00Z"
DECOY_PX = (420.0, -30.0)  # where a second plate is, away from the lifter's


@cache
def recording() -> Recording:
    """One power clean from the side, seen without noise; beside its plate goes another one."""
    truth = synth.lift(synth.LiftSpec())
    clip, pose, bar = synth.observe(truth)
    motion = signals.derive(clip, pose, bar, Options())
    reps = phases.read(motion).reps
    frames = np.array(sorted({f for rep in reps for f in outline.frames_wanted(rep, motion)}))
    plates = tuple(
        np.array([
            [*xy, width, height, 0.9],
            [*(xy * (0.0, 1.0) + DECOY_PX), 0.95 * width, 0.95 * height, 0.8],
        ])
        for xy, width, height in zip(bar.xy_px, bar.width_px, bar.height_px, strict=True)
    )  # fmt: skip
    back = synth.outline(truth, frames, synth.Camera())
    seen = Recording(clip, pose, bar, back, "pose_landmarker_full", "0" * 64, plates=plates)
    return replace(seen, clip=replace(clip, path=Path("lift.mp4")))


def said(*whats: object) -> Corrections:
    """Corrections with these, one after the other."""
    corrections = Corrections()
    for what in whats:
        corrections = corrections.with_(what, MADE)
    return corrections


def judged(*whats: object) -> Analysis:
    """The lift judged with these corrections."""
    return pipeline.judge(recording(), Options(), said(*whats))
