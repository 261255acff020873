"""Packets to timed pictures: what a file holds, in the order of presentation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from heapq import heappop, heappush
from typing import TYPE_CHECKING

from av.error import FFmpegError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Timed = tuple[int | None, "VideoFrame"]

USUAL_FPS = 30.0  # where a container does not say

#: A timestamp this far from the one before starts a new time line (clips joined, a clock reset).
BREAK_S = 60.0
_BREAK_BACK_S = 1.0


@dataclass
class Damage:
    """What went wrong while decoding; counted, and told at the end."""

    packets: int = 0  # packets that the decoder refused
    frames: int = 0  # decoded frames that were visibly damaged and left out
    ended_early: bool = False
    out_of_order: int = 0  # frames left out because their time was not later than the last one
    untimed: int = 0  # frames that carried no time
    breaks: int = 0  # jumps of the time line that were closed

    @property
    def lost(self) -> int:
        """Packets and frames that showed nothing."""
        return self.packets + self.frames

    @property
    def any_lost(self) -> bool:
        return bool(self.lost or self.ended_early)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each kind of trouble."""
        told = []
        if self.any_lost:
            told.append(
                "the file is damaged or cut off; what could be read was used"
                f" ({self.packets} unreadable packets, {self.frames} damaged frames left out)"
            )
        if self.out_of_order:
            told.append(f"{self.out_of_order} frames with a doubled or backward time were left out")
        if self.untimed:
            told.append(f"{self.untimed} frames carry no time and were placed by the usual step")
        if self.breaks:
            told.append(f"the time line jumps {self.breaks} times; the jumps were closed")
        return tuple(told)


def decoded(container: InputContainer, stream: VideoStream, damage: Damage) -> Iterator[Timed]:
    """Every sound frame from where the container stands, each after its time in ticks.

    Never raises an FFmpeg error: packets that do not decode are skipped, frames that the decoder
    had to patch are left out, and a file that breaks off simply ends; `damage` counts all of it.
    """
    packets = container.demux(stream)
    # AVI stores no presentation times, only the steady order of its chunks.
    steady = container.format.name == "avi"
    ticks: list[int] = []
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (FFmpegError, OSError, ValueError):
            damage.ended_early = True
            return
        if packet.is_corrupt:
            damage.ended_early = True
        try:
            frames = packet.decode()
        except EOFError:
            return
        except (FFmpegError, OSError, ValueError):
            damage.packets += 1
            continue
        if packet.dts is not None:
            heappush(ticks, packet.dts)
        for frame in frames:
            tick = frame.pts
            if steady:
                tick = heappop(ticks) if ticks else None
            if frame.is_corrupt or not frame.width or not frame.height:
                damage.frames += 1
            else:
                yield tick, frame
        if not steady:
            ticks.clear()


def from_key_frame(
    container: InputContainer, stream: VideoStream, tick: int, damage: Damage
) -> Iterator[tuple[int, VideoFrame]]:
    """Sound frames after their ticks, from the last key frame before `tick` on.

    Ends early, or holds nothing, where the time line is not one that a seek can be trusted on.
    """
    try:
        container.seek(tick, stream=stream, backward=True)
    except (FFmpegError, OSError):
        return
    last_tick: int | None = None
    sound = False
    for here, frame in decoded(container, stream, damage):
        if here is None or (last_tick is not None and here <= last_tick):
            return
        last_tick = here
        sound = sound or frame.key_frame
        if sound:  # pictures before the key frame may lean on what was not decoded
            yield here, frame


@dataclass
class Clock:
    """Presentation times in seconds, first frame at 0, strictly increasing.

    Times come from the stream. A frame whose time is not later than the last one's is left out
    (a player would not show it either); one without a time comes one usual step after the last;
    a break of the time line (back by over a second, forward by over a minute) is closed.
    """

    time_base: Fraction
    step_s: float  # the usual step, before slow motion, for frames without a time
    slow_motion_factor: float
    damage: Damage = field(default_factory=Damage)
    _first: int | None = None
    _offset_s: float = 0.0
    _last_s: float = -1.0

    def place(self, tick: int | None) -> float | None:
        """The time of the next frame from its time in ticks; None where it is to be left out."""
        started = self._last_s >= 0
        if tick is None:
            self.damage.untimed += 1
            raw_s = self._last_s + self.step_s if started else 0.0
        else:
            if self._first is None:
                self._first = tick
                self._offset_s = self._last_s + self.step_s if started else 0.0
            raw_s = float((tick - self._first) * self.time_base) + self._offset_s
            ahead_s = raw_s - self._last_s
            if started and (ahead_s < -_BREAK_BACK_S or ahead_s > BREAK_S):
                self.damage.breaks += 1
                self._offset_s += self._last_s + self.step_s - raw_s
                raw_s = self._last_s + self.step_s
            elif started and ahead_s <= 0:
                self.damage.out_of_order += 1
                return None
        self._last_s = raw_s
        return raw_s / self.slow_motion_factor


def clock_of(stream: VideoStream, nominal_fps: float, factor: float, damage: Damage) -> Clock:
    """The clock of a stream; the nominal rate places only frames that carry no time."""
    fps = nominal_fps if nominal_fps > 0 else USUAL_FPS
    return Clock(stream.time_base or Fraction(1, 90_000), 1 / fps, factor, damage)
