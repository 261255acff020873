"""The near face's middle, where a thick plate shows its tread.

Bumper plates are 5 to 10 cm thick, and several may be loaded. A camera above the plate's upper edge
sees the tread behind the rim: the outline is taller than the face and its middle too high, by 1 cm
where a phone at 1.3 m sees a plate on the floor 2.5 m away; as the bar rises, that goes. Below the
plate's lower edge it is the same upside down. The far rim, a share k of the distance farther off,
stands k times its height under the lens higher and is k times smaller, so that the outline is
taller than the face by k (|h| - r), h being the lens's height over the plate's middle and r its
radius. How tall the plate looks for its width along the path tells both k and where h is 0.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform.signals.keystone import keystone, stretches

if TYPE_CHECKING:
    from cleanform.model import BarTrack, Floats

#: Plate and lens: 20 cm of plates seen from 2 m.
MOST_K = 0.1
#: One reading of a height, relative; a stretch that is further off is a hand or a shadow.
HEIGHT_SIGMA = 0.006
#: Fewer stretches of the path show no trend.
MIN_STRETCHES = 5
#: The lens is as high as some place of the path, or at most so many plates over or under it.
BEYOND_PLATES = 0.5


def without_tread(bar: BarTrack) -> BarTrack:
    """`bar` with the middles and heights of the near plate's face; as it was where none is told.

    The share k is shrunk toward none by its own uncertainty.
    """
    places = stretches(bar, sharp_only=False)
    leaning = keystone(bar)
    if places is None or leaning is None or len(places[0]) < MIN_STRETCHES:
        return bar
    y, _, height = places
    plate_px = leaning.diameter_px
    up = (y - leaning.level_y_px) / plate_px
    face = 2 * np.log1p(np.clip(leaning.growth_per_px * plate_px * up, -0.9, None))
    taller = height - np.log(plate_px) - face
    k, lens = _tread(up, taller)
    here = (-bar.xy_px[:, 1] - leaning.level_y_px) / plate_px
    beyond = k * np.clip(np.abs(here - lens) - 0.5, 0.0, None)
    xy_px = np.array(bar.xy_px)
    xy_px[:, 1] += np.sign(lens - here) * beyond / 2 * bar.height_px
    return replace(bar, xy_px=xy_px, height_px=bar.height_px * np.exp(-beyond))


def _tread(up: Floats, taller: Floats) -> tuple[float, float]:
    """k, shrunk, and the lens's height; both lengths in plates, `taller` in logarithms."""
    best = (np.inf, 0.0, 0.0)
    heights = np.arange(up.min() - BEYOND_PLATES, up.max() + BEYOND_PLATES, 0.1)
    for lens in heights:
        seen = np.clip(np.abs(up - lens) - 0.5, 0.0, None)
        model = np.column_stack([seen, np.ones_like(seen)])
        trust = np.ones_like(seen)
        k = 0.0
        for _ in range(4):
            normal = (model * trust[:, None]).T @ model + np.diag([1e-6, 1.0])
            k, rest = np.linalg.solve(normal, (model * trust[:, None]).T @ taller)
            off = (taller - k * seen - rest) / HEIGHT_SIGMA
            trust = 1 / (1 + (off / 2) ** 2)
        cost = float(np.log1p((off / 2) ** 2).sum() + (rest / HEIGHT_SIGMA) ** 2 / 4)
        if 0 <= k <= MOST_K and cost < best[0]:
            sigma = HEIGHT_SIGMA / np.sqrt((trust * (seen - seen.mean()) ** 2).sum() + 1e-9)
            best = (cost, float(k * k**2 / (k**2 + sigma**2)), float(lens))
    return best[1], best[2]
