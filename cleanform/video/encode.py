"""Pictures with their times to an H.264 file that every player and browser opens."""

from __future__ import annotations

import os
import threading
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import av
import numpy as np
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from cleanform.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TIME_BASE = Fraction(1, 90_000)
#: Of 1080p footage "superfast" takes 34 ms of processor time a frame ("veryfast" 47, "ultrafast"
#: 26) for twice the bytes of "veryfast" and half those of "ultrafast".
_OPTIONS = {"preset": "superfast", "crf": "21", "g": "60"}
_USUAL_STEP = 3_000  # ticks; the duration of a lone frame


class VideoWriter:
    """Writes H.264 (yuv420p, BT.709, faststart) with true presentation times.

    A context manager: the file appears under `path` when the block ends well, and nothing is
    left behind when it does not. Odd sizes are padded by repeating the last row or column, so
    that pixel coordinates stay. Each frame is shown until the next one's time, the last as long
    as the one before it.

    Raises `InputError` where the folder cannot be written or the disk is full.
    """

    def __init__(self, path: str | Path, width_px: int, height_px: int) -> None:
        self.path = Path(path)
        self._size_px = (width_px, height_px)
        self._part = self.path.with_name(f".{self.path.name}.{os.getpid()}.part")
        self._last_pts: int | None = None
        self._step = _USUAL_STEP
        self._waiting: tuple[int, VideoFrame] | None = None
        # FFmpeg crashes when a file is written to after, or while, it is closed, which another
        # thread can ask for when the disk is full or the work is interrupted.
        self._lock = threading.RLock()
        self._open = True
        self._reformatter = VideoReformatter()
        try:
            self._part.touch()  # FFmpeg opens it with the first packet, which is late to complain
            self._container = av.open(
                f"file:{self._part}", "w", format="mp4", options={"movflags": "+faststart"}
            )
            self._stream = self._container.add_stream("libx264", rate=30, options=_OPTIONS)
        except (FFmpegError, OSError) as error:
            self._part.unlink(missing_ok=True)
            raise self._failure(error) from error
        stream = self._stream
        stream.width, stream.height = width_px + width_px % 2, height_px + height_px % 2
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = stream.time_base = _TIME_BASE
        stream.codec_context.color_range = ColorRange.MPEG
        stream.codec_context.colorspace = Colorspace.ITU709
        stream.codec_context.color_primaries = ColorPrimaries.BT709
        stream.codec_context.color_trc = ColorTrc.BT709

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._discard()

    def write(self, image_rgb: NDArray[np.uint8], time_s: float) -> None:
        """Adds a picture (H, W, 3) that is shown from `time_s` (seconds, increasing) on."""
        width, height = self._size_px
        if image_rgb.shape != (height, width, 3) or image_rgb.dtype != np.uint8:
            raise ValueError(
                f"VideoWriter.write: expected uint8 ({height}, {width}, 3),"
                f" got {image_rgb.dtype} {image_rgb.shape}"
            )
        if width % 2 or height % 2:
            image_rgb = np.pad(image_rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        pts = round(time_s / _TIME_BASE)
        if self._last_pts is not None:
            pts = max(pts, self._last_pts + 1)
        self._last_pts = pts
        frame = self._reformatter.reformat(
            VideoFrame.from_ndarray(np.ascontiguousarray(image_rgb), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        frame.pts, frame.time_base = pts, _TIME_BASE
        with self._lock:
            try:
                if self._waiting is not None:
                    self._step = pts - self._waiting[0]
                    self._encode(self._waiting[1], self._step)
            except (FFmpegError, OSError) as error:
                self._discard()
                raise self._failure(error) from error
            self._waiting = (pts, frame)

    def close(self) -> None:
        """Finishes the file and gives it its name."""
        with self._lock:
            try:
                if self._waiting is None:
                    raise ValueError("VideoWriter.close: no frame was written")
                self._encode(self._waiting[1], self._step)
                self._encode(None, self._step)
                self._open = False
                self._container.close()
                os.replace(self._part, self.path)
            except (FFmpegError, OSError) as error:
                self._discard()
                raise self._failure(error) from error
            except BaseException:
                self._discard()
                raise

    def _encode(self, frame: VideoFrame | None, duration: int) -> None:
        if not self._open:
            raise ValueError("VideoWriter: the file is closed already")
        for packet in self._stream.encode(frame):
            packet.duration = duration  # the muxer uses it for the last one only
            self._container.mux(packet)

    def _discard(self) -> None:
        with self._lock:
            self._open = False
            try:
                self._container.close()
            except (FFmpegError, OSError, ValueError):
                pass  # the half-written file goes either way
            finally:
                self._part.unlink(missing_ok=True)

    def _failure(self, error: Exception) -> InputError:
        reason = getattr(error, "strerror", None) or str(error)
        return InputError(
            f"{self.path.name}: cannot be written ({reason}); "
            "free some space or choose another output folder"
        )
