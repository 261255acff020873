"""Small trend charts as SVG text: one dot a lift, in the colour and shape of its verdict.

No script and no library: a page of an athlete has ten of them and is drawn in milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import floor, inf, isfinite, log10
from statistics import median

from markupsafe import Markup, escape

from cleanform.model import Limits, Verdict

_WIDTH, _HEIGHT = 440.0, 230.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 12.0, 20.0, 30.0
_RADIUS = 5.0
#: More lifts than these are a cloud: small dots without strokes, the line before them.
_CROWD, _RADIUS_IN_CROWD = 120, 2.6
_LEAST_TICK_GAP_PX = 62.0
_BESIDE_PX = 9.0

_Place = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Dot:
    """One lift: where it stands, how sure, and where a click on it leads."""

    x: float
    y: float
    sigma: float | None
    verdict: Verdict | None
    label: str
    link: str


@dataclass(frozen=True)
class Axis:
    """What the bottom of a chart counts: days (ordinals), kilograms or lifts."""

    name: str
    ticks: tuple[tuple[float, str], ...]
    in_order: bool = True  # one thing after the other: a line may join them


def day_axis(days: Sequence[date]) -> Axis:
    """Ticks at days with lifts, as many as fit."""
    ordinals = sorted({day.toordinal() for day in days})
    year = len({day.year for day in days}) > 1
    form = "%d %b %y" if year else "%d %b"
    return Axis(
        "", tuple((float(n), date.fromordinal(n).strftime(form).lstrip("0")) for n in ordinals)
    )


def number_axis(values: Sequence[float], name: str) -> Axis:
    """Round ticks over the values."""
    low, high = _widened(min(values), max(values), 0.04)
    ticks = tuple((tick, f"{tick:g}") for tick in _round_ticks(low, high))
    return Axis(name, ticks, in_order=False)


def trend(
    dots: Sequence[Dot], axis: Axis, unit: str, title: str, limits: Limits | None = None
) -> Markup:
    """A chart of `dots`, with the limits' bands behind and a line through each day's median."""
    low, high = _span(dots, limits)
    shown_unit = "°" if unit == "deg" else unit
    x_low, x_high = _widened(min(d.x for d in dots), max(d.x for d in dots), 0.08)

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - x_low) / (x_high - x_low)
        up = (y - low) / (high - low)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = [
        f'<svg class="trend" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="group" '
        f'aria-label="{escape(title)}: {len(dots)} lifts">'
    ]
    parts += _bands(limits, low, high, place)
    for tick in _round_ticks(low, high):
        _, y = place(x_low, tick)
        parts.append(f'<path class="grid" d="M{_LEFT:g} {y:.1f}H{_WIDTH - _RIGHT:g}"/>')
        parts.append(f'<text x="{_LEFT - 6:g}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{_LEFT:g}" y="11">{escape(shown_unit)}</text>')
    parts += _bottom(axis, x_low, x_high, place)
    by_x: dict[float, list[float]] = {}
    for dot in dots:
        by_x.setdefault(dot.x, []).append(dot.y)
    middle = ""
    if axis.in_order and len(by_x) > 1:
        line = " ".join("{:.1f},{:.1f}".format(*place(x, median(by_x[x]))) for x in sorted(by_x))
        middle = f'<polyline class="line" points="{line}"/>'
    crowd = len(dots) > _CROWD
    if not crowd:
        parts.append(middle)
    seen: dict[float, int] = {}
    for dot in dots:
        x, y = place(dot.x, dot.y)
        # Lifts of one day stand side by side, in their order.
        nth = seen[dot.x] = seen.get(dot.x, -1) + 1
        among = len(by_x[dot.x])
        x += min(_BESIDE_PX, _LEAST_TICK_GAP_PX / among / 1.5) * (nth - (among - 1) / 2)
        shown = replace(dot, sigma=None) if crowd else dot
        radius = _RADIUS_IN_CROWD if crowd else _RADIUS
        parts.append(_dot(shown, x, y, shown_unit, place, radius))
    if crowd:
        parts.append(middle)
    return Markup("".join(parts) + "</svg>")


def _span(dots: Sequence[Dot], limits: Limits | None) -> tuple[float, float]:
    """Low and high of the upright axis: every dot, and the limits where they are near."""
    low = min(dot.y - (dot.sigma or 0.0) for dot in dots)
    high = max(dot.y + (dot.sigma or 0.0) for dot in dots)
    if limits is not None:
        reach = max(high - low, 1e-9) + abs(high)
        edges = (limits.ok_min, limits.fault_min, limits.ok_max, limits.fault_max)
        near = [e for e in edges if isfinite(e) and low - reach <= e <= high + reach]
        low, high = min([low, *near]), max([high, *near])
    return _widened(low, high, 0.1)


def _widened(low: float, high: float, share: float) -> tuple[float, float]:
    room = share * (high - low) or max(0.1 * abs(high), 0.5)
    return low - room, high + room


def _round_ticks(low: float, high: float) -> list[float]:
    """Three to seven multiples of 1, 2 or 5."""
    rough = (high - low) / 4
    ten: float = 10.0 ** floor(log10(rough))
    step = next(n * ten for n in (1, 2, 5, 10) if n * ten >= rough)
    first = floor(low / step) + 1
    count = floor(high / step) - first + 1
    return [round((first + n) * step, 10) for n in range(count)]


def _bands(limits: Limits | None, low: float, high: float, place: _Place) -> list[str]:
    """Where a value is good, and where it is a fault."""
    if limits is None:
        return []
    found = []
    for name, start, stop in (
        ("good", limits.ok_min, limits.ok_max),
        ("bad", limits.fault_max, inf),
        ("bad", -inf, limits.fault_min),
    ):
        start, stop = max(start, low), min(stop, high)
        if stop > start and (name == "good" or isfinite(start) or isfinite(stop)):
            top, bottom = place(0, stop)[1], place(0, start)[1]
            found.append(
                f'<rect class="{name}" x="{_LEFT:g}" y="{top:.1f}" '
                f'width="{_WIDTH - _LEFT - _RIGHT:g}" height="{bottom - top:.1f}"/>'
            )
    return found


def _bottom(axis: Axis, x_low: float, x_high: float, place: _Place) -> list[str]:
    parts = []
    last = -inf
    for value, text in axis.ticks:
        if not x_low <= value <= x_high:
            continue
        x = place(value, 0)[0]
        if x - last >= _LEAST_TICK_GAP_PX:
            half = 3.2 * len(text)
            at = min(max(x, _LEFT + half - 30), _WIDTH - half)
            shown = f"{text} {axis.name}".strip()
            where = f'x="{at:.1f}" y="{_HEIGHT - 9:g}" text-anchor="middle"'
            parts.append(f"<text {where}>{escape(shown)}</text>")
            parts.append(f'<path class="tick" d="M{x:.1f} {_HEIGHT - _BOTTOM:g}v5"/>')
            last = x
    return parts


def _dot(dot: Dot, x: float, y: float, unit: str, place: _Place, r: float) -> str:
    tone = "" if dot.verdict is None else f" {dot.verdict.value.replace(' ', '-')}"
    whisker = ""
    if dot.sigma is not None and isfinite(dot.sigma):
        top, bottom = place(dot.x, dot.y + dot.sigma)[1], place(dot.x, dot.y - dot.sigma)[1]
        whisker = f'<path class="whisker" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>'
    shapes = {
        Verdict.FAULT: f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:g}" '
        f'height="{2 * r:g}" transform="rotate(45 {x:.1f} {y:.1f})"/>',
        Verdict.WATCH: f'<path d="M{x:.1f} {y - 1.25 * r:.1f}l{1.2 * r:.1f} {2.1 * r:.1f}'
        f'h{-2.4 * r:.1f}z"/>',
    }
    shape = shapes.get(dot.verdict or Verdict.OK, f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}"/>')
    value = f"{dot.y:g}{unit}" if unit == "°" else f"{dot.y:g} {unit}"
    said = f"{dot.label}: {value}" + (f", {dot.verdict.value}" if dot.verdict else "")
    return (
        f'<a class="dot{tone}" href="{escape(dot.link)}" aria-label="{escape(said)}">'
        f"<title>{escape(said)}</title>{whisker}{shape}</a>"
    )
