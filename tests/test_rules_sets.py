"""Several lifts together: the set is read from its lifts, and each check is counted over them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import jsonschema
import numpy as np
import pytest

from cleanform import archive, pipeline, rules, synth
from cleanform.errors import CleanformError
from cleanform.model import (
    Analysis,
    Finding,
    Lift,
    Limits,
    Metric,
    Motion,
    Options,
    Recording,
    Verdict,
)
from cleanform.rules._sets import SET_REST_S, sets_of
from cleanform.synth import LiftSpec

SETS = rules.all_set_rules()
each = pytest.mark.parametrize("rule", SETS, ids=lambda rule: rule.id)


@cache
def judged(spec: LiftSpec) -> Analysis:
    """The set the whole way, seen by a perfect tracker."""
    seen = synth.observe(synth.lift(spec))
    return pipeline.judge(Recording(*seen, None, "none", ""), Options())


def of_set(analysis: Analysis) -> dict[str, Finding]:
    return {finding.rule: finding for finding in analysis.set_findings}


def test_a_good_set_trips_nothing() -> None:
    found = of_set(judged(LiftSpec(reps=3)))
    assert {name: str(finding.verdict) for name, finding in found.items()} == {
        rule.id: "ok" for rule in SETS
    }


@each
def test_its_own_fault_trips_it_and_no_other(rule: rules.SetRule) -> None:
    found = of_set(judged(LiftSpec(**rule.fault)))  # type: ignore[arg-type]
    assert [name for name, one in found.items() if one.verdict is not Verdict.OK] == [rule.id]
    finding = found[rule.id]
    assert finding.verdict is Verdict.WATCH, "no check of a set is ever a fault"
    assert finding.cue.endswith(".")
    assert finding.reason.endswith(".")
    assert finding.view == ""


@each
def test_it_is_documented_cited_and_coached(rule: rules.SetRule) -> None:
    for heading in ("Why it matters.", "How it is measured.", "When not to trust it."):
        assert f"**{heading}**" in rule.documentation
    assert all(len(source) > 20 for source in rule.sources)
    assert rules.coaching(rule.id).drills
    assert f"{rule.at_least} lifts or more" in rules.explain(rule.id)


def test_of_one_lift_nothing_is_said() -> None:
    analysis = judged(LiftSpec())
    assert analysis.set_findings == analysis.tallies == ()


def test_the_fall_of_speed_is_that_of_the_truth() -> None:
    spec = LiftSpec(reps=4, slowing_share=0.2, flight_deceleration_m_s2=5.6)
    speeds = [one["peak_speed_m_s"] for one in synth.lift(spec).measures]
    loss = of_set(judged(spec))["speed_loss"].value
    assert loss == pytest.approx(100 * (1 - speeds[-1] / max(speeds)), abs=1.0)


def test_a_dose_that_grows_is_none_in_the_first_lift_and_whole_in_the_last() -> None:
    truth = synth.lift(LiftSpec(reps=3, doses_grow=True, hips_first_deg=18.0))
    alone = [synth.lift(LiftSpec(hips_first_deg=dose)).measures[0] for dose in (0.0, 9.0, 18.0)]
    grown = [one["trunk_drop_deg"] for one in truth.measures]
    assert grown == pytest.approx([one["trunk_drop_deg"] for one in alone], abs=1e-6)


# --- made by hand ---------------------------------------------------------------------------


def lifts_of(values: list[float | None], sigma: float = 1.0) -> tuple[Motion, list[Lift]]:
    """As many lifts as values, alike but for what `hips_first` read."""
    analysis = judged(LiftSpec(reps=2))
    assert analysis.motion is not None
    first = analysis.lifts[0]
    out = []
    for index, value in enumerate(values):
        parts = {} if value is None else {"trunk": Metric(value, "deg", sigma)}
        verdict = Verdict.CANNOT_TELL if value is None else Verdict.OK
        finding = Finding("hips_first", "Hips", verdict, value, "deg", part="trunk", parts=parts)
        out.append(replace(first, rep=replace(first.rep, index=index), findings=(finding,)))
    return analysis.motion, out


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([1, 3, 5, 7], "watch"),
        ([7, 5, 3, 1], "ok"),  # better each time
        ([1, 5, 3, 7], "ok"),  # not each time
        ([1, 1.1, 1.2], "ok"),  # within the uncertainty
        ([1, 2, 3.5], "ok"),  # less than half of the room from good to fault
        ([1, None, 7], "cannot tell"),
        ([None, 3, None, 5, 7], "cannot tell"),
    ],
)
def test_form_drifts_where_each_lift_is_worse(values: list[float | None], verdict: str) -> None:
    rule = next(rule for rule in SETS if rule.id == "form_drift")
    finding = rule.check(*lifts_of(values))
    assert str(finding.verdict) == verdict
    if verdict == "watch":
        assert "1 deg in the first lift, 7 deg in the last" in finding.reason


def test_one_lift_in_which_the_check_could_not_be_made_hides_no_drift() -> None:
    """A clip often begins in the first pull of its first lift."""
    rule = next(rule for rule in SETS if rule.id == "form_drift")
    finding = rule.check(*lifts_of([None, 1, 4, 7]))
    assert str(finding.verdict) == "watch"
    assert "1 deg in lift 2, 7 deg in the last" in finding.reason


def test_verdicts_are_counted_and_values_spread() -> None:
    _, lifts = lifts_of([2.0, None, 4.0, 9.0])
    (tally,) = rules.tallies(lifts)
    assert tally.verdicts == {"ok": 3, "watch": 0, "fault": 0, "cannot tell": 1}
    assert tally.values == (2.0, None, 4.0, 9.0)
    assert (tally.median, tally.unit, tally.part) == (4.0, "deg", "trunk")
    assert tally.spread == pytest.approx(np.std([2, 4, 9], ddof=1), abs=1e-3)


def test_what_was_never_read_has_no_middle() -> None:
    _, lifts = lifts_of([None, None])
    (tally,) = rules.tallies(lifts)
    assert (tally.median, tally.spread, tally.values) == (None, None, (None, None))


def test_a_rest_and_a_cut_end_a_set() -> None:
    analysis = judged(LiftSpec(reps=3))
    motion = analysis.motion
    assert motion is not None
    assert [len(one) for one in sets_of(motion, analysis.lifts)] == [3]
    second = analysis.lifts[1].rep.span.start
    rested_s = motion.times_s + (SET_REST_S + 5) * (np.arange(len(motion.times_s)) >= second - 5)
    rested = replace(motion, times_s=rested_s)
    assert [len(one) for one in sets_of(rested, analysis.lifts)] == [1, 2]
    cut = replace(motion, segments=(slice(0, second), slice(second, len(motion.times_s))))
    assert [len(one) for one in sets_of(cut, analysis.lifts)] == [1, 2]


def test_a_set_of_one_is_no_set() -> None:
    def measure(motion: Motion, lifts: object) -> tuple[()]:
        """Reads nothing."""
        return ()

    with pytest.raises(CleanformError, match="a rule of a lift"):
        rules.set_rule(
            title="A", parts={"a": Limits("deg", ok_max=1)}, at_least=1, sources=("s",), fault={}
        )(measure)


def test_it_is_kept_and_read_back(tmp_path) -> None:  # type: ignore[no-untyped-def]
    analysis = judged(LiftSpec(reps=2))
    jsonschema.validate(archive.to_json(analysis), archive.schema())
    archive.save(analysis, tmp_path)
    again = archive.load(tmp_path)
    assert again.set_findings == analysis.set_findings
    assert again.tallies == analysis.tallies
    assert again.lifts[0].findings == analysis.lifts[0].findings


def test_what_an_earlier_version_wrote_is_still_read(tmp_path) -> None:  # type: ignore[no-untyped-def]
    archive.save(judged(LiftSpec(reps=2)), tmp_path)
    document = archive.to_json(judged(LiftSpec(reps=2)))
    del document["set"]
    for lift in document["lifts"]:
        for finding in lift["findings"]:
            del finding["parts"], finding["view"]
    (tmp_path / archive.JSON_FILE).write_text(archive.to_text(document), "utf-8")
    again = archive.load(tmp_path)
    assert again.tallies == again.set_findings == ()
    assert again.lifts[0].findings[0].parts == {}
