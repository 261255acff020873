"""The lifter, the plate and the bar's path as shapes. Points come in clip pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cleanform import palette
from cleanform.draw.shapes import Dot, Ellipse, Label, Shape, Stroke
from cleanform.palette import rgb

if TYPE_CHECKING:
    from cleanform.draw.canvas import Canvas
    from cleanform.model import Bools, Floats, Ints

#: Bones by the names of their two joints, without a side.
BONES = (
    ("ear", "shoulder"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("shoulder", "hip"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "foot_index"),
    ("ankle", "foot_index"),
)
#: Ends of the chain: drawn thin, and not at all where they are only inferred.
_TIPS = {"ear", "heel", "foot_index"}
#: Of a line to a joint that was inferred, not seen.
_GUESS_DASH = 4.0
_NEAR, _FAR, _WHITE = rgb(palette.NEAR_SIDE), rgb(palette.FAR_SIDE), (255, 255, 255)


def skeleton(
    canvas: Canvas,
    near_px: Mapping[str, Floats],
    far_px: Mapping[str, Floats] | None = None,
    hidden: Mapping[str, bool] | None = None,
    thickness: float = 1.0,
) -> list[Shape]:
    """The near side strong, the far side faint; joints that were inferred, not seen, as rings.

    `near_px`, `far_px`: joint name -> (2,) clip pixels, NaN = not seen. A bone to a `hidden`
    joint is dashed. `thickness` thins the drawing where the lifter is small in the picture.
    """
    hidden, far_px = hidden or {}, far_px or {}
    shapes: list[Shape] = []
    for one, other in BONES:
        if one in far_px and other in far_px and one != "ear":
            ends = canvas.place(np.stack([far_px[one], far_px[other]]))
            shapes.append(Stroke(ends, _FAR, 1.6 * thickness, opacity=0.5, halo=0.6))
    for one, other in BONES:
        if one not in near_px or other not in near_px:
            continue
        if any(hidden.get(tip, False) for tip in (one, other) if tip in _TIPS):
            continue
        ends = canvas.place(np.stack([near_px[one], near_px[other]]))
        guess = hidden.get(one, False) or hidden.get(other, False)
        slim = 0.62 if {one, other} & _TIPS else 1.0
        shapes.append(
            Stroke(
                ends,
                _NEAR,
                2.6 * slim * thickness,
                halo=0.8,
                dash=_GUESS_DASH if guess else 0.0,
            )
        )
    for joint, place in near_px.items():
        x, y = canvas.place(place)
        if joint in _TIPS or not np.isfinite((x, y)).all():
            continue
        radius = 3.0 * thickness
        if hidden.get(joint, False):
            shapes.append(Dot((x, y), radius, _NEAR, ring=True))
        else:
            shapes.append(Dot((x, y), radius, _WHITE))
    return shapes


def plate(
    canvas: Canvas, centre_px: Floats, width_px: float, height_px: float, thickness: float = 1.0
) -> list[Shape]:
    """The near plate's outline and its centre; the centre alone where only the hands are seen."""
    x, y = canvas.place(centre_px)
    if not np.isfinite((x, y)).all():
        return []
    colour = rgb(palette.PLATE)
    shapes: list[Shape] = []
    if np.isfinite(width_px) and np.isfinite(height_px):
        size = (width_px * canvas.scale, height_px * canvas.scale)
        shapes.append(Ellipse((x, y), *size, colour, 1.4 * thickness, opacity=0.85))
    shapes.append(Dot((x, y), 2.6 * thickness, colour))
    return shapes


def bar_path(
    canvas: Canvas,
    path_px: Floats,
    speed_share: Floats,
    age_s: Floats | None = None,
    thickness: float = 1.0,
) -> list[Shape]:
    """Where the bar went, coloured by speed; what lies further back in time is thinner.

    `path_px` (N, 2) clip pixels; `speed_share` (N,) 0..1 of the lift's fastest; `age_s` (N,)
    seconds before now, None for a path that is drawn as a whole.
    """
    points = canvas.place(path_px)
    if len(points) < 2:
        return []
    kept = _spaced(points, 1.5 * canvas.unit)
    points, speed_share = points[kept], np.asarray(speed_share)[kept]
    age_s = None if age_s is None else np.asarray(age_s)[kept]
    width = np.full(len(points), 3.0)
    if age_s is not None:
        width = 3.4 - 1.8 * np.clip(age_s / 0.8, 0.0, 1.0)
    # A few widths and colours, so that neighbours share one polyline.
    style = np.stack(
        [
            np.round(np.nan_to_num(np.clip(speed_share, 0, 1)) * 12),
            np.round(np.nan_to_num(width) * 2),
        ],
        1,
    )
    change = 1 + np.flatnonzero(np.any(np.diff(style, axis=0) != 0, axis=1))
    starts = [0, *change.tolist(), len(points)]
    shapes: list[Shape] = []
    for first, last in pairwise(starts):
        run = points[first : last + 1]  # one point of the next run: no gap between colours
        if len(run) >= 2:
            colour = palette.speed_colour(style[first, 0] / 12)
            shapes.append(Stroke(run, colour, style[first, 1] / 2 * thickness, halo=0.8))
    return shapes


def _spaced(points_px: Floats, least_px: float) -> Ints:
    """Indices of the points that lie at least so far along the path apart; ends and gaps stay."""
    seen = np.isfinite(points_px).all(axis=1)
    steps = np.nan_to_num(np.hypot(*np.diff(points_px, axis=0).T))
    along = np.floor(np.concatenate([[0.0], np.cumsum(steps)]) / least_px)
    kept = np.concatenate([[True], np.diff(along) > 0]) | ~seen
    edge = np.diff(seen.astype(int)) != 0
    kept[:-1] |= edge
    kept[1:] |= edge
    kept[-1] = True
    return np.flatnonzero(kept)


def vertical(
    canvas: Canvas, x_px: float, top_px: float, bottom_px: float, colour: palette.RGB = _WHITE
) -> list[Shape]:
    """A dashed plumb line at clip pixel `x_px`: where the bar would be had it not drifted."""
    ends = canvas.place([[x_px, top_px], [x_px, bottom_px]])
    return [Stroke(ends, colour, 1.0, halo=0.6, dash=7.0)]


def angle_arc(
    canvas: Canvas,
    from_px: Floats,
    corner_px: Floats,
    to_px: Floats,
    text: str,
    colour: palette.RGB = _WHITE,
    size: float = 14.0,
    emphasis: bool = False,
    guessed: Sequence[bool] = (),
) -> list[Shape]:
    """A small arc at `corner_px` between the directions of two other points, with its number.

    With `emphasis` its two sides are drawn too, dashed to a point that was inferred (`guessed`, of
    the three points in their order).
    """
    start, corner, end = (canvas.place(p) for p in (from_px, corner_px, to_px))
    if not all(np.isfinite(p).all() for p in (start, corner, end)):
        return []
    one, other = start - corner, end - corner
    if min(np.hypot(*one), np.hypot(*other)) < 1.0:
        return []
    first = np.arctan2(one[1], one[0])
    # The short way round: the included angle.
    sweep = (np.arctan2(other[1], other[0]) - first + np.pi) % (2 * np.pi) - np.pi
    radius = min(18.0 * canvas.unit, 0.6 * min(np.hypot(*one), np.hypot(*other)))
    turn = first + np.linspace(0.0, sweep, max(3, int(abs(sweep) * 16)))
    arc = corner + radius * np.stack([np.cos(turn), np.sin(turn)], 1)
    middle = first + sweep / 2
    away = radius + 15.0 * canvas.unit
    at = corner + away * np.array([np.cos(middle), np.sin(middle)])
    shapes: list[Shape] = []
    if emphasis and not any(guessed):
        shapes.append(Stroke(np.stack([start, corner, end]), colour, 3.2))
    elif emphasis:
        for tip, inferred in ((start, guessed[0]), (end, guessed[2])):
            dash = _GUESS_DASH if inferred or guessed[1] else 0.0
            shapes.append(Stroke(np.stack([tip, corner]), colour, 3.2, dash=dash))
    shapes.append(Stroke(arc, colour, 3.0 if emphasis else 2.0))
    if text:
        anchor = (0.5 - 0.5 * float(np.cos(middle)), 0.5)
        shapes.append(Label(text, (float(at[0]), float(at[1])), size, colour, anchor=anchor))
    return shapes


def elevation_arc(
    canvas: Canvas,
    low_px: Floats,
    high_px: Floats,
    text: str,
    colour: palette.RGB = _WHITE,
    size: float = 14.0,
) -> list[Shape]:
    """The angle of a segment above the horizontal through `low_px`, with the horizontal itself."""
    low, high = np.asarray(low_px, float), np.asarray(high_px, float)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        return []
    ahead = 1.0 if high[0] >= low[0] else -1.0
    length = 0.55 * float(np.hypot(*(high - low)))
    level = np.array([low[0] + ahead * length, low[1]])
    line = Stroke(canvas.place(np.stack([low, level])), colour, 1.2, halo=0.6, dash=4.0)
    return [line, *angle_arc(canvas, level, low, high, text, colour, size)]


def thickness_for(canvas: Canvas, stature_px: float) -> float:
    """Line width factor: 1 for a lifter of 2/3 of the picture's short side, thinner for smaller."""
    if not np.isfinite(stature_px):
        return 1.0
    tall = stature_px * canvas.scale / min(canvas.width_px, canvas.height_px)
    return float(np.clip(tall / 0.66, 0.45, 1.0))


def joints_at(table: Mapping[str, Floats], frame: int) -> dict[str, Floats]:
    """The joints of one frame from joint -> (T, 2)."""
    return {name: places[frame] for name, places in table.items()}


def hidden_at(table: Mapping[str, Bools], frame: int) -> dict[str, bool]:
    """Which joints were covered in one frame, from joint -> (T,)."""
    return {name: bool(flags[frame]) for name, flags in table.items()}
