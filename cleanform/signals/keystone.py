"""How the plate's plane leans in the picture.

A phone above or below the bar's middle looks down or up at it, and the plate's plane recedes: one
pixel is worth more where the plate looks smaller. Depth grows evenly along such a plane, so the
plate's width follows 1 + growth * height and a pixel's worth upward the square of that. A pitch
of 10 degrees at 3 m makes 5 cm of error in a bar path of 1.2 m when it is left out.

The plate's height alone would mislead: plates are thick, and from above or below their outline is
the near face and the tread behind it, up to 6 % taller than the face. Seen level it is the face,
so the worth of a pixel upward is taken where height over width squared is smallest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares

if TYPE_CHECKING:
    from cleanform.model import BarTrack, Floats

MIN_CONFIDENCE = 0.3
#: Where the plate moves by more than this share of its height in a frame, blur makes it taller.
SMEARED = 0.025
#: The path must be this many plates long to show any growth.
MIN_TRAVEL_PLATES = 1.0
BINS, MIN_BINS = 12, 2
#: Of the heights along the path, taken to the level: the lowest, but not by one reading.
LEVEL_QUANTILE = 0.15
#: One reading of a size, relative, however well the sizes agree among themselves.
SIZE_SIGMA = 0.004
#: More growth per plate height than a camera at 1.5 m pitched by 25 degrees sees is no keystone.
MAX_GROWTH_PER_PLATE = 0.13


@dataclass(frozen=True)
class Keystone:
    """The near face's height at `level_y_px`; by what share its width grows per pixel upward."""

    growth_per_px: float
    level_y_px: float  # lifter's frame, y up
    diameter_px: float


def keystone(bar: BarTrack) -> Keystone | None:
    """Fit the plate's size against its place; None where the bar hardly moved.

    The growth is shrunk toward none by its own uncertainty, so that a short path or sizes that
    disagree leave the scale as it is.
    """
    places = stretches(bar)
    if places is None:
        return None
    y, width, height = places
    plate_px = float(np.exp(np.nanmedian(height)))
    level = float(np.median(y))
    up = (y - level) / plate_px

    def residuals(guess: Floats) -> Floats:
        return np.asarray(width - guess[0] - np.log1p(np.clip(guess[1] * up, -0.9, None)))

    fit = least_squares(residuals, [np.median(width), 0.0], loss="soft_l1", f_scale=0.01)
    growth = float(fit.x[1])
    if abs(growth) > MAX_GROWTH_PER_PLATE:
        return None
    size_sigma = max(SIZE_SIGMA, 1.48 * float(np.median(np.abs(residuals(fit.x)))))
    # neighbouring sizes share their errors: count a third of them
    sigma = size_sigma * np.sqrt(3 / float(np.sum((up - up.mean()) ** 2)))
    growth *= growth**2 / (growth**2 + sigma**2)
    near = 2 * np.log1p(np.clip(growth * up, -0.9, None))
    face = float(np.nanquantile(height - near, LEVEL_QUANTILE))
    return Keystone(growth / plate_px, level, float(np.exp(face)))


def stretches(bar: BarTrack, sharp_only: bool = True) -> tuple[Floats, Floats, Floats] | None:
    """Place (y up) and the logarithms of width and height, a median for each stretch of the path.

    Where `sharp_only` the height is NaN where the plate only passes by too fast to be sharp. So a
    bar that lies on the floor for most of the clip weighs no more than one on its way. None where
    the path is too short to show anything.
    """
    y = -bar.xy_px[:, 1]
    good = (bar.confidence > MIN_CONFIDENCE) & np.isfinite(y) & np.isfinite(bar.width_px)
    if bar.source != "plate" or good.sum() < MIN_BINS:
        return None
    plate_px = float(np.median(bar.height_px[good]))
    low, high = float(y[good].min()), float(y[good].max())
    if high - low < MIN_TRAVEL_PLATES * plate_px:
        return None
    with np.errstate(invalid="ignore"):
        sharp = np.abs(np.gradient(y)) < SMEARED * plate_px
        bins = np.minimum((y - low) / (high - low) * BINS, BINS - 1) // 1
    rows = []
    for number in range(BINS):
        inside = good & (bins == number)
        if inside.any():
            still = inside & sharp
            looked_at = still if still.any() or sharp_only else inside
            height = np.log(np.median(bar.height_px[looked_at])) if looked_at.any() else np.nan
            width = np.log(np.median(bar.width_px[inside]))
            rows.append((np.median(y[inside]), width, height))
    place, width, height = np.array(rows).T
    return (place, width, height) if np.isfinite(height).sum() >= MIN_BINS else None
