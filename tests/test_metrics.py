"""The numbers of one lift against a lift that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from cleanform import metrics, phases, signals
from cleanform.model import BarTrack, Metric, Motion, Options, Rep
from cleanform.synth import Camera, LiftSpec, Noise, Truth, lift, observe, vary

SEEDS = range(4)
LOAD_KG = 80.0


def judged(
    truth: Truth, noise: Noise | None = None, options: Options | None = None
) -> tuple[Motion, Rep, Mapping[str, Metric]]:
    options = options or Options(load_kg=LOAD_KG)
    clip, pose, bar = observe(truth, Camera(distance_m=5.0, height_m=1.0), noise)
    motion = signals.derive(clip, pose, bar, options)
    assert motion is not None
    (rep,) = phases.read(motion).reps
    return motion, rep, metrics.of(motion, rep, options)


def bar_at(truth: Truth, times_s: np.ndarray) -> np.ndarray:
    """(n, 2) metres."""
    return np.asarray(truth.timeline.joints(times_s)[2])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_bar_against_the_truth(seed: int) -> None:
    truth = lift(vary(seed, fps=60.0, jitter_s=0.0))
    _, _, found = judged(truth, Noise(seed=seed, bar_px=0.4))
    known, events = truth.measures[0], truth.events_s[0]
    assert found["peak_bar_speed"].value == pytest.approx(known["peak_speed_m_s"], abs=0.06)
    off_s, apex_s, catch_s = (
        float(events[name] or 0) for name in ("lift_off", "bar_apex", "catch_lowest")
    )
    off, apex, catch = bar_at(truth, np.array([off_s, apex_s, catch_s]))
    assert found["bar_apex_height"].value == pytest.approx(100 * (apex - off)[1], abs=1.0)
    assert found["bar_drop_to_catch"].value == pytest.approx(100 * (apex - catch)[1], abs=1.0)
    assert found["bar_forward_at_apex"].value == pytest.approx(100 * (apex - off)[0], abs=1.0)
    times_s = np.arange(off_s, apex_s, 0.001)
    path_m = bar_at(truth, times_s)
    peak = int(np.argmax(np.gradient(path_m[:, 1], times_s)))
    late_s = found["time_to_peak_speed"].value - (times_s[peak] - off_s)
    assert abs(late_s) < max(0.03, 3 * found["time_to_peak_speed"].sigma)
    low = found["bar_height_at_peak_speed"]
    assert abs(low.value - 100 * (path_m[peak] - off)[1]) < max(2.0, 3 * low.sigma)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_s_of_the_path_against_the_truth(seed: int) -> None:
    truth = lift(vary(seed, fps=60.0, jitter_s=0.0, bar_forward_m=0.0))
    _, _, found = judged(truth)
    events = truth.events_s[0]
    off_s, power_s, apex_s, catch_s = (
        float(events[name] or 0)
        for name in ("lift_off", "power_position", "bar_apex", "catch_lowest")
    )
    x_cm = {
        name: 100 * bar_at(truth, np.arange(start_s, stop_s, 0.002))[:, 0]
        for name, start_s, stop_s in (
            ("pull", off_s, power_s),
            ("flight", power_s, apex_s),
            ("catch", catch_s, catch_s + 0.003),
        )
    }
    back = x_cm["pull"][0] - x_cm["pull"].min()
    loop = x_cm["flight"].max() - x_cm["pull"].min()
    home = x_cm["flight"].max() - x_cm["catch"][0]
    assert found["bar_back_in_first_pull"].value == pytest.approx(back, abs=0.8)
    assert found["bar_loop_forward"].value == pytest.approx(loop, abs=0.8)
    assert found["bar_back_to_catch"].value == pytest.approx(home, abs=0.8)


def test_the_swing_shows_in_the_loop() -> None:
    loops = [
        judged(lift(LiftSpec(bar_swing_m=swing_m)))[2]["bar_loop_forward"].value
        for swing_m in (0.0, 0.05, 0.10)
    ]
    assert np.all(np.diff(loops) > 3.0)


def test_power_is_work_over_time() -> None:
    _, _, found = judged(lift(LiftSpec()))
    work_j = LOAD_KG * (
        metrics.GRAVITY_M_S2 * found["bar_height_at_peak_speed"].value / 100
        + found["peak_bar_speed"].value ** 2 / 2
    )
    assert found["bar_power"].value == pytest.approx(
        work_j / found["time_to_peak_speed"].value, rel=0.02
    )
    assert found["bar_power"].unit == "W"
    assert "bar_power" not in judged(lift(LiftSpec()), options=Options())[2]


@pytest.mark.parametrize("fps", [25.0, 60.0, 240.0])
def test_the_peak_does_not_depend_on_the_frame_rate(fps: float) -> None:
    truth = lift(LiftSpec(fps=fps))
    peak = judged(truth)[2]["peak_bar_speed"].value
    assert peak == pytest.approx(truth.measures[0]["peak_speed_m_s"], abs=0.06)


def test_every_metric_has_a_unit_and_a_sigma() -> None:
    _, _, found = judged(lift(vary(1, fps=60.0)), Noise(bar_px=0.3, landmark_px=1.0))
    assert {metric.unit for metric in found.values()} == {"s", "cm", "m/s", "W", "deg"}
    assert all(np.isfinite(metric.value) and metric.sigma >= 0 for metric in found.values())
    assert sum(name.startswith("bar_") for name in found) == 10


def test_more_noise_more_sigma() -> None:
    truth = lift(LiftSpec())
    quiet, loud = (judged(truth, Noise(seed=2, bar_px=px))[2] for px in (0.2, 3.0))
    for name in ("peak_bar_speed", "bar_apex_height", "bar_loop_forward", "time_to_peak_speed"):
        assert loud[name].sigma > quiet[name].sigma, name


def test_without_a_scale_there_are_no_metres() -> None:
    _, _, found = judged(lift(LiftSpec()), Noise(bar_source="hands"))
    assert {metric.unit for metric in found.values()} == {"s", "deg"}


def test_what_was_not_seen_is_left_out() -> None:
    motion, rep, _ = judged(lift(LiftSpec()))
    apex = rep.frame("bar_apex")
    assert apex is not None
    clip, pose, bar = observe(lift(LiftSpec()), Camera(distance_m=5.0, height_m=1.0))
    xy_px = np.array(bar.xy_px)
    xy_px[apex - 12 :] = np.nan
    hidden = BarTrack(xy_px, bar.width_px, bar.height_px, bar.confidence, bar.source)
    blind = signals.derive(clip, pose, hidden, Options())
    assert blind is not None
    found = metrics.of(blind, rep, Options())
    assert "bar_apex_height" not in found
    assert "bar_drop_to_catch" not in found
    assert "peak_bar_speed" in found
    nowhere = replace(motion, bar_px=np.full_like(motion.bar_px, np.nan))
    unseen = metrics.of(nowhere, rep, Options(load_kg=LOAD_KG))
    assert not any(name.startswith("bar_apex") for name in unseen)


def test_a_bar_that_is_not_seen_at_lift_off_has_no_path_from_there() -> None:
    motion, rep, _ = judged(lift(LiftSpec()))
    off = rep.frame("lift_off")
    assert off is not None
    bar_px = np.array(motion.bar_px)
    bar_px[off] = np.nan
    found = metrics.of(replace(motion, bar_px=bar_px), rep, Options())
    assert not {"bar_apex_height", "bar_most_forward", "bar_loop_forward"} & set(found)
    assert {"peak_bar_speed", "bar_drop_to_catch"} <= set(found)
