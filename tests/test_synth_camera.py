"""The virtual phone, checked by geometry that it does not use."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cleanform.errors import InputError
from cleanform.model import JOINTS, LANDMARKS, Motion
from cleanform.synth import (
    VIEWS,
    Camera,
    Handheld,
    LiftSpec,
    Noise,
    Truth,
    camera_of,
    lift,
    observe,
    outline,
    vary,
)


@pytest.fixture(scope="module")
def good() -> Truth:
    return lift(LiftSpec())


def included_deg(a, b, c) -> np.ndarray:
    """By the law of cosines, which the code under test does not use."""
    ab, bc, ac = (np.linalg.norm(x - y, axis=-1) for x, y in ((a, b), (b, c), (a, c)))
    return np.degrees(np.arccos((ab**2 + bc**2 - ac**2) / (2 * ab * bc)))


# --- the virtual phone ----------------------------------------------------------------------


def pinhole(point, yaw_deg, distance, height, target, fov_deg, width, high):
    """By rotating the world by hand: level camera, no roll."""
    x, y, z = point[0] - target[0], point[1] - height, point[2]
    c, s = math.cos(math.radians(yaw_deg)), math.sin(math.radians(yaw_deg))
    right, toward = c * x - s * z, s * x + c * z
    depth = distance - toward
    f = high / (2 * math.tan(math.radians(fov_deg) / 2))
    return width / 2 + f * right / depth, high / 2 - f * y / depth


@pytest.mark.parametrize("yaw", [-90, -30, 0, 10, 45, 90])
def test_projection_is_a_pinhole(yaw):
    camera = Camera(yaw_deg=yaw, distance_m=3.0, height_m=0.9, look_at_m=(0.1, 0.9))
    for point in ((0.0, 0.0, 0.0), (0.3, 1.5, 0.7), (-0.4, 0.2, -0.7)):
        expected = pinhole(point, yaw, 3.0, 0.9, (0.1, 0.9), 36.0, 1280, 720)
        assert camera.project(np.array(point)) == pytest.approx(expected, abs=1e-9)


def test_roll_pan_and_height_do_what_they_say():
    point = np.array([0.3, 1.2, 0.0])
    level = Camera().project(point) - (640, 360)
    turned = Camera(roll_deg=90).project(point) - (640, 360)
    assert turned == pytest.approx([-level[1], level[0]], abs=1e-9)
    moved = Camera(pan_px=(30, -10)).project(point) - (640, 360)
    assert moved == pytest.approx(level + np.array([30, -10]), abs=1e-9)
    above = Camera(height_m=2.5)
    assert above.project(np.array([0.0, 0.9, 0.0])) == pytest.approx([640, 360], abs=1e-9)


@pytest.mark.parametrize("facing", [1, -1])
def test_the_near_side_is_the_side_toward_the_camera(facing):
    truth = lift(LiftSpec(facing=facing, fps=10))
    _, pose, _ = observe(truth, Camera(yaw_deg=0))
    near, far = ("right", "left") if facing > 0 else ("left", "right")
    assert np.sign(pose.of("nose")[-1, 0] - pose.of(f"{near}_ear")[-1, 0]) == facing
    visible = [pose.visibility[-1, LANDMARKS.index(f"{side}_hip")] for side in (near, far)]
    assert visible[0] > visible[1]
    size = [
        np.linalg.norm(pose.of(f"{side}_hip")[-1] - pose.of(f"{side}_ankle")[-1])
        for side in (near, far)
    ]
    assert size[0] > size[1]


def test_the_plate_is_as_large_as_a_pinhole_makes_it(good):
    camera = Camera(distance_m=4.0, height_m=1.0)
    _, _, bar = observe(good, camera)
    depth = 4.0 - 0.70
    assert bar.height_px[0] == pytest.approx(0.45 * camera.focal_px / depth, rel=0.02)
    assert bar.width_px[0] == pytest.approx(bar.height_px[0], rel=0.03)
    _, _, oblique = observe(good, Camera(yaw_deg=45))
    assert oblique.width_px[0] < 0.85 * oblique.height_px[0]


def test_a_perfect_tracker_gives_back_the_angles(good):
    """Orthographic limit: far away and through a long lens, image angles are the true ones."""
    camera = Camera(distance_m=200.0, field_of_view_deg=0.7)
    clip, pose, _ = observe(good, camera)
    assert len(pose.xy_px) == clip.frames == len(good.times_s)
    side = {name: pose.of(f"right_{name}") for name in JOINTS}
    knee = included_deg(side["hip"], side["knee"], side["ankle"])
    assert np.max(np.abs(knee - good.angles_deg["knee"])) < 0.5
    assert set(good.angles_deg) == set(Motion.ANGLES)


def test_noise_is_as_asked_and_by_seed(good):
    clean_pose = observe(good)[1].xy_px
    noise = Noise(seed=3, landmark_px=2.0, bar_px=1.5)
    _, pose, bar = observe(good, None, noise)
    assert np.std(pose.xy_px - clean_pose) == pytest.approx(2.0, rel=0.05)
    assert np.std(bar.xy_px - observe(good)[2].xy_px) == pytest.approx(1.5, rel=0.15)
    assert np.array_equal(observe(good, None, noise)[1].xy_px, pose.xy_px)
    lag = Noise(landmark_px=2.0, landmark_lag_one=0.8)
    walk = observe(good, None, lag)[1].xy_px - clean_pose
    assert np.mean(walk[1:] * walk[:-1]) / np.mean(walk**2) == pytest.approx(0.8, abs=0.05)


def test_dropouts_and_swaps(good):
    _, pose, bar = observe(
        good, None, Noise(frame_dropout=0.2, landmark_dropout=0.1, bar_dropout=0.3)
    )
    nobody = np.isnan(pose.xy_px[..., 0]).all(axis=1)
    assert 0.1 < nobody.mean() < 0.3
    assert 0.05 < np.isnan(pose.xy_px[~nobody][..., 0]).mean() < 0.15
    assert np.all(pose.visibility[np.isnan(pose.xy_px[..., 0])] == 0)
    assert 0.2 < np.isnan(bar.xy_px[:, 0]).mean() < 0.4
    swapped = observe(good, None, Noise(swap=1.0))[1]
    straight = observe(good)[1]
    assert np.array_equal(swapped.of("left_hip"), straight.of("right_hip"))


def test_no_bar_no_track():
    truth = lift(LiftSpec(kind="jump"))
    assert observe(truth)[2].source == "none"
    assert observe(lift(LiftSpec()), None, Noise(bar_source="hands"))[2].source == "hands"


# --- discs, hands, cameras by seed ----------------------------------------------------------


@pytest.mark.parametrize("yaw", [0, 30, 60, 85])
@pytest.mark.parametrize("roll", [0.0, 4.0])
def test_a_plate_is_framed_by_its_own_rim(good, yaw, roll):
    """The box about three thousand projected points of the rim."""
    camera = Camera(yaw_deg=yaw, roll_deg=roll, distance_m=2.5, pan_px=(20, 5))
    _, _, bar = observe(good, camera)
    angle = np.linspace(0, 2 * np.pi, 3000)
    for frame in (0, 90, 150, len(good.bar_m) - 1):
        x, y = good.bar_m[frame]
        rim = np.column_stack(
            [x + 0.225 * np.cos(angle), y + 0.225 * np.sin(angle), np.full(len(angle), 0.70)]
        )
        seen = camera.project(rim)
        low, high = seen.min(axis=0), seen.max(axis=0)
        assert bar.xy_px[frame] == pytest.approx((low + high) / 2, abs=1e-3)
        assert (bar.width_px[frame], bar.height_px[frame]) == pytest.approx(high - low, abs=1e-3)


def test_a_plate_behind_the_lens_has_no_picture(good):
    _, _, bar = observe(good, Camera(distance_m=0.72, height_m=0.9))
    assert np.isnan(bar.xy_px).any()
    assert np.all(bar.confidence[np.isnan(bar.xy_px[:, 0])] == 0)


def test_a_camera_on_a_stand_is_the_same_at_all_times():
    camera = Camera(yaw_deg=12, roll_deg=1)
    assert camera.at(3.2) is camera
    still = replace(camera, handheld=Handheld())
    points = np.random.default_rng(0).normal(0, 0.5, (4, 3, 3))
    times = np.linspace(0, 3, 4)
    assert still.project(points, 1, times) == pytest.approx(camera.project(points), abs=1e-9)


@pytest.mark.parametrize("facing", [1, -1])
def test_a_moving_camera_is_a_still_one_at_every_instant(facing):
    camera = Camera(
        yaw_deg=25, roll_deg=-1, pan_px=(9, 3), handheld=Handheld(0.5, 3.0, 0.05, seed=5)
    )
    times = np.linspace(0, 4, 7)
    points = np.random.default_rng(1).normal(0, 0.5, (7, 4, 3))
    moving = camera.project(points, facing, times)
    for k, time_s in enumerate(times):
        assert moving[k] == pytest.approx(camera.at(time_s).project(points[k], facing), abs=1e-8)


def test_pan_and_zoom_are_as_fast_as_they_say():
    """A far point in the middle wanders by the tangent of the angle; sizes grow by the zoom."""
    point = np.array([0.0, 0.9, 0.0])
    pan = Camera(height_m=0.9, handheld=Handheld(pan_deg_per_s=2.0))
    wandered = pan.at(3.0).project(point) - (640, 360)
    assert wandered == pytest.approx([-pan.focal_px * math.tan(math.radians(6)), 0], abs=1e-9)
    zoom = Camera(height_m=0.9, handheld=Handheld(zoom_per_s=0.1))
    ends = np.array([[0.0, 0.5, 0.0], [0.0, 1.3, 0.0]])
    sizes = [np.ptp(zoom.at(t).project(ends)[:, 1]) for t in (0.0, 2.0)]
    assert sizes[1] / sizes[0] == pytest.approx(math.exp(0.2))


def test_a_hand_shakes_as_much_as_it_says_slowly_and_by_seed():
    times = np.arange(0, 300, 0.02)
    hand = Handheld(shake_deg=0.4, seed=2)
    turned = hand.turned_deg(times)
    assert np.std(turned, axis=0) == pytest.approx([0.4, 0.4, 0.2], rel=0.05)
    spectrum = np.abs(np.fft.rfft(turned[:, 0])) ** 2
    hertz = np.fft.rfftfreq(len(times), 0.02)
    assert spectrum[hertz > 9].sum() < 1e-3 * spectrum.sum()
    assert spectrum[hertz < 2].sum() > 0.7 * spectrum.sum()
    assert np.array_equal(turned, Handheld(shake_deg=0.4, seed=2).turned_deg(times))
    assert not np.allclose(turned, Handheld(shake_deg=0.4, seed=3).turned_deg(times))


def test_a_shaken_clip_is_shaken_in_every_part(good):
    """Landmarks, plate and outline move together."""
    still, held = Camera(), Camera(handheld=Handheld(0.3, seed=1))
    moved = [
        observe(good, held)[1].of("left_hip") - observe(good, still)[1].of("left_hip"),
        observe(good, held)[2].xy_px - observe(good, still)[2].xy_px,
    ]
    assert np.std(moved[0]) > 2
    assert np.corrcoef(moved[0][:, 0], moved[1][:, 0])[0, 1] > 0.95
    frames = np.array([0, 100])
    bent = outline(good, frames, held).contour_px - outline(good, frames, still).contour_px
    assert bent[:, 20] == pytest.approx(moved[0][frames], abs=1.5)


@pytest.mark.parametrize("wrong", [{"shake_deg": -1}, {"pan_deg_per_s": 99}, {"zoom_per_s": 9.0}])
def test_a_hand_that_cannot_be_is_refused(wrong):
    with pytest.raises(InputError, match="choose"):
        Handheld(**wrong)


@pytest.mark.parametrize("view", VIEWS)
def test_cameras_by_seed_stand_where_they_should_and_see_the_whole_lift(view):
    yaws = []
    for seed in range(6):
        camera = camera_of(seed, view)
        assert camera == camera_of(seed, view)
        assert 2.5 <= camera.distance_m <= 6.0
        yaws.append(camera.yaw_deg - VIEWS[view])
        truth = lift(vary(seed, fps=10.0))
        _, pose, _ = observe(truth, camera)
        inside = (pose.xy_px > 0) & (pose.xy_px < (camera.width_px, camera.height_px))
        assert inside.all()
    assert 1.0 < np.ptp(yaws) <= 8.0


def test_a_camera_by_seed_takes_what_is_fixed():
    camera = camera_of(3, "45", width_px=640, height_px=360, roll_deg=0.0)
    assert (camera.width_px, camera.roll_deg) == (640, 0.0)
    assert camera.distance_m == camera_of(3, "45").distance_m
    with pytest.raises(InputError, match="choose one of: side"):
        camera_of(1, "above")


def test_landmarks_behind_the_plate_wander_and_the_others_do_not(good):
    """Slowly, by as much as is asked, and the same for the same seed."""
    noise = Noise(seed=2, covered_px=30.0)
    _, plain, bar = observe(good)
    _, pose, _ = observe(good, None, noise)
    away = pose.xy_px - plain.xy_px
    from_plate = plain.xy_px - bar.xy_px[:, None]
    size = np.stack([bar.width_px, bar.height_px], axis=-1)[:, None]
    hidden = np.hypot(*np.moveaxis(2 * from_plate / size, -1, 0)) < 1
    assert 0.3 < hidden.mean() < 0.7
    assert np.all(away[~hidden] == 0)
    many = [observe(good, None, replace(noise, seed=s))[1].xy_px for s in range(30)]
    assert np.std((np.array(many) - plain.xy_px)[:, hidden]) == pytest.approx(30, rel=0.1)
    steps = np.diff(away, axis=0)[hidden[1:] & hidden[:-1]]
    assert np.std(steps) < 0.5 * np.std(away[hidden])
    assert np.array_equal(observe(good, None, noise)[1].xy_px, pose.xy_px)
    other = replace(noise, landmark_px=1.0)
    assert np.std(observe(good, None, other)[1].xy_px - pose.xy_px) == pytest.approx(1, rel=0.05)
