"""Read off a known lift what a rule is to find, with no filter and no camera between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.postures import STRAIGHT_HIP_DEG
from cleanform.synth.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_STEP_S = 0.0005
_COARSE_S = 0.02
_BUSY_STEP_S, _LATE_STEP_S = 0.004, 0.01
_INSTANTS = ("lift_off", "knee_pass", "full_extension", "bar_apex", "rack", "catch_lowest")
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

    def since(first_s: float, last_s: float, step_s: float) -> float:
        """The first of these instants after which all are good."""
        times = np.arange(first_s, last_s, step_s)
        body = line.body(
            np.concatenate([times, times - _STEP_S, times + _STEP_S, [end_s - _STEP_S]])
        )
        _, before, after = body["hip"][:-1, 1].reshape(3, -1)
        good = np.abs(after - before) / (2 * _STEP_S) < _STOOD_SPEED_M_S
        for angle in leg_angles_deg(body).values():
            good &= np.abs(angle[: len(times)] - angle[-1]) < _STOOD_WITHIN_DEG
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
    (from lift-off to the trunk's flattest in the first pull), ``start_trunk_deg`` and
    ``start_thigh_deg`` (above the horizontal, at lift-off), ``lumbar_deg`` (most flexion up to
    the power position), ``arm_bend_deg`` (most bend of the elbows up to the speed peak, against
    lift-off), ``hip_open_deg`` (the largest angle around the end of the second pull),
    ``stand_hip_deg`` (final stand), ``hip_short_deg`` (the latter less the former) and
    ``stand_short_deg`` (final stand, short of straight).

    Of the catch: ``catch_knee_deg``, ``catch_thigh_deg``, ``rack_drop_m`` (bar's fall from its
    highest point until it is met), ``elbows_through_s`` (after full extension, until the elbows
    are in front of the bar), ``rack_elbows_low_deg`` (upper arms below the horizontal, standing)
    and ``feet_forward_m`` (against lift-off).

    From the front: ``grip_half_m`` and ``stance_half_m`` (hand and ankle from the midline at
    lift-off), ``bar_tilt_deg`` (line between the hands, most up to the highest point),
    ``elbows_uneven_deg`` (line between the elbows, final stand) and ``elbow_lower_deg`` (the far
    upper arm against the near one there).
    """
    if "lift_off" not in mark or "bar_apex" not in mark:
        return {}
    seen = _Seen.of(line, mark)
    return _pull(seen) | _first_pull(seen) | _catch(seen) | _across(seen)


@dataclass(frozen=True, eq=False)
class _Seen:
    """One rep, sampled: the instants of its events first, then the rest in order of time."""

    line: Timeline
    mark: Mapping[str, float]
    index: Mapping[str, int]  # of the events
    times_s: Floats
    joints: Mapping[str, Floats]
    far_joints: Mapping[str, Floats]
    angles_deg: Mapping[str, Floats]
    bar_m: Floats
    lumbar_deg: Floats

    @classmethod
    def of(cls, line: Timeline, mark: Mapping[str, float]) -> _Seen:
        names = [name for name in _INSTANTS if name in mark]
        peak = mark["peak_speed"]
        instants = [*(mark[name] for name in names), peak - _STEP_S, peak + _STEP_S]
        busy = mark.get("catch_lowest", mark["bar_apex"])
        last = mark["end"] - _STEP_S
        rest = [
            np.arange(mark["lift_off"], busy, _BUSY_STEP_S),
            np.arange(busy, last, _LATE_STEP_S),
        ]
        times = np.concatenate([instants, *rest, [last]])
        state = line.state(times)
        near, far, bar = line.joints_of(state, times)
        index = {name: k for k, name in enumerate([*names, "before_peak", "after_peak"])}
        return cls(line, mark, index, times, near, far, angles_deg(near), bar, state.rows[:, 5])

    def within(self, first: str, last: str) -> NDArray[np.bool_]:
        return (self.times_s >= self.mark[first]) & (self.times_s <= self.mark[last])


def _pull(seen: _Seen) -> dict[str, float]:
    bar, index, hip = seen.bar_m, seen.index, seen.angles_deg["hip"]
    # elbows bend sideways, out of the plane in which the other angles are taken
    elbow = included_deg(*(seen.joints[name] for name in ("shoulder", "elbow", "wrist")))
    pulled = seen.within("power_position", "bar_apex")
    rise = bar[index["after_peak"], 1] - bar[index["before_peak"], 1]
    hip_open, stand = float(np.max(hip[pulled])), float(hip[-1])
    return {
        "peak_speed_m_s": float(rise) / (2 * _STEP_S),
        "apex_m": float(bar[index["bar_apex"], 1]),
        "bar_forward_second_pull_m": float(np.max(bar[pulled, 0]) - bar[index["lift_off"], 0]),
        "lumbar_deg": float(np.max(seen.lumbar_deg[seen.within("lift_off", "power_position")])),
        "arm_bend_deg": float(
            elbow[index["lift_off"]] - np.min(elbow[seen.within("lift_off", "peak_speed")])
        ),
        "hip_open_deg": hip_open,
        "stand_hip_deg": stand,
        "hip_short_deg": stand - hip_open,
        "stand_short_deg": STRAIGHT_HIP_DEG - stand,
    }


def _first_pull(seen: _Seen) -> dict[str, float]:
    if "knee_pass" not in seen.mark:
        return {}
    first, start = seen.within("lift_off", "knee_pass"), seen.index["lift_off"]
    flat = {name: xyz[:, :2] for name, xyz in seen.joints.items()}
    gap = seen.bar_m[:, 0] - seen.line.skeleton.front_x_m(flat, seen.bar_m[:, 1])
    trunk = seen.angles_deg["trunk"]
    return {
        "bar_forward_first_pull_m": float(np.max(seen.bar_m[first, 0]) - seen.bar_m[start, 0]),
        "shin_gap_growth_m": float(np.max(gap[first]) - gap[start]),
        "trunk_drop_deg": float(trunk[start] - np.min(trunk[first])),
        "start_trunk_deg": float(trunk[start]),
        "start_thigh_deg": float(seen.angles_deg["thigh"][start]),
    }


def _catch(seen: _Seen) -> dict[str, float]:
    if "catch_lowest" not in seen.mark:
        return {}
    index, bar, toe = seen.index, seen.bar_m, seen.joints["foot_index"][:, 0]
    low = index["catch_lowest"]
    out = {
        "catch_knee_deg": float(seen.angles_deg["knee"][low]),
        "catch_thigh_deg": float(seen.angles_deg["thigh"][low]),
        "rack_drop_m": float(bar[index["bar_apex"], 1] - bar[index["rack"], 1]),
        "rack_elbows_low_deg": -float(seen.angles_deg["upper_arm"][-1]),
        "feet_forward_m": float(toe[low] - toe[index["lift_off"]]),
    }
    times = seen.times_s[len(index) :]
    ahead = (seen.joints["elbow"][:, 0] - bar[:, 0])[len(index) :]
    through = np.nonzero((times[:-1] >= seen.mark["full_extension"]) & (ahead[1:] > 0))[0]
    if len(through):
        k = int(through[0])
        crossed = np.interp(0.0, ahead[k : k + 2], times[k : k + 2])
        out["elbows_through_s"] = float(crossed - seen.mark["full_extension"])
    return out


def _across(seen: _Seen) -> dict[str, float]:
    """What is seen from the front: breadths, and how far pairs are from level."""
    near, far, start = seen.joints, seen.far_joints, seen.index["lift_off"]

    def breadth(joint: str) -> float:
        return float(near[joint][start, 2] - far[joint][start, 2])

    def level_deg(joint: str) -> Floats:
        rise = far[joint][:, 1] - near[joint][:, 1]
        return np.asarray(np.degrees(np.arctan2(rise, near[joint][:, 2] - far[joint][:, 2])))

    pulled = seen.within("lift_off", "bar_apex")
    near_deg, far_deg = (
        elevation_deg(side["shoulder"][-1:], side["elbow"][-1:])[0] for side in (near, far)
    )
    return {
        "grip_half_m": breadth("hand") / 2,
        "stance_half_m": breadth("ankle") / 2,
        "elbow_lower_deg": float(near_deg - far_deg),
        "bar_tilt_deg": float(np.max(np.abs(level_deg("hand")[pulled]))),
        "elbows_uneven_deg": float(np.abs(level_deg("elbow")[-1])),
    }
