"""One person among several: how large he is and where he stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import LANDMARKS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cleanform.model import Floats
    from cleanform.pose import PersonFinder

    Image = NDArray[np.uint8]
    Box = tuple[float, float, float, float]  # x0, y0, x1, y1, image pixels

#: Shank, thigh and trunk as shares of stature (Winter 2009, as in `cleanform.signals.body`).
_CHAIN_OF_STATURE = 0.246 + 0.245 + 0.288
_SIDES = ("left", "right")

#: Parts of the picture that are searched round a point: widths in shares of its height.
_WIDTHS_ROUND_A_POINT = (0.35, 0.6, 1.0, 1.7)
#: Landmarks end at ears, wrists and feet: how far a person may reach beyond their box, in its
#: sizes; a plate beyond its ellipse (blurred when it is fast), in its own.
_PERSON_REACH, _PLATE_REACH = 0.12, 1.3
_LEAST_PLATE_SCORE = 0.15
#: A point this far outside the landmarks' box, in box sizes, still means that person.
_NEAR_THE_BOX = 0.1


@dataclass(frozen=True)
class Person:
    """A person as one frame shows him, image pixels."""

    stature_px: float  # standing height, from the lengths of shank, thigh and trunk
    feet_px: tuple[float, float]  # between the ankles
    box_px: Box  # round the landmarks
    hands_px: tuple[tuple[float, float], tuple[float, float]]  # left and right

    def hand_distance_px(self, point_px: tuple[float, float]) -> float:
        """From a point to the nearer hand."""
        return float(min(np.hypot(*np.subtract(hand, point_px)) for hand in self.hands_px))


def person_of(xy_px: Floats) -> Person | None:
    """What one frame's landmarks (33, 2) say; None where nobody was found."""
    if not np.isfinite(xy_px).all():
        return None

    def point(name: str) -> Floats:
        return np.asarray(xy_px[LANDMARKS.index(name)])

    chain = [
        sum(
            float(np.hypot(*(point(f"{side}_{low}") - point(f"{side}_{high}"))))
            for low, high in (("ankle", "knee"), ("knee", "hip"), ("hip", "shoulder"))
        )
        for side in _SIDES
    ]
    feet = (point("left_ankle") + point("right_ankle")) / 2
    hands = [(point(f"{side}_wrist") + point(f"{side}_index")) / 2 for side in _SIDES]
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    return Person(
        stature_px=max(chain) / _CHAIN_OF_STATURE,  # the shorter side leans out of the plane
        feet_px=(float(feet[0]), float(feet[1])),
        box_px=(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
        hands_px=(
            (float(hands[0][0]), float(hands[0][1])),
            (float(hands[1][0]), float(hands[1][1])),
        ),
    )


def in_front(xy_px: Floats, plates: Floats) -> Floats:
    """(K, 4) left, top, right, bottom of what stands before the room: a person, plates at him.

    `xy_px`: (33, 2) landmarks, NaN where nobody was found; `plates`: (K, 5) as
    `cleanform.bar.PlateFinder.find`. Those that lie elsewhere are part of the room; where nobody
    was found any may be the lifter's.
    """
    sure = plates[plates[:, 4] >= _LEAST_PLATE_SCORE]
    half = _PLATE_REACH * sure[:, 2:4] / 2
    boxes = np.hstack([sure[:, :2] - half, sure[:, :2] + half])
    person = person_of(xy_px)
    if person is None:
        return boxes
    low, high = np.array(person.box_px[:2]), np.array(person.box_px[2:])
    more = _PERSON_REACH * float(np.max(high - low))
    low, high = low - more, high + more
    at_him = np.all((boxes[:, :2] <= high) & (boxes[:, 2:] >= low), axis=1)
    return np.vstack([boxes[at_him], np.hstack([low, high])])


def person_at(image_rgb: Image, point_px: tuple[float, float], finder: PersonFinder) -> Person:
    """The person on whom a point of the picture lies.

    Parts of the picture round the point are searched, from small to large, since the detector
    tells of one person only, mostly of the biggest.

    Raises:
        LookupError: nobody is seen there.
    """
    found = (
        person_of(finder.find(image_rgb, part)[0]) for part in _parts_round(image_rgb, point_px)
    )
    there = [person for person in found if person is not None and _holds(person, point_px)]
    if not there:
        raise LookupError("nobody is seen there")
    # Of several, the one whose middle is nearest: a point is aimed at a body, not at its rim.
    return min(there, key=lambda person: _off_middle(person, point_px))


def _parts_round(image_rgb: Image, point_px: tuple[float, float]) -> Iterator[Box]:
    height, width = image_rgb.shape[:2]
    for share in _WIDTHS_ROUND_A_POINT:
        half = share * height / 2
        yield point_px[0] - half, 0.0, point_px[0] + half, float(height)
        if share < 1:
            yield (
                point_px[0] - half, point_px[1] - share * height,
                point_px[0] + half, point_px[1] + share * height,
            )  # fmt: skip
    yield 0.0, 0.0, float(width), float(height)


def _holds(person: Person, point_px: tuple[float, float]) -> bool:
    x0, y0, x1, y1 = person.box_px
    margin = _NEAR_THE_BOX * max(x1 - x0, y1 - y0)
    return x0 - margin <= point_px[0] <= x1 + margin and y0 - margin <= point_px[1] <= y1 + margin


def _off_middle(person: Person, point_px: tuple[float, float]) -> float:
    x0, y0, x1, y1 = person.box_px
    across, down = max(x1 - x0, 1.0), max(y1 - y0, 1.0)
    return float(
        np.hypot((point_px[0] - (x0 + x1) / 2) / across, (point_px[1] - (y0 + y1) / 2) / down)
    )
