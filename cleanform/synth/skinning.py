"""The posed skin, compiled: vertices follow their bones, normals follow the vertices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.transform import Rotation

from cleanform.synth.compiled import numba

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Array = NDArray[Any]

_DUAL_QUATERNION_SHARE = 0.7  # the rest is linear blending; alone, that caves in at deep bends


def skin(
    vertices_m: Floats,
    weights: Floats,
    weight_bones: Ints,
    turned: Floats,
    moved: Floats,
    parents: Ints,
) -> Floats:
    """(V, 3) of rest vertices, posed: dual quaternions blended with linear blending.

    `turned` (B, 3, 3) and `moved` (B, 3) carry every bone's rest space; `weights` (V, K) of the
    bones `weight_bones` (V, K), a vertex's first bone being its pivot.

    Kavan et al. 2008, ACM Transactions on Graphics 27(4) (DOI 10.1145/1409625.1409627).
    """
    real = Rotation.from_matrix(turned).as_quat()[:, [3, 0, 1, 2]]
    for i, parent in enumerate(parents):  # q and -q are one rotation; blend the near one
        if parent >= 0 and real[i] @ real[parent] < 0:
            real[i] = -real[i]
    w, v = real[:, :1], real[:, 1:]
    dual = 0.5 * np.hstack(
        [-np.sum(moved * v, axis=1, keepdims=True), w * moved + np.cross(moved, v)]
    )
    both = np.hstack([real, dual])
    matrices = np.concatenate([turned, moved[:, :, None]], axis=2)
    out = np.empty_like(vertices_m)
    _blend(vertices_m, weights, weight_bones, both, matrices, out)
    return out


@numba.njit(cache=True, parallel=True)
def _blend(
    vertices: Array, weights: Array, bones: Array, dual: Array, matrices: Array, out: Array
) -> None:
    for i in numba.prange(len(vertices)):
        q = np.zeros(8)
        linear = np.zeros(3)
        x, y, z = vertices[i, 0], vertices[i, 1], vertices[i, 2]
        pivot = bones[i, 0]
        for k in range(weights.shape[1]):
            weight, bone = weights[i, k], bones[i, k]
            if weight == 0.0:
                continue
            for row in range(3):
                m = matrices[bone, row]
                linear[row] += weight * (m[0] * x + m[1] * y + m[2] * z + m[3])
            alike = 0.0
            for c in range(4):
                alike += dual[bone, c] * dual[pivot, c]
            signed = weight if alike >= 0 else -weight
            for c in range(8):
                q[c] += signed * dual[bone, c]
        size = math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])
        w, a, b, c = q[0] / size, q[1] / size, q[2] / size, q[3] / size
        dw, da, db, dc = q[4] / size, q[5] / size, q[6] / size, q[7] / size
        tx, ty, tz = b * z - c * y + w * x, c * x - a * z + w * y, a * y - b * x + w * z
        gx = x + 2 * (b * tz - c * ty + w * da - dw * a + b * dc - c * db)
        gy = y + 2 * (c * tx - a * tz + w * db - dw * b + c * da - a * dc)
        gz = z + 2 * (a * ty - b * tx + w * dc - dw * c + a * db - b * da)
        share = _DUAL_QUATERNION_SHARE
        out[i, 0] = share * gx + (1 - share) * linear[0]
        out[i, 1] = share * gy + (1 - share) * linear[1]
        out[i, 2] = share * gz + (1 - share) * linear[2]


@numba.njit(cache=True, parallel=True)
def normals(vertices: Array, faces: Array, starts: Array, beside: Array, out: Array) -> None:
    """Unit normals (V, 3) into `out`; a vertex touches the faces beside[starts[v]:starts[v+1]]."""
    flat = np.empty((len(faces), 3))
    for t in numba.prange(len(faces)):
        a, b, c = faces[t, 0], faces[t, 1], faces[t, 2]
        ux, uy, uz = (
            vertices[b, 0] - vertices[a, 0],
            vertices[b, 1] - vertices[a, 1],
            vertices[b, 2] - vertices[a, 2],
        )
        vx, vy, vz = (
            vertices[c, 0] - vertices[a, 0],
            vertices[c, 1] - vertices[a, 1],
            vertices[c, 2] - vertices[a, 2],
        )
        flat[t, 0], flat[t, 1], flat[t, 2] = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    for v in numba.prange(len(vertices)):
        x = y = z = 0.0
        for k in range(starts[v], starts[v + 1]):
            t = beside[k]
            x, y, z = x + flat[t, 0], y + flat[t, 1], z + flat[t, 2]
        size = math.sqrt(x * x + y * y + z * z) + 1e-12
        out[v, 0], out[v, 1], out[v, 2] = x / size, y / size, z / size
