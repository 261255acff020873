"""Lifts drawn by seed, with every fault and pairs of them, held against physics and geometry.

Nothing here asks the code that made a lift what it meant: joints and bar are sampled every
millisecond, and what they must obey is worked out from the samples alone.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
import pytest

from cleanform.errors import InputError
from cleanform.model import EVENTS
from cleanform.synth import (
    FAULTS,
    KINDS,
    LiftSpec,
    Truth,
    largest_dose,
    lift,
    vary,
    with_fault,
)
from cleanform.synth.body import Body
from cleanform.synth.figure import skeleton_of

GRAVITY_M_S2 = 9.81
STEP_S = 0.001
BAR_RADIUS_M = 0.014
BONES = (
    ("ankle", "knee"),
    ("knee", "hip"),
    ("hip", "shoulder"),
    ("shoulder", "ear"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("wrist", "hand"),
    ("heel", "ankle"),
    ("ankle", "foot_index"),
)
#: a unit of dose in the unit of the truth's measure
UNIT = {"deg": 1.0, "cm": 0.01, "s": 1.0}


class Dense(NamedTuple):
    times_s: np.ndarray
    near: dict[str, np.ndarray]
    bar_m: np.ndarray
    knee_deg: np.ndarray
    hip_deg: np.ndarray
    speed_m_s: np.ndarray


def included_deg(a, b, c) -> np.ndarray:
    """By the law of cosines, which the code under test does not use."""
    ab, bc, ac = (np.linalg.norm(x - y, axis=-1) for x, y in ((a, b), (b, c), (a, c)))
    return np.degrees(np.arccos((ab**2 + bc**2 - ac**2) / (2 * ab * bc)))


def densely(truth: Truth) -> Dense:
    """From lift-off to the end."""
    times = np.arange(truth.events_s[0]["lift_off"], truth.timeline.duration_s, STEP_S)
    near, _, bar = truth.timeline.joints(times)
    flat = {name: xyz[:, :2] for name, xyz in near.items()}
    knee = included_deg(flat["hip"], flat["knee"], flat["ankle"])
    hip = included_deg(flat["shoulder"], flat["hip"], flat["knee"])
    return Dense(times, near, bar, knee, hip, np.gradient(bar[:, 1], times))


def assert_body(truth: Truth, seen: Dense) -> None:
    """Bones keep their length, hands the bar, and the bar keeps out of shin and thigh."""
    near, bar = seen.near, seen.bar_m
    for a, b in BONES:
        if (a, b) == ("hip", "shoulder") and truth.spec.lumbar_flexion_deg:
            continue  # a rounded back is shorter
        assert np.ptp(np.linalg.norm(near[a] - near[b], axis=1)) < 1e-9, (a, b)
    assert np.max(np.linalg.norm(near["hand"][:, :2] - bar, axis=1)) < 1e-3
    s = truth.skeleton
    for low, high, radius in (("ankle", "knee", s.shin_front_m), ("knee", "hip", s.thigh_front_m)):
        a, b = near[low][:, :2], near[high][:, :2]
        share = np.clip(np.sum((bar - a) * (b - a), 1) / np.sum((b - a) ** 2, 1), 0, 1)
        away = np.linalg.norm(bar - a - share[:, None] * (b - a), axis=1)
        assert np.min(away) > radius + BAR_RADIUS_M - 2e-3, (low, high)


def assert_bar(truth: Truth, seen: Dense) -> None:
    """Off the floor from rest, one peak of speed, then never faster down than free fall."""
    events, times, speed = truth.events_s[0], seen.times_s, seen.speed_m_s
    assert seen.bar_m[0] == pytest.approx([0.0, 0.225], abs=1e-6)
    assert abs(speed[0]) < 0.02
    rising = times < events["bar_apex"] - STEP_S
    top = int(np.argmax(speed[rising]))
    assert 1.1 <= speed[top] <= 2.9
    assert np.min(np.diff(speed[rising][: top + 1])) > -1e-6
    assert np.max(np.diff(speed[rising][top:])) < 1e-3 * speed[top]
    flown = rising & (times > events["full_extension"])
    fall = -np.gradient(speed[flown], times[flown])[2:-2]
    if len(fall):
        assert np.max(fall) < GRAVITY_M_S2 * 1.001
        assert np.min(fall) > -0.5  # arms pull, but the legs' push is over
    energy = GRAVITY_M_S2 * seen.bar_m[flown, 1] + 0.5 * speed[flown] ** 2
    assert len(energy) < 5 or np.min(np.diff(energy[2:-2])) > -1e-4


def assert_events(truth: Truth, seen: Dense) -> None:
    """Each found again where its definition says, from the samples alone."""
    events, times, knee, bar = truth.events_s[0], seen.times_s, seen.knee_deg, seen.bar_m
    known = [events[name] for name in EVENTS if events[name] is not None]
    assert len(known) >= 8  # the stand may be shown too briefly
    assert all(a < b for a, b in pairwise(known))

    def most(values: np.ndarray, after_s: float, before_s: float) -> float:
        window = (times > after_s) & (times < before_s)
        return float(times[window][np.argmax(values[window])])

    lift_off, extension = events["lift_off"], events["full_extension"]
    moving = times[bar[:, 1] > bar[0, 1] + 1e-4]
    assert 0 <= moving[0] - lift_off < 0.06
    if truth.spec.rebend_deg >= 2:
        straightest = most(knee, lift_off, events["power_position"])
        power = most(-knee, straightest, extension)
        assert power == pytest.approx(events["power_position"], abs=0.003)
    if events["knee_pass"] is not None:
        over = bar[:, 1] - seen.near["knee"][:, 1]
        assert np.interp(events["knee_pass"], times, over) == pytest.approx(0.0, abs=0.003)
    straight = most(knee + seen.hip_deg, events["power_position"], events["rack"])
    assert straight == pytest.approx(extension, abs=0.010)
    highest = most(bar[:, 1], lift_off, events["catch_lowest"])
    assert highest == pytest.approx(events["bar_apex"], abs=0.003)
    lowest = most(-bar[:, 1], events["bar_apex"], times[-1])
    assert lowest == pytest.approx(events["catch_lowest"], abs=0.003)
    apart = np.linalg.norm(bar - seen.near["shoulder"][:, :2], axis=1)
    resting = np.abs(apart - apart[-1]) < 1e-6
    met = times[np.nonzero(~resting)[0][-1] + 1]
    assert met == pytest.approx(events["rack"], abs=0.003)
    if events["stood_up"] is not None:
        after = times >= events["stood_up"]
        assert np.ptp(knee[after]) < 8
        assert np.max(np.abs(np.gradient(seen.near["hip"][after, 1], STEP_S))) < 0.06


def assert_true(truth: Truth) -> None:
    seen = densely(truth)
    assert_body(truth, seen)
    assert_bar(truth, seen)
    assert_events(truth, seen)


# --- good lifts -----------------------------------------------------------------------------


def assert_good(truth: Truth) -> None:
    """Inside every good band of docs/rules.md, with room, from the truth itself."""
    (made,) = truth.measures
    assert None not in truth.events_s[0].values()
    assert made["bar_forward_first_pull_m"] <= 0.015
    assert made["shin_gap_growth_m"] <= 0.02
    assert made["bar_forward_second_pull_m"] <= 0.043
    assert made["catch_thigh_deg"] >= 31
    assert made["catch_knee_deg"] <= 140
    assert made["rack_drop_m"] <= 0.10
    assert abs(made["hip_short_deg"]) <= 5
    assert abs(made["stand_short_deg"]) <= 1e-6
    assert made["lumbar_deg"] == 0
    assert made["trunk_drop_deg"] <= 1
    assert made["arm_bend_deg"] <= 1
    assert made["elbows_through_s"] <= 0.37
    assert made["rack_elbows_low_deg"] <= 10
    assert abs(made["feet_forward_m"]) <= 1e-9
    assert 1.1 <= made["peak_speed_m_s"] <= 2.45


def test_the_default_lift_is_good():
    assert_good(lift(LiftSpec()))


def test_lifts_by_seed_are_good():
    for seed in range(60):
        assert_good(lift(vary(seed, fps=10.0)))


@pytest.mark.slow
def test_many_lifts_by_seed_are_good():
    for seed in range(60, 500):
        assert_good(lift(vary(seed, fps=10.0)))


@pytest.mark.parametrize("name", ["male", "female"])
def test_lifts_of_the_bodies_that_are_drawn_are_good_too(name):
    skeleton = skeleton_of(Body(name))
    for seed in range(3):
        spec = vary(seed, fps=10.0, stature_m=skeleton.stature_m)
        assert_good(lift(spec, skeleton))
        for fault in FAULTS:  # one with shorter arms takes a little less
            lift(with_fault(spec, fault, 0.9 * largest_dose(spec, fault)), skeleton)


@pytest.mark.parametrize("seed", range(6))
def test_a_good_lift_obeys_physics_and_its_own_events(seed):
    assert_true(lift(vary(seed, fps=10.0)))


def test_lifts_by_seed_vary_in_everything_and_repeat():
    specs = [vary(seed) for seed in range(80)]
    assert specs == [vary(seed) for seed in range(80)]
    assert {spec.fps for spec in specs} == {24, 25, 30, 50, 60, 120, 240}
    assert {spec.facing for spec in specs} == {-1, 1}
    for name in ("jitter_s", "stand_first_s", "still_before_s", "rebend_deg"):
        none = sum(getattr(spec, name) == 0 for spec in specs)
        assert 0 < none < 80, name
    for name in ("stature_m", "tempo", "start_trunk_deg", "catch_knee_deg"):
        assert len({getattr(spec, name) for spec in specs}) == 80, name
    assert len({spec.proportions for spec in specs}) == 80
    moved = replace(vary(5), fps=30.0)
    assert vary(5, fps=30.0) == moved
    with pytest.raises(InputError, match="choose"):
        vary(1, stature_m=9.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_movement_varies_by_seed(kind):
    lengths = set()
    for seed in range(3):
        truth = lift(vary(seed, kind=kind, reps=1, fps=20.0))
        assert not any(np.isnan(joint).any() for joint in truth.joints_m.values())
        lengths.add(round(truth.timeline.duration_s, 6))
    assert len(lengths) == 3


def test_bodies_differ_in_proportion_and_keep_their_stature():
    """Shares of stature against the spread of adults: hip 0.48-0.56, arm 0.30-0.37 (Winter)."""
    for seed in range(20):
        truth = lift(vary(seed, fps=10.0, stand_first_s=1.0))
        height = truth.spec.stature_m
        first = {name: xyz[0] for name, xyz in truth.joints_m.items()}
        assert 0.48 < first["hip"][1] / height < 0.56
        assert 0.79 < first["shoulder"][1] / height < 0.83
        arm = np.linalg.norm(first["shoulder"] - first["elbow"])
        arm += np.linalg.norm(first["elbow"] - first["wrist"])
        assert 0.30 < arm / height < 0.37


# --- faults ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_a_dose_is_what_the_truth_measures(name):
    """Half and all of what a lifter can take, within a tenth, and no dose changes nothing."""
    fault = FAULTS[name]
    for seed in (3, 17):
        base = vary(seed, fps=10.0)
        before = lift(base).measures[0][fault.measure]
        assert with_fault(base, name, 0.0) == base
        for share in (0.5, 1.0):
            dose = share * largest_dose(base, name)
            after = lift(with_fault(base, name, dose)).measures[0][fault.measure]
            change = (before - after if fault.falls else after - before) / UNIT[fault.unit]
            assert change == pytest.approx(dose, rel=0.15), (seed, dose)


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_lift_obeys_physics_and_its_own_events(name):
    base = vary(21, fps=10.0)
    for share in (0.4, 0.9):
        assert_true(lift(with_fault(base, name, share * largest_dose(base, name))))


#: From a flat start a trunk has less to fall, so the second is not there by its whole dose.
AGAINST_EACH_OTHER = ("start_flat", "hips_first")


def pairs() -> list[tuple[str, str]]:
    return [
        pair
        for pair in combinations(FAULTS, 2)
        if FAULTS[pair[0]].field != FAULTS[pair[1]].field and set(pair) != set(AGAINST_EACH_OTHER)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("pair", pairs(), ids=" and ".join)
def test_two_faults_at_once_are_both_there(pair):
    base = vary(4, fps=10.0)
    first, second = pair
    both = with_fault(base, first, 0.4 * largest_dose(base, first))
    both = with_fault(both, second, 0.4 * largest_dose(both, second))
    truth = lift(both)
    assert_true(truth)
    for name, other in (pair, pair[::-1]):
        fault, dose = FAULTS[name], 0.4 * largest_dose(base, name)
        without = lift(with_fault(base, other, 0.4 * largest_dose(base, other)))
        change = truth.measures[0][fault.measure] - without.measures[0][fault.measure]
        wanted = dose * UNIT[fault.unit] * (-1 if fault.falls else 1)
        assert change == pytest.approx(wanted, rel=0.2), name


def test_what_no_lifter_can_do_is_refused_with_the_nearest_or_the_range():
    with pytest.raises(InputError, match="did you mean rounded_back"):
        with_fault(LiftSpec(), "rounded", 10)
    with pytest.raises(InputError, match="choose one of: rounded_back"):
        with_fault(LiftSpec(), "zzz", 10)
    for dose in (-1.0, 61.0, float("nan")):
        with pytest.raises(InputError, match="choose 0 to 60 deg"):
            with_fault(LiftSpec(), "rounded_back", dose)
    high = replace(LiftSpec(), catch_knee_deg=160)
    with pytest.raises(InputError, match="choose 0 to 12 deg"):
        with_fault(high, "caught_high", 13)
