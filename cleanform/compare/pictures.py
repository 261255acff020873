"""Where a lift's pictures come from: its clip, or the film that analyze drew of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError
from cleanform.report import film
from cleanform.report.frames import KeptFrames
from cleanform.video import FrameReader, read_frames

if TYPE_CHECKING:
    from cleanform.compare.sides import Side
    from cleanform.draw.canvas import Image
    from cleanform.model import Floats


@dataclass(frozen=True, eq=False)
class Source:
    """The pictures of one lift: which moments there are, and how to fetch them in their order."""

    side: Side
    frames: tuple[int, ...]  # clip frames that have a picture, increasing
    scale: float  # size of the pictures relative to the clip
    drawn: bool  # skeleton and path are in the pictures already
    _numbers: tuple[int, ...] = field(default=(), repr=False)  # in the film, where it is that

    @property
    def times_s(self) -> Floats:
        """Clip times of `frames`."""
        return np.asarray(self.side.analysis.recording.clip.times_s[list(self.frames)])

    def fetch(self, wanted: Sequence[int]) -> Iterator[Image]:
        """The pictures of some of `frames`, increasing; InputError where one cannot be read."""
        if not self.drawn:
            for frame in read_frames(self.side.analysis.recording.clip, wanted):
                yield frame.image_rgb
            return
        number = dict(zip(self.frames, self._numbers, strict=True))
        due = [number[frame] for frame in wanted]
        with FrameReader(self.side.folder / film.FILE) as reader:
            for picture in reader:
                if due and picture.index == due[0]:
                    due.pop(0)
                    yield picture.image_rgb
                if not due:
                    return
        raise InputError(f"{film.FILE}: ends early; run cleanform analyze again")


def source_of(side: Side) -> Source | None:
    """The clip where it can still be read, else the overlay; None where neither is there."""
    clip = side.analysis.recording.clip
    if clip.path.is_absolute() or clip.path.is_file():
        try:
            next(iter(read_frames(clip, [side.rep.span.start])))
        except (InputError, StopIteration):
            pass
        else:
            return Source(side, tuple(range(clip.frames)), 1.0, drawn=False)
    if not (side.folder / film.FILE).is_file():
        return None
    try:
        shown_s = KeptFrames.load(side.folder).film_times_s
    except InputError:
        return None
    frames = np.searchsorted(clip.times_s, np.asarray(shown_s) - 1e-4)
    frames = np.minimum(frames, clip.frames - 1)
    first = np.unique(frames, return_index=True)  # where the film stands still, its first picture
    if len(first[0]) == 0:
        return None
    scale = film.canvas_of(side.analysis).scale
    return Source(side, tuple(map(int, first[0])), scale, True, tuple(map(int, first[1])))
