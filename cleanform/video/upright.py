"""Decoded frames to upright RGB pictures with square pixels.

The display matrix (ISO/IEC 14496-12, `tkhd`; FFmpeg's `AV_PKT_DATA_DISPLAYMATRIX`) moves a
decoded pixel (x, y) to (a x + c y, b x + d y). Phones write one of eight: four quarter turns,
each plain or mirrored. It is applied here and nowhere else.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import Colorspace, Interpolation, VideoReformatter

if TYPE_CHECKING:
    from fractions import Fraction

    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}

#: Formats whose first plane is 8-bit luma, so that frames can be compared before conversion.
_LUMA_FIRST = {
    *("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"),
    *("nv12", "nv21", "gray", "yuv410p", "yuv411p"),
}

NO_PICTURE = np.empty((0, 0, 3), np.uint8)

_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_HD_HEIGHT_PX = 720


@dataclass(frozen=True)
class Placement:
    """How decoded pixels become the upright picture."""

    scaled_px: tuple[int, int]  # width, height with square pixels, before turning
    rotation_deg: int  # clockwise: 0, 90, 180 or 270
    mirrored: bool  # left and right swapped, after turning

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height of the upright picture."""
        width, height = self.scaled_px
        return (height, width) if self.rotation_deg % 180 else (width, height)

    def shrunk(self, long_side_px: int) -> Placement:
        """The same picture with at most so many pixels along its longer side."""
        share = min(1.0, long_side_px / max(self.scaled_px))
        width, height = (max(2, round(side * share)) for side in self.scaled_px)
        return replace(self, scaled_px=(width, height))

    def apply(self, image: Image) -> Image:
        if self.rotation_deg:
            image = cv2.rotate(image, _TURNS[self.rotation_deg])  # type: ignore[assignment]
        if self.mirrored:
            image = cv2.flip(image, 1)  # type: ignore[assignment]
        return np.ascontiguousarray(image)


def placement_of(frame: VideoFrame, aspect: Fraction | None) -> Placement:
    """Placement for a stream whose first frame is `frame`; `aspect` is its pixel aspect ratio."""
    rotation_deg, mirrored = 0, False
    data: Any = frame.side_data.get(SideDataType.DISPLAYMATRIX.name)
    if data is not None:
        rotation_deg, mirrored = read_matrix(bytes(data))
    return Placement(_square(frame.width, frame.height, aspect), rotation_deg, mirrored)


def read_matrix(data: bytes) -> tuple[int, bool]:
    """Clockwise quarter turn in degrees, and whether a mirror follows, of a display matrix.

    A matrix between two quarter turns counts as the nearer one; one that maps the picture onto
    a line or a point is ignored, as players do.
    """
    if len(data) < 36:
        return 0, False
    a, b, _, c, d = struct.unpack_from("=5i", data)
    determinant = a * d - b * c
    if determinant == 0:
        return 0, False
    turn = round(math.degrees(math.atan2(b, d)) / 90) % 4
    return 90 * turn, determinant < 0


def _square(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Size with square pixels; the coarser axis is stretched, so that no pixel is lost."""
    ratio = float(aspect) if aspect else 1.0
    if not 0.2 <= ratio <= 5 or abs(ratio - 1) < 0.005:  # nonsense, or an encoder's rounding
        return width, height
    if ratio > 1:
        return round(width * ratio), height
    return width, round(height / ratio)


class Converter:
    """Turns the frames of one stream into pictures; keeps FFmpeg's scaler between frames."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._to_8_bit = VideoReformatter()
        self._to_rgb = VideoReformatter()

    def convert(self, frame: VideoFrame) -> tuple[Image, Image]:
        """(H, W, 3) upright RGB, and the luma as it was coded (for comparing frames)."""
        rgb, frame = self._converted(frame)
        return self._placement.apply(rgb), _luma(frame, rgb)

    def luma(self, frame: VideoFrame) -> Image:
        """Only the luma as it was coded, for a frame whose picture is not wanted."""
        if frame.format.name in _LUMA_FIRST:
            return _luma(frame, NO_PICTURE)
        return self.convert(frame)[1]

    def _converted(self, frame: VideoFrame) -> tuple[Image, VideoFrame]:
        if any(part.bits > 8 for part in frame.format.components):
            # Two steps take half the time of one: only 8-bit 4:2:0 has a fast way to RGB.
            frame = self._to_8_bit.reformat(
                frame, format="yuv420p", interpolation=Interpolation.POINT, threads=1
            )
        width, height = self._placement.scaled_px
        # Files that do not name their matrix mean BT.709 in HD and BT.601 below it.
        unnamed_hd = frame.colorspace == _UNSPECIFIED and frame.height >= _HD_HEIGHT_PX
        rgb: Image = self._to_rgb.reformat(
            frame,
            width=width,
            height=height,
            format="rgb24",
            src_colorspace=Colorspace.ITU709 if unnamed_hd else None,
            interpolation=Interpolation.BILINEAR,
            threads=1,
        ).to_ndarray()  # type: ignore[assignment]
        return rgb, frame


def _luma(frame: VideoFrame, rgb: Image) -> Image:
    if frame.format.name not in _LUMA_FIRST:
        return rgb[:, :, 1]  # green is most of the luma
    plane = frame.planes[0]
    rows: Image = np.frombuffer(memoryview(plane), np.uint8)
    return rows.reshape(plane.height, plane.line_size)[:, : plane.width]
