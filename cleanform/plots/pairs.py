"""Two lifts over one another: bar paths, and curves on a clock that both share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cleanform import palette
from cleanform.plots.figures import equal_scales, legend_below, one_axes, shade_phases
from cleanform.texts import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cleanform.model import Bools, Floats, Phase

#: The first lift is drawn through, the second dashed: they differ without colour, too.
DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = ("-", (0, (5, 1.6)))
WIDER = 2.5
_LEAST = {"m": 0.4, "in": 16.0}


def two_paths(
    paths: Sequence[Floats],
    labels: Sequence[str],
    unit: str,
    marked: Sequence[tuple[str, Sequence[tuple[float, float]]]] = (),
) -> Figure:
    """Bar paths (N, 2) forward and up in `unit`, each from its own lift-off.

    Forward is drawn `WIDER` times as wide as up: two good paths lie within a few centimetres.
    `marked`: the name of an event, and where the bar is then in either lift.
    """
    figure, axes = one_axes(3.4, 5.3, 0.62, 0.1, 0.78, 0.12)
    for n, path in enumerate(paths):
        axes.plot(*path.T, color=palette.LIFTS[n], lw=2.4, ls=DASHES[n], label=labels[n])
    for name, places in marked:
        for n, (x, y) in enumerate(places):
            axes.plot(
                x, y, "os"[n], ms=5, mfc=palette.PAPER, mec=palette.LIFTS[n], mew=1.5, zorder=4
            )
        # Beside the rightmost of the two, so that it lies on neither path.
        x, y = max(places)
        axes.annotate(
            name, (x, y), xytext=(9, 0), textcoords="offset points", ha="left", va="center",
            fontsize=8.5, color=palette.PLOT_INK, zorder=5,
        )  # fmt: skip
    axes.axvline(0.0, color=palette.PLOT_MUTED, lw=0.9, ls=(0, (5, 3)), zorder=1)
    axes.set_xlabel(say("compare.forward", unit=unit, times=f"{WIDER:g}"))
    axes.set_ylabel(say("plots.above", unit=unit))
    legend_below(axes, 2)
    equal_scales(axes, _LEAST.get(unit, 1.0))
    _widen(axes, np.concatenate([path[:, 0] for path in paths]))
    return figure


def _widen(axes: Axes, across: Floats) -> None:
    """Draw forward `WIDER` times as wide as up, around what there is to see."""
    low, high = axes.get_xlim()
    half = (high - low) / 2 / WIDER
    middle = (float(np.nanmin(across)) + float(np.nanmax(across))) / 2 if len(across) else 0.0
    middle += 0.15 * half  # names stand to the right of the paths
    axes.set_xlim(middle - half, middle + half)


def two_curves(
    times_s: Floats,
    values: Sequence[Floats],
    sigmas: Sequence[float],
    labels: Sequence[str],
    phases: Sequence[Phase],
    upright: str,
    covered: Sequence[Bools] | None = None,
) -> Figure:
    """Two curves (T,) each with a band of one sigma, phases shaded; `upright` names the y axis.

    Thin and without its band where a curve was inferred, not seen (`covered`, (T,) each).
    """
    figure, axes = one_axes(4.3, 2.7, 0.66, 0.08, 0.74, 0.44)
    for n, curve in enumerate(values):
        colour = palette.LIFTS[n]
        if covered is not None:
            axes.plot(times_s, curve, color=colour, lw=0.9, alpha=0.55, ls=DASHES[n], zorder=2)
            curve = np.where(covered[n], np.nan, curve)
        if np.isfinite(sigmas[n]):
            low, high = curve - sigmas[n], curve + sigmas[n]
            axes.fill_between(times_s, low, high, color=colour, alpha=0.16, lw=0, zorder=2)
        axes.plot(times_s, curve, color=colour, lw=2.1, ls=DASHES[n], label=labels[n], zorder=3)
    shade_phases(axes, phases, times_s)
    axes.set_xlabel(say("compare.aligned_time"), fontsize=8.5)
    axes.set_ylabel(upright)
    legend_below(axes, 2)
    return figure
