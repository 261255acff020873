"""Movements that are not cleans and have no pull: front squat, press, jump, walking, standing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.flight import resting
from cleanform.synth.jerk import legs_to
from cleanform.synth.postures import posture, squat
from cleanform.synth.spec import LiftSpec
from cleanform.synth.timeline import State, Timeline, between, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_GRAVITY_M_S2 = 9.81
_STRIDE_S, _WALK_M_S = 1.05, 1.15
_STANCE, _WALK_HEIGHT = 0.6, 0.94  # share of a stride on the ground; hips, of the legs' length
_TOE_M = -0.1  # of one who stands with the bar in the rack
_PAST_FACE_M = 0.08


def front_squat(line: Timeline, spec: LiftSpec) -> None:
    """Standing with the bar racked, down and up, `spec.reps` times."""
    stood, low = posture("stood", spec)[None], squat(max(45.0, spec.catch_knee_deg - 32.0))
    toe = _TOE_M
    line.turn_elbows(0.0, 0.001, 1.0, 1.0)

    def between_rows(a: Floats, b: Floats, duration_s: float) -> None:
        def sample(t: Floats) -> State:
            rows = between(a, b, smooth(t / duration_s))
            return resting(line.skeleton, rows, np.full(len(t), toe), False)

        line.add(duration_s, sample)

    still = resting(line.skeleton, stood, np.array([toe]), False)
    line.hold(spec.still_before_s, still)
    for _ in range(spec.reps):
        between_rows(stood[0], low, 1.2 / spec.tempo)
        between_rows(low, stood[0], 1.1 / spec.tempo)
        line.hold(spec.still_after_s, still)


def press(line: Timeline, spec: LiftSpec) -> None:
    """From the rack to arms' length overhead without the legs, and down, `spec.reps` times."""
    stood = posture("stood", spec)[None]
    toe = np.array([_TOE_M])
    low, high = (resting(line.skeleton, stood, toe, above) for above in (False, True))

    def move(a: State, b: State, duration_s: float, turns: tuple[float, float]) -> None:
        def sample(t: Floats) -> State:
            share = smooth(t / duration_s)
            bar = between(a.bar_m[0], b.bar_m[0], share)
            bar[:, 0] += _PAST_FACE_M * np.sin(np.pi * share) ** 2
            count = len(t)
            return State(np.repeat(stood, count, 0), np.repeat(toe, count), np.zeros(count), bar)

        begin = line.add(duration_s, sample)
        line.turn_elbows(begin, begin + duration_s, *turns)

    line.turn_elbows(0.0, 0.001, 1.0, 1.0)
    line.hold(spec.still_before_s, low)
    for _ in range(spec.reps):
        move(low, high, 1.0 / spec.tempo, (1.0, 2.0))
        line.hold(0.5, high)
        move(high, low, 0.9 / spec.tempo, (2.0, 1.0))
        line.hold(spec.still_after_s, low)


def stand(line: Timeline, spec: LiftSpec) -> None:
    """Nothing: a person stands there."""
    duration_s = 2.0 + spec.still_before_s + spec.still_after_s
    line.hold(duration_s, _bare(posture("stood", spec)[None], np.zeros(1), 0.0))


def jump(line: Timeline, spec: LiftSpec) -> None:
    """A countermovement jump without a bar, landing where it began."""
    stood, deep = posture("stood", spec), squat(85.0)
    tall = posture("extension", spec)
    tall[3] = 40.0
    takeoff_m_s = 2.4 * spec.tempo**0.5
    air_s = 2 * takeoff_m_s / _GRAVITY_M_S2

    def segment(a: Floats, b: Floats, duration_s: float) -> None:
        line.add(duration_s, lambda t: _bare(between(a, b, smooth(t / duration_s)), t, 0.0))

    def air(t: Floats) -> State:
        share = smooth((t - 0.5 * air_s) / (0.5 * air_s))
        lift = takeoff_m_s * t - 0.5 * _GRAVITY_M_S2 * t * t
        return _bare(between(tall, tall * (1, 0.92, 1, 0.5, 1, 1), share), t, lift)

    line.hold(spec.still_before_s, _bare(stood[None], np.zeros(1), 0.0))
    for _ in range(spec.reps):
        segment(stood, deep, 0.5 / spec.tempo)
        segment(deep, tall, 0.28 / spec.tempo)
        line.add(air_s, air)
        segment(tall * (1, 0.92, 1, 0.5, 1, 1), squat(110.0), 0.2)
        segment(squat(110.0), stood, 0.5)
        line.hold(spec.still_after_s, _bare(stood[None], np.zeros(1), 0.0))


def walk(line: Timeline, spec: LiftSpec) -> None:
    """Walking through the picture: one foot planted while the other swings."""
    duration = 2.4 + spec.still_before_s + spec.still_after_s
    skeleton = line.skeleton
    speed, stride_s = _WALK_M_S * spec.tempo, _STRIDE_S / spec.tempo
    hip_y = skeleton.ankle_height_m + _WALK_HEIGHT * (skeleton.shank_m + skeleton.thigh_m)
    upright = posture("stood", LiftSpec(stature_m=spec.stature_m))

    def leg(t: Floats, phase: float) -> tuple[Floats, Floats]:
        stride = np.mod(t / stride_s + phase, 1.0)
        swung = np.clip((stride - _STANCE) / (1 - _STANCE), 0.0, 1.0)
        half = 0.5 * _STANCE * speed * stride_s  # of the ground that a planted foot covers
        planted = half * (1 - 2 * stride / _STANCE)
        ahead = np.where(stride < _STANCE, planted, half * (2 * smooth(swung) - 1))
        middle = speed * (t - duration / 2)
        lifted = 0.07 * np.sin(np.pi * swung) ** 2
        toe = np.column_stack([middle + ahead + 0.5 * skeleton.ankle_to_toe_m, lifted])
        pushing = smooth((stride - 0.6 * _STANCE) / (0.4 * _STANCE))
        heel = 30.0 * pushing * (1 - smooth(swung / 0.8))
        rows = np.repeat(upright[None], len(t), axis=0)
        rows[:, 2], rows[:, 3] = 86.0, heel
        hips = np.column_stack([middle, np.full(len(t), hip_y)])
        rows[:, 0], rows[:, 1] = legs_to(skeleton, hips, toe, heel)
        return rows, toe

    def sample(t: Floats) -> State:
        rows, toe = leg(t, 0.0)
        far_rows, far_toe = leg(t, 0.5)
        nothing = np.full((len(t), 2), np.nan)
        return State(rows, toe[:, 0], toe[:, 1], nothing, far_rows=far_rows, far_toe_m=far_toe)

    line.add(duration, sample)


def _bare(rows: Floats, t: Floats, lift_m: Floats | float) -> State:
    count = len(rows)
    return State(
        rows,
        np.zeros(count),
        np.broadcast_to(np.asarray(lift_m, float), count).copy(),
        np.full((count, 2), np.nan),
    )
