"""Slow motion that nobody declared: told where it is there, never where it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cleanform import archive, pipeline, signals
from cleanform.model import Clip, Motion, Options, Recording
from cleanform.phases import slow_motion_factor
from cleanform.synth import LiftSpec, Noise, Truth, camera_of, lift, observe, vary

VIEWS = ("side", "side 20", "rear 20", "30")
CLEANS = ("power clean", "clean", "hang power clean")


def recorded(truth: Truth, seed: int, plays: float = 1.0) -> Recording:
    """The lift as noisy trackers see it, in a clip that plays `plays` times slower than life."""
    noise = Noise(seed=seed, landmark_px=2.0, landmark_lag_one=0.7, bar_px=0.7)
    clip, pose, bar = observe(truth, camera_of(seed, VIEWS[seed % len(VIEWS)]), noise)
    return Recording(replace(clip, times_s=clip.times_s * plays), pose, bar, None, "none", "0" * 64)


def motion_of(recording: Recording, options: Options | None = None) -> Motion:
    motion = signals.derive(recording.clip, recording.pose, recording.bar, options or Options())
    assert motion is not None
    return motion


def factor_of(truth: Truth, seed: int, plays: float) -> float | None:
    return slow_motion_factor(motion_of(recorded(truth, seed, plays)))


@pytest.mark.parametrize("seed", range(8))
def test_good_lifts_at_their_own_speed_and_slowed(seed: int) -> None:
    truth = lift(vary(seed))
    told = [factor_of(truth, seed, plays) for plays in (1, 2, 4, 8)]
    assert told == [None, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("kind", CLEANS)
@pytest.mark.parametrize("deceleration_m_s2", [3.0, 9.0])
@pytest.mark.parametrize("catch_knee_deg", [102.0, 150.0])
def test_the_slowest_and_the_fastest_lifts_are_true_speed(
    kind: str, deceleration_m_s2: float, catch_knee_deg: float
) -> None:
    """The latest braking that a lift can have, and hips that hardly go under the bar."""
    spec = LiftSpec(
        kind=kind,
        flight_deceleration_m_s2=deceleration_m_s2,
        catch_knee_deg=catch_knee_deg,
        tempo=0.6 if deceleration_m_s2 < 5 else 1.25,
    )
    assert factor_of(lift(spec), 0, 1.0) is None


@pytest.mark.parametrize("kind", ["deadlift", "clean pull", "snatch", "front squat", "jump"])
def test_other_movements_at_true_speed_are_not_slow_motion(kind: str) -> None:
    assert factor_of(lift(LiftSpec(kind=kind)), 0, 1.0) is None


@pytest.mark.parametrize("reps", [2, 3])
def test_lifts_that_disagree_say_nothing(reps: int) -> None:
    """A replay at half speed after a lift at true speed is no slow clip."""
    recording = recorded(lift(LiftSpec(reps=reps)), 0)
    times_s = recording.clip.times_s
    step_s = np.diff(times_s, prepend=times_s[0])
    late = times_s > times_s[-1] * (1 - 1 / reps)
    mixed = replace(recording.clip, times_s=np.cumsum(step_s * np.where(late, 2.0, 1.0)))
    assert slow_motion_factor(motion_of(replace(recording, clip=mixed))) is None
    slowed = replace(recording.clip, times_s=times_s * 2)
    assert slow_motion_factor(motion_of(replace(recording, clip=slowed))) == 2.0


@pytest.mark.parametrize("plate_mm", [150.0, 230.0, 1000.0])
@pytest.mark.parametrize("plays", [1.0, 2.0])
def test_a_wrong_scale_is_not_taken_for_a_wrong_clock(plate_mm: float, plays: float) -> None:
    """Half the size halves the speeds too; the lifter's height gives it away."""
    recording = recorded(lift(vary(1)), 1, plays)
    assert slow_motion_factor(motion_of(recording, Options(plate_mm=plate_mm))) is None


def test_hands_without_a_plate_say_nothing() -> None:
    clip, pose, bar = observe(lift(vary(0)), noise=Noise(bar_source="hands"))
    slowed = replace(clip, times_s=clip.times_s * 4)
    motion = signals.derive(slowed, pose, bar, Options(stature_cm=175.0))
    assert motion is not None
    assert slow_motion_factor(motion) is None


def test_a_bar_that_is_let_go_and_falls_at_true_speed_vetoes() -> None:
    """The same slow lift, then a fall of the plate at 9.81 m/s^2 on the clip's own clock."""
    recording = recorded(lift(vary(0, fps=60.0, jitter_s=0.0)), 0, 2.0)
    clip, bar = recording.clip, recording.bar
    assert slow_motion_factor(motion_of(recording)) == 2.0
    scale = motion_of(recording).scale.m_per_px_plate
    since_s = clip.times_s - (clip.times_s[-1] - 0.4)
    fall_px = np.where(since_s > 0, 0.5 * 9.81 * since_s**2 / scale, 0.0)
    dropped = replace(bar, xy_px=bar.xy_px + np.stack([0 * fall_px, fall_px], axis=1))
    assert slow_motion_factor(motion_of(replace(recording, bar=dropped))) is None


# --- what becomes of it ---------------------------------------------------------------------


def test_it_is_taken_out_before_anything_is_judged() -> None:
    truth = lift(vary(3))
    slow = pipeline.judge(recorded(truth, 3, 4.0), Options())
    true = pipeline.judge(recorded(truth, 3), Options())
    clip = slow.recording.clip
    assert (clip.slow_motion_factor, clip.slow_motion_source) == (4.0, "inferred")
    assert any("4x" in note and "inferred" in note for note in slow.notes)
    assert not any("low motion" in note for note in true.notes)
    np.testing.assert_array_equal(clip.times_s, true.recording.clip.times_s)
    assert slow.lifts[0].metrics == true.lifts[0].metrics


def test_judging_again_starts_from_the_raw_clock(tmp_path: Path) -> None:
    raw = recorded(lift(vary(3)), 3, 4.0)
    archive.save(pipeline.judge(raw, Options()), tmp_path)
    saved = archive.load_recording(tmp_path)
    assert saved.clip.slow_motion_source == "inferred"
    np.testing.assert_array_equal(saved.clip.retimed(1.0, "none").times_s, raw.clip.times_s)
    again = pipeline.judge(saved, Options()).recording.clip
    assert (again.slow_motion_factor, again.slow_motion_source) == (4.0, "inferred")
    np.testing.assert_array_equal(again.times_s, saved.clip.times_s)


@pytest.mark.parametrize("declared", [1.0, 5.0])
def test_what_the_user_declares_goes_before_what_is_inferred(declared: float) -> None:
    raw = recorded(lift(vary(3)), 3, 4.0)
    judged = pipeline.judge(raw, Options(slow_motion=declared)).recording.clip
    assert (judged.slow_motion_factor, judged.slow_motion_source) == (declared, "declared")
    np.testing.assert_allclose(judged.times_s, raw.clip.times_s / declared)


def test_a_clock_that_the_container_names_is_left_alone() -> None:
    raw = recorded(lift(vary(3)), 3, 4.0)
    named = replace(
        raw, clip=replace(raw.clip, slow_motion_factor=2.0, slow_motion_source="container")
    )
    clip: Clip = pipeline.judge(named, Options()).recording.clip
    assert (clip.slow_motion_factor, clip.slow_motion_source) == (2.0, "container")
