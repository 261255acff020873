"""Every word that a user sees is in `texts.toml`, in the reader's units and well put."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import examples
import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cleanform
from cleanform import report, texts
from cleanform.model import Finding, Limits, Metric, Options, Verdict, View
from cleanform.report import assumed, checks, limits, page, words
from cleanform.report.measures import Measures
from cleanform.video import VideoWriter

TEMPLATES = Path(cleanform.__file__).parent / "report" / "templates"
SIZE = {"width_px": 320, "height_px": 180}
SPOKEN = ("aria-label", "alt", "title", "placeholder", "aria-valuetext")


class Shown(HTMLParser):
    """What a page says: its texts and its spoken attributes."""

    def __init__(self, source):
        super().__init__()
        self.said, self._inside, self._text = [], [], ""
        self.feed(source)
        self.said.append(self._text)  # a text may hold a link, so texts count as one

    def handle_starttag(self, tag, attrs):
        if tag in ("script", "style", "details", "code"):
            self._inside.append(tag)
        self.said += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self._text += data


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_templates_hold_no_words(path):
    environment = jinja2.Environment()
    source = path.read_text("utf-8")
    plain = "".join(
        text if kind == "data" else "•" if kind.endswith("_begin") else ""
        for _, kind, text in environment.lex(source)
        if kind == "data" or kind.endswith("_begin")
    )
    worded = [said for said in Shown(plain).said if re.search(r"[^\W\d_]", said)]
    assert worded == []
    # A literal that is printed would be a word too.
    for output in environment.parse(source).find_all(jinja2.nodes.Output):
        for node in output.nodes:
            literals = node.find_all(jinja2.nodes.Const) if not is_call(node) else []
            spoken = [n.value for n in literals if re.search(r"[A-Z]|\w \w", str(n.value))]
            assert spoken == []


def is_call(node):
    return isinstance(node, (jinja2.nodes.Call, jinja2.nodes.TemplateData))


def test_the_script_holds_no_words():
    source = (TEMPLATES / "script.js").read_text("utf-8")
    for written in re.findall(r"(?:textContent|innerText|title|aria-\w+\", ?)\s*=?\s*(.*)", source):
        assert not re.match(r"[\"'`][^\"'`]*[A-Za-z]{2}", written.strip()), written


def test_a_translation_reaches_every_word(tmp_path, monkeypatch):
    """With every text in brackets, nothing but names and what rules said stands outside them."""
    catalogue = tomllib.loads((TEMPLATES.parents[1] / "texts.toml").read_text("utf-8"))

    def bracketed(value):
        if isinstance(value, dict):
            return {name: bracketed(each) for name, each in value.items()}
        if isinstance(value, list):
            return [bracketed(each) for each in value]
        return f"⟦{value}⟧"

    foreign = bracketed(catalogue)
    foreign["page"]["language"], foreign["page"]["direction"] = "xx", "ltr"
    monkeypatch.setattr(texts, "_catalogue", lambda: foreign)
    path = tmp_path / "1234.mp4"
    analysis = examples.analysis(path, lifts=2, missing=("stood_up",), **SIZE)
    with VideoWriter(path, **SIZE) as writer:
        for index, time_s in enumerate(analysis.recording.clip.times_s):
            writer.write(examples.grey_frame(index, **SIZE), time_s)

    def unspoken(findings):
        return tuple(
            replace(one, title="⟦1⟧", reason="⟦2⟧", cue="⟦3⟧", limit="", outcome="")
            for one in findings
        )

    lifts = tuple(
        replace(
            lift,
            metrics={"bar_power": Metric(900, "W", 9), "knee_at_rack": Metric(99, "deg", 9)},
            findings=unspoken(lift.findings),
        )
        for lift in analysis.lifts
    )
    analysis = replace(analysis, set_findings=unspoken(analysis.set_findings))
    options = Options(athlete="⟦4⟧", load_kg=60.0, blur_faces=True, slow=2.0)
    recording = replace(analysis.recording, model_name="⟦5⟧")
    analysis = replace(analysis, lifts=lifts, options=options, notes=(), recording=recording)
    folder = tmp_path / "result"
    folder.mkdir()
    report.write(analysis, folder)
    said = Shown((folder / "report.html").read_text("utf-8")).said
    assert len(said) > 80
    assert max(map(len, said)) > 3000
    # Names and what rules and events say for themselves.
    known = "overlay_slow.mp4|overlay.mp4|1234.mp4|the clip ends before it"
    outside = [re.sub(known, "", beyond_brackets(each)) for each in said]
    assert re.findall(r".*[^\W\d_]{2}.*", "\n".join(outside)) == []


def beyond_brackets(text):
    """What stands in no bracket; brackets may lie in brackets."""
    depth, rest = 0, ""
    for letter in text:
        depth += (letter == "⟦") - (letter == "⟧")
        rest += letter if depth <= 0 and letter not in "⟦⟧" else ""
    return rest


def test_a_text_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        texts.say("page.no_such_text")


# --- numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "sigma", "text"),
    [
        (5.6, "cm", 0.7, "2.2 ± 0.3 in"),
        (-4.26, "cm", 0.5, "−1.7 ± 0.2 in"),
        (1.844, "m/s", 0.05, "6.05 ± 0.16 ft/s"),
        (27.4, "deg", 3.1, "27 ± 3°"),
        (0.45, "m", None, "17.7 in"),
        (None, "cm", None, "–"),
    ],
)
def test_imperial_quantities(value, unit, sigma, text):
    assert Measures("imperial").quantity(value, unit, sigma) == text


@pytest.mark.parametrize(
    ("said", "metric", "imperial"),
    [
        ("at most 2 cm; fault above 4 cm", None, "at most 0.8 in; fault above 1.6 in"),
        ("-0.0 cm", "0.0 cm", "0.0 in"),
        ("bar 5.4 cm off, back 27 deg", "bar 5.4 cm off, back 27°", "bar 2.1 in off, back 27°"),
        ("plate 0.450 m", None, "plate 17.7 in"),
        ("1.5 m/s at 62.5 kg", None, "4.92 ft/s at 137.8 lb"),
        ("3 men, 2 minutes, 5 cmx", None, None),
        ("-0.05 cm", None, "-0.0 in"),
    ],
)
def test_what_rules_say_in_either_system(said, metric, imperial):
    assert Measures().text(said) == (metric or said)
    assert Measures("imperial").text(said) == (imperial or said)


@given(st.integers(-5000, 5000), st.sampled_from(["cm", "m", "m/s", "mm", "kg"]))
def test_conversion_keeps_sign_and_order(value, unit):
    there, name = Measures("imperial").convert(value, unit)
    more, _ = Measures("imperial").convert(value + 1.0, unit)
    assert name != unit
    assert there < more
    assert (there >= 0) is (value >= 0)


def test_loads():
    assert Measures().load(62.5) == "62.5 kg"
    assert Measures("imperial").load(100) == "220.5 lb"


# --- margins ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "limit", "said"),
    [
        (27.0, "at most 12 deg; fault above 22 deg", "5° past the fault limit"),
        (14.0, "at most 12 deg; fault above 22 deg", "2° past good, 8° short of a fault"),
        (4.0, "at most 12 deg; fault above 22 deg", "8° inside the limit"),
        (20.0, "at least 30 deg; fault below 0 deg", "10° past good, 20° short of a fault"),
        (-6.0, "at least 30 deg; fault below 0 deg", "6° past the fault limit"),
        (50.0, "at least 30 deg and at most 65 deg; fault below 0 deg", "15° inside the limit"),
        (70.0, "at least 30 deg and at most 65 deg; fault below 0 deg", "5° past good"),
        (3.0, "as the coach likes", ""),
        (None, "at most 12 deg; fault above 22 deg", ""),
    ],
)
def test_margins(value, limit, said):
    finding = Finding("x", "X", Verdict.OK, value, "deg", 1.0, limit)
    assert limits.margin(finding, Measures()) == said


@given(st.floats(-200, 200))
def test_a_margin_agrees_with_the_band_of_its_value(value):
    finding = Finding("x", "X", Verdict.OK, value, "cm", 1.0, "at most 12 cm; fault above 22 cm")
    said = limits.margin(finding, Measures())
    (band,) = [
        band
        for band in limits.bands(Limits("cm", ok_max=12, fault_max=22), -300, 300)
        if band.start < value <= band.end
    ]
    expected = {Verdict.OK: "inside", Verdict.WATCH: "short of", Verdict.FAULT: "past the fault"}
    assert expected[band.verdict] in said or value in (12.0, 22.0)


# --- what comes first ---------------------------------------------------------------------------


def cue(rule, verdict, time_s, text="Do it."):
    return Finding(rule, rule, verdict, 1.0, "deg", 0.1, time_s=time_s, frame=80, cue=text)


def chosen(*per_lift, what=("rule", "lift", "often")):
    base = examples.analysis(lifts=len(per_lift))
    lifts = tuple(
        replace(lift, findings=found) for lift, found in zip(base.lifts, per_lift, strict=True)
    )
    analysis = replace(base, lifts=lifts)
    shown = [checks.of_lift(analysis, lift, {}, Measures()) for lift in lifts]
    return [tuple(one[name] for name in what) for one in checks.cues(shown)]


def test_severity_comes_first_then_the_order_in_the_lift():
    late, early, mild = (
        cue("late", Verdict.FAULT, 2.6),
        cue("early", Verdict.FAULT, 1.4),
        cue("mild", Verdict.WATCH, 1.3),
    )
    assert chosen((late, early, mild)) == [("early", 1, 1), ("late", 1, 1)]
    assert chosen((mild, late)) == [("late", 1, 1), ("mild", 1, 1)]


def test_the_later_of_two_names_the_earlier_where_that_is_no_milder():
    late, early, mild = (
        cue("late", Verdict.FAULT, 2.6),
        cue("early", Verdict.FAULT, 1.4),
        cue("mild", Verdict.WATCH, 1.3),
    )
    what = ("rule", "after")
    assert chosen((late, early), what=what) == [("early", ""), ("late", "Early")]
    assert chosen((mild, late), what=what) == [("late", ""), ("mild", "")]


def test_what_goes_wrong_in_more_lifts_comes_before_what_comes_earlier():
    once, twice = cue("once", Verdict.FAULT, 1.4), cue("twice", Verdict.FAULT, 2.6)
    again = replace(twice, time_s=6.6)
    assert chosen((once, twice), (again,)) == [("twice", 1, 2), ("once", 1, 1)]


def test_a_worse_case_of_the_same_rule_speaks_for_it():
    mild, bad = cue("x", Verdict.WATCH, 1.4), cue("x", Verdict.FAULT, 5.4)
    assert chosen((mild,), (bad,)) == [("x", 2, 1)]


def test_done_well_counts_lifts_and_never_what_was_not_seen():
    good = Finding("hip_lockout", "Hips", Verdict.OK, 4.0, "deg", 1.0)
    blind = replace(good, verdict=Verdict.CANNOT_TELL)
    base = examples.analysis(lifts=2)
    lifts = [replace(base.lifts[0], findings=(good,)), replace(base.lifts[1], findings=(blind,))]
    shown = [checks.of_lift(base, lift, {}, Measures()) for lift in lifts]
    assert [(one["title"], one["often"]) for one in checks.done_well(shown)] == [
        ("Hip lock-out", 1)
    ]


# --- how to film it -----------------------------------------------------------------------------


def test_how_to_film_says_what_was_wrong_with_this_clip():
    base = examples.analysis()
    lift = base.lifts[0]
    finding = replace(lift.findings[0], verdict=Verdict.CANNOT_TELL, value=None)
    motion = base.motion
    plain = assumed.next_time(base, lift, finding)
    assert len(plain) == 1
    assert plain[0] == texts.table("next_time_for")["rounded_back"]
    turned = replace(motion, view=replace(motion.view, yaw_deg=40.0))
    assert "40° off the side" in assumed.next_time(replace(base, motion=turned), lift, finding)[0]
    hands = replace(motion, bar_source="hands")
    assert "plate" in assumed.next_time(replace(base, motion=hands), lift, finding)[0]
    half = replace(lift, rep=replace(lift.rep, complete=False))
    assert "ends" in assumed.next_time(base, half, finding)[0]
    slow_clip = replace(base.recording.clip, times_s=base.recording.clip.times_s * 3)
    slow = replace(base, recording=replace(base.recording, clip=slow_clip))
    assert "20 new pictures" in assumed.next_time(slow, lift, finding)[0]


def test_what_a_value_leans_on():
    base = examples.analysis()
    back, _, drift, _ = base.lifts[0].findings
    assert assumed.of_finding(base, back, Measures()) == ["the camera stands to the side (6° off)"]
    ahead = replace(base, motion=replace(base.motion, view=View(86.0, "front", 1.0)))
    front = replace(back, view="front")
    assert assumed.of_finding(ahead, front, Measures()) == [
        "the camera stands in front or behind (4° off)"
    ]
    said = assumed.of_finding(base, drift, Measures("imperial"))
    assert said[0] == "the near plate is 17.7 in across"


@pytest.mark.parametrize("rate", [25.0, 60.0, 240.0])
def test_everything_assumed_says_how_to_change_it(rate):
    base = examples.analysis()
    clip = replace(base.recording.clip, times_s=base.recording.clip.times_s * 60 / rate)
    rows = assumed.rows(replace(base, recording=replace(base.recording, clip=clip)), Measures())
    subjects = [subject for subject, _, _ in rows]
    assert subjects == ["Clock", "Scale", "View", "Bar", "Lifter", "Model", "Units"]
    assert all(what for _, what, _ in rows)
    assert all(change for subject, _, change in rows if subject != "Bar")


def test_page_and_words_know_every_verdict_and_phase():
    for verdict in Verdict:
        assert words.verdict(verdict)
    base = examples.analysis()
    for phase in base.lifts[0].rep.phases:
        assert phase.name in texts.table("phases")
        assert phase.group.value in texts.table("groups")
    assert page.environment().get_template("report.html.j2")
