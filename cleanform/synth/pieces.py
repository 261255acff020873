"""What the lifts with a pull are put together from: hanging, bending to the bar, going down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.postures import posture
from cleanform.synth.pull import PullPath, touching_bar
from cleanform.synth.spec import LiftSpec
from cleanform.synth.timeline import State, Timeline, between, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_BEND_S = 1.1


def hang(path: PullPath, spec: LiftSpec) -> State:
    """Standing tall, the bar at arms' length against the thighs."""
    row = upright(spec)[None]
    bar = touching_bar(path.skeleton, row, 0.012) + np.array([path.toe_x_m, 0.0])
    return State(row, np.array([path.toe_x_m]), np.zeros(1), bar)


def upright(spec: LiftSpec) -> Floats:
    """Standing straight, whatever is wrong with the lift."""
    return posture("stood", LiftSpec(stature_m=spec.stature_m))


def held(path: PullPath, rows: Floats, bar: Floats) -> State:
    return State(rows, np.full(len(rows), path.toe_x_m), np.zeros(len(rows)), bar)


def on_path(
    line: Timeline, path: PullPath, duration_s: float, height_m: Callable[[Floats], Floats]
) -> float:
    def sample(t: Floats) -> State:
        return held(path, *path.at_height(height_m(t)))

    return line.add(duration_s, sample)


def go_to_bar(line: Timeline, path: PullPath, spec: LiftSpec) -> None:
    """Standing upright where that is asked for, down to the bar, and still."""
    start = held(path, *path.at_height(path.table_y_m[:1]))
    if spec.stand_first_s:

        def bend(t: Floats) -> State:
            share = smooth(t / _BEND_S)
            at_bar = held(
                path, between(upright(spec), start.rows[0], share), start.bar_m.repeat(len(t), 0)
            )
            return replace(at_bar, grip=smooth((t / _BEND_S - 0.3) / 0.7))

        line.hold(spec.stand_first_s, bend(np.zeros(1)))
        line.add(_BEND_S, bend)
    line.hold(spec.still_before_s, start)


def lower(line: Timeline, path: PullPath, spec: LiftSpec, duration_s: float) -> None:
    """From the hang down to where the pull begins, arms straight, the bar along the legs."""
    top_state, start = hang(path, spec), path.rows(0.0)
    down = PullPath.through(
        path.skeleton,
        LiftSpec(stature_m=spec.stature_m, start_trunk_deg=spec.start_trunk_deg),
        ("setup", "low", "knee_pass", "power", "stood")
        if from_floor(path)
        else ("knee_pass", "power", "stood"),
        first=start,
        last=top_state.rows[0],
    )
    top, bottom = down.table_y_m[-1], down.table_y_m[0]

    def height(t: Floats) -> Floats:
        return np.asarray(top + (bottom - top) * smooth(t / duration_s))

    shift = path.toe_x_m - down.toe_x_m

    def sample(t: Floats) -> State:
        rows, bar = down.at_height(height(t))
        return held(path, rows, bar + np.array([shift, 0.0]))

    line.add(duration_s, sample)


def from_floor(path: PullPath) -> bool:
    return "setup" in path.knots
