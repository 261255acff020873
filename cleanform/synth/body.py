"""A human body at rest and the rotations of its bones.

Body axes: z up, the face toward -y, the body's left toward +x; metres. The mesh, its weights and
its bones are MakeHuman's (CC0, see bodies.md beside this file).
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

BODIES = ("male", "female")
_SKIN_VERTICES = 13380  # the body's own, before the helpers' (hair, clothes)


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
