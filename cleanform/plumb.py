"""Which way is up in the picture: the room's upright edges tell how a phone leans.

A phone that stands one degree out of level moves a bar's path forward or back by 1.7 cm per metre
of height. Walls, doors, racks and posts are built upright, so their long straight edges show the
plumb line. A phone that looks up or down sees them fan out: the tilt of an upright edge grows
evenly with its place across the picture, from where they meet in one vanishing point (Hartley and
Zisserman, Multiple View Geometry, 2nd ed. 2004, section 8.6, DOI 10.1017/CBO9780511811685).

Edges are found with the line segment detector of von Gioi, Jakubowicz, Morel and Randall 2010,
doi:10.1109/TPAMI.2008.300.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cleanform.model import Plumb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cleanform.model import Floats

    Image = NDArray[np.uint8]

#: Pictures of a clip that are looked at.
LOOKS = 6
_LONGEST_SIDE_PX = 960  # a larger picture is shrunk to it: edges stay straight
_MOST_TILT_DEG = 9.0
_LEAST_LENGTH = 0.04  # of the picture's height
_BLACK, _FLAT = 24.0, 3.0  # brightest mean and largest spread of a bar beside the film
_BESIDE_PX = 3.0

_MOST_LEAN_DEG = 6.0
#: Degrees of tilt from the picture's left to its right, over width / height, that a phone sees
#: which looks up or down: one sigma and the most. Pitched by 5 degrees it is about 5.
_FAN_SIGMA_DEG, _MOST_FAN_DEG = 6.0, 15.0
_TOGETHER_DEG = 0.3  # edges that agree within this are upright edges of one room
_EDGE_SIGMA_PX = 0.4  # of an edge's end: short edges count less
#: Upright edges must add up to this many picture heights, and to this many times what any other
#: lean would gather.
_LEAST_SUPPORT, _LEAST_LEAD = 1.3, 2.0
#: An upright thing shows an edge of this share of the height; edges nearer to each other than this
#: share of the width are one thing. Two things fit any lean and fan: more must agree.
_LEAST_THING, _APART, _LEAST_THINGS = 0.12, 0.02, 4
#: One thing stands upright to about this, and lenses bend lines by as much over a whole picture.
_THING_SIGMA_DEG, _LENS_SIGMA_DEG = 0.4, 0.2
_MOST_SIGMA_DEG = 0.6  # a worse reading is not better than a phone that was leaned on something


@dataclass(frozen=True, eq=False)
class _Edges:
    """Edges of all looks: place from the picture's middle, tilt, length, and which look."""

    x_px: Floats  # (N,)
    tilt_deg: Floats
    length_px: Floats
    look: NDArray[np.int64]


def upright_edges(image_rgb: Image) -> Floats:
    """(N, 4) nearly upright straight edges of one picture (H, W, 3).

    A row holds the middle x and y and the length, pixels, and the tilt, degrees, positive where
    the upper end leans to the right. Edges of black bars beside the film are left out.
    """
    high, wide = image_rgb.shape[:2]
    shrink = min(1.0, _LONGEST_SIDE_PX / max(high, wide))
    grey = np.asarray(cv2.cvtColor(image_rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    if shrink < 1:
        size = (round(wide * shrink), round(high * shrink))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE).detect(grey)[0]
    if found is None:
        return np.empty((0, 4))
    ends = np.asarray(found, np.float64).reshape(-1, 2, 2)
    lower_first = ends[:, :1, 1] < ends[:, 1:, 1]
    ends = np.where(lower_first[..., None], ends[:, ::-1], ends)
    along = ends[:, 1] - ends[:, 0]
    tilt = np.degrees(np.arctan2(along[:, 0], -along[:, 1]))
    length = np.hypot(*along.T)
    kept = (np.abs(tilt) <= _MOST_TILT_DEG) & (length >= _LEAST_LENGTH * grey.shape[0])
    kept[kept] = ~_beside_black(grey, ends[kept])
    middle = ends[kept].mean(axis=1) / shrink
    return np.column_stack([middle, length[kept] / shrink, tilt[kept]])


def read(
    looks: Sequence[Floats],
    people_px: Sequence[tuple[float, float, float, float] | None],
    width_px: int,
    height_px: int,
) -> Plumb | None:
    """The plumb line that most of the upright edges share; None where too few agree.

    looks: rows of `upright_edges` for some pictures of one camera; people_px: where the lifter
    stands in each (left, top, right, bottom), whose own edges do not count. The lean's sigma
    holds how far the edges, the things and the pictures disagree, and how upright a room is.
    """
    edges = _outside(looks, people_px, width_px)
    if not len(edges.x_px):
        return None
    fan_sigma = _FAN_SIGMA_DEG / height_px
    lean, fan, trust = _fitted(edges, *_best(edges, fan_sigma, height_px), fan_sigma)
    off = edges.tilt_deg - lean - fan * edges.x_px
    near = np.abs(off) < 2 * _TOGETHER_DEG
    support = edges.length_px[near].sum() / (height_px * len(looks))
    lead = edges.length_px[near].sum() / max(_rival(edges, off), 1.0)
    things = _things(edges, near & (edges.length_px >= _LEAST_THING * height_px), width_px)
    if support < _LEAST_SUPPORT or lead < _LEAST_LEAD or len(things) < _LEAST_THINGS:
        return None
    # lean and fan from so many things at these places, the fan known to some degree before
    model = np.column_stack([np.ones(len(things)), things])
    known = model.T @ model / _THING_SIGMA_DEG**2 + np.diag([0.0, fan_sigma**-2])
    shaken = np.var([_mean(off, trust * (edges.look == look)) for look in np.unique(edges.look)])
    variance = np.linalg.inv(known)[0, 0] + _LENS_SIGMA_DEG**2 + shaken
    sigma = float(np.sqrt(variance))
    return Plumb(lean, fan, sigma) if sigma <= _MOST_SIGMA_DEG else None


def _fitted(
    edges: _Edges, lean: float, fan: float, fan_sigma: float
) -> tuple[float, float, Floats]:
    """Lean and fan by least squares that trusts stray edges less and less, and that trust (N,).

    Tukey's weights (Beaton and Tukey 1974, doi:10.1080/00401706.1974.10489171).
    """
    model = np.column_stack([np.ones_like(edges.x_px), edges.x_px])
    trust = np.ones_like(edges.x_px)
    for _ in range(5):
        off = edges.tilt_deg - model @ (lean, fan)
        trust = _weights(edges) * np.clip(1 - (off / (3 * _TOGETHER_DEG)) ** 2, 0, None) ** 2
        normal = (model * trust[:, None]).T @ model
        # the fan is held near none as strongly as one usual edge would
        normal += np.diag([1e-9, float(trust.mean()) * (_TOGETHER_DEG / fan_sigma) ** 2])
        right = (model * trust[:, None]).T @ edges.tilt_deg
        lean, fan = (float(each) for each in np.linalg.solve(normal, right))
    return lean, fan, trust


def _outside(
    looks: Sequence[Floats],
    people_px: Sequence[tuple[float, float, float, float] | None],
    width_px: int,
) -> _Edges:
    """The edges of all looks that are not the lifter's."""
    rows, number = [], []
    for index, (edges, box) in enumerate(zip(looks, people_px, strict=True)):
        away = np.ones(len(edges), bool)
        if box is not None:
            left, top, right, bottom = box
            away = (
                (edges[:, 0] < left)
                | (edges[:, 0] > right)
                | (edges[:, 1] < top)
                | (edges[:, 1] > bottom)
            )
        rows.append(edges[away])
        number.append(np.full(int(away.sum()), index, np.int64))
    all_rows = np.concatenate([np.empty((0, 4)), *rows])
    x, _, length, tilt = all_rows.T
    return _Edges(x - width_px / 2, tilt, length, np.concatenate([np.empty(0, np.int64), *number]))


def _weights(edges: _Edges) -> Floats:
    """(N,) by length, less for those whose tilt is rough for being short."""
    rough_deg = np.degrees(_EDGE_SIGMA_PX / edges.length_px)
    return edges.length_px / (1 + (rough_deg / _TOGETHER_DEG) ** 2)


def _best(edges: _Edges, fan_sigma: float, height_px: int) -> tuple[float, float]:
    """Lean and fan that most length agrees with, of a grid."""
    leans = np.arange(-_MOST_LEAN_DEG, _MOST_LEAN_DEG + 0.05, 0.1)
    fans = np.linspace(-_MOST_FAN_DEG, _MOST_FAN_DEG, 31) / height_px
    weights = _weights(edges)
    score = np.empty((len(fans), len(leans)))
    for row, fan in enumerate(fans):
        off = (edges.tilt_deg - fan * edges.x_px)[:, None] - leans
        agree = np.exp(-0.5 * (off / _TOGETHER_DEG) ** 2)
        score[row] = weights @ agree * np.exp(-0.5 * (fan / (2 * fan_sigma)) ** 2)
    best_row, best_column = np.unravel_index(int(score.argmax()), score.shape)
    return float(leans[best_column]), float(fans[best_row])


def _rival(edges: _Edges, off: Floats) -> float:
    """The most length that another lean gathers, with the same fan."""
    apart = np.abs(off) > 4 * _TOGETHER_DEG
    gathered = [
        edges.length_px[apart & (np.abs(off - middle) < 2 * _TOGETHER_DEG)].sum()
        for middle in np.arange(-_MOST_TILT_DEG, _MOST_TILT_DEG, _TOGETHER_DEG)
    ]
    return float(max(gathered))


def _things(edges: _Edges, long: NDArray[np.bool_], width_px: int) -> Floats:
    """The places of upright things, pixels from the picture's middle."""
    place = np.unique(np.floor(edges.x_px[long] / (_APART * width_px)))
    return np.asarray((place + 0.5) * _APART * width_px)


def _mean(values: Floats, weights: Floats) -> float:
    return float(np.average(values, weights=weights)) if weights.sum() > 0 else 0.0


def _beside_black(grey: Image, ends: Floats) -> NDArray[np.bool_]:
    """(N,) edges (N, 2, 2) with nothing but black on one side: a bar that frames the film."""
    black = np.zeros(len(ends), bool)
    share = np.linspace(0.05, 0.95, 9)[:, None]
    last_row, last_column = grey.shape[0] - 1, grey.shape[1] - 1
    for index, (low, high) in enumerate(ends):
        points = low + share * (high - low)
        rows = np.clip(points[:, 1].astype(int), 0, last_row)
        for side in (-_BESIDE_PX, _BESIDE_PX):
            columns = np.clip((points[:, 0] + side).astype(int), 0, last_column)
            beyond = grey[rows, columns].astype(float)
            if beyond.mean() < _BLACK and beyond.std() < _FLAT:
                black[index] = True
    return black
