"""A dressed person who can be put where a known lift's joints are: points to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth import shading, skinning
from cleanform.synth.body import Body
from cleanform.synth.clothes import dress
from cleanform.synth.figure import Figure, skeleton_of
from cleanform.synth.skeleton import BAR_RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.skeleton import Skeleton
    from cleanform.synth.timeline import Timeline

    Floats = NDArray[np.float64]


class Actor:
    """One body in its clothes; `surface` gives its skin and normals at an instant."""

    def __init__(self, body: str, loose_shirt_m: float = 0.0) -> None:
        self.body = Body(body)
        self.figure = Figure(self.body)
        self.clothes = dress(self.body, loose_shirt_m)
        soft = ("upperleg", "pelvis", "spine05", "spine04")
        chosen = [i for bone, i in self.body.index.items() if bone.startswith(soft)]
        self._soft = np.flatnonzero(np.isin(self.clothes.weight_bones[:, 0], chosen))
        self._loose = self.clothes.loose_m if loose_shirt_m else None

    def skeleton(self, grip_half_m: float) -> Skeleton:
        return skeleton_of(self.body, grip_half_m)

    @property
    def kinds(self) -> NDArray[np.int64]:
        """(F,) what each face is made of, as `cleanform.synth.shading` names it."""
        return np.where(self.clothes.is_eye, shading.EYE, shading.SKIN)

    @property
    def face_colours(self) -> Floats:
        """(F, 3), used for the eyes only."""
        return np.asarray(self.clothes.eye_colour[self.clothes.faces].mean(axis=1))

    def press(self, points: Floats, bar_m: Floats, facing: int) -> None:
        """Thighs and shorts give way to a bar that is pressed against them, in place.

        `points` (V, 3) are this actor's, stage axes; `bar_m` (2,) x and y of the shaft.
        """
        leg = points[self._soft]
        apart = np.abs(leg[:, 1] - bar_m[1])
        front = facing * bar_m[0] - BAR_RADIUS_M - 0.002 + 2.0 * apart**2
        deep = facing * leg[:, 0] - front
        hit = (apart < 0.12) & (deep > 0) & (deep < 0.08)
        leg[:, 0] -= facing * np.where(hit, deep, 0.0)
        points[self._soft] = leg

    def surface(self, timeline: Timeline, time_s: float, facing: int) -> tuple[Floats, Floats]:
        """Posed skin (V, 3) and its normals, stage axes.

        A lifter who faces +1 looks to the picture's right, one who faces -1 to its left and
        shows the left side.
        """
        now = np.array([time_s])
        near, far, _ = timeline.joints(now)
        row = timeline.state(now).rows[0]
        to_body = np.array([[0, 0, -facing], [-1, 0, 0], [0, 1, 0]], float)
        sides = [{name: to_body @ joint[0] for name, joint in side.items()} for side in (near, far)]
        right, left = sides if facing > 0 else sides[::-1]
        pose = self.figure.pose(left, right, row[5], row[3])
        clothes = self.clothes
        skin = skinning.skin(
            clothes.vertices_m,
            clothes.weights,
            clothes.weight_bones,
            pose.turned,
            pose.moved,
            self.body.parents,
        )
        normals = np.empty_like(skin)
        around = (clothes.faces, clothes.starts, clothes.beside, normals)
        skinning.normals(skin, *around)
        if self._loose is not None:
            # cloth lies on what faces up and hangs away from what faces down
            hangs = np.clip(0.45 - 0.55 * normals[:, 2], 0.03, 1.0)
            skin += normals * (self._loose * hangs)[:, None]
            skinning.normals(skin, *around)
        to_stage = np.array([[0, -facing, 0], [0, 0, 1], [-facing, 0, 0]], float)
        return skin @ to_stage.T, normals @ to_stage.T
