"""Read a clip: once whole, with `FrameReader`, or some of its frames again, with `read_frames`."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from itertools import chain, pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from av.error import FFmpegError

from cleanform.errors import InputError
from cleanform.model import Clip
from cleanform.video.decode import Clock, Damage, Timed, decoded
from cleanform.video.frame import Frame
from cleanform.video.prefetch import Prefetch
from cleanform.video.sameness import CutFinder, RepeatFinder, shrink, small_size
from cleanform.video.source import open_video, shown_name
from cleanform.video.upright import Converter, placement_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from cleanform.video.upright import Image

_QUEUE_FRAMES = 3
_USUAL_FPS = 30.0  # where a container does not say
_SEEK_FROM_S = 1.0  # nearer to the start than this a seek gains nothing
#: Containers with an index and one time line, in which a seek lands where it says.
_SEEKABLE = ("mov", "mp4", "matroska", "webm")
_CAPTURE_RATE_TAGS = ("com.android.capture.fps", "com.apple.quicktime.capture.fps")
_LEAST_CONTAINER_FACTOR = 1.5
_SAME_TIME_S = 1e-9


class FrameReader:
    """All frames of a clip in order, decoded in a background thread; a context manager.

    At most eight decoded pictures exist at a time. After the last frame `clip()` describes the
    whole clip and `warnings` says what was damaged.

    `slow_motion` is the factor by which the clip was slowed down (4 = plays four times slower);
    without it a capture rate in the container's own tags is used where there is one.

    Raises `InputError` where the file is not a video with at least two readable frames.
    """

    def __init__(self, path: str | Path, slow_motion: float | None = None) -> None:
        if slow_motion is not None and not (math.isfinite(slow_motion) and slow_motion >= 1):
            raise InputError(
                f"slow motion factor {slow_motion:g}: give 1 or more (4 = plays four times slower)"
            )
        self.path = Path(path)
        self._damage = Damage()
        self._container, self._stream = open_video(self.path)
        try:
            self.nominal_fps = _nominal_fps(self._stream)
            self.slow_motion_factor, self.slow_motion_source = _slow_motion(
                slow_motion, self._container, self._stream, self.nominal_fps
            )
            timed = decoded(self._container, self._stream, self._damage)
            first = next(timed, None)
            if first is None:
                raise InputError(
                    f"{shown_name(self.path)}: not one frame can be decoded; "
                    "copy the clip again or convert it to H.264"
                )
            self._placement = placement_of(first[1], self._stream.sample_aspect_ratio)
        except BaseException:
            self._container.close()
            raise
        self.width_px, self.height_px = self._placement.size_px
        self.expected_frames = _expected_frames(self._container, self._stream, self.nominal_fps)
        self._times_s: list[float] = []
        self._repeats: list[bool] = []
        self._cuts: list[int] = []
        self._complete = self._closed = False
        clock = _clock(self._stream, self.nominal_fps, self.slow_motion_factor, self._damage)
        frames = _judged(self._container, chain((first,), timed), Converter(self._placement), clock)
        self._frames = Prefetch(frames, _QUEUE_FRAMES)

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        try:
            frame = next(self._frames)
        except StopIteration:
            self._check_enough()
            raise
        self._times_s.append(frame.time_s)
        self._repeats.append(frame.repeat)
        if frame.cut:
            self._cuts.append(frame.index)
        return frame

    def close(self) -> None:
        """Stops decoding and closes the file; safe to call more than once."""
        self._closed = True
        self._frames.close()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the file though it could be read; complete after the last frame."""
        return self._damage.notes()

    def clip(self) -> Clip:
        """The clip as it was read; only after the last frame."""
        if not self._complete:
            raise RuntimeError("FrameReader.clip: iterate over all frames first")
        return Clip(
            path=self.path,
            width_px=self.width_px,
            height_px=self.height_px,
            times_s=self._times_s,  # type: ignore[arg-type]
            repeats=self._repeats,  # type: ignore[arg-type]
            cuts=tuple(self._cuts),
            nominal_fps=self.nominal_fps,
            rotation_deg=self._placement.rotation_deg,
            mirrored=self._placement.mirrored,
            slow_motion_factor=self.slow_motion_factor,
            slow_motion_source=self.slow_motion_source,
        )

    def _check_enough(self) -> None:
        if self._complete or self._closed:
            return
        name = shown_name(self.path)
        kept, lost = len(self._times_s), self._damage.frames + self._damage.packets
        if kept < 2:
            raise InputError(
                f"{name}: only {kept} frame could be decoded; give a clip, or copy it again"
            )
        if lost > kept:
            raise InputError(
                f"{name}: too damaged, {lost} of {lost + kept} frames cannot be decoded; "
                "copy the clip again"
            )
        self._complete = True


def _judged(
    container: InputContainer,
    timed: Iterator[Timed],
    converter: Converter,
    clock: Clock,
) -> Generator[Frame, None, None]:
    """Frames with `repeat` and `cut`; runs in the background thread and closes the container.

    Not a method: the thread must not keep a forgotten reader alive.
    """
    repeats, cuts = RepeatFinder(), CutFinder()
    waiting: deque[tuple[int, float, Image]] = deque()
    size: tuple[int, int] | None = None
    index = 0
    with container:
        for tick, frame in timed:
            time_s = clock.place(tick)
            if time_s is None:
                continue
            image, luma = converter.convert(frame)
            waiting.append((index, time_s, image))
            index += 1
            size = size or small_size(luma)
            small = shrink(luma, size)
            repeat, cut = repeats.push(small), cuts.push(small)
            if repeat is not None and cut is not None:
                yield Frame(*waiting.popleft(), repeat and not cut, cut)
    for repeat, cut in zip(repeats.flush(), cuts.flush(), strict=True):
        yield Frame(*waiting.popleft(), repeat and not cut, cut)


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
        frames = Prefetch(_matching(clip, list(missing), seek), _QUEUE_FRAMES)
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


def _matching(clip: Clip, numbers: list[int], seek: bool) -> Generator[Frame, None, None]:
    """The frames of `numbers`, ending early at the first one that does not turn up in its place."""
    container, stream = open_video(clip.path)
    with container:
        damage = Damage()
        first = next(decoded(container, stream, damage), None)
        if first is None:
            return
        first_tick, picture = first
        placement = placement_of(picture, stream.sample_aspect_ratio)
        if placement.size_px != (clip.width_px, clip.height_px):
            return
        converter = Converter(placement)
        start_s = float(clip.times_s[numbers[0]]) * clip.slow_motion_factor
        timed: Iterator[tuple[float, VideoFrame]]
        if seek and start_s >= _SEEK_FROM_S and _can_seek(container) and first_tick is not None:
            timed = _from_key_frame(container, stream, first_tick, start_s, clip.slow_motion_factor)
        else:
            timed = _from_start(container, stream, clip)
        wanted = deque(numbers)
        for time_s, frame in timed:
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


def _from_start(
    container: InputContainer, stream: VideoStream, clip: Clip
) -> Iterator[tuple[float, VideoFrame]]:
    """Frames with their times, the same way as `FrameReader` found them."""
    container.close()
    container, stream = open_video(clip.path)
    with container:
        damage = Damage()
        clock = _clock(stream, clip.nominal_fps, clip.slow_motion_factor, damage)
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
    try:
        container.seek(target, stream=stream, backward=True)
    except (FFmpegError, OSError):
        return
    last_tick: int | None = None
    sound = False
    for tick, frame in decoded(container, stream, Damage()):
        if tick is None or (last_tick is not None and tick <= last_tick):
            return  # not a time line that a seek can be trusted on
        last_tick = tick
        sound = sound or frame.key_frame
        if sound:  # pictures before the key frame may lean on what was not decoded
            yield float((tick - first_tick) * time_base) / slow_motion_factor, frame


def _can_seek(container: InputContainer) -> bool:
    return any(name in _SEEKABLE for name in container.format.name.split(","))


def _clock(stream: VideoStream, nominal_fps: float, factor: float, damage: Damage) -> Clock:
    fps = nominal_fps if nominal_fps > 0 else _USUAL_FPS
    return Clock(stream.time_base or Fraction(1, 90_000), 1 / fps, factor, damage)


def _nominal_fps(stream: VideoStream) -> float:
    """What the container claims, NaN where it claims nothing."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 1 <= rate <= 1000:
            return float(rate)
    return math.nan


def _expected_frames(container: InputContainer, stream: VideoStream, nominal_fps: float) -> int:
    """For a progress bar only; headers lie."""
    if stream.frames > 0:
        return int(stream.frames)
    if stream.duration and stream.time_base:
        duration_s = float(stream.duration * stream.time_base)
    else:
        duration_s = (container.duration or 0) / 1_000_000
    fps = nominal_fps if nominal_fps > 0 else _USUAL_FPS
    return max(2, round(duration_s * fps))


def _slow_motion(
    declared: float | None, container: InputContainer, stream: VideoStream, nominal_fps: float
) -> tuple[float, str]:
    """The factor to divide times by, and its source."""
    if declared is not None:
        return float(declared), "declared"
    for tags in (stream.metadata, container.metadata):
        for tag in _CAPTURE_RATE_TAGS:
            try:
                factor = float(tags[tag]) / nominal_fps
            except (KeyError, ValueError):
                continue
            if _LEAST_CONTAINER_FACTOR < factor < 100:
                return factor, "container"
    return 1.0, "none"
