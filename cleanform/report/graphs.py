"""The plots of every lift as files, and as SVG that the page can put a cursor on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform import plots
from cleanform.report import words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from cleanform.model import Analysis, Lift

FOLDER = "plots"
_OURS = re.compile(r"(lift\d+|lifts)_\w+\.(svg|png)")
_POINTS = 240  # of a bar path that the page can follow


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


def draw_graphs(analysis: Analysis, folder: Path) -> tuple[Graph, ...]:
    """Write plots/ and return the page's versions; those of an earlier judgement are removed."""
    motion = analysis.motion
    made: list[Graph] = []
    if motion is not None and analysis.lifts:
        unit = plots.length_unit(motion, analysis.recording.bar)
        (folder / FOLDER).mkdir(exist_ok=True)
        for lift in analysis.lifts:
            many = len(analysis.lifts) > 1
            of = f" of lift {lift.rep.index + 1}" if many else ""
            skewed = "" if words.from_the_side(motion) else " (as the camera sees it, not side on)"
            thin = skewed or " (thin where a joint was covered)"
            path = plots.bar_path(motion, [lift.rep], unit)
            drawn = {
                "bar_path": (path, f"Bar path{of}{skewed}", "path"),
                "bar_speed": (plots.bar_speed(motion, lift.rep, unit), f"Bar speed{of}", "time"),
                "joint_angles": (
                    plots.joint_angles(motion, lift.rep), f"Joint angles{of}{thin}", "time"
                ),
            }  # fmt: skip
            for name, (figure, title, kind) in drawn.items():
                graph = _graph(
                    folder, figure, f"lift{lift.rep.index + 1}_{name}", lift, title, kind
                )
                if kind == "path":
                    graph = _with_course(graph, analysis, lift, unit)
                made.append(graph)
        if len(analysis.lifts) > 1:
            figure = plots.bar_path(motion, [lift.rep for lift in analysis.lifts], unit)
            made.append(
                _graph(folder, figure, "lifts_bar_paths", None, "Bar paths of all lifts", "still")
            )
    names = {f"{graph.name}{suffix}" for graph in made for suffix in (".svg", ".png")}
    if (folder / FOLDER).is_dir():
        for old in (folder / FOLDER).iterdir():
            if _OURS.fullmatch(old.name) and old.name not in names:
                old.unlink()
    return tuple(made)


def _graph(
    folder: Path, figure: Figure, name: str, lift: Lift | None, title: str, kind: str
) -> Graph:
    text = plots.save(figure, folder / FOLDER / name)
    return Graph(
        name,
        None if lift is None else lift.rep.index,
        title,
        kind,
        plots.inline(text, name, title),
        plots.axes_box(figure),
        plots.data_limits(figure),
    )


def _with_course(graph: Graph, analysis: Analysis, lift: Lift, unit: plots.LengthUnit) -> Graph:
    """The bar path's points in shares of the picture, for a dot that follows the film."""
    motion = analysis.motion
    assert motion is not None
    path, frames = plots.lifted_path(motion, lift.rep, unit)
    left, top, width, height = graph.box
    x0, x1, y0, y1 = graph.limits
    step = max(1, len(path) // _POINTS)
    course = []
    for place in range(0, len(path), step):
        x, y = path[place]
        if np.isfinite((x, y)).all():
            across = left + width * (x - x0) / (x1 - x0)
            down = top + height * (1 - (y - y0) / (y1 - y0))
            time_s = float(motion.times_s[frames[place]])
            course.append((round(time_s, 3), round(float(across), 4), round(float(down), 4)))
    return Graph(**{**graph.__dict__, "course": tuple(course)})
