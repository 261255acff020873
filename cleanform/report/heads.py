"""Where the lifter's head is in every frame, to hide it (`--blur-faces`).

Only the lifter's: other people have no landmarks, so they are not covered, and the page says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

from cleanform import draw
from cleanform.model import LANDMARKS

if TYPE_CHECKING:
    from cleanform.draw import Canvas
    from cleanform.draw.canvas import Image
    from cleanform.model import Analysis, Bools, Floats

_FACE = LANDMARKS.index("mouth_right") + 1  # nose, eyes, ears and mouth are the first landmarks
#: From chin to crown is 0.130 of the stature (Winter 2009, fig. 4.1): half of it, and half as much
#: again for hair, for a face that looks up, and for landmarks that are a little off.
_RADIUS_STATURES = 0.095
_TRUNK_STATURES = 0.29
_SPREAD = 1.5  # times the farthest landmark from the middle
_UNSEEN = 1.4  # times larger where the head was not seen and its place is interpolated
#: Where a head looks out from behind the plate: over its upper edge, so far before the vertical.
_OVER_EDGE_DEG = (-70.0, -42.0, -14.0, 14.0)
_CALM_S = 0.25  # a landmark that jumps away for less leaves the disc where it was, too


class Heads:
    """The discs to cover, frame by frame."""

    def __init__(self, analysis: Analysis) -> None:
        clip, pose = analysis.recording.clip, analysis.recording.pose
        face = pose.xy_px[:, :_FACE]
        ears = np.stack([pose.of("left_ear"), pose.of("right_ear")], 1)
        seen: Bools = np.isfinite(face).all(axis=2).max(axis=1)
        self._centre_px = np.full((clip.frames, 2), np.nan)
        self._calm_px = self._centre_px.copy()
        self._radius_px = np.full(clip.frames, np.nan)
        self._edge_px = np.full((clip.frames, len(_OVER_EDGE_DEG), 2), np.nan)
        if not seen.any():
            return
        raw = np.full((clip.frames, 2), np.nan)
        middle = np.nanmean(face[seen], axis=1)
        sides = ears[seen]
        back = np.where(np.isfinite(sides).all(axis=1), sides.mean(axis=1), middle)
        raw[seen] = (middle + back) / 2
        spread = np.nanmax(np.hypot(*np.moveaxis(face[seen] - raw[seen][:, None], 2, 0)), axis=1)
        radius = np.full(clip.frames, np.nan)
        least = _RADIUS_STATURES * _stature_px(analysis)
        radius[seen] = np.maximum(_SPREAD * spread, least)
        step_s = max(1e-3, float(np.median(np.diff(clip.times_s)))) if clip.frames > 1 else 1.0
        window = 2 * round(_CALM_S / step_s / 2) + 1
        for piece in clip.segments:
            if seen[piece].any():
                self._fill(piece, raw, radius, seen, clip.times_s, window)
        self._edge_px = _over_the_plate(analysis, self._centre_px)

    def _fill(
        self,
        piece: slice,
        raw: Floats,
        radius: Floats,
        seen: Bools,
        times_s: Floats,
        window: int,
    ) -> None:
        """One stretch between cuts: straight through gaps, held before and after."""
        here = seen[piece]
        now_s, known_s = times_s[piece], times_s[piece][here]
        for axis in (0, 1):
            through = np.interp(now_s, known_s, raw[piece, axis][here])
            self._centre_px[piece, axis] = through
            self._calm_px[piece, axis] = median_filter(through, window, mode="nearest")
        wide = np.interp(now_s, known_s, radius[piece][here])
        # Never smaller than usual: a head that is half seen is no smaller head.
        wide = np.maximum(wide, np.median(radius[piece][here]))
        self._radius_px[piece] = np.where(here, wide, _UNSEEN * wide)

    def discs(self, frame: int) -> list[tuple[Floats, float]]:
        """Centres and radii, clip pixels; empty where no head is known in this stretch of film."""
        radius = float(self._radius_px[frame])
        if not np.isfinite(radius):
            return []
        found = [(self._centre_px[frame], radius)]
        if np.hypot(*(self._calm_px[frame] - self._centre_px[frame])) >= 0.1 * radius:
            found.append((self._calm_px[frame], radius))
        found += [(place, radius) for place in self._edge_px[frame] if np.isfinite(place).all()]
        return found

    def hide(self, canvas: Canvas, image_rgb: Image, frame: int) -> Image:
        """The picture without the head; where no head is known, nothing is recognizable at all."""
        discs = [
            ((float(place[0]), float(place[1])), radius * canvas.scale)
            for centre, radius in self.discs(frame)
            for place in [canvas.place(centre)]
        ]
        return draw.veil_discs(image_rgb, discs) if discs else draw.veil_all(image_rgb)


def _over_the_plate(analysis: Analysis, centre_px: Floats) -> Floats:
    """(T, N, 2) clip pixels along the plate's upper edge while the head is behind it, else NaN.

    Landmarks of a head that the plate hides are a guess: they tend to the plate's middle, while
    hair or brow look out over its edge.
    """
    bar = analysis.recording.bar
    half_px = np.stack([bar.width_px, bar.height_px], 1) / 2
    with np.errstate(invalid="ignore"):
        behind = np.hypot(*((centre_px - bar.xy_px) / half_px).T) < 1.0
    turn = np.radians(_OVER_EDGE_DEG)
    facing = 1 if analysis.motion is None else analysis.motion.facing
    edge = np.stack([facing * np.sin(turn), -np.cos(turn)], 1)
    places = bar.xy_px[:, None] + half_px[:, None] * edge
    return np.where(behind[:, None, None], places, np.nan)


def _stature_px(analysis: Analysis) -> float:
    """The lifter's height in the image, roughly where nobody was measured."""
    motion, pose = analysis.motion, analysis.recording.pose
    if motion is not None and np.isfinite(motion.stature_px):
        return motion.stature_px
    trunks = [
        np.hypot(*(pose.of(f"{side}_shoulder") - pose.of(f"{side}_hip")).T)
        for side in ("left", "right")
    ]
    lengths = np.concatenate(trunks)
    lengths = lengths[np.isfinite(lengths)]
    if len(lengths):
        return float(np.median(lengths)) / _TRUNK_STATURES
    return 0.8 * analysis.recording.clip.height_px
