"""What part of the clip a picture shows, and how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats

    Image = NDArray[np.uint8]  # (H, W, 3), RGB


def _even(value: float) -> int:
    """The nearest even number, at least 2: H.264 with 4:2:0 colour has no odd sizes."""
    return max(2, 2 * round(value / 2))


@dataclass(frozen=True)
class Canvas:
    """A window on the clip: clip pixel `p` lies at ``(p - offset) * scale``."""

    width_px: int
    height_px: int
    scale: float = 1.0
    offset_px: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def whole(cls, width_px: int, height_px: int, long_side_px: int = 1280) -> Canvas:
        """The whole frame, made smaller until its long side fits; never made larger."""
        scale = min(1.0, long_side_px / max(width_px, height_px))
        return cls(_even(width_px * scale), _even(height_px * scale), scale)

    @classmethod
    def window(
        cls, left_px: float, top_px: float, right_px: float, bottom_px: float, short_side_px: int
    ) -> Canvas:
        """A rectangle of the clip, shown with `short_side_px` pixels on its short side."""
        width, height = right_px - left_px, bottom_px - top_px
        scale = short_side_px / max(1.0, min(width, height))
        return cls(_even(width * scale), _even(height * scale), scale, (left_px, top_px))

    @property
    def unit(self) -> float:
        """Pixels of one unit: 1/360 of the short side."""
        return min(self.width_px, self.height_px) / 360.0

    def place(self, xy_px: Any) -> Floats:
        """Clip pixels (..., 2) as pixels of this canvas."""
        placed: Floats = (np.asarray(xy_px, float) - self.offset_px) * self.scale
        return placed

    def picture(self, image_rgb: Image, image_scale: float = 1.0) -> Image:
        """The part of a clip's frame that this canvas shows, in its size.

        `image_scale`: size of `image_rgb` relative to the clip (a kept frame may be smaller).
        Outside the frame the picture is dark.
        """
        scale = self.scale / image_scale
        shift = (-self.offset_px[0] * self.scale, -self.offset_px[1] * self.scale)
        size = (self.width_px, self.height_px)
        if shift == (0.0, 0.0):
            if image_rgb.shape[1::-1] == size:
                return np.ascontiguousarray(image_rgb)
            how = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
            return np.asarray(cv2.resize(image_rgb, size, interpolation=how), np.uint8)
        # Pixel centres, not corners, are what must line up when the size changes.
        half = 0.5 * scale - 0.5
        matrix = np.array([[scale, 0.0, shift[0] + half], [0.0, scale, shift[1] + half]])
        how = cv2.INTER_CUBIC if scale > 1.0 else cv2.INTER_LINEAR
        warped = cv2.warpAffine(image_rgb, matrix, size, flags=how, borderValue=(16, 20, 28))
        return np.asarray(warped, np.uint8)
