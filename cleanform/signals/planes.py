"""Metres per pixel in the plate's plane and in the body's, and the way from one to the other.

The near plate stands about half a metre nearer to the camera than the near leg: at 3 m its scale
is 23 % larger and it appears 18 cm lower. So plate pixels and joint pixels are never compared
directly; the hands, which hold the same rigid bar, link the two planes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Scale
from cleanform.signals.keystone import keystone

if TYPE_CHECKING:
    from cleanform.model import BarTrack, Bools, Floats, Options

#: A plate's plane over the body's plane, metres per pixel: 1.02 is 14 m away, 1.45 under 2 m.
RATIO_RANGE = (1.02, 1.45)
MIN_R2 = 0.98
#: The same at 4 m.
USUAL_RATIO = 1.16
#: For event logic only, where nothing gives a scale: an adult's stature.
ASSUMED_STATURE_M = 1.72
#: IWF competition plates are 450 mm within 1 mm; a detector's ellipse is good to about 2 %.
PLATE_RELATIVE_SIGMA = 0.02
#: Limb lengths read from landmarks against a stated stature.
STATURE_RELATIVE_SIGMA = 0.05


#: Each end of a length that was marked by hand is good to about this.
MARKED_SIGMA_PX = 2.0


@dataclass(frozen=True, eq=False)
class Length:
    """A known length between two points, which a person marked."""

    points_px: Floats  # (2, 2) lifter's frame, in the plate's plane
    length_m: float

    @property
    def px(self) -> float:
        return float(np.hypot(*(self.points_px[1] - self.points_px[0])))

    @property
    def source(self) -> str:
        return f"length {self.length_m:.3f} m"

    @property
    def relative_sigma(self) -> float:
        return float(np.hypot(PLATE_RELATIVE_SIGMA, np.sqrt(2) * MARKED_SIGMA_PX / self.px))


@dataclass(frozen=True, eq=False)
class PlaneMap:
    """Moves a point of the plate's plane onto the body's: ``offset + slope * xy``."""

    slope: float
    offset_px: Floats  # (2,)
    r2: float

    @property
    def trusted(self) -> bool:
        ratio = 1 / self.slope if self.slope > 0 else float("inf")
        return self.r2 >= MIN_R2 and RATIO_RANGE[0] <= ratio <= RATIO_RANGE[1]

    def apply(self, xy_px: Floats) -> Floats:
        moved: Floats = self.offset_px + self.slope * xy_px
        return moved


def link(plate_px: Floats, hand_px: Floats, use: Bools) -> PlaneMap | None:
    """Least-squares map of the plate onto the hands, one slope for both axes.

    plate_px, hand_px (T, 2); use (T,): frames in which the arms hang and the bar moves, so that
    both are points of one rigid bar moving parallel to the image. The slope is the ratio of the
    two depths. None with fewer than 8 usable frames or a bar that does not move.
    """
    good = use & np.isfinite(plate_px).all(axis=1) & np.isfinite(hand_px).all(axis=1)
    if good.sum() < 8:
        return None
    plate, hand = plate_px[good], hand_px[good]
    for _ in range(3):
        p, h = plate - plate.mean(axis=0), hand - hand.mean(axis=0)
        if float((p**2).sum()) < 1.0:
            return None
        slope = float((p * h).sum() / (p**2).sum())
        residual = np.linalg.norm(h - slope * p, axis=1)
        keep = residual <= max(3 * float(np.median(residual)), 1e-9)
        if keep.all() or keep.sum() < 8:
            break
        plate, hand = plate[keep], hand[keep]
    p, h = plate - plate.mean(axis=0), hand - hand.mean(axis=0)
    slope = float((p * h).sum() / (p**2).sum())
    left_over = float(((h - slope * p) ** 2).sum())
    r2 = 1 - left_over / float((h**2).sum())
    return PlaneMap(slope, hand.mean(axis=0) - slope * plate.mean(axis=0), r2)


def link_roughly(
    plate_px: Floats, hand_px: Floats, use: Bools, fitted: PlaneMap | None
) -> PlaneMap | None:
    """A map for event logic where `link` found none to trust: a likely depth, tied to the hands.

    The depth is that of the map that was `fitted`, where it is possible at all, else a usual one.

    None where plate and hands are never seen together while the arms hang.
    """
    good = use & np.isfinite(plate_px).all(axis=1) & np.isfinite(hand_px).all(axis=1)
    if not good.any():
        return None
    slope = 1 / USUAL_RATIO
    if fitted is not None and RATIO_RANGE[0] <= 1 / max(fitted.slope, 1e-9) <= RATIO_RANGE[1]:
        slope = fitted.slope
    offset_px: Floats = np.median(hand_px[good] - slope * plate_px[good], axis=0)
    return PlaneMap(slope, offset_px, float("nan"))


def scale(
    options: Options,
    bar: BarTrack,
    plane_map: PlaneMap | None,
    stature_px: float,
    middle_x_px: float = 0.0,
    known: Length | None = None,
) -> Scale:
    """Metres per pixel in both planes, from the plate, else the stature, else not at all.

    `middle_x_px` is the picture's middle in the lifter's frame: a plane that leans away from the
    camera narrows toward it. A `known` length goes before the plate's size and the stature.
    """
    plate_px = _plate_diameter_px(bar)
    r2 = plane_map.r2 if plane_map is not None else float("nan")
    slope = plane_map.slope if plane_map is not None and plane_map.trusted else float("nan")
    body_guess = ASSUMED_STATURE_M / stature_px if stature_px > 0 else float("nan")
    if np.isfinite(plate_px):
        leaning = keystone(bar)
        plate = options.plate_mm / 1000 / (leaning.diameter_px if leaning else plate_px)
        found = Scale(
            m_per_px_plate=plate,
            m_per_px_body=plate / slope,
            source=f"plate {options.plate_mm / 1000:.3f} m",
            relative_sigma=PLATE_RELATIVE_SIGMA,
            mapping_r2=r2,
            working_m_per_px=plate,
            growth_per_px=leaning.growth_per_px if leaning else 0.0,
            level_px=(middle_x_px, leaning.level_y_px) if leaning else (0.0, 0.0),
        )
        return found if known is None else _held_to(found, known)
    if known is not None:
        body = known.length_m / known.px
        return Scale(
            m_per_px_plate=body,  # the hands carry the bar: one plane
            m_per_px_body=body,
            source=known.source,
            relative_sigma=known.relative_sigma,
            working_m_per_px=body,
        )
    if options.stature_cm is not None and stature_px > 0:
        body = options.stature_cm / 100 / stature_px
        return Scale(
            m_per_px_plate=body,  # the hands carry the bar: one plane
            m_per_px_body=body,
            source=f"stature {options.stature_cm / 100:.2f} m",
            relative_sigma=STATURE_RELATIVE_SIGMA,
            working_m_per_px=body,
        )
    nothing = float("nan")
    return Scale(nothing, nothing, "none", nothing, r2, working_m_per_px=body_guess)


def _held_to(found: Scale, known: Length) -> Scale:
    """A plate's scale, made longer or shorter until the known length comes out right."""
    ends_m = found.plate_m(known.points_px)
    factor = known.length_m / float(np.hypot(*(ends_m[1] - ends_m[0])))
    return replace(
        found,
        m_per_px_plate=found.m_per_px_plate * factor,
        m_per_px_body=found.m_per_px_body * factor,
        working_m_per_px=found.working_m_per_px * factor,
        source=known.source,
        relative_sigma=known.relative_sigma,
    )


def _plate_diameter_px(bar: BarTrack) -> float:
    """The plate's vertical axis: a turn of the camera narrows its width only."""
    good = np.isfinite(bar.height_px) & (bar.confidence > 0.3)
    if bar.source != "plate" or good.sum() < 5:
        return float("nan")
    return float(np.median(bar.height_px[good]))
