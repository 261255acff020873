"""How the camera moves: what stands still in the room, followed from picture to picture.

Corners of a small picture are followed by their surroundings (Lucas and Kanade 1981, in pyramids:
Bouguet 2001) from a picture that stands for the start, so that errors do not add up; one
similarity that most of them share is the camera's (RANSAC, Fischler and Bolles 1981,
doi:10.1145/358669.358692). Lifter and plate are among the few that do not share it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cleanform.model import CameraPath

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats

    Image = NDArray[np.uint8]

_LONG_SIDE_PX = 320
_CORNERS, _QUALITY, _APART_PX = 160, 0.01, 7
_WINDOW_PX, _LEVELS = 15, 3
_AGREE_PX = 0.7
#: Fewer corners, or a smaller share of them, that move as one: the room is not told from people.
_LEAST_AGREEING, _LEAST_SHARE = 16, 0.4
#: When so few of the corners are left a new picture stands for the start.
_WORN_SHARE = 0.6
#: A corner of the picture that never moves farther than this share of its longer side stands
#: still: compression and lamps move corners by about a third of it.
_STILL_SHARE = 0.003
_NO_CORNERS: NDArray[np.float32] = np.empty((0, 1, 2), np.float32)
_NO_MOVE = np.array([1.0, 0.0, 0.0, 0.0])


class CameraFollower:
    """Fed with pictures in order, tells how the camera moved between them."""

    def __init__(self) -> None:
        self._frames: list[int] = []
        self._moves: list[Floats] = []
        self._start: Image | None = None
        self._corners = _NO_CORNERS
        self._until_start = _NO_MOVE  # from the stretch's first picture to the one that stands
        self._shrink = 1.0
        self._size_px = (0, 0)

    def begin(self) -> None:
        """What comes next is another stretch: nothing of what was seen before is in it."""
        self._start = None

    def see(self, frame: int, image_rgb: Image) -> None:
        """The next picture (H, W, 3) and its number."""
        small = self._small(image_rgb)
        self._frames.append(frame)
        if self._start is None:
            self._stand(small, _NO_MOVE)
            self._moves.append(_NO_MOVE)
            return
        move, share = self._since_start(small)
        whole = _after(move, self._until_start)
        self._moves.append(whole)
        if share < _WORN_SHARE and np.isfinite(whole).all():
            self._stand(small, whole)

    def path(self, count: int) -> CameraPath | None:
        """For each of `count` frames of the clip; None where the camera stands still.

        A frame that was not seen has the move of the one before.
        """
        moves = np.full((count, 4), np.nan)
        if self._frames:
            seen = np.stack(self._moves) * (1, 1, self._shrink, self._shrink)
            moves[self._frames] = seen
            for before, after in pairwise([*self._frames, self._frames[-1] + 1]):
                moves[before:after] = moves[before]
        path = CameraPath(moves)
        wide, high = self._size_px
        corners = np.array([(0, 0), (wide, 0), (0, high), (wide, high)], float)
        way = [path.undone(np.arange(count), np.tile(each, (count, 1))) - each for each in corners]
        farthest = float(np.nanmax(np.abs(way))) if np.isfinite(way).any() else 0.0
        return path if farthest > _STILL_SHARE * max(self._size_px) else None

    def _small(self, image_rgb: Image) -> Image:
        high, wide = image_rgb.shape[:2]
        self._size_px = wide, high
        self._shrink = max(1.0, max(high, wide) / _LONG_SIDE_PX)
        step = max(1, int(self._shrink / 2))
        green = np.ascontiguousarray(image_rgb[::step, ::step, 1])  # most of the luma
        size = (round(wide / self._shrink), round(high / self._shrink))
        return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _stand(self, small: Image, until: Floats) -> None:
        found = cv2.goodFeaturesToTrack(small, _CORNERS, _QUALITY, _APART_PX)
        self._corners = _NO_CORNERS if found is None else np.asarray(found, np.float32)
        self._start, self._until_start = small, until

    def _since_start(self, small: Image) -> tuple[Floats, float]:
        """The move since the picture that stands for the start, and the share that agrees."""
        unknown = np.full(4, np.nan)
        if len(self._corners) < _LEAST_AGREEING or self._start is None:
            return unknown, 1.0
        last = self._moves[-1]
        there, seen, _ = cv2.calcOpticalFlowPyrLK(
            self._start,
            small,
            self._corners,
            None,  # type: ignore[call-overload]
            winSize=(_WINDOW_PX, _WINDOW_PX),
            maxLevel=_LEVELS,
        )
        good = seen.ravel() == 1
        if good.sum() < _LEAST_AGREEING:
            return unknown, 0.0 if np.isfinite(last).all() else 1.0
        matrix, agree = cv2.estimateAffinePartial2D(
            self._corners[good], there[good], method=cv2.RANSAC, ransacReprojThreshold=_AGREE_PX
        )
        share = float(agree.sum()) / len(self._corners) if matrix is not None else 0.0
        if matrix is None or agree.sum() < _LEAST_AGREEING or share < _LEAST_SHARE:
            return unknown, 1.0
        return np.array([matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2]]), share


def _after(second: Floats, first: Floats) -> Floats:
    """Two similarities (a, b, x, y), one after the other, as one."""
    a, b, x, y = second
    turn = np.array([[a, -b], [b, a]])
    both = turn @ first[:2]
    return np.array([*both, *(turn @ first[2:] + (x, y))])
