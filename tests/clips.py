"""Small clips with known content, made on the fly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

WIDTH, HEIGHT = 160, 96
#: Colours of the four corners: no turn or mirror of the picture looks like another.
CORNERS = {"red": (200, 30, 30), "green": (30, 180, 30), "blue": (40, 40, 210), "grey": (128,) * 3}


def picture(number: int = 0, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """(H, W, 3) RGB: four corner colours (red, green / blue, grey) and `number` in eight blocks."""
    image = np.full((height, width, 3), 90, np.uint8)
    h, w = height // 4, width // 4
    red, green, blue, grey = CORNERS.values()
    image[:h, :w], image[:h, -w:], image[-h:, :w], image[-h:, -w:] = red, green, blue, grey
    block = width // 10
    for bit in range(8):
        left = block * (bit + 1)
        shade = 235 if number >> bit & 1 else 16
        image[height // 2 - h // 2 : height // 2 + h // 2, left : left + block - 2] = shade
    return image


def number_in(image: np.ndarray) -> int:
    """The number that `picture` drew into an upright picture of any size."""
    height, width = image.shape[:2]
    block = width / 10
    return sum(
        int(image[height // 2, round(block * (bit + 1.4))].mean() > 125) << bit for bit in range(8)
    )


def corners_of(image: np.ndarray) -> list[str]:
    """Names of the corner colours: top left, top right, bottom left, bottom right."""
    height, width = image.shape[:2]
    y, x = height // 10, width // 10
    points = [image[y, x], image[y, -x], image[-y, x], image[-y, -x]]
    return [
        min(CORNERS, key=lambda name: np.abs(np.subtract(CORNERS[name], point.astype(int))).sum())
        for point in points
    ]


def write_clip(
    path: Path,
    pictures: Iterable[np.ndarray] | int = 12,
    times_s: Sequence[float] | None = None,
    *,
    codec: str = "libx264",
    fps: float = 30.0,
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation_deg: int = 0,
    mirrored: bool = False,
    aspect: Fraction | None = None,
    audio: bool = False,
    tags: dict[str, str] | None = None,
    time_base: Fraction | None = None,
    format_name: str | None = None,
    colorspace: str | None = None,
) -> Path:
    """A clip of `pictures` (or that many numbered ones) shown at `times_s` (or evenly at `fps`).

    `rotation_deg` and `mirrored` go into the display matrix: the stored pictures stay as given,
    and a player is to turn them clockwise by so much and then swap left and right. `colorspace`
    is the matrix that the colours are stored with; the file does not name it.
    """
    images = [picture(n) for n in range(pictures)] if isinstance(pictures, int) else list(pictures)
    if times_s is None:
        times_s = [n / fps for n in range(len(images))]
    height, width = images[0].shape[:2]
    rate = Fraction(fps).limit_denominator(1001)
    with av.open(
        str(path), "w", format=format_name, options={**(container_options or {})}
    ) as container:
        container.metadata.update(tags or {})
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        base = time_base or Fraction(1, 90_000)
        stream.codec_context.time_base = base
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation_deg or mirrored:
            stream.set_display_matrix(_matrix(rotation_deg, mirrored))
        sound = container.add_stream("aac", rate=48_000) if audio else None
        for image, time_s in zip(images, times_s, strict=True):
            frame = VideoFrame.from_ndarray(image, format="rgb24")
            frame = frame.reformat(format=pix_fmt, dst_colorspace=colorspace)
            frame.pts, frame.time_base = round(time_s / base), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            silence = np.zeros((2, 1024), np.float32)
            for n in range(int(times_s[-1] * 48_000 / 1024) + 1):
                part = AudioFrame.from_ndarray(silence, format="fltp", layout="stereo")
                part.sample_rate, part.pts = 48_000, n * 1024
                container.mux(sound.encode(part))
            container.mux(sound.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A file with sound and no picture."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        for n in range(20):
            part = AudioFrame.from_ndarray(
                np.zeros((2, 1024), np.float32), format="fltp", layout="stereo"
            )
            part.sample_rate, part.pts = 48_000, n * 1024
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def _matrix(rotation_deg: int, mirrored: bool) -> list[int]:
    """Display matrix: turn clockwise, then swap left and right (16.16 and 2.30 fixed point)."""
    cosine, sine = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[rotation_deg]
    a, b, c, d = cosine, sine, -sine, cosine
    if mirrored:
        a, c = -a, -c
    one = 1 << 16
    return [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30]
