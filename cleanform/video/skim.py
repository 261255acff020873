"""Look through a clip at low cost: every frame's time, a small picture now and then."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanform.closing import Closing
from cleanform.model import Clip
from cleanform.video.decode import Damage, Timed, decoded, from_key_frame
from cleanform.video.frame import Frame
from cleanform.video.headers import nominal_fps_of, slow_motion_of
from cleanform.video.prefetch import QUEUE_FRAMES, Prefetch
from cleanform.video.sameness import CutFinder, shrink, small_size
from cleanform.video.source import open_video
from cleanform.video.timeline import UnsteadyFileError, ticks_of
from cleanform.video.upright import NO_PICTURE, Converter, placement_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from av.video.frame import VideoFrame

    from cleanform.video.frame import Looks
    from cleanform.video.upright import Image, Placement

    Spans = Sequence[tuple[float, float]]

_SAME_TIME_S = 1e-9
_MOST_LEFT_OUT = 16  # frames in a row that no other one is made from


class ClipSkimmer(Closing):
    """Small pictures of a clip, in order; a context manager.

    Times come from the packets. Frames that no other frame is made from are not decoded, and the
    others without the filter that smooths the edges of their blocks: less than half the work of
    `FrameReader`. Whether a frame repeats the one before is left open (`read_part` tells it), and
    a cut is known by the first decoded frame after it. `glances` are dearer to ask for often and
    next to nothing for a whole clip: only key frames are decoded.

    Raises `InputError` as `FrameReader` does, and `UnsteadyFileError`, here or between two
    pictures, for a file that only `FrameReader` can read.
    """

    def __init__(self, path: str | Path, slow_motion: float | None, looks: Looks) -> None:
        self.path = Path(path)
        container, stream = open_video(self.path)
        with container:
            self.nominal_fps = nominal_fps_of(stream)
            self.slow_motion_factor, self.slow_motion_source = slow_motion_of(
                slow_motion, container, stream, self.nominal_fps
            )
            ticks = ticks_of(container, stream)
            base = stream.time_base
        assert base is not None
        times_s = [float((tick - ticks[0]) * base) / self.slow_motion_factor for tick in ticks]
        self.expected_frames = len(ticks)
        self._cuts: set[int] = set()
        self._frames: Prefetch[Frame] | None = None
        self._file = _File(self.path, ticks, times_s, _placement(self.path, ticks), looks)

    @property
    def expected_s(self) -> float:
        """How long the clip plays."""
        return self._file.times_s[-1]

    def __iter__(self) -> Iterator[Frame]:
        """A picture every so often, from the first frame to the last."""
        return self.within([(0.0, self.expected_s)])

    def within(self, spans_s: Spans) -> Iterator[Frame]:
        """A picture every so often in each of these spans of time, which are in order and apart."""
        return self._ahead(_looked_at(self._file, spans_s))

    def glances(self, every_s: float) -> Iterator[Frame]:
        """Pictures of key frames at least `every_s` apart; where they lie is the file's affair."""
        return self._ahead(_glanced_at(self._file, every_s))

    def _ahead(self, frames: Generator[Frame, None, None]) -> Iterator[Frame]:
        self.close()
        self._frames = Prefetch(frames, QUEUE_FRAMES)
        for frame in self._frames:
            if frame.cut:
                self._cuts.add(frame.index)
            if frame.image_rgb.size:
                yield frame

    def close(self) -> None:
        """Stops decoding and closes the file; safe to call more than once."""
        if self._frames is not None:
            self._frames.close()

    def clip(self) -> Clip:
        """The clip with the cuts that were come upon, no frame of it said to repeat another."""
        width_px, height_px = self._file.placement.size_px
        return Clip(
            path=self.path,
            width_px=width_px,
            height_px=height_px,
            times_s=np.array(self._file.times_s),
            repeats=np.zeros(len(self._file.times_s), bool),
            cuts=tuple(sorted(self._cuts)),
            nominal_fps=self.nominal_fps,
            rotation_deg=self._file.placement.rotation_deg,
            mirrored=self._file.placement.mirrored,
            slow_motion_factor=self.slow_motion_factor,
            slow_motion_source=self.slow_motion_source,
        )


@dataclass(frozen=True, eq=False)
class _File:
    """What the background thread reads; the skimmer itself must not be kept alive by it."""

    path: Path
    ticks: list[int]  # of each frame, as its packet says
    times_s: list[float]
    placement: Placement
    looks: Looks

    def numbered(self, first: int, key_frames: bool = False) -> Iterator[tuple[int, VideoFrame]]:
        """Decoded frames from the number `first` on, with the number that each has in the clip."""
        container, stream = open_video(self.path)
        with container:
            stream.codec_context.skip_frame = "NONKEY" if key_frames else "NONREF"
            stream.codec_context.options = {"skip_loop_filter": "all"}
            damage, last, lost_before = Damage(), -1, 0
            timed: Iterator[Timed] = decoded(container, stream, damage)
            if first:
                timed = from_key_frame(container, stream, self.ticks[first], damage)
            for tick, frame in timed:
                if first and last < 0:  # what led there may be damaged: a seek is blind to it
                    if tick is not None and tick < self.ticks[first]:
                        continue
                    lost_before = damage.lost
                number = -1 if tick is None else bisect_left(self.ticks, tick)
                if not last < number < len(self.ticks) or self.ticks[number] != tick:
                    raise UnsteadyFileError
                last = number
                yield number, frame
            if damage.lost > lost_before or damage.ended_early:
                raise UnsteadyFileError


def _placement(path: Path, ticks: list[int]) -> Placement:
    """How the pictures lie, by the first one that is decoded."""
    container, stream = open_video(path)
    with container:
        first = next(decoded(container, stream, Damage()), None)
        if (
            first is None
            or first[0] is None
            or first[0] > ticks[min(_MOST_LEFT_OUT, len(ticks) - 1)]
        ):
            raise UnsteadyFileError
        return placement_of(first[1], stream.sample_aspect_ratio)


def _looked_at(file: _File, spans_s: Spans) -> Generator[Frame, None, None]:
    """Every decoded frame of the spans, with a picture where it is time for one."""
    small = Converter(file.placement.shrunk(file.looks.long_side_px))
    size: tuple[int, int] | None = None
    for start_s, stop_s in spans_s:
        first = bisect_left(file.times_s, start_s - _SAME_TIME_S)
        last = bisect_right(file.times_s, stop_s + _SAME_TIME_S) - 1
        cuts = CutFinder()
        waiting: deque[tuple[int, float, Image]] = deque()
        due_s = 0.0
        number = first
        for number, frame in file.numbered(first):
            if number > last:
                break
            time_s, image = file.times_s[number], NO_PICTURE
            if time_s < due_s - _SAME_TIME_S:
                luma = small.luma(frame)
            else:
                image, luma = small.convert(frame)
                due_s = time_s + file.looks.every_s
            waiting.append((number, time_s, image))
            size = size or small_size(luma)
            cut = cuts.push(shrink(luma, size))
            if cut is not None:
                yield Frame(*waiting.popleft(), False, cut)
        if number < last - _MOST_LEFT_OUT:
            raise UnsteadyFileError
        for cut in cuts.flush():
            yield Frame(*waiting.popleft(), False, cut)


def _glanced_at(file: _File, every_s: float) -> Generator[Frame, None, None]:
    """Key frames; whether one follows a cut cannot be told from it."""
    small = Converter(file.placement.shrunk(file.looks.long_side_px))
    due_s = 0.0
    for number, frame in file.numbered(0, key_frames=True):
        time_s = file.times_s[number]
        if time_s >= due_s - _SAME_TIME_S:
            due_s = time_s + every_s
            yield Frame(number, time_s, small.convert(frame)[0], False, False)
