"""Read off a known lift what a rule is to find, with no filter and no camera between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.postures import STRAIGHT_HIP_DEG
from cleanform.synth.skeleton import BAR_RADIUS_M
from cleanform.synth.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEP_S = 0.0005
_COARSE_S = 0.02
_WINDOW_STEP_S = 0.002
_STOOD_WITHIN_DEG, _STOOD_SPEED_M_S, _STOOD_HELD_S = 8.0, 0.05, 0.3  # biomechanics.md, E10


def included_deg(a: Floats, b: Floats, c: Floats) -> Floats:
    """Included angle at b, from the last axis' points."""
    u, v = a - b, c - b
    cosine = np.sum(u * v, -1) / (np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def elevation_deg(a: Floats, b: Floats) -> Floats:
    """Of the line a to b above the horizontal, -180..180; forward is +x."""
    return np.asarray(np.degrees(np.arctan2(b[..., 1] - a[..., 1], b[..., 0] - a[..., 0])))


def leg_angles_deg(joints: Mapping[str, Floats]) -> dict[str, Floats]:
    """Included angles of knee and hip in the sagittal plane."""
    shoulder, hip, knee, ankle = (
        joints[name][:, :2] for name in ("shoulder", "hip", "knee", "ankle")
    )
    return {"knee": included_deg(hip, knee, ankle), "hip": included_deg(shoulder, hip, knee)}


def angles_deg(joints: Mapping[str, Floats]) -> dict[str, Floats]:
    """The angles of `model.Motion.ANGLES`, in the sagittal plane."""
    flat = {name: xyz[:, :2] for name, xyz in joints.items()}
    thigh = flat["hip"] - flat["knee"]
    return {
        **leg_angles_deg(joints),
        "elbow": included_deg(flat["shoulder"], flat["elbow"], flat["wrist"]),
        "ankle": included_deg(flat["knee"], flat["ankle"], flat["foot_index"]),
        "trunk": elevation_deg(flat["hip"], flat["shoulder"]),
        "thigh": np.degrees(np.arctan2(thigh[:, 1], np.abs(thigh[:, 0]))),
        "shank": elevation_deg(flat["ankle"], flat["knee"]),
        "upper_arm": elevation_deg(flat["shoulder"], flat["elbow"]),
    }


def stood_up_s(line: Timeline, lowest_s: float, end_s: float) -> float | None:
    """First instant from which hips and knees stay near their final angle, at rest.

    None where the clip's stillness is too short to tell.
    """
    if end_s - lowest_s < 4 * _STEP_S:
        return None
    final = leg_angles_deg(line.body(np.array([end_s - _STEP_S])))

    def since(first_s: float, last_s: float, step_s: float) -> float:
        """The first of these instants after which all are good."""
        times = np.arange(first_s, last_s, step_s)
        near = line.body(times)
        before, after = (line.body(times + shift)["hip"][:, 1] for shift in (-_STEP_S, _STEP_S))
        good = np.abs(after - before) / (2 * _STEP_S) < _STOOD_SPEED_M_S
        for name, angle in leg_angles_deg(near).items():
            good &= np.abs(angle - final[name]) < _STOOD_WITHIN_DEG
        bad = np.nonzero(~good)[0]
        return first_s + step_s * (int(bad[-1]) + 1 if len(bad) else 0)

    stood = since(lowest_s, end_s, _COARSE_S)
    if stood > lowest_s:
        stood = since(stood - _COARSE_S, stood + _STEP_S, _STEP_S)
    return stood if end_s - stood >= _STOOD_HELD_S else None


def measures(line: Timeline, mark: Mapping[str, float]) -> dict[str, float]:
    """One rep's numbers, by name with unit; those whose events the lift lacks are left out.

    Of the pull: ``peak_speed_m_s``, ``apex_m``, ``bar_forward_first_pull_m`` and
    ``bar_forward_second_pull_m`` (most forward of the lift-off vertical), ``shin_gap_growth_m``
    (bar's distance from shin or thigh in the first pull, against lift-off), ``trunk_drop_deg``
    (from lift-off to the trunk's flattest in the first pull), ``lumbar_deg`` (most flexion up to
    the power position), ``arm_bend_deg`` (most bend of the elbows up to the speed peak, against
    lift-off), ``hip_open_deg`` (the largest angle around the end of the second pull),
    ``stand_hip_deg`` (final stand), ``hip_short_deg`` (the latter less the former) and
    ``stand_short_deg`` (final stand, short of straight).

    Of the catch: ``catch_knee_deg``, ``catch_thigh_deg``, ``rack_drop_m`` (bar's fall from its
    highest point until it is met), ``elbows_through_s`` (after full extension, until the elbows
    are in front of the bar), ``rack_elbows_low_deg`` (upper arms below the horizontal, standing)
    and ``feet_forward_m`` (against lift-off).
    """
    out: dict[str, float] = {}
    start = mark.get("lift_off")
    if start is not None and "knee_pass" in mark:
        out |= _first_pull(line, start, mark["knee_pass"])
    if start is not None and "bar_apex" in mark:
        out |= _pull(line, mark)
    if start is not None and "catch_lowest" in mark:
        out |= _catch(line, mark)
    return out


def _window(first_s: float, last_s: float) -> Floats:
    return np.linspace(first_s, last_s, max(3, int((last_s - first_s) / _WINDOW_STEP_S) + 2))


def _first_pull(line: Timeline, lift_off_s: float, knee_pass_s: float) -> dict[str, float]:
    times = _window(lift_off_s, knee_pass_s)
    near, bar = line.body(times), line.state(times).bar_m
    gap = bar[:, 0] - BAR_RADIUS_M - line.skeleton.front_x_m(near, bar[:, 1])
    trunk = elevation_deg(near["hip"], near["shoulder"])
    return {
        "bar_forward_first_pull_m": float(np.max(bar[:, 0] - bar[0, 0])),
        "shin_gap_growth_m": float(np.max(gap - gap[0])),
        "trunk_drop_deg": float(trunk[0] - np.min(trunk)),
    }


def _pull(line: Timeline, mark: Mapping[str, float]) -> dict[str, float]:
    times = _window(mark["lift_off"], mark["bar_apex"])
    near, _, bar = line.joints(times)
    state = line.state(times)
    pulled = times >= mark["power_position"]
    bent = included_deg(near["shoulder"], near["elbow"], near["wrist"])
    hip = float(np.max(leg_angles_deg(near)["hip"][pulled]))
    last = leg_angles_deg(line.body(np.array([mark["end"] - _STEP_S])))["hip"][0]
    peak = line.state(mark["peak_speed"] + np.array([-_STEP_S, _STEP_S])).bar_m[:, 1]
    return {
        "peak_speed_m_s": float(np.diff(peak)[0] / (2 * _STEP_S)),
        "apex_m": float(bar[-1, 1]),
        "bar_forward_second_pull_m": float(np.max(bar[pulled, 0]) - bar[0, 0]),
        "lumbar_deg": float(np.max(state.rows[times <= mark["power_position"], 5])),
        "arm_bend_deg": float(bent[0] - np.min(bent[times <= mark["peak_speed"]])),
        "hip_open_deg": hip,
        "hip_short_deg": float(last - hip),
        "stand_hip_deg": float(last),
        "stand_short_deg": float(STRAIGHT_HIP_DEG - last),
    }


def _catch(line: Timeline, mark: Mapping[str, float]) -> dict[str, float]:
    instants = ("lift_off", "bar_apex", "rack", "catch_lowest")
    near, _, bar = line.joints(np.array([mark[name] for name in instants]))
    angles = angles_deg(near)
    times = _window(mark["full_extension"], mark["end"])
    arms, _, path = line.joints(times)
    through = np.nonzero(arms["elbow"][:, 0] > path[:, 0])[0]
    out = {
        "catch_knee_deg": float(angles["knee"][3]),
        "catch_thigh_deg": float(angles["thigh"][3]),
        "rack_drop_m": float(bar[1, 1] - bar[2, 1]),
        "rack_elbows_low_deg": -float(angles_deg(arms)["upper_arm"][-1]),
        "feet_forward_m": float(near["foot_index"][3, 0] - near["foot_index"][0, 0]),
    }
    if len(through):
        out["elbows_through_s"] = float(times[through[0]] - times[0])
    return out
