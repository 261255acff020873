"""Plates in the pictures of a clip, one after another: the network need not see every one.

The network costs most of the stage. Between two of its looks plates are expected where they were,
moved on as they moved last, and only their edges are looked at; they keep their scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.bar.refine import refined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.bar.finder import PlateFinder
    from cleanform.model import Floats

    Image = NDArray[np.uint8]

#: The network looks no more often: every picture up to 33 fps, every other one at 50 and 60.
LOOK_EVERY_S = 0.03
#: Widths from one picture to the next: a plate that goes faster is blurred and may have slowed down
#: or turned by the next one, so the network looks again.
_FAST_STEP = 0.03
_LEAST_STEP_S = 1e-3  # no camera takes pictures faster
_SAME_WITHIN = 0.5  # of a width: a plate in two looks, one after the other
_SAME_SIZE = 0.25  # logarithm of one height over the other


class PlateWatcher:
    """Looks at the pictures of a clip in their order, in one thread at a time."""

    def __init__(self, finder: PlateFinder) -> None:
        self._finder = finder
        self.begin()

    def begin(self) -> None:
        """What comes next does not follow what came before."""
        self._time_s = self._looked_s = -np.inf
        self._found = np.empty((0, 5))
        self._speed_px_s = np.empty((0, 2))

    def see(self, image_rgb: Image, time_s: float) -> Floats:
        """Candidates (K, 5) of the next picture, as `PlateFinder.find` gives them."""
        passed_s = time_s - self._time_s
        step_px = self._speed_px_s * (passed_s if len(self._found) else 0.0)
        fast = np.hypot(*step_px.T) > _FAST_STEP * self._found[:, 2]
        looks = time_s - self._looked_s >= LOOK_EVERY_S or bool(fast.any())
        if looks:
            located = self._finder.locate(image_rgb)
            self._looked_s = time_s
        else:
            located = self._found.copy()
            located[:, :2] += step_px
        found = refined(image_rgb, located)
        before = _same(found, self._found) if looks else self._found
        way_px = np.nan_to_num(found[:, :2] - before[:, :2])
        self._speed_px_s = way_px / max(passed_s, _LEAST_STEP_S)
        self._time_s, self._found = time_s, found
        return found


def _same(found: Floats, before: Floats) -> Floats:
    """For each row of `found` the one of `before` that shows the same plate, or NaN."""
    same = np.full(found.shape, np.nan)
    for row, plate in zip(same, found, strict=True):
        away = np.hypot(*(before[:, :2] - plate[:2]).T) / plate[2:4].max()
        alike = np.abs(np.log(before[:, 3] / plate[3])) < _SAME_SIZE
        near = np.where(alike, away, np.inf)
        if len(near) and near.min() < _SAME_WITHIN:
            row[:] = before[np.argmin(near)]
    return same
