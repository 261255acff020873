"""The figures themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from cleanform import palette, texts
from cleanform.model import ANGLE_JOINTS, PHASES, BarTrack, PhaseGroup
from cleanform.texts import say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cleanform.model import Floats, Motion, Phase, Rep

_LIFTS_A_ROW = 3  # in the legend of several bar paths
_INK, _MUTED, _GRID = palette.PLOT_INK, palette.PLOT_MUTED, palette.PLOT_GRID
_DASHES = {"knee": "-", "hip": (0, (6, 2)), "trunk": (0, (2, 1.4)), "elbow": (0, (7, 2, 1.5, 2))}


@dataclass(frozen=True)
class LengthUnit:
    """What one pixel in the bar's plane is worth, and in what."""

    per_px: float
    name: str  # "m", "in", "ft", "plate diameters" or "px"


#: What one metre is worth.
_PER_M = {"m": 1.0, "in": 1 / 0.0254, "ft": 1 / 0.3048}


def length_unit(motion: Motion, bar: BarTrack, wanted: str = "m") -> LengthUnit:
    """Metres ("m"; or "in", "ft") where the scale is known; else plate diameters; else pixels."""
    if motion.scale.source != "none" and np.isfinite(motion.scale.m_per_px_plate):
        return LengthUnit(motion.scale.m_per_px_plate * _PER_M[wanted], wanted)
    seen = bar.height_px[np.isfinite(bar.height_px)]
    if bar.source == "plate" and len(seen) and np.median(seen) > 0:
        return LengthUnit(1.0 / float(np.median(seen)), "plate diameters")
    return LengthUnit(1.0, "px")


def bar_path(motion: Motion, reps: Sequence[Rep], unit: LengthUnit) -> Figure:
    """Side view of the bar from lift-off to stood up, forward to the right, axes equal.

    One lift is coloured by speed with its events marked; several are drawn over one another,
    each from its own lift-off.
    """
    rows = 0 if len(reps) == 1 else -(-len(reps) // _LIFTS_A_ROW)  # of the legend
    figure, axes = one_axes(3.2, 5.2, 0.62, 0.1, 0.5 + (0.12 + 0.2 * rows if rows else 0), 0.12)
    for number, rep in enumerate(reps):
        path, frames = lifted_path(motion, rep, unit)
        if len(reps) == 1:
            _coloured_path(axes, motion, rep, path, frames)
        else:
            colour = palette.LIFTS[number % len(palette.LIFTS)]
            dash = list(_DASHES.values())[number // len(palette.LIFTS) % len(_DASHES)]
            label = say("plots.lift", number=rep.index + 1)
            axes.plot(*path.T, color=colour, lw=2, ls=dash, label=label)
    axes.axvline(0.0, color=_MUTED, lw=0.9, ls=(0, (5, 3)), zorder=1)
    axes.set_xlabel(say("plots.forward", unit=unit.name))
    axes.set_ylabel(say("plots.above", unit=unit.name))
    if len(reps) > 1:
        legend_below(axes, _LIFTS_A_ROW)
    equal_scales(
        axes, {"m": 0.4, "in": 16.0, "ft": 1.3, "plate diameters": 0.9}.get(unit.name, 100.0)
    )
    return figure


def bar_speed(motion: Motion, rep: Rep, unit: LengthUnit) -> Figure:
    """The bar's vertical velocity against time, phases shaded, the highest speed marked."""
    figure, axes = one_axes(4.1, 2.5, 0.66, 0.08, 0.46, 0.44)
    window = _window(motion, rep)
    up = motion.bar_velocity_px_s[window, 1] * unit.per_px
    times_s = motion.times_s[window]
    axes.axhline(0.0, color=_MUTED, lw=0.8, zorder=1)
    axes.plot(times_s, up, color=palette.ANGLES["knee"], lw=2.2, zorder=3)
    shade_phases(axes, rep.phases, times_s)
    axes.set_ylabel(say("plots.upward", unit=unit.name))
    lifting = rep.frames("lift_off", "bar_apex")
    if lifting is not None:
        pulled = motion.bar_velocity_px_s[lifting, 1] * unit.per_px
        if np.isfinite(pulled).any():
            peak = int(np.nanargmax(pulled))
            at_s, speed = motion.times_s[lifting][peak], pulled[peak]
            axes.plot(at_s, speed, "o", color=_INK, ms=5, zorder=4)
            digits = 0 if unit.name == "px" else 2
            axes.annotate(
                f"{speed:.{digits}f} {unit.name}/s",
                (at_s, speed),
                xytext=(-7, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                color=_INK,
                fontsize=9,
                fontweight="bold",
            )
    return figure


def joint_angles(motion: Motion, rep: Rep) -> Figure:
    """Knee, hip and elbow (180 = straight) and the trunk above the horizontal, against time.

    Thin and faint where a joint of the angle was covered: inferred, not seen.
    """
    figure, axes = one_axes(4.1, 3.1, 0.66, 0.08, 0.74, 0.44)
    window = _window(motion, rep)
    times_s = motion.times_s[window]
    for name, colour in palette.ANGLES.items():
        if name in motion.angles_deg:
            angle = motion.angles_deg[name][window]
            covered = np.any([motion.hidden[joint][window] for joint in ANGLE_JOINTS[name]], axis=0)
            seen = np.where(covered, np.nan, angle)
            axes.plot(times_s, angle, color=colour, lw=1.0, alpha=0.45, zorder=2)
            axes.plot(
                times_s,
                seen,
                color=colour,
                lw=1.9,
                ls=_DASHES[name],
                label=texts.table("angles")[name],
                zorder=3,
            )
    shade_phases(axes, rep.phases, times_s)
    axes.set_ylim(0, 190)
    axes.set_yticks(range(0, 181, 30))
    axes.set_ylabel(say("plots.angle"))
    legend_below(axes, len(palette.ANGLES))
    return figure


def lifted_path(motion: Motion, rep: Rep, unit: LengthUnit) -> tuple[Floats, range]:
    """The bar from lift-off (or the lift's first frame), relative to where it starts.

    Returns (N, 2) forward and up in `unit`, and the clip frames of the N points.
    """
    start = rep.frame("lift_off")
    first = rep.span.start if start is None else start
    frames = range(first, min(rep.span.stop, len(motion.times_s)))
    path = motion.bar_px[frames.start : frames.stop] * unit.per_px
    seen = np.flatnonzero(np.isfinite(path).all(axis=1))
    return (path - path[seen[0]] if len(seen) else path), frames


def one_axes(
    width_in: float, height_in: float, left: float, right: float, bottom: float, top: float
) -> tuple[Figure, Axes]:
    """A figure with one axes; margins in inches (a layout engine would cost half a second)."""
    figure = Figure(figsize=(width_in, height_in))
    FigureCanvasAgg(figure)
    share = (left / width_in, bottom / height_in)
    size = (1 - (left + right) / width_in, 1 - (bottom + top) / height_in)
    return figure, figure.add_axes((*share, *size))


def _window(motion: Motion, rep: Rep) -> slice:
    """The lift and a quarter of a second around it, within its own piece of film."""
    start_s = motion.times_s[rep.span.start] - 0.25
    end_s = motion.times_s[min(rep.span.stop, len(motion.times_s)) - 1] + 0.25
    first, last = np.searchsorted(motion.times_s, [start_s, end_s])
    for piece in motion.segments:
        if piece.start <= rep.span.start < piece.stop:
            first, last = max(first, piece.start), min(last, piece.stop)
    return slice(int(first), int(last))


def _style(axes: Axes) -> None:
    axes.set_facecolor("none")
    axes.grid(True, color=_GRID, lw=0.7)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(_MUTED)
    axes.tick_params(colors=_MUTED, labelcolor=_INK, labelsize=9)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set_color(_INK)
        label.set_fontsize(9.5)


def shade_phases(axes: Axes, phases: Sequence[Phase], times_s: Floats) -> None:
    """Shade the three groups, name them above the axes, tick the events below."""
    _style(axes)
    axes.set_xlim(float(times_s[0]), float(times_s[-1]))
    for phase in phases:
        axes.axvspan(
            phase.start_s, phase.end_s, color=palette.PHASE_GROUPS[phase.group], alpha=0.16, lw=0
        )
        axes.axvline(phase.start_s, color=_MUTED, lw=0.6, ls=(0, (2, 2)), zorder=2)
    for group in PhaseGroup:
        spans = [phase for phase in phases if phase.group is group]
        if spans:
            middle = (spans[0].start_s + spans[-1].end_s) / 2
            axes.annotate(
                texts.table("groups")[group.value],
                (middle, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 4),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8.5,
                color=_INK,
                linespacing=0.95,
            )
    axes.set_xlabel(say("plots.time"))


def _coloured_path(axes: Axes, motion: Motion, rep: Rep, path: Floats, frames: range) -> None:
    speed = np.hypot(*motion.bar_velocity_px_s[frames.start : frames.stop].T)
    fastest = float(np.nanmax(speed)) if np.isfinite(speed).any() else 1.0
    pairs = np.stack([path[:-1], path[1:]], axis=1)
    known = np.isfinite(pairs).all(axis=(1, 2))
    share = np.nan_to_num(speed[:-1] / max(fastest, 1e-9))
    colours = [tuple(v / 255 for v in palette.speed_colour(value)) for value in share[known]]
    # An edge keeps the light end of the ramp visible on paper.
    axes.plot(*path.T, color=_MUTED, lw=4.6, zorder=2, solid_capstyle="round")
    axes.add_collection(LineCollection(list(pairs[known]), colors=colours, lw=3.2, zorder=3))
    first_events = dict.fromkeys(name for _, *ends in PHASES.values() for name in ends)
    shown = (
        "lift_off",
        "knee_pass",
        "power_position",
        "full_extension",
        "bar_apex",
        "catch_lowest",
    )
    for name in [*first_events, "bar_apex"]:
        frame = rep.frame(name)
        if name not in shown or frame is None or frame not in frames:
            continue
        x, y = path[frame - frames.start]
        if not np.isfinite((x, y)).all():
            continue
        axes.plot(x, y, "o", ms=5, mfc=palette.PAPER, mec=_INK, mew=1.2, zorder=4)
        # The apex and the catch lie close together: one label on either side.
        left = name == "catch_lowest"
        axes.annotate(
            texts.table("short_events")[name],
            (x, y),
            xytext=(-9 if left else 9, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="center",
            fontsize=8.5,
            color=_INK,
            zorder=5,
        )


def equal_scales(axes: Axes, least: float) -> None:
    """Equal scales in both directions, at least `least` wide, everything in the picture."""
    _style(axes)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    box = axes.get_window_extent()
    limits = axes.dataLim
    if not np.isfinite(limits.extents).all():  # the bar was never seen
        limits = Bbox([[0.0, 0.0], [least, least]])
    middle_x, middle_y = (limits.x0 + limits.x1) / 2, (limits.y0 + limits.y1) / 2
    # Labels stand to the right of their points: leave more room there.
    wide, high = max(limits.width * 1.5, least), max(limits.height * 1.08, least)
    per_dot = max(wide / box.width, high / box.height)
    half_x, half_y = per_dot * box.width / 2, per_dot * box.height / 2
    shift = 0.12 * half_x
    axes.set_xlim(middle_x - half_x + shift, middle_x + half_x + shift)
    axes.set_ylim(middle_y - half_y, middle_y + half_y)


def legend_below(axes: Axes, columns: int) -> None:
    axes.legend(
        loc="lower center",
        bbox_to_anchor=(0.5, 0.005),
        bbox_transform=axes.figure.transFigure,
        ncols=columns,
        frameon=False,
        fontsize=9,
        labelcolor=_INK,
        handlelength=2.4,
        columnspacing=1.2,
    )
