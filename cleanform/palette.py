"""One set of colours for overlay, stills, plots and page, safe for colour-blind eyes.

Three families never mix: verdicts (green-blue, amber, vermilion, grey: apart in lightness as well
as hue, after Okabe and Ito, "Color Universal Design", 2008), phases (blue, violet, pink) and
bar speed (a ramp that only grows lighter). A verdict's colour always comes with its symbol or
its word. Colours are ``#rrggbb``; `rgb` turns one into the triple that pixels want.
"""

from __future__ import annotations

from dataclasses import dataclass

from cleanform.model import PhaseGroup, Verdict

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class Tone:
    """One verdict's colours. Text on tint keeps a contrast of at least 4.5 : 1 in both themes."""

    symbol: str
    bright: str  # on pictures, and for lines
    text: str  # light page
    tint: str
    text_dark: str  # dark page
    tint_dark: str


VERDICTS: dict[Verdict, Tone] = {
    Verdict.FAULT: Tone("✕", "#ff5d47", "#a3210f", "#ffe6e0", "#ff9d8c", "#40170f"),
    Verdict.WATCH: Tone("!", "#ffc145", "#754700", "#fff0cc", "#ffd27a", "#3a2b08"),
    Verdict.CANNOT_TELL: Tone("?", "#b4bfcd", "#475569", "#e8edf3", "#b9c6d6", "#263040"),
    Verdict.OK: Tone("✓", "#35d0a5", "#08654b", "#daf4ea", "#63e2bd", "#0d2f26"),
}

PHASE_GROUPS: dict[PhaseGroup, str] = {
    PhaseGroup.PULL: "#4a9ff5",
    PhaseGroup.TRIPLE_EXTENSION: "#a583ff",
    PhaseGroup.CATCH: "#f58fcb",
}

NEAR_SIDE = "#6be4ff"
FAR_SIDE = "#c3d2e4"
PLATE = "#ffffff"
INK = "#0b1018"  # backing of text, halo of lines
PAPER = "#ffffff"
VEIL = "#8d8a88"  # stands where a head was

#: Slow to fast.
SPEED_RAMP = ("#5a78f5", "#a86bf2", "#ea679f", "#ff9a4d", "#fff07a")

#: Joint angle -> colour of its curve; each curve has its own dash too.
ANGLES: dict[str, str] = {
    "knee": "#0a84c6",
    "hip": "#c2410c",
    "trunk": "#7c4fd6",
    "elbow": "#0d8a6a",
}

#: Lifts drawn over one another, dark enough for paper and light enough for a dark page; after the
#: last, they begin again with another dash.
LIFTS = ("#1f78c8", "#c2570c", "#8a56d8", "#0f8a68", "#c8377f")

# Plots are drawn in these inks; the page swaps them for its own theme's (see `plots.inline`).
PLOT_INK = "#1a2433"
PLOT_MUTED = "#5a6778"
PLOT_GRID = "#dde3ea"


def rgb(colour: str) -> RGB:
    """``#rrggbb`` as a triple of 0..255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def speed_colour(share: float) -> RGB:
    """Colour of a bar speed, `share` 0 (still) to 1 (fastest of the lift); clamped."""
    place = min(max(share, 0.0), 1.0) * (len(SPEED_RAMP) - 1)
    low = min(int(place), len(SPEED_RAMP) - 2)
    mix = place - low
    below, above = rgb(SPEED_RAMP[low]), rgb(SPEED_RAMP[low + 1])
    red, green, blue = (round(a + (b - a) * mix) for a, b in zip(below, above, strict=True))
    return red, green, blue
