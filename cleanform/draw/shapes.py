"""The shapes of a picture, and the one function that paints them.

Positions are pixels of the canvas, widths and sizes are units of its short side (1/360).
NaN breaks a line: what was not seen is not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cleanform.draw.lettering import letter, stamp
from cleanform.palette import INK, RGB, rgb

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cleanform.draw.canvas import Image
    from cleanform.model import Floats

_FAR = 1e5  # pixels; far outside is as good as just outside, and fits OpenCV's integers
_SHIFT = 4  # fractional bits: lines are placed to 1/16 of a pixel
_HALO = rgb(INK)
_WHITE = (255, 255, 255)


@dataclass(frozen=True, eq=False)
class Stroke:
    """A line through points."""

    points_px: Floats  # (N, 2)
    colour: RGB
    width: float = 2.0
    opacity: float = 1.0
    halo: float = 1.0  # width of the dark edge that keeps it readable on any ground
    dash: float = 0.0  # length of a dash; 0 = unbroken
    closed: bool = False


@dataclass(frozen=True)
class Dot:
    """A filled disc, or a ring where the place is inferred and was not seen."""

    centre_px: tuple[float, float]
    radius: float
    colour: RGB
    ring: bool = False
    opacity: float = 1.0


@dataclass(frozen=True)
class Ellipse:
    """An upright ellipse's outline."""

    centre_px: tuple[float, float]
    width_px: float
    height_px: float
    colour: RGB
    width: float = 2.0
    opacity: float = 1.0


@dataclass(frozen=True)
class Box:
    """A filled rectangle, corners in pixels."""

    left_px: float
    top_px: float
    right_px: float
    bottom_px: float
    colour: RGB
    opacity: float = 1.0


@dataclass(frozen=True)
class Label:
    """Text on a dark backing. It moves aside for labels that came before it, unless `pinned`."""

    text: str
    at_px: tuple[float, float]
    size: float = 14.0
    colour: RGB = field(default=_WHITE)
    accent: RGB | None = None
    anchor: tuple[float, float] = (0.5, 0.5)  # the point of the label that lies on `at_px`
    pinned: bool = False


Shape = Stroke | Dot | Ellipse | Box | Label


def paint(image_rgb: Image, shapes: Iterable[Shape]) -> Image:
    """A copy of `image_rgb` with `shapes` painted in order, labels on top."""
    image = np.array(image_rgb, np.uint8, order="C")
    unit = min(image.shape[:2]) / 360.0
    lines = [shape for shape in shapes if not isinstance(shape, Label)]
    labels = [shape for shape in shapes if isinstance(shape, Label)]
    for (is_box, opacity), group in groupby(lines, lambda s: (isinstance(s, Box), s.opacity)):
        if is_box:
            for box in group:
                assert isinstance(box, Box)
                _paint_box(image, box)
        else:
            _paint_group(image, [_resolve(s, unit) for s in group], opacity)
    taken: list[tuple[int, int, int, int]] = []
    for label in sorted(labels, key=lambda one: not one.pinned):
        _paint_label(image, label, unit, taken)
    return image


@dataclass(frozen=True, eq=False)
class _Lines:
    """A shape as polylines in sixteenths of a pixel, ready for OpenCV."""

    runs: list[np.ndarray]
    colour: RGB
    width_px: int
    halo_px: int
    closed: bool = False
    disc: tuple[tuple[int, int], int] | None = None  # centre, radius: a filled disc instead


def _resolve(shape: Stroke | Dot | Ellipse | Box, unit: float) -> _Lines:
    def width(units: float) -> int:
        return max(1, round(units * unit))

    edge = max(1, round(unit))
    if isinstance(shape, Dot):
        if not np.all(np.isfinite(shape.centre_px)):
            return _Lines([], shape.colour, 1, 0)
        if shape.ring:
            ring = _ellipse_points(shape.centre_px, shape.radius * unit, shape.radius * unit)
            return _Lines(_fixed(ring), shape.colour, width(1.2), edge, closed=True)
        x, y = (round(min(max(v, -_FAR), _FAR) * 2**_SHIFT) for v in shape.centre_px)
        radius = round(shape.radius * unit * 2**_SHIFT)
        return _Lines([], shape.colour, 1, edge, disc=((x, y), radius))
    if isinstance(shape, Ellipse):
        points = _ellipse_points(shape.centre_px, shape.width_px / 2, shape.height_px / 2)
        return _Lines(_fixed(points), shape.colour, width(shape.width), edge, closed=True)
    assert isinstance(shape, Stroke)
    halo = round(shape.halo * unit) if shape.halo else 0
    # Round ends reach into a gap by half the line's width from either side.
    gap_px = 0.9 * shape.dash * unit + width(shape.width) + halo
    runs = _fixed(np.asarray(shape.points_px, float), shape.dash * unit, gap_px)
    return _Lines(runs, shape.colour, width(shape.width), halo, shape.closed)


def _paint_group(image: Image, lines: Sequence[_Lines], opacity: float) -> None:
    """Dark edges first, then the colours, so that an edge never cuts a neighbour's line."""
    if opacity >= 1.0:
        _paint_lines(image, lines, (0, 0))
        return
    corners = [run.reshape(-1, 2) for line in lines for run in line.runs]
    for line in lines:
        if line.disc:
            (x, y), radius = line.disc
            corners.append(np.array([[x - radius, y - radius], [x + radius, y + radius]]))
    if not corners:
        return
    margin = max(line.width_px + line.halo_px for line in lines) + 2
    every = np.concatenate(corners) / 2**_SHIFT
    low = np.floor(every.min(0)).astype(int) - margin
    high = np.ceil(every.max(0)).astype(int) + margin
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, (image.shape[1], image.shape[0]))
    if x1 <= x0 or y1 <= y0:
        return
    ground = image[y0:y1, x0:x1]
    layer = ground.copy()
    _paint_lines(layer, lines, (int(x0), int(y0)))
    cv2.addWeighted(layer, opacity, ground, 1.0 - opacity, 0.0, dst=ground)


def _paint_lines(image: Image, lines: Sequence[_Lines], origin: tuple[int, int]) -> None:
    move = np.array(origin, np.int32) * 2**_SHIFT
    for dark in (True, False):
        # Lines of one look go to OpenCV together: a bar path alone has dozens.
        alike: dict[tuple[RGB, int, bool], list[np.ndarray]] = {}
        for line in lines:
            if dark and not line.halo_px:
                continue
            colour = _HALO if dark else line.colour
            grow = line.halo_px if dark else 0
            if line.disc:
                _flush(image, alike)
                (x, y), radius = line.disc
                centre = (x - int(move[0]), y - int(move[1]))
                radius += grow * 2**_SHIFT
                cv2.circle(image, centre, radius, colour, -1, cv2.LINE_AA, _SHIFT)
            elif line.runs:
                look = (colour, line.width_px + 2 * grow, line.closed)
                if not dark and look not in alike:
                    _flush(image, alike)  # colours keep their order, dark edges have none
                alike.setdefault(look, []).extend(run - move for run in line.runs)
        _flush(image, alike)


def _flush(image: Image, alike: dict[tuple[RGB, int, bool], list[np.ndarray]]) -> None:
    for (colour, width_px, closed), runs in alike.items():
        cv2.polylines(image, runs, closed, colour, width_px, cv2.LINE_AA, _SHIFT)
    alike.clear()


def _paint_box(image: Image, box: Box) -> None:
    x0, x1 = (round(min(max(x, 0), image.shape[1])) for x in (box.left_px, box.right_px))
    y0, y1 = (round(min(max(y, 0), image.shape[0])) for y in (box.top_px, box.bottom_px))
    if x1 > x0 and y1 > y0:
        ground = image[y0:y1, x0:x1]
        if box.opacity >= 1.0:
            ground[:] = box.colour
            return
        colour = np.empty_like(ground)
        colour[:] = box.colour
        cv2.addWeighted(colour, box.opacity, ground, 1.0 - box.opacity, 0.0, dst=ground)


def _paint_label(
    image: Image, label: Label, unit: float, taken: list[tuple[int, int, int, int]]
) -> None:
    if not np.all(np.isfinite(label.at_px)) or not label.text.strip():
        return
    height, width = image.shape[:2]
    size_px = max(9, round(label.size * unit))
    patch = letter(label.text, size_px, label.colour, label.accent)
    if patch.size_px[0] > width:  # a long text on a narrow picture
        size_px = max(9, int(size_px * width / patch.size_px[0]))
        patch = letter(label.text, size_px, label.colour, label.accent)
    wide, high = patch.size_px
    start_x = round(label.at_px[0] - label.anchor[0] * wide)
    start_y = round(label.at_px[1] - label.anchor[1] * high)
    # Nearest free place first: where it belongs, then below, above, beside.
    moves = [(0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 2)]
    best = None
    for step_x, step_y in moves[:1] if label.pinned else moves:
        left = min(max(start_x + step_x * (wide + 4), 0), max(0, width - wide))
        top = min(max(start_y + step_y * (high + 4), 0), max(0, height - high))
        place = (left, top, left + wide, top + high)
        best = best or place
        if not any(_overlap(place, other) for other in taken):
            best = place
            break
    assert best is not None
    taken.append(best)
    stamp(image, patch, best[0], best[1])


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _ellipse_points(centre: tuple[float, float], half_x: float, half_y: float) -> Floats:
    turn = np.linspace(0.0, 2 * np.pi, 64, endpoint=False)
    return np.stack([centre[0] + half_x * np.cos(turn), centre[1] + half_y * np.sin(turn)], 1)


def _fixed(points_px: Floats, dash_px: float = 0.0, gap_px: float = 0.0) -> list[np.ndarray]:
    """Runs of finite points, cut into dashes where asked, in sixteenths of a pixel."""
    seen = np.isfinite(points_px).all(axis=1)
    runs = [points_px] if seen.all() else _seen_runs(points_px, seen)
    runs = [np.clip(run, -_FAR, _FAR) for run in runs if len(run) >= 2]
    if dash_px > 0:
        runs = [piece for run in runs for piece in _dashes(run, dash_px, gap_px)]
    return [(run * 2**_SHIFT + 0.5).astype(np.int32) for run in runs]


def _seen_runs(points_px: Floats, seen: Any) -> list[Floats]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], seen, [False]]).astype(int)))
    return [points_px[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _dashes(points_px: Floats, dash_px: float, gap_px: float) -> list[Floats]:
    steps = np.hypot(*np.diff(points_px, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    starts = np.arange(0.0, along[-1], max(dash_px + gap_px, along[-1] / 400))
    ends = np.minimum(starts + dash_px, along[-1])
    where = np.stack([starts, ends], 1)
    pairs = np.stack([np.interp(where, along, points_px[:, k]) for k in (0, 1)], 2)
    return list(pairs)
