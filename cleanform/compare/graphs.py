"""The graphs of both lifts over one another, as SVG that the page can put a cursor on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform import palette, plots, texts
from cleanform.model import ANGLE_JOINTS
from cleanform.report.graphs import Graph
from cleanform.report.measures import Measures
from cleanform.texts import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cleanform.compare.comparison import Comparison
    from cleanform.compare.sides import Side
    from cleanform.model import Bools, Floats

_AROUND_S = 0.25
_POINTS = 240  # of a curve
_COURSE = 160  # of a path that a dot follows
_MARKED = ("knee_pass", "full_extension", "bar_apex", "catch_lowest")


def draw(comparison: Comparison) -> tuple[Graph, ...]:
    """What these two clips allow: bar paths, bar speed, joint angles."""
    allowed = comparison.comparable
    made = []
    if allowed.across:
        made.append(_paths(comparison))
    if allowed.lengths:
        made.append(_speeds(comparison))
    if allowed.angles:
        made += [_angles(comparison, angle) for angle in palette.ANGLES]
    return tuple(made)


def _labels() -> tuple[str, str]:
    return say("compare.legend_a"), say("compare.legend_b")


def _lifted(side: Side) -> tuple[Floats, Floats]:
    """Clip times, and the bar in metres from where it left the floor; only where it was seen."""
    motion, rep = side.motion, side.rep
    off = rep.frame("lift_off")
    first = rep.span.start if off is None else off
    run = slice(first, min(rep.span.stop, len(motion.times_s)))
    path = motion.bar_m[run] - motion.bar_m[first]
    seen = np.isfinite(path).all(axis=1)
    return motion.times_s[run][seen], path[seen]


def _paths(comparison: Comparison) -> Graph:
    per_m, unit = Measures(comparison.units).convert(1.0, "m")
    lifted = [_lifted(side) for side in comparison.sides]
    marked = []
    for event in _MARKED:
        if event in comparison.alignment.events:
            places = [
                _place(times_s, per_m * path, comparison.alignment.time_s(n, event))
                for n, (times_s, path) in enumerate(lifted)
            ]
            marked.append((texts.table("short_events")[event], places))
    figure = plots.two_paths([per_m * path for _, path in lifted], _labels(), unit, marked)
    graph = _graph(figure, "bar_paths", say("compare.path_title"), "path")
    return _with_courses(comparison, graph, [(t, per_m * path) for t, path in lifted])


def _place(times_s: Floats, path: Floats, at_s: float) -> tuple[float, float]:
    x, y = (float(np.interp(at_s, times_s, path[:, k])) for k in (0, 1))
    return x, y


def _with_courses(
    comparison: Comparison, graph: Graph, lifted: list[tuple[Floats, Floats]]
) -> Graph:
    """Both paths' points in shares of the picture, on the shared clock: a dot for each."""
    left, top, width, height = graph.box
    x0, x1, y0, y1 = graph.limits
    courses = []
    for n, (times_s, path) in enumerate(lifted):
        step = max(1, len(path) // _COURSE)
        common_s = comparison.alignment.to_common(n, times_s[::step])
        across = left + width * (path[::step, 0] - x0) / (x1 - x0)
        down = top + height * (1 - (path[::step, 1] - y0) / (y1 - y0))
        points = zip(common_s.round(3), across.round(4), down.round(4), strict=True)
        courses.append(tuple((float(t), float(x), float(y)) for t, x, y in points))
    return Graph(
        graph.name, None, graph.title, graph.kind, graph.svg, graph.box, graph.limits,
        courses[0], courses[1],
    )  # fmt: skip


def _speeds(comparison: Comparison) -> Graph:
    factor, unit = Measures(comparison.units).convert(1.0, "m/s")
    values, sigmas = [], []
    times_s = _grid_s(comparison)
    for n, side in enumerate(comparison.sides):
        motion = side.motion
        values.append(factor * _on(comparison, n, times_s, motion.bar_velocity_m_s[:, 1]))
        sigmas.append(factor * motion.bar_speed_sigma_px_s * motion.scale.m_per_px_plate)
    upright = say("plots.upward", unit=unit.removesuffix("/s"))
    title = say("compare.speed_title")
    return _curves(comparison, "bar_speed", title, times_s, values, sigmas, upright)


def _angles(comparison: Comparison, angle: str) -> Graph:
    times_s = _grid_s(comparison)
    values = [
        _on(comparison, n, times_s, side.motion.angles_deg[angle])
        for n, side in enumerate(comparison.sides)
    ]
    covered = [
        _on(comparison, n, times_s, _covered(side, angle)) > 0.5
        for n, side in enumerate(comparison.sides)
    ]
    sigmas = [side.motion.angle_sigma_deg[angle] for side in comparison.sides]
    name = texts.table("angles")[angle]
    title = say("compare.angle_title", angle=f"{name[:1].upper()}{name[1:]}")
    upright = say("plots.angle")
    return _curves(comparison, angle, title, times_s, values, sigmas, upright, covered)


def _covered(side: Side, angle: str) -> Floats:
    """(T,) 1 where the plate covers a joint of the angle, else 0."""
    hidden = [side.motion.hidden[joint] for joint in ANGLE_JOINTS[angle]]
    return np.asarray(np.any(hidden, axis=0), float)


def _curves(
    comparison: Comparison,
    name: str,
    title: str,
    times_s: Floats,
    values: list[Floats],
    sigmas: list[float],
    upright: str,
    covered: list[Bools] | None = None,
) -> Graph:
    figure = plots.two_curves(
        times_s, values, sigmas, _labels(), comparison.alignment.phases, upright, covered
    )
    return _graph(figure, name, title, "time")


def _grid_s(comparison: Comparison) -> Floats:
    known_s = comparison.alignment.common_s
    return np.linspace(known_s[0] - _AROUND_S, known_s[-1] + _AROUND_S, _POINTS)


def _on(comparison: Comparison, n: int, times_s: Floats, values: Floats) -> Floats:
    """A signal of one clip at moments of the shared clock; NaN where it was not seen."""
    clip_s = comparison.sides[n].motion.times_s
    wanted_s = comparison.alignment.to_clip(n, times_s)
    return np.asarray(np.interp(wanted_s, clip_s, values, left=np.nan, right=np.nan))


def _graph(figure: Figure, name: str, title: str, kind: str) -> Graph:
    return Graph(
        name,
        None,
        title,
        kind,
        plots.inline(plots.svg(figure), name, title),
        plots.axes_box(figure),
        plots.data_limits(figure),
    )
