"""The numbers of one lift that can be held against another's, and how wrong each can be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import hypot, sqrt
from typing import TYPE_CHECKING

import numpy as np

from cleanform.metrics import POSTURES
from cleanform.model import EVENTS
from cleanform.rules._reading import angle_sigma_deg
from cleanform.signals import OFFSET_SIGMA_DEG

if TYPE_CHECKING:
    from cleanform.compare.sides import Side
    from cleanform.model import Metric, Motion

#: One sigma of when an event is found: what 95 % of some 890 lifts of known truth kept within, seen
#: from the side at 24 to 240 frames a second, over 1.96 (docs/validation.md, "Events").
EVENT_SIGMA_S: Mapping[str, float] = {
    "setup": 0.027,
    "lift_off": 0.029,
    "knee_pass": 0.022,
    "power_position": 0.027,
    "full_extension": 0.010,
    "bar_apex": 0.006,
    "rack": 0.014,
    "catch_lowest": 0.022,
    "stood_up": 0.027,
}
#: The last digit that is kept of a unit; what was rounded away is uncertain, too.
_LAST_DIGIT = {"cm": 0.1, "m/s": 0.01, "s": 0.001, "deg": 0.1, "W": 1.0}
#: Bar metrics that belong to one moment; the others are about the lift as a whole.
_MOMENTS = {
    "bar_apex_height": "bar_apex",
    "bar_forward_at_apex": "bar_apex",
    "bar_drop_to_catch": "catch_lowest",
    "bar_back_to_catch": "catch_lowest",
}


@dataclass(frozen=True)
class Reading:
    """One number with its standard deviation in parts.

    `noise` is this lift's own. `common` are errors that two lifts of one film have together, by
    source and with their sign: a scale that is 2 % too large makes both lifts 2 % too high.
    """

    name: str
    moment: str  # the event that it belongs to, "" for the lift as a whole
    value: float
    unit: str
    noise: float
    common: Mapping[str, float] = field(default_factory=dict)

    @property
    def sigma(self) -> float:
        return hypot(self.noise, *self.common.values())


def read(side: Side) -> dict[str, Reading]:
    """Every number of a lift by its name; what its clip does not allow is left out."""
    found = [*_timing(side), *_heights(side), *_metrics(side)]
    return {one.name: one for one in found if np.isfinite([one.value, one.sigma]).all()}


def _reading(
    name: str, moment: str, value: float, unit: str, noise: float, **common: float
) -> Reading:
    rounded = _LAST_DIGIT[unit] / sqrt(12)
    shared = {source: size for source, size in common.items() if size}
    return Reading(name, moment, float(value), unit, hypot(noise, rounded), shared)


def _event_sigma_s(motion: Motion, event: str) -> float:
    """How sure an event's time is: as found in lifts of known truth, and half a frame."""
    step_s = float(np.median(np.diff(motion.times_s)))
    return hypot(EVENT_SIGMA_S[event], step_s / sqrt(12))


def _timing(side: Side) -> list[Reading]:
    """How long after lift-off each event comes."""
    events, motion = side.rep.events, side.motion
    start_s = events["lift_off"].time_s
    if start_s is None:
        return []
    late = _event_sigma_s(motion, "lift_off")
    found = []
    for event in EVENTS[2:]:
        time_s = events[event].time_s
        if time_s is not None:
            sigma_s = hypot(late, _event_sigma_s(motion, event))
            found.append(_reading(f"time_to_{event}", event, time_s - start_s, "s", sigma_s))
    return found


def _heights(side: Side) -> list[Reading]:
    """How high the bar is over lift-off at each event; the moment itself is not sure either."""
    motion, rep = side.motion, side.rep
    off = rep.frame("lift_off")
    if off is None or motion.scale.source == "none":
        return []
    height_m = motion.bar_m[:, 1] - motion.bar_m[off, 1]
    noise_m = sqrt(2) * motion.bar_sigma_px * motion.scale.m_per_px_plate
    found = []
    for event in ("knee_pass", "power_position", "full_extension", "rack", "stood_up"):
        frame = rep.frame(event)
        if frame is None:
            continue
        speed_m_s = float(motion.bar_velocity_m_s[frame, 1])
        also_m = speed_m_s * _event_sigma_s(motion, event)
        value_cm = 100 * float(height_m[frame])
        scale_cm = value_cm * motion.scale.relative_sigma
        noise_cm = 100 * hypot(noise_m, also_m)
        name = f"bar_height_at_{event}"
        found.append(_reading(name, event, value_cm, "cm", noise_cm, scale=scale_cm))
    return found


def _metrics(side: Side) -> list[Reading]:
    """The lift's metrics, less the durations: those lie between two events."""
    found = []
    for name, metric in side.lift.metrics.items():
        if name.endswith("_duration") or metric.unit not in _LAST_DIGIT:
            continue
        posture = _posture(side, name, metric) if metric.unit == "deg" else None
        found.append(posture or _bar(side, name, metric))
    return found


def _posture(side: Side, name: str, metric: Metric) -> Reading | None:
    """An angle at an event, which is not sure itself while the angle changes.

    The model's own offset is the same in every lift of a film.
    """
    angle, _, event = name.partition("_at_")
    frame = side.rep.events[event].frame if event in POSTURES else None
    if frame is None or angle not in OFFSET_SIGMA_DEG:
        return None
    sigma = angle_sigma_deg(side.motion, angle, frame)
    offset = min(OFFSET_SIGMA_DEG[angle], sigma)
    noise = hypot(sqrt(max(sigma**2 - offset**2, 0.0)), _turn_deg(side, angle, event))
    return _reading(name, event, metric.value, "deg", noise, landmarks=offset)


def _turn_deg(side: Side, angle: str, event: str) -> float:
    """By how much an angle changes within one sigma of when its event is; 0 where not seen."""
    motion, at_s = side.motion, side.rep.events[event].time_s or 0.0
    late_s = _event_sigma_s(motion, event)
    early, late = np.interp(
        [at_s - late_s, at_s + late_s], motion.times_s, motion.angles_deg[angle]
    )
    return float(np.nan_to_num(abs(late - early) / 2))


def _bar(side: Side, name: str, metric: Metric) -> Reading:
    """A number about the bar: the film's scale is in it, and across the camera's tilt, too."""
    scale = side.motion.scale
    power = {"cm": 1.0, "m/s": 1.0, "W": 2.0}.get(metric.unit, 0.0)
    scale_part = metric.value * power * scale.relative_sigma if power else 0.0
    rest = sqrt(max(metric.sigma**2 - scale_part**2, 0.0))
    tilt = 0.0
    if _is_across(name):
        noise_m = sqrt(2) * side.motion.bar_sigma_px * scale.m_per_px_plate
        tilt = sqrt(max(rest**2 - (100 * noise_m) ** 2, 0.0))
        rest = min(rest, 100 * noise_m)
    if metric.unit == "s":  # counted from lift-off, which is not sure either
        rest = hypot(rest, _event_sigma_s(side.motion, "lift_off"))
    moment = _MOMENTS.get(name, "")
    return _reading(name, moment, metric.value, metric.unit, rest, scale=scale_part, tilt=tilt)


def _is_across(name: str) -> bool:
    return "forward" in name or "backward" in name or "_back_" in name
