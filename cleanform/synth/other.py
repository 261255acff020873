"""Movements that are not cleans and have no pull: front squat, jump, walking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.flight import resting
from cleanform.synth.postures import posture, squat
from cleanform.synth.pull import joints_of
from cleanform.synth.timeline import State, Timeline, between, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.spec import LiftSpec

    Floats = NDArray[np.float64]

_GRAVITY_M_S2 = 9.81
_STRIDE_S, _WALK_M_S = 1.1, 1.3


def front_squat(line: Timeline, spec: LiftSpec) -> None:
    """Standing with the bar racked, down and up, `spec.reps` times."""
    stood, low = posture("stood", spec)[None], squat(70.0)
    toe = -0.1
    line.turn_elbows(0.0, 0.001, 1.0, 1.0)

    def between_rows(a: Floats, b: Floats, duration_s: float) -> None:
        def sample(t: Floats) -> State:
            rows = between(a, b, smooth(t / duration_s))
            return resting(line.skeleton, rows, np.full(len(t), toe), False)

        line.add(duration_s, sample)

    still = resting(line.skeleton, stood, np.array([toe]), False)
    line.hold(spec.still_before_s, still)
    for _ in range(spec.reps):
        between_rows(stood[0], low, 1.2)
        between_rows(low, stood[0], 1.1)
        line.hold(spec.still_after_s, still)


def jump(line: Timeline, spec: LiftSpec) -> None:
    """A countermovement jump without a bar, landing where it began."""
    stood, deep = posture("stood", spec), squat(85.0)
    tall = posture("extension", spec)
    tall[3] = 40.0
    takeoff_m_s = 2.4
    air_s = 2 * takeoff_m_s / _GRAVITY_M_S2

    def segment(a: Floats, b: Floats, duration_s: float) -> None:
        line.add(duration_s, lambda t: _bare(between(a, b, smooth(t / duration_s)), t, 0.0))

    def air(t: Floats) -> State:
        share = smooth((t - 0.5 * air_s) / (0.5 * air_s))
        lift = takeoff_m_s * t - 0.5 * _GRAVITY_M_S2 * t * t
        return _bare(between(tall, tall * (1, 0.92, 1, 0.5, 1, 1), share), t, lift)

    line.hold(spec.still_before_s, _bare(stood[None], np.zeros(1), 0.0))
    for _ in range(spec.reps):
        segment(stood, deep, 0.5)
        segment(deep, tall, 0.28)
        line.add(air_s, air)
        segment(tall * (1, 0.92, 1, 0.5, 1, 1), squat(110.0), 0.2)
        segment(squat(110.0), stood, 0.5)
        line.hold(spec.still_after_s, _bare(stood[None], np.zeros(1), 0.0))


def walk(line: Timeline, spec: LiftSpec) -> None:
    """Walking through the picture, legs in opposite phase."""
    duration = 2.4 + spec.still_before_s + spec.still_after_s
    skeleton = line.skeleton
    hip_y = skeleton.ankle_height_m + 0.975 * (skeleton.shank_m + skeleton.thigh_m)

    def leg(t: Floats, phase: float) -> tuple[Floats, Floats]:
        cycle = 2 * np.pi * t / _STRIDE_S + phase
        thigh = 90 + 24 * np.sin(cycle)  # above the horizontal, forward leg below 90
        knee = 172 - 28 * (1 + np.cos(cycle)) * (np.cos(cycle) > -1)
        shank = thigh - knee + 90
        heel = 12 * (1 + np.sin(cycle))
        rows = np.stack(
            [shank, knee, np.full_like(t, 86.0), heel, np.full_like(t, 170.0), np.zeros_like(t)],
            axis=-1,
        )
        hip = joints_of(skeleton, rows)["hip"]
        middle = _WALK_M_S * (t - duration / 2)
        return rows, np.column_stack([middle - hip[:, 0], hip_y - hip[:, 1]])

    def sample(t: Floats) -> State:
        rows, toe = leg(t, 0.0)
        far_rows, far_toe = leg(t, np.pi)
        return State(
            rows,
            toe[:, 0],
            toe[:, 1],
            np.full((len(t), 2), np.nan),
            far_rows=far_rows,
            far_toe_m=far_toe,
        )

    line.add(duration, sample)


def _bare(rows: Floats, t: Floats, lift_m: Floats | float) -> State:
    count = len(rows)
    return State(
        rows,
        np.zeros(count),
        np.broadcast_to(np.asarray(lift_m, float), count).copy(),
        np.full((count, 2), np.nan),
    )
