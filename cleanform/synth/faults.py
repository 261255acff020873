"""The faults that a lift can be given, each by dose: data, no motion.

A new fault is a line in `FAULTS`, and where it needs a new departure of the body, a field of
`LiftSpec` with its lines in `cleanform.synth.postures`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from cleanform.errors import InputError
from cleanform.synth.spec import LiftSpec, bounds


@dataclass(frozen=True)
class Fault:
    """What a dose changes in a `LiftSpec`, and which of the truth's measures shows it."""

    field: str  # of LiftSpec
    unit: str  # of the dose
    title: str
    largest: float  # dose
    measure: str  # of `Truth.measures`; grows by the dose unless `falls`
    per_unit: float = 1.0  # the field's change by one unit of dose
    falls: bool = False  # the measure shrinks by the dose


FAULTS: Mapping[str, Fault] = MappingProxyType(
    {
        "rounded_back": Fault(
            "lumbar_flexion_deg", "deg", "Back rounded from set-up to knee pass", 60, "lumbar_deg"
        ),
        "hips_short": Fault(
            "hip_short_deg",
            "deg",
            "Hips short of lock-out at full extension",
            36,
            "hip_open_deg",
            falls=True,
        ),
        "incomplete_stand": Fault(
            "stand_short_deg",
            "deg",
            "Hips and knees bent in the final stand",
            35,
            "stand_short_deg",
        ),
        "bar_forward": Fault(
            "bar_forward_m",
            "cm",
            "Bar off the shins in the first pull",
            15,
            "shin_gap_growth_m",
            0.01,
        ),
        "bar_swing": Fault(
            "bar_swing_m",
            "cm",
            "Bar swings away in the second pull",
            18,
            "bar_forward_second_pull_m",
            0.01,
        ),
        "caught_high": Fault(
            "catch_knee_deg", "deg", "Caught on straighter knees", 75, "catch_knee_deg"
        ),
        "caught_low": Fault(
            "catch_knee_deg",
            "deg",
            "Caught on deeper knees",
            75,
            "catch_knee_deg",
            -1.0,
            falls=True,
        ),
        "crashing_bar": Fault(
            "meet_drop_m", "cm", "Bar falls further before it is met", 28, "rack_drop_m", 0.01
        ),
        "early_arm_bend": Fault(
            "early_arm_bend_deg", "deg", "Elbows bend before full extension", 50, "arm_bend_deg"
        ),
        "start_upright": Fault(
            "start_upright_deg", "deg", "Hips low in the start", 20, "start_trunk_deg"
        ),
        "start_flat": Fault(
            "start_upright_deg",
            "deg",
            "Hips high in the start",
            20,
            "start_trunk_deg",
            -1.0,
            falls=True,
        ),
        "hips_first": Fault(
            "hips_first_deg", "deg", "Hips rise before the shoulders", 20, "trunk_drop_deg"
        ),
        "slow_elbows": Fault(
            "slow_elbows_s", "s", "Elbows come through late", 0.22, "elbows_through_s"
        ),
        "low_rack": Fault(
            "low_elbows_deg", "deg", "Elbows hang in the rack", 60, "rack_elbows_low_deg"
        ),
        "jump_forward": Fault(
            "jump_forward_m", "cm", "Feet jump forward", 25, "feet_forward_m", 0.01
        ),
        "jump_back": Fault(
            "jump_forward_m", "cm", "Feet jump back", 32, "feet_forward_m", -0.01, falls=True
        ),
        "grip_wide": Fault("grip_wide_m", "cm", "Hands too far apart", 21, "grip_half_m", 0.01),
        "grip_narrow": Fault(
            "grip_wide_m", "cm", "Hands too close together", 10, "grip_half_m", -0.01, falls=True
        ),
        "stance_wide": Fault(
            "stance_wide_m", "cm", "Feet too far apart", 40, "stance_half_m", 0.01
        ),
        "stance_narrow": Fault(
            "stance_wide_m", "cm", "Feet too close together", 10, "stance_half_m", -0.01, falls=True
        ),
        "bar_tilt": Fault("bar_tilt_deg", "deg", "Bar pulled crooked", 26, "bar_tilt_deg"),
        "uneven_elbows": Fault(
            "uneven_elbows_deg", "deg", "One elbow hangs in the rack", 60, "elbow_lower_deg"
        ),
    }
)


def fault(name: str) -> Fault:
    """The fault of that name. Raises InputError, naming the nearest one, where there is none."""
    if name in FAULTS:
        return FAULTS[name]
    near = get_close_matches(name, FAULTS, n=1, cutoff=0.4)
    hint = f"did you mean {near[0]}?" if near else f"choose one of: {', '.join(FAULTS)}"
    raise InputError(f"no fault is called {name!r}; {hint}")


def largest_dose(spec: LiftSpec, name: str) -> float:
    """The most of a fault that `spec` can take, in its unit; a drawn body takes nine tenths.

    `synth.lift` says so where a body cannot take it all.
    """
    chosen = fault(name)
    low, high = bounds(chosen.field)
    now = float(getattr(spec, chosen.field))
    room = (high - now if chosen.per_unit > 0 else now - low) / abs(chosen.per_unit)
    return round(min(chosen.largest, room), 9)


def with_fault(spec: LiftSpec, name: str, dose: float) -> LiftSpec:
    """`spec` with a dose of one fault added to what it already has.

    The dose is a departure from what this lifter does in `spec`, in the fault's unit. Raises
    InputError for a name that is not in `FAULTS` and for a dose outside 0..`largest_dose`.
    """
    chosen = fault(name)
    largest = largest_dose(spec, name)
    if not 0 <= dose <= largest:
        raise InputError(
            f"a dose of {dose:g} {chosen.unit} of {name} cannot be made; "
            f"choose 0 to {largest:g} {chosen.unit}"
        )
    low, high = bounds(chosen.field)
    changed = float(getattr(spec, chosen.field)) + chosen.per_unit * dose
    change: dict[str, Any] = {chosen.field: min(max(changed, low), high)}
    return replace(spec, **change)
