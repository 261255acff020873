"""How a check answers to a growing fault."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cleanform import palette
from cleanform.model import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 2
#: From the bottom of each panel.
_STACK = (Verdict.FAULT, Verdict.WATCH, Verdict.CANNOT_TELL, Verdict.OK)


def dose_response(curves: Mapping[str, Sequence[tuple[float, Mapping[str, int]]]]) -> Figure:
    """A panel per dosed part: shares of the verdicts, stacked, against the dose.

    `curves` maps a panel's title to its (dose as a multiple of the fault limit, counts by
    verdict); a panel's doses must grow.
    """
    rows = -(-len(curves) // _COLUMNS)
    figure = Figure(figsize=(9.0, 2.25 * rows + 0.7), facecolor=palette.PAPER)
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    for axes, (title, points) in zip(panels, curves.items(), strict=False):
        _panel(axes, title, points)
    for axes in panels[len(curves) :]:
        axes.set_axis_off()
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="upper center", ncols=4, frameon=False, fontsize=9,
        labelcolor=palette.PLOT_INK,
    )  # fmt: skip
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.35 / figure.get_figheight()))
    return figure


def _panel(axes: Axes, title: str, points: Sequence[tuple[float, Mapping[str, int]]]) -> None:
    doses = np.array([times for times, _ in points])
    counts = np.array([[verdicts[str(v)] for v in _STACK] for _, verdicts in points], float)
    shares = 100 * counts / counts.sum(axis=1, keepdims=True)
    tones = [palette.VERDICTS[verdict].bright for verdict in _STACK]
    axes.stackplot(
        doses, shares.T, colors=tones, labels=[str(v) for v in _STACK], edgecolor=palette.PAPER,
        linewidth=1.0,
    )  # fmt: skip
    axes.axvline(1.0, color=palette.PLOT_INK, lw=1.0, ls=(0, (4, 3)))
    axes.set_title(title, fontsize=10, color=palette.PLOT_INK, loc="left")
    axes.set_xlim(doses[0], doses[-1])
    axes.set_ylim(0, 100)
    axes.set_yticks((0, 50, 100))
    axes.set_xlabel("dose, fault limit = 1", fontsize=8.5, color=palette.PLOT_MUTED)
    axes.set_ylabel("% of lifts", fontsize=8.5, color=palette.PLOT_MUTED)
    axes.tick_params(labelsize=8.5, colors=palette.PLOT_MUTED)
    for spine in axes.spines.values():
        spine.set_color(palette.PLOT_GRID)
