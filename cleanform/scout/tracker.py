"""Keeps to one known person from frame to frame, whoever else walks through the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.closing import Closing
from cleanform.pose import PersonFinder, PoseTracker, nobody
from cleanform.scout.person import Person, person_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cleanform.model import Floats
    from cleanform.scout.person import Box

    Image = NDArray[np.uint8]

Plate = tuple[float, float, float]  # centre x, y and height, image pixels

#: Where a lost lifter is searched: shifts of the part's middle from his feet and its widths, in
#: statures; then how far it reaches above and below his feet.
_SHIFTS, _WIDTHS = (0.0, -0.35, 0.35), (0.8, 1.4)
_ABOVE, _BELOW = 1.4, 0.2
#: One sigma of how another find of the same person differs: of the logarithm of his size, and of
#: where his feet are, in statures.
_SIZE_SIGMA, _FEET_SIGMA = 0.15, 0.25
_MOST_COST = 3.0  # beyond this it is somebody else
#: How far round the last place the lifter is looked for, in box sizes.
_MARGIN = 0.3
#: Hands farther than this from a plate that is in the air, in plate heights, do not hold it.
HELD_WITHIN = 1.6
#: Frames in a row that show somebody else before he is searched anew.
_PATIENCE = 3
#: A search costs as much as half a dozen frames, so one that found nobody is not repeated at once.
_SEARCH_EVERY_S = 0.15


class LifterTracker(Closing):
    """Follows a known person through the frames of a clip; raises what `PoseTracker` raises.

    The pose model is shown the surroundings of his last place only. A find of another size, with
    feet elsewhere, or whose hands are not at the plate that is in the air, is not he: such frames
    are left unseen, and after a few of them he is searched anew, in parts of the picture round
    where he stands.
    """

    def __init__(self, lifter: Person, model: str = "full") -> None:
        self.lifter = lifter
        self._tracker = PoseTracker(model)
        self._finder = PersonFinder("lite")
        self._place: Box | None = None
        self._doubtful = 0
        self._searched_s = -np.inf

    @property
    def model_name(self) -> str:
        return self._tracker.model_name

    @property
    def model_sha256(self) -> str:
        return self._tracker.model_sha256

    def track(
        self, image_rgb: Image, time_s: float, plate: Plate | None = None
    ) -> tuple[Floats, Floats]:
        """The lifter's landmarks in the next frame, as `PoseTracker.track` gives them.

        `plate` is his, where it is known to be off the floor.
        """
        if self._place is None and time_s - self._searched_s >= _SEARCH_EVERY_S:
            self._searched_s = time_s
            self._place = self._searched(image_rgb, plate)
            if self._place is not None:
                self._tracker.reset()
        if self._place is None:
            return nobody()
        within = _grown(self._place, _MARGIN)
        xy_px, visibility = self._tracker.track(image_rgb, time_s, within)
        person = person_of(xy_px)
        if person is not None and self._cost(person, plate) <= _MOST_COST:
            self._place, self._doubtful = person.box_px, 0
            return xy_px, visibility
        self._doubtful += 1
        if self._doubtful >= _PATIENCE:
            self._place, self._doubtful = None, 0
        return nobody()

    def _searched(self, image_rgb: Image, plate: Plate | None) -> Box | None:
        """The place of whoever is most like the lifter; None where nobody is."""
        found = (person_of(self._finder.find(image_rgb, part)[0]) for part in self._parts())
        people = [person for person in found if person is not None]
        best = min(people, key=lambda person: self._cost(person, plate), default=None)
        if best is None or self._cost(best, plate) > _MOST_COST:
            return None
        return best.box_px

    def _parts(self) -> Iterator[Box]:
        x, y = self.lifter.feet_px
        stature = self.lifter.stature_px
        for width in _WIDTHS:
            for shift in _SHIFTS:
                middle, half = x + shift * stature, width * stature / 2
                yield middle - half, y - _ABOVE * stature, middle + half, y + _BELOW * stature

    def _cost(self, person: Person, plate: Plate | None) -> float:
        """How unlike the lifter somebody is, in sigmas; infinite where the plate is not his."""
        if plate is not None and person.hand_distance_px(plate[:2]) > HELD_WITHIN * plate[2]:
            return float("inf")
        size = np.log(max(person.stature_px, 1.0) / self.lifter.stature_px) / _SIZE_SIGMA
        away = np.subtract(person.feet_px, self.lifter.feet_px) / self.lifter.stature_px
        return float(np.hypot(size, np.hypot(*away) / _FEET_SIGMA))

    def reset(self) -> None:
        """Forget his last place: the next frame may show somewhere else, at any time."""
        self._tracker.reset()
        self._place, self._doubtful, self._searched_s = None, 0, -np.inf

    def close(self) -> None:
        self._tracker.close()
        self._finder.close()


def _grown(box_px: Box, margin: float) -> Box:
    x0, y0, x1, y1 = box_px
    more = margin * max(x1 - x0, y1 - y0)
    return x0 - more, y0 - more, x1 + more, y1 + more
