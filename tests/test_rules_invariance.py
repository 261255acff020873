"""Mirrored, rescaled, resampled, moved and time-shifted clips get the same verdicts."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import lifts_for_rules as lifts
import pytest

from cleanform import pipeline, synth
from cleanform.model import Options

SAMPLE = Path(__file__).parents[1] / "samples" / "bar_swing_side.mp4"
THE_FOUR = ("rounded_back", "hip_lockout", "bar_drift", "catch_height")
DOSES = (
    None, ("rounded_back", 45.0), ("bar_swing", 15.0), ("hips_short", 34.0), ("caught_high", 52.0),
)  # fmt: skip
CHANGES: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "mirrored": ({"facing": -1}, {}),
    "larger": ({}, {"width_px": 2560, "height_px": 1440}),
    "smaller": ({}, {"width_px": 854, "height_px": 480}),
    "moved": ({}, {"pan_px": (60.0, -15.0)}),
    "later": ({"still_before_s": 1.9}, {}),
    "other rate": ({"fps": 48.0, "jitter_s": 0.0}, {}),
}


def said_of(spec: synth.LiftSpec, camera: synth.Camera) -> dict[str, tuple[str, str]]:
    return {f.rule: (str(f.verdict), f.part) for f in lifts.filmed(spec, camera)}


def lifter(seed: int) -> synth.LiftSpec:
    """One of the drawn lifters, every second one with a fault."""
    spec = synth.vary(300 + seed, fps=60.0, stand_first_s=1.0, facing=1, still_before_s=0.6)
    dose = DOSES[seed % len(DOSES)]
    return spec if dose is None else synth.with_fault(spec, *dose)


@pytest.mark.parametrize(
    "seed", [*range(3), *(pytest.param(s, marks=pytest.mark.slow) for s in range(3, 20))]
)
def test_many_lifters_get_the_same_verdicts_from_changed_clips(seed: int) -> None:
    spec = lifter(seed)
    plain = said_of(spec, synth.Camera())
    for name, (lift, camera) in CHANGES.items():
        changed = said_of(replace(spec, **lift), synth.Camera(**camera))  # type: ignore[arg-type]
        assert changed == plain, name


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_a_drawn_clip_gets_the_same_verdicts_mirrored_smaller_slower_and_later(
    tmp_path: Path,
) -> None:
    changed = tmp_path / "changed.mp4"
    turned = ["-vf", "hflip,scale=iw*0.8:-2", "-r", "25", "-crf", "20", "-an", str(changed)]
    command = ["ffmpeg", "-v", "error", "-ss", "0.2", "-i", str(SAMPLE), *turned]
    subprocess.run(command, check=True)
    plain, other = (
        {f.rule: (str(f.verdict), f.part) for f in lift.findings if f.rule in THE_FOUR}
        for clip in (SAMPLE, changed)
        for lift in pipeline.judge(pipeline.record(clip, Options()), Options()).lifts
    )
    assert plain["bar_drift"] == ("fault", "swing")
    assert other == plain
