"""Puts the skinned body where the known lift's joints are, exactly.

The lift is made with this body's own bone lengths, so every joint can be met: legs and arms go
from joint to joint, the pelvis is pitched until the shoulders are where they should be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from cleanform.synth.body import Body
from cleanform.synth.skeleton import Skeleton

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: shares of lumbar flexion by spine bone
_LUMBAR = (("spine04", 0.36), ("spine03", 0.36), ("spine02", 0.28))
#: what a neutral spine is in degrees of lumbar flexion from the mesh at rest, whose lordosis is
#: far deeper than that of lifters on video (their upright backs' outlines turn by -5 to +7 deg)
_NEUTRAL_DEG = {"male": 12.0, "female": 28.0}
_NECK = (("neck01", 0.6), ("neck02", 0.4))
_EAR_ABOVE_M = 0.06  # of the joint on which the head turns
_GAZE_UP_DEG = 8.0  # above the line across neck and ear: eyes ahead, not on the floor
_SIDES = ((".L", 1.0), (".R", -1.0))
_PALM_M = 0.022  # middle of the bar from the hand's bones
_ALONG_HAND = 0.95  # of the way from wrist to knuckles
_FINGER_CURL_DEG = 75.0
_TOES_OUT_DEG = 10.0
_STANCE_M = 0.165


def skeleton_of(body: Body, grip_half_m: float = 0.27) -> Skeleton:
    """The skeleton that lets `cleanform.synth.motion.lift` move like this body."""
    hip, knee, ankle = (body.head(f"{n}.L") for n in ("upperleg01", "lowerleg01", "foot"))
    shoulder, elbow, wrist = (body.head(f"{n}.L") for n in ("upperarm01", "lowerarm01", "wrist"))
    ball = _ball(body, ".L")
    aside = (_STANCE_M - hip[0]) / 2  # each leg bone leans out by this
    neutral = _NEUTRAL_DEG[body.name]
    chord = [
        np.linalg.norm(_hip_to_shoulder(body, neutral + bend)) for bend in (0.0, 15.0, 30.0, 45.0)
    ]
    table = np.array([[x, x * x] for x in (15.0, 30.0, 45.0)])
    bend = np.linalg.lstsq(table, np.array(chord[1:]) / chord[0] - 1, rcond=None)[0]
    to_bar = np.hypot(_ALONG_HAND * np.linalg.norm(_knuckles(body, ".L")[0] - wrist), _PALM_M)
    return Skeleton(
        stature_m=body.stature_m,
        shank_m=float(np.sqrt(np.sum((knee - ankle) ** 2) - aside**2)),
        thigh_m=float(np.sqrt(np.sum((hip - knee) ** 2) - aside**2)),
        trunk_m=float(chord[0]),
        upper_arm_m=float(np.linalg.norm(elbow - shoulder)),
        forearm_m=float(np.linalg.norm(wrist - elbow)),
        hand_m=float(to_bar),
        ankle_height_m=float(ankle[2]),
        ankle_to_toe_m=float(ankle[1] - ball[1]),
        heel_behind_m=0.055,
        neck_m=float(np.linalg.norm(body.head("head") - shoulder)),
        shin_front_m=0.048,
        thigh_front_m=0.080,  # pressed flesh: see Actor.press
        shoulder_z_m=float(shoulder[0]),
        hip_z_m=float(hip[0]),
        knee_z_m=float(hip[0] + aside),
        ankle_z_m=_STANCE_M,
        ear_z_m=0.075,
        grip_half_m=grip_half_m,
        trunk_bend=(float(bend[0]), float(bend[1])),
    )


@dataclass(frozen=True, eq=False)
class Pose3D:
    """Every bone's rotation (B, 3, 3) and translation (B, 3); body axes."""

    turned: Floats
    moved: Floats


class Figure:
    """Poses one body; what does not change from frame to frame is worked out once."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self._rest = {side: _arm_rest(body, side) for side, _ in _SIDES}
        self._root = body.heads_m[0]
        self._hips = (body.head("upperleg01.L") + body.head("upperleg01.R")) / 2

    def pose(
        self,
        left: dict[str, Floats],
        right: dict[str, Floats],
        lumbar_deg: float,
        heel_deg: float,
    ) -> Pose3D:
        """One frame. `left` and `right` are joints (3,) in body axes, with the hand's bar."""
        body = self.body
        lumbar_deg = lumbar_deg + _NEUTRAL_DEG[body.name]
        hips = (left["hip"] + right["hip"]) / 2
        shoulders = (left["shoulder"] + right["shoulder"]) / 2
        rest = _hip_to_shoulder(body, lumbar_deg)
        wanted = (shoulders - hips)[1:]
        pitch = np.arctan2(rest[1], rest[0]) - np.arctan2(wanted[1], wanted[0])
        local: dict[str, Floats] = {"root": _turn_x(-np.degrees(pitch))}
        for bone, share in _LUMBAR:
            local[bone] = _turn_x(share * lumbar_deg)
        root_m = hips - (local["root"] @ (self._hips - self._root) + self._root)
        turned, moved = body.forward_kinematics(local, root_m)
        self._head(local, turned, moved, (left["ear"] + right["ear"]) / 2, shoulders)
        for (side, sign), joints in zip(_SIDES, (left, right), strict=True):
            self._leg(local, turned, joints, side, sign, heel_deg)
            self._arm(local, turned, joints, side, sign)
        return Pose3D(*body.forward_kinematics(local, root_m))

    def _head(
        self,
        local: dict[str, Floats],
        turned: Floats,
        moved: Floats,
        ears: Floats,
        shoulders: Floats,
    ) -> None:
        """The neck bends until the ears are in their place; the head keeps its eyes ahead."""
        body = self.body
        base = body.index["neck01"]
        neck = body.head("neck01")
        level_deg = _lean_deg(ears - shoulders) - _GAZE_UP_DEG
        joint = ears - _EAR_ABOVE_M * (_turn_x(level_deg) @ np.array([0.0, 0.0, 1.0]))
        now_deg = _lean_deg(turned[base] @ (body.head("head") - neck))
        bend = float(
            np.clip(_lean_deg(joint - turned[base] @ neck - moved[base]) - now_deg, -60, 60)
        )
        for bone, share in _NECK:
            local[bone] = _turn_x(share * bend)
        chest_deg = _lean_deg(turned[base] @ np.array([0.0, 0.0, 1.0]))
        local["head"] = _turn_x(level_deg - chest_deg - bend)

    def _leg(
        self,
        local: dict[str, Floats],
        turned: Floats,
        joints: dict[str, Floats],
        side: str,
        sign: float,
        heel_deg: float,
    ) -> None:
        body = self.body
        hip, knee, ankle = (body.head(f"{n}{side}") for n in ("upperleg01", "lowerleg01", "foot"))
        ahead = np.array([0.0, -1.0, 0.0])
        out = _turn_z(sign * _TOES_OUT_DEG)
        thigh = _frame(joints["knee"] - joints["hip"], out @ ahead) @ _frame(knee - hip, ahead).T
        shank = (
            _frame(joints["ankle"] - joints["knee"], out @ ahead) @ _frame(ankle - knee, ahead).T
        )
        foot = out @ _turn_x(heel_deg)
        pelvis = turned[body.index[f"pelvis{side}"]]
        local[f"upperleg01{side}"] = pelvis.T @ thigh
        local[f"lowerleg01{side}"] = thigh.T @ shank
        local[f"foot{side}"] = shank.T @ foot
        for toe in range(1, 6):
            local[f"toe{toe}-1{side}"] = foot.T @ out

    def _arm(
        self,
        local: dict[str, Floats],
        turned: Floats,
        joints: dict[str, Floats],
        side: str,
        sign: float,
    ) -> None:
        rest = self._rest[side]
        upper_way = joints["elbow"] - joints["shoulder"]
        fore_way = joints["wrist"] - joints["elbow"]
        hinge = np.cross(upper_way, fore_way)
        upper = _frame(upper_way, hinge) @ rest.upper.T
        fore = _frame(fore_way, hinge) @ rest.fore.T
        hand = _hand_frame(joints["hand"] - joints["wrist"], sign, rest.hand_m) @ rest.hand.T
        shoulder = turned[self.body.index[f"shoulder01{side}"]]
        # the skin twists along the bone, not at the joint alone
        upper_twist = _twist_deg(shoulder.T @ upper, rest.upper[:, 0])
        first = _turn(rest.upper[:, 0], -0.5 * upper_twist)
        upper = upper @ _between(first @ rest.upper_half + rest.upper_rest, rest.upper[:, 0])
        local[f"upperarm01{side}"] = shoulder.T @ upper @ first
        local[f"upperarm02{side}"] = first.T
        fore_twist = _twist_deg(fore.T @ hand, rest.fore[:, 0])
        first = _turn(rest.fore[:, 0], 0.15 * fore_twist)
        second = _turn(rest.fore[:, 0], 0.7 * fore_twist)
        bent = first @ rest.fore_half + second @ rest.fore_rest
        fore = fore @ _between(bent, rest.fore[:, 0])
        local[f"lowerarm01{side}"] = upper.T @ fore @ first
        local[f"lowerarm02{side}"] = first.T @ second
        local[f"wrist{side}"] = (fore @ second).T @ hand
        curl = _unit(np.cross(rest.hand[:, 0], rest.hand[:, 2]))
        for finger in range(2, 6):
            for bone, share in ((1, 1.0), (2, 0.9), (3, 0.5)):
                local[f"finger{finger}-{bone}{side}"] = _turn(curl, share * _FINGER_CURL_DEG)
        for bone in (2, 3):
            local[f"finger1-{bone}{side}"] = _turn(curl, 30.0)


@dataclass(frozen=True, eq=False)
class _ArmRest:
    """Frames of the arm's bones at rest: columns along the bone, its normal, across."""

    upper: Floats
    fore: Floats
    hand: Floats  # along, across to the little finger, out of the palm
    hand_m: float  # wrist to where the bar crosses the hand
    upper_half: Floats  # shoulder to the bone that carries the upper arm's twist
    upper_rest: Floats  # and on to the elbow
    fore_half: Floats
    fore_rest: Floats


def _arm_rest(body: Body, side: str) -> _ArmRest:
    shoulder, elbow, wrist = (
        body.head(f"{n}{side}") for n in ("upperarm01", "lowerarm01", "wrist")
    )
    middle, fore_middle = body.head(f"upperarm02{side}"), body.head(f"lowerarm02{side}")
    knuckles, across = _knuckles(body, side)
    sign = 1.0 if side == ".L" else -1.0
    along = _unit(knuckles - wrist)
    across = _unit(across - along * (along @ across))
    hinge = np.cross(elbow - shoulder, wrist - elbow)
    return _ArmRest(
        _frame(elbow - shoulder, hinge),
        _frame(wrist - elbow, hinge),
        np.stack([along, across, -sign * np.cross(along, across)], axis=1),
        float(_ALONG_HAND * np.linalg.norm(knuckles - wrist)),
        middle - shoulder,
        elbow - middle,
        fore_middle - elbow,
        wrist - fore_middle,
    )


def _hand_frame(to_bar: Floats, sign: float, hand_m: float) -> Floats:
    """Hand axes such that the bar lies `to_bar` from the wrist, across the palm."""
    across = np.array([sign, 0.0, 0.0])
    way = _unit(to_bar)
    across = _unit(across - way * (way @ across))
    palm = -sign * np.cross(way, across)
    tilt = np.arctan2(_PALM_M, hand_m)  # the bar lies below the bones, not in line with them
    along = np.cos(tilt) * way - np.sin(tilt) * palm
    out = np.sin(tilt) * way + np.cos(tilt) * palm
    return np.stack([along, across, out], axis=1)


def _hip_to_shoulder(body: Body, lumbar_deg: float) -> Floats:
    """(2,) y and z from the hips' middle to the shoulders', pelvis as at rest."""
    local = {bone: _turn_x(share * lumbar_deg) for bone, share in _LUMBAR}
    heads = body.bone_heads_m(*body.forward_kinematics(local, np.zeros(3)))
    index = body.index
    shoulders = heads[index["upperarm01.L"]] + heads[index["upperarm01.R"]]
    hips = heads[index["upperleg01.L"]] + heads[index["upperleg01.R"]]
    return np.asarray((shoulders - hips)[1:] / 2)


def _knuckles(body: Body, side: str) -> tuple[Floats, Floats]:
    """Middle of the knuckles, and the way from the little finger's to the index finger's."""
    index, little = body.head(f"finger2-1{side}"), body.head(f"finger5-1{side}")
    return (index + little) / 2, little - index


def _ball(body: Body, side: str) -> Floats:
    return np.asarray((body.head(f"toe2-1{side}") + body.head(f"toe3-1{side}")) / 2)


def _unit(v: Floats) -> Floats:
    return np.asarray(v / np.linalg.norm(v))


def _frame(along: Floats, normal: Floats) -> Floats:
    """Orthonormal columns: `along`, the part of `normal` across it, and their product."""
    along = _unit(along)
    normal = _unit(normal - along * (along @ normal))
    return np.stack([along, normal, np.cross(along, normal)], axis=1)


def _between(old: Floats, new: Floats) -> Floats:
    """The smallest rotation that takes direction `new` to where `old` pointed."""
    axis = np.cross(_unit(old), _unit(new))
    return np.asarray(Rotation.from_rotvec(axis).as_matrix())  # small: sine and angle agree


def _turn(axis: Floats, degrees: float) -> Floats:
    """Rotation about a unit axis, by Rodrigues' formula."""
    x, y, z = axis
    across = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    angle = np.radians(degrees)
    return np.asarray(np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across)


def _lean_deg(way: Floats) -> float:
    """How far a direction leans forward of straight up."""
    return float(np.degrees(np.arctan2(-way[1], way[2])))


def _turn_x(degrees: float) -> Floats:
    return _turn(np.array([1.0, 0.0, 0.0]), degrees)


def _turn_z(degrees: float) -> Floats:
    return _turn(np.array([0.0, 0.0, 1.0]), degrees)


def _twist_deg(rotation: Floats, axis: Floats) -> float:
    """The part of a rotation that goes round `axis`."""
    quaternion = Rotation.from_matrix(rotation).as_quat()
    half = np.arctan2(quaternion[:3] @ axis, quaternion[3])
    return float((np.degrees(2 * half) + 180.0) % 360.0 - 180.0)
