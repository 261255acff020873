"""compare.mp4: both lifts side by side, each stretched so that they reach every event together."""

from __future__ import annotations

from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cleanform.compare.changes import Change, State
from cleanform.compare.panels import Panels
from cleanform.compare.pictures import Source, source_of
from cleanform.model import Verdict
from cleanform.report.frames import jpeg
from cleanform.video import VideoWriter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cleanform.compare.comparison import Comparison
    from cleanform.draw.canvas import Image
    from cleanform.model import Floats, Progress

FILE = "compare.mp4"
_AROUND_S = 1.0  # before the first shared event and after the last
_STEP_S = 1 / 60  # where the bar is pulled and caught and a clip has that many pictures
_CALM_STEP_S = 1 / 30
_PULL_S = 0.15  # around knee pass and lowest catch
_QUALITY = 82


@dataclass(frozen=True)
class Picture:
    """Both lifters at one shared event, or where a check was measured."""

    event: str  # "" for a check
    rule: str  # "" for an event
    common_s: float
    data: bytes  # JPEG
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Filmed:
    """What one pass over both clips gave."""

    common_s: tuple[float, ...] = ()  # of each picture of the film
    at_s: tuple[float, ...] = ()  # when the film shows it
    width_px: int = 0
    height_px: int = 0
    pairs: tuple[Picture, ...] = ()  # of the shared events
    proofs: tuple[Picture, ...] = ()  # of the checks that changed, or are faults in both
    drawn: tuple[bool, bool] = (False, False)  # which side's pictures come from its overlay
    missing: tuple[bool, bool] = (False, False)  # which side has no pictures


def shoot(
    comparison: Comparison, folder: Path, progress: Progress | None = None, *, video: bool = True
) -> Filmed:
    """Read both clips once: write the film into `folder`, and keep a pair of stills per event.

    Where the pictures of a lift are nowhere to be found there is neither. Raises InputError where
    the film cannot be written.
    """
    sources = [source_of(side) for side in comparison.sides]
    if sources[0] is None or sources[1] is None:
        return Filmed(missing=(sources[0] is None, sources[1] is None))
    both = (sources[0], sources[1])
    panels = Panels(comparison, both)
    events_s = comparison.alignment.common_s
    grid_s = shared_times_s(comparison, both) if video else events_s
    at_events = {int(np.argmin(np.abs(grid_s - each))): n for n, each in enumerate(events_s)}
    proofs = _Proofs(comparison, both)
    frames = [nearest_frames(comparison, source, n, grid_s) for n, source in enumerate(both)]
    streams = [_stream(source, frames[n], n, proofs) for n, source in enumerate(both)]
    pairs = []
    with VideoWriter(folder / FILE, *panels.size_px) if video else nullcontext() as writer:
        for place, common_s in enumerate(grid_s):
            images = next(streams[0]), next(streams[1])
            here = frames[0][place], frames[1][place]
            shown = panels.picture(images, here, float(common_s))
            if place in at_events:
                event = comparison.alignment.events[at_events[place]]
                pairs.append(_kept(panels, shown, float(common_s), event=event))
            if writer is not None:
                writer.write(shown, float(common_s - grid_s[0]))
            if progress:
                progress("laying the films side by side", (place + 1) / len(grid_s))
        for stream in streams:  # a check may have been measured after the film's end
            deque(stream, maxlen=0)
    film_s = grid_s if video else grid_s[:0]
    return Filmed(
        tuple(float(t) for t in film_s),
        tuple(float(t - grid_s[0]) for t in film_s),
        *panels.size_px,
        tuple(pairs),
        tuple(proofs.drawn(panels)),
        (both[0].drawn, both[1].drawn),
    )


class _Proofs:
    """Pictures of what changed: each lift where its check was measured, the marks drawn in."""

    def __init__(self, comparison: Comparison, sources: tuple[Source, Source]) -> None:
        self._changes: list[tuple[Change, float, tuple[int, int]]] = []
        self._images: list[dict[int, Image]] = [{}, {}]
        for one in filter(_is_worth_showing, comparison.changes):
            at_s = measured_at_s(comparison, one)
            if at_s is None:
                continue
            frames = []
            for n, finding in enumerate((one.a, one.b)):
                own = None if finding is None or one.why == "parts" else finding.frame
                if own is None or own not in sources[n].frames:
                    own = nearest_frames(comparison, sources[n], n, np.array([at_s]))[0]
                frames.append(own)
            self._changes.append((one, at_s, (frames[0], frames[1])))

    def wanted(self, n: int) -> set[int]:
        """Frames of one side."""
        return {frames[n] for _, _, frames in self._changes}

    def keep(self, n: int, frame: int, image: Image) -> None:
        self._images[n][frame] = image

    def drawn(self, panels: Panels) -> Iterator[Picture]:
        """The pictures, once all that was wanted was kept."""
        for one, common_s, frames in self._changes:
            images = self._images[0][frames[0]], self._images[1][frames[1]]
            shown = panels.picture(images, frames, common_s, one)
            yield _kept(panels, shown, common_s, rule=one.rule)


def measured_at_s(comparison: Comparison, one: Change) -> float | None:
    """When a check was measured, on the shared clock: in B, or in A where B has no moment."""
    for n, finding in ((1, one.b), (0, one.a)):
        if finding is not None and finding.time_s is not None:
            return float(comparison.alignment.to_common(n, finding.time_s))
    return None


def _is_worth_showing(one: Change) -> bool:
    faulty = any(each is not None and each.verdict is Verdict.FAULT for each in (one.a, one.b))
    return one.state not in (State.SAME, State.CANNOT_TELL) or (faulty and one.state is State.SAME)


def shared_times_s(comparison: Comparison, sources: tuple[Source, Source]) -> Floats:
    """When the film's pictures are, on the shared clock: every event has its own among them."""
    aligned = comparison.alignment
    ends = [aligned.to_common(n, sources[n].times_s[[0, -1]]) for n in (0, 1)]
    # Where one clip has less to show before or after, it stands still meanwhile.
    start_s = max(float(aligned.common_s[0]) - _AROUND_S, min(end[0] for end in ends))
    stop_s = min(float(aligned.common_s[-1]) + _AROUND_S, max(end[1] for end in ends))
    fast = any(np.median(np.diff(source.times_s)) < 1 / 45 for source in sources)
    edges_s = [start_s, *(float(each) for each in aligned.common_s), stop_s]
    pull = _pull_s(comparison)
    pieces = []
    for first_s, last_s in pairwise(edges_s):
        if last_s <= first_s:
            continue
        quick = fast and pull[0] <= (first_s + last_s) / 2 <= pull[1]
        step_s = _STEP_S if quick else _CALM_STEP_S
        count = max(1, round((last_s - first_s) / step_s))
        pieces.append(np.linspace(first_s, last_s, count, endpoint=False))
    return np.concatenate([*pieces, [stop_s]])


def _pull_s(comparison: Comparison) -> tuple[float, float]:
    aligned = comparison.alignment
    found = [
        aligned.at(event)
        for event in ("knee_pass", "full_extension", "bar_apex", "catch_lowest")
        if event in aligned.events
    ]
    return (min(found) - _PULL_S, max(found) + _PULL_S) if found else (0.0, 0.0)


def nearest_frames(comparison: Comparison, source: Source, n: int, grid_s: Floats) -> list[int]:
    """The clip frame of one side that is nearest to each moment of the shared clock."""
    times_s = source.times_s
    wanted_s = comparison.alignment.to_clip(n, grid_s)
    after = np.clip(np.searchsorted(times_s, wanted_s), 1, max(1, len(times_s) - 1))
    before = after - 1
    after = np.minimum(after, len(times_s) - 1)
    nearer = np.abs(times_s[after] - wanted_s) < np.abs(wanted_s - times_s[before])
    return [source.frames[place] for place in np.where(nearer, after, before)]


def _stream(source: Source, frames: list[int], n: int, proofs: _Proofs) -> Iterator[Image]:
    """A picture for each of `frames`, which never go back; proofs get theirs on the way."""
    kept = proofs.wanted(n)
    fetched = iter(sorted({*frames, *kept}))
    images = source.fetch(sorted({*frames, *kept}))
    number, image = -1, None

    def on() -> tuple[int, Image]:
        number, image = next(fetched), next(images)
        if number in kept:
            proofs.keep(n, number, image)
        return number, image

    for frame in frames:
        while image is None or number < frame:
            number, image = on()
        yield image
    for _ in range(len({*frames, *kept})):
        try:
            on()
        except StopIteration:
            return


def _kept(
    panels: Panels, shown: Image, common_s: float, event: str = "", rule: str = ""
) -> Picture:
    """A picture of the film without its ribbon."""
    width, _ = panels.size_px
    tall = panels.canvases[0].height_px
    return Picture(event, rule, common_s, jpeg(shown[:tall], _QUALITY), width, tall)
