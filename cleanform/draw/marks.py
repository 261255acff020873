"""What a rule measured (`model.Mark`) as shapes, in the colour of its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cleanform.draw.figures import angle_arc
from cleanform.draw.shapes import Dot, Label, Shape, Stroke

if TYPE_CHECKING:
    from cleanform.draw.canvas import Canvas
    from cleanform.model import Floats, Mark
    from cleanform.palette import RGB

_SIZE = 15.0


def mark(canvas: Canvas, one: Mark, colour: RGB, guessed: Sequence[bool] = ()) -> list[Shape]:
    """Shapes of one mark. Unknown kinds and marks with too few points draw nothing.

    `guessed` says of an angle's three points which of them were inferred, not seen.
    """
    points = np.asarray(one.points_px, float).reshape(-1, 2)
    if len(points) == 0 or not np.isfinite(points).all():
        return []
    if one.kind == "angle" and len(points) == 3:
        start, corner, end = points
        return angle_arc(canvas, start, corner, end, one.label, colour, _SIZE, True, guessed)
    placed = canvas.place(points)
    if one.kind == "vertical":
        return _vertical(canvas, placed, one.label, colour)
    if len(points) < 2:
        return []
    if one.kind == "gap":
        return _gap(canvas, placed, one.label, colour)
    if one.kind in ("line", "curve"):
        line = Stroke(placed, colour, 4.0 if one.kind == "curve" else 3.2, halo=1.2)
        middle = placed[len(placed) // 2] if len(placed) > 2 else placed.mean(0)
        return [line, *_beside(canvas, placed, middle, one.label, colour)]
    return []


def _vertical(canvas: Canvas, placed: Floats, label: str, colour: RGB) -> list[Shape]:
    x, y = placed[0]
    ends = np.array([[x, 0.0], [x, canvas.height_px]])
    shapes: list[Shape] = [Stroke(ends, colour, 1.8, dash=7.0)]
    if label:
        at = (float(x) + 6 * canvas.unit, float(np.clip(y, 0, canvas.height_px)))
        shapes.append(Label(label, at, _SIZE, colour, anchor=(0.0, 0.5)))
    return shapes


def _gap(canvas: Canvas, placed: Floats, label: str, colour: RGB) -> list[Shape]:
    """A double-headed arrow."""
    start, end = placed[0], placed[1]
    length = float(np.hypot(*(end - start)))
    shapes: list[Shape] = []
    if length > 1.0:
        along = (end - start) / length
        across = np.array([-along[1], along[0]])
        head = min(6.0 * canvas.unit, 0.45 * length)
        # A short arrow is all head: cross bars show where it ends.
        for tip, inward in ((start, along), (end, -along)):
            barb = tip + head * inward
            shapes.append(
                Stroke(
                    np.stack([barb + 0.6 * head * across, tip, barb - 0.6 * head * across]),
                    colour,
                    2.4,
                )
            )
            reach = 7.0 * canvas.unit * across
            shapes.append(Stroke(np.stack([tip - reach, tip + reach]), colour, 1.6))
        shapes.append(Stroke(np.stack([start, end]), colour, 2.6))
    else:
        shapes.append(Dot((float(start[0]), float(start[1])), 4.0, colour))
    return [*shapes, *_beside(canvas, placed, (start + end) / 2, label, colour)]


def _beside(canvas: Canvas, placed: Floats, at: Floats, label: str, colour: RGB) -> list[Shape]:
    """The label next to a line, not on it: off its middle, at right angles to its course."""
    if not label:
        return []
    course = placed[-1] - placed[0]
    flat = abs(course[0]) >= abs(course[1])
    gap = 10.0 * canvas.unit
    if flat:
        return [Label(label, (float(at[0]), float(at[1]) - gap), _SIZE, colour, anchor=(0.5, 1.0))]
    return [Label(label, (float(at[0]) + gap, float(at[1])), _SIZE, colour, anchor=(0.0, 0.5))]
