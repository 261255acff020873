"""The lifts with a pull, as segments: cleans, the snatch, the clean pull, the deadlift."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from cleanform.synth.after import afterwards
from cleanform.synth.flight import BarFlight, Descent, Turnover, rack_bar, resting
from cleanform.synth.pieces import go_to_bar, hang, held, lower, on_path
from cleanform.synth.postures import posture, squat
from cleanform.synth.pull import PullPath, speed_profile
from cleanform.synth.spec import GROWING, LiftSpec
from cleanform.synth.timeline import State, Timeline, between, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_DEEPEST_KNEE_DEG = {"clean": 48.0, "hang clean": 48.0, "snatch": 50.0}
_STRAIGHT_KNEE_DEG = 172.0
_LOWER_TO_FLOOR_S, _DIP_S, _BETWEEN_REPS_S = 1.3, 0.7, 0.5


def deadlifts(line: Timeline, spec: LiftSpec, marks: list[dict[str, float]]) -> None:
    names = ("setup", "low", "knee_pass", "power", "stood")
    path = PullPath.through(line.skeleton, spec, names)
    ys = path.table_y_m
    duration = (ys[-1] - ys[0]) / (0.42 * spec.tempo)
    go_to_bar(line, path, spec)
    for _ in range(spec.reps):
        mark: dict[str, float] = {
            "lift_off": on_path(
                line, path, duration, lambda t: ys[0] + (ys[-1] - ys[0]) * smooth(t / duration)
            )
        }
        line.hold(0.6, held(path, *path.at_height(ys[-1:])))
        on_path(
            line,
            path,
            1.2 * duration,
            lambda t: ys[-1] + (ys[0] - ys[-1]) * smooth(t / (1.2 * duration)),
        )
        line.hold(spec.still_after_s, held(path, *path.at_height(ys[:1])))
        mark["end"] = line.duration_s
        marks.append(mark)


def pulls(line: Timeline, spec: LiftSpec, marks: list[dict[str, float]]) -> None:
    hang_start = spec.kind.startswith("hang")
    names = (
        ("knee_pass", "power", "peak")
        if hang_start
        else ("setup", "low", "knee_pass", "power", "peak")
    )
    own = [_of_rep(spec, rep) for rep in range(spec.reps)]
    paths = {each: PullPath.through(line.skeleton, each, names) for each in dict.fromkeys(own)}
    path = paths[own[0]]
    if hang_start:
        line.hold(spec.still_before_s, hang(path, spec))
        lower(line, path, spec, _DIP_S)
    else:
        go_to_bar(line, path, spec)
    for rep, each in enumerate(own):
        path = paths[each]
        if rep and not spec.touch_and_go:
            line.hold(_BETWEEN_REPS_S, held(path, *path.at_height(path.table_y_m[:1])))
        after = paths[own[rep + 1]] if rep + 1 < len(own) else None
        marks.append(_one_pull(line, path, each, hang_start, after))


def _of_rep(spec: LiftSpec, rep: int) -> LiftSpec:
    """What one rep of a set is like: tired by as much as it comes late."""
    late = rep / (spec.reps - 1) if spec.reps > 1 else 1.0
    changed: dict[str, Any] = {}
    if spec.slowing_share:
        slower = (1 - late * spec.slowing_share) ** 2  # peak speed goes by the root of it
        changed["flight_deceleration_m_s2"] = spec.flight_deceleration_m_s2 * slower
    if spec.doses_grow:
        changed |= {name: late * getattr(spec, name) for name in GROWING}
    return replace(spec, **changed)


def _one_pull(
    line: Timeline, path: PullPath, spec: LiftSpec, hang_start: bool, after: PullPath | None
) -> dict[str, float]:
    """One rep, and down to where the path `after` it begins; None: it is the last."""
    skeleton = path.skeleton
    overhead = spec.kind == "snatch"
    deepest = _DEEPEST_KNEE_DEG.get(spec.kind, spec.catch_knee_deg)
    low = squat(deepest)
    met = squat(
        min(deepest + (25.0 if spec.kind in ("clean", "hang clean") else 8.0), _STRAIGHT_KNEE_DEG)
    )
    if met[1] - low[1] < 8:  # straight legs: the trunk gives instead
        low[2] -= 4.0
    toe = path.toe_x_m + spec.jump_forward_m
    met_bar = rack_bar(skeleton, met, toe, overhead)
    drop = spec.meet_drop_m + (0.08 if deepest < 75 else 0.0)  # a deep catch rides the bar down
    apex_y = float(met_bar[1]) + drop
    pulled = spec.kind == "clean pull"
    if pulled:
        apex_y = float(path.table_y_m[-1]) + 0.17
    bar = BarFlight.to_apex(
        float(path.table_y_m[-1]),
        apex_y,
        {"clean pull": 7.0, "snatch": 4.3}.get(spec.kind, spec.flight_deceleration_m_s2),
    )
    top = bar.peak_speed_m_s
    slow = 0.58 * top * spec.tempo
    heights = [
        float(path.table_y_m[0]),
        path.height_m("knee_pass"),
        path.height_m("power"),
        float(path.table_y_m[-1]),
    ]
    speeds = [0.0, slow, slow + 0.28 * (top - slow), top]
    if hang_start:
        heights, speeds = heights[1:], [0.0, 0.62 * top, top]
    profile = speed_profile(heights, speeds)
    risen = profile.antiderivative()
    duration = float(profile.x[-1])
    lift_off = on_path(line, path, duration, lambda t: heights[0] + risen(t))
    knots = (lift_off + profile.x).tolist()
    mark = {
        "setup": max(0.0, lift_off - 0.03),
        "lift_off": lift_off,
        "power_position": knots[-2],
        "peak_speed": knots[-1],
    }
    at_knee_m = None if hang_start else path.knee_height_m()
    if at_knee_m is not None:
        reached = profile.antiderivative().solve(at_knee_m - heights[0], extrapolate=False)
        mark["knee_pass"] = lift_off + float(reached[0])
    if pulled:
        _let_down(line, path, bar, spec, mark)
        state = hang(path, spec)
    else:
        state = _catch(line, path, bar, met, low, toe, drop, spec, mark, overhead)
    line.hold(spec.still_after_s, state)
    mark["end"] = line.duration_s
    if not pulled:
        afterwards(line, after or path, state, spec, last=after is None)
    if after is not None:
        lower(line, after, spec, _DIP_S if hang_start else _LOWER_TO_FLOOR_S)
    return mark


def _catch(
    line: Timeline,
    path: PullPath,
    bar: BarFlight,
    met: Floats,
    low: Floats,
    toe: float,
    drop_m: float,
    spec: LiftSpec,
    mark: dict[str, float],
    overhead: bool,
) -> State:
    skeleton = path.skeleton
    met_s = bar.apex_s + float(np.sqrt(2 * drop_m / bar.deceleration_m_s2))
    descent = Descent.of(skeleton, met, low, toe, bar.speed_m_s(met_s), overhead)
    turnover = Turnover.of(path, posture("extension", spec), descent, bar, met_s, spec)
    begin = line.add(met_s, turnover.sample)
    extension = begin + turnover.extension_s
    through = begin + 0.9 * met_s  # under the bar just before it is met
    late = spec.slow_elbows_s
    line.turn_elbows(extension + late, through + late, 0.0, 1.0)
    mark.update(
        full_extension=extension,
        bar_apex=begin + bar.apex_s,
        rack=begin + met_s,
        catch_lowest=begin + met_s + descent.duration_s,
    )
    line.add(descent.duration_s, descent.sample)
    stood = posture("stood", spec)
    rise_s = 0.5 + 0.009 * max(0.0, float(stood[1] - low[1]))

    def recover(t: Floats) -> State:
        rows = between(low, stood, smooth(t / rise_s))
        return resting(skeleton, rows, np.full(len(t), toe), overhead)

    line.add(rise_s, recover)
    return recover(np.array([rise_s]))


def _let_down(
    line: Timeline, path: PullPath, bar: BarFlight, spec: LiftSpec, mark: dict[str, float]
) -> None:
    """A clean pull's end: the bar floats to arms' reach and sinks back to the hang."""
    below = hang(path, spec)
    rates, x_rate = path.rates_at_end(bar.peak_speed_m_s)
    extension = posture("extension", spec)
    back_s = 0.7
    times = [0.0, 0.08, bar.apex_s, bar.apex_s + back_s]
    opening = extension - path.rows(1.0)
    rates = np.sign(opening) * np.minimum(np.abs(rates), 2.8 * np.abs(opening) / 0.08)
    still = np.zeros_like(rates)
    rows = CubicHermiteSpline(
        times,
        [path.rows(1.0), extension, below.rows[0], below.rows[0]],
        [rates, still, still, still],
    )
    apex_y = float(bar.height_m(np.array(bar.apex_s)))
    apex = np.array([below.bar_m[0, 0] + 0.02, apex_y])
    x = CubicHermiteSpline([0.0, bar.apex_s], [float(path.bar_x_m(1.0)), apex[0]], [x_rate, 0.0])

    def sample(t: Floats) -> State:
        rising = np.column_stack([x(t), bar.height_m(t)])
        # a straight way down: a chord stays within the arms' reach
        sunk = between(apex, below.bar_m[0], smooth((t - bar.apex_s) / back_s))
        return held(path, rows(t), np.where(t[:, None] < bar.apex_s, rising, sunk))

    begin = line.add(times[-1], sample)
    mark.update(full_extension=begin + 0.08, bar_apex=begin + bar.apex_s)
