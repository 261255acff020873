"""Whether a stated uncertainty is worth its name: every part's reading against the truth.

A sigma is honest where about 68 % of the truths lie within one of it and 95 % within two. One
that is too small makes false faults; one that is too large hides true ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleanform import synth
from cleanform.model import Measurement
from cleanform.rules._recovery import STAND_S
from cleanform.rules.engine import all_rules, find_rule
from cleanform.synth.postures import STRAIGHT_HIP_DEG
from cleanform.synth.skeleton import PLATE_RADIUS_M

if TYPE_CHECKING:
    from cleanform.model import Floats, Motion, Rep
    from cleanform.synth import Truth

#: The true value in the rule's own unit, of one of the lifts in a clip, done by the body that is
#: drawn (empty: none is); NaN where it has none.
TrueValue = Callable[["Truth", int, str], float]
#: Instants of a pull at which a drawn back is looked at, the first and the last among them.
BACK_LOOKS = 8


class Reading(NamedTuple):
    """One part of one check, as it was read and as it was."""

    part: str  # "rule/part"
    value: float
    sigma: float
    true: float

    @property
    def is_true_fault(self) -> bool:
        """The truth itself lies past the fault limit."""
        rule, _, part = self.part.partition("/")
        limits = find_rule(rule).parts[part]
        return not limits.fault_min <= self.true <= limits.fault_max

    @property
    def away(self) -> float:
        """How far the reading lies from the truth, in its own sigmas."""
        return abs(self.value - self.true) / self.sigma


def _measure(name: str, factor: float = 1.0) -> TrueValue:
    return lambda truth, index, body: factor * truth.measures[index].get(name, float("nan"))


def back_start_deg(truth: Truth, index: int, body: str = "") -> float:
    """How much rounder the back is at lift-off than the same lifter's with the hip opened."""
    off_s = truth.events_s[index]["lift_off"]
    if off_s is None:
        return float("nan")
    upright_s = float(truth.times_s[np.argmax(truth.angles_deg["hip"])])
    start_deg, upright_deg = _back_turn_deg(truth, np.array([off_s, upright_s]), body)
    return float(start_deg - upright_deg)


def back_change_deg(truth: Truth, index: int, body: str = "") -> float:
    """Largest growth of the outline's turn from lift-off to the power position."""
    off_s, power_s = (truth.events_s[index][name] for name in ("lift_off", "power_position"))
    if off_s is None or power_s is None:
        return float("nan")
    turn_deg = _back_turn_deg(truth, np.linspace(off_s, power_s, BACK_LOOKS), body)
    return float(turn_deg.max() - turn_deg[0])


def _back_turn_deg(truth: Truth, times_s: Floats, body: str) -> Floats:
    """(N,) turn of the back's outline: a drawn body's own, which differs from the assumed one."""
    if body:
        from cleanform.validate import drawn  # needs the extra `synth`

        return drawn.back_turn_deg(truth, body, times_s)
    frames = [int(np.argmin(np.abs(truth.times_s - at_s))) for at_s in times_s]
    return synth.outline(truth, np.array(frames)).turn_deg


def catch_height_percent(truth: Truth, index: int, body: str = "") -> float:
    """The bar's height above the floor in the lowest catch, per cent of that in the stand."""
    events = truth.events_s[index]
    low_s, stood_s, off_s = (events[name] for name in ("catch_lowest", "stood_up", "lift_off"))
    if low_s is None or stood_s is None or off_s is None:
        return float("nan")
    heights_m = np.interp([low_s, stood_s + STAND_S / 2, off_s], truth.times_s, truth.bar_m[:, 1])
    low_m, stood_m, floor_m = heights_m - (0.0, 0.0, PLATE_RADIUS_M)
    return float(100 * (low_m - floor_m) / (stood_m - floor_m))


def hip_short_deg(truth: Truth, index: int, body: str = "") -> float:
    """Of the straightest stand in the clip, at the end of the second pull."""
    measures = truth.measures[index]
    stand_deg = measures.get("stand_hip_deg", float("nan"))
    if truth.spec.stand_first_s > 0:
        stand_deg = max(stand_deg, STRAIGHT_HIP_DEG)
    return float(stand_deg - measures.get("hip_open_deg", float("nan")))


#: "rule/part" -> its truth. A part without a line here is not held against anything: its value
#: is one that a known lift does not show.
TRUTHS: Mapping[str, TrueValue] = {
    "rounded_back/start": back_start_deg,
    "rounded_back/change": back_change_deg,
    "bar_drift/off the floor": _measure("bar_forward_first_pull_m", 100.0),
    "bar_drift/swing": _measure("bar_forward_second_pull_m", 100.0),
    "hip_lockout/extension": hip_short_deg,
    "hip_lockout/standing": _measure("stand_short_deg"),
    "catch_height/thighs": _measure("catch_thigh_deg"),
    "catch_height/knees": _measure("catch_knee_deg"),
    "catch_height/height": catch_height_percent,
    "catch_height/drop": _measure("rack_drop_m", 100.0),
    "start_position/trunk": _measure("start_trunk_deg"),
    "start_position/hips": _measure("start_thigh_deg"),
    "hips_first/trunk": _measure("trunk_drop_deg"),
    "jump/forward": _measure("feet_forward_m", 100.0),
    "slow_elbows/turnover": _measure("elbows_through_s"),
    "low_rack/upper arm": _measure("rack_elbows_low_deg"),
}


def readings(
    truth: Truth, index: int, motion: Motion, rep: Rep, body: str = ""
) -> Iterator[Reading]:
    """Every reading of one lift that can be held against the truth of the lift `index`.

    `body` is the one that was drawn, where the lift was. Left out are readings that the rule
    itself calls rough (those with a cap, which never make a fault) and those without a finite
    uncertainty.
    """
    for rule in all_rules():
        if rule.seen_from != "side" or not motion.view.yaw_deg <= rule.full_yaw_deg:
            continue
        for measured in rule.measure(motion, rep):
            true_value = TRUTHS.get(f"{rule.id}/{measured.part}")
            if true_value is None or not isinstance(measured, Measurement) or measured.cap:
                continue
            true = true_value(truth, index, body)
            numbers = (measured.value, measured.sigma, true)
            if all(isfinite(number) for number in numbers) and measured.sigma > 0:
                yield Reading(f"{rule.id}/{measured.part}", *(round(n, 4) for n in numbers))
