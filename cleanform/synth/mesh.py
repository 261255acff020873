"""Loose triangles: tubes, boxes and turned bodies, put together and placed."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Parts = NDArray[np.uint8]

Colour = tuple[float, float, float]


@dataclass
class Mesh:
    """Every three points are a triangle. `part` marks the triangles added from then on."""

    points: list[Floats] = field(default_factory=list)
    normals: list[Floats] = field(default_factory=list)
    colours: list[Colour] = field(default_factory=list)  # one per triangle
    parts: list[int] = field(default_factory=list)  # one per triangle
    part: int = 0

    def add(self, corners: Floats, normals: Floats, colour: Colour) -> None:
        """Triangles (n, 3, 3), with a normal at each corner."""
        self.points.append(corners.reshape(-1, 3))
        self.normals.append(np.broadcast_to(normals, corners.shape).reshape(-1, 3))
        self.colours.extend([colour] * len(corners))
        self.parts.extend([self.part] * len(corners))

    def place(
        self, other: Mesh, at_m: tuple[float, float, float], turns: Floats | None = None
    ) -> None:
        """Another mesh, turned by a rotation matrix (3, 3) about its origin, then moved."""
        turns = np.eye(3) if turns is None else turns
        self.points.extend(each @ turns.T + np.array(at_m) for each in other.points)
        self.normals.extend(each @ turns.T for each in other.normals)
        self.colours.extend(other.colours)
        self.parts.extend([self.part] * len(other.parts))

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
        self.turned(
            [(hole, from_z), (radius, from_z), (radius, to_z), (hole, to_z)], colour, segments
        )

    def turned(
        self, profile: Sequence[tuple[float, float]], colour: Colour, segments: int = 32
    ) -> None:
        """A body of revolution about z: (radius, z) from one end to the other, edges sharp."""
        turn = np.linspace(0, 2 * np.pi, segments + 1)
        round_ = np.column_stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)])
        a, b = round_[:-1], round_[1:]
        up = np.array([0.0, 0.0, 1.0])
        for (r0, z0), (r1, z1) in pairwise(profile):
            size = float(np.hypot(r1 - r0, z1 - z0))
            if size < 1e-9:
                continue
            outward, along = (z1 - z0) / size, -(r1 - r0) / size
            na, nb = outward * a + along * up, outward * b + along * up
            quad = [r0 * a + z0 * up, r1 * a + z1 * up, r1 * b + z1 * up, r0 * b + z0 * up]
            self._quads(quad, [na, na, nb, nb], colour)

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

    def arrays(self) -> tuple[Floats, Floats, Floats, Parts]:
        """Points (3n, 3), normals (3n, 3), colours (n, 3), parts (n,)."""
        if not self.points:
            return np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0, np.uint8)
        return (
            np.vstack(self.points),
            np.vstack(self.normals),
            np.array(self.colours),
            np.array(self.parts, np.uint8),
        )


def turn(axis: str, degrees: float) -> Floats:
    """Rotation matrix about x, y or z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = c
    matrix[i, j], matrix[j, i] = -s, s
    return matrix
