"""Whole analyses of real clips against what was marked by eye.

The clips are nobody's to pass on, so they lie outside the repository.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jsonschema
import pytest

import cleanform
from cleanform import archive
from cleanform.model import Verdict
from cleanform.rules.engine import all_rules
from cleanform.validate import real

ROOT = Path(__file__).parents[1]
CLIPS = ROOT.parent / "shared" / "clips"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CLIPS.is_dir(), reason=f"the real clips are not at {CLIPS}"),
]

CLEANS = (
    "powerclean_side_man_60fps.mp4",
    "powerclean_45deg_studio_60fps.mp4",
    "clean_side_cut_before_catch_30fps.mp4",
)
NOT_CLEANS = (
    "deadlift_side_good.mp4",
    "deadlift_side_rounded_back.mp4",
    "deadlift_side_bent_arms.mp4",
    "deadlift_side_rounded_back_gym_1080p.mp4",
    "snatch_side_two_reps.mp4",
)
#: Three frames at 30 fps.
TOLERANCE_S = 0.1


@cache
def analysis_of(name: str) -> cleanform.Analysis:
    return cleanform.analyze(CLIPS / name)


@pytest.mark.parametrize("name", CLEANS)
def test_every_labelled_event_is_within_a_tenth_of_a_second(name: str) -> None:
    row = next(row for row in real.read_labels(CLIPS) if row["file"] == name)
    analysis = analysis_of(name)
    assert analysis.refusal is None
    assert len(analysis.lifts) == 1
    found = list(real.differences(row, analysis))
    assert len(found) >= 4
    wrong = [
        f"{each.event}: {each.error_s if each.error_s is None else round(each.error_s, 3)}"
        for each in found
        if each.error_s is None or abs(each.error_s) > TOLERANCE_S
    ]
    assert wrong == []


def test_a_catch_that_is_not_shown_is_not_invented() -> None:
    analysis = analysis_of("clean_side_cut_before_catch_30fps.mp4")
    (lift,) = analysis.lifts
    assert not lift.rep.complete
    for event in ("catch_lowest", "stood_up"):
        assert lift.rep.events[event].frame is None
        assert lift.rep.events[event].reason
    catch = next(finding for finding in lift.findings if finding.rule == "catch_height")
    assert catch.verdict is Verdict.CANNOT_TELL
    assert catch.reason


@pytest.mark.parametrize("name", NOT_CLEANS)
def test_what_is_not_a_clean_is_not_judged_as_one(name: str) -> None:
    analysis = analysis_of(name)
    assert analysis.lifts == ()
    assert analysis.refusal is not None
    assert analysis.refusal.message


def test_half_from_the_front_is_not_judged_as_from_the_side() -> None:
    (lift,) = analysis_of("powerclean_45deg_studio_60fps.mp4").lifts
    verdicts = {finding.rule: finding.verdict for finding in lift.findings}
    assert verdicts["rounded_back"] is Verdict.CANNOT_TELL
    assert verdicts["bar_drift"] is Verdict.CANNOT_TELL
    assert Verdict.FAULT not in verdicts.values()


@pytest.mark.parametrize("name", [*CLEANS, *NOT_CLEANS])
def test_json_follows_the_schema(name: str) -> None:
    jsonschema.validate(archive.to_json(analysis_of(name)), archive.schema())


@pytest.mark.parametrize("name", CLEANS)
def test_every_check_speaks_once(name: str) -> None:
    for lift in analysis_of(name).lifts:
        assert sorted(finding.rule for finding in lift.findings) == [
            rule.id for rule in all_rules()
        ]
        for finding in lift.findings:
            if finding.verdict is Verdict.CANNOT_TELL:
                assert finding.reason
