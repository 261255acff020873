"""Marks, skeleton and bar path onto pixels.

A picture is described first (a list of `Shape`), painted last: `paint(image, shapes)` returns a
new image and is the only function that touches pixels. Shapes are in the pixels of a `Canvas`,
which knows what part of the clip it shows and how large; sizes are in units of its short side.
"""

from cleanform.draw.canvas import Canvas
from cleanform.draw.figures import (
    angle_arc,
    bar_path,
    elevation_arc,
    hidden_at,
    joints_at,
    plate,
    skeleton,
    thickness_for,
    vertical,
)
from cleanform.draw.legend import banner, caption, corner, foot, ribbon
from cleanform.draw.marks import mark
from cleanform.draw.shapes import Box, Dot, Ellipse, Label, Shape, Stroke, paint
from cleanform.draw.veil import veil_all, veil_discs

__all__ = [
    "Box",
    "Canvas",
    "Dot",
    "Ellipse",
    "Label",
    "Shape",
    "Stroke",
    "angle_arc",
    "banner",
    "bar_path",
    "caption",
    "corner",
    "elevation_arc",
    "foot",
    "hidden_at",
    "joints_at",
    "mark",
    "paint",
    "plate",
    "ribbon",
    "skeleton",
    "thickness_for",
    "veil_all",
    "veil_discs",
    "vertical",
]
