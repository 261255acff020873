"""Shirt, shorts, shoes, hair: painted on the body by signed masks, and a little off its skin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix

from cleanform.synth.body import Body
from cleanform.synth.hair import bun
from cleanform.synth.shading import HAIR, PAINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dressed:
    """The body's surface as it is drawn."""

    vertices_m: Floats  # (V, 3) at rest
    faces: Ints  # (F, 3) skin, clothes, hair and eyes; the mesh's helpers are left out
    weights: Floats  # (V, K) of the bones that carry a vertex
    weight_bones: Ints  # (V, K)
    is_eye: Bools  # (F,)
    paint: Floats  # (V, 10): what is painted where positive (see shading), then rest xyz
    eye_colour: Floats  # (V, 3)
    loose_m: Floats  # (V,) how far cloth hangs off the body where its normal points down
    starts: Ints  # (V + 1,) and
    beside: Ints  # the faces that touch a vertex


def dress(body: Body, loose_shirt_m: float = 0.0) -> Dressed:
    """Puts clothes on. Skin is one mesh, so cloth is the skin moved outward and coloured."""
    faces = body.faces[body.groups <= 2]
    is_eye = body.groups[body.groups <= 2] > 0
    count = int(faces.max()) + 1
    rest = body.vertices_m[:count]
    gather = _gather(faces, count)
    masks = _masks(body, loose=loose_shirt_m > 0)[:count]
    masks[np.unique(faces[is_eye])] = -1.0
    shirt, shorts, shoe, hair, sock = masks.T[:5]
    smoothed: Floats = _smoothed(rest, faces, _ramp(shoe, 0.3), 90)
    smoothed[:, 1] += 0.35 * (rest - smoothed)[:, 1]  # shoes without toes, but not shorter
    if loose_shirt_m:
        smoothed = _smoothed(smoothed, faces, _ramp(shirt, 0.2), 40)
    out: Floats = np.maximum.reduce(
        [
            0.010 * _ramp(shirt + 0.02, 0.1),
            0.009 * _ramp(shorts + 0.02, 0.12),
            0.014 * _ramp(shoe + 0.02, 0.25),
            0.020 * _ramp(hair, 0.5),
            0.003 * _ramp(sock, 0.2),
        ]
    )
    fork = np.abs(rest[:, 2] - body.head("upperleg01.L")[2] + 0.05) < 0.12
    out = np.where((np.abs(rest[:, 0]) < 0.035) & fork, np.minimum(out, 0.012), out)
    feet = _share(body, ("foot", "toe"))[:count] > 0.5
    moved = (shoe > -0.02) | (shirt > 0) if loose_shirt_m else shoe > -0.02
    way = np.where(
        np.reshape(moved, (-1, 1)), _normals(smoothed, faces, gather), _normals(rest, faces, gather)
    )
    vertices = smoothed + way * out[:, None]
    vertices[:, 2] = np.where(feet, np.maximum(vertices[:, 2], 0.0), vertices[:, 2])
    arm = _share(body, ("upperarm", "lowerarm"))[:count]
    loose = loose_shirt_m * _ramp(shirt, 0.06) * (1 - 0.5 * arm)
    weights, bones = body.weights[:count], body.weight_bones[:count]
    dressed = Dressed(
        vertices,
        faces,
        weights,
        bones,
        is_eye,
        np.hstack([masks, rest]),
        _eyes(body)[:count],
        loose,
        *_touching(faces, count),
    )
    return _with_bun(dressed, body) if body.name == "female" else dressed


def _with_bun(dressed: Dressed, body: Body) -> Dressed:
    points, round_ = bun(body)
    count = len(points)
    faces = np.vstack([dressed.faces, round_ + len(dressed.vertices_m)])
    paint = np.full((count, PAINTS), -1.0)
    paint[:, HAIR], paint[:, -3:] = 1.0, points
    alone = np.zeros((count, dressed.weights.shape[1]))
    alone[:, 0] = 1.0
    vertices = np.vstack([dressed.vertices_m, points])
    return Dressed(
        vertices,
        faces,
        np.vstack([dressed.weights, alone]),
        np.vstack([dressed.weight_bones, np.full(alone.shape, body.index["head"])]),
        np.concatenate([dressed.is_eye, np.zeros(len(round_), bool)]),
        np.vstack([dressed.paint, paint]),
        np.vstack([dressed.eye_colour, np.zeros((count, 3))]),
        np.concatenate([dressed.loose_m, np.zeros(count)]),
        *_touching(faces, len(vertices)),
    )


def _touching(faces: Ints, count: int) -> tuple[Ints, Ints]:
    """Per vertex where its list of faces begins (count + 1,), and those lists end to end."""
    corners = faces.ravel()
    number = np.bincount(corners, minlength=count)
    return np.concatenate([[0], np.cumsum(number)]), np.argsort(corners, kind="stable") // 3


def _share(body: Body, bones: tuple[str, ...]) -> Floats:
    """(V,) how much of each vertex follows bones whose names begin so."""
    chosen = [i for bone, i in body.index.items() if bone.startswith(bones)]
    return np.asarray(np.sum(body.weights * np.isin(body.weight_bones, chosen), axis=1))


def _masks(body: Body, loose: bool) -> Floats:
    """(V, 7) shirt, shorts, shoe, hair, sock, brow, lips; zero at the hem.

    A loose shirt hangs over the shorts, a close-fitting one is tucked in.
    """
    x, y, z = body.vertices_m.T
    aside = np.abs(x)
    arm = _share(body, ("upperarm", "lowerarm", "wrist", "finger", "metacarpal"))
    head = _share(body, ("head",))
    shoulder, elbow = body.head("upperarm01.L"), body.head("lowerarm01.L")
    hip_z, knee_z = body.head("upperleg01.L")[2], body.head("lowerleg01.L")[2]
    ankle_z, neck, eye = body.head("foot.L")[2], body.head("neck01"), body.head("eye.L")
    mirrored = np.column_stack([aside, y, z])
    down_arm = (mirrored - shoulder) @ (elbow - shoulder) / np.sum((elbow - shoulder) ** 2)
    sleeve = (0.52 - np.where(arm > 0.02, down_arm, -1.0)) * 1.5
    collar = (neck[2] + 0.015 - z) * 8 + np.where(y > 0, 0.15, 0.0)
    collar += (aside - 0.05) * 1.2 * (z > neck[2] - 0.05)
    hem_z = hip_z - (0.02 if loose else -0.02)
    shirt = np.minimum.reduce([(z - hem_z) * 8, sleeve, collar, 0.85 - head * 3])
    if loose:
        shirt = np.minimum(shirt, 0.5 - 3 * _share(body, ("lowerarm", "wrist")))
    waist_z = hem_z if loose else hip_z + 0.16
    shorts = np.minimum.reduce([(waist_z - z) * 8, (z - knee_z - 0.11) * 8, 0.5 - arm])
    shoe = np.minimum((ankle_z + 0.005 - z) * 10, _share(body, ("foot", "toe")) - 0.3)
    leg = _share(body, ("upperleg", "lowerleg", "foot", "toe"))
    sock = np.minimum((ankle_z + 0.10 - z) * 10, leg - 0.5)
    brow_line = (z - eye[2] - 0.055) * 8 + np.clip((y - eye[1] - 0.035) * 9, 0, 1.2)
    hair = np.minimum.reduce(
        [
            brow_line,
            (z - eye[2] + 0.06) * 8 + 0.2,
            head - 0.5,
            (y - eye[1] - 0.012) * 8 + 0.5 * (z > eye[2] + 0.075),
        ]
    )
    ear = (aside > 0.07) & (z < eye[2] + 0.035) & (z > eye[2] - 0.07) & (y < eye[1] + 0.145)
    hair[ear] = -0.3
    arch = np.abs(z - (eye[2] + 0.021 - 0.25 * np.abs(aside - 0.035)))
    brow = 20 * np.minimum.reduce([0.005 - arch, 0.026 - np.abs(aside - 0.036), eye[1] + 0.03 - y])
    mouth_z = eye[2] - 0.062
    lips = 20 * np.minimum.reduce([0.007 - np.abs(z - mouth_z), 0.022 - aside, eye[1] + 0.005 - y])
    return np.stack([shirt, shorts, shoe, hair, sock, brow, lips], axis=1)


def _gather(faces: Ints, count: int) -> csr_matrix:
    """(count, F) sums a vertex's faces."""
    ones = np.ones(faces.size)
    return csr_matrix(
        (ones, (faces.ravel(), np.repeat(np.arange(len(faces)), 3))), shape=(count, len(faces))
    )


def _smoothed(vertices: Floats, faces: Ints, weight: Floats, rounds: int) -> Floats:
    """Each vertex moved toward its neighbours by its weight, again and again."""
    edges = np.vstack([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = len(vertices)
    one_way = coo_matrix((np.ones(len(edges)), edges.T), shape=(count, count))
    beside = csr_matrix(one_way + one_way.T)
    beside.data[:] = 1.0  # neighbours count once, however many faces share the edge
    number = np.maximum(np.asarray(beside.sum(axis=1)), 1)
    smooth = vertices.copy()
    for _ in range(rounds):
        smooth += 0.6 * weight[:, None] * ((beside @ smooth) / number - smooth)
    return np.asarray(smooth)


def _eyes(body: Body) -> Floats:
    """White, and dark round the pupil."""
    x, y, z = body.vertices_m.T
    colour = np.tile((0.9, 0.9, 0.88), (len(x), 1))
    eye = body.head("eye.L")
    near = np.hypot(np.abs(x) - eye[0], z - eye[2]) < 0.0075
    colour[near & (y < eye[1])] = (0.08, 0.05, 0.04)
    return colour


def _ramp(value: Floats, width: float) -> Floats:
    return np.asarray(np.clip(value / width, 0.0, 1.0))


def _normals(vertices: Floats, faces: Ints, gather: csr_matrix) -> Floats:
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    summed = gather @ np.cross(b - a, c - a)
    return np.asarray(summed / (np.linalg.norm(summed, axis=1, keepdims=True) + 1e-12))
