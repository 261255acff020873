"""Read a whole clip once, from its first frame to its last."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from cleanform.closing import Closing
from cleanform.errors import InputError
from cleanform.model import Clip
from cleanform.video.decode import USUAL_FPS, Clock, Damage, Timed, clock_of, decoded
from cleanform.video.frame import Frame, Looks
from cleanform.video.headers import expected_frames_of, nominal_fps_of, slow_motion_of
from cleanform.video.prefetch import QUEUE_FRAMES, Prefetch
from cleanform.video.sameness import judged
from cleanform.video.source import open_video, shown_name
from cleanform.video.upright import NO_PICTURE, Converter, placement_of

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

    from cleanform.video.upright import Image, Placement

_SAME_TIME_S = 1e-9


class FrameReader(Closing):
    """All frames of a clip in order, decoded in a background thread; a context manager.

    At most eight decoded pictures exist at a time. After the last frame `clip()` describes the
    whole clip and `warnings` says what was damaged.

    `slow_motion` is the factor by which the clip was slowed down (4 = plays four times slower);
    without it a capture rate in the container's own tags is used where there is one.

    With `looks` only some frames come out, and smaller; `clip()` still counts and times them all.

    Raises `InputError` where the file is not a video with at least two readable frames.
    """

    def __init__(
        self, path: str | Path, slow_motion: float | None = None, looks: Looks | None = None
    ) -> None:
        self.path = Path(path)
        self._damage = Damage()
        self._container, self._stream = open_video(self.path)
        try:
            self.nominal_fps = nominal_fps_of(self._stream)
            self.slow_motion_factor, self.slow_motion_source = slow_motion_of(
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
        self.expected_frames = expected_frames_of(self._container, self._stream, self.nominal_fps)
        self._times_s: list[float] = []
        self._repeats: list[bool] = []
        self._cuts: list[int] = []
        self._complete = self._closed = False
        clock = clock_of(self._stream, self.nominal_fps, self.slow_motion_factor, self._damage)
        frames = _read_whole(
            self._container, chain((first,), timed), _wanted_pictures(self._placement, looks), clock
        )
        self._frames = Prefetch(frames, QUEUE_FRAMES)

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        while True:
            frame = self._counted()
            if frame.image_rgb.size:
                return frame

    def _counted(self) -> Frame:
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
    def expected_s(self) -> float:
        """How long the clip seems to play; headers lie."""
        return self.expected_frames / (self.nominal_fps if self.nominal_fps > 0 else USUAL_FPS)

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
            damage=self.warnings,
        )

    def _check_enough(self) -> None:
        if self._complete or self._closed:
            return
        name = shown_name(self.path)
        kept, lost = len(self._times_s), self._damage.lost
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


def _read_whole(
    container: InputContainer,
    timed: Iterator[Timed],
    pictures: Callable[[VideoFrame, float], tuple[Image, Image]],
    clock: Clock,
) -> Generator[Frame, None, None]:
    """Frames with `repeat` and `cut`; runs in the background thread and closes the container.

    Not a method: the thread must not keep a forgotten reader alive.
    """

    def placed() -> Iterator[tuple[int, float, Image, Image]]:
        index = 0
        for tick, frame in timed:
            time_s = clock.place(tick)
            if time_s is not None:
                yield index, time_s, *pictures(frame, time_s)
                index += 1

    with container:
        yield from judged(placed())


def _wanted_pictures(
    placement: Placement, looks: Looks | None
) -> Callable[[VideoFrame, float], tuple[Image, Image]]:
    """Turns a decoded frame and its time into picture and luma; no picture between two looks."""
    if looks is None:
        whole = Converter(placement)
        return lambda frame, _time_s: whole.convert(frame)
    small, every_s = Converter(placement.shrunk(looks.long_side_px)), looks.every_s
    due_s = 0.0

    def picture(frame: VideoFrame, time_s: float) -> tuple[Image, Image]:
        nonlocal due_s
        if time_s < due_s - _SAME_TIME_S:
            return NO_PICTURE, small.luma(frame)
        due_s = time_s + every_s
        return small.convert(frame)

    return picture
