"""What stands at the edges of a picture: phase ribbon, corner texts, caption."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from cleanform import palette
from cleanform.draw.shapes import Box, Label, Shape
from cleanform.palette import RGB, rgb

if TYPE_CHECKING:
    from cleanform.draw.canvas import Canvas
    from cleanform.model import Phase

_RIBBON = 7.0  # height
_MARGIN = 8.0


def ribbon(
    canvas: Canvas, phases: Sequence[Phase], now_s: float, thickness: float = 1.0
) -> list[Shape]:
    """A strip along the bottom: the lift's phases in true proportion, filled up to now."""
    if not phases:
        return []
    start, end = phases[0].start_s, phases[-1].end_s
    if end <= start:
        return []
    tall = thickness * _RIBBON * canvas.unit
    top, bottom = canvas.height_px - tall, float(canvas.height_px)
    wide = canvas.width_px / (end - start)
    shapes: list[Shape] = [Box(0, top - 1, canvas.width_px, bottom, rgb(palette.INK), 0.75)]
    gap = 0.6 * canvas.unit
    for phase in phases:
        left, right = (phase.start_s - start) * wide + gap, (phase.end_s - start) * wide - gap
        colour = rgb(palette.PHASE_GROUPS[phase.group])
        shapes.append(Box(left, top + 1, right, bottom, colour, 0.35))
    for phase in phases:
        left, right = (phase.start_s - start) * wide + gap, (phase.end_s - start) * wide - gap
        reached = min(right, (now_s - start) * wide)
        if reached > left:
            colour = rgb(palette.PHASE_GROUPS[phase.group])
            shapes.append(Box(left, top + 1, reached, bottom, colour, 1.0))
    now = (min(max(now_s, start), end) - start) * wide
    shapes.append(Box(now - canvas.unit, top - 2, now + canvas.unit, bottom, (255, 255, 255), 1.0))
    return shapes


def corner(
    canvas: Canvas, text: str, accent: RGB | None = None, right: bool = False, size: float = 17.0
) -> list[Shape]:
    """Text in the top left (or right) corner."""
    margin = _MARGIN * canvas.unit
    x = canvas.width_px - margin if right else margin
    return [Label(text, (x, margin), size, accent=accent, anchor=(float(right), 0.0), pinned=True)]


def foot(
    canvas: Canvas, text: str, accent: RGB | None = None, right: bool = False, size: float = 15.0
) -> list[Shape]:
    """Text in the bottom left (or right) corner."""
    margin = _MARGIN * canvas.unit
    at = (canvas.width_px - margin if right else margin, canvas.height_px - margin)
    return [Label(text, at, size, accent=accent, anchor=(float(right), 1.0), pinned=True)]


def caption(canvas: Canvas, lines: Sequence[tuple[str, RGB]], size: float = 15.0) -> list[Shape]:
    """Lines of text below the top left corner's, each with its colour's bar."""
    step = 1.62 * size * canvas.unit
    margin = _MARGIN * canvas.unit
    top = margin + 1.75 * 17.0 * canvas.unit
    return [
        Label(text, (margin, top + place * step), size, accent=colour, anchor=(0, 0), pinned=True)
        for place, (text, colour) in enumerate(lines)
    ]


def banner(canvas: Canvas, lines: Sequence[str], accent: RGB, size: float = 16.0) -> list[Shape]:
    """What the film stands still for, above the ribbon: each text wrapped to the picture."""
    letters = max(12, int(canvas.width_px / canvas.unit / (0.66 * size)))
    rows = [row for line in lines for row in wrap(line, letters)]
    step = 1.62 * size * canvas.unit
    bottom = canvas.height_px - (_RIBBON + _MARGIN) * canvas.unit
    middle = canvas.width_px / 2
    return [
        Label(
            text,
            (middle, bottom - (len(rows) - 1 - place) * step),
            size,
            accent=accent,
            anchor=(0.5, 1.0),
            pinned=True,
        )
        for place, text in enumerate(rows)
    ]
