"""How the camera moves: what stands still in the room, followed from picture to picture.

Corners of a small picture are followed by their surroundings (Lucas and Kanade 1981, in pyramids:
Bouguet 2001) from a picture that stands for the start, so that errors do not add up; one
similarity that most of them share is the camera's (RANSAC, Fischler and Bolles 1981,
doi:10.1145/358669.358692). Where lifter and plates are is known and left out; who else walks
through the picture is among the few that do not share it.
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
#: A fit that slips by more than this share of the longer side must not stand for the start; but a
#: hand that shakes is waited for no longer than so many frames.
_SLIP_SHARE, _PATIENCE = 0.0005, 2
_NO_CORNERS: NDArray[np.float32] = np.empty((0, 1, 2), np.float32)
_NO_MOVE = np.array([1.0, 0.0, 0.0, 0.0])


class CameraFollower:
    """Fed with pictures in order, tells how the camera moved between them."""

    def __init__(self) -> None:
        self._frames: list[int] = []
        self._moves: list[Floats] = []
        self._begins: list[int] = []  # where among them each stretch begins
        self._start: Image | None = None
        self._corners = _NO_CORNERS
        self._until_start = _NO_MOVE  # from the stretch's first picture to the one that stands
        self._worn = 0  # frames in a row in which few of the corners are left
        self._shrink = 1.0
        self._size_px = (0, 0)

    def begin(self) -> None:
        """What comes next is another stretch: nothing of what was seen before is in it."""
        self._start = None

    def see(self, frame: int, image_rgb: Image, hidden_px: Floats | None = None) -> None:
        """The next picture (H, W, 3) and its number.

        `hidden_px`: (K, 4) left, top, right and bottom of what is no part of the room.
        """
        small = self._small(image_rgb)
        hidden = np.empty((0, 4)) if hidden_px is None else hidden_px / self._shrink
        self._frames.append(frame)
        if self._start is None:
            self._begins.append(len(self._moves))
            self._stand(small, _NO_MOVE, hidden)
            self._moves.append(_NO_MOVE)
            return
        move, share = self._since_start(small, hidden)
        whole = _after(move, self._until_start)
        self._moves.append(whole)
        self._worn = self._worn + 1 if share < _WORN_SHARE else 0
        steady = self._worn > _PATIENCE or not self._slips()
        if self._worn and steady and np.isfinite(whole).all():
            self._stand(small, whole, hidden)

    def path(self, count: int) -> CameraPath | None:
        """For each of `count` frames of the clip; None where the camera stands still.

        A frame that was not seen has the move of the one before; a stretch in which the camera
        stands still has no move at all.
        """
        moves = np.full((count, 4), np.nan)
        moving = False
        for first, stop in pairwise([*self._begins, len(self._moves)]):
            stretch = np.stack(self._moves[first:stop]) * (1, 1, self._shrink, self._shrink)
            stretch = self._without_slips(stretch)
            if self._moves_in(stretch):
                moving = True
            else:
                stretch[np.isfinite(stretch).all(axis=1)] = _NO_MOVE
            moves[self._frames[first:stop]] = stretch
        for before, after in pairwise([*self._frames, *(n + 1 for n in self._frames[-1:])]):
            moves[before:after] = moves[before]
        return CameraPath(moves) if moving else None

    def _moves_in(self, stretch: Floats) -> bool:
        """Whether any corner of the picture moves farther than a still one seems to."""
        return self._farthest(stretch) > _STILL_SHARE * max(self._size_px)

    def _without_slips(self, stretch: Floats) -> Floats:
        """Moves that are gone after a frame are slips of the fit: the neighbours' stands there."""
        known = np.flatnonzero(np.isfinite(stretch).all(axis=1))
        if len(known) < 3:
            return stretch
        steady, here = stretch.copy(), stretch[known]
        middle = np.median([here[:-2], here[1:-1], here[2:]], axis=0)
        for at, usual in zip(known[1:-1], middle, strict=True):
            if self._moves_in((_NO_MOVE + stretch[at] - usual)[None]):
                steady[at] = usual
        return steady

    def _slips(self) -> bool:
        """Whether the last move is out of line with the two before; not known: it is not."""
        if len(self._moves) - self._begins[-1] < 3:
            return False
        before, last, now = self._moves[-3:]
        bend = (now - 2 * last + before) * (1, 1, self._shrink, self._shrink)
        return self._farthest((_NO_MOVE + bend)[None]) > _SLIP_SHARE * max(self._size_px)

    def _farthest(self, moves: Floats) -> float:
        """How far these moves (N, 4) take a corner of the picture at most, in pixels."""
        wide, high = self._size_px
        corners = np.array([(0, 0), (wide, 0), (0, high), (wide, high)], float)
        path, frames = CameraPath(moves), np.arange(len(moves))
        way = [path.undone(frames, np.tile(each, (len(frames), 1))) - each for each in corners]
        return float(np.max(np.abs(way)))

    def _small(self, image_rgb: Image) -> Image:
        high, wide = image_rgb.shape[:2]
        self._size_px = wide, high
        self._shrink = max(1.0, max(high, wide) / _LONG_SIDE_PX)
        step = max(1, int(self._shrink / 2))
        green = np.ascontiguousarray(image_rgb[::step, ::step, 1])  # most of the luma
        size = (round(wide / self._shrink), round(high / self._shrink))
        return np.asarray(cv2.resize(green, size, interpolation=cv2.INTER_AREA), np.uint8)

    def _stand(self, small: Image, until: Floats, hidden: Floats) -> None:
        room = np.full(small.shape, 255, np.uint8)
        for left, top, right, bottom in np.clip(np.round(hidden), 0, None).astype(int):
            room[top:bottom, left:right] = 0
        found = cv2.goodFeaturesToTrack(small, _CORNERS, _QUALITY, _APART_PX, mask=room)
        self._corners = _NO_CORNERS if found is None else np.asarray(found, np.float32)
        self._start, self._until_start = small, until

    def _since_start(self, small: Image, hidden: Floats) -> tuple[Floats, float]:
        """The move since the picture that stands for the start, and the share that agrees.

        The share is that of the corners which nothing hides now.
        """
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
        covered = _inside(there[:, 0], hidden)
        good = (seen.ravel() == 1) & ~covered
        if good.sum() < _LEAST_AGREEING:
            return unknown, 0.0 if np.isfinite(last).all() else 1.0
        matrix, agree = cv2.estimateAffinePartial2D(
            self._corners[good], there[good], method=cv2.RANSAC, ransacReprojThreshold=_AGREE_PX
        )
        share = float(agree.sum()) / float((~covered).sum()) if matrix is not None else 0.0
        if matrix is None or agree.sum() < _LEAST_AGREEING or share < _LEAST_SHARE:
            return unknown, 1.0
        return np.array([matrix[0, 0], matrix[1, 0], matrix[0, 2], matrix[1, 2]]), share


def _inside(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    """Which of the points (N, 2) lie in any of the boxes (K, 4)."""
    x, y = points[:, None, 0], points[:, None, 1]
    left, top, right, bottom = boxes.T
    within = (x >= left) & (x <= right) & (y >= top) & (y <= bottom)
    return np.asarray(within.any(axis=1))


def _after(second: Floats, first: Floats) -> Floats:
    """Two similarities (a, b, x, y), one after the other, as one."""
    a, b, x, y = second
    turn = np.array([[a, -b], [b, a]])
    both = turn @ first[:2]
    return np.array([*both, *(turn @ first[2:] + (x, y))])
