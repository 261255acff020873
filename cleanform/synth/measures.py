"""Read off a known lift what a rule is to find, with no filter and no camera between."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.skeleton import BAR_RADIUS_M
from cleanform.synth.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEP_S = 0.0005
_STOOD_WITHIN_DEG, _STOOD_SPEED_M_S, _STOOD_HELD_S = 8.0, 0.05, 0.3  # biomechanics.md, E10


def included_deg(a: Floats, b: Floats, c: Floats) -> Floats:
    """Included angle at b, from the last axis' points."""
    u, v = a - b, c - b
    cosine = np.sum(u * v, -1) / (np.linalg.norm(u, axis=-1) * np.linalg.norm(v, axis=-1))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def elevation_deg(a: Floats, b: Floats) -> Floats:
    """Of the line a to b above the horizontal, -180..180; forward is +x."""
    return np.asarray(np.degrees(np.arctan2(b[..., 1] - a[..., 1], b[..., 0] - a[..., 0])))


def angles_deg(joints: Mapping[str, Floats]) -> dict[str, Floats]:
    """The angles of `model.Motion.ANGLES`, in the sagittal plane."""
    flat = {name: xyz[:, :2] for name, xyz in joints.items()}
    thigh = flat["hip"] - flat["knee"]
    return {
        "knee": included_deg(flat["hip"], flat["knee"], flat["ankle"]),
        "hip": included_deg(flat["shoulder"], flat["hip"], flat["knee"]),
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
    times = np.arange(lowest_s, end_s, _STEP_S)
    if len(times) < 3:
        return None
    near, _, _ = line.joints(times)
    angles = angles_deg(near)
    speed = np.abs(np.gradient(near["hip"][:, 1], times))
    good = speed < _STOOD_SPEED_M_S
    for name in ("knee", "hip"):
        good &= np.abs(angles[name] - angles[name][-1]) < _STOOD_WITHIN_DEG
    bad = np.nonzero(~good)[0]
    since = int(bad[-1]) + 1 if len(bad) else 0
    if since >= len(times) or end_s - times[since] < _STOOD_HELD_S:
        return None
    return float(times[since])


def measures(line: Timeline, mark: Mapping[str, float]) -> dict[str, float]:
    """One rep's numbers, by name with unit; those whose events the lift lacks are left out.

    ``peak_speed_m_s``, ``apex_m``, ``hip_short_deg`` (standing hip angle less the largest around
    the end of the second pull), ``stand_hip_deg``, ``bar_forward_first_pull_m`` and
    ``bar_forward_second_pull_m`` (most forward of the lift-off vertical), ``shin_gap_growth_m``
    (bar's distance from the shin or thigh in the first pull, against lift-off),
    ``catch_knee_deg``, ``catch_thigh_deg``, ``rack_drop_m`` (bar's fall from its highest point
    until it is met).
    """
    out: dict[str, float] = {}

    def window(first: str, last: str) -> Floats | None:
        if first not in mark or last not in mark:
            return None
        return np.arange(mark[first], mark[last] + _STEP_S, _STEP_S)

    if (t := window("lift_off", "knee_pass")) is not None:
        near, _, bar = line.joints(t)
        out["bar_forward_first_pull_m"] = float(np.max(bar[:, 0] - bar[0, 0]))
        flat = {name: xyz[:, :2] for name, xyz in near.items()}
        gap = bar[:, 0] - BAR_RADIUS_M - line.skeleton.front_x_m(flat, bar[:, 1])
        out["shin_gap_growth_m"] = float(np.max(gap - gap[0]))
    if (t := window("lift_off", "bar_apex")) is not None:
        near, _, bar = line.joints(t)
        out["peak_speed_m_s"] = float(np.max(np.gradient(bar[:, 1], t)))
        out["apex_m"] = float(np.max(bar[:, 1]))
        pulled = t >= mark["power_position"]
        out["bar_forward_second_pull_m"] = float(np.max(bar[pulled, 0]) - bar[0, 0])
        hip = float(np.max(angles_deg(near)["hip"][pulled]))
        last, _, _ = line.joints(np.array([mark["end"] - _STEP_S]))
        out["stand_hip_deg"] = float(angles_deg(last)["hip"][0])
        out["hip_short_deg"] = out["stand_hip_deg"] - hip
    if "catch_lowest" in mark:
        near, _, bar = line.joints(np.array([mark["bar_apex"], mark["rack"], mark["catch_lowest"]]))
        angles = angles_deg(near)
        out["catch_knee_deg"] = float(angles["knee"][2])
        out["catch_thigh_deg"] = float(angles["thigh"][2])
        out["rack_drop_m"] = float(bar[0, 1] - bar[1, 1])
    return out
