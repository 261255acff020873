"""Look through a clip at low cost: every frame's time, a small picture now and then."""

from __future__ import annotations

from collections import deque
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanform.closing import Closing
from cleanform.model import Clip
from cleanform.video.decode import Damage, decoded
from cleanform.video.frame import Frame
from cleanform.video.headers import nominal_fps_of, slow_motion_of
from cleanform.video.prefetch import QUEUE_FRAMES, Prefetch
from cleanform.video.sameness import CutFinder, shrink, small_size
from cleanform.video.source import open_video
from cleanform.video.timeline import UnsteadyFileError, ticks_of
from cleanform.video.upright import NO_PICTURE, Converter, placement_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from cleanform.video.frame import Looks
    from cleanform.video.upright import Image, Placement

_SAME_TIME_S = 1e-9
_MOST_LEFT_OUT = 16  # frames at the start that no other one is made from


class ClipSkimmer(Closing):
    """Small pictures of a clip, in order; a context manager.

    Times come from the packets. Frames that no other frame is made from are not decoded, and the
    others without the filter that smooths the edges of their blocks: less than half the work of
    `FrameReader`. Whether a frame repeats the one before is left open (`read_part` tells it), and
    a cut is known by the first decoded frame after it.

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
        self._times_s = [
            float((tick - ticks[0]) * base) / self.slow_motion_factor for tick in ticks
        ]
        self.expected_frames = len(ticks)
        self._cuts: list[int] = []
        self._complete = False
        container, stream = open_video(self.path)
        try:
            stream.codec_context.skip_frame = "NONREF"
            stream.codec_context.options = {"skip_loop_filter": "all"}
            numbered = _numbered(container, stream, ticks)
            first = next(numbered, None)
            if first is None or first[0] > _MOST_LEFT_OUT:
                raise UnsteadyFileError
            self._placement = placement_of(first[1], stream.sample_aspect_ratio)
        except BaseException:
            container.close()
            raise
        looked = _looked_at(container, first, numbered, self._placement, self._times_s, looks)
        self._frames = Prefetch(looked, QUEUE_FRAMES)

    @property
    def expected_s(self) -> float:
        """How long the clip plays."""
        return self._times_s[-1]

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        while True:
            try:
                frame = next(self._frames)
            except StopIteration:
                self._complete = True
                raise
            if frame.cut:
                self._cuts.append(frame.index)
            if frame.image_rgb.size:
                return frame

    def close(self) -> None:
        """Stops decoding and closes the file; safe to call more than once."""
        self._frames.close()

    def clip(self) -> Clip:
        """The clip, no frame of it said to repeat another; only after the last picture."""
        if not self._complete:
            raise RuntimeError("ClipSkimmer.clip: iterate over all pictures first")
        width_px, height_px = self._placement.size_px
        return Clip(
            path=self.path,
            width_px=width_px,
            height_px=height_px,
            times_s=np.array(self._times_s),
            repeats=np.zeros(len(self._times_s), bool),
            cuts=tuple(self._cuts),
            nominal_fps=self.nominal_fps,
            rotation_deg=self._placement.rotation_deg,
            mirrored=self._placement.mirrored,
            slow_motion_factor=self.slow_motion_factor,
            slow_motion_source=self.slow_motion_source,
        )


def _numbered(
    container: InputContainer, stream: VideoStream, ticks: list[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """The decoded frames with the number that each has in the clip."""
    number_of = {tick: number for number, tick in enumerate(ticks)}
    damage, last = Damage(), -1
    for tick, frame in decoded(container, stream, damage):
        number = -1 if tick is None else number_of.get(tick, -1)
        if number <= last:
            raise UnsteadyFileError
        last = number
        yield number, frame
    if damage.any_lost:
        raise UnsteadyFileError


def _looked_at(
    container: InputContainer,
    first: tuple[int, VideoFrame],
    others: Iterator[tuple[int, VideoFrame]],
    placement: Placement,
    times_s: list[float],
    looks: Looks,
) -> Generator[Frame, None, None]:
    """Every decoded frame, with a picture where it is time for one; closes the container.

    Runs in the background thread. Not a method: that must not keep a forgotten skimmer alive.
    """
    small = Converter(placement.shrunk(looks.long_side_px))
    cuts = CutFinder()
    waiting: deque[tuple[int, float, Image]] = deque()
    size: tuple[int, int] | None = None
    due_s = 0.0
    with container:
        for number, frame in chain((first,), others):
            time_s, image = times_s[number], NO_PICTURE
            if time_s < due_s - _SAME_TIME_S:
                luma = small.luma(frame)
            else:
                image, luma = small.convert(frame)
                due_s = time_s + looks.every_s
            waiting.append((number, time_s, image))
            size = size or small_size(luma)
            cut = cuts.push(shrink(luma, size))
            if cut is not None:
                yield Frame(*waiting.popleft(), False, cut)
    for cut in cuts.flush():
        yield Frame(*waiting.popleft(), False, cut)
