"""The room as one camera sees it, before anybody is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth import raster, shading
from cleanform.synth.furniture import furniture
from cleanform.synth.room import FLOORS, PLATFORMS, WALLS, room

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.camera import Camera
    from cleanform.synth.stage import Look

    Floats = NDArray[np.float64]
    Image = NDArray[np.uint8]

_NEAR_M = 0.1
_NO_FLOOR_M = 1e6


class Shot:
    """A camera's view of the empty room: colours, depth, and where the floor is seen."""

    def __init__(self, camera: Camera, look: Look, facing: int, samples: int) -> None:
        self.camera = camera
        self.eye, self.axes = camera.axes(facing)
        height, width = camera.height_px, camera.width_px
        self._centre = np.array(camera.centre_px)
        bare, ground = np.empty((height, width, 3)), np.empty((height, width, 2))
        kinds = [WALLS.index(look.wall_kind), FLOORS.index(look.floor_kind)]
        kinds.append(PLATFORMS.index(look.platform))
        room(
            self.axes,
            self.eye,
            camera.focal_px,
            self._centre,
            np.array(kinds),
            np.array(look.wall),
            np.array(look.floor),
            look.back_wall_m,
            look.seed,
            bare,
            ground,
        )
        self.ground: Floats = ground
        self.depth = np.zeros((height * samples, width * samples), np.float32)
        even: Image = (bare * 255 + 0.5).astype(np.uint8)
        self._furnish(look, samples, bare, even)
        self.behind: NDArray[np.float32] = even.astype(np.float32) / np.float32(255)
        lit = np.clip(self.behind * look.light().astype(np.float32), 0, 1)
        self.rgb: Image = (lit * 255 + 0.5).astype(np.uint8)

    def project(self, points: Floats, samples: int) -> tuple[Floats, Floats]:
        """Pixels (n, 2) of stage points, `samples` times as fine, and 1 / depth."""
        seen = (points - self.eye) @ self.axes.T
        depth = np.where(seen[:, 2] > _NEAR_M, seen[:, 2], np.nan)
        xy = seen[:, :2] / depth[:, None] * self.camera.focal_px + self._centre
        return xy * samples, 1 / depth

    def _furnish(self, look: Look, samples: int, bare: Floats, rgb: Image) -> None:
        """Draw what stands in the room; it hides the floor and whoever is behind it."""
        points, normals, colours, _ = furniture(look).arrays()
        faces = np.arange(len(points)).reshape(-1, 3)
        xy, nearness = self.project(points, samples)
        ids = np.full(self.depth.shape, -1, np.int32)
        raster.fill(xy, nearness, faces, 0, ids, self.depth)
        shading.paint(
            ids,
            xy,
            nearness,
            faces,
            points,
            normals,
            np.zeros((len(points), shading.PAINTS)),
            np.full(len(faces), shading.MATTE),
            np.zeros(len(faces), np.int64),
            colours,
            np.zeros((1, 3)),
            look.lamp_way(),
            self.eye,
            np.full((8, 8), -1e9, np.float32),
            np.zeros((3, 4)),
            look.ambient,
            np.ones(3),
            samples,
            bare.astype(np.float32),
            np.zeros(2, np.int64),
            rgb,
        )
        self.ground[ids[samples // 2 :: samples, samples // 2 :: samples] >= 0] = _NO_FLOOR_M
