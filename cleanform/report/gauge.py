"""A value against its limits as a small drawing: bands, a marker, and how sure it is."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from cleanform import palette
from cleanform.report.limits import bands, limits_of

if TYPE_CHECKING:
    from cleanform.model import Finding, Limits
    from cleanform.report.measures import Measures

_WIDE, _TOP, _THICK = 320.0, 16.0, 10.0


def svg(finding: Finding, measures: Measures) -> str:
    """The gauge as SVG; empty where there is no value or no limit to hold it against."""
    limits = limits_of(finding)
    if limits is None or finding.value is None or not math.isfinite(finding.value):
        return ""
    sigma = finding.sigma if finding.sigma and math.isfinite(finding.sigma) else 0.0
    low, high = _reach(limits, finding.value, sigma)

    def x(value: float) -> float:
        return round(_WIDE * (min(max(value, low), high) - low) / (high - low), 1)

    tone = palette.VERDICTS
    parts = []
    for band in bands(limits, low, high):
        left, wide = x(band.start), x(band.end) - x(band.start)
        parts.append(
            f'<rect x="{left}" y="{_TOP}" width="{max(0.0, wide - 1.5):.1f}" height="{_THICK}" '
            f'rx="2" fill="{tone[band.verdict].bright}"/>'
        )
    last = -100.0
    for edge in (limits.fault_min, limits.ok_min, limits.ok_max, limits.fault_max):
        if math.isfinite(edge) and low < edge < high and x(edge) - last > 34:
            last = x(edge)
            parts.append(
                f'<text x="{last}" y="{_TOP + _THICK + 14}" text-anchor="middle">'
                f"{_tick(edge, finding.unit, measures)}</text>"
            )
    middle, at = _TOP + _THICK / 2, x(finding.value)
    if sigma:
        start, end = x(finding.value - sigma), x(finding.value + sigma)
        parts.append(
            f'<path d="M{start} {middle}H{end}M{start} {middle - 4}v8M{end} {middle - 4}v8" '
            'class="whisker"/>'
        )
    parts.append(f'<path d="M{at} {_TOP + 1}l-6 -10h12z" class="pointer"/>')
    parts.append(f'<circle cx="{at}" cy="{middle}" r="3.4" class="pointer"/>')
    value = measures.quantity(finding.value, finding.unit, finding.sigma)
    label = escape(f"{value}; {measures.text(finding.limit)}", quote=True)
    return (
        f'<svg class="gauge" viewBox="-8 0 {_WIDE + 16:g} 44" role="img" aria-label="{label}">'
        f"{''.join(parts)}</svg>"
    )


def _tick(edge: float, unit: str, measures: Measures) -> str:
    value = measures.convert(edge, unit)[0]
    return f"{edge:g}" if value == edge else f"{value:.1f}"


def _reach(limits: Limits, value: float, sigma: float) -> tuple[float, float]:
    """From where to where the scale runs: all finite limits, the value, and some room."""
    edges = [
        edge
        for edge in (limits.fault_min, limits.ok_min, limits.ok_max, limits.fault_max)
        if math.isfinite(edge)
    ]
    low, high = min(edges), max(edges)
    room = (high - low) or abs(high) or 1.0
    if math.isfinite(limits.fault_min) or math.isfinite(limits.ok_min):
        low -= 0.6 * room
    elif low > 0:
        low = 0.0
    if math.isfinite(limits.ok_max) or math.isfinite(limits.fault_max):
        high += 0.6 * room
    else:
        high += room
    low, high = min(low, value - 1.3 * sigma), max(high, value + 1.3 * sigma)
    margin = 0.03 * (high - low)
    return low - (margin if value - 1.3 * sigma <= low else 0.0), high + margin
