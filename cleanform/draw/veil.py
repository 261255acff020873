"""Pixels made unrecognizable for good: nothing of what was there can be computed back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from cleanform import palette
from cleanform.palette import rgb

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanform.draw.canvas import Image

_FEATHER = 0.12  # of the radius, outside of it: the disc itself is covered in full
_COLOUR = np.array(rgb(palette.VEIL), float)
_COARSE = 12  # blocks along the short side of a picture that is veiled as a whole


def veil_discs(image_rgb: Image, discs: Iterable[tuple[tuple[float, float], float]]) -> Image:
    """A copy in which each disc (centre, radius, in pixels) is one flat colour, always the same.

    A mosaic of cells that moves over a face keeps so much that a face can be put together again
    from a film; of what a disc covers nothing is left.
    """
    image = np.array(image_rgb, np.uint8, order="C")
    height, width = image.shape[:2]
    for (x, y), radius in discs:
        if not np.isfinite((x, y, radius)).all() or radius <= 0:
            continue
        reach = int(np.ceil(radius * (1 + _FEATHER))) + 1
        x0, x1 = max(0, int(x) - reach), min(width, int(x) + reach + 1)
        y0, y1 = max(0, int(y) - reach), min(height, int(y) + reach + 1)
        if x1 <= x0 or y1 <= y0:
            continue
        ground = image[y0:y1, x0:x1]
        across = np.arange(x0, x1) + 0.5 - x
        down = np.arange(y0, y1) + 0.5 - y
        beyond = np.hypot(across[None, :], down[:, None]) - radius
        share = np.clip(1 - beyond / max(1.0, _FEATHER * radius), 0, 1)[..., None]
        ground[:] = np.round(ground * (1 - share) + _COLOUR * share)
    return image


def veil_all(image_rgb: Image) -> Image:
    """The whole picture as a few coarse blocks."""
    height, width = image_rgb.shape[:2]
    size = min(height, width) / _COARSE
    coarse = cv2.resize(
        image_rgb,
        (max(1, round(width / size)), max(1, round(height / size))),
        interpolation=cv2.INTER_AREA,
    )
    blocks = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    return np.asarray(blocks, np.uint8)
