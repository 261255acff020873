"""When each frame of a file is shown, told by its packets without decoding one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from av.error import FFmpegError

from cleanform.video.decode import BREAK_S

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: Containers with an index and one time line, in which a seek lands where it says.
_SEEKABLE = ("mov", "mp4", "matroska", "webm")


class UnsteadyFileError(Exception):
    """The packets of a file do not say which frames it holds: it has to be decoded whole."""


def can_seek(container: InputContainer) -> bool:
    """Whether a seek lands where it says."""
    return any(name in _SEEKABLE for name in container.format.name.split(","))


def ticks_of(container: InputContainer, stream: VideoStream) -> list[int]:
    """The time of every frame in ticks, increasing; reads the container to its end.

    Raises `UnsteadyFileError` where frames and packets may not be one to one: hidden or doubled
    ones, some without a time, a break of the time line, a container without an index.
    """
    if not can_seek(container):
        raise UnsteadyFileError
    ticks: list[int] = []
    try:
        for packet in container.demux(stream):
            if packet.pts is None and not packet.size:
                continue  # the one that ends the stream
            if packet.pts is None or packet.is_corrupt:
                raise UnsteadyFileError
            if not packet.is_discard:  # an edit list hides those frames
                ticks.append(packet.pts)
    except (FFmpegError, OSError, ValueError) as error:
        raise UnsteadyFileError from error
    ticks.sort()
    most = BREAK_S / float(stream.time_base or 1)
    if len(ticks) < 2 or not all(0 < after - before <= most for before, after in pairwise(ticks)):
        raise UnsteadyFileError
    return ticks
