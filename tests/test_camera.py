"""How the camera moves: told from what stands still, and taken out where a rule needs it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from cleanform import phases, rules, signals, synth
from cleanform.camera import CameraFollower
from cleanform.model import BarTrack, CameraPath, Finding, Options, Pose, Verdict

WIDE, HIGH, FRAMES = 640, 360, 24


def room() -> np.ndarray:
    """A wall with things on it, larger than the picture."""
    rng = np.random.default_rng(3)
    wall = np.full((HIGH + 200, WIDE + 200, 3), 120, np.uint8)
    for _ in range(90):
        x, y = rng.integers(0, WIDE + 150), rng.integers(0, HIGH + 150)
        w, h = rng.integers(12, 70, 2)
        wall[y : y + h, x : x + w] = rng.integers(20, 235, 3)
    return cv2.GaussianBlur(wall, (3, 3), 0)


def moved(number: int, a: float, x: float, y: float, person: bool = True) -> np.ndarray:
    """The picture of a camera that zoomed by `a` and turned by x, y; somebody walks through."""
    matrix = np.array([[a, 0.0, x - 100], [0.0, a, y - 100]])
    picture = cv2.warpAffine(room(), matrix, (WIDE, HIGH))
    if person:
        left = 40 + 12 * number
        picture[60:340, left : left + 110] = (200, 60, 60)
        picture[90:120, left + 30 : left + 60] = (20, 20, 20)
    noise = np.random.default_rng(number).integers(-4, 5, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def path_of(move: Callable[[int], tuple[float, float, float]], **how: bool) -> CameraPath | None:
    follower = CameraFollower()
    for number in range(FRAMES):
        follower.see(number, moved(number, *move(number), **how))
    return follower.path(FRAMES)


def test_a_still_camera_is_still_whoever_walks_through() -> None:
    assert path_of(lambda _: (1.0, 0.0, 0.0)) is None


@pytest.mark.parametrize(
    "move",
    [
        lambda n: (1.0, -3.0 * n, 0.0),  # a pan
        lambda n: (1.0, 4.0 * np.sin(n / 2), 3.0 * np.sin(n / 3)),  # a hand
        lambda n: (1.0 + 0.004 * n, -0.5 * n, 0.3 * n),  # a zoom
    ],
    ids=["pan", "shake", "zoom"],
)
def test_what_the_camera_does_is_undone(move: Callable[[int], tuple[float, float, float]]) -> None:
    path = path_of(move)
    assert path is not None
    frames = np.arange(FRAMES)
    for room_px in ((150.0, 120.0), (500.0, 300.0)):
        a, x, y = np.array([move(n) for n in frames]).T
        # `move` maps the wall, whose origin lies 100 px outside the first picture
        wall = (np.array(room_px) - np.array(move(0))[1:] + 100) / move(0)[0]
        now = np.stack([a * wall[0] + x - 100, a * wall[1] + y - 100], axis=-1)
        np.testing.assert_allclose(path.undone(frames, now), [room_px] * FRAMES, atol=1.0)


def lifting(number: int, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
    """The picture of a moved camera that a lifter with a plate fills, and the boxes round both."""
    picture = moved(number, 1.0, x, y, person=False)
    rng = np.random.default_rng(11)
    clothes = cv2.resize(rng.integers(0, 255, (20, 15, 3), np.uint8), (300, 400), interpolation=0)
    print_ = cv2.resize(rng.integers(0, 255, (9, 9, 3), np.uint8), (130, 130), interpolation=0)
    up = round(170 * number / FRAMES)
    top, left = round(20 - up / 6 + y), round(170 + x)
    high = HIGH - max(top, 0)
    picture[max(top, 0) :, left : left + 300] = clothes[:high]
    plate_top, plate_left = round(215 - up + y), round(250 + x)
    picture[plate_top : plate_top + 130, plate_left : plate_left + 130] = print_
    boxes = [
        (left - 8.0, top - 8.0, left + 308.0, HIGH + 8.0),
        (plate_left - 8.0, plate_top - 8.0, plate_left + 138.0, plate_top + 138.0),
    ]
    return picture, np.array(boxes)


@pytest.mark.parametrize("shakes", [False, True])
def test_a_lifter_who_fills_the_picture_does_not_move_the_camera(shakes: bool) -> None:
    known, blind = CameraFollower(), CameraFollower()
    n = np.arange(FRAMES)
    way = np.stack([4 * np.sin(n / 2), 3 * np.sin(n / 3)], axis=1).round() * shakes
    for number in n:
        picture, boxes = lifting(int(number), *way[number])
        known.see(int(number), picture, boxes)
        blind.see(int(number), picture)
    path, misled = known.path(FRAMES), blind.path(FRAMES)
    room_px = np.array([(60.0, 300.0)])
    if not shakes:
        assert path is None
        assert misled is not None  # what was said of it before
        return
    assert path is not None
    np.testing.assert_allclose(path.undone(n, room_px + way), room_px.repeat(FRAMES, 0), atol=1.0)


def test_a_picture_without_anything_in_it_tells_nothing() -> None:
    follower = CameraFollower()
    for number in range(5):
        follower.see(number, np.full((HIGH, WIDE, 3), 90, np.uint8))
    assert follower.path(5) is None


def test_another_stretch_begins_anew() -> None:
    follower = CameraFollower()
    for number in range(4):
        follower.see(number, moved(number, 1.0, -6.0 * number, 0.0))
    follower.begin()
    for number in range(4, 8):
        follower.see(number, moved(number, 1.0, -60.0, 0.0))
    path = follower.path(8)
    assert path is not None
    np.testing.assert_array_equal(path.moves[4], (1, 0, 0, 0))
    assert path.moves[3, 2] == pytest.approx(-18.0, abs=0.7)


# --- what the rules make of it --------------------------------------------------------------


def findings(pan_px_s: float, known: bool = True, lost: slice | None = None) -> dict[str, Finding]:
    """What is said of a good lift that is filmed by a camera which pans."""
    clip, pose, bar = synth.observe(synth.lift(synth.LiftSpec(fps=60.0)))
    pan = np.zeros((clip.frames, 2))
    pan[:, 0] = pan_px_s * clip.times_s
    moves = np.column_stack([np.ones(clip.frames), np.zeros(clip.frames), pan])
    if lost is not None:
        moves[lost] = np.nan
    camera = CameraPath(moves) if known else None
    pose = Pose(pose.xy_px + pan[:, None], pose.visibility)
    bar = BarTrack(bar.xy_px + pan, bar.width_px, bar.height_px, bar.confidence, bar.source)
    motion = signals.derive(clip, pose, bar, Options(), camera=camera)
    assert motion is not None
    rep = phases.read(motion).reps[0]
    return {finding.rule: finding for finding in rules.check(motion, rep)}


def test_a_pan_is_taken_out_of_drift_and_jump() -> None:
    still, panned, blind = findings(0.0, False), findings(60.0), findings(60.0, False)
    for rule in ("bar_drift", "jump"):
        assert still[rule].verdict is not Verdict.CANNOT_TELL
        assert panned[rule].verdict is still[rule].verdict
        value, true_value = panned[rule].value, still[rule].value
        assert value is not None
        assert value == pytest.approx(true_value, abs=0.5)
    assert any(blind[rule].verdict is not still[rule].verdict for rule in ("bar_drift", "jump"))


def test_a_still_camera_changes_nothing() -> None:
    assert findings(0.0, True) == findings(0.0, False)


def test_where_the_room_is_lost_drift_and_jump_are_withheld() -> None:
    for rule in ("bar_drift", "jump"):
        said = findings(60.0, lost=slice(20, None))[rule]
        assert said.verdict is Verdict.CANNOT_TELL
        assert "camera moves" in said.reason
