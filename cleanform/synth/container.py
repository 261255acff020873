"""Pictures to a video file as phones write them: codec, time, rotation tag, slow-motion tag."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from cleanform.errors import InputError
from cleanform.synth.film import Film

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]

_TICK = Fraction(1, 90000)
_ENCODERS = {"h264": "libx264", "hevc": "libx265"}
#: More threads, other bytes.
_OPTIONS = {
    "h264": {"preset": "slow"},
    "hevc": {"preset": "medium", "x265-params": "pools=none:frame-threads=1:log-level=none"},
}
_CAPTURE_RATE_TAG = "com.android.capture.fps"
_SUFFIXES = (".mp4", ".mov", ".m4v")


def checked_path(path: Path) -> Path:
    """`path`; raises InputError where its ending names no container that is written here."""
    if path.suffix.lower() not in _SUFFIXES:
        raise InputError(f"{path.name}: give a name that ends in {', '.join(_SUFFIXES[:-1])}")
    return path


class Container:
    """A video file being written; a context manager.

    `width_px` and `height_px` are those of the upright picture. `capture_hz` is the rate at which
    the phone took the frames, for its tag.
    """

    def __init__(
        self, path: Path, width_px: int, height_px: int, capture_hz: float, film: Film
    ) -> None:
        self._film, self._path = film, path
        sideways = film.rotation_deg % 180 == 90
        stored = (height_px, width_px) if sideways else (width_px, height_px)
        if width_px % 2 or height_px % 2:
            raise InputError(f"a clip of {width_px}x{height_px}: give even numbers of pixels")
        flags = "+faststart+use_metadata_tags" if film.capture_tag else "+faststart"
        try:
            path.touch()  # FFmpeg opens it with the first packet, which is late to complain
            self._container = av.open(f"file:{path}", "w", options={"movflags": flags})
        except (FFmpegError, OSError) as error:
            raise self._failure(error) from error
        if film.capture_tag:
            self._container.metadata[_CAPTURE_RATE_TAG] = f"{capture_hz:.6f}"
        rate = Fraction(capture_hz / film.slow_motion).limit_denominator(1001)
        stream = self._container.add_stream(_ENCODERS[film.codec], rate=rate)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height = stored
        stream.pix_fmt = "yuv420p"
        stream.time_base = stream.codec_context.time_base = _TICK
        stream.codec_context.thread_count = 1
        stream.codec_context.color_range = ColorRange.MPEG
        stream.codec_context.colorspace = Colorspace.ITU709
        stream.codec_context.color_primaries = ColorPrimaries.BT709
        stream.codec_context.color_trc = ColorTrc.BT709
        stream.options = {**_OPTIONS[film.codec], "crf": str(film.quality)}
        if film.codec == "hevc":
            stream.codec_context.codec_tag = "hvc1"
        if film.rotation_deg:
            stream.set_display_matrix(_matrix(film.rotation_deg))
        self._stream = stream
        self._reformatter = VideoReformatter()

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._stream.encode(None))
            self._container.close()
        except (FFmpegError, OSError) as failure:
            if kind is None:
                raise self._failure(failure) from failure

    def write(self, upright: Image, time_s: float) -> None:
        """Add a picture (H, W, 3), taken at `time_s` in life."""
        stored = np.rot90(upright, self._film.rotation_deg // 90)  # the tag turns it back
        frame = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(stored), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        frame.pts, frame.time_base = round(time_s * self._film.slow_motion / _TICK), _TICK
        try:
            self._container.mux(self._stream.encode(frame))
        except (FFmpegError, OSError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> InputError:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return InputError(
            f"{self._path.parent}: cannot be written to ({reason}); choose another folder"
        )


def _matrix(clockwise_deg: int) -> list[int]:
    """The display matrix (ISO/IEC 14496-12, `tkhd`) that turns a stored picture upright."""
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[clockwise_deg]
    one = 1 << 16
    return [cosine * one, sine * one, 0, -sine * one, cosine * one, 0, 0, 0, 1 << 30]
