"""Which person is looked at, and how he is kept."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cleanform.cli.typed import check_point
from cleanform.errors import InputError
from cleanform.model import LANDMARKS, Clip, Options, Pose
from cleanform.pose import PersonFinder, PoseTracker
from cleanform.scout import (
    LifterTracker,
    Look,
    Person,
    in_front,
    is_his,
    lifted,
    lively,
    person_at,
    person_of,
    stretches,
)
from cleanform.scout.plates import rises, turning_points, without_rest

SAMPLE = Path(__file__).parents[1] / "samples" / "power_clean_side.mp4"
FRAMES = 8


# --- what the user says ---------------------------------------------------------------------


def test_a_point_is_kept_as_numbers() -> None:
    assert Options(lifter=[2, 0.5, 1]).lifter == (2.0, 0.5, 1.0)  # type: ignore[arg-type]
    assert Options().lifter is None


@pytest.mark.parametrize(
    "point", [(-1.0, 0.5, 0.5), (np.nan, 0.5, 0.5), (1.0, 1.2, 0.5), (1.0, 0.5, np.nan), (1.0, 0.5)]
)
def test_a_point_outside_time_or_picture_is_refused(point: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="lifter"):
        Options(lifter=point)


def test_a_typed_point_is_read() -> None:
    assert check_point("--lifter", "2.5,0.4,0.6") == (2.5, 0.4, 0.6)
    assert check_point("--lifter", None) is None


@pytest.mark.parametrize("text", ["2.5", "a,b,c", "1,2,3", "-1,0.5,0.5", "1,0.5,0.5,0.5", ""])
def test_a_point_that_is_none_names_the_option(text: str) -> None:
    with pytest.raises(InputError, match="--lifter"):
        check_point("--lifter", text)


# --- one person -----------------------------------------------------------------------------


def landmarks(scale: float = 100.0, at: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """(33, 2) a person who stands upright, 1 = a stature, feet at `at`."""
    heights = {"ankle": 0.039, "knee": 0.285, "hip": 0.530, "shoulder": 0.818, "wrist": 0.485}
    xy = np.zeros((len(LANDMARKS), 2))
    xy[:, 1] = -0.9
    for name, height in heights.items():
        for side in ("left", "right"):
            xy[LANDMARKS.index(f"{side}_{name}")] = (0.02, -height)
    for side in ("left", "right"):
        xy[LANDMARKS.index(f"{side}_index")] = (0.02, -0.44)
    return np.asarray(xy * scale + at)


def test_size_and_place_of_a_person_follow_the_landmarks() -> None:
    person = person_of(landmarks(200.0, (300.0, 400.0)))
    assert person is not None
    assert person.stature_px == pytest.approx(200.0, rel=0.01)
    assert person.feet_px == pytest.approx((304.0, 392.2))
    assert person.hand_distance_px((304.0, 307.5)) == pytest.approx(0.0, abs=1e-6)
    assert person_of(np.full((len(LANDMARKS), 2), np.nan)) is None


# --- somebody bigger beside the lifter ------------------------------------------------------


@pytest.fixture(scope="module")
def beside() -> tuple[list[np.ndarray], int]:
    """Frames in which somebody half as big again stands left of the lifter, and his left edge."""
    pictures: list[np.ndarray] = []
    with av.open(str(SAMPLE)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index >= 60:
                pictures.append(frame.to_ndarray(format="rgb24"))
            if len(pictures) == FRAMES:
                break
    height, width = pictures[0].shape[:2]
    big = cv2.resize(pictures[0], None, fx=1.5, fy=1.5)
    big = big[big.shape[0] - height :, width // 4 : width // 4 + width]
    return [np.hstack([big, picture]) for picture in pictures], width


def test_whoever_is_pointed_at_is_followed(beside: tuple[list[np.ndarray], int]) -> None:
    pictures, edge = beside
    height = pictures[0].shape[0]
    with PersonFinder() as finder:
        right = person_at(pictures[0], (edge + edge / 2, height / 2), finder)
        left = person_at(pictures[0], (edge / 2, height / 2), finder)
    assert left.feet_px[0] < edge < right.feet_px[0]
    for person in (left, right):
        with LifterTracker(person) as tracker:
            for index, picture in enumerate(pictures):
                xy_px, _ = tracker.track(picture, index / 30)
                hips = xy_px[LANDMARKS.index("right_hip")]
                assert (hips[0] > edge) == (person is right)


def test_the_finder_sees_only_the_part_it_is_given(beside: tuple[list[np.ndarray], int]) -> None:
    pictures, edge = beside
    height, width = pictures[0].shape[:2]
    with PersonFinder() as finder:
        xy_px, _ = finder.find(pictures[0], (edge, 0, width, height))
        assert np.median(xy_px[:, 0]) > edge
        nobody, visibility = finder.find(pictures[0], (width, 0, width + 50, height))
    assert np.isnan(nobody).all()
    assert not visibility.any()


def test_a_point_on_nobody_is_said(beside: tuple[list[np.ndarray], int]) -> None:
    pictures, _ = beside
    blank = np.full_like(pictures[0], 120)
    with PersonFinder() as finder, pytest.raises(LookupError):
        person_at(blank, (50.0, 50.0), finder)


def test_a_find_that_cannot_be_the_lifter_is_left_unseen(
    beside: tuple[list[np.ndarray], int],
) -> None:
    pictures, edge = beside
    height = pictures[0].shape[0]
    giant = Person(
        stature_px=3.0 * height,
        feet_px=(1.5 * edge, float(height)),
        box_px=(0.0, 0.0, 1.0, 1.0),
        hands_px=((0.0, 0.0), (0.0, 0.0)),
    )
    with LifterTracker(giant) as tracker:
        found = [tracker.track(picture, i / 30)[0] for i, picture in enumerate(pictures)]
    assert np.isnan(found).all()


def test_without_a_point_the_tracker_may_take_the_bigger_one(
    beside: tuple[list[np.ndarray], int],
) -> None:
    """Why a point is needed: the detector tells of one person only."""
    pictures, edge = beside
    with PoseTracker() as tracker:
        xy_px, _ = tracker.track(pictures[0], 0.0)
    assert np.median(xy_px[:, 0]) < edge


def test_before_the_room_stand_a_person_and_the_plates_at_him() -> None:
    plates = np.array(
        [
            [310.0, 300.0, 40.0, 40.0, 0.9],  # at his hands
            [600.0, 220.0, 30.0, 30.0, 0.8],  # on a rack
            [305.0, 280.0, 40.0, 40.0, 0.1],  # hardly a plate
        ]
    )
    him = landmarks(140.0, (300.0, 320.0))
    plate, person = in_front(him, plates)
    np.testing.assert_allclose(plate, (284, 274, 336, 326))
    assert np.all(person[:2] < him.min(axis=0))
    assert np.all(person[2:] > him.max(axis=0))
    assert len(in_front(nobody(), plates)) == 2  # any of them may be the lifter's
    assert in_front(nobody(), np.empty((0, 5))).shape == (0, 4)


# --- when somebody lifts --------------------------------------------------------------------

EVERY_S = 0.22


def clip_of(duration_s: float, fps: float = 30.0) -> Clip:
    times_s = np.arange(round(duration_s * fps)) / fps
    return Clip(Path("clip.mp4"), 640, 360, times_s, np.zeros(len(times_s), bool))


def plate_rows(times_s: np.ndarray, lift_s: float, slower: float = 1.0) -> list[np.ndarray]:
    """A plate 40 px high that goes up by 2.5 of its heights, beside one on a rack."""
    share = np.clip((times_s - lift_s) / (1.2 * slower), 0, 1)
    up = 100 * share**2 * (3 - 2 * share)
    return [
        np.array([[300.0, 300.0 - rise, 38.0, 40.0, 0.9], [500.0, 220.0, 30.0, 32.0, 0.8]])
        for rise in up
    ]


def nobody() -> np.ndarray:
    return np.full((len(LANDMARKS), 2), np.nan)


def test_a_plate_that_rises_is_found_and_one_that_stands_is_not() -> None:
    times_s = np.arange(0, 30, EVERY_S)
    (rise,) = rises(plate_rows(times_s, 12.0), times_s)
    assert rise.height == pytest.approx(2.5, abs=0.15)
    assert times_s[rise.first] == pytest.approx(12.1, abs=2 * EVERY_S)
    assert times_s[rise.last] == pytest.approx(12.9, abs=2 * EVERY_S)
    assert rises(plate_rows(times_s, 99.0), times_s) == []


@pytest.mark.parametrize("slower", [1.0, 4.0, 8.0])
def test_the_lift_is_looked_at_with_what_is_before_and_after_it(slower: float) -> None:
    clip = clip_of(60.0)
    times_s = np.arange(0, 60, EVERY_S)
    plates = plate_rows(times_s, 25.0, slower)
    looks = [Look(float(t), rows, nobody()) for t, rows in zip(times_s, plates, strict=True)]
    (part,) = stretches(looks, clip)
    assert clip.times_s[part.start] <= 25.0 - 0.5 * slower
    assert clip.times_s[part.stop - 1] >= 25.0 + 1.2 * slower + min(3.0, 0.8 * slower)
    assert part.stop - part.start < 0.6 * clip.frames


def test_hands_alone_tell_of_a_lift_too() -> None:
    clip = clip_of(40.0)
    looks = []
    for t in np.arange(0, 40, EVERY_S):
        xy_px = landmarks(200.0, (300.0, 330.0))
        up = np.clip((t - 20.0) / 1.2, 0, 1) * 0.4 - 0.4  # of stature, from the knees
        for side in ("left", "right"):
            for name in ("wrist", "index"):
                xy_px[LANDMARKS.index(f"{side}_{name}"), 1] -= 200.0 * up
        looks.append(Look(float(t), np.empty((0, 5)), xy_px))
    (part,) = stretches(looks, clip)
    assert clip.times_s[part.start] < 18.5
    assert 23.0 < clip.times_s[part.stop - 1] < 28.0


def test_where_nothing_rises_some_of_the_clip_is_looked_at_all_the_same() -> None:
    clip = clip_of(40.0)
    still = landmarks(200.0, (300.0, 330.0))
    for xy_px in (nobody(), still):
        looks = [Look(float(t), np.empty((0, 5)), xy_px) for t in np.arange(0, 40, EVERY_S)]
        (part,) = stretches(looks, clip)
        assert 0 < part.stop - part.start < clip.frames / 3


def test_two_lifts_far_apart_are_two_stretches() -> None:
    clip = clip_of(60.0)
    times_s = np.arange(0, 60, EVERY_S)
    first, second = plate_rows(times_s, 10.0), plate_rows(times_s, 45.0)
    plates = [one if t < 30 else two for t, one, two in zip(times_s, first, second, strict=True)]
    looks = [Look(float(t), rows, nobody()) for t, rows in zip(times_s, plates, strict=True)]
    one, two = stretches(looks, clip)
    assert one.stop < two.start


def glances(at_s: np.ndarray, plates: list[np.ndarray], hands_up: np.ndarray) -> list[Look]:
    """Glances at a lifter 200 px tall whose hands hang this much of it above the knees."""
    seen = []
    for time_s, rows, up in zip(at_s, plates, hands_up, strict=True):
        xy_px = landmarks(200.0, (300.0, 330.0))
        for side in ("left", "right"):
            for name in ("wrist", "index"):
                xy_px[LANDMARKS.index(f"{side}_{name}"), 1] -= 200.0 * up
        seen.append(Look(float(time_s), rows, xy_px))
    return seen


def covered(spans: list[tuple[float, float]], start_s: float, stop_s: float) -> bool:
    return any(start <= start_s and stop_s <= stop for start, stop in spans)


def test_glances_tell_where_nothing_happens() -> None:
    at_s = np.arange(0.5, 60, 1.0)
    plates = plate_rows(at_s, 25.2)
    spans = lively(glances(at_s, plates, np.zeros(60)), 60.0)
    assert covered(spans, 25.2, 26.4)  # the way up; the bar stays up there
    assert sum(stop - start for start, stop in spans) < 8.0
    # The lifter's plate is not found while it moves, and another one stays: a plate is missing.
    lost = [rows[1:] if 25 < t < 27 else rows for t, rows in zip(at_s, plates, strict=True)]
    assert covered(lively(glances(at_s, lost, np.zeros(60)), 60.0), 25.2, 26.4)


def test_hands_that_come_up_are_lively_though_no_plate_moves() -> None:
    at_s = np.arange(0.5, 60, 1.0)
    still = plate_rows(at_s, 99.0)
    hands_up = np.where((at_s > 30) & (at_s < 32), 0.3, 0.0)
    assert covered(lively(glances(at_s, still, hands_up), 60.0), 29.5, 32.5)
    nobody_there = [Look(look.time_s, look.plates, nobody()) for look in glances(at_s, still, at_s)]
    mixed = [*glances(at_s, still, 0 * at_s)[:30], *nobody_there[30:]]
    assert covered(lively(mixed, 60.0), 29.5, 30.5)  # somebody goes
    assert sum(stop - start for start, stop in lively(mixed, 60.0)) < 7.0


def test_glances_that_are_too_far_apart_or_show_no_plate_leave_all_of_it_open() -> None:
    at_s = np.arange(0.0, 60, 2.5)
    far = glances(at_s, plate_rows(at_s, 99.0), np.zeros(len(at_s)))
    near = [Look(t, np.empty((0, 5)), far[0].xy_px) for t in np.arange(0.0, 60, 1.0)]
    for looks in (far, near, far[:1], []):
        assert lively(looks, 60.0) == [(0.0, 60.0)]


@pytest.mark.parametrize("beat_s", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("starts_s", np.arange(20.0, 22.0, 0.17))
def test_no_lift_hides_between_two_glances(beat_s: float, starts_s: float) -> None:
    """Up in a second, stood up with, dropped and bounced to rest: as short as a lift can be."""
    at_s = np.arange(0.0, 60, beat_s)
    since_s = at_s - starts_s
    up = np.interp(since_s, [0.0, 1.0, 1.5], [0.0, 0.9, 1.0])
    up = np.where(since_s >= 1.5, np.maximum(1 - ((since_s - 1.5) / 0.5) ** 2, 0), up)
    up = np.where((since_s >= 2.0) & (since_s < 2.4), 0.25 * (2.4 - since_s), up)
    plates = [np.array([[300.0, 300.0 - 100.0 * each, 38.0, 40.0, 0.9]]) for each in up]
    spans = lively(glances(at_s, plates, 0.5 * up), 60.0)
    assert covered(spans, starts_s, starts_s + 2.0)


def test_a_way_up_is_told_from_the_rest_round_it() -> None:
    height = np.concatenate([np.zeros(20), np.linspace(0, 2, 11), np.full(20, 2.0)])
    height[3] = -0.05
    ((low, high),) = turning_points(height, 0.3)
    assert without_rest(height, low, high) == (20, 29)


# --- who holds the plate --------------------------------------------------------------------


def lifting(times_s: np.ndarray, lift_s: float, x_px: float) -> Pose:
    """Somebody at `x_px` whose hands go up as the plate of `plate_rows` does."""
    rows = plate_rows(times_s, lift_s)
    points = []
    for row in rows:
        xy_px = landmarks(140.0, (x_px, 320.0))
        for side in ("left", "right"):
            for name in ("wrist", "index"):
                xy_px[LANDMARKS.index(f"{side}_{name}")] = (x_px, row[0, 1])
        points.append(xy_px)
    return Pose(np.stack(points), np.ones((len(points), len(LANDMARKS))))


def test_the_one_whose_hands_go_up_with_the_plate_is_the_lifter() -> None:
    clip = clip_of(8.0)
    plate = lifted(plate_rows(clip.times_s, 3.0), clip)
    assert plate is not None
    assert is_his(plate, lifting(clip.times_s, 3.0, 300.0))
    assert not is_his(plate, lifting(clip.times_s, 3.0, 460.0))
    assert min(plate.plates()) > 3.0 * 30
    assert set(plate.telling_frames()) <= set(plate.plates())


def test_a_bar_that_nobody_lifts_tells_nothing() -> None:
    clip = clip_of(8.0)
    assert lifted(plate_rows(clip.times_s, 99.0), clip) is None
    assert lifted([np.empty((0, 5))] * clip.frames, clip) is None


def test_of_a_lifter_and_his_mirror_image_the_nearer_is_meant() -> None:
    clip = clip_of(8.0)
    mirror = np.array([2.0, 1.0, 0.6, 0.6, 1.0])
    both = [
        np.vstack([rows[:1], rows[:1] * mirror + (0, -60, 0, 0, 0)])
        for rows in plate_rows(clip.times_s, 3.0)
    ]
    plate = lifted(both, clip)
    assert plate is not None
    assert {round(rise.track.height_px) for rise in plate.rises} == {40}
