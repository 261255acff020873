"""The plots of every lift as files, and as SVG that the page can put a cursor on."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform import plots
from cleanform.report import words
from cleanform.report.measures import Measures
from cleanform.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from cleanform.model import Analysis, Lift

FOLDER = "plots"
_OURS = re.compile(r"(lift\d+|lifts)_\w+\.(svg|png)")
_POINTS = 400  # of a bar path, or all of them together, that the page can follow


@dataclass(frozen=True)
class Graph:
    """One plot in the page. Positions are shares of the picture's width and height."""

    name: str
    lift: int | None  # None: all lifts together
    title: str
    kind: str  # "time" (a cursor moves along it) or "path" (a dot follows it)
    svg: str
    box: tuple[float, float, float, float]  # left, top, width, height of the axes
    limits: tuple[float, float, float, float]  # left, right, bottom, top in data units
    course: tuple[tuple[float, float, float], ...] = ()  # path: time, x, y
    second: tuple[tuple[float, float, float], ...] = ()  # the same of another path in it


def draw_graphs(analysis: Analysis, folder: Path | None) -> tuple[Graph, ...]:
    """Write plots/ and return the page's versions; those of an earlier judgement are removed.

    Without a folder nothing is written, which takes half the time.
    """
    motion = analysis.motion
    made: list[Graph] = []
    if motion is not None and analysis.lifts:
        imperial = Measures(analysis.options.units).imperial
        bar = analysis.recording.bar
        unit = plots.length_unit(motion, bar, "in" if imperial else "m")
        speed_unit = plots.length_unit(motion, bar, "ft" if imperial else "m")
        skewed = "" if words.from_the_side(motion) else say("plots.skewed")
        thin = skewed or say("plots.thin")
        if folder is not None:
            (folder / FOLDER).mkdir(exist_ok=True)
        for lift in analysis.lifts:
            speed = plots.bar_speed(motion, lift.rep, speed_unit)
            drawn = {
                "bar_path": (plots.bar_path(motion, [lift.rep], unit), skewed, "path"),
                "bar_speed": (speed, "", "time"),
                "joint_angles": (plots.joint_angles(motion, lift.rep), thin, "time"),
            }
            for name, (figure, remark, kind) in drawn.items():
                title = say(f"plots.{name}")
                if len(analysis.lifts) > 1:
                    title = say(f"plots.{name}_of", number=lift.rep.index + 1)
                stem = f"lift{lift.rep.index + 1}_{name}"
                graph = _graph(folder, figure, stem, lift, title + remark, kind)
                if kind == "path":
                    graph = _with_course(graph, analysis, [lift], unit)
                made.append(graph)
        if len(analysis.lifts) > 1:
            figure = plots.bar_path(motion, [lift.rep for lift in analysis.lifts], unit)
            title = say("plots.bar_paths") + skewed
            graph = _graph(folder, figure, "lifts_bar_paths", None, title, "path")
            made.append(_with_course(graph, analysis, analysis.lifts, unit))
    if folder is not None and (folder / FOLDER).is_dir():
        names = {f"{graph.name}{suffix}" for graph in made for suffix in (".svg", ".png")}
        for old in (folder / FOLDER).iterdir():
            if _OURS.fullmatch(old.name) and old.name not in names:
                old.unlink()
    return tuple(made)


def _graph(
    folder: Path | None, figure: Figure, name: str, lift: Lift | None, title: str, kind: str
) -> Graph:
    text = plots.svg(figure) if folder is None else plots.save(figure, folder / FOLDER / name)
    return Graph(
        name,
        None if lift is None else lift.rep.index,
        title,
        kind,
        plots.inline(text, name, title),
        plots.axes_box(figure),
        plots.data_limits(figure),
    )


def _with_course(
    graph: Graph, analysis: Analysis, lifts: Sequence[Lift], unit: plots.LengthUnit
) -> Graph:
    """The bar path's points in shares of the picture, for a dot that follows the film."""
    motion = analysis.motion
    assert motion is not None
    left, top, width, height = graph.box
    x0, x1, y0, y1 = graph.limits
    course = []
    for lift in lifts:
        path, frames = plots.lifted_path(motion, lift.rep, unit)
        step = max(1, len(path) * len(lifts) // _POINTS)
        for place in range(0, len(path), step):
            x, y = path[place]
            if np.isfinite((x, y)).all():
                across = left + width * (x - x0) / (x1 - x0)
                down = top + height * (1 - (y - y0) / (y1 - y0))
                time_s = float(motion.times_s[frames[place]])
                course.append((round(time_s, 3), round(float(across), 4), round(float(down), 4)))
    return replace(graph, course=tuple(course))
