"""Faults put in by dose, measured on the truth in the rule's own unit.

A dose of 1 is the rule's fault limit. Where no fault at all is 0 (degrees of rounding, centimetres
of drift) a dose is a multiple of the limit; where the good value is itself a posture (a thigh at
40 degrees in the catch) it counts from the ok limit, 0, to the fault limit, 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform import synth
from cleanform.errors import InputError
from cleanform.rules.early_arm_bend import BEFORE_EXTENSION_S
from cleanform.rules.engine import find_rule
from cleanform.synth.measures import included_deg
from cleanform.validate.calibration import back_start_deg

if TYPE_CHECKING:
    from cleanform.model import Limits
    from cleanform.synth import LiftSpec, Truth

#: The lift without the fault, the lift with it, and the body that is drawn doing both (empty:
#: none is) -> the true value in the rule's unit.
Quantity = Callable[["Truth", "Truth", str], float]

#: Doses at which detection is counted.
JUDGED_TIMES = (1.0, 1.5, 2.0)
#: So many lifts of a dose are made, where it needs no more to be judged.
LIFTS_A_DOSE = 15
_CLOSE, _TRIES = 0.01, 8  # of the limit; steps of the search


@dataclass(frozen=True)
class Dose:
    """One part of one rule and the fault of `synth.FAULTS` that brings it out."""

    rule: str
    part: str
    fault: str
    quantity: Quantity
    from_ok: bool = False  # counted from the ok limit instead of from zero
    lifts: int = LIFTS_A_DOSE  # made at each of `JUDGED_TIMES`

    @property
    def view(self) -> str:
        """From where the rule sees it, a name of `synth.camera_of`."""
        return find_rule(self.rule).seen_from

    @property
    def key(self) -> str:
        return f"{self.rule}/{self.part}"

    @property
    def limits(self) -> Limits:
        return find_rule(self.rule).parts[self.part]

    def value_at(self, times: float) -> float:
        """The true value that a dose asks for, in the rule's unit."""
        limits = self.limits
        upward = np.isfinite(limits.fault_max)
        fault, ok = (
            (limits.fault_max, limits.ok_max) if upward else (limits.fault_min, limits.ok_min)
        )
        start = ok if self.from_ok else 0.0
        return float(start + times * (fault - start))


def _measure(name: str, factor: float = 1.0) -> Quantity:
    return lambda good, bad, body: factor * bad.measures[0][name]


def _stand_short_deg(good: Truth, bad: Truth, body: str) -> float:
    return good.measures[0]["stand_hip_deg"] - bad.measures[0]["stand_hip_deg"]


def _back_turn_deg(good: Truth, bad: Truth, body: str) -> float:
    return back_start_deg(bad, 0, body)


def _of_shoulders_percent(half_breadth: str) -> Quantity:
    """A pair's distance at lift-off as a share of that between the shoulder joints."""

    def quantity(good: Truth, bad: Truth, body: str) -> float:
        off_s = bad.events_s[0]["lift_off"]
        across_m = bad.joints_m["shoulder"][:, 2]
        shoulder_m = float("nan") if off_s is None else np.interp(off_s, bad.times_s, across_m)
        return 100.0 * bad.measures[0][half_breadth] / float(shoulder_m)

    return quantity


def _elbows_bent_deg(good: Truth, bad: Truth, body: str) -> float:
    """Most bend of the arms while they are to hang, as the front shows it, against lift-off."""
    off_s, extension_s = (bad.events_s[0][name] for name in ("lift_off", "full_extension"))
    if off_s is None or extension_s is None:
        return float("nan")
    across_m = [bad.joints_m[name][:, 1:] for name in ("shoulder", "elbow", "hand")]
    bend_deg = 180.0 - included_deg(*across_m)
    pulled = (bad.times_s >= off_s) & (bad.times_s <= extension_s - BEFORE_EXTENSION_S)
    return float(bend_deg[pulled].max() - np.interp(off_s, bad.times_s, bend_deg))


#: In the order of the lift, then the further checks. What a full-size plate hides (the elbows in
#: turnover and rack) has no dose: from the side nothing is said of it.
DOSES = (
    Dose("rounded_back", "start", "rounded_back", _back_turn_deg),
    Dose("bar_drift", "off the floor", "bar_forward", _measure("bar_forward_first_pull_m", 100.0)),
    Dose("bar_drift", "swing", "bar_swing", _measure("bar_forward_second_pull_m", 100.0)),
    Dose("hip_lockout", "extension", "hips_short", _measure("hip_short_deg")),
    Dose("catch_height", "thighs", "caught_low", _measure("catch_thigh_deg"), from_ok=True),
    Dose("catch_height", "knees", "caught_high", _measure("catch_knee_deg"), True, 45),
    Dose("hip_lockout", "standing", "incomplete_stand", _stand_short_deg),
    Dose("hips_first", "trunk", "hips_first", _measure("trunk_drop_deg")),
    Dose("jump", "forward", "jump_forward", _measure("feet_forward_m", 100.0)),
    Dose("jump", "back", "jump_back", _measure("feet_forward_m", -100.0)),
    Dose("grip_width", "grip", "grip_wide", _of_shoulders_percent("grip_half_m"), True, 30),
    Dose("stance_width", "stance", "stance_wide", _of_shoulders_percent("stance_half_m"), True),
    Dose("early_arm_bend", "elbows", "early_arm_bend", _elbows_bent_deg),
    Dose("bar_tilt", "tilt", "bar_tilt", _measure("bar_tilt_deg")),
    Dose("uneven_elbows", "elbows", "uneven_elbows", _measure("elbows_uneven_deg")),
)


def find_dose(key: str) -> Dose:
    return next(each for each in DOSES if each.key == key)


def with_dose(spec: LiftSpec, dose: Dose, times: float, body: str = "") -> LiftSpec:
    """`spec` with as much of the fault as makes the truth itself show the dose.

    `body` is the one that will be drawn doing the lift, which then has its bones. A lift that
    shows more without any fault is given back as it is. Secant search on the truth's own measures.
    Raises InputError where no lift of this body reaches the dose.
    """
    wanted = dose.value_at(times)
    skeleton = None
    if body:
        from cleanform.validate import drawn  # needs the extra `synth`

        skeleton = drawn.skeleton(body)
    good = synth.lift(spec, skeleton)
    most = synth.largest_dose(spec, dose.fault)
    tolerance = _CLOSE * abs(dose.value_at(1.0) - dose.value_at(0.0))
    upward = dose.value_at(1.0) > dose.value_at(0.0)

    def missing(amount: float) -> float:
        bad = synth.lift(synth.with_fault(spec, dose.fault, amount), skeleton)
        value = dose.quantity(good, bad, body)
        return wanted - value if upward else value - wanted

    x, y = 0.0, missing(0.0)
    if y <= tolerance:
        return spec
    next_x = min(y, most) if most > 0 else 0.0  # most faults are dosed in the rule's own unit
    for _ in range(_TRIES):
        last_x, last_y, x = x, y, next_x
        y = missing(x)
        if abs(y) <= tolerance:
            return synth.with_fault(spec, dose.fault, x)
        if x == last_x or y == last_y:
            break
        next_x = float(np.clip(x - y * (x - last_x) / (y - last_y), 0.0, most))
    raise InputError(f"no lift of this body shows {dose.key} at {times:g} times its limit")
