"""A plane that leans in the picture, against a pinhole camera that looks up or down at it."""

from __future__ import annotations

import numpy as np
import pytest

from cleanform import signals, synth
from cleanform.model import BarTrack, Options, Scale
from cleanform.signals.keystone import keystone

NO_NOISE = synth.Noise()


def watched(height_m: float, distance_m: float = 2.8, fps: float = 60.0):
    truth = synth.lift(synth.LiftSpec(fps=fps, seed=3))
    camera = synth.Camera(height_m=height_m, distance_m=distance_m, field_of_view_deg=58.0)
    return truth, synth.observe(truth, camera, NO_NOISE)


def risen_m(truth: synth.Truth, motion) -> tuple[float, float]:
    apex = int(np.argmax(truth.bar_m[:, 1]))
    return motion.bar_m[apex, 1] - motion.bar_m[0, 1], truth.bar_m[apex, 1] - truth.bar_m[0, 1]


@pytest.mark.parametrize("height_m", [0.3, 0.9, 1.6])
@pytest.mark.parametrize("fps", [25.0, 60.0, 240.0])
def test_the_bar_rises_as_far_as_it_does_however_the_phone_is_pitched(height_m, fps) -> None:
    truth, seen = watched(height_m, fps=fps)
    motion = signals.derive(*seen, Options())
    found, true = risen_m(truth, motion)
    assert found == pytest.approx(true, abs=0.01)


def test_one_scale_for_the_whole_path_would_be_wrong() -> None:
    """That of the plate where it lies: what the fit is there to replace."""
    truth, seen = watched(1.6)
    motion = signals.derive(*seen, Options())
    flat_m = motion.bar_px[:, 1] * 0.45 / seen[2].height_px[0]
    apex = int(np.argmax(truth.bar_m[:, 1]))
    assert abs(flat_m[apex] - flat_m[0] - risen_m(truth, motion)[1]) > 0.03


def test_a_level_phone_at_the_bars_middle_sees_no_lean() -> None:
    _, (_, _, bar) = watched(0.9, distance_m=5.0)
    assert abs(keystone(bar).growth_per_px) * np.nanmedian(bar.height_px) < 0.004


def test_sizes_that_disagree_say_nothing() -> None:
    """Noise of 3 % in the sizes: the lean found is far below what would move a path by 2 cm."""
    rng = np.random.default_rng(0)
    count = 120
    y = 600 - 400 * np.clip(np.linspace(-0.5, 1.5, count), 0, 1)
    sizes = 150 * np.exp(rng.normal(0, 0.03, (2, count)))
    track = BarTrack(np.column_stack([np.full(count, 300.0), y]), *sizes, np.ones(count), "plate")
    assert abs(keystone(track).growth_per_px) * 400 < 0.02


def test_a_bar_that_stays_where_it_is_shows_nothing() -> None:
    still = np.full((60, 2), 300.0)
    track = BarTrack(still, np.full(60, 150.0), np.full(60, 150.0), np.ones(60), "plate")
    assert keystone(track) is None


def test_speed_is_the_derivative_of_place() -> None:
    scale = Scale(
        0.003, 0.0033, "plate 0.450 m", 0.02, growth_per_px=3e-4, level_px=(320.0, -400.0)
    )
    times_s = np.linspace(0, 1, 2001)
    path = np.column_stack([300 + 60 * np.sin(5 * times_s), -700 + 500 * times_s**2])
    speed = np.column_stack([300 * np.cos(5 * times_s), 1000 * times_s])
    by_hand = np.gradient(scale.plate_m(path), times_s, axis=0)
    assert np.abs(scale.plate_m_s(path, speed) - by_hand)[2:-2].max() < 1e-4
