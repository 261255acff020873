"""Graphs of a lift: the bar's path, its speed, the joint angles.

Figures are matplotlib's, made without pyplot (no window, no global state). Lengths are metres
where the plate's scale is known, else plate diameters, else pixels: never metres by guess.
"""

from cleanform.plots.dose_response import dose_response
from cleanform.plots.figures import (
    LengthUnit,
    bar_path,
    bar_speed,
    joint_angles,
    length_unit,
    lifted_path,
)
from cleanform.plots.pairs import two_curves, two_paths
from cleanform.plots.svg import axes_box, data_limits, inline, save, svg

__all__ = [
    "LengthUnit",
    "axes_box",
    "bar_path",
    "bar_speed",
    "data_limits",
    "dose_response",
    "inline",
    "joint_angles",
    "length_unit",
    "lifted_path",
    "save",
    "svg",
    "two_curves",
    "two_paths",
]
