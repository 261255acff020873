"""Which frames repeat the one before, and where the camera cuts.

A phone or web clip often holds 24 new pictures a second in a container of 60; the rest are
copies that a velocity must not see as standstill. A copy is not identical after compression, so
the largest change of any small block is held against a limit, never the mean: the mean drowns
one moving hand in a still room.
"""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cleanform.video.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    Floats = NDArray[np.float32]

_LONG_SIDE_PX = 320
_BLOCK_PX = 8
_MANY_ROWS = 5

#: How many frames both finders look ahead before they answer.
LOOK_AHEAD = 3

#: Grey levels. A block that changed by no more than the first is the same whatever happens
#: around it; by more than the second it never is. Between them the movement on both sides
#: decides: a copy among moving frames changes by less than a share of what they do. The share is
#: small until a good part of the last frames were copies, because copies come in a steady beat
#: and the turning point of a movement does not. Measured on five clips made 24 into 60 frames a
#: second: with H.264 up to crf 27, MPEG-4 and VP9, 1 to 2 % of the copies in moving parts are
#: missed and 0.1 % of the new frames are taken for copies; coarser compression (crf 34: 15 %)
#: hides more of the copies, not of the new frames.
_SURELY_SAME = 1.0
_SURELY_NEW = 20.0
_SHARE_OF_MOVEMENT = 0.15
_SHARE_IN_A_BEAT = 0.35
_BEAT_FRAMES = 24
_COPIES_IN_A_BEAT = 6
_FRAMES_BEFORE = 4


def small_size(luma: Image) -> tuple[int, int]:
    """Width and height, about 320 px on the long side, at which frames are compared."""
    height, width = luma.shape
    step = max(1, round(max(height, width) / _LONG_SIDE_PX))
    return max(1, width // step), max(1, height // step)


def shrink(luma: Image, size: tuple[int, int]) -> Image:
    """Luma at `size`, each pixel the mean of those that it covers (of 1080p: every other row)."""
    if luma.shape[0] >= _MANY_ROWS * size[1]:
        luma = luma[::2]  # halves the time; enough pixels are left to average the noise away
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def judged(
    pictures: Iterable[tuple[int, float, Image, Image]],
) -> Generator[Frame, None, None]:
    """Frames with `repeat` and `cut`, of numbers, times, pictures and luma in their order."""
    repeats, cuts = RepeatFinder(), CutFinder()
    waiting: deque[tuple[int, float, Image]] = deque()
    size: tuple[int, int] | None = None
    for index, time_s, image, luma in pictures:
        waiting.append((index, time_s, image))
        size = size or small_size(luma)
        small = shrink(luma, size)
        repeat, cut = repeats.push(small), cuts.push(small)
        if repeat is not None and cut is not None:
            yield Frame(*waiting.popleft(), repeat and not cut, cut)
    for repeat, cut in zip(repeats.flush(), cuts.flush(), strict=True):
        yield Frame(*waiting.popleft(), repeat and not cut, cut)


class RepeatFinder:
    """Tells copies from new pictures, looking `LOOK_AHEAD` frames ahead.

    A frame is compared with the last *new* one, so that movement too slow to see from one frame
    to the next adds up until it is seen.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Floats, float]] = deque()  # frame, change from the one before
        self._newest: Floats | None = None
        self._last_new: Floats | None = None
        self._before: deque[float] = deque(maxlen=_FRAMES_BEFORE)
        self._beat: deque[bool] = deque(maxlen=_BEAT_FRAMES)

    def push(self, small: Image) -> bool | None:
        """Adds a frame; answers for the frame `LOOK_AHEAD` before it, None while too early."""
        frame = small.astype(np.float32)
        step = 0.0 if self._newest is None else _largest_block(frame, self._newest)
        self._newest = frame
        self._waiting.append((frame, step))
        return self._judge() if len(self._waiting) > LOOK_AHEAD else None

    def flush(self) -> list[bool]:
        """Answers for the last frames, which have no more frames after them."""
        return [self._judge() for _ in range(len(self._waiting))]

    def _judge(self) -> bool:
        frame, _ = self._waiting.popleft()
        if self._last_new is None:
            self._last_new = frame
            return False
        change = _largest_block(frame, self._last_new)
        sides = (self._before, [step for _, step in self._waiting])
        movement = min((max(side) for side in sides if side), default=0.0)
        in_a_beat = sum(self._beat) >= _COPIES_IN_A_BEAT
        share = _SHARE_IN_A_BEAT if in_a_beat else _SHARE_OF_MOVEMENT
        same = change <= min(max(_SURELY_SAME, share * movement), _SURELY_NEW)
        self._before.append(change)
        self._beat.append(same)
        if not same:
            self._last_new = frame
        return same


def _largest_block(one: Floats, two: Floats) -> float:
    """The largest mean change, in grey levels, of any block of 8 x 8 shrunken pixels."""
    height, width = one.shape
    size = (max(1, width // _BLOCK_PX), max(1, height // _BLOCK_PX))
    return float(cv2.resize(cv2.absdiff(one, two), size, interpolation=cv2.INTER_AREA).max())


class CutFinder:
    """Finds the first frame after each hard camera cut, looking `LOOK_AHEAD` frames ahead.

    A cut is a change of the whole picture's layout (correlation of tiny thumbnails, blind to
    brightness and contrast) that stands far above the changes before and after it. A pan keeps
    changing, a flash changes twice, a fade keeps the layout. What a fade through black leads to
    is held against what was there before it. Dissolves are not found.
    """

    _PAST = 6
    _THUMB_PX = 24
    _LEAST_CHANGE = 0.3  # 1 - correlation
    _TIMES_AROUND = 3.0
    _LEAST_LEVELS = 2.0  # mean grey levels: what is nearly blank has no layout
    _BLANK_SD = 3.0  # a picture with less contrast than this is blank
    _CLEAR_SD = 12.0  # one with more than this does not turn blank in one step of a fade

    def __init__(self) -> None:
        self._thumbs: deque[Floats] = deque(maxlen=self._PAST + 1 + LOOK_AHEAD)
        self._last_clear: Floats | None = None
        self._waiting = 0

    def push(self, small: Image) -> bool | None:
        """Adds a frame; answers for the frame `LOOK_AHEAD` before it, None while too early."""
        size = (self._THUMB_PX, self._THUMB_PX)
        self._thumbs.append(
            cv2.resize(small, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        )
        if self._waiting < LOOK_AHEAD:
            self._waiting += 1
            return None
        at = len(self._thumbs) - 1 - LOOK_AHEAD
        found = self._judge(at)
        if found:  # what was before the cut says nothing about the frames after it
            for _ in range(at):
                self._thumbs.popleft()
        return found

    def flush(self) -> list[bool]:
        """Answers for the last frames, which have no more frames after them."""
        count = len(self._thumbs)
        return [self._judge(at) for at in range(count - self._waiting, count)]

    def _judge(self, at: int) -> bool:
        thumbs = list(self._thumbs)
        here = thumbs[at]
        before = self._last_clear
        if before is None or (at and thumbs[at - 1].std() >= self._BLANK_SD):
            before = thumbs[at - 1] if at else None
        if here.std() >= self._BLANK_SD:
            self._last_clear = here
        if before is None:
            return False
        change = self._change(before, here)
        levels = float(np.abs(here - before).mean())
        if change < self._LEAST_CHANGE or levels < self._LEAST_LEVELS:
            return False
        around = [
            self._change(one, two)
            for index, (one, two) in enumerate(pairwise(thumbs), start=1)
            if index != at
        ]
        return change > self._TIMES_AROUND * max(around, default=0.0)

    def _change(self, one: Floats, two: Floats) -> float:
        """1 - correlation: 0 for the same layout, 1 for unrelated pictures."""
        low, high = sorted((float(one.std()), float(two.std())))
        if low < self._BLANK_SD:
            return 1.0 if high > self._CLEAR_SD else 0.0
        covariance = float(((one - one.mean()) * (two - two.mean())).mean())
        return 1.0 - covariance / (low * high)
