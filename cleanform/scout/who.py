"""Who lifts: the one whose hands go up with the plate that goes up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.scout.person import Person, person_of
from cleanform.scout.plates import Rise, Track, rises
from cleanform.scout.tracker import HELD_WITHIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cleanform.model import Clip, Floats, Pose
    from cleanform.pose import PersonFinder
    from cleanform.scout.person import Box
    from cleanform.scout.tracker import Plate

    Image = NDArray[np.uint8]

#: Plate heights: a bar that is lifted less says little of who lifts it.
_TELLING_RISE = 1.2
_MOST_RISE = 3.0  # from the floor to the shoulders; overhead tells no more
#: Another rise is the same lifter's where the plate is as large and not far away.
_SAME_SIZE, _SAME_PLACE = 0.3, 4.0
#: Of the frames with the plate off the floor, so many must show hands at it.
_HELD = 0.75
#: A plate this far above its lowest place is off the floor, in plate heights.
_OFF_THE_FLOOR = 0.3
#: While the arms hang the hands are surely at the bar: this far up, in plate heights.
_ARMS_HANG = 1.4
_LOOKS = 8
_AT_THE_BAR = 1.1  # hands to the plate's middle, in plate heights
#: Where a lifter is searched round his plate, in plate heights: shifts and half widths of the
#: part, and how far it reaches above and below the plate on the floor. The lifter stands behind
#: the plate and looks smaller than it makes believe.
_SHIFTS, _HALF_WIDTHS = (0.0, -0.9, 0.9), (1.1, 1.9)
_ABOVE, _BELOW = 4.8, 0.9
_STATURES = (1.8, 5.5)  # of a lifter, in plate heights


@dataclass(frozen=True, eq=False)
class Lifted:
    """A plate that somebody lifts, by the clip's frames."""

    rises: tuple[Rise, ...]  # of the plate or plates of one lifter, in order
    frames: NDArray[np.int64]  # which frame each look is

    def plates(self) -> dict[int, Plate]:
        """Centre and height by frame, where it is off the floor."""
        found = {}
        for track in self._tracks():
            up = _off_the_floor(track)
            for look, row in zip(track.looks[up], track.rows[up], strict=True):
                found[int(self.frames[look])] = (float(row[0]), float(row[1]), track.height_px)
        return found

    def held_by(self, pose: Pose) -> float:
        """The share of the frames off the floor that show hands of `pose` at the plate.

        That of the worst of the plate's tracks, so that one lift with somebody else is told.
        """
        shares = []
        for track in self._tracks():
            up = np.flatnonzero(_off_the_floor(track))
            if len(up):
                shares.append(float(np.mean([self._at_hand(pose, track, int(at)) for at in up])))
        return min(shares, default=1.0)

    def _at_hand(self, pose: Pose, track: Track, at: int) -> bool:
        person = person_of(pose.xy_px[self.frames[track.looks[at]]])
        if person is None:
            return False
        x, y = track.rows[at, :2]
        return person.hand_distance_px((float(x), float(y))) <= HELD_WITHIN * track.height_px

    def _tracks(self) -> list[Track]:
        return list({id(rise.track): rise.track for rise in self.rises}.values())

    def telling_frames(self) -> dict[int, tuple[Plate, float]]:
        """A few frames in which the arms hang: the plate, and the height of its lowest middle."""
        found: dict[int, tuple[Plate, float]] = {}
        for rise in self.rises:
            hanging = _between(rise, _OFF_THE_FLOOR, _ARMS_HANG)
            few = np.unique(np.linspace(0, len(hanging) - 1, _LOOKS).round().astype(int))
            low = float(rise.track.rows[:, 1].max())
            for at in hanging[few] if len(hanging) else ():
                x, y = rise.track.rows[at, :2]
                plate = (float(x), float(y), rise.track.height_px)
                found[int(self.frames[rise.track.looks[at]])] = plate, low
        return found


def _off_the_floor(track: Track) -> NDArray[np.bool_]:
    low = float(track.rows[:, 1].max())
    return np.asarray(track.rows[:, 1] < low - _OFF_THE_FLOOR * track.height_px, bool)


def _between(rise: Rise, low: float, high: float) -> NDArray[np.int64]:
    """Which rows of a rise's track lie on its way up, so far above its start (plate heights)."""
    track = rise.track
    on_the_way = np.flatnonzero((track.looks >= rise.first) & (track.looks <= rise.last))
    if not len(on_the_way):
        return on_the_way
    up = (track.rows[on_the_way[0], 1] - track.rows[on_the_way, 1]) / track.height_px
    return np.asarray(on_the_way[(up >= low) & (up <= high)])


def lifted(candidates: Sequence[Floats], clip: Clip, lifter: Person | None = None) -> Lifted | None:
    """The plate that is lifted highest, for its size; None where none is.

    `candidates`: (K, 5) for each of the clip's frames. What a mirror shows, and what somebody
    lifts farther away, is smaller. With `lifter` only a plate that stands at his feet is meant.
    """
    fresh = np.flatnonzero(~clip.repeats)
    found = [
        rise
        for rise in rises([candidates[int(frame)] for frame in fresh], clip.times_s[fresh])
        if rise.height >= _TELLING_RISE and (lifter is None or _at_his_feet(rise, lifter))
    ]
    if not found:
        return None
    main = max(found, key=lambda rise: min(rise.height, _MOST_RISE) * rise.track.height_px)
    return Lifted(tuple(rise for rise in found if _same_lifter(rise, main)), fresh)


def _at_his_feet(rise: Rise, lifter: Person) -> bool:
    height = rise.track.height_px
    away = abs(float(np.median(rise.track.rows[:, 0])) - lifter.feet_px[0])
    fits = _STATURES[0] * height <= lifter.stature_px <= _STATURES[1] * height
    return fits and away <= lifter.stature_px


def _same_lifter(rise: Rise, main: Rise) -> bool:
    growth = np.log(rise.track.height_px / main.track.height_px)
    away = np.median(rise.track.rows[:, 0]) - np.median(main.track.rows[:, 0])
    return bool(abs(growth) < _SAME_SIZE and abs(away) < _SAME_PLACE * main.track.height_px)


def is_his(plate: Lifted, pose: Pose) -> bool:
    """Whether the person of `pose` is the one who lifts the plate."""
    return plate.held_by(pose) >= _HELD


def whose(
    plate: Lifted,
    pictures: Callable[[list[int]], Iterator[tuple[int, Image]]],
    finder: PersonFinder,
) -> Person | None:
    """The person who holds the plate on its way up; None where nobody is seen to.

    `pictures` gives the frames of those numbers with their numbers.
    """
    telling = plate.telling_frames()
    holders = []
    for frame, image in pictures(sorted(telling)):
        (x, y, height), low = telling[frame]
        found = (person_of(finder.find(image, part)[0]) for part in _parts(x, low, height))
        near = [
            person
            for person in found
            if person is not None
            and person.hand_distance_px((x, y)) <= _AT_THE_BAR * height
            and _STATURES[0] * height <= person.stature_px <= _STATURES[1] * height
        ]
        if near:
            holders.append(min(near, key=lambda person: person.hand_distance_px((x, y))))
    if not holders:
        return None
    stature = np.median([person.stature_px for person in holders])
    feet = np.median([person.feet_px for person in holders], axis=0)

    def unlike(person: Person) -> float:
        away = np.hypot(*np.subtract(person.feet_px, feet)) / stature
        return float(away + abs(np.log(person.stature_px / stature)))

    return min(holders, key=unlike)


def _parts(x: float, low: float, height: float) -> Iterator[Box]:
    for half in _HALF_WIDTHS:
        for shift in _SHIFTS:
            middle = x + shift * height
            yield (
                middle - half * height, low - _ABOVE * height,
                middle + half * height, low + _BELOW * height,
            )  # fmt: skip
