"""The one look at the pixels: frames -> landmarks of the lifter and plates, frame by frame.

A short clip is watched whole. A longer one is looked through at low cost first, where nothing
happens by its key frames alone, and only where a lift may be (`cleanform.scout`) the good model
sees every frame. Where somebody else was followed than the one who lifts the plate, those frames
are watched once more, with him in mind.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanform import bar, plumb, scout
from cleanform.camera import CameraFollower
from cleanform.errors import InputError
from cleanform.model import LANDMARKS, Pose
from cleanform.pose import PersonFinder, PoseTracker
from cleanform.video import (
    ClipSkimmer,
    FrameReader,
    Looks,
    UnsteadyFileError,
    read_frames,
    read_part,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from cleanform.model import CameraPath, Clip, Floats, Options, Progress
    from cleanform.video import Frame

    Reads = Callable[[Clip, slice], Iterator[Frame]]

#: Frames by which the plate finder may lag; each is held in memory until it is done.
PLATES_BEHIND = 4
#: A shorter clip is watched whole: looking it through first would cost more than it saves.
SCOUT_FROM_S = 12.0
#: So is one in which most of it may be a lift.
_NEARLY_ALL = 0.7
_LOOKS = Looks(every_s=0.22, long_side_px=640)
#: Key frames closer than this tell no more: phones write one or two a second.
_GLANCES_S = 0.9


@dataclass(frozen=True, eq=False)
class Watched:
    """What was seen in a clip of T frames."""

    clip: Clip
    pose: Pose
    candidates: list[Floats]  # T times (K, 5), as `bar.PlateFinder.find`
    model: tuple[str, str]  # name and SHA-256
    edges: dict[int, Floats]  # frame -> `plumb.upright_edges` of a few frames
    parts: tuple[slice, ...]  # frames that were watched, in order
    followed: str  # who, as `Recording.followed` says
    camera: CameraPath | None  # None where it stands still

    @property
    def watched(self) -> tuple[tuple[int, int], ...]:
        """As `Recording.watched` says it: empty where it is the whole clip."""
        whole = slice(0, self.clip.frames)
        return () if self.parts == (whole,) else tuple((p.start, p.stop) for p in self.parts)


def watch(path: Path, options: Options, tell: Progress) -> Watched:
    """Watch a clip wherever a lift may be; frames outside hold nobody and no plate."""
    person = _pointed_at(path, options)
    try:
        watched = _watched(path, options, person, tell, ClipSkimmer, read_part)
    except UnsteadyFileError:
        watched = _watched(path, options, person, tell, FrameReader, _read_again)
    return _with_the_right_one(watched, person, options, tell)


def _watched(
    path: Path,
    options: Options,
    person: scout.Person | None,
    tell: Progress,
    reader: type[ClipSkimmer | FrameReader],
    read: Reads,
) -> Watched:
    """What is seen by the good model; `reader` looks the clip through, `read` gives its parts."""
    with _Seen(options.model, person) as seen:
        clip, parts = _looked_through(path, options, tell, reader)
        if clip is None:
            with FrameReader(path, slow_motion=options.slow_motion) as frames:
                for frame in frames:
                    seen.see(frame, frames.expected_frames)
                    done = seen.count / max(frames.expected_frames, seen.count)
                    tell("watching the clip", done)
                clip = frames.clip()
            parts = (slice(0, clip.frames),)
        else:
            _watch_parts(clip, parts, seen, tell, read)
            clip = seen.told(clip, parts)
        pose, candidates = seen.results(clip.frames)
        edges, camera = seen.edges(), seen.camera(clip.frames)
    how = "surest" if person is None else "pointed"
    return Watched(clip, pose, candidates, seen.model, edges, parts, how, camera)


def _read_again(clip: Clip, part: slice) -> Iterator[Frame]:
    """A part of a clip of which every frame is known."""
    return read_frames(clip, range(part.start, part.stop))


def _watch_parts(
    clip: Clip, parts: tuple[slice, ...], seen: _Seen, tell: Progress, read: Reads
) -> None:
    wanted = sum(part.stop - part.start for part in parts)
    for part in parts:
        seen.begin()
        for frame in read(clip, part):
            seen.see(frame, wanted)
            tell("watching the lift", seen.count / wanted)


def _looked_through(
    path: Path, options: Options, tell: Progress, reader: type[ClipSkimmer | FrameReader]
) -> tuple[Clip | None, tuple[slice, ...]]:
    """The clip and the parts of it to be watched; no clip where it is short."""
    with reader(path, options.slow_motion, _LOOKS) as frames:
        if frames.expected_s < SCOUT_FROM_S:
            return None, ()
        looks: dict[int, scout.Look] = {}
        closely: Iterable[Frame] = frames
        if isinstance(frames, ClipSkimmer):
            looks |= _glances(frames, tell)
            lively_s = scout.lively([*looks.values()], frames.expected_s)
            closely = frames.within(lively_s)
        with PoseTracker("lite") as tracker:

            def followed(frame: Frame) -> Floats:
                tell("looking for the lift", frame.index / max(frames.expected_frames, 1))
                return tracker.track(frame.image_rgb, frame.time_s)[0]

            looks |= _looks(closely, followed)
        clip = frames.clip()
    parts = scout.stretches([looks[number] for number in sorted(looks)], clip)
    if sum(part.stop - part.start for part in parts) > _NEARLY_ALL * clip.frames:
        parts = (slice(0, clip.frames),)
    return clip, parts


def _glances(frames: ClipSkimmer, tell: Progress) -> dict[int, scout.Look]:
    """Frame -> what is seen at a glance; people are looked for anew each time, seconds apart."""
    tell("looking for the lift", 0.0)
    with PersonFinder("lite") as finder:

        def found(frame: Frame) -> Floats:
            height_px, width_px = frame.image_rgb.shape[:2]
            return finder.find(frame.image_rgb, (0.0, 0.0, width_px, height_px))[0]

        return _looks(frames.glances(_GLANCES_S), found)


def _looks(frames: Iterable[Frame], person_in: Callable[[Frame], Floats]) -> dict[int, scout.Look]:
    """Frame -> what is seen in it; the plates are found beside the person."""
    finder, looks = bar.PlateFinder(), {}
    with ThreadPoolExecutor(max_workers=1) as beside:
        for frame in frames:
            plates = beside.submit(finder.locate, frame.image_rgb)
            xy_px = person_in(frame)
            looks[frame.index] = scout.Look(frame.time_s, plates.result(), xy_px)
    return looks


def _with_the_right_one(
    watched: Watched, pointed: scout.Person | None, options: Options, tell: Progress
) -> Watched:
    """The same, with the one in view who lifts the plate, where it was somebody else.

    Where somebody was pointed at, only a plate at his feet is asked.
    """
    clip = watched.clip
    plate = scout.lifted(watched.candidates, clip, pointed)
    if plate is None or scout.is_his(plate, watched.pose):
        return watched

    def pictures(numbers: list[int]) -> Iterator[tuple[int, NDArray[np.uint8]]]:
        return ((frame.index, frame.image_rgb) for frame in read_frames(clip, numbers))

    with PersonFinder(options.model) as finder:
        person = scout.whose(plate, pictures, finder)
    if person is None:
        return watched
    with _Seen(options.model, person, plate.plates(), watched.candidates) as seen:
        _watch_parts(clip, watched.parts, seen, tell, _read_again)
        pose, _ = seen.results(clip.frames)
    if plate.held_by(pose) <= plate.held_by(watched.pose):
        return watched
    return replace(watched, pose=pose, followed="plate" if pointed is None else "pointed")


class _Seen:
    """Landmarks and plate candidates of the frames that were watched; a context manager.

    The plate finder runs beside the pose model, on the second core, and may fall a few frames
    behind. A repeated frame shows nothing new and is not looked at again. With `known`
    candidates plates are not looked for again.
    """

    def __init__(
        self,
        model: str,
        lifter: scout.Person | None = None,
        lifted: dict[int, scout.Plate] | None = None,
        known: list[Floats] | None = None,
    ) -> None:
        self._tracker = PoseTracker(model) if lifter is None else None
        self._keeper = None if lifter is None else scout.LifterTracker(lifter, model)
        self._lifted = lifted or {}
        self._known = known
        self._plate_watcher = bar.PlateWatcher(bar.PlateFinder())
        self._beside = ThreadPoolExecutor(max_workers=1)
        self._frames: list[int] = []
        self._points: list[Floats] = []
        self._visibility: list[Floats] = []
        self._plates: list[Future[Floats]] = []
        self._edges: dict[int, Future[Floats]] = {}
        self._camera = CameraFollower()
        self._room: list[Future[None]] = []
        self._begun = False
        self._repeats: list[bool] = []
        self._cuts: list[int] = []

    @property
    def count(self) -> int:
        return len(self._frames)

    @property
    def model(self) -> tuple[str, str]:
        tracker = self._tracker or self._keeper
        assert tracker is not None
        return tracker.model_name, tracker.model_sha256

    def begin(self) -> None:
        """What comes next does not follow what came before."""
        self._begun = False
        if self._frames:
            self._reset()

    def see(self, frame: Frame, expected: int) -> None:
        """The next frame of so many that are expected."""
        if frame.cut:
            self._cuts.append(frame.index)
            self._reset()
        self._frames.append(frame.index)
        self._repeats.append(frame.repeat)
        if frame.repeat and self._begun:
            self._points.append(self._points[-1])
            self._visibility.append(self._visibility[-1])
            self._plates += self._plates[-1:]
            return
        self._begun = True
        if self._known is None:
            looked = self._beside.submit(self._plate_watcher.see, frame.image_rgb, frame.time_s)
            self._plates.append(looked)
        xy_px, seen = self._tracked(frame)
        self._points.append(xy_px)
        self._visibility.append(seen)
        if self._known is None:
            # In the one thread beside, where it comes after the plates of its frame.
            room = self._beside.submit(self._room_seen, frame, xy_px, self._plates[-1])
            self._room.append(room)
            due = (len(self._edges) + 0.5) * expected / plumb.LOOKS
            if len(self._edges) < plumb.LOOKS and self.count > due:
                upright = self._beside.submit(plumb.upright_edges, frame.image_rgb)
                self._edges[frame.index] = upright
            self._plates[max(0, len(self._plates) - PLATES_BEHIND)].result()

    def results(self, count: int) -> tuple[Pose, list[Floats]]:
        """For each of `count` frames of the clip; nobody and nothing where it was not watched."""
        xy_px = np.full((count, len(LANDMARKS), 2), np.nan)
        visibility = np.zeros((count, len(LANDMARKS)))
        xy_px[self._frames], visibility[self._frames] = self._points, self._visibility
        candidates = [np.empty((0, 5))] * count if self._known is None else self._known
        for frame, found in zip(self._frames, self._plates, strict=self._known is None):
            candidates[frame] = found.result()
        return Pose(xy_px, visibility), candidates

    def told(self, clip: Clip, parts: tuple[slice, ...]) -> Clip:
        """The clip with the repeats and cuts that were told while these parts were watched."""
        repeats = clip.repeats.copy()
        repeats[self._frames] = self._repeats
        outside = [cut for cut in clip.cuts if not any(p.start <= cut < p.stop for p in parts)]
        return replace(clip, repeats=repeats, cuts=tuple(sorted({*outside, *self._cuts})))

    def edges(self) -> dict[int, Floats]:
        """Frame -> upright edges, of a few frames spread over what was watched."""
        return {frame: looked.result() for frame, looked in self._edges.items()}

    def camera(self, count: int) -> CameraPath | None:
        """How the camera moved; a repeated picture shows what the one before it showed."""
        for looked in self._room:
            looked.result()
        return self._camera.path(count)

    def _room_seen(self, frame: Frame, xy_px: Floats, plates: Future[Floats]) -> None:
        """The camera's way, by what is neither the person nor a plate."""
        hidden = scout.in_front(xy_px, plates.result())
        self._camera.see(frame.index, frame.image_rgb, hidden)

    def _tracked(self, frame: Frame) -> tuple[Floats, Floats]:
        if self._keeper is not None:
            return self._keeper.track(frame.image_rgb, frame.time_s, self._lifted.get(frame.index))
        assert self._tracker is not None
        return self._tracker.track(frame.image_rgb, frame.time_s)

    def _reset(self) -> None:
        self._beside.submit(self._camera.begin)
        self._beside.submit(self._plate_watcher.begin)
        for tracker in (self._tracker, self._keeper):
            if tracker is not None:
                tracker.reset()

    def __enter__(self) -> _Seen:
        return self

    def __exit__(self, *_: object) -> None:
        self._beside.shutdown(cancel_futures=True)
        for tracker in (self._tracker, self._keeper):
            if tracker is not None:
                tracker.close()


def _pointed_at(path: Path, options: Options) -> scout.Person | None:
    """Who `Options.lifter` points at; None where nobody was pointed at."""
    if options.lifter is None:
        return None
    time_s, x_share, y_share = options.lifter
    with FrameReader(path, slow_motion=1.0) as frames, PersonFinder(options.model) as finder:
        for frame in frames:
            if frame.time_s < time_s:
                continue
            point_px = (x_share * frames.width_px, y_share * frames.height_px)
            try:
                return scout.person_at(frame.image_rgb, point_px, finder)
            except LookupError:
                break
    raise InputError(
        f"{path.name}: nobody is seen at {time_s:g} s, {x_share:g}, {y_share:g}; "
        "point at the lifter's hips, at a time when he stands at the bar"
    )
