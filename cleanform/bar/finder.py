"""Pixels -> where a near plate may be: a small network on the frame, then its edges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cleanform.assets import checked_model
from cleanform.bar.refine import refined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats

    Image = NDArray[np.uint8]

# What the network was made with; models/plate_finder/network.py says the same.
_SHAPES = ((160, 288), (288, 160), (224, 224), (192, 256), (256, 192))
_STRIDE_PX = 4
_SIZE_UNIT_PX = 32.0
_PADDING = (114, 114, 114)

#: A plate of more pixels of the input than this is looked at once more at half the size, with room
#: around: the network hardly sees from its centre to its rim, less so near the picture's edge.
_LARGE_PX = 80.0
#: There it is a plate of at most twice and at least half the size, centred within this many sizes.
_SAME_WITHIN = 0.5
_MOST = 6  # candidates of one frame
_LEAST_SCORE = 0.05
_SAME_PLATE = 0.35  # two peaks closer than this share of a width are one plate
_CENTRE_OUTSIDE = 0.1  # how far outside the frame a centre may lie, in widths


@dataclass(frozen=True)
class _View:
    """How a part of the frame was fitted into the network's input."""

    corner_px: tuple[int, int]  # left and top of the part, in the frame
    scale: tuple[float, float]  # input pixels per frame pixel, across and down

    def to_frame_px(self, xy: Floats) -> Floats:
        """A point of the input in the frame; whole numbers are the middles of pixels."""
        return (xy + 0.5) / self.scale - 0.5 + self.corner_px


class PlateFinder:
    """Finds plates in single frames. One instance may be used by one thread at a time."""

    def __init__(self, model: Path | None = None) -> None:
        """`model` is the ONNX file; by default the one that cleanform carries.

        Raises:
            MissingModelError: the file is missing or damaged.
        """
        path = model or checked_model("plate_finder.onnx")[0]
        # The new engine is twice as fast here as the classic one.
        self._network = cv2.dnn.readNetFromONNX(str(path), engine=cv2.dnn.ENGINE_NEW)

    def find(
        self, image_rgb: Image, box_px: tuple[float, float, float, float] | None = None
    ) -> Floats:
        """Candidates (K, 5) of one frame, K <= 6, best first.

        A row holds the centre x, y, the ellipse's horizontal and vertical axis (full, not half),
        all in pixels of `image_rgb` (H, W, 3), and a score 0..1. `box_px` (left, top, right,
        bottom) looks only there, with more pixels on a small plate.
        """
        return refined(image_rgb, self.locate(image_rgb, box_px))

    def locate(
        self, image_rgb: Image, box_px: tuple[float, float, float, float] | None = None
    ) -> Floats:
        """As `find`, but as the network says it, without a look at the plate's edges."""
        corner_px, part = _cut_out(image_rgb, box_px)
        if min(part.shape[:2]) < 2:
            return np.empty((0, 5))
        found, scale = self._look(part, corner_px)
        if len(found) and found[0, 2:4].max() * scale > _LARGE_PX:
            framed, _ = self._look(*_framed(part, corner_px))
            found[0] = _seen_whole(found[0], framed)
        return found

    def _look(self, part: Image, corner_px: tuple[int, int]) -> tuple[Floats, float]:
        """What the network says of `part`, and how many pixels it was shown for each of its."""
        pixels, view = _fitted(part, corner_px)
        blob = cv2.dnn.blobFromImage(pixels, 1 / 255, mean=(127.5, 127.5, 127.5))
        self._network.setInput(blob)
        return _read(self._network.forward()[0], view), view.scale[0]


def _seen_whole(large: Floats, found: Floats) -> Floats:
    """The row `large` with the place and size that the likeliest of `found` on it has, if any."""
    away = np.hypot(*(found[:, :2] - large[:2]).T)
    ratio = found[:, 2:4] / large[2:4]
    same = (away < _SAME_WITHIN * large[2:4].max()) & np.all(np.abs(np.log2(ratio)) < 1, axis=1)
    if not same.any():
        return large
    whole: Floats = found[np.argmax(same)].copy()  # they come best first
    whole[4] = max(large[4], whole[4])
    return whole


def _cut_out(
    image: Image, box_px: tuple[float, float, float, float] | None
) -> tuple[tuple[int, int], Image]:
    """The left top corner of the box inside the image, and what it shows."""
    if box_px is None:
        return (0, 0), image
    high, wide = image.shape[:2]
    left, top = max(0, int(box_px[0])), max(0, int(box_px[1]))
    right, bottom = min(wide, int(np.ceil(box_px[2]))), min(high, int(np.ceil(box_px[3])))
    return (left, top), image[top : max(top, bottom), left : max(left, right)]


def _framed(part: Image, corner_px: tuple[int, int]) -> tuple[Image, tuple[int, int]]:
    """`part` at the middle of a frame twice as high and wide, and where that begins."""
    down, right = part.shape[0] // 2, part.shape[1] // 2
    framed = cv2.copyMakeBorder(part, down, down, right, right, cv2.BORDER_CONSTANT, value=_PADDING)
    return np.asarray(framed, np.uint8), (corner_px[0] - right, corner_px[1] - down)


def _fitted(part: Image, corner_px: tuple[int, int]) -> tuple[Image, _View]:
    """`part` at the largest size that one of the network's input shapes holds, and padded."""
    high, wide = part.shape[:2]
    shape = max(_SHAPES, key=lambda shape: min(shape[0] / high, shape[1] / wide))
    scale = min(shape[0] / high, shape[1] / wide)
    size = (max(1, round(wide * scale)), max(1, round(high * scale)))
    view = _View(corner_px, (size[0] / wide, size[1] / high))
    if scale < 0.5:
        # Averaging over whole areas costs 2 ms at 1080p; coming down to twice the size first
        # costs 0.7 ms and leaves hardly more jagged edges.
        part = np.asarray(cv2.resize(part, (2 * size[0], 2 * size[1])), np.uint8)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(part, size, interpolation=method)
    padded = cv2.copyMakeBorder(
        small, 0, shape[0] - size[1], 0, shape[1] - size[0], cv2.BORDER_CONSTANT, value=_PADDING
    )
    return np.asarray(padded, np.uint8), view


def _read(maps: NDArray[np.float32], view: _View) -> Floats:
    """The heat map's peaks with their plates, in frame pixels."""
    heat = 1 / (1 + np.exp(-maps[0].astype(np.float64)))
    peak = (heat >= cv2.dilate(heat, np.ones((3, 3)))) & (heat >= _LEAST_SCORE)
    rows, columns = np.nonzero(peak)
    best = np.argsort(-heat[rows, columns], kind="stable")
    kept: list[Floats] = []
    for row, column in zip(rows[best], columns[best], strict=True):
        cell = np.array([column, row], np.float64) + maps[2:4, row, column]
        centre_px = view.to_frame_px(cell * _STRIDE_PX)
        size = np.exp(np.clip(maps[4:6, row, column], -3, 3)) * _SIZE_UNIT_PX / view.scale
        if all(np.hypot(*(centre_px - k[:2])) > _SAME_PLATE * k[2:4].max() for k in kept):
            kept.append(np.array([*centre_px, *size, heat[row, column]]))
        if len(kept) == _MOST:
            break
    return np.array(kept).reshape(-1, 5)
