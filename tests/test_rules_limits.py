"""A coach's own limits: what is read, what is refused, what it changes, where it is said."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isfinite
from pathlib import Path

import lifts_for_rules as lifts
import pytest

from cleanform import archive, cli, pipeline, rules, synth
from cleanform.errors import InputError
from cleanform.model import Options, Recording
from cleanform.synth import LiftSpec

STRICT = '[hip_lockout.extension]\nunit = "deg"\nok_max = 1\nfault_max = 2\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "coach.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_limit_replaces_the_rule_s_own_and_no_other(tmp_path: Path) -> None:
    limits = rules.read_limits(written(tmp_path, STRICT))
    assert limits == {"hip_lockout": {"extension": {"ok_max": 1.0, "fault_max": 2.0}}}
    held_to = {each.id: each for each in rules.with_limits(rules.all_rules(), limits)}
    for own in rules.all_rules():
        for part, band in own.parts.items():
            changed = limits.get(own.id, {}).get(part, {})
            assert held_to[own.id].parts[part] == replace(band, **changed)


def test_a_limit_decides_the_verdict(tmp_path: Path) -> None:
    lift = lifts.exact(LiftSpec(hip_short_deg=7))
    strict = rules.read_limits(written(tmp_path, STRICT))
    for limits, verdict, words in (({}, "ok", "at most 10 deg"), (strict, "fault", "above 2 deg")):
        held_to = rules.with_limits(rules.all_rules(), limits)
        found = next(f for f in rules.check(*lift, held_to) if f.rule == "hip_lockout")
        assert str(found.verdict) == verdict
        assert words in found.limit


def test_every_limit_of_every_part_may_be_given() -> None:
    for rule in rules.all_rules():
        for part, band in rule.parts.items():
            known = ("ok_min", "ok_max", "fault_min", "fault_max")
            given = {key: getattr(band, key) for key in known if isfinite(getattr(band, key))}
            same = rules.with_limits([rule], {rule.id: {part: given}})
            assert same[0].parts == rule.parts


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[hip_lokout.extension]\nok_max = 2", "did you mean 'hip_lockout'"),
        ("[hip_lockout.extention]\nok_max = 2", "did you mean 'extension'"),
        ("[hip_lockout.extension]\nokmax = 2", "did you mean 'ok_max'"),
        ("[hip_lockout.extension]\nok_min = 2", "did you mean 'ok_max'"),  # it has no lower side
        ('[hip_lockout.extension]\nunit = "cm"', "measured in deg, not in 'cm'"),
        ('[hip_lockout.extension]\nok_max = "two"', "give a number in deg"),
        ("[hip_lockout.extension]\nok_max = true", "give a number in deg"),
        ("[hip_lockout.extension]\nok_max = nan", "give a number in deg"),
        ("[hip_lockout.extension]\nok_max = 40", "inside the fault limits"),
        ("[hip_lockout]\nextension = 2", "write [hip_lockout.extension]"),
        ("bar_drift = 2", 'write [bar_drift."off the floor"]'),
        ("[hip_lockout.extension", "is not TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        rules.read_limits(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = tmp_path / "clip.mp4"
    assert cli.main(["analyze", str(clip), "--limits", str(tmp_path / "no.toml")]) == 2
    assert "no.toml: cannot be read (no such file or directory)" in capsys.readouterr().err


def test_what_was_changed_is_said(tmp_path: Path) -> None:
    limits = rules.read_limits(written(tmp_path, STRICT))
    (said,) = rules.limits_in_words(limits)
    assert said == (
        "Hips not locked out (extension): held to at most 1 deg; fault above 2 deg, "
        "not to at most 10 deg; fault above 18 deg."
    )
    assert rules.limits_in_words({}) == ()


def test_a_result_is_judged_again_by_other_limits_and_says_so(tmp_path: Path) -> None:
    recording = Recording(*synth.observe(synth.lift(LiftSpec())), None, "none", "")
    own = pipeline.judge(recording, Options())
    folder = tmp_path / "clip.cleanform"
    folder.mkdir()
    archive.save(own, folder)
    assert pipeline.judge_saved(folder).notes == own.notes
    options = Options(limits=rules.read_limits(written(tmp_path, STRICT)))
    analysis = pipeline.judge_saved(folder, options)
    said = rules.limits_in_words(options.limits)[0]
    assert said in analysis.notes
    document = json.loads(archive.to_text(archive.to_json(analysis)))
    assert document["options"]["limits"] == options.limits
    assert said in document["notes"]
