"""Filters against closed forms, geometry against hand-made figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanform.model import LANDMARKS, BarTrack, Clip, Options, Pose
from cleanform.signals import body, derive, planes, smoothing, view


def test_a_slow_sine_keeps_value_speed_and_acceleration() -> None:
    rng = np.random.default_rng(1)
    times_s = np.cumsum(rng.uniform(0.010, 0.022, 240))  # variable rate, about 60 fps
    omega = 2 * np.pi * 1.0
    track = np.stack([np.sin(omega * times_s), np.cos(omega * times_s)], axis=1)
    got = smoothing.smooth(times_s, track, np.ones(len(times_s), bool), 6.0)
    inner = slice(20, -20)
    # A 4th-order Butterworth at 6 Hz passes 1 Hz with 1 / (1 + (1/6)^4) = 0.9992 of its size.
    assert np.abs(got.values - track)[inner].max() < 0.005
    speed = omega * np.stack([np.cos(omega * times_s), -np.sin(omega * times_s)], axis=1)
    assert np.abs(got.velocity - speed)[inner].max() < 0.02 * omega
    assert np.abs(got.acceleration + omega**2 * track)[inner].max() < 0.06 * omega**2


def test_noise_above_the_cut_off_goes_and_its_size_is_estimated() -> None:
    rng = np.random.default_rng(2)
    times_s = np.arange(600) / 60.0
    noise = rng.normal(0, 1.0, (600, 2))
    got = smoothing.smooth(times_s, noise, np.ones(600, bool), 6.0)
    left = float(np.std(got.values[60:-60]))
    # White noise: the filter keeps about 2 * 6 / 60 of the variance.
    assert left == pytest.approx(np.sqrt(0.2), rel=0.25)
    assert got.sigma == pytest.approx(left, rel=0.35)


def test_a_short_gap_is_bridged_and_a_long_one_stays_unseen() -> None:
    times_s = np.arange(120) / 60.0
    track = np.stack([times_s, times_s**2], axis=1)
    seen = np.ones(120, bool)
    seen[30:34] = False  # 83 ms between observations
    seen[70:90] = False
    seen[:5] = False
    got = smoothing.smooth(times_s, track, seen, 6.0).values
    assert np.isfinite(got[30:34]).all()
    assert np.isnan(got[70:90]).all()
    assert np.isnan(got[:5]).all()
    assert np.isfinite(got[5:70]).all()


def test_noise_is_told_where_the_path_moves() -> None:
    rng = np.random.default_rng(5)
    times_s = np.arange(300) / 60.0
    path = np.stack([np.zeros(300), 200 * np.clip(times_s - 2, 0, 1.5) ** 2], axis=1)
    noisy = path + rng.normal(0, 0.8, path.shape) * (times_s > 2)[:, None]
    seen = np.ones(300, bool)
    assert smoothing.noise_in_motion(times_s, noisy, seen, 8.0) == pytest.approx(0.8, rel=0.3)
    assert np.isnan(smoothing.noise_in_motion(times_s, np.zeros((300, 2)), seen, 8.0))


def test_the_cut_off_is_as_high_as_the_noise_allows() -> None:
    low, high = smoothing.BAR_CUTOFFS_HZ
    assert smoothing.cutoff_hz(0.01, 60.0, 150.0) == high
    assert smoothing.cutoff_hz(5.0, 60.0, 150.0) == low
    assert smoothing.cutoff_hz(float("nan"), 60.0, 150.0) == low
    noise, rate_hz, plate = 0.4, 60.0, 150.0
    cut = smoothing.cutoff_hz(noise, rate_hz, plate)
    assert low < cut < high
    speed = 2 * np.pi * cut / np.sqrt(3) * noise * np.sqrt(2 * cut / rate_hz)
    assert speed == pytest.approx(smoothing.SPEED_SIGMA_PLATES_S * plate, rel=1e-6)


def test_nothing_leaks_across_a_cut() -> None:
    times_s = np.arange(100) / 50.0
    track = np.zeros((100, 2))
    track[50:] = 1000.0
    segments = (slice(0, 50), slice(50, 100))
    got = smoothing.smooth_segments(times_s, track, np.ones(100, bool), 6.0, segments)
    assert np.abs(got.values[:50]).max() < 1e-6
    assert np.abs(got.velocity).max() < 1e-3


@given(st.floats(1.0, 359.0), st.floats(0.0, 360.0))
def test_turn_is_the_angle_it_was_made_with(angle_deg: float, rotation_deg: float) -> None:
    start = np.radians(rotation_deg)
    end = start + np.radians(angle_deg)
    joint = np.zeros((1, 2))
    got = body.turn(
        joint,
        np.array([[np.cos(start), np.sin(start)]]),
        np.array([[np.cos(end), np.sin(end)]]),
    )
    assert got[0] == pytest.approx(angle_deg, abs=1e-6)


def test_leaning_back_reads_past_straight() -> None:
    xy = {name: np.zeros((1, 2)) for name in ("ear", "heel")}
    xy |= {
        "ankle": np.array([[0.0, 0.0]]),
        "knee": np.array([[0.0, 40.0]]),
        "hip": np.array([[0.0, 80.0]]),
        "shoulder": np.array([[-10.0, 130.0]]),
        "elbow": np.array([[-10.0, 100.0]]),
        "wrist": np.array([[-10.0, 70.0]]),
        "foot_index": np.array([[20.0, 0.0]]),
    }
    lean = np.degrees(np.arctan2(10, 50))
    assert body.angles(xy, 0.0)["hip"][0] == pytest.approx(180 + lean)
    assert body.angles(xy, 80.0)["hip"][0] == pytest.approx(180 - lean)
    assert body.angles(xy, 0.0)["thigh"][0] == pytest.approx(90)


def test_a_hidden_knee_is_rebuilt_from_limb_lengths() -> None:
    count = 30
    flexion = np.radians(np.linspace(20, 80, count))
    ankle = np.zeros((count, 2))
    knee = np.stack([20 * np.sin(flexion), -40 * np.cos(flexion)], axis=1)  # image: y down
    hip = knee + np.stack([-30 * np.sin(flexion), -35 * np.cos(flexion)], axis=1)
    shank = np.linalg.norm(knee, axis=1)
    knee *= (40 / shank)[:, None]
    hip = knee + 45 * (hip - knee) / np.linalg.norm(hip - knee, axis=1)[:, None]
    seen = {name: np.ones(count, bool) for name in ("hip", "knee", "ankle")}
    seen["knee"][10:20] = False
    away = np.array([25.0, -10.0])
    guess, nothing = knee.copy(), knee.copy()
    guess[10:20] += away
    nothing[10:20] = np.nan
    without = {"hip": hip, "knee": nothing, "ankle": ankle}
    body.bend_knee(without, seen, forward=1)
    assert np.abs(without["knee"] - knee).max() < 1e-6
    between = {"hip": hip, "knee": guess, "ankle": ankle}
    body.bend_knee(between, seen, forward=1)
    assert np.abs(between["knee"] - knee - away / 2)[10:20].max() < 1e-6


def test_a_limb_is_as_long_as_it_looks_at_the_time() -> None:
    """What the model makes of a body late in a clip must not bend a knee early in it."""
    count = 300
    ankle = np.zeros((count, 2))
    knee = np.tile([10.0, -40.0], (count, 1))
    hip = np.tile([0.0, -85.0], (count, 1))
    for track in (knee, hip):
        track[150:] *= 1.3
    seen = {name: np.ones(count, bool) for name in ("hip", "knee", "ankle")}
    seen["knee"][40:60] = False
    hidden = knee.copy()
    hidden[40:60] = np.nan
    xy = {"hip": hip, "knee": hidden, "ankle": ankle}
    body.bend_knee(xy, seen, forward=1)
    assert np.abs(xy["knee"] - knee)[40:60].max() < 1e-6


def test_hidden_feet_stand_where_they_were_seen() -> None:
    foot = np.tile((100.0, 400.0), (40, 1))
    foot[:15] = (300.0, 100.0)  # a guess behind the plate
    seen = np.arange(40) >= 15
    xy = {"ankle": foot.copy(), "heel": foot.copy(), "foot_index": foot.copy()}
    body.plant_feet(xy, dict.fromkeys(xy, seen))
    for joint in xy:
        assert np.abs(xy[joint] - (100.0, 400.0)).max() == 0


@pytest.mark.parametrize("ratio", [1.05, 1.17, 1.40])
def test_planes_are_linked_by_the_ratio_of_their_depths(ratio: float) -> None:
    rng = np.random.default_rng(3)
    plate = np.stack([rng.normal(0, 5, 60).cumsum() * 0.1, np.linspace(0, 300, 60)], axis=1)
    hand = (12.0, 40.0) + plate / ratio + rng.normal(0, 2.0, plate.shape)
    got = planes.link(plate, hand, np.ones(60, bool))
    assert got is not None
    assert got.trusted
    # Slope error of a line through 60 points: noise / (sqrt(60) * spread) = 0.003; 4 sigma.
    assert got.slope == pytest.approx(1 / ratio, abs=0.012)
    assert np.abs(got.apply(plate) - (12.0, 40.0) - plate / ratio).max() < 4.0


def test_planes_that_do_not_fit_are_refused() -> None:
    rng = np.random.default_rng(4)
    plate = np.stack([np.zeros(60), np.linspace(0, 300, 60)], axis=1)
    noisy = planes.link(plate, plate / 1.2 + rng.normal(0, 60, plate.shape), np.ones(60, bool))
    assert noisy is not None
    assert not noisy.trusted
    farther = planes.link(plate, plate * 1.2, np.ones(60, bool))
    assert farther is not None
    assert not farther.trusted
    assert planes.link(plate, plate, np.zeros(60, bool)) is None
    still = np.tile((3.0, 4.0), (60, 1))
    assert planes.link(still, still, np.ones(60, bool)) is None


def _person(count: int, yaw_deg: float = 0.0, facing: int = 1) -> Pose:
    """An upright stick figure seen from `yaw_deg`; 300 px tall, standing still."""
    across = np.sin(np.radians(yaw_deg)) * 0.72 * 86 / 2
    xy = np.full((33, 2), np.nan)
    heights = {"shoulder": 245, "hip": 159, "knee": 85, "ankle": 12, "heel": 5, "foot_index": 2}
    heights |= {"ear": 280, "elbow": 190, "wrist": 140, "index": 125, "pinky": 125}
    for joint, height in heights.items():
        for side, sign in (("left", 1), ("right", -1)):
            forward = {"foot_index": 30, "heel": -10}.get(joint, 0)
            # From the front, with the lifter turned toward `facing`, the left is on the right.
            xy[LANDMARKS.index(f"{side}_{joint}")] = (
                500 + facing * forward + sign * across,
                600 - height,
            )
    xy[LANDMARKS.index("nose")] = (500 + facing * 20, 600 - 280)
    xy[np.isnan(xy[:, 0])] = (500, 320)
    return Pose(np.tile(xy, (count, 1, 1)), np.ones((count, 33)))


def _no_bar(count: int) -> BarTrack:
    nothing = np.full(count, np.nan)
    return BarTrack(np.full((count, 2), np.nan), nothing, nothing, np.zeros(count), "none")


@pytest.mark.parametrize("facing", [1, -1])
@pytest.mark.parametrize(
    ("yaw_deg", "label"),
    [
        (0, "side"),
        (15, "side"),
        (30, "three-quarter front"),
        (45, "three-quarter front"),
        (80, "front"),
    ],
)
def test_yaw_is_read_from_the_shoulders(yaw_deg: float, label: str, facing: int) -> None:
    pose = _person(20, yaw_deg, facing)
    assert body.facing(pose) == facing
    got = view.estimate(pose, _no_bar(20), facing)
    assert got.yaw_deg == pytest.approx(yaw_deg, abs=0.5)
    assert got.label == label


@pytest.mark.parametrize(("yaw_deg", "at_least_deg"), [(88, 80), (70, 60)])
def test_a_front_is_told_by_how_the_bent_trunk_points(yaw_deg: float, at_least_deg: float) -> None:
    """Shoulders that are read a fifth too narrow alone would make 53 and 49 degrees of these."""
    count, bent_deg = 30, np.linspace(25, 90, 30)
    pose = _person(count, yaw_deg)
    xy = pose.xy_px.copy()
    hips = (pose.of("left_hip") + pose.of("right_hip")) / 2
    for side in ("left", "right"):
        shoulder = pose.of(f"{side}_shoulder")
        middle = (pose.of("left_shoulder") + pose.of("right_shoulder")) / 2
        trunk_px = np.linalg.norm(middle - hips, axis=1)
        aside_px = trunk_px * np.cos(np.radians(bent_deg)) * np.cos(np.radians(yaw_deg))
        up_px = trunk_px * np.sin(np.radians(bent_deg))
        top = hips + np.column_stack([aside_px, -up_px])
        xy[:, LANDMARKS.index(f"{side}_shoulder")] = top + 0.8 * (shoulder - middle)
    seen = Pose(xy, pose.visibility)
    assert view.estimate(seen, _no_bar(count), 1).yaw_deg >= at_least_deg
    upright = xy.copy()
    upright[:] = xy[-1]
    still = Pose(upright, pose.visibility)
    assert view.estimate(still, _no_bar(count), 1).yaw_deg < 55, "nobody bends: as before"


def _plate(count: int, yaw_deg: float) -> BarTrack:
    return BarTrack(
        np.tile((500.0, 500.0), (count, 1)),
        np.full(count, 100 * np.cos(np.radians(yaw_deg))),
        np.full(count, 100.0),
        np.ones(count),
        "plate",
    )


def test_the_plates_ellipse_speaks_where_it_is_narrow() -> None:
    got = view.estimate(_person(20, 34), _plate(20, 40), 1)
    assert 35 < got.yaw_deg < 40


def test_a_round_plate_bounds_what_the_shoulders_say() -> None:
    got = view.estimate(_person(20, 30), _plate(20, 0), 1)
    # A ratio of 1.00 +- 0.02 is a yaw of 11.5 degrees at most.
    assert got.yaw_deg == pytest.approx(11.5, abs=0.2)


def test_nobody_gives_no_motion() -> None:
    count = 30
    clip = Clip(Path("x.mp4"), 100, 100, np.arange(count) / 30, np.zeros(count, bool))
    pose = Pose(np.full((count, 33, 2), np.nan), np.zeros((count, 33)))
    assert derive(clip, pose, _no_bar(count), Options()) is None


def test_no_metres_without_a_scale_and_stature_gives_one() -> None:
    count = 60
    clip = Clip(Path("x.mp4"), 1000, 700, np.arange(count) / 30, np.zeros(count, bool))
    pose = _person(count)
    none = derive(clip, pose, _no_bar(count), Options())
    assert none is not None
    assert none.scale.source == "none"
    assert np.isnan(none.scale.m_per_px_plate)
    assert np.isfinite(none.scale.working_m_per_px)
    known = derive(clip, pose, _no_bar(count), Options(stature_cm=180))
    assert known is not None
    # The stick figure's ankle, hip and shoulder heights are Winter's for 300 px.
    assert known.scale.m_per_px_body == pytest.approx(1.80 / 300, rel=0.02)


def test_a_jump_and_return_is_a_spike_and_a_fast_movement_is_not() -> None:
    times_s = np.arange(60) / 30.0
    # A wrist in the turnover: 3 m/s reached within a tenth of a second, 500 px a metre.
    track = np.stack([times_s * 0, 900 * np.tanh((times_s - 1.0) / 0.12)], axis=1)
    seen = np.ones(60, bool)
    assert not smoothing.spikes(times_s, track, seen, 45.0).any()
    track[20] += (80, 0)
    track[40:42] += (0, 90)
    assert np.flatnonzero(smoothing.spikes(times_s, track, seen, 45.0)).tolist() == [20, 40, 41]


@pytest.mark.parametrize("copies", [2, 40])
def test_copies_are_bridged_and_a_still_picture_is_seen(copies: int) -> None:
    count = 120
    repeats = np.zeros(count, bool)
    repeats[40 : 40 + copies] = True
    pose = _person(count)
    moved = np.array(pose.xy_px)
    held = np.where(repeats, 39, np.arange(count))
    moved += (held / 60.0 * 50.0)[:, None, None] * (1.0, 0.0)  # 50 px/s, copies stand still
    clip = Clip(Path("x.mp4"), 1000, 700, np.arange(count) / 60, repeats)
    motion = derive(clip, Pose(moved, pose.visibility), _no_bar(count), Options())
    assert motion is not None
    assert np.isfinite(motion.joints_px["hip"]).all()
    if copies == 2:  # the movement goes on through the copies
        speed = np.gradient(motion.joints_px["hip"][30:50, 0], 1 / 60)
        assert np.abs(speed - 50.0).max() < 8.0


@pytest.mark.parametrize("guess_px", [(-10.0, 330.0), (-85.0, 330.0), (20.0, 210.0)])
def test_a_foot_that_is_guessed_beside_the_plate_is_no_observation(guess_px) -> None:
    """Half-way up the shin, level with the knee a shank away, or above it."""
    count = 60
    knee = np.tile([10.0, 300.0], (count, 1))
    ankle = np.tile([0.0, 400.0], (count, 1))
    ankle[:20] = guess_px  # behind the plate's rim, with fair visibility
    heel, toe = ankle + np.array([-5.0, 5.0]), ankle + np.array([20.0, 5.0])
    xy = {"knee": knee, "ankle": ankle, "heel": heel, "foot_index": toe}
    seen = {name: np.ones(count, bool) for name in xy}
    whole = body.whole_shank(xy, seen)
    assert not whole[:20].any()
    assert whole[20:].all()
    for name in body.FEET:
        seen[name] &= whole
    body.plant_feet(xy, seen)
    assert np.abs(xy["ankle"] - (0.0, 400.0)).max() < 1e-9
