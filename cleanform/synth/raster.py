"""Triangles to a depth buffer, the shadow map read back, and noise for textures; compiled.

Stage axes: x to the picture's right when seen from the lifter's side, y up, z toward that camera.
Nothing here depends on the order in which threads run: every pixel is written by one of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.synth.compiled import numba

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

_BANDS = 6  # strips of a picture that are filled side by side


@numba.njit(cache=True, parallel=True)
def fill(xy: Array, nearness: Array, faces: Array, closed: int, ids: Array, depth: Array) -> None:
    """Write each pixel's nearest triangle to `ids`; `nearness` is linear in the picture.

    `ids` and `depth` (H, W) hold what is already there: -1 and something far at first. The first
    `closed` triangles belong to closed surfaces, so those that show their inside are left out.
    """
    height, width = depth.shape
    spans = np.empty((faces.shape[0], 2), np.int32)  # rows of each triangle
    for t in numba.prange(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        x0, y0, x1, y1, x2, y2 = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        spans[t, 0], spans[t, 1] = 1, 0
        if area < -1e-9 or (area > 1e-9 and t >= closed):  # neither where a corner is NaN
            top, bottom = math.ceil(min(y0, y1, y2) - 0.5), math.floor(max(y0, y1, y2) - 0.5)
            spans[t, 0], spans[t, 1] = max(0, top), min(height - 1, bottom)
    for band in numba.prange(_BANDS):
        above, below = band * height // _BANDS, (band + 1) * height // _BANDS - 1
        for t in range(faces.shape[0]):
            top, bottom = max(above, spans[t, 0]), min(below, spans[t, 1])
            if top > bottom:
                continue
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            x0, y0, x1, y1, x2, y2 = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1]
            left = max(0, math.ceil(min(x0, x1, x2) - 0.5))
            right = min(width - 1, math.floor(max(x0, x1, x2) - 0.5))
            if left > right:
                continue
            share = 1.0 / ((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0))
            u_x, v_x = (y1 - y2) * share, (y2 - y0) * share
            for y in range(top, bottom + 1):
                px, py = left + 0.5, y + 0.5
                u = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) * share
                v = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) * share
                for x in range(left, right + 1):
                    w = 1.0 - u - v
                    if u >= 0 and v >= 0 and w >= 0:
                        near = u * nearness[a] + v * nearness[b] + w * nearness[c]
                        if near > depth[y, x]:
                            depth[y, x] = near
                            ids[y, x] = t
                    u, v = u + u_x, v + v_x


@numba.njit(cache=True)
def grain(i: int, j: int, k: int) -> float:
    """A repeatable number in 0..1 for a cell."""
    h = (i * 374761393 + j * 668265263 + k * 1274126177) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return float((h ^ (h >> 16)) & 0xFFFF) / 65535.0


@numba.njit(cache=True)
def texture(x: float, y: float, z: float) -> float:
    """Smooth noise in 0..1: cell values blended over the cell."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    f, g, h = x - i, y - j, z - k
    f, g, h = f * f * (3 - 2 * f), g * g * (3 - 2 * g), h * h * (3 - 2 * h)
    low = (grain(i, j, k) * (1 - f) + grain(i + 1, j, k) * f) * (1 - g) + (
        grain(i, j + 1, k) * (1 - f) + grain(i + 1, j + 1, k) * f
    ) * g
    if h == 0.0:
        return float(low)
    high = (grain(i, j, k + 1) * (1 - f) + grain(i + 1, j, k + 1) * f) * (1 - g) + (
        grain(i, j + 1, k + 1) * (1 - f) + grain(i + 1, j + 1, k + 1) * f
    ) * g
    return float(low * (1 - h) + high * h)


@numba.njit(cache=True)
def lit(shadow: Array, to_light: Array, x: float, y: float, z: float, bias: float) -> float:
    """Share of the lamp that a point sees, softened over 3x3 texels of the shadow map."""
    size = shadow.shape[0]
    u = to_light[0, 0] * x + to_light[0, 1] * y + to_light[0, 2] * z + to_light[0, 3]
    v = to_light[1, 0] * x + to_light[1, 1] * y + to_light[1, 2] * z + to_light[1, 3]
    near = to_light[2, 0] * x + to_light[2, 1] * y + to_light[2, 2] * z + to_light[2, 3]
    fx, fy = u - 0.5, v - 0.5
    ix, iy = math.floor(fx), math.floor(fy)
    if ix < 1 or iy < 1 or ix > size - 3 or iy > size - 3:
        return 1.0
    seen = 0.0
    for j in range(-1, 3):
        wy = 1 - (fy - iy) if j == -1 else (fy - iy if j == 2 else 1.0)
        for i in range(-1, 3):
            wx = 1 - (fx - ix) if i == -1 else (fx - ix if i == 2 else 1.0)
            if shadow[iy + j, ix + i] < near + bias:
                seen += wx * wy
    return seen / 9.0
