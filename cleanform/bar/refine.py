"""Moves a found plate onto its edges: an upright ellipse fitted to the picture's gradient.

The network knows a plate's place and size to a few percent. Rays from its centre cross the
plate's rim. First the ellipse is taken along which the picture changes on most of the rays; then,
in rounds, the place of the greatest change on each ray, near that one, is what an ellipse is
fitted to. It may lean a little; told are its centre, width and height. Rays that disagree with
the rest (hands, legs, other plates, blur) count less with every round (Tukey's weights, Beaton and
Tukey 1974, doi:10.1080/00401706.1974.10489171).
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats

_RAYS = 48
_ANGLE = np.arange(_RAYS) * (2 * np.pi / _RAYS)
_COS, _SIN = np.cos(_ANGLE)[:, None], np.sin(_ANGLE)[:, None]
_SHARE = np.linspace(0.65, 1.35, 51)  # along each ray, 1 = where the network puts the rim
_STEP = float(_SHARE[1] - _SHARE[0])
#: How a ray's rim moves with the centre (x, y), the two half axes and a lean, as shares of them.
#: A thick plate from half in front is outlined by two rims, which together lean.
_MODEL = np.hstack([_COS, _SIN, _COS**2, _SIN**2, 2 * _COS * _SIN])
_RIM_SIGMA = 0.03  # of one ray's rim
_START_SIGMA = np.array([0.1, 0.1, 0.1, 0.1, 0.06])  # of the ellipse that the fit starts from
_ROUNDS = (0.1, 0.07, 0.05)  # how far from the expected rim each round looks

#: Ellipses to start from: shifts and growths of what the network says, as shares of a half axis,
#: and how much taller they are for their width, as plates from half in front are boxed too low.
_SHIFTS, _GROWTHS = np.linspace(-0.24, 0.24, 9), np.linspace(-0.2, 0.2, 9)
_TALLER = (0.0, 0.12, 0.24)
_GRID = np.array(
    [
        (x, y, growth - taller / 2, growth + taller / 2, 0.0)
        for taller, x, y, growth in product(_TALLER, _SHIFTS, _SHIFTS, _GROWTHS)
    ]
)
#: Where each of them crosses each ray, as an index into the rays' samples, one after another.
_GRID_AT = np.clip(np.rint((_MODEL @ _GRID.T + 1 - _SHARE[0]) / _STEP), 0, len(_SHARE) - 1)
_GRID_AT = _GRID_AT.astype(np.intp) + np.arange(_RAYS)[:, None] * len(_SHARE)
#: What the network says counts too, taken a little larger: inside a plate's rim there are rings,
#: often plainer than the rim, and none outside.
_LARGER = 0.1
_OFF = np.column_stack([_GRID[:, :2], _GRID[:, 2:4].mean(axis=1) - _LARGER])
_GRID_COST = 0.14 * ((_OFF / 0.2) ** 2).sum(axis=1)
_FAINT = 0.3  # a change of this share of the usual rim's counts half

_MOST = 3  # candidates of a frame that are looked at: each costs most of a millisecond
_LEAST_SIZE_PX = 16.0
_LEAST_AGREEING = 0.45  # share of rays that must meet the fitted rim
_ON_THE_RIM = 0.03
_FARTHEST = 0.3  # a larger correction is no correction


def refined(image_rgb: NDArray[np.uint8], candidates: Floats) -> Floats:
    """`candidates` (K, 5), best first, with centre and axes moved onto the plate's edges.

    A candidate whose rim is not clear (too small, hidden, too blurred) stays as it was.
    """
    result = candidates.copy()
    first = candidates[:_MOST]
    worth = np.flatnonzero(first[:, 2:4].min(axis=1) > _LEAST_SIZE_PX)
    seen = [(row, *_change_along_rays(image_rgb, candidates[row, :4])) for row in worth]
    seen = [(row, change, inside) for row, change, inside in seen if inside.mean() >= 0.5]
    if not seen:
        return result
    rows = [row for row, _, _ in seen]
    fit, clear = _fit(*(np.stack(parts) for parts in zip(*(s[1:] for s in seen), strict=True)))
    half = candidates[rows, 2:4] / 2
    moved = np.hstack([candidates[rows, :2] + fit[:, :2] * half, 2 * half * (1 + fit[:, 2:4])])
    result[rows, :4] = np.where(clear[:, None], moved, candidates[rows, :4])
    return result


def _fit(change: Floats, inside: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.bool_]]:
    """Where the rims are: parameters of `_MODEL` (K, 5), and whether each rim is clear (K,).

    `change` is (K, rays, shares), `inside` (K, rays).
    """
    usual = np.maximum(1e-6, change.max(axis=2).mean(axis=1))
    strength = (change / usual[:, None, None]).astype(np.float32)
    start = _most_rim(strength)
    fit = start
    for reach in _ROUNDS:
        expected = 1 + fit @ _MODEL.T
        off = (_SHARE - expected[..., None]).astype(np.float32) / np.float32(reach)
        votes = strength * np.exp(-0.5 * off * off)
        rim, height = _peak(votes)
        miss = rim - expected
        spread = np.maximum(0.01, 1.4826 * _median(np.abs(miss), inside))[:, None]
        trust = np.clip(1 - (miss / (4 * spread)) ** 2, 0, None) ** 2 * inside * height
        weighted = _MODEL * (trust / _RIM_SIGMA**2)[..., None]
        normal = weighted.transpose(0, 2, 1) @ _MODEL + np.diag(_START_SIGMA**-2)
        beyond = rim - 1 - start @ _MODEL.T
        right = (weighted * beyond[..., None]).sum(axis=1)
        fit = start + np.linalg.solve(normal, right[..., None])[..., 0]
    met = (np.abs(rim - 1 - fit @ _MODEL.T) < _ON_THE_RIM) & (trust > 0.15) & inside
    clear = met.sum(axis=1) >= _LEAST_AGREEING * inside.sum(axis=1)
    return fit, clear & (np.abs(fit).max(axis=1) < _FARTHEST)


def _change_along_rays(
    image: NDArray[np.uint8], ellipse: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """How fast the picture changes outward (rays, shares), and which rays lie in the frame."""
    half = ellipse[2:4] / 2
    x = ellipse[0] + half[0] * _COS * _SHARE
    y = ellipse[1] + half[1] * _SIN * _SHARE
    left, top = (max(0, int(v.min()) - 1) for v in (x, y))
    part = image[top : int(y.max()) + 3, left : int(x.max()) + 3]
    if not part.size:
        return np.zeros(x.shape), np.zeros(_RAYS, bool)
    # One sample stands for a whole step along the ray: the picture is averaged over that length.
    step_px = 2 * int(float(half.max()) * _STEP / 2 + 0.5) + 1
    if step_px > 1:
        part = np.asarray(cv2.blur(part, (step_px, step_px)), np.uint8)
    seen = cv2.remap(
        part,
        (x - left).astype(np.float32),
        (y - top).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)
    change = np.zeros(x.shape)
    change[:, 2:-2] = np.abs(seen[:, 3:-1] + seen[:, 4:] - seen[:, 1:-3] - seen[:, :-4]).max(axis=2)
    high, wide = image.shape[:2]
    rim_x, rim_y = ellipse[0] + half[0] * _COS[:, 0], ellipse[1] + half[1] * _SIN[:, 0]
    inside = (rim_x > 2) & (rim_x < wide - 3) & (rim_y > 2) & (rim_y < high - 3)
    return change, inside


def _most_rim(strength: Floats) -> Floats:
    """(K, 5) of the ellipse in `_GRID` along which the picture changes on most of the rays.

    A line behind the plate meets few rays; squashing keeps it from outweighing the many on which
    a dark rim before a dark wall is faint.
    """
    wide = cv2.blur(strength.reshape(-1, len(_SHARE)), (5, 1)).reshape(strength.shape)
    votes = (wide / (wide + _FAINT)).reshape(len(strength), -1)
    # One at a time: indexing all of them at once takes four times as long.
    best = [np.argmax(vote.take(_GRID_AT, mode="clip").mean(axis=0) - _GRID_COST) for vote in votes]
    return np.asarray(_GRID[best])


def _median(values: Floats, counted: NDArray[np.bool_]) -> Floats:
    """(K,) median of each row's counted values; NumPy's own for this takes longer than the fit."""
    ordered = np.sort(np.where(counted, values, np.inf), axis=1)
    return np.asarray(ordered[np.arange(len(values)), counted.sum(axis=1) // 2])


def _peak(votes: Floats) -> tuple[Floats, Floats]:
    """Place and height (at most 1) of each ray's peak: the top of a parabola through 3 samples."""
    samples = votes.shape[-1]
    at = np.clip(votes.argmax(axis=-1), 1, samples - 2)
    flat, place = votes.reshape(-1), at + np.arange(at.size).reshape(at.shape) * samples
    before, here, after = flat[place - 1], flat[place], flat[place + 1]
    bend = np.minimum(before - 2 * here + after, -1e-9)
    shift = np.clip(0.5 * (before - after) / bend, -0.5, 0.5)
    return _SHARE[at] + _STEP * shift, np.minimum(here, 1.0)
