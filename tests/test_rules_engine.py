"""The engine: a rule measures, the engine judges."""

from __future__ import annotations

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanform import rules
from cleanform.errors import CleanformError
from cleanform.model import (
    EVENTS,
    JOINTS,
    Event,
    Limits,
    Measurement,
    Motion,
    Rep,
    Scale,
    Unseen,
    Verdict,
    View,
)
from cleanform.rules import engine

BAND = Limits("deg", ok_max=10, fault_max=20)
TWO_SIDED = Limits("deg", ok_min=-10, ok_max=10, fault_min=-20, fault_max=20)
SOURCES = ("a book",)


def read(value: float, sigma: float = 1.0, **more: object) -> Measurement:
    return Measurement("bend", value, sigma, 0, **more)  # type: ignore[arg-type]


def motion(yaw_deg: float = 0.0) -> Motion:
    blank = np.full((3, 2), nan)
    return Motion(
        times_s=np.arange(3) / 30,
        facing=1,
        near_side="right",
        joints_px=dict.fromkeys(JOINTS, blank),
        visibility={name: np.ones(3) for name in JOINTS},
        hidden={name: np.zeros(3, bool) for name in JOINTS},
        angles_deg={name: np.full(3, nan) for name in Motion.ANGLES},
        angle_sigma_deg=dict.fromkeys(Motion.ANGLES, 3.0),
        bar_px=blank,
        bar_velocity_px_s=blank,
        bar_acceleration_px_s2=blank,
        bar_sigma_px=1.0,
        bar_body_px=blank,
        bar_working_px=blank,
        grip_px=blank,
        bar_source="none",
        scale=Scale(nan, nan, "none", nan),
        view=View(yaw_deg, "side", 1.0),
        stature_px=500.0,
        segments=(slice(0, 3),),
    )


def rep() -> Rep:
    missing = {name: Event(None, None, reason=f"no {name}") for name in EVENTS}
    return Rep(0, "power clean", False, missing, (), slice(0, 3))


def made(*measured: Measurement | Unseen, parts: dict[str, Limits] | None = None) -> rules.Rule:
    """A rule that reads just this; named after a real one, so that coaching is found."""

    def measure(motion: Motion, rep: Rep) -> tuple[Measurement | Unseen, ...]:
        """Reads what it was told to."""
        return measured

    measure.__module__ = "tests.rounded_back"
    return rules.rule(
        title="A test", parts=parts or {"bend": BAND}, views=(15, 30), sources=SOURCES, fault={}
    )(measure)


def found(*measured: Measurement | Unseen, yaw_deg: float = 0.0, **more: object):  # type: ignore[no-untyped-def]
    return made(*measured, **more).check(motion(yaw_deg), rep())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "sigma", "verdict"),
    [
        (10, 1, "ok"),
        (10.1, 1, "watch"),
        (20.9, 1, "watch"),  # past the limit, but not by a sigma
        (21.1, 1, "fault"),
        (20.1, 0, "fault"),
        (20.0, 0, "watch"),
        (nan, 1, "cannot tell"),
        (5, nan, "cannot tell"),
        (5, inf, "cannot tell"),
        (-500, 1, "ok"),
        (9, 12, "cannot tell"),  # one sigma reaches from good to faulty
        (15, 12, "cannot tell"),
        (5, 12, "ok"),
        (40, 12, "fault"),
    ],
)
def test_value_and_sigma_make_the_verdict(value: float, sigma: float, verdict: str) -> None:
    assert rules.judge(BAND, read(value, sigma)) == verdict


@given(st.floats(-100, 100), st.floats(0, 50))
def test_the_lower_side_is_the_upper_side_mirrored(value: float, sigma: float) -> None:
    mirrored = Limits("deg", ok_min=-10, fault_min=-20)
    assert rules.judge(BAND, read(value, sigma)) == rules.judge(mirrored, read(-value, sigma))


@given(st.floats(-100, 100), st.floats(0, 9))
def test_a_fault_is_never_called_within_a_sigma_of_its_limit(value: float, sigma: float) -> None:
    verdict = rules.judge(TWO_SIDED, read(value, sigma))
    assert (verdict == "fault") == (abs(value) - sigma > 20)


@pytest.mark.parametrize("cap", [Verdict.OK, Verdict.WATCH, Verdict.FAULT])
@pytest.mark.parametrize("value", [0, 15, 50])
def test_a_cap_softens_and_never_sharpens(value: float, cap: Verdict) -> None:
    free = engine.SEVERITY.index(rules.judge(BAND, read(value)))
    capped = engine.SEVERITY.index(rules.judge(BAND, read(value, cap=cap)))
    assert capped == min(free, engine.SEVERITY.index(cap))


def test_the_view_softens_then_silences() -> None:
    bad = read(50, note="It bends.")
    assert found(bad, yaw_deg=15).verdict == "fault"
    beside = found(bad, yaw_deg=25)
    assert beside.verdict == "watch"
    assert "25 deg off your side" in beside.reason
    for yaw_deg in (31, 90, nan):
        away = found(bad, yaw_deg=yaw_deg)
        assert away.verdict == "cannot tell"
        assert away.value is None
        assert "Film from the side" in away.reason


PARTS = {"bend": BAND, "second": BAND}


def test_the_worst_part_decides() -> None:
    second = Measurement("second", 30, 1, 1)
    finding = found(read(15), second, parts=PARTS)
    assert (finding.verdict, finding.part, finding.frame) == ("fault", "second", 1)


def test_a_good_lift_is_told_by_its_first_part() -> None:
    finding = found(Measurement("second", 9, 1, 1), read(1, note="Flat."), parts=PARTS)
    assert (finding.verdict, finding.part, finding.reason) == ("ok", "bend", "Flat.")


def test_without_its_first_part_a_rule_never_says_ok() -> None:
    hidden = Unseen("bend", "The plate is in the way.")
    finding = found(hidden, Measurement("second", 1, 1, 1), parts=PARTS)
    assert (finding.verdict, finding.reason) == ("cannot tell", "The plate is in the way.")


def test_a_fault_is_told_though_the_first_part_is_unseen() -> None:
    hidden = Unseen("bend", "The plate is in the way.")
    finding = found(hidden, Measurement("second", 30, 1, 1, note="It bends."), parts=PARTS)
    assert finding.verdict == "fault"
    assert finding.reason == "It bends. The plate is in the way."


def test_an_unseen_second_part_is_mentioned() -> None:
    finding = found(read(1, note="Flat."), Unseen("second", "Dark."), parts=PARTS)
    assert (finding.verdict, finding.reason) == ("ok", "Flat. Dark.")


def test_a_part_that_a_rule_forgets_is_not_taken_for_good() -> None:
    assert found(Measurement("second", 1, 1, 1), parts=PARTS).verdict == "cannot tell"
    assert found().verdict == "cannot tell"


def test_a_finding_says_where_and_how_much() -> None:
    finding = found(Measurement("bend", 33.333, 2.718, 2, note="It bends."))
    assert (finding.value, finding.sigma, finding.unit) == (33.3, 2.7, "deg")
    assert finding.time_s == pytest.approx(2 / 30)
    assert finding.limit == "at most 10 deg; fault above 20 deg"
    assert finding.cue


def test_a_near_miss_of_the_fault_limit_is_explained() -> None:
    assert "by less than the uncertainty of 4 deg" in found(read(22, 4)).reason


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits("cm", ok_max=2.5, fault_max=4), "at most 2.5 cm; fault above 4 cm"),
        (Limits("deg", ok_min=30, fault_min=0), "at least 30 deg; fault below 0 deg"),
        (Limits("deg", ok_max=15), "at most 15 deg; never a fault"),
        (
            TWO_SIDED,
            "at least -10 deg and at most 10 deg; fault below -20 deg or above 20 deg",
        ),
    ],
)
def test_limits_in_words(limits: Limits, words: str) -> None:
    assert engine.in_words(limits) == words


def test_a_value_near_nothing_has_no_minus() -> None:
    assert engine.number(-0.2, "deg") == "0"
    assert engine.number(-0.04, "cm") == "0.0"
    assert engine.number(-0.06, "cm") == "-0.1"


@pytest.mark.parametrize(
    "changed",
    [
        {"sources": ()},
        {"parts": {}},
        {"parts": {"bend": Limits("deg", ok_max=20, fault_max=10)}},
        {"views": (30, 15)},
        {"outcomes": {"other": "name"}},
    ],
)
def test_an_incomplete_rule_is_refused(changed: dict[str, object]) -> None:
    good: dict[str, object] = {
        "title": "A test", "parts": {"bend": BAND}, "views": (15, 30), "sources": SOURCES,
        "fault": {},
    }  # fmt: skip

    def measure(motion: Motion, rep: Rep) -> tuple[Measurement, ...]:
        """Reads nothing."""
        return ()

    rules.rule(**good)(measure)  # type: ignore[arg-type]
    with pytest.raises(CleanformError, match="test_rules_engine"):
        rules.rule(**{**good, **changed})(measure)  # type: ignore[arg-type]


def test_a_rule_without_words_is_refused() -> None:
    def measure(motion: Motion, rep: Rep) -> tuple[Measurement, ...]:
        return ()

    with pytest.raises(CleanformError, match="docstring"):
        rules.rule(title="", parts={"a": BAND}, views=(0, 1), sources=SOURCES, fault={})(measure)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(CleanformError, match="'bar_drift'"):
        rules.explain("bar_drfit")
    with pytest.raises(CleanformError, match=r"coaching\.toml"):
        rules.coaching("bar_drfit")
