"""What is corrected by hand: kept with its history, read strictly, applied at every judgement."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from corrected import DECOY_PX, MADE, judged, recording, said

from cleanform import archive, history, pipeline
from cleanform.corrections import (
    ChosenLifter,
    ClickedPlate,
    Corrections,
    KnownLength,
    MovedEvent,
    PlateSize,
    WrongVerdict,
)
from cleanform.errors import InputError
from cleanform.model import EVENTS, Options, Verdict
from cleanform.phases import BY_HAND

LATER = "2026-11-27T18:31:00Z"


@pytest.fixture(scope="module")
def plain():
    return judged()


def events(analysis):
    return {name: event.frame for name, event in analysis.lifts[0].rep.events.items()}


def findings(analysis):
    return {finding.rule: finding for finding in analysis.lifts[0].findings}


# --- the noun -------------------------------------------------------------------------------


def test_a_later_word_about_the_same_thing_holds_and_undoing_it_brings_the_earlier_back():
    first, second = MovedEvent(60, "lift_off", 50), MovedEvent(60, "lift_off", 52)
    other = MovedEvent(60, "rack", 130)
    corrections = said(first, second, other)
    assert [entry.what for entry in corrections.in_force()] == [second, other]
    back = corrections.without(2, LATER)
    assert [entry.what for entry in back.in_force()] == [first, other]
    assert [entry.undone for entry in back.entries] == [None, LATER, None]
    nothing = back.without_any(LATER)
    assert not nothing
    assert len(nothing.entries) == 3
    assert nothing.entries[1] == back.entries[1]  # undone once is undone then


def test_plate_size_and_known_length_are_both_about_the_scale():
    length = KnownLength(0.1, 0.1, 0.1, 0.4, 450.0)
    assert said(PlateSize(400.0), length).scale() == length
    assert said(length, PlateSize(400.0)).scale() == PlateSize(400.0)


def test_what_does_not_hold_cannot_be_undone():
    corrections = said(PlateSize(400.0), PlateSize(420.0))
    for number in (1, 3):
        with pytest.raises(KeyError):
            corrections.without(number, LATER)


# --- the file -------------------------------------------------------------------------------

EVERY_KIND = (
    MovedEvent(60, "lift_off", 50),
    MovedEvent(60, "rack", None),
    ChosenLifter(0.2, 0.25, 0.5),
    ClickedPlate(12, 0.25, 0.5),
    ClickedPlate(12, 0.25, 0.5, 0.2),
    PlateSize(400.0),
    KnownLength(0.1, 0.1, 0.1, 0.4, 450.0),
    WrongVerdict(60, "rounded_back", "ok", 'bent here: "see" <b>\n💪'),
)


def test_every_kind_goes_through_the_file(tmp_path):
    clip = recording().clip
    corrections = said(*EVERY_KIND).without(8, LATER)
    history.save(tmp_path, clip, corrections)
    assert history.load(tmp_path, clip) == corrections
    history.peek(tmp_path)


def test_where_nothing_was_said_there_is_no_file(tmp_path):
    history.save(tmp_path, recording().clip, Corrections())
    assert list(tmp_path.iterdir()) == []
    assert history.load(tmp_path, recording().clip) == Corrections()


def document():
    return {
        "schema_version": 1,
        "clip": {"frames": 249, "width_px": 1280, "height_px": 720},
        "entries": [
            {
                "number": 1, "made": MADE, "undone": None,
                "kind": "event", "lift_frame": 60, "event": "lift_off", "frame": 50,
            }
        ],
    }  # fmt: skip


def with_entry(**change):
    made = document()
    made["entries"][0] |= change
    return json.dumps(made)


HOSTILE = {
    "empty": "",
    "no json": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "not a number": with_entry(frame=float("nan")),
    "a name twice": '{"schema_version": 1, ' + json.dumps(document())[1:],
    "other version": json.dumps({**document(), "schema_version": 2}),
    "version is true": json.dumps({**document(), "schema_version": True}),
    "no version": json.dumps({"entries": []}),
    "more fields": json.dumps({**document(), "more": 1}),
    "no clip": json.dumps({**document(), "clip": {}}),
    "entries": json.dumps({**document(), "entries": {}}),
    "too many": json.dumps({**document(), "entries": document()["entries"] * 2001}),
    "same number": json.dumps({**document(), "entries": document()["entries"] * 2}),
    "number": with_entry(number=True),
    "time": with_entry(made="yesterday"),
    "path as a kind": with_entry(kind="../../etc/passwd"),
    "a list as a kind": with_entry(kind=["event"]),
    "event": with_entry(event="lunch"),
    "a list as an event": with_entry(event=["lift_off"]),
    "negative": with_entry(frame=-1),
    "fraction": with_entry(frame=1.5),
    "text": with_entry(frame="50"),
    "past the end": with_entry(frame=249),
    "huge": with_entry(frame=10**40),
    "field of another kind": with_entry(note=""),
    "entry": json.dumps({**document(), "entries": [7]}),
    "too large": " " * (history.LARGEST_BYTES + 1),
    "surrogate": with_entry(event="\ud800"),
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_file_that_is_not_understood_is_one_line_and_stays(tmp_path, text):
    path = tmp_path / history.FILE
    path.write_text(text, "utf-8")
    for read in (lambda: history.peek(tmp_path), lambda: history.load(tmp_path, recording().clip)):
        with pytest.raises(InputError) as refusal:
            read()
        assert str(refusal.value).startswith(f"{path}: ")
        assert len(str(refusal.value).splitlines()) == 1
        assert len(str(refusal.value)) < 300 + len(str(path))
    assert path.read_text("utf-8") == text


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / history.FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        history.peek(tmp_path)


def test_the_document_of_these_tests_is_a_good_one(tmp_path):
    (tmp_path / history.FILE).write_text(json.dumps(document()))
    assert [entry.what for entry in history.load(tmp_path, recording().clip).entries] == [
        MovedEvent(60, "lift_off", 50)
    ]


def test_corrections_of_another_clip_are_refused(tmp_path):
    history.save(tmp_path, recording().clip, said(PlateSize(400.0)))
    with pytest.raises(InputError, match="another clip"):
        history.load(tmp_path, replace(recording().clip, width_px=640))


@pytest.mark.parametrize("what", EVERY_KIND, ids=lambda what: type(what).__name__)
def test_shares_lengths_and_notes_stay_in_their_ranges(what):
    good = history.to_json(what)
    assert history.from_json(good, 249) == what
    for name, value in good.items():
        if name in ("kind", "event"):
            continue
        for bad in (True, -1, 1e9, float("inf"), [], {}, "\x00", "x" * 501):
            with pytest.raises(ValueError, match=name):
                history.from_json({**good, name: bad}, 249)
        if value is not None:
            with pytest.raises(ValueError, match="other fields"):
                history.from_json({n: v for n, v in good.items() if n != name}, 249)


# --- what they do at judge level ------------------------------------------------------------


def test_a_moved_event_moves_its_phases_and_the_postures_read_there(plain):
    at = events(plain)["full_extension"] - 2
    after = judged(MovedEvent(60, "full_extension", at))
    rep, motion = after.lifts[0].rep, after.motion
    assert rep.events["full_extension"].frame == at
    assert rep.events["full_extension"].time_s == pytest.approx(motion.times_s[at], abs=1e-4)
    assert rep.events["full_extension"].method == BY_HAND
    metrics = after.lifts[0].metrics
    assert metrics["knee_at_full_extension"].value == pytest.approx(
        motion.angles_deg["knee"][at], abs=0.05
    )
    moved_s = (
        rep.events["full_extension"].time_s - plain.lifts[0].rep.events["full_extension"].time_s
    )
    for name, change_s in (("second_pull_duration", moved_s), ("turnover_duration", -moved_s)):
        before = plain.lifts[0].metrics[name].value
        assert metrics[name].value == pytest.approx(before + change_s, abs=2e-4)
    others = {name: frame for name, frame in events(plain).items() if name != "full_extension"}
    assert others.items() <= events(after).items()
    assert after.notes[0] == "Corrected by hand: full extension."


def test_a_moved_lift_off_moves_the_bars_numbers(plain):
    """The bar's height is counted from lift-off: later by n frames, lower by what it rose then."""
    off = events(plain)["lift_off"]
    after = judged(MovedEvent(60, "lift_off", off + 12))
    rose_cm = 100 * float(after.motion.bar_m[off + 12, 1] - after.motion.bar_m[off, 1])
    assert rose_cm > 1.0
    height = "bar_apex_height"
    assert after.lifts[0].metrics[height].value == pytest.approx(
        plain.lifts[0].metrics[height].value - rose_cm, abs=0.11
    )


def test_a_catch_moved_to_where_the_lifter_stands_changes_the_check_of_the_catch(plain):
    """The thigh is read in the catch; a moment later the lifter has risen."""
    at = events(plain)["catch_lowest"] + 30
    after = judged(MovedEvent(60, "catch_lowest", at))
    thigh_deg = float(after.motion.angles_deg["thigh"][at])
    assert thigh_deg > findings(plain)["catch_height"].value + 3
    assert findings(after)["catch_height"].value == pytest.approx(thigh_deg, abs=3.0)


def test_an_event_that_is_not_to_be_seen_takes_its_phases_along(plain):
    after = judged(MovedEvent(60, "catch_lowest", None))
    rep = after.lifts[0].rep
    assert rep.events["catch_lowest"].frame is None
    assert "by hand" in rep.events["catch_lowest"].reason
    assert not rep.complete
    assert {phase.name for phase in plain.lifts[0].rep.phases} - {
        phase.name for phase in rep.phases
    } == {"reception", "recovery"}
    assert findings(after)["catch_height"].verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("event", "beside", "by", "words"),
    [
        ("lift_off", "knee_pass", 1, "bar at the knee comes after it and stands before it"),
        ("stood_up", "catch_lowest", -1, "catch comes before it and stands after it"),
        ("setup", "lift_off", 1, "lift-off comes after it"),
    ],
)
def test_an_impossible_order_is_left_out_with_a_sentence(plain, event, beside, by, words):
    after = judged(MovedEvent(60, event, events(plain)[beside] + by))
    assert events(after) == events(plain)
    assert len(after.notes) == 1 + len(plain.notes)
    assert words in after.notes[0]


def test_one_that_does_not_fit_does_not_stop_the_others(plain):
    catch = events(plain)["catch_lowest"]
    after = judged(
        MovedEvent(60, "rack", catch + 3),  # impossible as long as the catch stands there
        MovedEvent(60, "catch_lowest", catch + 1),
        MovedEvent(10, "rack", 30),  # no lift is there
    )
    assert events(after) == {**events(plain), "catch_lowest": catch + 1}
    assert sum("Left out" in note for note in after.notes) == 2
    together = judged(MovedEvent(60, "catch_lowest", catch + 5), MovedEvent(60, "rack", catch + 3))
    assert events(together)["rack"] == catch + 3


@pytest.mark.parametrize("plate_mm", [400.0, 475.0])
def test_the_plates_size_scales_every_length_and_no_angle(plain, plate_mm):
    after = judged(PlateSize(plate_mm))
    factor = plate_mm / 450.0
    assert after.options == plain.options
    compared = 0
    for name, metric in plain.lifts[0].metrics.items():
        now = after.lifts[0].metrics[name].value
        if metric.unit in ("cm", "m/s"):
            step = {"cm": 0.1, "m/s": 0.01}[metric.unit]
            assert now == pytest.approx(metric.value * factor, abs=step)
            compared += 1
        elif (
            metric.unit == "deg"
            and events(after)[name.partition("_at_")[2]] == events(plain)[name.partition("_at_")[2]]
        ):
            assert now == pytest.approx(metric.value, abs=0.11)
    assert compared >= 5
    assert after.motion.scale.source == f"plate {plate_mm / 1000:.3f} m"


def test_a_known_length_sets_the_scale(plain):
    """Half a metre is marked along the bar's own way, which is then half a metre long."""
    clip, bar = recording().clip, recording().bar
    start, end = 60, 90
    shares = (bar.xy_px[[start, end]] / (clip.width_px, clip.height_px)).ravel().tolist()
    after = judged(KnownLength(*shares, 500.0))
    image_px = bar.xy_px[[start, end]] * (after.motion.facing, -1.0)
    marked_m = after.motion.scale.plate_m(image_px)
    assert np.hypot(*(marked_m[1] - marked_m[0])) == pytest.approx(0.5, abs=1e-9)
    scale = after.motion.scale
    assert scale.source == "length 0.500 m"
    before = plain.motion.scale
    assert scale.m_per_px_body / scale.m_per_px_plate == pytest.approx(
        before.m_per_px_body / before.m_per_px_plate
    )
    away_px = float(np.hypot(*(image_px[1] - image_px[0])))
    assert scale.relative_sigma == pytest.approx(np.hypot(0.02, 8**0.5 / away_px))


def test_a_length_of_nothing_is_left_out(plain):
    after = judged(KnownLength(0.5, 0.5, 0.5, 0.5, 500.0))
    assert after.motion.scale == plain.motion.scale
    assert "farther apart" in after.notes[0]


def click_at(frame, xy_px, height_share=None):
    clip = recording().clip
    return ClickedPlate(frame, xy_px[0] / clip.width_px, xy_px[1] / clip.height_px, height_share)


def decoy_px(frame):
    return recording().bar.xy_px[frame] * (0.0, 1.0) + DECOY_PX


@pytest.mark.parametrize("frame", [0, 100, 240])
def test_the_clicked_plate_is_followed_through_the_clip(frame):
    """Two plates go up side by side; a click says which, near its middle or not quite."""
    after = judged(click_at(frame, decoy_px(frame) + np.array([9.0, -14.0])))
    wanted = recording().bar.xy_px * (0.0, 1.0) + DECOY_PX
    assert np.nanmax(np.abs(after.recording.bar.xy_px - wanted)) < 1.5
    back = judged(click_at(frame, recording().bar.xy_px[frame]))
    assert np.nanmax(np.abs(back.recording.bar.xy_px - recording().bar.xy_px)) < 1.5


def test_a_click_beside_every_plate_is_left_out_unless_its_size_is_given(plain):
    nowhere = (900.0, 100.0)
    after = judged(click_at(100, nowhere))
    assert after.recording.bar is recording().bar
    assert "No plate was found at this place" in after.notes[0]
    # The finder missed the plate there; who draws it has said what it is.
    plates = list(recording().plates)
    plates[100] = plates[100][:0]
    missed = replace(recording(), plates=tuple(plates))
    click = click_at(100, decoy_px(100), float(recording().bar.height_px[100]) / 720)
    drawn = pipeline.judge(missed, Options(), said(click))
    wanted = recording().bar.xy_px * (0.0, 1.0) + DECOY_PX
    assert np.nanmax(np.abs(drawn.recording.bar.xy_px - wanted)) < 1.5
    assert np.isfinite(drawn.recording.bar.xy_px[100]).all()


def test_a_recording_of_an_earlier_version_says_what_to_do():
    old = replace(recording(), plates=None)
    after = pipeline.judge(old, Options(), said(click_at(100, decoy_px(100))))
    assert "analyze the clip again" in after.notes[0]


def test_a_verdict_marked_as_wrong_is_withdrawn_and_kept(plain):
    before = findings(plain)["rounded_back"]
    after = judged(WrongVerdict(60, "rounded_back", "ok", "bent in the mirror"))
    now = findings(after)["rounded_back"]
    assert (before.verdict, now.verdict, now.said) == (Verdict.OK, Verdict.CANNOT_TELL, Verdict.OK)
    assert now.value == before.value
    assert "bent in the mirror" in now.reason
    assert now.cue == ""
    assert {**findings(after), "rounded_back": before} == findings(plain)
    assert [f.verdict for f in after.lifts[0].findings] == sorted(
        (f.verdict for f in after.lifts[0].findings),
        key=["fault", "watch", "cannot tell", "ok"].index,
    )


def test_a_chosen_lifter_waits_for_a_new_look_at_the_clip(plain):
    point = (1.0, 0.5, 0.5)
    chosen = said(ChosenLifter(*point))
    looked = replace(recording(), lifter=point)
    assert "this needs the clip" in pipeline.judge(recording(), Options(), chosen).notes[0]
    assert pipeline.judge(looked, Options(), chosen).notes[0] == "Corrected by hand: lifter."
    undone = pipeline.judge(looked, Options(), chosen.without(1, LATER))
    assert "still the one who was chosen" in undone.notes[0]
    # Who was pointed at from the start is no correction.
    assert pipeline.judge(looked, Options(lifter=point)).notes == plain.notes


def test_a_check_that_is_gone_is_said():
    assert "no check 'lunch'" in judged(WrongVerdict(60, "lunch", "ok")).notes[0]


def test_without_corrections_nothing_is_different(plain):
    again = judged(PlateSize(400.0))
    assert again.lifts != plain.lifts
    undone = pipeline.judge(
        recording(),
        Options(),
        said(PlateSize(400.0), MovedEvent(60, "rack", None)).without_any(LATER),
    )
    assert undone.lifts == plain.lifts
    assert undone.notes == plain.notes


# --- in the files ---------------------------------------------------------------------------


def test_the_analysis_says_what_was_corrected_and_follows_its_schema(tmp_path):
    catch = events(judged())["catch_lowest"]
    frame = 100
    analysis = judged(
        MovedEvent(60, "catch_lowest", catch + 1),
        MovedEvent(60, "rack", None),
        click_at(frame, decoy_px(frame)),
        PlateSize(400.0),
        WrongVerdict(60, "jump", "ok", "x"),
    )
    document = archive.to_json(analysis)
    jsonschema.Draft202012Validator(archive.schema()).validate(document)
    assert [entry["kind"] for entry in document["corrections"]] == [
        "event", "event", "plate", "plate size", "wrong verdict",
    ]  # fmt: skip
    archive.save(analysis, tmp_path)
    back = archive.load(tmp_path)
    assert back.corrections == analysis.corrections
    assert back.lifts == analysis.lifts
    # What was clicked can be undone: the file keeps the plate as it was found.
    assert np.array_equal(back.recording.bar.xy_px, recording().bar.xy_px, equal_nan=True)
    for kept, found in zip(back.recording.plates, recording().plates, strict=True):
        assert np.array_equal(kept, found)
    again = pipeline.judge_saved(tmp_path)
    assert archive.to_json(again) == document


def test_every_schema_kind_is_a_kind_of_the_file():
    kinds = archive.schema()["$defs"]["correction"]["oneOf"]
    assert {kind["properties"]["kind"]["const"] for kind in kinds} == set(history.KINDS)
    for kind in kinds:
        noun = history.KINDS[kind["properties"]["kind"]["const"]]
        assert set(kind["properties"]) == {"number", "made", "kind", *noun.__dataclass_fields__}


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_can_be_put_where_it_was_found(plain, event):
    after = judged(MovedEvent(60, event, events(plain)[event]))
    assert events(after) == events(plain)
    assert after.notes[0].startswith("Corrected by hand")


def test_a_broken_file_stops_the_judgement_and_loses_nothing(tmp_path):
    archive.save(judged(PlateSize(400.0)), tmp_path)
    path = Path(tmp_path, history.FILE)
    path.write_text("{")
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}
    with pytest.raises(InputError, match=r"corrections\.json"):
        pipeline.rejudge(tmp_path)
    with pytest.raises(InputError, match=r"corrections\.json"):
        pipeline.analyze(tmp_path / "none.mp4", folder=tmp_path)
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == before
