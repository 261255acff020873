"""Text as small pictures, in any script that DejaVu Sans knows (OpenCV's own is ASCII only)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cleanform.errors import CleanformError
from cleanform.palette import INK, RGB, rgb

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BACKING_OPACITY = 190  # of 255: dark enough to read on, light enough to see through


@dataclass(frozen=True, eq=False)
class Patch:
    """A rendered label: colour already multiplied by its opacity, and what shines through."""

    colour: NDArray[np.uint16]  # (H, W, 3), 0..255 times 255
    through: NDArray[np.uint16]  # (H, W, 1), 255 minus opacity

    @property
    def size_px(self) -> tuple[int, int]:
        return self.colour.shape[1], self.colour.shape[0]


@cache
def _font(size_px: int) -> ImageFont.FreeTypeFont:
    spec = find_spec("matplotlib")
    if spec is None or not spec.origin:
        raise CleanformError("matplotlib is missing: run `pip install matplotlib`.")
    folder = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / "DejaVuSans-Bold.ttf"), size_px)


@lru_cache(maxsize=1024)
def letter(text: str, size_px: int, colour: RGB, accent: RGB | None = None) -> Patch:
    """`text` on a dark rounded backing; `accent` adds a bar of that colour at its left."""
    text = " ".join(text.split())
    font = _font(size_px)
    left, _, right, _ = font.getbbox(text, anchor="ls")
    ascent, descent = font.getmetrics()
    pad_x, pad_y = max(2, round(0.38 * size_px)), max(1, round(0.14 * size_px))
    bar = max(3, round(0.28 * size_px)) if accent else 0
    width = int(np.ceil(right - left)) + 2 * pad_x + bar
    height = ascent + descent + 2 * pad_y
    radius = max(2, round(0.3 * size_px))
    shape = 255.0 * _rounded(width, height, radius)[..., None]
    ink = Image.new("L", (width, height), 0)
    ImageDraw.Draw(ink).text(
        (pad_x + bar - left, pad_y + ascent), text, fill=255, font=font, anchor="ls"
    )
    cover = np.asarray(ink, float)[..., None] / 255.0
    paint = np.broadcast_to(np.array(rgb(INK), float), (height, width, 3)).copy()
    opacity = shape * (_BACKING_OPACITY / 255.0)
    if accent:
        paint[:, :bar] = accent
        opacity[:, :bar] = shape[:, :bar]
    paint = paint * (1 - cover) + np.array(colour, float) * cover
    opacity = opacity * (1 - cover) + 255.0 * cover
    return Patch(
        np.round(paint * opacity).astype(np.uint16),
        np.round(255.0 - opacity).astype(np.uint16),
    )


def _rounded(width: int, height: int, radius: int) -> NDArray[np.float64]:
    """(height, width) cover 0..1 of a rectangle with rounded corners, smooth at its edge."""
    x = np.abs(np.arange(width) + 0.5 - width / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height) + 0.5 - height / 2) - (height / 2 - radius)
    beyond = np.hypot(np.maximum(x, 0.0)[None, :], np.maximum(y, 0.0)[:, None])
    cover: NDArray[np.float64] = np.clip(radius - beyond + 0.5, 0.0, 1.0)
    return cover


def stamp(image_rgb: NDArray[np.uint8], patch: Patch, left: int, top: int) -> None:
    """Blend `patch` into `image_rgb` in place, its corner at (left, top); cut at the edges."""
    height, width = image_rgb.shape[:2]
    wide, high = patch.size_px
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + wide), min(height, top + high)
    if x1 <= x0 or y1 <= y0:
        return
    part = (slice(y0 - top, y1 - top), slice(x0 - left, x1 - left))
    ground = image_rgb[y0:y1, x0:x1]
    blended = (patch.colour[part] + ground.astype(np.uint16) * patch.through[part] + 127) // 255
    ground[:] = blended.astype(np.uint8)
