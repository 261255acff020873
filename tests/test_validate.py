"""The yardstick itself: intervals against closed forms, outcomes against hand-made errors."""

from __future__ import annotations

from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from cleanform import pipeline, synth
from cleanform.cli import main
from cleanform.errors import CleanformError, InputError
from cleanform.model import EVENTS, Event, Verdict
from cleanform.rules.engine import find_rule
from cleanform.validate import calibration, files, limits, pixel, work
from cleanform.validate.calibration import TRUTHS
from cleanform.validate.doses import DOSES, JUDGED_TIMES, find_dose, with_dose
from cleanform.validate.figures import figures
from cleanform.validate.outcome import Case, Outcome, compare, not_made
from cleanform.validate.record import Record
from cleanform.validate.statistics import Figure, median, quantile, root_mean_square, share

ROOT = Path(__file__).parents[1]
CASE = Case("one", "good", "side")


# --- intervals ------------------------------------------------------------------------------


@given(st.integers(1, 400), st.data())
def test_a_shares_interval_holds_it_and_is_near_the_exact_one(n: int, data) -> None:
    hits = data.draw(st.integers(0, n))
    figure = share(hits, n)
    assert 0 <= figure.low <= figure.value <= figure.high <= 100
    # Clopper and Pearson's exact interval is wider, but not by more than a few points.
    exact = [
        100 * beta.ppf(0.025, hits, n - hits + 1) if hits else 0.0,
        100 * beta.ppf(0.975, hits + 1, n - hits) if hits < n else 100.0,
    ]
    assert figure.low >= exact[0] - 1.5
    assert figure.high <= exact[1] + 1.5


def test_the_interval_of_a_median_holds_the_true_one_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        figure = median(rng.exponential(1.0, 41).tolist(), "ms")
        held += figure.low <= np.log(2) <= figure.high
    assert 0.92 <= held / 400 <= 0.99


def test_quantiles_and_root_mean_square_by_hand() -> None:
    assert quantile([1.0, 2.0, 3.0, 4.0, 5.0], 0.95, "ms").value == pytest.approx(4.8)
    assert root_mean_square([3.0, -4.0], "mm").value == pytest.approx(np.sqrt(12.5))
    assert isnan(median([], "ms").value)


# --- an outcome says what happened ----------------------------------------------------------


@pytest.fixture(scope="module")
def judged():
    truth = synth.lift(synth.vary(1, fps=60.0, stand_first_s=1.0, still_before_s=0.5))
    return truth, pixel.watch(truth, synth.Camera(), synth.Noise())


def shifted(analysis, event: str, by_s: float | None):
    """The same analysis with one event found elsewhere, or not at all."""
    lift = analysis.lifts[0]
    old = lift.rep.events[event]
    new = Event(None, None) if by_s is None else replace(old, time_s=old.time_s + by_s)
    rep = replace(lift.rep, events={**lift.rep.events, event: new})
    return replace(analysis, lifts=(replace(lift, rep=rep),))


def test_an_event_that_is_late_is_late_by_as_much(judged) -> None:
    truth, analysis = judged
    before = compare(CASE, truth, analysis).event_errors_s["rack"][0]
    after = compare(CASE, truth, shifted(analysis, "rack", 0.05)).event_errors_s["rack"][0]
    assert after - before == pytest.approx(0.05, abs=1e-4)


def test_an_event_that_is_not_found_is_counted_as_missed(judged) -> None:
    truth, analysis = judged
    outcome = compare(CASE, truth, shifted(analysis, "rack", None))
    assert outcome.events_missed == {"rack": 1}
    assert "rack" not in outcome.event_errors_s


def test_events_out_of_order_are_seen(judged) -> None:
    truth, analysis = judged
    assert compare(CASE, truth, analysis).in_order
    assert not compare(CASE, truth, shifted(analysis, "lift_off", 3.0)).in_order


def test_a_lift_too_many_and_a_lift_too_few(judged) -> None:
    truth, analysis = judged
    twice = replace(analysis, lifts=analysis.lifts * 2)
    none = replace(analysis, lifts=())
    assert compare(CASE, truth, twice).lifts_invented == 1
    assert compare(CASE, truth, none).lifts_matched == 0
    assert compare(CASE, truth, none).lifts_true == 1


def test_a_wrong_scale_shows_in_the_bars_errors(judged) -> None:
    truth, analysis = judged
    scale = analysis.motion.scale
    wrong = replace(scale, m_per_px_plate=1.05 * scale.m_per_px_plate)
    off = replace(analysis, motion=replace(analysis.motion, scale=wrong))
    right = compare(CASE, truth, analysis).bar_rmse_mm
    assert right < 8
    assert compare(CASE, truth, off).bar_rmse_mm > right + 15


def test_slow_motion_is_counted_by_what_was_told() -> None:
    told = ({1.0: 1.0, 2.0: 2.0, 8.0: 4.0}, {1.0: 2.0, 2.0: 1.0, 8.0: 8.0})
    outcomes = [Outcome(CASE, 1, 1, 0, slow_motion_told=each) for each in told]
    counted = figures("rendered", outcomes)
    assert counted["rendered/bar/slow motion told right"].value == 50
    assert counted["rendered/bar/slow motion told wrong"].value == pytest.approx(100 / 3)
    assert counted["rendered/bar/slow motion said of true speed"].value == 50


def test_the_share_in_which_the_bar_is_followed(judged) -> None:
    truth, analysis = judged
    assert compare(CASE, truth, analysis).bar_followed == 1.0
    catch = analysis.lifts[0].rep.events["catch_lowest"].frame
    bar_px = np.array(analysis.motion.bar_px)
    bar_px[catch - 20 : catch - 10] = np.nan
    lost = replace(analysis, motion=replace(analysis.motion, bar_px=bar_px))
    assert 0.8 < compare(CASE, truth, lost).bar_followed < 0.97


def test_outcomes_survive_their_file(judged) -> None:
    truth, analysis = judged
    outcome = compare(CASE, truth, analysis)
    assert Outcome.from_json(outcome.to_json()) == outcome


# --- doses are what they say ----------------------------------------------------------------


@pytest.mark.parametrize("dose", DOSES, ids=lambda dose: dose.key)
def test_a_dose_shows_in_the_truth_itself(dose) -> None:
    spec = synth.vary(7, stand_first_s=1.0)
    good, bad = synth.lift(spec), synth.lift(with_dose(spec, dose, 1.0))
    value, wanted = dose.quantity(good, bad, ""), dose.value_at(1.0)
    assert value == pytest.approx(wanted, abs=0.02 * abs(wanted) + 0.3)


def test_a_drawn_back_shows_the_dose_on_its_own_skin() -> None:
    pytest.importorskip("numba", reason="drawing needs the extra [synth]")
    from cleanform.validate import drawn

    spec, body = synth.vary(3, stand_first_s=0.5), "female"
    round_spec = with_dose(spec, find_dose("rounded_back/start"), 1.0, body)
    flat, rounded = (synth.lift(each, drawn.skeleton(body)) for each in (spec, round_spec))
    assert calibration.back_start_deg(flat, 0, body) == pytest.approx(0, abs=3)
    assert calibration.back_start_deg(rounded, 0, body) == pytest.approx(22, abs=1)
    assert calibration.back_change_deg(rounded, 0, body) == pytest.approx(0, abs=3)


def test_the_drawn_back_is_that_of_the_picture() -> None:
    pytest.importorskip("numba", reason="drawing needs the extra [synth]")
    from cleanform import outline
    from cleanform.synth.render import PERSON, Renderer
    from cleanform.validate import drawn

    camera = synth.Camera(distance_m=6.0)
    truth = synth.lift(synth.LiftSpec(stand_first_s=0.5), drawn.skeleton("male"))
    picture = Renderer(camera).draw(truth, 0.2)
    near = truth.timeline.joints(np.array([0.2]))[0]
    hip, *arm = (camera.project(near[name], 1)[0] for name in ("hip", "shoulder", "elbow", "wrist"))
    read = outline.trace(
        picture.rgb, picture.mask == PERSON, hip_px=hip, shoulder_px=arm[0], facing=1, plate=None,
        arm_px=np.stack(arm),
    )  # fmt: skip
    assert drawn.back_turn_deg(truth, "male", np.array([0.2]))[0] == pytest.approx(
        read.turn_deg, abs=2.5
    )


def test_a_dose_that_no_body_reaches_is_refused() -> None:
    with pytest.raises(InputError, match="no lift of this body"):
        with_dose(synth.vary(7), find_dose("catch_height/thighs"), 5.0)


# --- figures and floors ---------------------------------------------------------------------


def test_a_verdict_that_is_wrong_moves_its_figure(judged) -> None:
    truth, analysis = judged
    good = compare(CASE, truth, analysis)
    bad = replace(good, verdicts=({**good.verdicts[0], "bar_drift": Verdict.FAULT},))
    name = "pixel/false alarms/bar_drift/fault"
    assert figures("pixel", [good])[name].value == 0
    assert figures("pixel", [good, bad])[name].value == 50
    assert figures("pixel", [good, bad])["pixel/false alarms/any/fault"].value == 50


def test_a_sigma_is_worth_the_share_of_truths_within_it(judged) -> None:
    truth, analysis = judged
    outcome = compare(CASE, truth, analysis)
    assert {each.part for each in outcome.readings} <= set(TRUTHS)
    assert len(outcome.readings) >= 8
    off = tuple(each._replace(true=each.value + 1.5 * each.sigma) for each in outcome.readings)
    counted = figures("pixel", [replace(outcome, readings=off)])
    for part in {each.part for each in off}:
        assert counted[f"pixel/calibration/{part}/within 1 sigma"].value == 0
        assert counted[f"pixel/calibration/{part}/within 2 sigma"].value == 100


def test_a_second_fault_that_the_lift_truly_has_is_no_false_alarm(judged) -> None:
    truth, analysis = judged
    key = "pixel/detection/jump/forward/others silent"
    case = Case("jump", "faults", "side", dose="jump/forward", times_limit=2.0)
    seen = compare(case, truth, analysis)
    loud = replace(seen, verdicts=({**seen.verdicts[0], "bar_drift": Verdict.FAULT},))
    swung = tuple(
        each._replace(true=9.0) if each.part == "bar_drift/swing" else each
        for each in loud.readings
    )
    assert figures("pixel", [loud])[key].value == 0
    assert figures("pixel", [replace(loud, readings=swung)])[key].value == 100


def test_every_truth_is_that_of_a_part_that_a_rule_reads() -> None:
    for key in TRUTHS:
        rule, _, part = key.partition("/")
        assert part in find_rule(rule).parts


def test_the_true_height_of_a_catch_is_that_of_its_bar() -> None:
    truth = synth.lift(synth.LiftSpec(catch_knee_deg=90.0))
    assert calibration.catch_height_percent(truth, 0) == pytest.approx(79, abs=1)
    assert calibration.back_change_deg(truth, 0) == pytest.approx(0, abs=4)


def test_a_lift_that_no_body_could_do_is_counted_nowhere(judged) -> None:
    truth, analysis = judged
    good = compare(CASE, truth, analysis)
    absent = not_made(Case("two", "good", "side"), InputError("too deep"))
    assert figures("pixel", [good, absent]) == figures("pixel", [good])


def test_a_crash_has_its_figure_and_its_floor(judged) -> None:
    truth, analysis = judged
    good = compare(CASE, truth, analysis)
    broken = Outcome(Case("two", "good", "side"), 0, 0, 0, crash="ValueError: no")
    found = figures("pixel", [good, broken])["pixel/lifts/clips that crash"]
    assert found.value == 50
    assert list(limits.broken({"pixel/lifts/clips that crash": found}))


def test_every_figure_has_a_floor_of_its_own() -> None:
    record = files.read(ROOT / "docs")
    for name in record.figures:
        limits.limit_of(name)
    with pytest.raises(CleanformError, match="add one"):
        limits.limit_of("pixel/side/tea_break/median")


def test_every_line_of_the_limits_is_used(judged) -> None:
    """A floor under a figure that is never counted cannot fail."""
    from fnmatch import fnmatchcase

    told = {1.0: 1.0, 2.0: 2.0}
    seen = compare(CASE, *judged)
    drawn = replace(seen, bar_followed=1.0, slow_motion_told=told)
    counted = [*figures("pixel", [seen]), *figures("rendered", [drawn])]
    names = [*files.read(ROOT / "docs").figures, *counted]
    by_hands = replace(seen, case=replace(CASE, view=pixel.BY_HANDS))
    names += figures("pixel", [by_hands])
    names += figures("rendered", [replace(drawn, case=replace(CASE, view="rear 45"))])
    sure = Outcome(
        CASE, 1, 1, 0,
        event_errors_s={"lift_off": [0.01, 0.2]}, event_confidences={"lift_off": [0.9, 0.5]},
    )  # fmt: skip
    dosed = [
        replace(seen, case=replace(CASE, group="faults", dose="rounded_back/start", times_limit=t))
        for t in JUDGED_TIMES
    ]
    names += [name for level in ("pixel", "rendered") for name in figures(level, [sure, *dosed])]
    first = {next(x.pattern for x in limits.limits() if fnmatchcase(n, x.pattern)) for n in names}
    assert {limit.pattern for limit in limits.limits()} == first


def test_confidence_is_counted_against_what_it_promises() -> None:
    outcome = Outcome(
        CASE, 1, 1, 0,
        event_errors_s={"lift_off": [0.01, 0.07], "rack": [0.2]},
        event_confidences={"lift_off": [0.9, 0.95], "rack": [0.5]},
    )  # fmt: skip
    found = figures("pixel", [outcome])
    assert found["pixel/confidence/0.85 and more/right"].value == 50
    assert found["pixel/confidence/below 0.65/right"].value == 0
    assert "pixel/confidence/0.65 to 0.85/right" not in found


def test_what_is_committed_holds_its_own_floors() -> None:
    record = files.read(ROOT / "docs")
    assert list(limits.broken(record.figures)) == []
    assert not record.crashes


def test_the_page_is_the_one_that_its_record_writes() -> None:
    record = files.read(ROOT / "docs")
    assert (ROOT / "docs" / files.PAGE_NAME).read_text("utf-8") == files.text(record)
    for level, svg in files.pictures(record).items():
        name = f"validation_{level}.svg"
        assert (ROOT / "docs" / name).read_text("utf-8") == svg, name


def test_a_record_survives_its_file(tmp_path: Path) -> None:
    figure = Figure(12.5, "ms", 3, 10.0, float("nan"))
    record = Record("0", {"pixel": 3}, {"pixel/side/rack/median": figure}, {})
    back = Record.from_json(record.to_json())
    assert back.figures["pixel/side/rack/median"].value == 12.5
    assert isnan(back.figures["pixel/side/rack/median"].high)


# --- an interrupted run goes on -------------------------------------------------------------


def done(case: Case) -> Outcome:
    return Outcome(case, 1, 1, 1)


def test_finished_lifts_are_not_done_again(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    cases = [Case(f"case {k}", "good", "side") for k in range(4)]
    asked: list[str] = []

    def job(case: Case) -> Outcome:
        asked.append(case.name)
        if case.name == "case 2" and len(asked) < 4:
            raise KeyboardInterrupt
        return done(case)

    with pytest.raises(KeyboardInterrupt):
        work.run_all(cases, job, 1, lambda *_: None, "x", kept)
    kept.write_text(kept.read_text() + '{"program": "cut o')  # the power went
    found = work.run_all(cases, job, 1, lambda *_: None, "x", kept)
    assert [each.case.name for each in found] == [case.name for case in cases]
    assert asked == ["case 0", "case 1", "case 2", "case 2", "case 3"]


def test_what_another_program_found_is_not_used(tmp_path: Path, monkeypatch) -> None:
    kept = tmp_path / "kept.jsonl"
    cases = [Case("case", "good", "side")]
    asked: list[str] = []

    def job(case: Case) -> Outcome:
        asked.append(case.name)
        return done(case)

    work.run_all(cases, job, 1, lambda *_: None, "x", kept)
    monkeypatch.setattr(work, "program_digest", lambda: "another")
    work.run_all(cases, job, 1, lambda *_: None, "x", kept)
    assert asked == ["case", "case"]


# --- the sets -------------------------------------------------------------------------------


def test_the_sets_are_the_same_every_time_and_no_name_comes_twice() -> None:
    lifts = pixel.lifts(0.1)
    assert lifts == pixel.lifts(0.1)
    names = [lift.name for lift in lifts]
    assert len(names) == len(set(names))
    assert {lift.case.group for lift in lifts} == {
        "good", "faults", "not cleans", "sets", "several", "rough",
    }  # fmt: skip


def test_a_lift_is_judged_the_same_way_twice() -> None:
    lift = pixel.lifts(0.1)[0]
    assert pixel.judge(lift) == pixel.judge(lift)


def test_a_chain_that_breaks_is_an_outcome(monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no such thing")

    monkeypatch.setattr(pipeline, "judge", broken)
    outcome = pixel.judge(pixel.lifts(0.1)[0])
    assert outcome.crash == "ValueError: no such thing"
    assert outcome.is_crash


def test_a_broken_rule_turns_the_validation_red(monkeypatch) -> None:
    """Broken on purpose: the thigh in the catch is held against the limit of one who stands."""
    from cleanform.rules import engine

    rule = engine.find_rule("catch_height")
    tight = {**rule.parts, "thighs": replace(rule.parts["thighs"], ok_min=85, fault_min=80)}
    every = [replace(r, parts=tight) if r is rule else r for r in engine.all_rules()]
    lifts = [lift for lift in pixel.lifts(0.1) if lift.case.group == "good"][:10]
    assert _below(lifts) == []
    monkeypatch.setattr(engine, "all_rules", lambda: tuple(every))
    assert any("false alarms/catch_height/fault" in line for line in _below(lifts))


def _below(lifts: list[pixel.Lift]) -> list[str]:
    found = figures("pixel", [pixel.judge(lift) for lift in lifts])
    alarms = {name: each for name, each in found.items() if "false alarms" in name}
    return [line for line in limits.broken(alarms) if "/fault" in line]


def test_bad_options_end_in_one_line(capsys) -> None:
    assert main(["validate", "--rendered", "some"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_every_event_has_its_figures() -> None:
    names = set(files.read(ROOT / "docs").figures)
    assert {f"pixel/side/{event}/median" for event in EVENTS} <= names
