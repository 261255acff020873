"""What comes before, between and after cleans, and movements that are none."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cleanform.errors import InputError
from cleanform.model import EVENTS
from cleanform.synth import LiftSpec, Truth, lift
from cleanform.synth.measures import stood_up_s
from cleanform.synth.timeline import State, Timeline

GRAVITY_M_S2 = 9.81
PLATE_RADIUS_M = 0.225
STEP_S = 0.002


def sampled(truth: Truth, first_s: float = 0.0):
    times = np.arange(first_s, truth.timeline.duration_s, STEP_S)
    near, far, bar = truth.timeline.joints(times)
    return times, near, far, bar


@pytest.fixture(scope="module", params=["push", "split"])
def jerked(request) -> Truth:
    return lift(LiftSpec(jerk=request.param))


def test_a_jerk_leaves_the_clean_as_it_is(jerked):
    plain = lift(LiftSpec())
    assert jerked.events_s == plain.events_s
    assert jerked.measures == plain.measures
    assert jerked.is_clean
    assert jerked.times_s[-1] > plain.times_s[-1] + 2


def test_a_jerk_ends_at_arms_length_overhead_and_never_leaves_the_hands(jerked):
    after_s = jerked.events_s[0]["stood_up"]
    _, near, far, bar = sampled(jerked, after_s)
    for side in (near, far):
        assert np.max(np.linalg.norm(side["hand"][:, :2] - bar, axis=1)) < 1e-3
    highest = np.max(bar[:, 1])
    assert highest > np.max(near["ear"][:, 1]) + 0.25
    top = bar[:, 1] > highest - 1e-3
    straight = np.linalg.norm(near["shoulder"] - near["wrist"], axis=1)[top]
    assert np.all(straight > 0.99 * (jerked.skeleton.upper_arm_m + jerked.skeleton.forearm_m))
    speed = np.gradient(bar[:, 1], STEP_S)
    assert 1.0 < speed.max() < 2.0
    assert -np.gradient(speed, STEP_S).max() < GRAVITY_M_S2


def test_a_split_parts_the_feet_and_keeps_both_legs_on_one_pelvis():
    truth = lift(LiftSpec(jerk="split"))
    _, near, far, _ = sampled(truth)
    apart = near["foot_index"][:, 0] - far["foot_index"][:, 0]
    assert apart.max() > 0.35 * truth.spec.stature_m
    assert abs(apart[-1]) < 1e-9
    for name in ("hip", "shoulder"):
        assert near[name][:, :2] == pytest.approx(far[name][:, :2], abs=1e-6)
    for side in (near, far):
        assert side["foot_index"][:, 1].min() > -1e-9
        for bone in (("ankle", "knee"), ("knee", "hip"), ("heel", "ankle")):
            assert np.ptp(np.linalg.norm(side[bone[0]] - side[bone[1]], axis=1)) < 1e-9
    widest = int(np.argmax(apart))
    ahead = [side["knee"][widest, 0] - side["hip"][widest, 0] for side in (near, far)]
    assert ahead[0] > 0.2 > 0.05 > ahead[1]


def test_a_jerk_is_lowered_before_the_next_rep():
    truth = lift(LiftSpec(jerk="push", reps=2))
    first, second = truth.events_s
    assert second["bar_apex"] - second["lift_off"] == pytest.approx(
        first["bar_apex"] - first["lift_off"]
    )
    _, bar = truth.timeline.joints(np.array([second["lift_off"]]))[1:]
    assert bar[0] == pytest.approx([0.0, PLATE_RADIUS_M], abs=1e-6)


@pytest.mark.parametrize("change", [{}, {"jerk": "push"}, {"kind": "snatch"}])
def test_a_dropped_bar_falls_freely_bounces_and_lies_still(change):
    truth = lift(LiftSpec(dropped=True, **change))
    times, near, _, bar = sampled(truth)
    height = bar[:, 1]
    held = np.linalg.norm(near["hand"][:, :2] - bar, axis=1) < 1e-3
    let_go = int(np.nonzero(held)[0][-1])
    assert not held[let_go + 1 :].any()
    falling = slice(let_go + 3, let_go + 100)
    assert np.gradient(np.gradient(height, times), times)[falling] == pytest.approx(
        -GRAVITY_M_S2, rel=0.02
    )
    assert height.min() == pytest.approx(PLATE_RADIUS_M, abs=1e-9)
    inner = height[let_go:]
    tops = inner[1:-1][(inner[1:-1] > inner[:-2]) & (inner[1:-1] >= inner[2:])] - PLATE_RADIUS_M
    tops = tops[tops > 1e-4]
    assert 1 <= len(tops) <= 4
    assert np.all(np.diff([height[let_go] - PLATE_RADIUS_M, *tops]) < 0)
    assert tops[0] / (height[let_go] - PLATE_RADIUS_M) == pytest.approx(0.35**2, abs=0.02)
    assert np.ptp(bar[-50:], axis=0).max() == 0
    low = times > times[let_go]
    overhead = height[let_go] > near["ear"][let_go, 1]
    for below, radius in (("hip", 0.10), ("ear", 0.12))[: 1 + overhead]:  # half a trunk, a head
        at = low & (height < near[below][0 if below == "hip" else -1, 1] + radius)
        assert np.min(bar[at, 0] - near[below][-1, 0]) > radius, below
    assert near["hand"][-1, 1] < near["hip"][-1, 1]


def test_touch_and_go_leaves_no_pause_on_the_floor():
    reset, going = (lift(LiftSpec(reps=3, touch_and_go=x)) for x in (False, True))
    pauses = []
    for truth in (reset, going):
        _, _, _, bar = sampled(truth, truth.events_s[0]["stood_up"])
        still = (bar[:, 1] < PLATE_RADIUS_M + 1e-3)[: int(12 / STEP_S)]
        pauses.append(still.sum() * STEP_S / 2)
        assert len(truth.events_s) == 3
        assert all(None not in events.values() for events in truth.events_s)
    assert pauses[0] > pauses[1] + 0.4
    assert pauses[1] < 0.3


@pytest.mark.parametrize("kind", ["power clean", "hang clean", "snatch", "deadlift"])
def test_a_clip_that_begins_in_the_pull_is_the_rest_of_the_whole_one(kind):
    whole, cut = (lift(LiftSpec(kind=kind, cut_in_pull=x)) for x in (False, True))
    missing = whole.timeline.duration_s - cut.timeline.duration_s
    assert whole.events_s[0]["lift_off"] < missing < whole.events_s[0]["lift_off"] + 1.0
    assert cut.times_s[0] == 0
    times = np.linspace(0, cut.timeline.duration_s, 50)
    shown, all_of_it = cut.timeline.joints(times), whole.timeline.joints(times + missing)
    for one, other in zip(shown[:2], all_of_it[:2], strict=True):
        for name in one:
            assert one[name] == pytest.approx(other[name], abs=1e-9), name
    assert cut.events_s[0]["lift_off"] is None
    for name in EVENTS:
        time, before = cut.events_s[0][name], whole.events_s[0][name]
        if time is not None:
            assert time == pytest.approx(before - missing, abs=1e-6)
        elif before is not None:
            assert before < missing
    assert cut.measures[0] == pytest.approx(whole.measures[0], rel=1e-4, abs=1e-4)


def test_a_hang_clean_is_a_clean_from_the_thighs():
    full, power = (lift(LiftSpec(kind=kind)) for kind in ("hang clean", "hang power clean"))
    assert full.is_clean
    assert full.measures[0]["catch_thigh_deg"] < 0 < power.measures[0]["catch_thigh_deg"]
    for truth in (full, power):
        assert truth.bar_m[0, 1] > 0.35 * truth.spec.stature_m
        assert truth.events_s[0]["knee_pass"] is None


def test_a_press_goes_overhead_with_straight_legs():
    truth = lift(LiftSpec(kind="press", reps=2))
    _, near, _, bar = sampled(truth)
    assert not truth.is_clean
    assert truth.events_s == ()
    assert np.ptp(near["hip"], axis=0).max() < 1e-9
    assert np.ptp(bar[:, 1]) > 0.25 * truth.spec.stature_m
    assert np.sum(np.diff(np.sign(bar[:, 1] - bar[:, 1].mean())) > 0) == 2


def test_one_foot_of_a_walker_is_always_planted_and_none_below_the_floor():
    _, near, far, _ = sampled(lift(LiftSpec(kind="walk")))
    feet = [side["foot_index"] for side in (near, far)]
    speed = [np.linalg.norm(np.gradient(foot, STEP_S, axis=0), axis=1) for foot in feet]
    assert np.minimum(*speed)[5:-5].max() < 1e-6
    for side in (near, far):
        assert side["foot_index"][:, 1].min() > -1e-9
        assert side["heel"][:, 1].min() > -1e-3
    assert near["hip"][:, :2] == pytest.approx(far["hip"][:, :2], abs=1e-6)


def test_one_who_stands_there_does_nothing():
    truth = lift(LiftSpec(kind="stand"))
    assert np.isnan(truth.bar_m).all()
    assert max(np.ptp(joint, axis=0).max() for joint in truth.joints_m.values()) == 0


def test_what_never_comes_to_rest_is_never_stood_up():
    """Neither one who sways to the end, nor one who is still for too short a time."""
    skeleton = lift(LiftSpec()).skeleton
    stood, bent = (np.array([3.0, knee, 90.0, 0.0, 176.0, 0.0]) for knee in (175.0, 100.0))

    def swaying(t: np.ndarray) -> State:
        share = 0.5 - 0.5 * np.cos(2 * np.pi * t / 0.8)
        rows = stood + (bent - stood) * share[:, None]
        count = len(t)
        return State(rows, np.zeros(count), np.zeros(count), np.full((count, 2), np.nan))

    line = Timeline(skeleton)
    line.add(4.0, swaying)
    assert stood_up_s(line, 0.0, 4.0) is None
    line.hold(0.2, swaying(np.zeros(1)))
    assert stood_up_s(line, 0.0, line.duration_s) is None
    line.hold(0.2, swaying(np.zeros(1)))
    found = stood_up_s(line, 0.0, line.duration_s)
    assert found is not None
    assert 3.8 < found < 4.0
    assert stood_up_s(line, 4.39, 4.3902) is None


def test_movements_follow_their_tempo():
    for kind in ("deadlift", "front squat", "press", "walk", "jump"):
        slow, fast = (lift(LiftSpec(kind=kind, tempo=tempo)) for tempo in (0.7, 1.2))
        speeds = [
            max(np.abs(np.gradient(joint, STEP_S, axis=0)).max() for joint in near.values())
            for _, near, _, _ in map(sampled, (slow, fast))
        ]
        assert speeds[1] > 1.1 * speeds[0], kind


def test_a_jerk_that_is_none_of_them_is_refused():
    with pytest.raises(InputError, match="choose one of: none, push, split"):
        replace(LiftSpec(), jerk="power")


def test_several_reps_are_in_order_after_a_cut():
    truth = lift(LiftSpec(reps=3, cut_in_pull=True))
    apexes = [events["bar_apex"] for events in truth.events_s]
    assert all(b - a > 3 for a, b in pairwise(apexes))
