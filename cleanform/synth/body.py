"""A skinned human body: bones, their rotations, the skin that follows them.

Body axes: z up, the face toward -y, the body's left toward +x; metres. The mesh, its weights and
its bones are MakeHuman's (CC0, see bodies.md beside this file).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from cleanform.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

BODIES = ("male", "female")
_SKIN_VERTICES = 13380  # the body's own, before the helpers' (hair, clothes)
_DUAL_QUATERNION_SHARE = 0.7  # the rest is linear blending; alone, that caves in at deep bends


class Body:
    """One baked body at rest, and how to pose it."""

    def __init__(self, name: str = "male") -> None:
        if name not in BODIES:
            raise InputError(f"no body is called {name!r}; choose one of: {', '.join(BODIES)}")
        with resources.files("cleanform.synth").joinpath(f"{name}.npz").open("rb") as file:
            data = np.load(file)
            self.name = name
            self.vertices_m: Floats = data["v"].astype(np.float64)
            self.faces: Ints = data["f"].astype(np.int64)
            self.groups: Ints = data["g"].astype(np.int64)  # 0 skin, 1 and 2 eyes
            weights = data["w"].astype(np.float64)
            self.weights: Floats = weights / weights.sum(axis=1, keepdims=True)
            self.weight_bones: Ints = data["b"].astype(np.int64)
            self.heads_m: Floats = data["heads"].astype(np.float64)
            self.parents: Ints = data["parents"].astype(np.int64)
            self.bones = [str(bone) for bone in data["names"]]
        self.index = {bone: i for i, bone in enumerate(self.bones)}
        skin = self.vertices_m[:_SKIN_VERTICES, 2]
        self.floor_z_m = float(skin.min())
        self.stature_m = float(np.ptp(skin))
        # the soles stand on z = 0
        self.vertices_m[:, 2] -= self.floor_z_m
        self.heads_m[:, 2] -= self.floor_z_m

    def head(self, bone: str) -> Floats:
        """(3,) where a bone begins, at rest."""
        return np.asarray(self.heads_m[self.index[bone]])

    def forward_kinematics(
        self, rotations: Mapping[str, Floats], root_m: Floats
    ) -> tuple[Floats, Floats]:
        """Rotation (B, 3, 3) and translation (B, 3) of every bone's rest space.

        `rotations` are against the parent, in axes aligned with the world at rest; `root_m`
        moves the root.
        """
        count = len(self.bones)
        turned = np.empty((count, 3, 3))
        moved = np.empty((count, 3))
        for i, bone in enumerate(self.bones):
            own = rotations.get(bone)
            parent = self.parents[i]
            if parent < 0:
                turned[i] = np.eye(3) if own is None else own
                place = self.heads_m[i] + root_m
            else:
                turned[i] = turned[parent] if own is None else turned[parent] @ own
                place = turned[parent] @ self.heads_m[i] + moved[parent]
            moved[i] = place - turned[i] @ self.heads_m[i]
        return turned, moved

    def bone_heads_m(self, turned: Floats, moved: Floats) -> Floats:
        """(B, 3) where the bones begin, posed."""
        return np.asarray(np.einsum("bij,bj->bi", turned, self.heads_m) + moved)

    def skin(self, vertices_m: Floats, turned: Floats, moved: Floats) -> Floats:
        """(V, 3) of rest vertices, posed: dual quaternions blended with linear blending.

        Kavan et al. 2008, ACM Transactions on Graphics 27(4) (DOI 10.1145/1409625.1409627).
        """
        share = _DUAL_QUATERNION_SHARE
        dual = self._dual_quaternion_skin(vertices_m, turned, moved)
        return share * dual + (1 - share) * self._linear_skin(vertices_m, turned, moved)

    def _linear_skin(self, vertices_m: Floats, turned: Floats, moved: Floats) -> Floats:
        matrices = np.concatenate([turned, moved[:, :, None]], axis=2).reshape(-1, 12)
        blended = np.einsum("vk,vkm->vm", self.weights, matrices[self.weight_bones])
        blended = blended.reshape(-1, 3, 4)
        return np.asarray(np.einsum("vij,vj->vi", blended[:, :, :3], vertices_m) + blended[:, :, 3])

    def _dual_quaternion_skin(self, vertices_m: Floats, turned: Floats, moved: Floats) -> Floats:
        real = Rotation.from_matrix(turned).as_quat()[:, [3, 0, 1, 2]]
        for i, parent in enumerate(self.parents):  # q and -q are one rotation; blend the near one
            if parent >= 0 and real[i] @ real[parent] < 0:
                real[i] = -real[i]
        dual = 0.5 * _multiply(np.column_stack([np.zeros(len(moved)), moved]), real)
        both = np.concatenate([real, dual], axis=1)
        pivot = real[self.weight_bones[:, 0]]
        blended = np.zeros((len(vertices_m), 8))
        for k in range(self.weights.shape[1]):
            bone = self.weight_bones[:, k]
            sign = np.where(np.sum(pivot * real[bone], axis=1) < 0, -1.0, 1.0)
            blended += (self.weights[:, k] * sign)[:, None] * both[bone]
        blended /= np.linalg.norm(blended[:, :4], axis=1, keepdims=True)
        w, v = blended[:, :1], blended[:, 1:4]
        dual_w, dual_v = blended[:, 4:5], blended[:, 5:]
        rotated = vertices_m + 2 * np.cross(v, np.cross(v, vertices_m) + w * vertices_m)
        return np.asarray(rotated + 2 * (w * dual_v - dual_w * v + np.cross(v, dual_v)))


def _multiply(a: Floats, b: Floats) -> Floats:
    """Quaternion product, w first, row by row."""
    aw, ax, ay, az = a.T
    bw, bx, by, bz = b.T
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=1,
    )
