"""Draws a known lift: the skinned lifter, the bar and a room, through a pinhole camera.

Software only and repeatable: the same spec, look and camera give the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.synth import raster
from cleanform.synth.body import Body
from cleanform.synth.clothes import dress
from cleanform.synth.figure import Figure, skeleton_of
from cleanform.synth.skeleton import Skeleton
from cleanform.synth.stage import Look, Mesh, barbell, furniture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.camera import Camera
    from cleanform.synth.motion import Truth

    Floats = NDArray[np.float64]
    Image = NDArray[np.uint8]

PERSON, BAR = 255, 128  # values of the mask; 0 elsewhere
_NEAR_M = 0.1
_SHADOW_TEXELS, _SHADOW_HALF_M, _LAMP_M = 768, 1.75, 4.0


@dataclass(frozen=True, eq=False)
class Picture:
    rgb: Image  # (H, W, 3)
    mask: Image  # (H, W) PERSON, BAR or 0, of the visible surface


class Renderer:
    """One lifter in one room before one camera; `draw` any instant of the lift.

    `samples` per pixel edge: 2 gives smooth edges, 1 is faster.
    """

    def __init__(
        self,
        camera: Camera,
        body: str = "male",
        look: Look | None = None,
        facing: int = 1,
        samples: int = 2,
    ) -> None:
        self.camera, self.facing, self.samples = camera, facing, samples
        self.look = look or Look()
        self.body = Body(body)
        self.figure = Figure(self.body)
        self.clothes = dress(self.body)
        points, normals, colours = barbell(self.look).arrays()
        self._bar_points, self._bar_normals = points, normals
        loose = np.arange(len(points)).reshape(-1, 3) + len(self.clothes.vertices_m)
        self._faces = np.vstack([self.clothes.faces, loose])
        self._kind = np.concatenate(
            [
                np.where(self.clothes.is_eye, raster.EYE, raster.SKIN),
                np.full(len(loose), raster.METAL),
            ]
        )
        eyes = self.clothes.eye_colour[self.clothes.faces].mean(axis=1)
        self._colour = np.vstack([eyes, colours])
        self._paint = np.vstack([self.clothes.paint, np.zeros((len(points), raster.PAINTS))])
        self._eye, self._axes = camera.axes(facing)
        self._lamp = self.look.lamp_way()
        self._to_light = _light_matrix(self._lamp)
        self._background, self._ground = self._draw_room()

    @property
    def skeleton(self) -> Skeleton:
        """With which `cleanform.synth.motion.lift` must be called for this body."""
        return skeleton_of(self.body)

    def draw(self, truth: Truth, time_s: float) -> Picture:
        """The picture at an instant of a lift that was made with `skeleton`."""
        points, normals = self._lifter(truth, time_s)
        _, _, bar = truth.timeline.joints(np.array([time_s]))
        shown = not np.isnan(bar).any()
        place = np.array([self.facing * bar[0, 0], bar[0, 1], 0.0]) if shown else np.full(3, np.nan)
        points = np.vstack([points, self._bar_points + place])
        normals = np.vstack([normals, self._bar_normals])
        shadow = self._shadow(points)
        n = self.samples
        height, width = self.camera.height_px * n, self.camera.width_px * n
        xy, nearness = self._project(points, n)
        ids = np.full((height, width), -1, np.int64)
        raster.fill(xy, nearness, self._faces, ids, np.zeros((height, width)))
        out = np.zeros((height, width, 4))
        raster.shade(
            ids,
            xy,
            nearness,
            self._faces,
            points,
            normals,
            self._paint,
            self._kind,
            self._colour,
            self.look.palette(),
            self._lamp,
            self._eye,
            shadow,
            self._to_light,
            self.look.ambient,
            out,
        )
        rgb = np.empty((self.camera.height_px, self.camera.width_px, 3), np.uint8)
        raster.compose(
            out,
            self._background,
            self._ground,
            shadow,
            self._to_light,
            self.look.exposure,
            n,
            rgb,
        )
        return Picture(rgb, self._mask(ids[n // 2 :: n, n // 2 :: n]))

    def _mask(self, ids: NDArray[np.int64]) -> Image:
        kind = np.where(ids >= 0, self._kind[np.maximum(ids, 0)], -1)
        return np.select([kind == raster.METAL, kind >= 0], [BAR, PERSON], 0).astype(np.uint8)

    def _lifter(self, truth: Truth, time_s: float) -> tuple[Floats, Floats]:
        """Posed skin and its normals, stage axes."""
        now = np.array([time_s])
        near, far, _ = truth.timeline.joints(now)
        row = truth.timeline.state(now).rows[0]
        # stage to body axes; a lifter who faces left shows the left side
        to_body = np.array([[0, 0, -self.facing], [-1, 0, 0], [0, 1, 0]], float)
        sides = [{name: to_body @ joint[0] for name, joint in side.items()} for side in (near, far)]
        right, left = sides if self.facing > 0 else sides[::-1]
        pose = self.figure.pose(left, right, row[5], row[3])
        skin = self.body.skin(self.clothes.vertices_m, pose.turned, pose.moved)
        normals = self.clothes.normals(skin)
        to_stage = np.array([[0, -self.facing, 0], [0, 0, 1], [-self.facing, 0, 0]], float)
        return skin @ to_stage.T, normals @ to_stage.T

    def _project(self, points: Floats, samples: float) -> tuple[Floats, Floats]:
        """Pixels (n, 2) of stage points, `samples` times as fine, and 1 / depth."""
        seen = (points - self._eye) @ self._axes.T
        depth = np.where(seen[:, 2] > _NEAR_M, seen[:, 2], np.nan)
        centre = np.array([self.camera.width_px / 2, self.camera.height_px / 2])
        xy = seen[:, :2] / depth[:, None] * self.camera.focal_px + centre + self.camera.pan_px
        return xy * samples, 1 / depth

    def _shadow(self, points: Floats) -> Floats:
        there = points @ self._to_light[:, :3].T + self._to_light[:, 3]
        depth = np.full((_SHADOW_TEXELS, _SHADOW_TEXELS), -1e9)
        ids = np.full(depth.shape, -1, np.int64)
        raster.fill(there[:, :2], there[:, 2], self._faces, ids, depth)
        return depth

    def _draw_room(self) -> tuple[Floats, Floats]:
        """Background (H, W, 3) and the floor's x, z (H, W, 2); the furniture does not move."""
        n, camera = 2, self.camera
        height, width = camera.height_px * n, camera.width_px * n
        y, x = np.mgrid[0:height, 0:width] + 0.5
        centre = np.array([width / 2, height / 2]) + n * np.array(camera.pan_px)
        ahead = np.stack(
            [(x - centre[0]), (y - centre[1]), np.full_like(x, n * camera.focal_px)], axis=-1
        )
        out, ground = np.zeros((height, width, 3)), np.zeros((height, width, 2))
        raster.room(
            ahead @ self._axes,
            self._eye,
            -self.look.back_wall_m,
            np.array(self.look.wall),
            np.array(self.look.floor),
            float(self.look.seed),
            out,
            ground,
        )
        self._draw_furniture(furniture(self.look), n, out, ground)
        out = np.clip(out, 0, 1) ** 0.893
        shown = out.reshape(camera.height_px, n, camera.width_px, n, 3).mean(axis=(1, 3))
        return shown, ground[n // 2 :: n, n // 2 :: n].copy()

    def _draw_furniture(self, mesh: Mesh, samples: int, out: Any, ground: Any) -> None:
        points, normals, colours = mesh.arrays()
        xy, nearness = self._project(points, samples)
        ids = np.full(out.shape[:2], -1, np.int64)
        raster.fill(xy, nearness, np.arange(len(points)).reshape(-1, 3), ids, np.zeros(ids.shape))
        there = ids >= 0
        face = ids[there]
        light = (
            0.5 + 0.12 * normals[3 * face, 1] + 0.6 * np.maximum(normals[3 * face] @ self._lamp, 0)
        )
        out[there] = colours[face] * light[:, None]
        ground[there] = 1e6


def _light_matrix(lamp: Floats) -> Floats:
    """(3, 4): stage point to shadow texel and nearness to the lamp, along parallel rays."""
    eye = lamp * _LAMP_M + (0.0, 0.7, 0.0)
    right = np.cross(-lamp, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    down = np.cross(-lamp, right)
    scale = _SHADOW_TEXELS / 2 / _SHADOW_HALF_M
    rows = np.stack([right * scale, down * scale, lamp])
    return np.column_stack([rows, -rows @ eye + (_SHADOW_TEXELS / 2, _SHADOW_TEXELS / 2, 0.0)])
