"""Read some frames of a clip again, by their number."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError
from cleanform.video.decode import Damage, clock_of, decoded, from_key_frame
from cleanform.video.frame import Frame
from cleanform.video.prefetch import QUEUE_FRAMES, Prefetch
from cleanform.video.sameness import LOOK_AHEAD, judged
from cleanform.video.source import open_video, shown_name
from cleanform.video.timeline import UnsteadyFileError, can_seek
from cleanform.video.upright import NO_PICTURE, Converter, placement_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from cleanform.model import Clip
    from cleanform.video.upright import Image

_SEEK_FROM_S = 1.0  # nearer to the start than this a seek gains nothing
#: So many frames before a part are looked at to tell whether copies come in a beat there.
_BEFORE_A_PART = 30
_SAME_TIME_S = 1e-9


def read_frames(clip: Clip, wanted: range | Sequence[int]) -> Iterator[Frame]:
    """Only the `wanted` frames of `clip` (increasing numbers), decoded a second time.

    Frames are matched by their time, so a number means the same frame as in the first pass.
    Where the container allows it decoding starts at the key frame before the first wanted one.

    Raises `InputError` where the file is gone or no longer holds those frames, and `ValueError`
    where `wanted` does not increase or leaves the clip.
    """
    numbers = [int(number) for number in wanted]
    if any(after <= before for before, after in pairwise(numbers)):
        raise ValueError("read_frames: wanted frames must increase")
    if numbers and not 0 <= numbers[0] <= numbers[-1] < clip.frames:
        raise ValueError(f"read_frames: wanted frames must lie in 0..{clip.frames - 1}")
    return _fetched(clip, numbers)


def _fetched(clip: Clip, numbers: list[int]) -> Iterator[Frame]:
    missing = deque(numbers)
    for seek in (True, False):
        if not missing:
            return
        frames = Prefetch(_matching(clip, list(missing), seek), QUEUE_FRAMES)
        try:
            for frame in frames:
                missing.popleft()
                yield frame
        finally:
            frames.close()
    if missing:
        raise InputError(
            f"{shown_name(clip.path)}: frame {missing[0]} is no longer there; "
            "the file changed since it was analyzed, analyze it again"
        )


def read_part(clip: Clip, part: slice) -> Iterator[Frame]:
    """All frames of a part of a clip that was skimmed; repeats and cuts are told here.

    Raises `UnsteadyFileError` where the frames that are decoded are not those of the clip, and
    `InputError` where the file is gone.
    """
    frames = Prefetch(_told(clip, part), QUEUE_FRAMES)
    try:
        yield from frames
    finally:
        frames.close()


def _told(clip: Clip, part: slice) -> Generator[Frame, None, None]:
    wanted = range(part.start, part.stop)
    lasts = min(part.stop + LOOK_AHEAD, clip.frames)

    def pictures() -> Iterator[tuple[int, float, Image, Image]]:
        sought = _played(clip, part.start, seek=True)
        first = next(sought, None)
        # An edit list may hide the key frame that a seek leads to.
        played = _played(clip, part.start, seek=False) if first is None else chain((first,), sought)
        number = None
        for time_s, frame, converter in played:
            if number is None:  # at a key frame before the part, or at the start
                number = int(np.searchsorted(clip.times_s, time_s - _SAME_TIME_S))
            if number >= clip.frames or abs(clip.times_s[number] - time_s) > _SAME_TIME_S:
                raise UnsteadyFileError
            if number in wanted:
                yield number, float(clip.times_s[number]), *converter.convert(frame)
            elif number >= part.start - _BEFORE_A_PART:
                yield number, float(clip.times_s[number]), NO_PICTURE, converter.luma(frame)
            number += 1
            if number == lasts:
                return
        raise UnsteadyFileError

    yield from (frame for frame in judged(pictures()) if frame.index in wanted)


def _matching(clip: Clip, numbers: list[int], seek: bool) -> Generator[Frame, None, None]:
    """The frames of `numbers`, ending early at the first one that does not turn up in its place."""
    wanted = deque(numbers)
    for time_s, frame, converter in _played(clip, numbers[0], seek):
        target_s = float(clip.times_s[wanted[0]])
        if time_s < target_s - _SAME_TIME_S:
            continue
        if time_s > target_s + _SAME_TIME_S:
            return
        number = wanted.popleft()
        image, _ = converter.convert(frame)
        yield Frame(number, target_s, image, bool(clip.repeats[number]), number in clip.cuts)
        if not wanted:
            return


def _played(
    clip: Clip, first: int, seek: bool
) -> Generator[tuple[float, VideoFrame, Converter], None, None]:
    """Frames with their times from the number `first` or before on; none where the file changed."""
    container, stream = open_video(clip.path)
    with container:
        begun = next(decoded(container, stream, Damage()), None)
        if begun is None:
            return
        first_tick, picture = begun
        placement = placement_of(picture, stream.sample_aspect_ratio)
        if placement.size_px != (clip.width_px, clip.height_px):
            return
        converter = Converter(placement)
        start_s = float(clip.times_s[first]) * clip.slow_motion_factor
        timed: Iterator[tuple[float, VideoFrame]]
        if seek and start_s >= _SEEK_FROM_S and can_seek(container) and first_tick is not None:
            timed = _from_key_frame(container, stream, first_tick, start_s, clip.slow_motion_factor)
        else:
            timed = _from_start(container, stream, clip)
        for time_s, frame in timed:
            yield time_s, frame, converter


def _from_start(
    container: InputContainer, stream: VideoStream, clip: Clip
) -> Iterator[tuple[float, VideoFrame]]:
    """Frames with their times, the same way as `FrameReader` found them."""
    container.close()
    container, stream = open_video(clip.path)
    with container:
        damage = Damage()
        clock = clock_of(stream, clip.nominal_fps, clip.slow_motion_factor, damage)
        for tick, frame in decoded(container, stream, damage):
            time_s = clock.place(tick)
            if time_s is not None:
                yield time_s, frame


def _from_key_frame(
    container: InputContainer,
    stream: VideoStream,
    first_tick: int,
    start_s: float,
    slow_motion_factor: float,
) -> Iterator[tuple[float, VideoFrame]]:
    """Frames with their times from a key frame before `start_s` (before slow motion) on."""
    time_base = stream.time_base or Fraction(1, 1)
    target = first_tick + math.floor(start_s / time_base)
    for tick, frame in from_key_frame(container, stream, target, Damage()):
        yield float((tick - first_tick) * time_base) / slow_motion_factor, frame
