"""Where the body is at each moment of a lift, and what each fault does to it: data, no motion.

A posture is a row of `COORDINATES`. A new fault is a line in `DEFORMATIONS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.skeleton import STRAIGHT_ELBOW_DEG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.spec import LiftSpec

    Floats = NDArray[np.float64]

#: shank lean forward of vertical, included knee, trunk above horizontal, heel off the floor,
#: included elbow of the hanging arm, lumbar flexion against neutral; all degrees
COORDINATES = ("shank", "knee", "trunk", "heel", "elbow", "lumbar")

_HANG = STRAIGHT_ELBOW_DEG

#: The good lift. The set-up's knee is solved so that the bar is on the floor; knee pass and
#: power position follow biomechanics.md 1.2 (first knee peak 145-155, re-bend to about 135).
POSTURES: dict[str, tuple[float, float, float, float, float, float]] = {
    "setup": (18.0, 88.0, 34.0, 0.0, _HANG, 0.0),
    "low": (5.0, 117.0, 35.0, 0.0, _HANG, 0.0),
    "knee_pass": (0.0, 147.0, 42.0, 0.0, _HANG, 0.0),
    "power": (14.0, 135.0, 67.0, 0.0, _HANG, 0.0),
    "peak": (5.0, 164.0, 85.0, 16.0, _HANG, 0.0),
    "extension": (1.0, 172.0, 93.0, 24.0, 150.0, 0.0),
    "stood": (3.0, 175.0, 90.0, 0.0, _HANG, 0.0),
}

#: Standing straight: the thigh's and the trunk's lines, from shank, knee and trunk.
STRAIGHT_HIP_DEG = POSTURES["stood"][0] + POSTURES["stood"][1] - 90.0 + POSTURES["stood"][2]

#: knee -> shank lean and trunk in the receiving position (biomechanics.md 1.5, geometry)
_CATCH_KNEE_DEG = (36.0, 45.0, 56.0, 78.0, 90.0, 102.0, 117.0, 132.0, 148.0, 172.0)
_CATCH_SHANK_DEG = (37.0, 34.0, 34.0, 32.0, 30.0, 28.0, 23.0, 17.0, 10.0, 1.0)
_CATCH_TRUNK_DEG = (68.0, 68.0, 70.0, 73.0, 75.0, 77.0, 79.0, 82.0, 84.0, 85.0)

#: dose of `LiftSpec` -> posture, coordinate, change per unit of dose
DEFORMATIONS: tuple[tuple[str, str, str, float], ...] = (
    ("start_upright_deg", "setup", "trunk", 1.0),
    ("start_upright_deg", "low", "trunk", 0.4),
    ("lumbar_flexion_deg", "setup", "lumbar", 1.0),
    ("lumbar_flexion_deg", "low", "lumbar", 1.0),
    ("lumbar_flexion_deg", "knee_pass", "lumbar", 1.0),
    ("hip_short_deg", "power", "trunk", -0.35),
    ("hip_short_deg", "peak", "trunk", -0.75),
    ("hip_short_deg", "extension", "trunk", -1.0),
    ("stand_short_deg", "stood", "knee", -1.0),
    ("stand_short_deg", "stood", "shank", 0.4),
    ("stand_short_deg", "stood", "trunk", -0.4),
    ("early_arm_bend_deg", "knee_pass", "elbow", -0.7),
    ("early_arm_bend_deg", "power", "elbow", -1.0),
    ("early_arm_bend_deg", "peak", "elbow", -1.0),
    ("hips_first_deg", "low", "trunk", -1.0),
    ("hips_first_deg", "low", "knee", 1.2),
    ("hips_first_deg", "knee_pass", "trunk", -0.3),
)

#: dose of `LiftSpec` -> posture, change of the bar's distance from the body per unit, metres
BAR_DEFORMATIONS: tuple[tuple[str, str, float], ...] = (
    ("bar_forward_m", "low", 0.75),
    ("bar_forward_m", "knee_pass", 1.0),
    ("bar_swing_m", "power", 0.05),
    ("bar_swing_m", "peak", 0.15),
)

#: the bar's clearance from skin, metres, in the good lift
CLEARANCE_M = {
    "setup": 0.012,
    "low": 0.012,
    "knee_pass": 0.015,
    "power": 0.008,
    "peak": 0.012,
    "stood": 0.012,
}


def posture(name: str, spec: LiftSpec) -> Floats:
    """One row of `COORDINATES`, with the faults that `spec` asks for."""
    row = dict(zip(COORDINATES, POSTURES[name], strict=True))
    if name in ("setup", "low"):
        row["trunk"] = spec.start_trunk_deg
    elif name == "power":
        row["knee"] = POSTURES["knee_pass"][1] - spec.rebend_deg
        row["shank"] = 10.4 + 0.3 * spec.rebend_deg  # the knees come under the bar in any case
    for dose, where, coordinate, share in DEFORMATIONS:
        if where == name:
            row[coordinate] += share * getattr(spec, dose)
    return np.array([row[name] for name in COORDINATES])


def bar_offset_m(name: str, spec: LiftSpec) -> float:
    """How far the bar's centre is kept from the skin, less its radius."""
    faults = sum(
        share * getattr(spec, dose) for dose, where, share in BAR_DEFORMATIONS if where == name
    )
    return CLEARANCE_M[name] + float(faults)


def squat(knee_deg: float) -> Floats:
    """The receiving or front-squat posture at a knee angle."""
    shank = float(np.interp(knee_deg, _CATCH_KNEE_DEG, _CATCH_SHANK_DEG))
    trunk = float(np.interp(knee_deg, _CATCH_KNEE_DEG, _CATCH_TRUNK_DEG))
    return np.array([shank, knee_deg, trunk, 0.0, _HANG, 0.0])
