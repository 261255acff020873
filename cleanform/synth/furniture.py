"""What stands about the room: a rack, shelves, boxes, and other bars and plates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.implements import barbell, plate
from cleanform.synth.mesh import Colour, Mesh, turn
from cleanform.synth.skeleton import PLATE_RADIUS_M
from cleanform.synth.stage import PLATE_COLOURS, Look

if TYPE_CHECKING:
    Random = np.random.Generator

_IRON: Colour = (0.12, 0.12, 0.13)
_WOOD: Colour = (0.46, 0.34, 0.22)


def furniture(look: Look) -> Mesh:
    """Along the walls, and by `look.clutter` nearer; none of it moves."""
    rng = np.random.default_rng((look.seed, 11))
    mesh = Mesh()
    back = -look.back_wall_m
    _rack(mesh, float(rng.uniform(-3.4, -2.2)) if look.seed else -3.0, back)
    x = float(rng.uniform(0.9, 1.6)) if look.seed else 1.3
    for i, colour in enumerate(PLATE_COLOURS[:5]):  # on edge, side by side
        mesh.place(
            plate(PLATE_RADIUS_M, colour),
            (x + 0.13 * i, PLATE_RADIUS_M + 0.02, back + 0.4),
            turn("y", 90.0),
        )
    mesh.box((x + 0.26, 0.02, back + 0.4), (0.8, 0.04, 0.3), _IRON)
    mesh.box((x + 2.3, 0.38, back + 0.5), (0.75, 0.75, 0.5), _WOOD)
    if look.wall_kind != "plaster":
        mesh.box((x - 2.0, 1.9, back + 0.02), (1.4, 0.7, 0.03), (0.15, 0.25, 0.35))
    for x in (-6.0, 6.5):
        mesh.box((x, 0.5, 2.0), (0.6, 1.0, 1.6), (0.3, 0.3, 0.32))
        mesh.box((x, 0.9, -1.0), (0.5, 1.8, 0.5), (0.2, 0.22, 0.25))
    if look.clutter:
        _clutter(mesh, look, rng)
    return mesh


def _rack(mesh: Mesh, x0: float, back: float) -> None:
    for x in (x0, x0 + 1.1):
        for z in (back + 0.35, back + 1.0):
            mesh.box((x, 1.15, z), (0.07, 2.3, 0.07), _IRON)
    for z in (back + 0.35, back + 1.0):
        mesh.box((x0 + 0.55, 2.28, z), (1.2, 0.07, 0.07), _IRON)
    mesh.box((x0 + 0.55, 1.35, back + 1.0), (1.7, 0.03, 0.03), (0.5, 0.5, 0.5))


def _clutter(mesh: Mesh, look: Look, rng: Random) -> None:
    """Another loaded bar on the floor, plates that lean on the wall or lie about."""

    def colour() -> Colour:
        return PLATE_COLOURS[int(rng.integers(len(PLATE_COLOURS)))]

    back = -look.back_wall_m
    bar = barbell(Look(plate=colour()))
    at = float(rng.uniform(-1.6, 1.6))
    if look.clutter == 2:  # racked
        mesh.place(bar, (at, 1.2, back + 0.45), turn("y", 90.0))
        for side in (-0.55, 0.55):
            mesh.box((at + side, 0.6, back + 0.38), (0.07, 1.2, 0.07), _IRON)
    else:
        way = 90.0 + float(rng.uniform(-15, 15))
        mesh.place(bar, (at, PLATE_RADIUS_M, back + 0.75), turn("y", way))
    for _ in range(look.clutter):
        lean = turn("x", -float(rng.uniform(8, 16)))
        x = float(rng.uniform(-2.6, 2.6))
        r = float(rng.choice((0.16, PLATE_RADIUS_M)))
        mesh.place(plate(r, colour()), (x, r, back + 0.12), lean)
    if look.clutter == 3:  # one plate lying, one standing at the platform's edge
        x = float(rng.choice((-1.9, 1.9)))
        mesh.place(plate(PLATE_RADIUS_M, colour()), (x, 0.03, -1.3), turn("x", 90.0))
        mesh.place(plate(PLATE_RADIUS_M, colour()), (-x, PLATE_RADIUS_M, -1.6), turn("y", 35.0))
