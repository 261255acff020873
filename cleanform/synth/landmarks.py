"""The 33 BlazePose landmarks of a known lifter, placed about its joints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import LANDMARKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.motion import Truth

    Floats = NDArray[np.float64]

#: face: forward of, above, and to the side of the ear, in shares of stature
_FACE = {
    "nose": (0.062, -0.005, 0.0),
    "eye_inner": (0.052, 0.018, 0.010),
    "eye": (0.050, 0.018, 0.018),
    "eye_outer": (0.046, 0.018, 0.026),
    "ear": (0.0, 0.0, 0.043),
    "mouth": (0.050, -0.027, 0.014),
}
#: fingers: along the bar from the hand's middle, outward
_FINGERS_M = {"pinky": 0.035, "index": -0.035, "thumb": -0.055}
#: The model marks the knuckles, and a closed hand holds the bar beyond them: 0.045 of stature from
#: the wrist and 0.06 (hand length 0.108 H; Winter 2009).
_KNUCKLES = 0.75


def landmarks_m(truth: Truth) -> Floats:
    """(T, 33, 3) metres, world of `truth`: z positive on the camera's side.

    A lifter who faces the picture's right shows the camera the right side.
    """
    near_name = "right" if truth.spec.facing > 0 else "left"
    points = np.empty((len(truth.times_s), len(LANDMARKS), 3))
    for index, landmark in enumerate(LANDMARKS):
        side, part = _parts(landmark)
        joints = truth.joints_m if side in (near_name, "") else truth.far_joints_m
        outward = 1.0 if side in (near_name, "") else -1.0
        if part in _FACE:
            points[:, index] = _face(truth, part, outward)
        elif part in _FINGERS_M:
            knuckles = joints["wrist"] + _KNUCKLES * (joints["hand"] - joints["wrist"])
            points[:, index] = knuckles
            points[:, index, 2] += outward * _FINGERS_M[part]
        else:
            points[:, index] = joints[part]
    return points


def _parts(landmark: str) -> tuple[str, str]:
    for side in ("left", "right"):
        if landmark.startswith(f"{side}_"):
            return side, landmark[len(side) + 1 :]
        if landmark.endswith(f"_{side}"):
            return side, landmark[: -len(side) - 1]
    return "", landmark


def _face(truth: Truth, part: str, outward: float) -> Floats:
    """Turned with the neck: the face looks ahead when the lifter stands."""
    ear, shoulder = truth.joints_m["ear"], truth.joints_m["shoulder"]
    up = (ear - shoulder)[:, :2]
    up = up / np.linalg.norm(up, axis=1, keepdims=True)
    forward = np.column_stack([up[:, 1], -up[:, 0]])
    ahead, above, aside = (truth.spec.stature_m * share for share in _FACE[part])
    point = np.empty_like(ear)
    point[:, :2] = ear[:, :2] + ahead * forward + above * up
    point[:, 2] = outward * aside
    return point
