"""Figures as files and as SVG for the body of a page."""

from __future__ import annotations

import re
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

import matplotlib as mpl

from cleanform import palette
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure


def axes_box(figure: Figure) -> tuple[float, float, float, float]:
    """Where the axes lie in the picture: left, top, width, height as shares of the whole."""
    place = figure.axes[0].get_position()
    return float(place.x0), float(1.0 - place.y1), float(place.width), float(place.height)


def data_limits(figure: Figure) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of the axes in data units."""
    left, right = figure.axes[0].get_xlim()
    bottom, top = figure.axes[0].get_ylim()
    return float(left), float(right), float(bottom), float(top)


def save(figure: Figure, stem: Path) -> str:
    """Write ``stem.svg`` and ``stem.png``, each whole; returns the SVG."""
    text = svg(figure)
    replace_file(stem.with_suffix(".svg"), text.encode())
    picture = BytesIO()
    figure.savefig(picture, format="png", dpi=160, facecolor=palette.PAPER)
    replace_file(stem.with_suffix(".png"), picture.getvalue())
    return text


def svg(figure: Figure) -> str:
    """The figure as SVG with text as text (no font inside), the same for the same figure."""
    out = StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "cleanform"}):
        figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    return re.sub(
        r"font: ([^;\"]*?)'DejaVu Sans'[^;\"]*", r"font: \1system-ui, sans-serif", out.getvalue()
    )


def inline(svg_text: str, prefix: str, title: str) -> str:
    """SVG for the body of a page: ids made its own, the page's theme, a title for screen readers.

    `title` must be plain words; the page's own escaping does not see it.
    """
    text = svg_text[svg_text.index("<svg") :]
    # A style sheet inside would reach the whole page; what it says goes onto the root instead.
    text = re.sub(
        r"<(metadata|style|defs)\b[^>]*>\s*</\1>",
        "",
        re.sub(r"<(metadata|style)\b.*?</\1>", "", text, flags=re.S),
    )
    text = re.sub(r'\s(xmlns(:\w+)?)="[^"]*"', "", text)
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r"url\(#", f"url(#{prefix}-", text)
    text = re.sub(r'(?:xlink:)?href="#', f'href="#{prefix}-', text)
    inks = {palette.PLOT_INK: "ink", palette.PLOT_MUTED: "muted", palette.PLOT_GRID: "line"}
    for ink, name in inks.items():
        text = text.replace(ink, f"var(--{name})")
    head = re.compile(r'<svg([^>]*?)\swidth="[^"]*"|<svg([^>]*?)\sheight="[^"]*"')
    for _ in range(2):
        text = head.sub(lambda m: "<svg" + (m[1] or m[2] or ""), text, count=1)
    label = re.sub(r"[<>&\"]", "", title)
    style = "stroke-linejoin:round;stroke-linecap:butt"
    return text.replace("<svg", f'<svg role="img" aria-label="{label}" style="{style}"', 1)
