"""Loops over pixels, compiled: triangles to a depth buffer, shading, the room's background.

Stage axes: x to the picture's right when seen from the lifter's side, y up, z toward that camera.
Nothing here depends on the order in which threads run: every pixel is written by one of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.errors import MissingLibraryError

try:
    import numba
except ImportError as error:
    raise MissingLibraryError(
        "Drawing the rendered lifter needs numba; install it with: pip install 'cleanform[synth]'"
    ) from error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Array = NDArray[Any]

SKIN, METAL, EYE, MATTE = 0, 1, 2, 3
# columns of a vertex's paint: signed, painted where positive
SHIRT, SHORTS, SHOE, HAIR, SOCK, BROW = range(6)
PAINTS = 9  # the six above, then the vertex at rest (x, y, z)
# rows of the palette
BARE, HAIR_COLOUR, SHIRT_COLOUR, SHORTS_COLOUR, SHOE_COLOUR, SOCK_COLOUR, SOLE_COLOUR = range(7)
_SOLE_M = 0.018
_GAMMA = 0.893


@numba.njit(cache=True)
def fill(xy: Array, nearness: Array, faces: Array, ids: Array, depth: Array) -> None:
    """Write each pixel's nearest triangle to `ids`; `nearness` is linear in the picture."""
    height, width = depth.shape
    for t in range(faces.shape[0]):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        x0, y0, x1, y1, x2, y2 = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1]
        area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        if not abs(area) > 1e-9:  # also where a corner is NaN
            continue
        left = max(0, math.ceil(min(x0, x1, x2) - 0.5))
        right = min(width - 1, math.floor(max(x0, x1, x2) - 0.5))
        top = max(0, math.ceil(min(y0, y1, y2) - 0.5))
        bottom = min(height - 1, math.floor(max(y0, y1, y2) - 0.5))
        for y in range(top, bottom + 1):
            py = y + 0.5
            for x in range(left, right + 1):
                px = x + 0.5
                u = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
                if u < 0:
                    continue
                v = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
                w = 1.0 - u - v
                if v < 0 or w < 0:
                    continue
                near = u * nearness[a] + v * nearness[b] + w * nearness[c]
                if near > depth[y, x]:
                    depth[y, x] = near
                    ids[y, x] = t


@numba.njit(cache=True)
def _grain(x: float, y: float, z: float) -> float:
    """A repeatable number in 0..1 for a cell."""
    x, y, z = x * 0.3183099 + 0.1, y * 0.3183099 + 0.1, z * 0.3183099 + 0.1
    x, y, z = (x - math.floor(x)) * 17, (y - math.floor(y)) * 17, (z - math.floor(z)) * 17
    value = x * y * z * (x + y + z)
    return float(value - math.floor(value))


@numba.njit(cache=True)
def _texture(x: float, y: float, z: float) -> float:
    """Smooth noise in 0..1: cell values blended over the cell."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    f, g, h = x - i, y - j, z - k
    f, g, h = f * f * (3 - 2 * f), g * g * (3 - 2 * g), h * h * (3 - 2 * h)
    low = (_grain(i, j, k) * (1 - f) + _grain(i + 1, j, k) * f) * (1 - g) + (
        _grain(i, j + 1, k) * (1 - f) + _grain(i + 1, j + 1, k) * f
    ) * g
    high = (_grain(i, j, k + 1) * (1 - f) + _grain(i + 1, j, k + 1) * f) * (1 - g) + (
        _grain(i, j + 1, k + 1) * (1 - f) + _grain(i + 1, j + 1, k + 1) * f
    ) * g
    return float(low * (1 - h) + high * h)


@numba.njit(cache=True)
def _lit(shadow: Array, to_light: Array, x: float, y: float, z: float, bias: float) -> float:
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


@numba.njit(cache=True, parallel=True)
def shade(
    ids: Array,
    xy: Array,
    nearness: Array,
    faces: Array,
    points: Array,
    normals: Array,
    paint: Array,
    kind: Array,
    colour: Array,
    palette: Array,
    lamp: Array,
    eye: Array,
    shadow: Array,
    to_light: Array,
    ambient: float,
    out: Array,
) -> None:
    """Colour and cover of every pixel that a triangle owns, into `out` (H, W, 4)."""
    height, width = ids.shape
    for y in numba.prange(height):
        p, n, base = np.zeros(3), np.zeros(3), np.zeros(3)
        brush = np.zeros(PAINTS)
        for x in range(width):
            t = ids[y, x]
            if t < 0:
                continue
            a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
            px, py = x + 0.5, y + 0.5
            x0, y0, x1, y1, x2, y2 = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1]
            area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
            u = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
            v = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
            # from linear in the picture to linear on the triangle
            u, v, w = u * nearness[a], v * nearness[b], (1.0 - u - v) * nearness[c]
            total = u + v + w
            u, v, w = u / total, v / total, w / total
            for k in range(3):
                p[k] = u * points[a, k] + v * points[b, k] + w * points[c, k]
                n[k] = u * normals[a, k] + v * normals[b, k] + w * normals[c, k]
            size = math.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) + 1e-9
            vx, vy, vz = eye[0] - p[0], eye[1] - p[1], eye[2] - p[2]
            away = math.sqrt(vx * vx + vy * vy + vz * vz)
            vx, vy, vz = vx / away, vy / away, vz / away
            facing = 1.0 if n[0] * vx + n[1] * vy + n[2] * vz > 0 else -1.0
            nx, ny, nz = n[0] / size * facing, n[1] / size * facing, n[2] / size * facing
            shine, hard = 0.03, 16.0
            for k in range(3):
                base[k] = colour[t, k]
            if kind[t] == SKIN:
                for k in range(PAINTS):
                    brush[k] = u * paint[a, k] + v * paint[b, k] + w * paint[c, k]
                row, tone, shine, hard = _painted(brush)
                for k in range(3):
                    base[k] = palette[row, k] * tone
            elif kind[t] == METAL:
                shine, hard = 0.45, 40.0
            straight = nx * lamp[0] + ny * lamp[1] + nz * lamp[2]
            seen = _lit(shadow, to_light, p[0], p[1], p[2], 0.006) if straight > 0 else 0.0
            hx, hy, hz = lamp[0] + vx, lamp[1] + vy, lamp[2] + vz
            half = math.sqrt(hx * hx + hy * hy + hz * hz)
            gloss = max(0.0, (nx * hx + ny * hy + nz * hz) / half) ** hard * shine * seen
            corner = 0.72 + 0.28 * min(1.0, max(0.0, p[1] / 0.35))  # darker near the floor
            up = 0.5 * ny + 0.5
            fill_light = 0.22 * max(0.0, -0.585 * nx + 0.41 * ny + 0.70 * nz)
            light = (0.30 + 0.24 * up) * corner * ambient + fill_light
            light += 0.85 * max(0.0, straight) * seen
            for k in range(3):
                out[y, x, k] = (base[k] * light + gloss) ** _GAMMA
            out[y, x, 3] = 1.0


@numba.njit(cache=True)
def _painted(brush: Array) -> tuple[int, float, float, float]:
    """Palette row, tone, gloss and hardness of a point of the dressed body."""
    x, y, z = brush[6], brush[7], brush[8]
    row, tone, shine, hard = BARE, 0.92 + 0.12 * _texture(x * 60, y * 60, z * 60), 0.12, 12.0
    if brush[BROW] > 0:
        row, tone = HAIR_COLOUR, 0.9
    if brush[HAIR] > 0:
        row, tone = HAIR_COLOUR, 0.7 + 0.6 * _texture(x * 220, y * 220, z * 60)
    if brush[SOCK] > 0:
        row, tone, shine = SOCK_COLOUR, 1.0, 0.02
    if brush[SHIRT] > 0:
        row, shine = SHIRT_COLOUR, 0.02
        tone = 0.86 + 0.22 * _texture(x * 38, y * 38, z * 14)
    if brush[SHORTS] > 0:
        row, shine = SHORTS_COLOUR, 0.02
        tone = 0.85 + 0.25 * _texture(x * 40, y * 40, z * 16)
    if brush[SHOE] > 0:
        row, shine = SHOE_COLOUR, 0.06
        tone = 0.9 + 0.15 * _texture(x * 80, y * 80, z * 80)
        if z < _SOLE_M:
            row, tone = SOLE_COLOUR, 1.0
    return row, tone, shine, hard


@numba.njit(cache=True, parallel=True)
def room(
    rays: Array,
    eye: Array,
    back_z: float,
    wall: Array,
    floor: Array,
    seed: float,
    out: Array,
    ground: Array,
) -> None:
    """Floor with a platform, brick walls; `ground` gets the floor's x, z (else 1e6)."""
    height, width = out.shape[:2]
    for y in numba.prange(height):
        for x in range(width):
            dx, dy, dz = rays[y, x, 0], rays[y, x, 1], rays[y, x, 2]
            far, which = 1e9, 0
            if dy < 0:
                far, which = -eye[1] / dy, 1
            if dz < 0 and (back_z - eye[2]) / dz < far:
                far, which = (back_z - eye[2]) / dz, 2
            if dz > 0 and (9.5 - eye[2]) / dz < far:
                far, which = (9.5 - eye[2]) / dz, 2
            if dx != 0:
                side = 9.5 if dx > 0 else -9.5
                if (side - eye[0]) / dx < far:
                    far, which = (side - eye[0]) / dx, 3
            px, py, pz = eye[0] + dx * far, eye[1] + dy * far, eye[2] + dz * far
            ground[y, x, 0] = 1e6
            if which == 1:
                ground[y, x, 0], ground[y, x, 1] = px, pz
                red, green, blue, light = _floor(px, pz, floor)
            else:
                along = px if which == 2 else pz
                red, green, blue, light = _brick(along, py, wall, seed)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = red * light, green * light, blue * light


@numba.njit(cache=True)
def _floor(x: float, z: float, floor: Array) -> tuple[float, float, float, float]:
    if abs(z) < 1.35 and abs(x) < 1.1:
        if abs(z) < 0.62:  # planks between rubber mats
            plank = math.floor(z / 0.155)
            tone = 0.85 + 0.25 * _texture(z * 14 + plank * 7, x * 1.6, plank)
            tone *= 0.6 if z / 0.155 - plank < 0.03 else 1.0
            return 0.50 * tone, 0.36 * tone, 0.22 * tone, 1.35
        tone = 0.8 + 0.5 * _texture(z * 70, x * 70, 0.0)
        return 0.10 * tone, 0.10 * tone, 0.11 * tone, 1.35
    tone = 0.85 + 0.2 * _texture(x * 3, z * 3, 0.0) + 0.25 * _texture(x * 90, z * 90, 0.0)
    return floor[0] * tone, floor[1] * tone, floor[2] * tone, 1.35


@numba.njit(cache=True)
def _brick(along: float, y: float, wall: Array, seed: float) -> tuple[float, float, float, float]:
    v = y / 0.2
    row = math.floor(v)
    u = along / 0.42 + 0.5 * (row % 2)
    column = math.floor(u)
    joint = 0.82 if u - column < 0.025 or v - row < 0.05 else 1.0
    if abs(y - 1.12) < 0.03:
        return 0.75, 0.35, 0.08, 0.85
    if y < 1.1:
        tone = joint * (0.92 + 0.1 * _texture(along * 5, y * 5, seed))
        return 0.25 * tone, 0.29 * tone, 0.33 * tone, 0.85
    tone = joint * (0.9 + 0.1 * _grain(column, row, seed) + 0.08 * _texture(along * 6, y * 6, 0.0))
    return wall[0] * tone, wall[1] * tone, wall[2] * tone, 0.85


@numba.njit(cache=True, parallel=True)
def compose(
    front: Array,
    behind: Array,
    ground: Array,
    shadow: Array,
    to_light: Array,
    exposure: float,
    samples: int,
    rgb: Array,
) -> None:
    """The picture: `front` averaged over its samples, before the room and its shadows."""
    share = 1.0 / (samples * samples)
    for y in numba.prange(rgb.shape[0]):
        for x in range(rgb.shape[1]):
            red = green = blue = cover = 0.0
            for j in range(y * samples, (y + 1) * samples):
                for i in range(x * samples, (x + 1) * samples):
                    red += front[j, i, 0]
                    green += front[j, i, 1]
                    blue += front[j, i, 2]
                    cover += front[j, i, 3]
            left = 1.0 - cover * share
            if left > 0:
                gx, gz = ground[y, x, 0], ground[y, x, 1]
                if abs(gx) < 2.2 and abs(gz) < 2.2:
                    left *= 0.58 + 0.42 * _lit(shadow, to_light, gx, 0.0, gz, 0.004)
            for k, colour in enumerate((red, green, blue)):
                value = (colour * share + behind[y, x, k] * left) * exposure
                rgb[y, x, k] = int(255 * min(1.0, max(0.0, value)) + 0.5)
