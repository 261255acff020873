"""The middle of a thick plate's face, against outlines of two discs whose place is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cleanform import synth
from cleanform.model import BarTrack
from cleanform.signals.tread import without_tread
from cleanform.synth.skeleton import PLATE_RADIUS_M

FACE_M = 0.73


def watched(height_m: float, thick_m: float, fps: float = 60.0) -> tuple[BarTrack, BarTrack]:
    """The track of the near face, and that of the outline of a plate so thick."""
    truth = synth.lift(synth.LiftSpec(fps=fps, seed=2))
    camera = synth.Camera(height_m=height_m, distance_m=3.3, field_of_view_deg=52.0)

    def disc(lateral_m: float) -> tuple[np.ndarray, np.ndarray]:
        middle = np.column_stack([truth.bar_m, np.full(len(truth.bar_m), lateral_m)])
        return camera.disc(middle, PLATE_RADIUS_M, truth.spec.facing)

    (near, size), (far, far_size) = disc(FACE_M), disc(FACE_M - thick_m)
    top = np.minimum(near[:, 1] - size[:, 1] / 2, far[:, 1] - far_size[:, 1] / 2)
    foot = np.maximum(near[:, 1] + size[:, 1] / 2, far[:, 1] + far_size[:, 1] / 2)
    sure = np.ones(len(near))
    face = BarTrack(near, size[:, 0], size[:, 1], sure, "plate")
    middle = np.column_stack([near[:, 0], (top + foot) / 2])
    return face, replace(face, xy_px=middle, height_px=foot - top)


def off_mm(track: BarTrack, face: BarTrack) -> np.ndarray:
    away = (track.xy_px - face.xy_px)[:, 1] / face.height_px * 2000 * PLATE_RADIUS_M
    return np.asarray(np.abs(away))


@pytest.mark.parametrize("height_m", [0.4, 0.9, 1.3])
@pytest.mark.parametrize("thick_m", [0.06, 0.12])
@pytest.mark.parametrize("fps", [30.0, 240.0])
def test_the_face_is_found_again(height_m: float, thick_m: float, fps: float) -> None:
    face, outline = watched(height_m, thick_m, fps)
    assert off_mm(outline, face).max() > 5.0
    assert off_mm(without_tread(outline), face).max() < 2.0


def test_a_thin_plate_stays_where_it_is() -> None:
    face, _ = watched(1.3, 0.0)
    assert off_mm(without_tread(face), face).max() < 0.5


def test_sizes_read_with_errors_still_gain() -> None:
    rng = np.random.default_rng(1)
    face, outline = watched(1.3, 0.06)
    rough = replace(outline, height_px=outline.height_px * rng.normal(1, 0.01, len(face.xy_px)))
    assert off_mm(without_tread(rough), face).mean() < 0.4 * off_mm(outline, face).mean()


def test_heights_without_a_trend_move_nothing() -> None:
    rng = np.random.default_rng(2)
    face, _ = watched(0.9, 0.0)
    rough = replace(face, height_px=face.height_px * rng.normal(1, 0.02, len(face.xy_px)))
    assert off_mm(without_tread(rough), face).max() < 3.0


def test_a_bar_that_stays_where_it_is_shows_nothing() -> None:
    face, _ = watched(0.9, 0.06)
    still = replace(face, xy_px=np.tile(face.xy_px[:1], (len(face.xy_px), 1)))
    assert without_tread(still) is still
    hands = replace(face, source="hands")
    assert without_tread(hands) is hands
