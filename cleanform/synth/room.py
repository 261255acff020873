"""The empty room: a floor with a platform, four walls; compiled.

Stage axes, metres. The lifter stands at the origin; walls stand behind at the look's own distance
and 9.5 m away on the other sides.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.synth.compiled import numba
from cleanform.synth.raster import grain, texture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

WALLS = ("block", "brick", "wood", "plaster")
FLOORS = ("rubber", "concrete", "turf")
PLATFORMS = ("wood", "rubber", "none")

_FAR_WALL_M = 9.5
_NO_FLOOR_M = 1e6
_EDGE = 0.035  # neighbours that differ by more are drawn four times as fine
_GAMMA = 0.893


@numba.njit(cache=True, parallel=True)
def room(
    axes: Array,
    eye: Array,
    focal_px: float,
    centre_px: Array,
    kinds: Array,
    wall: Array,
    floor: Array,
    back_wall_m: float,
    seed: int,
    out: Array,
    ground: Array,
) -> None:
    """Into `out` (H, W, 3) the picture, 0..1; into `ground` (H, W, 2) the floor's x, z.

    `axes` (3, 3) are the camera's right, down and forward; `kinds` (3,) index WALLS, FLOORS and
    PLATFORMS. Where there is no floor `ground` is far outside the room.
    """
    height, width = out.shape[:2]
    once = np.empty((height, width, 3))
    for y in numba.prange(height):
        place = np.zeros(2)
        for x in range(width):
            _seen(
                x + 0.5,
                y + 0.5,
                axes,
                eye,
                focal_px,
                centre_px,
                kinds,
                wall,
                floor,
                back_wall_m,
                seed,
                once[y, x],
                place,
            )
            ground[y, x, 0], ground[y, x, 1] = place[0], place[1]
    for y in numba.prange(height):
        place, part = np.zeros(2), np.zeros(3)
        for x in range(width):
            apart = 0.0
            for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                j, i = y + dy, x + dx
                if 0 <= j < height and 0 <= i < width:
                    apart = max(apart, abs(once[j, i, 0] - once[y, x, 0]))
                    apart = max(apart, abs(once[j, i, 2] - once[y, x, 2]))
            if apart < _EDGE:
                for k in range(3):
                    out[y, x, k] = once[y, x, k] ** _GAMMA
                continue
            for k in range(3):
                out[y, x, k] = 0.0
            for sample in range(4):
                _seen(
                    x + 0.25 + 0.5 * (sample & 1),
                    y + 0.25 + 0.5 * (sample >> 1),
                    axes,
                    eye,
                    focal_px,
                    centre_px,
                    kinds,
                    wall,
                    floor,
                    back_wall_m,
                    seed,
                    part,
                    place,
                )
                for k in range(3):
                    out[y, x, k] += 0.25 * part[k] ** _GAMMA


@numba.njit(cache=True)
def _seen(
    px: float,
    py: float,
    axes: Array,
    eye: Array,
    focal_px: float,
    centre_px: Array,
    kinds: Array,
    wall: Array,
    floor: Array,
    back_wall_m: float,
    seed: int,
    out: Array,
    ground: Array,
) -> None:
    """What a ray through a pixel meets."""
    u, v = (px - centre_px[0]) / focal_px, (py - centre_px[1]) / focal_px
    dx = axes[0, 0] * u + axes[1, 0] * v + axes[2, 0]
    dy = axes[0, 1] * u + axes[1, 1] * v + axes[2, 1]
    dz = axes[0, 2] * u + axes[1, 2] * v + axes[2, 2]
    far, which = 1e9, 0
    if dy < 0:
        far, which = -eye[1] / dy, 1
    if dz < 0 and (-back_wall_m - eye[2]) / dz < far:
        far, which = (-back_wall_m - eye[2]) / dz, 2
    if dz > 0 and (_FAR_WALL_M - eye[2]) / dz < far:
        far, which = (_FAR_WALL_M - eye[2]) / dz, 2
    if dx != 0:
        side = _FAR_WALL_M if dx > 0 else -_FAR_WALL_M
        if (side - eye[0]) / dx < far:
            far, which = (side - eye[0]) / dx, 3
    x, y, z = eye[0] + dx * far, eye[1] + dy * far, eye[2] + dz * far
    ground[0] = ground[1] = _NO_FLOOR_M
    if which == 1:
        ground[0], ground[1] = x, z
        red, green, blue = _floor(x, z, floor, kinds[1], kinds[2], far / focal_px)
        light = 1.35
    else:
        red, green, blue = _wall(x if which == 2 else z, y, wall, kinds[0], seed)
        light = 0.85 * (0.93 + 0.07 * min(1.0, y / 2.5))
    out[0] = min(1.0, red * light)
    out[1] = min(1.0, green * light)
    out[2] = min(1.0, blue * light)


@numba.njit(cache=True)
def _floor(
    x: float, z: float, colour: Array, kind: int, platform: int, pixel_m: float
) -> tuple[float, float, float]:
    if platform < 2 and abs(z) < 1.35 and abs(x) < 1.1:
        if platform == 0 and abs(z) < 0.62:  # planks between rubber mats
            plank = math.floor(z / 0.155)
            tone = 0.85 + 0.25 * texture(z * 14 + plank * 7, x * 1.6, float(plank))
            if z / 0.155 - plank < 0.03:
                tone *= 0.6
            return 0.50 * tone, 0.36 * tone, 0.22 * tone
        tone = 0.8 + 0.5 * texture(z * 70, x * 70, 0.0)
        if abs(z) > 1.31 or abs(x) > 1.06:
            return 0.30 * tone, 0.30 * tone, 0.30 * tone
        return 0.10 * tone, 0.10 * tone, 0.11 * tone
    if platform == 2 and abs(abs(z) - 1.5) < 0.03 and abs(x) < 1.5:
        return 0.62, 0.60, 0.52  # a line on the floor
    if kind == 1:
        tone = 0.86 + 0.18 * texture(x * 0.9, z * 0.9, 0.0) + 0.10 * texture(x * 6, z * 6, 1.0)
        joint = x / 2.4 - math.floor(x / 2.4)
        if joint < 0.005:
            tone *= 0.75
        return 1.7 * colour[0] * tone, 1.7 * colour[1] * tone, 1.65 * colour[2] * tone
    if kind == 2:
        tone = 0.7 + 0.4 * texture(x * 60, z * 60, 0.0) + 0.15 * texture(x * 2, z * 2, 0.0)
        return 0.14 * tone, 0.30 * tone, 0.13 * tone
    tone = 0.9 + 0.15 * texture(x * 3, z * 3, 0.0) + 0.15 * texture(x * 45, z * 45, 0.0)
    fleck = grain(math.floor(x * 70), math.floor(z * 70), 5)
    if pixel_m < 0.03 and fleck > 0.97:  # coloured crumbs in black mats
        return colour[0] + 0.12, colour[1] + 0.14, colour[2] + 0.18
    return colour[0] * tone, colour[1] * tone, colour[2] * tone


@numba.njit(cache=True)
def _wall(
    along: float, y: float, colour: Array, kind: int, seed: int
) -> tuple[float, float, float]:
    if kind == 3:  # plaster: nearly nothing to see
        tone = 0.96 + 0.05 * texture(along * 1.5, y * 1.5, float(seed))
        if y < 0.12:
            tone *= 0.6
        return colour[0] * tone, colour[1] * tone, colour[2] * tone
    if kind == 2:  # upright boards
        board = math.floor(along / 0.14)
        tone = 0.8 + 0.3 * grain(board, 3, seed)
        tone += 0.12 * texture(along * 40, y * 2.0, float(board))
        if along / 0.14 - board < 0.04:
            tone *= 0.55
        return 0.52 * tone, 0.38 * tone, 0.25 * tone
    tall, wide = (0.2, 0.42) if kind == 0 else (0.075, 0.25)
    v = y / tall
    row = math.floor(v)
    u = along / wide + 0.5 * (row % 2)
    column = math.floor(u)
    gap = 0.010 / wide
    joint = u - column < gap or v - row < 0.010 / tall
    tone = 0.9 + 0.1 * grain(column, row, seed) + 0.08 * texture(along * 6, y * 6, 0.0)
    if kind == 1:
        if joint:
            return 0.50, 0.47, 0.43
        tone *= 0.8 + 0.35 * grain(column, row, seed + 1)
        return 0.50 * tone, 0.25 * tone, 0.18 * tone
    if joint:
        tone *= 0.84
    if abs(y - 1.12) < 0.03:
        return 0.75, 0.35, 0.08
    if y < 1.1:
        return 0.25 * tone, 0.29 * tone, 0.33 * tone
    return colour[0] * tone, colour[1] * tone, colour[2] * tone
