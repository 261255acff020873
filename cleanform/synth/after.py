"""What follows a lift: down to the hang, dropped to the floor, or up overhead first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.flight import resting
from cleanform.synth.jerk import jerk
from cleanform.synth.pieces import hang
from cleanform.synth.pull import PullPath
from cleanform.synth.skeleton import PLATE_RADIUS_M
from cleanform.synth.spec import LiftSpec
from cleanform.synth.timeline import State, Timeline, between, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GRAVITY_M_S2 = 9.81
_LOWER_TO_HANG_S, _LOWER_TO_RACK_S, _REST_S = 0.8, 0.7, 0.6
_LET_GO_S = 0.35  # from the hands' opening to the arms hanging
_PUSHED_M_S, _PUSHED_ABOVE_M_S = 0.45, 1.1  # forward, to clear the thighs; from overhead, the head
#: of the speed of the fall; bumper plates on a platform, a choice of this project
_RESTITUTION, _ROLLS_ON, _SMALLEST_BOUNCE_M_S = 0.35, 0.6, 0.25


def afterwards(line: Timeline, path: PullPath, state: State, spec: LiftSpec, last: bool) -> None:
    """From the stand in the rack to the hang, or for the last time to what ends the clip."""
    jerked = spec.jerk != "none" and not line.overhead
    if jerked:
        stood, toe = state.rows[-1], float(state.toe_x_m[-1])
        above = jerk(line, spec.jerk, stood, toe)
        line.hold(_REST_S, above)
        if not (last and spec.dropped):
            state = _to_rack(
                line, above, resting(line.skeleton, stood[None], state.toe_x_m[-1:], False)
            )
        else:
            state = above
    if last and spec.dropped:
        drop(line, state, 2.0 if jerked else 1.0)
    elif not last:
        to_hang(line, path, state, spec)


def _to_rack(line: Timeline, above: State, racked: State) -> State:
    def sample(t: Floats) -> State:
        share = smooth(t / _LOWER_TO_RACK_S)
        bar = between(above.bar_m[-1], racked.bar_m[-1], share)
        bar[:, 0] += 0.10 * np.sin(np.pi * share) ** 2
        count = len(t)
        return State(
            np.repeat(racked.rows, count, 0), np.repeat(racked.toe_x_m, count), np.zeros(count), bar
        )

    start = line.add(_LOWER_TO_RACK_S, sample)
    line.turn_elbows(start, start + _LOWER_TO_RACK_S, 2.0, 1.0)
    line.hold(_REST_S, racked)
    return racked


def to_hang(line: Timeline, path: PullPath, state: State, spec: LiftSpec) -> None:
    """From the rack down to the hang."""
    below = hang(path, spec)

    def sample(t: Floats) -> State:
        share = smooth(t / _LOWER_TO_HANG_S)
        bar = between(state.bar_m[-1], below.bar_m[0], share)
        bar[:, 0] += 0.10 * np.sin(np.pi * share) ** 2
        toe = state.toe_x_m[-1] + (below.toe_x_m[0] - state.toe_x_m[-1]) * share
        return State(between(state.rows[-1], below.rows[0], share), toe, np.zeros(len(t)), bar)

    start = line.add(_LOWER_TO_HANG_S, sample)
    line.turn_elbows(start, start + 0.7 * _LOWER_TO_HANG_S, 1.0, 0.0)


def drop(line: Timeline, state: State, turned: float) -> None:
    """The hands open: the bar falls freely, bounces and lies still; the lifter stands."""
    start = state.bar_m[-1]
    overhead = turned > 1 or line.overhead
    let_go_s = _LET_GO_S * (2.5 if overhead else 1)
    fall = _bounces(float(start[1]), _PUSHED_ABOVE_M_S if overhead else _PUSHED_M_S)
    lies_s = fall[-1][0]

    def sample(t: Floats) -> State:
        bar = np.repeat(start[None], len(t), axis=0)
        for begins, height, up, x, along in fall:
            late = t >= begins
            since = t[late] - begins
            rise = up * since - 0.5 * GRAVITY_M_S2 * since**2 if begins < lies_s else 0.0
            bar[late, 0] = start[0] + x + along * since
            bar[late, 1] = height + rise
        count = len(t)
        return State(
            np.repeat(state.rows[-1:], count, 0),
            np.repeat(state.toe_x_m[-1:], count),
            np.zeros(count),
            bar,
            grip=1 - smooth(t / let_go_s),
        )

    begin = line.add(lies_s + _REST_S, sample)
    line.turn_elbows(begin, begin + let_go_s, turned, 3.0 if overhead else 0.0)


def _bounces(height_m: float, pushed_m_s: float) -> list[tuple[float, float, float, float, float]]:
    """(begins, height, speed up, x, speed along) of each free flight; the last one lies."""
    flights = [(0.0, height_m, 0.0, 0.0, pushed_m_s)]
    while True:
        begins, height, up, x, along = flights[-1]
        above = height - PLATE_RADIUS_M
        lasts = (up + np.sqrt(up * up + 2 * GRAVITY_M_S2 * above)) / GRAVITY_M_S2
        lands = GRAVITY_M_S2 * lasts - up
        back = _RESTITUTION * lands
        next_up = back if back > _SMALLEST_BOUNCE_M_S else 0.0
        along_next = _ROLLS_ON * along if next_up else 0.0
        flights.append((begins + lasts, PLATE_RADIUS_M, next_up, x + along * lasts, along_next))
        if not next_up:
            return flights
