"""Which person is looked at, and how he is kept."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cleanform.cli.typed import check_point
from cleanform.errors import InputError
from cleanform.model import LANDMARKS, Options
from cleanform.pose import PersonFinder, PoseTracker
from cleanform.scout import LifterTracker, Person, person_at, person_of

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
