"""What a triangle's pixel looks like: cloth, skin, metal, lamp and shadow; compiled."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.synth.compiled import numba
from cleanform.synth.raster import lit, texture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

SKIN, METAL, EYE, MATTE = 0, 1, 2, 3
# columns of a vertex's paint: signed, painted where positive
SHIRT, SHORTS, SHOE, HAIR, SOCK, BROW, LIPS = range(7)
PAINTS = 10  # the seven above, then the vertex at rest (x, y, z)
# rows of one person's palette
BARE, HAIR_COLOUR, SHIRT_COLOUR, SHORTS_COLOUR, SHOE_COLOUR, SOCK_COLOUR, SOLE_COLOUR = range(7)
PALETTE_ROWS = 7
_SOLE_M = 0.018
_GAMMA = 0.893
_ALIKE = 0.03  # two samples of a pixel that differ by less speak for the other two
_FLOOR_SHADOW = 0.42


@numba.njit(cache=True, parallel=True)
def paint(
    ids: Array,
    xy: Array,
    nearness: Array,
    faces: Array,
    points: Array,
    normals: Array,
    brushes: Array,
    kind: Array,
    wardrobe: Array,
    colour: Array,
    palette: Array,
    lamp: Array,
    eye: Array,
    shadow: Array,
    to_light: Array,
    ambient: float,
    exposure: Array,
    samples: int,
    behind: Array,
    origin: Array,
    rgb: Array,
) -> None:
    """The picture (H, W, 3) `rgb`: triangles before `behind`, which is in values 0..1.

    `ids` (h, w) are the nearest triangles of the part of the picture that begins at `origin`
    (column, row), `samples` to a pixel's edge. `wardrobe` says per triangle where its person's
    palette begins; `exposure` (3,) is light and tint. Where all samples of a pixel belong to one
    surface, two of the four are shaded, and the others only where those two differ.
    """
    rows, columns = ids.shape[0] // samples, ids.shape[1] // samples
    for row in numba.prange(rows):
        brush, first, second = np.zeros(PAINTS), np.zeros(3), np.zeros(3)
        summed = np.zeros(3)
        for column in range(columns):
            covered, whole, one = 0, True, ids[row * samples, column * samples]
            for j in range(row * samples, (row + 1) * samples):
                for i in range(column * samples, (column + 1) * samples):
                    t = ids[j, i]
                    covered += t >= 0
                    whole = whole and t >= 0 and kind[t] == kind[one]
                    whole = whole and wardrobe[t] == wardrobe[one]
            if covered == 0:
                continue
            summed[:] = 0.0
            done = 0
            if whole and samples == 2:
                for turn in range(2):
                    j, i = 2 * row + turn, 2 * column + turn
                    into = second if turn else first
                    _shade(
                        ids[j, i],
                        i + 0.5 + origin[0] * samples,
                        j + 0.5 + origin[1] * samples,
                        xy,
                        nearness,
                        faces,
                        points,
                        normals,
                        brushes,
                        kind,
                        wardrobe,
                        colour,
                        palette,
                        lamp,
                        eye,
                        shadow,
                        to_light,
                        ambient,
                        brush,
                        into,
                    )
                    summed += into
                apart = 0.0
                for k in range(3):
                    apart = max(apart, abs(first[k] - second[k]))
                done = 2
                if apart < _ALIKE:
                    summed *= 2.0
                    done = 4
            if done < covered:
                for j in range(row * samples, (row + 1) * samples):
                    for i in range(column * samples, (column + 1) * samples):
                        if ids[j, i] < 0 or (done == 2 and (i & 1) == (j & 1)):
                            continue
                        _shade(
                            ids[j, i],
                            i + 0.5 + origin[0] * samples,
                            j + 0.5 + origin[1] * samples,
                            xy,
                            nearness,
                            faces,
                            points,
                            normals,
                            brushes,
                            kind,
                            wardrobe,
                            colour,
                            palette,
                            lamp,
                            eye,
                            shadow,
                            to_light,
                            ambient,
                            brush,
                            first,
                        )
                        summed += first
            share = 1.0 / (samples * samples)
            y, x = row + origin[1], column + origin[0]
            for k in range(3):
                value = summed[k] * share + behind[y, x, k] * (1.0 - covered * share)
                rgb[y, x, k] = int(255 * min(1.0, max(0.0, value * exposure[k])) + 0.5)


@numba.njit(cache=True)
def _shade(
    t: int,
    px: float,
    py: float,
    xy: Array,
    nearness: Array,
    faces: Array,
    points: Array,
    normals: Array,
    brushes: Array,
    kind: Array,
    wardrobe: Array,
    colour: Array,
    palette: Array,
    lamp: Array,
    eye: Array,
    shadow: Array,
    to_light: Array,
    ambient: float,
    brush: Array,
    out: Array,
) -> None:
    """Colour of triangle `t` at a sample, into `out` (3,)."""
    a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
    x0, y0, x1, y1, x2, y2 = xy[a, 0], xy[a, 1], xy[b, 0], xy[b, 1], xy[c, 0], xy[c, 1]
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    u = ((x1 - px) * (y2 - py) - (x2 - px) * (y1 - py)) / area
    v = ((x2 - px) * (y0 - py) - (x0 - px) * (y2 - py)) / area
    # from linear in the picture to linear on the triangle
    u, v, w = u * nearness[a], v * nearness[b], (1.0 - u - v) * nearness[c]
    total = u + v + w
    u, v, w = u / total, v / total, w / total
    x = u * points[a, 0] + v * points[b, 0] + w * points[c, 0]
    y = u * points[a, 1] + v * points[b, 1] + w * points[c, 1]
    z = u * points[a, 2] + v * points[b, 2] + w * points[c, 2]
    nx = u * normals[a, 0] + v * normals[b, 0] + w * normals[c, 0]
    ny = u * normals[a, 1] + v * normals[b, 1] + w * normals[c, 1]
    nz = u * normals[a, 2] + v * normals[b, 2] + w * normals[c, 2]
    vx, vy, vz = eye[0] - x, eye[1] - y, eye[2] - z
    away = math.sqrt(vx * vx + vy * vy + vz * vz)
    vx, vy, vz = vx / away, vy / away, vz / away
    size = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    if nx * vx + ny * vy + nz * vz < 0:
        size = -size
    nx, ny, nz = nx / size, ny / size, nz / size
    shine, hard, tone = 0.03, 16.0, 1.0
    red, green, blue = colour[t, 0], colour[t, 1], colour[t, 2]
    if kind[t] == SKIN:
        for k in range(PAINTS):
            brush[k] = u * brushes[a, k] + v * brushes[b, k] + w * brushes[c, k]
        row, tone, shine, hard = _painted(brush)
        row += wardrobe[t]
        red, green, blue = palette[row, 0], palette[row, 1], palette[row, 2]
        if brush[LIPS] > 0 and row == wardrobe[t]:
            red, green, blue = 0.85 * red, 0.62 * green, 0.62 * blue
    elif kind[t] == METAL:
        shine, hard = 0.45, 40.0
    straight = nx * lamp[0] + ny * lamp[1] + nz * lamp[2]
    seen = lit(shadow, to_light, x, y, z, 0.006) if straight > 0 else 0.0
    hx, hy, hz = lamp[0] + vx, lamp[1] + vy, lamp[2] + vz
    half = math.sqrt(hx * hx + hy * hy + hz * hz)
    gloss = 0.0
    if seen > 0:
        gloss = max(0.0, (nx * hx + ny * hy + nz * hz) / half) ** hard * shine * seen
    corner = 0.72 + 0.28 * min(1.0, max(0.0, y / 0.35))  # darker near the floor
    fill_light = 0.22 * max(0.0, -0.585 * nx + 0.41 * ny + 0.70 * nz)
    light = (0.42 + 0.12 * ny) * corner * ambient + fill_light + 0.85 * max(0.0, straight) * seen
    light *= tone
    out[0] = (red * light + gloss) ** _GAMMA
    out[1] = (green * light + gloss) ** _GAMMA
    out[2] = (blue * light + gloss) ** _GAMMA


@numba.njit(cache=True)
def _painted(brush: Array) -> tuple[int, float, float, float]:
    """Palette row, tone, gloss and hardness of a point of the dressed body."""
    x, y, z = brush[7], brush[8], brush[9]
    if brush[SHOE] > 0:
        if z < _SOLE_M:
            return SOLE_COLOUR, 1.0, 0.06, 12.0
        return SHOE_COLOUR, 0.9 + 0.15 * texture(x * 80, y * 80, z * 80), 0.06, 12.0
    if brush[SHORTS] > 0:
        return SHORTS_COLOUR, 0.85 + 0.25 * texture(x * 40, y * 40, z * 16), 0.02, 12.0
    if brush[SHIRT] > 0:
        return SHIRT_COLOUR, 0.86 + 0.22 * texture(x * 38, y * 38, z * 14), 0.02, 12.0
    if brush[SOCK] > 0:
        return SOCK_COLOUR, 1.0, 0.02, 12.0
    if brush[HAIR] > 0:
        return HAIR_COLOUR, 0.7 + 0.6 * texture(x * 220, y * 220, z * 60), 0.12, 12.0
    if brush[BROW] > 0:
        return HAIR_COLOUR, 0.9, 0.12, 12.0
    return BARE, 0.92 + 0.12 * texture(x * 60, y * 60, z * 60), 0.12, 12.0


@numba.njit(cache=True, parallel=True)
def floor_shadow(
    ground: Array,
    bounds: Array,
    shadow: Array,
    to_light: Array,
    exposure: Array,
    behind: Array,
    shaded: Array,
    rgb: Array,
) -> None:
    """The room with the shadows on its floor, into `shaded` (0..1) and `rgb`.

    `ground` (H, W, 2) is the floor's x, z; `bounds` its x from, x to, z from, z to that a shadow
    can reach; `shaded` and `rgb` begin as the room without shadows.
    """
    for y in numba.prange(ground.shape[0]):
        for x in range(ground.shape[1]):
            gx, gz = ground[y, x, 0], ground[y, x, 1]
            if gx < bounds[0] or gx > bounds[1] or gz < bounds[2] or gz > bounds[3]:
                continue
            seen = lit(shadow, to_light, gx, 0.0, gz, 0.004)
            if seen == 1.0:
                continue
            share = 1.0 - _FLOOR_SHADOW * (1.0 - seen)
            for k in range(3):
                value = behind[y, x, k] * share
                shaded[y, x, k] = value
                rgb[y, x, k] = int(255 * min(1.0, max(0.0, value * exposure[k])) + 0.5)
