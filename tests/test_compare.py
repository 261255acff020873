"""One lift against another: the shared clock, what differs, checks, refusals, the best earlier."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import lifts_to_compare as made
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cleanform
from cleanform import compare, synth
from cleanform.compare import (
    alignment,
    best,
    changes,
    comparison,
    differences,
    document,
    readings,
    sentences,
    sides,
)
from cleanform.compare.changes import State
from cleanform.compare.readings import EVENT_SIGMA_S, Reading
from cleanform.errors import InputError
from cleanform.model import EVENTS, Finding, Verdict, View

GOOD = made.GOOD


def judged(a, b, **how):
    return comparison.judge(a, b, **how)


# --- the shared clock -----------------------------------------------------------------------------


def test_events_come_together_on_the_shared_clock():
    a, b = made.side(), made.side(replace(GOOD, tempo=0.7, still_before_s=1.3), name="b")
    aligned = alignment.align(a.rep, b.rep)
    assert aligned.events == EVENTS[1:]
    for event, common_s in zip(aligned.events, aligned.common_s, strict=True):
        for n, side in enumerate((a, b)):
            own_s = side.rep.events[event].time_s
            assert aligned.to_common(n, own_s) == pytest.approx(common_s)
            assert aligned.to_clip(n, common_s) == pytest.approx(own_s)
    assert aligned.at("lift_off") == 0.0
    took = [side.rep.events["stood_up"].time_s - side.rep.events["lift_off"].time_s
            for side in (a, b)]  # fmt: skip
    assert aligned.at("stood_up") == pytest.approx(np.mean(took))
    assert took[0] != pytest.approx(took[1], abs=0.1)
    assert [phase.name for phase in aligned.phases] == [p.name for p in a.rep.phases]


@settings(deadline=None)
@given(st.lists(st.floats(-2, 6), min_size=2, max_size=30))
def test_the_warp_keeps_the_order_and_leads_back(times):
    a, b = made.side(), made.side(replace(GOOD, tempo=0.7), name="b")
    aligned = alignment.align(a.rep, b.rep)
    common_s = np.sort(np.array(times))
    for n in (0, 1):
        clip_s = aligned.to_clip(n, common_s)
        assert (np.diff(clip_s)[np.diff(common_s) > 1e-6] > 0).all()
        assert aligned.to_common(n, clip_s) == pytest.approx(common_s, abs=1e-9)


def test_outside_the_shared_events_time_runs_as_in_life():
    a, b = made.side(), made.side(replace(GOOD, tempo=0.7), name="b")
    aligned = alignment.align(a.rep, b.rep)
    for n in (0, 1):
        start, end = aligned.to_clip(n, np.array([-1.0, -0.5])), aligned.clip_s[n][0]
        assert start == pytest.approx([end - 1.0, end - 0.5])


def test_an_event_that_one_lift_lacks_is_left_out():
    a, b = made.side(), made.side(name="b")
    events = {**b.rep.events, "rack": replace(b.rep.events["rack"], frame=None, time_s=None)}
    aligned = alignment.align(a.rep, replace(b.rep, events=events))
    assert "rack" not in aligned.events
    assert "catch_lowest" in aligned.events
    names = [phase.name for phase in aligned.phases]
    assert "turnover" not in names
    assert "first pull" in names


def test_two_lifts_without_shared_moments_are_refused():
    a = made.side()
    none = {name: replace(event, frame=None, time_s=None) for name, event in a.rep.events.items()}
    with pytest.raises(InputError, match="too few moments"):
        alignment.align(a.rep, replace(a.rep, events=none))


# --- the rule -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difference", "shown"),
    [(1.999, False), (2.0, True), (-2.0, True), (-1.999, False), (0, False)],
)
def test_a_difference_is_shown_from_two_combined_sigmas_on(difference, shown):
    a, b = Reading("x", "", 5.0, "cm", 0.6), Reading("x", "", 5.0 + difference, "cm", 0.8)
    (one,) = differences.between({"x": a}, {"x": b}, one_film=False)
    assert one.sigma == pytest.approx(1.0)
    assert differences.is_shown(one.b - one.a, 1.0) is shown
    assert differences.is_shown(difference, 1.0) is shown


def test_errors_of_one_film_fall_out_between_its_lifts_and_add_up_between_two():
    a = Reading("x", "", 100.0, "cm", 0.3, {"scale": 2.0})
    b = Reading("x", "", 103.0, "cm", 0.4, {"scale": 2.06})
    (alone,) = differences.between({"x": a}, {"x": b}, one_film=True)
    (apart,) = differences.between({"x": a}, {"x": b}, one_film=False)
    assert alone.sigma == pytest.approx(np.hypot(0.5, 0.06))
    assert apart.sigma == pytest.approx(np.sqrt(0.25 + 2.0**2 + 2.06**2))
    assert alone.shown
    assert not apart.shown


@pytest.mark.parametrize(
    "other",
    [
        {"spec": replace(GOOD, facing=-1)},
        {"spec": replace(GOOD, still_before_s=1.7)},
        {"spec": replace(GOOD, fps=120.0)},
        {"camera": synth.Camera(width_px=960, height_px=540)},
        {"camera": synth.Camera(distance_m=5.0, pan_px=(40.0, 0.0))},
    ],
    ids=["mirrored", "later", "faster film", "smaller picture", "further away"],
)
def test_a_lift_against_itself_seen_otherwise_shows_no_difference(other):
    found = judged(made.side(), made.side(name="b", **other))
    assert len(found.differences) > 30
    assert found.shown == ()
    assert {one.state for one in found.changes} <= {State.SAME, State.CANNOT_TELL}
    assert "None of" in sentences.numbers_line(found)


def test_a_known_difference_of_three_centimetres_is_shown_and_said():
    found = judged(made.side(), made.side(replace(GOOD, meet_drop_m=0.07), name="b"))
    (one,) = found.shown
    assert one.name == "bar_drop_to_catch"
    assert one.difference == pytest.approx(3.0, abs=2 * one.sigma)
    assert sentences.difference(found, one).startswith("deeper by 3.0 ± 0.")
    imperial = replace(found, units="imperial")
    assert sentences.difference(imperial, one).startswith("deeper by 1.2 ± 0.1 in")
    back = judged(made.side(replace(GOOD, meet_drop_m=0.07), name="b"), made.side())
    assert sentences.difference(back, back.shown[0]).startswith("shallower by 3.0")


def test_a_moment_that_is_not_sure_makes_what_is_read_there_less_sure():
    side = made.side()
    read = readings.read(side)
    # At the power position the trunk turns fast and the moment is found least well.
    assert read["trunk_at_power_position"].noise > 2 * read["trunk_at_lift_off"].noise
    assert read["bar_height_at_knee_pass"].noise > 2 * read["bar_apex_height"].noise


# --- checks ---------------------------------------------------------------------------------------


def finding(verdict, value=10.0, sigma=1.0, part="p"):
    blind = verdict is Verdict.CANNOT_TELL
    return Finding("x", "X", verdict, None if blind else value, "deg", sigma, part=part)


OK, WATCH, FAULT, BLIND = Verdict.OK, Verdict.WATCH, Verdict.FAULT, Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("a", "b", "state", "why"),
    [
        (finding(FAULT, 30), finding(OK, 10), State.FIXED, ""),
        (finding(WATCH, 20), finding(OK, 10), State.FIXED, ""),
        (finding(FAULT, 30), finding(WATCH, 20), State.BETTER, ""),
        (finding(OK, 10), finding(FAULT, 30), State.NEW, ""),
        (finding(OK, 10), finding(WATCH, 20), State.NEW, ""),
        (finding(WATCH, 20), finding(FAULT, 30), State.WORSE, ""),
        (finding(FAULT, 30), finding(FAULT, 40), State.SAME, ""),
        (finding(OK, 12.0), finding(WATCH, 12.5), State.CANNOT_TELL, "close"),
        (finding(OK, 12.0, part="q"), finding(WATCH, 12.5), State.NEW, "parts"),
        (finding(BLIND), finding(FAULT), State.CANNOT_TELL, "blind a"),
        (finding(OK), finding(BLIND), State.CANNOT_TELL, "blind b"),
        (finding(BLIND), finding(BLIND), State.CANNOT_TELL, "blind both"),
        (None, finding(OK), State.CANNOT_TELL, "blind a"),
    ],
)
def test_what_became_of_a_check(a, b, state, why):
    one = changes.change("x", a, b)
    assert (one.state, one.why) == (state, why)
    assert bool(sentences.reason(one)) is bool(why)


def test_a_fault_that_is_new_is_said_first():
    swing = made.side(replace(GOOD, bar_swing_m=0.14), name="b")
    found = judged(made.side(), swing)
    assert sentences.headline(found).startswith("New in B: bar swings out")
    assert found.changes[0].state is State.NEW
    assert sentences.headline(judged(swing, made.side())).startswith("Fixed in B: bar swings out")


# --- what cannot be compared ----------------------------------------------------------------------


def with_motion(side, **what):
    motion = replace(side.motion, **what)
    return replace(side, analysis=replace(side.analysis, motion=motion))


def units(found):
    return {one.unit for one in found.differences}


def test_another_view_leaves_angles_and_forward_out():
    side = with_motion(made.side(name="b"), view=View(60.0, "three-quarter front", 0.9))
    found = judged(made.side(replace(GOOD, seed=1, jitter_s=0.001)), side)
    assert "deg" not in units(found)
    assert "cm" in units(found)
    assert not any("forward" in one.name for one in found.differences)
    assert "B was not filmed from the side" in found.comparable.refused[0]


def test_without_a_scale_only_times_and_angles_are_compared():
    scale = replace(made.side().motion.scale, source="none", m_per_px_plate=np.nan)
    a = with_motion(made.side(replace(GOOD, seed=1, jitter_s=0.001)), scale=scale)
    found = judged(a, made.side(name="b"))
    assert units(found) == {"s", "deg"}
    assert "nothing gives A a scale" in found.comparable.refused[0]


def test_other_loads_and_athletes_are_said():
    a = made.side(load_kg=60.0, athlete="Anna")
    b = made.side(replace(GOOD, seed=1, jitter_s=0.001), name="b", load_kg=80.0, athlete="Ben")
    said = " ".join(judged(a, b).comparable.mind)
    assert "A lifts 60 kg, B 80 kg" in said
    assert "Two athletes" in said


# --- refusals -------------------------------------------------------------------------------------


def test_the_same_lift_twice_is_refused_whatever_it_is_called():
    side = made.side()
    with pytest.raises(InputError, match="are the same lift"):
        judged(side, replace(side, folder=Path("copy.cleanform")))


def test_different_movements_are_refused():
    b = made.side(name="b")
    hang = replace(b, lift=replace(b.lift, rep=replace(b.rep, kind="hang power clean")))
    with pytest.raises(InputError, match=r"Different movements: .* hang power clean"):
        judged(made.side(replace(GOOD, tempo=0.8)), hang)


def test_a_clip_without_a_lift_is_refused_with_its_reason():
    deadlift = made.seen(replace(GOOD, kind="deadlift"))
    with pytest.raises(InputError, match=r"no lift to compare in it\. .*deadlift"):
        sides.side(deadlift, None, Path("a.cleanform"))


@pytest.mark.parametrize(
    ("number", "said"), [(None, "holds 2 lifts; say which"), (3, "no lift 3"), (0, "no lift 0")]
)
def test_which_lift_must_be_said_and_there(number, said):
    with pytest.raises(InputError, match=said):
        sides.side(made.seen(replace(GOOD, reps=2)), number, Path("a.cleanform"))


def test_a_number_after_a_colon_is_a_lift_and_a_name_may_hold_one(tmp_path):
    assert sides.split("a.cleanform:2") == (Path("a.cleanform"), 2)
    assert sides.split("a:b.mp4") == (Path("a:b.mp4"), None)
    odd = tmp_path / "set:2"
    odd.mkdir()
    assert sides.split(odd) == (odd, None)
    assert sides.split(f"{odd}:1") == (odd, 1)


def test_a_corrupt_folder_is_one_line(tmp_path):
    folder = made.result_folder(tmp_path)
    (folder / "recording" / "recording.npz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="damaged; run cleanform analyze again"):
        compare(folder, folder)
    with pytest.raises(InputError, match="is not there"):
        compare(tmp_path / "none.mp4", folder)


# --- the best earlier lift ------------------------------------------------------------------------


def candidate(name, verdicts, speed=1.8, date="2026-01-01", load_kg=60.0, **what):
    about = {"clip": f"{name}.mp4", "athlete": None, "kind": "power clean", "number": 1}
    return best.Candidate(
        Path(f"{name}.cleanform"), date=date, load_kg=load_kg, verdicts=verdicts,
        peak_speed_m_s=speed, **{**about, **what},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("others", "chosen"),
    [
        ([candidate("f", ("fault", "ok")), candidate("w", ("watch", "ok"))], "w"),
        ([candidate("w", ("watch", "ok")), candidate("g", ("ok", "ok"), 1.2)], "g"),
        ([candidate("s", ("ok", "ok"), 1.7), candidate("q", ("ok", "ok"), 1.9)], "q"),
        # A faster bar counts at the same load only.
        ([candidate("l", ("ok", "ok"), 2.2, load_kg=40), candidate("q", ("ok", "ok"), 1.9)], "q"),
        # A camera that saw nothing finds no fault.
        ([candidate("b", ("ok", *("cannot tell",) * 2)), candidate("w", ("watch", "ok"))], "w"),
        ([candidate("n", ("ok",), date="2026-03-02"), candidate("w", ("watch",))], "w"),
        ([candidate("h", ("ok",), kind="hang clean"), candidate("w", ("watch",))], "w"),
        ([candidate("o", ("ok",), athlete="Ben"), candidate("w", ("watch",))], "w"),
    ],
)
def test_the_best_has_the_fewest_faults_then_watches_then_the_fastest_bar(others, chosen):
    side = made.side(load_kg=60.0, date="2026-03-01")
    picked = best.choose(side, others)
    assert picked.clip == f"{chosen}.mp4"
    assert f"lift 1 of {chosen}.mp4" in best.why(picked, 60.0)


def test_checks_from_elsewhere_do_not_count_against_a_lift():
    """From the side no check of the front can be made, and there may be many of those."""
    seen = {"hip_lockout": "ok", "jump": "cannot tell", "bar_tilt": "cannot tell"}
    assert best.from_its_view(seen) == ("ok", "cannot tell")
    front = {"hip_lockout": "cannot tell", "bar_tilt": "watch", "uneven_elbows": "ok"}
    assert best.from_its_view(front) == ("watch", "ok")


def test_no_earlier_lift_is_said():
    with pytest.raises(InputError, match="no earlier lift of Anna"):
        best.choose(made.side(athlete="Anna"), [candidate("b", ("ok",), athlete="Ben")])


def test_the_best_of_a_team_and_of_what_lies_beside(tmp_path):
    from cleanform.cli.compare import _of_team

    first = made.result_folder(tmp_path, "first")
    swing = made.result_folder(tmp_path, "swing", replace(GOOD, bar_swing_m=0.14))
    new = made.result_folder(tmp_path, "new", replace(GOOD, meet_drop_m=0.07))
    found = compare(new, best=True)
    assert found.a.folder.resolve() == first.resolve()
    assert found.b.folder == new
    assert "A is the best earlier lift: lift 1 of first.mp4 (no fault" in found.picked
    with pytest.raises(InputError, match="name only one"):
        compare(new, swing, best=True)
    import teams

    team = teams.make_team(tmp_path / "team", 12, ("Anna", "Ben"), extra=False)
    listed = _of_team(team)
    assert len(listed) == 12
    assert {one.athlete for one in listed} == {"Anna", "Ben"}
    with sqlite3.connect(team / "team.sqlite") as tables:
        (faults,) = tables.execute("SELECT count(*) FROM lifts WHERE verdict = 'fault'").fetchone()
    assert sum(one.count(Verdict.FAULT) > 0 for one in listed) == faults
    with pytest.raises(InputError, match=r"no team\.sqlite"):
        _of_team(tmp_path)


# --- the file, Python -----------------------------------------------------------------------------


def test_the_document_is_finite_without_a_path_and_documented():
    found = judged(made.side(), made.side(replace(GOOD, meet_drop_m=0.07), name="b"))
    written = document.to_json(found)
    text = json.dumps(written, allow_nan=False)
    assert "/" not in "".join((written["a"]["clip"], written["b"]["clip"]))
    shown = [one for one in written["differences"] if one["shown"]]
    assert [one["name"] for one in shown] == ["bar_drop_to_catch"]
    assert json.loads(text) == written
    method = (Path(__file__).parents[1] / "docs" / "method.md").read_text("utf-8")
    section = method.split("\n## compare.json")[1]
    assert f"Schema version **{document.SCHEMA_VERSION}**" in section
    tables = [written[name][0] for name in ("alignment", "differences", "findings")]
    for table in (written, written["a"], written["rule"], tables[2]["a"], *tables):
        for name in table:
            assert f"`{name}`" in section, name


def test_the_public_name_is_the_function_whichever_way_it_was_reached():
    import importlib

    module = importlib.import_module("cleanform.compare")
    assert cleanform.compare is module
    with pytest.raises(InputError, match="is not there"):
        cleanform.compare("nowhere.mp4", "elsewhere.mp4")


def test_the_folder_is_named_after_both_and_never_too_long():
    a, b = made.side(), made.side(replace(GOOD, tempo=0.8), name="b")
    assert compare.default_folder(judged(a, b), "x/a.cleanform").name == "a vs b.compare"
    long = "💪" * 80
    b = replace(b, analysis=made.seen(replace(GOOD, tempo=0.8), name=long))
    name = compare.default_folder(judged(a, b), "a.cleanform").name
    assert len(name.encode()) < 255
    two = made.seen(replace(GOOD, reps=2))
    one, last = (sides.side(two, number, Path("a.cleanform")) for number in (1, 2))
    assert compare.default_folder(judged(one, last), "a.mp4").name == "a 1 vs 2.compare"


@pytest.mark.parametrize("event", EVENTS)
def test_how_sure_an_event_is_follows_the_validation(event):
    record = json.loads((Path(__file__).parents[1] / "docs/validation.json").read_text("utf-8"))
    measured_s = record["figures"][f"pixel/side/{event}/95 %"]["value"] / 1000 / 1.96
    assert EVENT_SIGMA_S[event] == pytest.approx(measured_s, rel=0.1)
