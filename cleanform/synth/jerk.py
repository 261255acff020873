"""From the rack to arms' length overhead, and the legs that two feet apart allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from cleanform.synth.flight import resting
from cleanform.synth.postures import squat
from cleanform.synth.pull import joints_of
from cleanform.synth.skeleton import Skeleton
from cleanform.synth.timeline import State, Timeline, between, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DIP_S, _DRIVE_S, _RISE_S, _SUNK_S, _UNDER_S = 0.34, 0.22, 0.06, 0.34, 0.42
_HELD_S, _RECOVER_S = 0.5, 1.0
_DIP_KNEE_DEG, _PUSH_KNEE_DEG, _OVERHEAD_ELBOW_DEG, _REAR_HEEL_DEG = 140.0, 130.0, 172.0, 42.0
_PAST_FACE_M, _BEHIND_M = 0.07, -0.02  # the bar goes round the face and ends over the neck
_FORWARD, _BACK, _HIPS_FORWARD = 0.18, 0.27, 0.06  # in a split, shares of stature


def legs_to(
    skeleton: Skeleton, hip: Floats, toe: Floats, heel_deg: Floats
) -> tuple[Floats, Floats]:
    """Shank lean and knee angle (T,) of a leg from a foot at `toe` (T, 2) to `hip` (T, 2)."""
    rows = np.zeros((len(hip), 6))
    rows[:, 3] = heel_deg
    ankle = joints_of(skeleton, rows, toe[:, 0], toe[:, 1])["ankle"]
    across, up = (hip - ankle).T
    shank, thigh = skeleton.shank_m, skeleton.thigh_m
    apart = np.minimum(np.hypot(across, up), 0.9999 * (shank + thigh))
    knee = np.arccos((shank**2 + thigh**2 - apart**2) / (2 * shank * thigh))
    ahead = np.arccos((shank**2 + apart**2 - thigh**2) / (2 * shank * apart))
    return np.degrees(np.arctan2(across, up) + ahead), np.degrees(knee)


@dataclass(frozen=True, eq=False)
class _Under:
    """The body from the end of the drive to where the bar is received: share 0 to 1.

    In a split the feet go apart under the hips, in a push jerk they stay and the knees bend.
    """

    skeleton: Skeleton
    style: str
    rows: CubicHermiteSpline  # of the push jerk, and of the hips of either
    toe_x_m: float

    @classmethod
    def of(
        cls, skeleton: Skeleton, style: str, tall: Floats, rates: Floats, toe_x_m: float
    ) -> _Under:
        top = tall + 0.5 * _RISE_S * rates
        low = squat(_PUSH_KNEE_DEG)
        low[2] = 88.0
        return cls(
            skeleton,
            style,
            CubicHermiteSpline(
                [0.0, _RISE_S, _SUNK_S], [tall, top, low], [rates, np.zeros(6), np.zeros(6)]
            ),
            toe_x_m,
        )

    def falling(self, t: Floats) -> State:
        """Times from the end of the drive."""
        # the feet follow the hips down: no leg is longer than it is
        apart = smooth((t - 1.5 * _RISE_S) / (_UNDER_S - 1.5 * _RISE_S))
        return self._state(self.rows(np.minimum(t, _SUNK_S)), apart, apart)

    def rising(self, t: Floats, stood: Floats) -> State:
        """Times from when the recovery starts: the front foot comes back first."""
        near, far = (1 - smooth((t / _RECOVER_S - wait) / 0.6) for wait in (0.0, 0.4))
        share = smooth((t / _RECOVER_S - 0.2) / 0.8)  # no higher than the rear leg allows
        return self._state(between(self.rows(_SUNK_S), stood, share), near, far)

    def _state(self, rows: Floats, near: Floats, far: Floats) -> State:
        count, height = len(rows), self.skeleton.stature_m
        toes = np.full(count, self.toe_x_m)
        nothing = np.full((count, 2), np.nan)
        if self.style == "push":
            return State(rows, toes, np.zeros(count), nothing)
        hips = joints_of(self.skeleton, rows, toes)["hip"]
        hips[:, 0] += _HIPS_FORWARD * height * (near + far) / 2
        legs = []
        for share, way, heel in ((near, _FORWARD, 0.0), (far, -_BACK, _REAR_HEEL_DEG)):
            stepped = np.column_stack([toes + way * height * share, 0.2 * share * (1 - share)])
            leg = rows.copy()
            leg[:, 3] = rows[:, 3] * (1 - share) + heel * share
            leg[:, 0], leg[:, 1] = legs_to(self.skeleton, hips, stepped, leg[:, 3])
            legs.append((leg, stepped))
        (front, toe), (rear, rear_toe) = legs
        return State(front, toe[:, 0], toe[:, 1], nothing, far_rows=rear, far_toe_m=rear_toe)


def jerk(line: Timeline, style: str, stood: Floats, toe_x_m: float) -> State:
    """Dip, drive and receive overhead from the rack, then stand; returns the rest overhead.

    `style` is "push" or "split".
    """
    skeleton = line.skeleton
    dipped = squat(_DIP_KNEE_DEG)
    dipped[2] = stood[2]
    tall = np.array([3.0, 166.0, stood[2], 14.0, stood[4], 0.0])

    def rest(rows: Floats) -> State:
        return resting(skeleton, rows, np.full(len(rows), toe_x_m), False)

    def over(state: State) -> State:
        joints = joints_of(skeleton, state.rows, state.toe_x_m, state.lift_m)
        reach = float(skeleton.reach_m(np.array(_OVERHEAD_ELBOW_DEG)))
        return replace(state, bar_m=joints["shoulder"] + (_BEHIND_M, reach))

    line.add(_DIP_S, lambda t: rest(between(stood, dipped, smooth(t / _DIP_S))))
    drive = CubicHermiteSpline([0.0, _DRIVE_S], [0.0, 1.0], [0.0, 1.8 / _DRIVE_S])
    line.add(_DRIVE_S, lambda t: rest(between(dipped, tall, drive(t))))
    step_s = 1e-4
    before, leaves = rest(between(dipped, tall, drive(_DRIVE_S - np.array([step_s, 0.0])))).bar_m
    under = _Under.of(skeleton, style, tall, (tall - dipped) * 1.8 / _DRIVE_S, toe_x_m)
    received = over(under.falling(np.array([_UNDER_S]))).bar_m[0]
    path = CubicHermiteSpline(
        [0.0, _UNDER_S], [leaves, received], [(leaves - before) / step_s, np.zeros(2)]
    )

    def fly(t: Floats) -> State:
        bar = path(t)
        bar[:, 0] += _PAST_FACE_M * np.sin(np.pi * t / _UNDER_S) ** 2
        return replace(under.falling(t), bar_m=bar)

    begin = line.add(_UNDER_S, fly)
    line.turn_elbows(begin, begin + 0.85 * _UNDER_S, 1.0, 2.0)
    line.hold(_HELD_S, over(under.falling(np.array([_UNDER_S]))))
    line.add(_RECOVER_S, lambda t: over(under.rising(t, stood)))
    return over(under.rising(np.array([_RECOVER_S]), stood))
