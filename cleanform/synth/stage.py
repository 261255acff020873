"""What stands around the lifter: barbell, room, and how it all is coloured.

Stage axes: x to the picture's right when seen from the lifter's side, y up, z toward that camera.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.skeleton import BAR_RADIUS_M, PLATE_RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Colour = tuple[float, float, float]

_INNER_M = 0.655  # half the shaft, between the collars
_END_M = 1.1
_PLATE_FROM_M, _PLATE_TO_M = 0.67, 0.73


@dataclass(frozen=True)
class Look:
    """Colours and light of one clip. `Look.of(seed)` varies them; the default is plain."""

    skin: Colour = (0.80, 0.58, 0.46)
    hair: Colour = (0.13, 0.08, 0.05)
    shirt: Colour = (0.12, 0.25, 0.55)
    shorts: Colour = (0.07, 0.07, 0.08)
    shoe: Colour = (0.75, 0.12, 0.10)
    plate: Colour = (0.62, 0.05, 0.06)
    plate_radius_m: float = PLATE_RADIUS_M
    plates: bool = True
    wall: Colour = (0.72, 0.70, 0.66)
    floor: Colour = (0.21, 0.22, 0.235)
    back_wall_m: float = 3.6
    lamp: Colour = (0.35, 0.90, 0.45)  # toward the lamp; x, y, z
    ambient: float = 1.0
    exposure: float = 1.0
    seed: int = 0

    @classmethod
    def of(cls, seed: int) -> Look:
        """A look by seed: skin, clothes, plate, walls, light."""
        rng = np.random.default_rng((seed, 7))

        def colour(low: float, high: float) -> Colour:
            red, green, blue = rng.uniform(low, high, 3)
            return float(red), float(green), float(blue)

        deep = float(rng.uniform(0.25, 1.0))
        plates: tuple[Colour, ...] = (
            (0.62, 0.05, 0.06),
            (0.08, 0.18, 0.50),
            (0.60, 0.50, 0.08),
            (0.08, 0.35, 0.15),
            (0.06, 0.06, 0.07),
            (0.30, 0.31, 0.33),
        )
        return cls(
            skin=(0.84 * deep, 0.62 * deep**1.15, 0.50 * deep**1.3),
            hair=colour(0.04, 0.25),
            shirt=colour(0.08, 0.75),
            shorts=colour(0.05, 0.35),
            shoe=colour(0.1, 0.8),
            plate=plates[int(rng.integers(len(plates)))],
            wall=colour(0.45, 0.80),
            floor=colour(0.12, 0.30),
            back_wall_m=float(rng.uniform(2.4, 5.0)),
            lamp=(float(rng.uniform(-0.6, 0.6)), 0.9, float(rng.uniform(0.1, 0.7))),
            ambient=float(rng.uniform(0.8, 1.3)),
            exposure=float(rng.uniform(0.75, 1.1)),
            seed=seed,
        )

    def palette(self) -> Floats:
        """(7, 3) rows as `cleanform.synth.raster` names them."""
        return np.array(
            [
                self.skin,
                self.hair,
                self.shirt,
                self.shorts,
                self.shoe,
                (0.82, 0.82, 0.82),
                (0.85, 0.85, 0.83),
            ]
        )

    def lamp_way(self) -> Floats:
        lamp = np.array(self.lamp)
        return np.asarray(lamp / np.linalg.norm(lamp))


@dataclass
class Mesh:
    """Loose triangles: every three rows are one."""

    points: list[Floats] = field(default_factory=list)
    normals: list[Floats] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)  # one per triangle

    def add(self, corners: Floats, normals: Floats, colour: Colour) -> None:
        """Triangles (n, 3, 3), with a normal at each corner."""
        self.points.append(corners.reshape(-1, 3))
        self.normals.append(np.broadcast_to(normals, corners.shape).reshape(-1, 3))
        self.colours.extend([colour] * len(corners))

    def tube(
        self,
        radius: float,
        from_z: float,
        to_z: float,
        colour: Colour,
        hole: float = 0.0,
        segments: int = 32,
    ) -> None:
        """A closed cylinder along z about the origin, with a hole through its ends."""
        turn = np.linspace(0, 2 * np.pi, segments + 1)
        round_ = np.column_stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)])
        a, b = round_[:-1], round_[1:]
        low, high = np.array([0.0, 0.0, from_z]), np.array([0.0, 0.0, to_z])
        quad = [radius * a + low, radius * a + high, radius * b + high, radius * b + low]
        self._quads(quad, [a, a, b, b], colour)
        for end, way in ((low, -1.0), (high, 1.0)):
            face = [hole * a + end, radius * a + end, radius * b + end, hole * b + end]
            flat = np.broadcast_to(np.array([0.0, 0.0, way]), a.shape)
            self._quads(face, [flat] * 4, colour)

    def box(self, centre: Colour, size: Colour, colour: Colour) -> None:
        half = np.array(size) / 2
        for axis in range(3):
            for way in (-1.0, 1.0):
                normal = np.zeros(3)
                normal[axis] = way
                across, along = np.roll(normal, 1), np.roll(normal, 2)
                quad = [
                    (np.array(centre) + half * (normal + i * across + j * along))[None]
                    for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
                ]
                self._quads(quad, [normal[None]] * 4, colour)

    def _quads(self, corners: list[Floats], normals: list[Floats], colour: Colour) -> None:
        for order in ((0, 1, 2), (0, 2, 3)):
            self.add(
                np.stack([corners[i] for i in order], axis=1),
                np.stack([normals[i] for i in order], axis=1),
                colour,
            )

    def arrays(self) -> tuple[Floats, Floats, Floats]:
        """Points (3n, 3), normals (3n, 3), colours (n, 3)."""
        return np.vstack(self.points), np.vstack(self.normals), np.array(self.colours)


def barbell(look: Look) -> Mesh:
    """A 2.2 m bar about the origin, one plate a side."""
    mesh = Mesh()
    mesh.tube(BAR_RADIUS_M, -_INNER_M, _INNER_M, (0.55, 0.56, 0.58), segments=20)
    for side in (-1.0, 1.0):

        def along(start: float, stop: float, side: float = side) -> tuple[float, float]:
            low, high = sorted((side * start, side * stop))
            return low, high

        mesh.tube(0.025, *along(_INNER_M, _END_M), (0.50, 0.50, 0.52), segments=20)
        mesh.tube(0.035, *along(_INNER_M, _PLATE_FROM_M), (0.40, 0.40, 0.42))
        if not look.plates:
            continue
        r = look.plate_radius_m
        dark: Colour = tuple(0.6 * c for c in look.plate)  # type: ignore[assignment]
        mesh.tube(r, *along(_PLATE_FROM_M, _PLATE_TO_M), look.plate, 0.026, 64)
        mesh.tube(0.84 * r, *along(_PLATE_FROM_M - 0.002, _PLATE_TO_M + 0.002), dark, 0.026, 56)
        mesh.tube(
            0.80 * r, *along(_PLATE_FROM_M - 0.004, _PLATE_TO_M + 0.004), look.plate, 0.026, 56
        )
        mesh.tube(
            0.085, *along(_PLATE_FROM_M - 0.006, _PLATE_TO_M + 0.008), (0.45, 0.45, 0.47), 0.026, 40
        )
    return mesh


def furniture(look: Look) -> Mesh:
    """A rack, standing plates, benches and boxes along the back wall."""
    rng = np.random.default_rng((look.seed, 11))
    mesh = Mesh()
    back = -look.back_wall_m
    iron: Colour = (0.12, 0.12, 0.13)
    x0 = float(rng.uniform(-3.4, -2.2)) if look.seed else -3.0
    for x in (x0, x0 + 1.1):
        for z in (back + 0.35, back + 1.0):
            mesh.box((x, 1.15, z), (0.07, 2.3, 0.07), iron)
    for z in (back + 0.35, back + 1.0):
        mesh.box((x0 + 0.55, 2.28, z), (1.2, 0.07, 0.07), iron)
    mesh.box((x0 + 0.55, 1.35, back + 1.0), (1.7, 0.03, 0.03), (0.5, 0.5, 0.5))
    colours: tuple[Colour, ...] = (
        (0.6, 0.1, 0.1),
        (0.1, 0.15, 0.5),
        (0.6, 0.5, 0.1),
        (0.1, 0.4, 0.15),
        (0.1, 0.1, 0.1),
    )
    x1 = float(rng.uniform(0.9, 1.6)) if look.seed else 1.3
    for i, colour in enumerate(colours):
        mesh.box((x1 + 0.28 * i, 0.24, back + 0.5), (0.10, 0.46, 0.46), colour)
    mesh.box((x1 + 2.3, 0.45, back + 0.5), (1.2, 0.9, 0.45), (0.25, 0.25, 0.27))
    mesh.box((x1 - 2.0, 1.9, back + 0.02), (1.4, 0.7, 0.03), (0.15, 0.25, 0.35))
    for x in (-6.0, 6.5):
        mesh.box((x, 0.5, 2.0), (0.6, 1.0, 1.6), (0.3, 0.3, 0.32))
        mesh.box((x, 0.9, -1.0), (0.5, 1.8, 0.5), (0.2, 0.22, 0.25))
    return mesh
