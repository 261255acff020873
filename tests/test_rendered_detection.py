"""The pose model finds the rendered lifter, without which nothing rendered means anything."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from cleanform.pose import PoseTracker

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))
import rendered_detection

SIZES = {"side": (360, 640), "45": (640, 360), "front": (640, 360)}


def test_boxes_that_share_nothing_half_and_all() -> None:
    square = np.array([[0.0, 0.0], [2.0, 2.0]])
    assert rendered_detection.overlap(square, square + 5) == 0
    assert rendered_detection.overlap(square, square) == 1
    assert rendered_detection.overlap(square, square + np.array([1.0, 0.0])) == pytest.approx(1 / 3)


@pytest.mark.slow
@pytest.mark.parametrize("view", SIZES)
def test_both_bodies_are_found_as_often_as_is_claimed(view: str) -> None:
    found = []
    with PoseTracker("full") as tracker:
        for body in rendered_detection.BODIES:
            seen, _ = rendered_detection.measure(
                view, body, range(1, 2), 12.0, SIZES[view], tracker
            )
            found.append(seen[:, 0] >= rendered_detection.OVERLAP)
    # So few frames cannot show 99 %, but they can contradict it.
    frames = np.concatenate(found)
    most = binom.ppf(0.99, len(frames), 1 - rendered_detection.ENOUGH)
    assert np.count_nonzero(~frames) <= most
