"""A lifter's limbs in the sagittal plane and beside it: from angles to joints.

World: x toward the lifter's front, y up from the floor, z from the midline outward (the same
for both sides). Segment lengths are Drillis and Contini's fractions of stature as given by
Winter, Biomechanics and Motor Control of Human Movement, 4th ed., 2009, figure 4.1
(DOI 10.1002/9780470549148).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

BAR_RADIUS_M = 0.014
PLATE_RADIUS_M = 0.225
PLATE_LATERAL_M = 0.70  # middle of the plates on a 2.2 m bar, from the lifter's midline
STRAIGHT_ELBOW_DEG = 176.0
_COLUMN_SHARE = 0.779  # of stature: ankle to shoulder, standing


@dataclass(frozen=True)
class Proportions:
    """How a lifter's segments compare with the average lifter's of the same stature.

    1 is average. Shank, thigh and trunk share one height between them, so only their ratios
    count. Women differ from men by a narrower shoulder, wider hips and shorter arms and thighs
    (de Leva 1996, DOI 10.1016/0021-9290(95)00178-6, table 4); people of one sex by a few percent.
    """

    shank: float = 1.0
    thigh: float = 1.0
    trunk: float = 1.0
    arms: float = 1.0
    shoulders: float = 1.0  # breadth
    hips: float = 1.0  # breadth

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not 0.8 <= value <= 1.25:
                raise InputError(f"the proportion of {name} is {value}; choose 0.8 to 1.25")


AVERAGE = Proportions()


@dataclass(frozen=True)
class Skeleton:
    """Lengths in metres; `..._z_m` is a joint's distance from the sagittal plane."""

    stature_m: float
    shank_m: float
    thigh_m: float
    trunk_m: float  # hip to shoulder, neutral back
    upper_arm_m: float
    forearm_m: float
    hand_m: float  # wrist to the middle of the gripped bar
    ankle_height_m: float
    ankle_to_toe_m: float  # to the point about which the foot turns
    heel_behind_m: float  # of the ankle
    neck_m: float  # shoulder to ear
    shin_front_m: float  # radius of the limb about its bone
    thigh_front_m: float
    shoulder_z_m: float
    hip_z_m: float
    knee_z_m: float
    ankle_z_m: float
    ear_z_m: float
    grip_half_m: float
    #: how the trunk's chord shrinks with lumbar flexion: per degree, and per degree squared
    trunk_bend: tuple[float, float]

    @classmethod
    def of_stature(
        cls,
        stature_m: float,
        grip_half_share: float = 0.15,
        proportions: Proportions = AVERAGE,
    ) -> Skeleton:
        """A lifter of this height; average where no `proportions` are given."""
        shares = {
            "shank_m": 0.246,
            "thigh_m": 0.245,
            "trunk_m": 0.288,
            "upper_arm_m": 0.186,
            "forearm_m": 0.146,
            "hand_m": 0.045,
            "ankle_height_m": 0.039,
            "ankle_to_toe_m": 0.118,
            "heel_behind_m": 0.032,
            "neck_m": 0.112,
            "shin_front_m": 0.030,
            "thigh_front_m": 0.037,
            "shoulder_z_m": 0.105,
            "hip_z_m": 0.052,
            "knee_z_m": 0.068,
            "ankle_z_m": 0.078,
            "ear_z_m": 0.043,
            "grip_half_m": grip_half_share,
        }
        column = ("shank_m", "thigh_m", "trunk_m")
        for name, part in (
            *zip(column, (proportions.shank, proportions.thigh, proportions.trunk), strict=True),
            *((name, proportions.arms) for name in ("upper_arm_m", "forearm_m", "hand_m")),
            *((name, proportions.shoulders) for name in ("shoulder_z_m", "grip_half_m")),
            ("hip_z_m", proportions.hips),
        ):
            shares[name] *= part
        height = sum(shares[name] for name in column) / _COLUMN_SHARE
        for name in column:
            shares[name] /= height
        lengths = {name: share * stature_m for name, share in shares.items()}
        return cls(stature_m=stature_m, trunk_bend=(-1.0e-3, -2.2e-5), **lengths)

    def placed(self, grip_wide_m: float, stance_wide_m: float) -> Skeleton:
        """The same lifter with each hand and each foot so much further out."""
        if not grip_wide_m and not stance_wide_m:
            return self
        return replace(
            self,
            grip_half_m=self.grip_half_m + grip_wide_m,
            ankle_z_m=self.ankle_z_m + stance_wide_m,
            knee_z_m=self.knee_z_m + 0.6 * stance_wide_m,
        )

    def trunk_chord_m(self, lumbar_deg: Floats) -> Floats:
        """Hip to shoulder: a flexed back is shorter."""
        first, second = self.trunk_bend
        return np.asarray(self.trunk_m * (1 + first * lumbar_deg + second * lumbar_deg**2))

    def reach_m(self, elbow_deg: Floats) -> Floats:
        """Shoulder to bar in the sagittal plane, hanging, at an included elbow angle."""
        a, b = self.upper_arm_m, self.forearm_m
        to_wrist = np.sqrt(a * a + b * b - 2 * a * b * np.cos(np.radians(elbow_deg)))
        aside = self.grip_half_m - self.shoulder_z_m
        return np.asarray(np.sqrt((to_wrist + self.hand_m) ** 2 - aside**2))

    def body(
        self,
        toe_x_m: Floats,
        lift_m: Floats,
        heel_deg: Floats,
        shank_deg: Floats,
        knee_deg: Floats,
        trunk_deg: Floats,
        lumbar_deg: Floats,
    ) -> dict[str, Floats]:
        """(T, 2) of every joint but the arm's.

        `heel_deg` turns the rigid foot about its toe, `shank_deg` is the shank's lean forward
        of the vertical, `knee_deg` the included angle, `trunk_deg` above the horizontal.
        """
        toe = _xy(toe_x_m, lift_m)
        foot = {
            "ankle": (-self.ankle_to_toe_m, self.ankle_height_m),
            "heel": (-self.ankle_to_toe_m - self.heel_behind_m, 0.008 * self.stature_m),
        }
        c, s = np.cos(np.radians(heel_deg)), np.sin(np.radians(heel_deg))
        joints = {k: toe + _xy(c * x + s * y, -s * x + c * y) for k, (x, y) in foot.items()}
        joints["foot_index"] = toe
        lean = np.radians(shank_deg)
        joints["knee"] = joints["ankle"] + self.shank_m * _xy(np.sin(lean), np.cos(lean))
        thigh = np.radians(knee_deg - 90 + shank_deg)
        joints["hip"] = joints["knee"] + self.thigh_m * _xy(-np.cos(thigh), np.sin(thigh))
        trunk = np.radians(trunk_deg)
        joints["shoulder"] = joints["hip"] + self.trunk_chord_m(lumbar_deg)[..., None] * _xy(
            np.cos(trunk), np.sin(trunk)
        )
        head = np.radians(44 + 0.5 * trunk_deg)  # the face stays up while the trunk leans
        joints["ear"] = joints["shoulder"] + self.neck_m * _xy(np.cos(head), np.sin(head))
        return joints

    def hanging_bar_y_m(self, shoulder: Floats, bar_x_m: Floats, elbow_deg: Floats) -> Floats:
        """Height of a bar that hangs from the shoulders with its centre at `bar_x_m`.

        NaN where the arms are too short for that.
        """
        across = bar_x_m - shoulder[..., 0]
        with np.errstate(invalid="ignore"):
            drop = np.sqrt(self.reach_m(elbow_deg) ** 2 - across**2)
        return np.asarray(shoulder[..., 1] - drop)

    def front_x_m(self, joints: dict[str, Floats], y_m: Floats) -> Floats:
        """Front of shin or thigh at height `y_m`: each limb is a capsule around its bone.

        -inf where neither limb reaches that height. A bar's centre lies its own radius further.
        """
        front = np.full(np.shape(y_m), -np.inf)
        for low, high, radius in (
            ("ankle", "knee", self.shin_front_m),
            ("knee", "hip", self.thigh_front_m),
        ):
            a, b = joints[low], joints[high]
            x, y = (b - a)[..., 0], np.maximum((b - a)[..., 1], 1e-6)
            length = np.hypot(x, y)
            # the flat side: the point of the bone whose normal meets the skin at this height
            share = (y_m - a[..., 1] + radius * x / length) / y
            side = a[..., 0] + share * x + radius * y / length
            front = np.where((share >= 0) & (share <= 1), np.maximum(front, side), front)
            for end in (a, b):
                inside = radius**2 - (y_m - end[..., 1]) ** 2
                cap = end[..., 0] + np.sqrt(np.maximum(inside, 0.0))
                front = np.where(inside > 0, np.maximum(front, cap), front)
        return np.asarray(front)


def _xy(x: Floats, y: Floats) -> Floats:
    out = np.empty((*x.shape, 2))
    out[..., 0], out[..., 1] = x, y
    return out


def two_bone(start: Floats, end: Floats, first_m: float, second_m: float, pole: Floats) -> Floats:
    """(T, 3) of the joint between two bones from `start` to `end`, bent toward `pole`.

    Where the end is out of reach the result is NaN, so that no reader mistakes it for a joint.
    """
    to_end = end - start
    distance = np.linalg.norm(to_end, axis=-1, keepdims=True)
    along = to_end / distance
    share = (first_m**2 + distance**2 - second_m**2) / (2 * first_m * distance)
    aside = pole - along * np.sum(pole * along, axis=-1, keepdims=True)
    aside /= np.linalg.norm(aside, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        bent = np.sqrt(1 - share**2)
    return np.asarray(start + first_m * (along * share + aside * bent))
