"""The plumb line read from upright edges, against cameras whose lean is known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from cleanform import archive, pipeline, plumb, signals, synth
from cleanform.model import UNKNOWN_LEAN_SIGMA_DEG, Options, Plumb, Recording, turned

NOWHERE = None
POSTS = np.array([[x, z] for x in (-2.0, -1.2, -0.5, 0.6, 1.1, 1.9) for z in (-1.5, -2.5)])


def edges_of(camera: synth.Camera, posts: np.ndarray = POSTS) -> np.ndarray:
    """Rows as `plumb.upright_edges` gives them, of posts from 0.3 to 2 m that the camera sees."""
    low, high = (
        camera.project(np.column_stack([posts[:, 0], np.full(len(posts), y), posts[:, 1]]))
        for y in (0.3, 2.0)
    )
    along = high - low
    tilt = np.degrees(np.arctan2(along[:, 0], -along[:, 1]))
    return np.column_stack([(low + high) / 2, np.hypot(*along.T), tilt])


def lean_deg(camera: synth.Camera, x_m: float = 0.0) -> tuple[float, float]:
    """Where a short upright line in the lifter's plane is seen, and how it leans."""
    low, high = camera.project(np.array([[x_m, 0.9, 0.0], [x_m, 1.0, 0.0]]))
    return float(low[0]), float(np.degrees(np.arctan2(high[0] - low[0], low[1] - high[1])))


def read(camera: synth.Camera, *looks: np.ndarray) -> Plumb | None:
    return plumb.read(looks, [NOWHERE] * len(looks), camera.width_px, camera.height_px)


@pytest.mark.parametrize("roll_deg", [-3.0, 0.0, 1.2])
@pytest.mark.parametrize("height_m", [0.3, 1.0, 1.5])
def test_the_lean_is_the_cameras(roll_deg: float, height_m: float) -> None:
    camera = synth.Camera(roll_deg=roll_deg, height_m=height_m, distance_m=3.0, yaw_deg=4.0)
    found = read(camera, edges_of(camera))
    assert found is not None
    for x_m in (-0.5, 0.0, 0.5):
        x_px, true_deg = lean_deg(camera, x_m)
        assert found.lean_at_deg(x_px, camera.width_px) == pytest.approx(true_deg, abs=0.25)
    assert found.sigma_deg < 0.5


def test_edges_that_disagree_say_nothing() -> None:
    rng = np.random.default_rng(4)
    camera = synth.Camera()
    edges = edges_of(camera)
    edges[:, 3] = rng.uniform(-8, 8, len(edges))
    assert read(camera, edges) is None
    assert read(camera, np.empty((0, 4))) is None
    assert plumb.read([], [], 1280, 720) is None


def test_two_things_fit_any_lean_and_are_not_believed() -> None:
    camera = synth.Camera(roll_deg=1.0)
    ends = np.array([[-1.9, -2.0], [1.9, -2.0]])
    assert read(camera, np.repeat(edges_of(camera, ends), 3, axis=0)) is None


def test_things_on_one_side_alone_are_not_believed_so_far() -> None:
    """The fan that a pitched phone sees cannot be told from a lean there."""
    camera = synth.Camera(roll_deg=1.0, height_m=1.6, distance_m=3.0)
    aside = np.array([[1.5 + 0.1 * n, -2.0] for n in range(6)])
    found, around = read(camera, edges_of(camera, aside)), read(camera, edges_of(camera))
    assert around is not None
    assert found is None or found.sigma_deg > 1.5 * around.sigma_deg


def test_most_edges_win_over_slanted_ones() -> None:
    camera = synth.Camera(roll_deg=-1.5)
    edges = edges_of(camera)
    slanted = edges[:4] + np.array([0.0, 0.0, 0.0, 5.0])
    found = read(camera, np.concatenate([edges, slanted]))
    assert found is not None
    assert found.lean_deg == pytest.approx(lean_deg(camera)[1], abs=0.25)


def test_the_lifters_own_edges_do_not_count() -> None:
    camera = synth.Camera()
    edges = edges_of(camera)
    people = [(0.0, 0.0, float(camera.width_px), float(camera.height_px))]
    assert plumb.read([edges], people, camera.width_px, camera.height_px) is None


def picture(tilt_deg: float) -> np.ndarray:
    """A pale wall with dark posts that lean to the right at the top."""
    image = np.full((480, 640, 3), 190, np.uint8)
    rise = np.array([np.sin(np.radians(tilt_deg)), -np.cos(np.radians(tilt_deg))])
    for x in (90, 200, 330, 470, 560):
        low = np.array([x, 420.0])
        ends = [tuple(int(v * 16) for v in end) for end in (low, low + 330 * rise)]
        cv2.line(image, *ends, (40, 40, 40), 9, cv2.LINE_AA, shift=4)
    return cv2.GaussianBlur(image, (3, 3), 0)


@pytest.mark.parametrize("tilt_deg", [-2.0, 0.0, 0.7])
def test_edges_are_found_in_a_picture(tilt_deg: float) -> None:
    edges = plumb.upright_edges(picture(tilt_deg))
    assert len(edges) >= 10
    assert np.average(edges[:, 3], weights=edges[:, 2]) == pytest.approx(tilt_deg, abs=0.1)
    found = plumb.read([edges], [NOWHERE], 640, 480)
    assert found is not None
    assert found.lean_deg == pytest.approx(tilt_deg, abs=0.1)
    large = plumb.upright_edges(cv2.resize(picture(tilt_deg), None, fx=3, fy=3))
    assert large[:, 2].max() == pytest.approx(3 * edges[:, 2].max(), rel=0.1)


def test_black_bars_beside_the_film_are_no_walls() -> None:
    framed = picture(1.5)
    framed[:, :40] = framed[:, 600:] = 0
    edges = plumb.upright_edges(framed)
    assert np.abs(edges[:, 3] - 1.5).max() < 0.5


def watched(roll_deg: float) -> tuple[synth.Truth, Recording, Plumb]:
    truth = synth.lift(synth.LiftSpec(fps=60.0, bar_forward_m=0.0))
    camera = synth.Camera(roll_deg=roll_deg, distance_m=4.0)
    seen = synth.observe(truth, camera)
    known = Plumb(lean_deg(camera)[1], 0.0, 0.2)
    return truth, Recording(*seen, None, "none", "", known), known


@pytest.mark.parametrize("roll_deg", [-3.0, 2.0])
def test_a_leaning_phone_does_not_push_the_bar(roll_deg: float) -> None:
    truth, recording, known = watched(roll_deg)
    off = int(np.argmin(np.abs(truth.times_s - float(truth.events_s[0]["lift_off"] or 0))))
    apex = int(np.argmin(np.abs(truth.times_s - float(truth.events_s[0]["bar_apex"] or 0))))
    true_m = (truth.bar_m[apex] - truth.bar_m[off])[0]

    def found_m(plumb_line: Plumb | None) -> float:
        clip, pose, bar = recording.clip, recording.pose, recording.bar
        motion = signals.derive(clip, pose, bar, Options(), None, plumb_line)
        assert motion is not None
        assert np.abs(motion.to_image_px(motion.bar_px) - bar.xy_px)[apex].max() < 4.0
        return float((motion.bar_m[apex] - motion.bar_m[off])[0])

    assert found_m(known) == pytest.approx(true_m, abs=0.006)
    assert abs(found_m(None) - true_m) > 0.03


def test_what_is_known_of_the_lean_is_in_the_sigma() -> None:
    _, recording, _ = watched(1.0)
    level = pipeline.judge(recording, Options())
    blind = pipeline.judge(replace(recording, plumb=None), Options())
    assert level.motion is not None
    assert blind.motion is not None
    assert level.motion.lean_sigma_deg == 0.2
    assert blind.motion.lean_sigma_deg == UNKNOWN_LEAN_SIGMA_DEG
    sigmas = [each.lifts[0].metrics["bar_forward_at_apex"].sigma for each in (level, blind)]
    assert sigmas[0] < 0.7 * sigmas[1]


def test_it_is_kept_with_the_recording(tmp_path) -> None:
    _, recording, known = watched(1.0)
    analysis = pipeline.judge(recording, Options())
    archive.save(analysis, tmp_path)
    assert archive.load_recording(tmp_path).plumb == known


def test_turning_goes_clockwise_and_back() -> None:
    points = np.array([[3.0, 0.0], [0.0, -2.0]])
    assert turned(points, 90.0) == pytest.approx(np.array([[0.0, 3.0], [2.0, 0.0]]), abs=1e-12)
    assert turned(turned(points, 12.0), -12.0) == pytest.approx(points)


@pytest.mark.parametrize(("second_deg", "told"), [(1.0, True), (2.5, False), (None, False)])
def test_what_a_cut_separates_must_lean_alike(second_deg: float | None, told: bool) -> None:
    _, recording, _ = watched(0.0)
    clip = replace(recording.clip, cuts=(30,))
    first = edges_of(synth.Camera(roll_deg=1.0))
    away = first + np.array([0.0, -5000.0, 0.0, 0.0])  # out of the lifter's box
    other = np.empty((0, 4))
    if second_deg is not None:
        other = edges_of(synth.Camera(roll_deg=second_deg)) + np.array([0.0, -5000.0, 0.0, 0.0])
    found = pipeline._plumb({10: away, 50: other}, clip, recording.pose)
    assert (found is not None) is told
