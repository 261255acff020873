"""Draws a known lift: the skinned lifter, the bar and a room, through a pinhole camera.

Software only and repeatable: the same spec, look and camera give the same pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth import raster, shading
from cleanform.synth.actor import Actor
from cleanform.synth.body import Body
from cleanform.synth.bystanders import Passer
from cleanform.synth.implements import BAR, NEAR_PLATE, blocks, implement
from cleanform.synth.shot import Shot
from cleanform.synth.skeleton import Skeleton
from cleanform.synth.stage import Look

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.camera import Camera
    from cleanform.synth.motion import Truth

    Floats = NDArray[np.float64]
    Image = NDArray[np.uint8]

__all__ = ["BAR", "BYSTANDER", "NEAR_PLATE", "PERSON", "Picture", "Renderer"]

#: values of the mask, with BAR (the bar, the far plate) and NEAR_PLATE; 0 elsewhere
PERSON, BYSTANDER = 255, 64
_GRIP_HALF_M = {"barbell": 0.27, "dumbbells": 0.27, "kettlebell": 0.06}
_LAMP_M = 4.0
#: the shadow map's edge in texels and half its width in metres: alone, and with others about
_SHADOW_ALONE, _SHADOW_WITH_OTHERS = (768, 1.75), (1024, 3.2)


@dataclass(frozen=True, eq=False)
class Picture:
    rgb: Image  # (H, W, 3)
    mask: Image  # (H, W) PERSON, BYSTANDER, BAR, NEAR_PLATE or 0, of the visible surface


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
        self.actor = Actor(body, self.look.loose_shirt_m)
        self._others = [Passer(each) for each in self.look.bystanders]
        grip_half_m = _GRIP_HALF_M[self.look.implement]
        self.skeleton: Skeleton = self.actor.skeleton(grip_half_m)
        self._held = implement(self.look, grip_half_m).arrays()
        self._still = blocks(self.look, grip_half_m).arrays()
        self._assemble()
        self._lamp = self.look.lamp_way()
        self._texels, half_m = _SHADOW_WITH_OTHERS if self._others else _SHADOW_ALONE
        self._to_light = _light_matrix(self._lamp, self._texels, half_m)
        self._shot: Shot | None = None

    def _assemble(self) -> None:
        """One list of triangles: the lifter, the others, what is held, what it stood on."""
        actors = [self.actor, *(other.actor for other in self._others)]
        faces, kinds, colours, parts, wardrobe, brushes, count = [], [], [], [], [], [], 0
        for index, actor in enumerate(actors):
            clothes = actor.clothes
            faces.append(clothes.faces + count)
            kinds.append(actor.kinds)
            colours.append(actor.face_colours)
            parts.append(np.full(len(clothes.faces), BYSTANDER if index else PERSON))
            wardrobe.append(np.full(len(clothes.faces), index * shading.PALETTE_ROWS))
            brushes.append(clothes.paint)
            count += len(clothes.vertices_m)
        self._closed = sum(len(each) for each in faces)
        for (points, _, colour, part), kind in (
            (self._held, shading.METAL),
            (self._still, shading.MATTE),
        ):
            faces.append(np.arange(len(points)).reshape(-1, 3) + count)
            kinds.append(np.full(len(colour), kind))
            colours.append(colour)
            parts.append(part)
            wardrobe.append(np.zeros(len(colour), np.int64))
            brushes.append(np.zeros((len(points), shading.PAINTS)))
            count += len(points)
        self._faces = np.vstack(faces)
        self._kind = np.concatenate(kinds)
        self._colour = np.vstack(colours)
        self._part = np.concatenate(parts).astype(np.uint8)
        self._wardrobe = np.concatenate(wardrobe)
        self._brushes = np.vstack(brushes)
        looks = [self.look, *(other.look for other in self._others)]
        self._palette = np.vstack([look.palette() for look in looks])

    @property
    def body(self) -> Body:
        return self.actor.body

    def draw(self, truth: Truth, time_s: float) -> Picture:
        """The picture at an instant of a lift that was made with `skeleton`."""
        shot = self._seen_from(self.camera.at(time_s))
        points, normals = self._world(truth, time_s)
        shadow = self._shadow(points)
        rgb, shaded = self._room_with_shadows(shot, points, shadow)
        n = self.samples
        xy, nearness = shot.project(points, n)
        left, top, right, bottom = _box(xy, n, self.camera.width_px, self.camera.height_px)
        mask = np.zeros(rgb.shape[:2], np.uint8)
        if right <= left or bottom <= top:
            return Picture(rgb, mask)
        depth = shot.depth[top * n : bottom * n, left * n : right * n].copy()
        ids = np.full(depth.shape, -1, np.int32)
        raster.fill(xy - (left * n, top * n), nearness, self._faces, self._closed, ids, depth)
        shading.paint(
            ids,
            xy,
            nearness,
            self._faces,
            points,
            normals,
            self._brushes,
            self._kind,
            self._wardrobe,
            self._colour,
            self._palette,
            self._lamp,
            shot.eye,
            shadow,
            self._to_light,
            self.look.ambient,
            self.look.light(),
            n,
            shaded,
            np.array([left, top]),
            rgb,
        )
        shown = ids[n // 2 :: n, n // 2 :: n]
        mask[top:bottom, left:right] = np.where(shown >= 0, self._part[shown], 0)
        return Picture(rgb, mask)

    def _seen_from(self, camera: Camera) -> Shot:
        """The room from where the camera is; drawn again only where it has moved."""
        if self._shot is None or self._shot.camera != camera:
            self._shot = Shot(camera, self.look, self.facing, self.samples)
        return self._shot

    def _world(self, truth: Truth, time_s: float) -> tuple[Floats, Floats]:
        """Every vertex and its normal, stage axes, in the order of `_assemble`."""
        surfaces = [self.actor.surface(truth.timeline, time_s, self.facing)]
        surfaces += [other.surface(time_s) for other in self._others]
        _, _, bar = truth.timeline.joints(np.array([time_s]))
        gone = np.isnan(bar).any()
        place = np.full(3, np.nan) if gone else np.array([self.facing * bar[0, 0], bar[0, 1], 0.0])
        if not gone and self.look.implement == "barbell":
            self.actor.press(surfaces[0][0], bar[0], self.facing)
        surfaces.append((self._held[0] + place, self._held[1]))
        surfaces.append(self._still[:2])
        points, normals = zip(*surfaces, strict=True)
        return np.vstack(points), np.vstack(normals)

    def _shadow(self, points: Floats) -> NDArray[np.float32]:
        there = points @ self._to_light[:, :3].T + self._to_light[:, 3]
        depth = np.full((self._texels, self._texels), -1e9, np.float32)
        ids = np.full(depth.shape, -1, np.int32)
        raster.fill(there[:, :2], there[:, 2], self._faces, self._closed, ids, depth)
        return depth

    def _room_with_shadows(
        self, shot: Shot, points: Floats, shadow: NDArray[np.float32]
    ) -> tuple[Image, NDArray[np.float32]]:
        light = self.look.light()
        rgb, shaded = shot.rgb.copy(), shot.behind.copy()
        with np.errstate(invalid="ignore"):
            cast = points - self._lamp * (points[:, 1:2] / self._lamp[1])
        low, high = np.nanmin(cast, axis=0), np.nanmax(cast, axis=0)
        bounds = np.array([low[0], high[0], low[2], high[2]])
        raster_of = (shot.ground, bounds, shadow, self._to_light, light, shot.behind)
        shading.floor_shadow(*raster_of, shaded, rgb)
        return rgb, shaded


def _box(xy: Floats, samples: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Whole pixels round all points that are in front of the camera: left, top, right, bottom."""
    low = np.floor(np.nanmin(xy, axis=0) / samples)
    high = np.ceil(np.nanmax(xy, axis=0) / samples)
    left, top = np.clip(low, 0, (width, height)).astype(int)
    right, bottom = np.clip(high, 0, (width, height)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _light_matrix(lamp: Floats, texels: int, half_m: float) -> Floats:
    """(3, 4): stage point to shadow texel and nearness to the lamp, along parallel rays."""
    eye = lamp * _LAMP_M + (0.0, 0.7, 0.0)
    right = np.cross(-lamp, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    down = np.cross(-lamp, right)
    scale = texels / 2 / half_m
    rows = np.stack([right * scale, down * scale, lamp])
    return np.column_stack([rows, -rows @ eye + (texels / 2, texels / 2, 0.0)])
