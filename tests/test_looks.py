"""Plates from picture to picture: how often the network looks, and where they are in between."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cleanform.bar import PlateWatcher
from cleanform.bar.looks import LOOK_EVERY_S

PLATE_PX = 120.0
WIDE, HIGH = 480, 640


class RoughFinder:
    """Knows where the plate of each picture is to some percent, as the network does."""

    def __init__(self) -> None:
        self.asked: list[np.ndarray] = []

    def locate(self, image: np.ndarray) -> np.ndarray:
        self.asked.append(image)
        rows, columns = np.nonzero(image[..., 0] < 60)
        if not len(rows):
            return np.empty((0, 5))
        centre = columns.mean() + 4.0, rows.mean() - 3.0
        return np.array([[*centre, 0.95 * PLATE_PX, 0.93 * PLATE_PX, 0.8]])


def picture(centre_px: tuple[float, float]) -> np.ndarray:
    image = np.full((HIGH, WIDE, 3), 170, np.uint8)
    fine = tuple(round(16 * v) for v in centre_px)
    cv2.circle(image, fine, round(8 * PLATE_PX), (30, 30, 30), -1, cv2.LINE_AA, 4)
    return image


def rising(times_s: np.ndarray) -> np.ndarray:
    """A bar that is pulled to about 2 m/s: with this plate, some 530 px a second."""
    share = np.clip((times_s - 0.1) / 0.6, 0, 1)
    return 500.0 - 320.0 * (3 * share**2 - 2 * share**3)


@pytest.mark.parametrize(("fps", "every"), [(25, 1), (30, 1), (50, 2), (60, 2), (120, 4), (240, 8)])
def test_the_network_looks_every_thirtieth_of_a_second_or_at_a_fast_plate_and_it_is_there(
    fps: int, every: int
) -> None:
    finder = RoughFinder()
    watcher = PlateWatcher(finder)  # type: ignore[arg-type]
    times_s = np.arange(fps) / fps
    for number, (time_s, y_px) in enumerate(zip(times_s, rising(times_s), strict=True)):
        looks = len(finder.asked)
        row = watcher.see(picture((240.25, y_px)), float(time_s))[0]
        looked = len(finder.asked) - looks
        if time_s <= 0.1:  # at rest
            assert looked == (number % every == 0)
        elif 0.35 < time_s < 0.45 and every < 8:  # 4 % of its width in a 120th of a second
            assert looked == 1
        np.testing.assert_allclose(row[:2], (240.25, y_px), atol=0.01 * PLATE_PX)
        np.testing.assert_allclose(row[2:4], PLATE_PX, rtol=0.02)
        assert row[4] == 0.8


def test_after_a_cut_the_network_looks_again() -> None:
    finder = RoughFinder()
    watcher = PlateWatcher(finder)  # type: ignore[arg-type]
    watcher.see(picture((240.0, 500.0)), 0.0)
    watcher.begin()
    row = watcher.see(picture((100.0, 200.0)), LOOK_EVERY_S / 2)[0]
    assert len(finder.asked) == 2
    np.testing.assert_allclose(row[:2], (100.0, 200.0), atol=0.01 * PLATE_PX)


def test_a_plate_that_comes_or_goes_is_told_by_the_next_look() -> None:
    watcher = PlateWatcher(RoughFinder())  # type: ignore[arg-type]
    empty = np.full((HIGH, WIDE, 3), 170, np.uint8)
    shown = picture((240.0, 500.0))
    seen = [
        len(watcher.see(image, number / 60.0))
        for number, image in enumerate([empty, shown, shown, shown, empty, empty])
    ]
    assert seen == [0, 0, 1, 1, 0, 0]


def test_two_pictures_of_one_instant_do_no_harm() -> None:
    watcher = PlateWatcher(RoughFinder())  # type: ignore[arg-type]
    rows = [watcher.see(picture((240.0, y)), 0.0)[0] for y in (500.0, 499.0)]
    rows.append(watcher.see(picture((240.0, 498.0)), 1 / 60)[0])
    np.testing.assert_allclose([row[1] for row in rows], (500.0, 499.0, 498.0), atol=1.5)
