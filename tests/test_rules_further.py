"""The further checks: their values follow the dose, and the plate silences them."""

from __future__ import annotations

from dataclasses import replace

import lifts_for_rules as lifts
import numpy as np
import pytest

from cleanform import synth
from cleanform.model import Measurement, Verdict
from cleanform.rules._reading import NEAR_COVER_S, clearly_seen
from cleanform.rules.engine import Rule, find_rule
from cleanform.synth import LiftSpec


def read(rule: Rule, spec: LiftSpec, part: str) -> Measurement:
    return next(m for m in rule.measure(*lifts.exact(spec)) if m.part == part)  # type: ignore[return-value]


@pytest.mark.parametrize("dose_deg", [0.0, 6.0, 12.0, 20.0])
def test_the_trunk_s_drop_follows_the_dose(dose_deg: float) -> None:
    spec = LiftSpec(hips_first_deg=dose_deg, fps=240)
    dropped_deg = read(find_rule("hips_first"), spec, "trunk").value
    true_deg = synth.lift(spec).measures[0]["trunk_drop_deg"]
    # The flattest that is held for 60 ms is short of the flattest instant, never past it.
    assert true_deg - 1.5 <= dropped_deg <= true_deg + 0.3


@pytest.mark.parametrize("dose_deg", [-25.0, -12.0, 0.0, 12.0, 25.0])
def test_the_start_is_read_as_the_bar_leaves_the_floor(dose_deg: float) -> None:
    spec = LiftSpec(start_upright_deg=dose_deg)
    true = synth.lift(spec).measures[0]
    for part, measure in (("trunk", "start_trunk_deg"), ("hips", "start_thigh_deg")):
        assert read(find_rule("start_position"), spec, part).value == pytest.approx(
            true[measure], abs=1.0
        )


@pytest.mark.parametrize(
    ("dose_deg", "verdict", "outcome", "why"),
    [(-25.0, Verdict.FAULT, "", "inclined by"), (-10.0, Verdict.WATCH, "", "inclined by"),
     (0.0, Verdict.OK, "", "inclined by"),
     (25.0, Verdict.WATCH, "sits too deep", "below your knees")],
)  # fmt: skip
def test_hips_too_high_are_a_fault_and_too_low_are_watched(
    dose_deg: float, verdict: Verdict, outcome: str, why: str
) -> None:
    motion, rep = lifts.exact(LiftSpec(start_upright_deg=dose_deg))
    finding = find_rule("start_position").check(motion, rep)
    assert (finding.verdict, finding.outcome) == (verdict, outcome)
    assert why in finding.reason


def test_a_lift_from_the_hang_has_no_start_on_the_floor() -> None:
    motion, rep = lifts.exact(LiftSpec(kind="hang power clean"))
    finding = find_rule("start_position").check(motion, replace(rep, kind="hang power clean"))
    assert finding.verdict is Verdict.CANNOT_TELL
    assert "in the hang" in finding.reason


@pytest.mark.parametrize("dose_m", [-0.2, -0.08, 0.0, 0.06, 0.2])
def test_both_ways_of_a_jump_follow_the_dose(dose_m: float) -> None:
    spec = LiftSpec(jump_forward_m=dose_m)
    for part, sign in (("forward", 1), ("back", -1)):
        measured_cm = read(find_rule("jump"), spec, part).value
        assert measured_cm == pytest.approx(sign * 100 * dose_m, abs=0.5)


@pytest.mark.parametrize(
    ("rule", "joint", "why"),
    [("low_rack", "elbow", "plate covers"), ("low_rack", "shoulder", "plate covers"),
     ("slow_elbows", "elbow", "plate covers"), ("jump", "foot_index", "plate covers"),
     ("start_position", "hip", "not seen"),
     ("hips_first", "shoulder", "not seen"), ("hips_first", "hip", "not seen")],
)  # fmt: skip
def test_behind_the_plate_nothing_is_said(rule: str, joint: str, why: str) -> None:
    motion, rep = lifts.exact(replace(LiftSpec(), **find_rule(rule).fault))  # type: ignore[arg-type]
    covered = {**motion.hidden, joint: np.ones(len(motion.times_s), bool)}
    finding = find_rule(rule).check(replace(motion, hidden=covered), rep)
    assert finding.verdict is Verdict.CANNOT_TELL
    assert why in finding.reason


def test_a_guess_outlives_the_plate_s_passing() -> None:
    motion, _ = lifts.exact(LiftSpec())
    covered = np.zeros(len(motion.times_s), bool)
    covered[40:43] = True
    motion = replace(motion, hidden={**motion.hidden, "elbow": covered})
    times_s = motion.times_s
    away_s = np.maximum(times_s[40] - times_s, times_s - times_s[42])
    assert np.array_equal(clearly_seen(motion, "elbow"), away_s > NEAR_COVER_S)
