"""The two lifters in one picture: same size, the bar's place at lift-off at the same spot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform import draw, palette, texts
from cleanform.draw import Canvas
from cleanform.palette import rgb
from cleanform.report import words
from cleanform.report.heads import Heads
from cleanform.report.measures import Measures
from cleanform.report.scene import Scene
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.compare.changes import Change
    from cleanform.compare.comparison import Comparison
    from cleanform.compare.pictures import Source
    from cleanform.compare.sides import Side
    from cleanform.draw import Shape
    from cleanform.draw.canvas import Image
    from cleanform.model import Finding, Floats

_TALLEST_PX, _LEAST_PX = 960, 480
_NARROWEST, _WIDEST = 0.56, 1.0  # a panel's width over its height
_GAP_PX = 6
_RIBBON_UNITS = 11.0
#: So long around an event its name is shown.
EVENT_S = 0.12
_BRIGHT = ("#5cb8ff", "#ffa257")  # the palette's first two lifts, on dark pictures
_LAST_KNOWN_LETTER = 0x52F  # Latin, Greek and Cyrillic: what the film's font can be trusted with
_LONGEST_NAME = 26


@dataclass(frozen=True, eq=False)
class _Reach:
    """How far a lifter and the bar go from the bar's place at lift-off, in the lifter's own size.

    A unit is a metre in the bar's plane where both lifts have a scale, else a stature.
    """

    anchor_px: Floats  # (2,) clip pixels
    unit_px: float
    low: Floats  # (2,) left and top, negative
    high: Floats  # (2,) right and bottom


class Panels:
    """Makes pictures of both lifts at one moment of the shared clock."""

    def __init__(self, comparison: Comparison, sources: tuple[Source, Source]) -> None:
        self.comparison = comparison
        self._sources = sources
        self._scenes = [Scene(side.analysis) for side in comparison.sides]
        self._heads = [Heads(side.analysis) for side in comparison.sides]
        self.canvases = _canvases(comparison, self._scenes)
        self.ribbon_px = 2 * round(_RIBBON_UNITS * self.canvases[0].unit / 2)
        one = self.canvases[0]
        self.size_px = (2 * one.width_px + _GAP_PX, one.height_px + self.ribbon_px)
        self._labels = [_label(comparison, n) for n in (0, 1)]

    def picture(
        self,
        images: tuple[Image, Image],
        frames: tuple[int, int],
        common_s: float,
        change: Change | None = None,
    ) -> Image:
        """Both panels over the phase ribbon.

        Args:
            images: a picture of each clip, from its source.
            frames: the frame of each clip that is shown.
            common_s: the moment on the shared clock.
            change: the check of which the marks are drawn.
        """
        width_px, height_px = self.size_px
        ground = np.empty((height_px, width_px, 3), np.uint8)
        ground[:] = rgb(palette.INK)
        for n in (0, 1):
            canvas, source = self.canvases[n], self._sources[n]
            panel = canvas.picture(images[n], source.scale)
            if self.comparison.blur_faces:
                panel = self._heads[n].hide(canvas, panel, frames[n])
            if change is not None:
                shapes = self._marks(n, frames[n], (change.a, change.b)[n])
            else:
                shapes = [] if source.drawn else self._lifter(n, frames[n])
            panel = draw.paint(panel, [*shapes, *self._edges(n, frames[n], common_s)])
            left = n * (canvas.width_px + _GAP_PX)
            ground[: canvas.height_px, left : left + canvas.width_px] = panel
        whole = Canvas(width_px, height_px)
        strip = draw.ribbon(
            whole, self.comparison.alignment.phases, common_s, self.ribbon_px / (7.0 * whole.unit)
        )
        return draw.paint(ground, strip)

    def _lifter(self, n: int, frame: int) -> list[Shape]:
        scene, canvas = self._scenes[n], self.canvases[n]
        lift = self.comparison.sides[n].lift
        return [
            *scene.path(canvas, frame, lift),
            *scene.lifter(canvas, frame),
            *scene.angles(canvas, frame, scene.angles_at(frame, lift)),
        ]

    def _marks(self, n: int, frame: int, finding: Finding | None) -> list[Shape]:
        """What a check measured here; nothing where it did not speak of this frame."""
        scene, canvas = self._scenes[n], self.canvases[n]
        lifter = scene.lifter(canvas, frame, thickness=0.6) if not self._sources[n].drawn else []
        if finding is None or finding.frame != frame:
            return lifter
        return [*lifter, *scene.marks(canvas, finding)]

    def _edges(self, n: int, frame: int, common_s: float) -> list[Shape]:
        """Who it is at the top; at the bottom the time since lift-off and what moment it is."""
        canvas, side = self.canvases[n], self.comparison.sides[n]
        shapes = draw.corner(canvas, self._labels[n], rgb(_BRIGHT[n]), size=16.0)
        start_s = side.rep.events["lift_off"].time_s
        now_s = float(side.analysis.recording.clip.times_s[frame])
        if start_s is not None:
            shapes += draw.foot(canvas, say("compare.since", seconds=_signed(now_s - start_s)))
        name, colour = self._moment(common_s)
        if name:
            shapes += draw.foot(canvas, name, colour, right=True)
        return shapes

    def _moment(self, common_s: float) -> tuple[str, palette.RGB]:
        """The event that is near, else the phase."""
        aligned = self.comparison.alignment
        near = int(np.argmin(np.abs(aligned.common_s - common_s)))
        phase = next((p for p in aligned.phases if p.start_s <= common_s < p.end_s), None)
        colour = rgb(palette.PHASE_GROUPS[phase.group]) if phase else rgb(palette.FAR_SIDE)
        if abs(float(aligned.common_s[near]) - common_s) <= EVENT_S / 2:
            return words.event(aligned.events[near]), colour
        if phase is None:
            return "", colour
        name = texts.table("phases").get(phase.name, phase.name)
        return name[:1].upper() + name[1:], colour


def _signed(seconds: float) -> str:
    return f"{seconds:+.2f}".replace("-", "−")


def _label(comparison: Comparison, n: int) -> str:
    """Letter, name and load: "A · clip · 60 kg", as far as the film has letters."""
    side, other = comparison.sides[n], comparison.sides[1 - n]
    options = side.analysis.options
    different = options.athlete != other.analysis.options.athlete
    parts = [options.athlete if options.athlete and different else side.stem]
    if len(side.analysis.lifts) > 1:
        parts.append(say("film.lift", number=side.number))
    if options.load_kg is not None:
        parts.append(Measures(comparison.units).load(options.load_kg))
    known = (_known(part) for part in parts)
    return " · ".join(["AB"[n], *(part for part in known if part)])


def _known(text: str) -> str:
    """`text` without letters that the film's font lacks or that run the other way."""
    kept = "".join(c if c.isprintable() and ord(c) <= _LAST_KNOWN_LETTER else " " for c in text)
    kept = " ".join(kept.split())
    return kept if len(kept) <= _LONGEST_NAME else f"{kept[: _LONGEST_NAME - 1]}…"


def _canvases(comparison: Comparison, scenes: list[Scene]) -> tuple[Canvas, Canvas]:
    """One window on each clip: the same part of the world around the bar, in the same size."""
    metric = comparison.comparable.lengths
    reaches = [
        _reach(side, scene, metric) for side, scene in zip(comparison.sides, scenes, strict=True)
    ]
    low = np.min([reach.low for reach in reaches], axis=0)
    high = np.max([reach.high for reach in reaches], axis=0)
    width, height = high - low
    if width < _NARROWEST * height:
        middle, half = (low[0] + high[0]) / 2, _NARROWEST * height / 2
        low[0], high[0] = middle - half, middle + half
    elif width > _WIDEST * height:
        low[1] = high[1] - width / _WIDEST
    width, height = high - low
    finest = max(reach.unit_px for reach in reaches)  # the sharper clip is not made larger
    tall = float(np.clip(height * finest, _LEAST_PX, _TALLEST_PX))
    size = (2 * round(tall * width / height / 2), 2 * round(tall / 2))
    made = []
    for reach in reaches:
        scale = tall / (height * reach.unit_px)
        left, top = reach.anchor_px + low * reach.unit_px
        made.append(Canvas(*size, scale, (float(left), float(top))))
    return made[0], made[1]


def _reach(side: Side, scene: Scene, metric: bool) -> _Reach:
    motion, span = side.motion, side.rep.span
    unit_px = 1 / motion.scale.m_per_px_plate if metric else motion.stature_px
    off = side.rep.frame("lift_off")
    bar_px = motion.to_image_px(motion.bar_px)
    anchor = bar_px[span.start if off is None else off]
    points = [places[span] for places in scene.places()]
    every = np.concatenate([p[np.isfinite(p).all(axis=1)] for p in points])
    if not np.isfinite(anchor).all():
        anchor = np.median(every, axis=0)
    # Percentiles: one landmark that jumped for a frame must not shrink the lifter.
    low, high = np.percentile(every, [0.5, 99.5], axis=0)
    tall = float(high[1] - low[1])
    room = np.array([0.10, 0.20]) * tall, np.array([0.10, 0.06]) * tall
    clip = side.analysis.recording.clip
    low = np.maximum(low - room[0], 0.0)
    high = np.minimum(high + room[1], (clip.width_px, clip.height_px))
    return _Reach(anchor, unit_px, (low - anchor) / unit_px, (high - anchor) / unit_px)
