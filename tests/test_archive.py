"""An analysis as files and back."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from pathlib import Path

import examples
import hypothesis.strategies as st
import jsonschema
import numpy as np
import pytest
from hypothesis import given

from cleanform import archive
from cleanform.errors import InputError
from cleanform.model import (
    Analysis,
    CameraPath,
    Finding,
    Mark,
    Metric,
    Options,
    Outline,
    Recording,
    Scale,
    Verdict,
    View,
)

ANALYSES = {
    "one lift": lambda: examples.analysis(athlete="Zoë 🏋"),
    "two lifts": lambda: examples.analysis(lifts=2),
    "no scale": lambda: examples.analysis(scaled=False),
    "cut before the catch": lambda: examples.analysis(missing=("rack", "catch_lowest", "stood_up")),
    "no lift": lambda: examples.refused(code="no_lift"),
    "nobody": lambda: examples.refused(code="no_person", person=False),
}


@pytest.fixture(params=ANALYSES)
def analysis(request: pytest.FixtureRequest) -> Analysis:
    return ANALYSES[request.param]()


def check_schema(document: object) -> None:
    jsonschema.validate(document, archive.schema(), jsonschema.Draft202012Validator)


def test_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(archive.schema())


def test_json_follows_the_schema(analysis: Analysis) -> None:
    document = archive.to_json(analysis)
    check_schema(document)
    assert json.loads(archive.to_text(document)) == document


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("lifts", 0, "kind"), "snatch"),
        (("lifts", 0, "events", "rack", "frame"), -1),
        (("lifts", 0, "findings", 0, "verdict"), "good"),
        (("lifts", 0, "findings", 0, "value"), None),
        (("clip", "path"), "/home/somebody/clip.mp4"),
        (("schema_version",), 0),
        (("anything_else",), 1),
    ],
)
def test_schema_refuses_what_is_wrong(where: tuple[str | int, ...], value: object) -> None:
    document = archive.to_json(examples.analysis())
    place = document
    for step in where[:-1]:
        place = place[step]
    place[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check_schema(document)


def test_an_event_without_a_frame_must_say_why() -> None:
    document = archive.to_json(examples.analysis(missing=("rack",)))
    document["lifts"][0]["events"]["rack"]["reason"] = ""
    with pytest.raises(jsonschema.ValidationError):
        check_schema(document)


def test_saved_and_loaded_says_the_same(analysis: Analysis, tmp_path: Path) -> None:
    archive.save(analysis, tmp_path)
    back = archive.load(tmp_path)
    assert back.motion is None
    # View and scale belong to the motion, which is derived again from the recording.
    assert archive.to_json(replace(back, motion=analysis.motion)) == archive.to_json(analysis)
    assert back.options == analysis.options
    assert back.refusal == analysis.refusal
    assert back.notes == analysis.notes
    assert [lift.rep for lift in back.lifts] == [lift.rep for lift in analysis.lifts]


def same_arrays(left: object, right: object) -> None:
    for item in fields(left):  # type: ignore[arg-type]
        one, other = getattr(left, item.name), getattr(right, item.name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype
            np.testing.assert_array_equal(one, other)
        elif item.name != "path":
            assert one == other or (one != one and other != other)


def test_recording_comes_back_exactly(analysis: Analysis, tmp_path: Path) -> None:
    before = analysis.recording
    archive.save(analysis, tmp_path)
    after = archive.load_recording(tmp_path)
    for name in ("clip", "pose", "bar"):
        same_arrays(getattr(before, name), getattr(after, name))
    assert (after.outline is None) == (before.outline is None)
    if before.outline is not None:
        same_arrays(before.outline, after.outline)
    assert after.clip.path == Path(before.clip.path.name)
    assert after.model_sha256 == before.model_sha256


def test_what_was_watched_and_who_comes_back(analysis: Analysis, tmp_path: Path) -> None:
    moves = np.tile([1.0, 0.0, 2.5, -1.0], (analysis.recording.clip.frames, 1))
    moves[3] = np.nan
    recording = replace(
        analysis.recording,
        watched=((3, 9), (20, 31)),
        followed="plate",
        camera=CameraPath(moves),
    )
    archive.save(replace(analysis, recording=recording), tmp_path)
    after = archive.load_recording(tmp_path)
    assert after.watched == ((3, 9), (20, 31))
    assert after.followed == "plate"
    assert after.camera is not None
    np.testing.assert_array_equal(after.camera.moves, moves)


def test_recording_holds_every_field_of_its_nouns() -> None:
    """A field added to a noun must be written too; `load_recording` could not know its value."""
    names = {item.name for item in fields(Recording)}
    assert names == {
        "clip", "pose", "bar", "outline", "plumb", "model_name", "model_sha256", "plates",
        "bar_as_found", "lifter", "watched", "followed", "camera",
    }  # fmt: skip
    arrays = archive._recording_arrays(examples.analysis().recording)
    plain = json.loads(bytes(arrays["plain"]))
    written = {*arrays, *(f"clip_{name}" for name in plain["clip"]), "bar_source"}
    recording = examples.analysis().recording
    for noun in ("clip", "pose", "bar", "outline"):
        for item in fields(getattr(recording, noun)):
            assert f"{noun}_{item.name}" in written


def test_nothing_but_the_file_name_is_written(tmp_path: Path) -> None:
    secret = tmp_path / "private place"
    archive.save(examples.analysis(path=secret / "clip.mp4"), tmp_path)
    with np.load(tmp_path / archive.RECORDING_FILE) as arrays:
        recording = b"".join(arrays[name].tobytes() for name in arrays)
    assert b"private" not in recording
    assert b"private" not in (tmp_path / archive.JSON_FILE).read_bytes()
    assert archive.to_json(archive.load(tmp_path))["clip"]["path"] == "clip.mp4"


def test_saving_again_replaces(tmp_path: Path) -> None:
    archive.save(examples.analysis(lifts=2), tmp_path)
    archive.save(examples.refused(), tmp_path)
    assert archive.load(tmp_path).lifts == ()
    assert sorted(path.name for path in tmp_path.rglob("*")) == [
        "analysis.json", "recording", "recording.npz",
    ]  # fmt: skip


# --- whatever the numbers ---------------------------------------------------------------------

numbers = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, -0.0])
texts = st.text(st.characters(codec=None)) | st.just("clip \udcff.mp4")


@given(
    value=numbers,
    sigma=numbers,
    point=st.tuples(numbers, numbers),
    text=texts,
    scale=st.tuples(numbers, numbers, numbers, numbers),
)
def test_json_is_always_readable_and_finite(
    value: float,
    sigma: float,
    point: tuple[float, float],
    text: str,
    scale: tuple[float, float, float, float],
) -> None:
    base = BASE
    finding = Finding(
        "rule",
        text,
        Verdict.WATCH,
        value,
        "deg",
        sigma,
        reason=text,
        marks=(Mark("gap", (point,)),),
    )
    lift = replace(
        base.lifts[0],
        metrics={text: Metric(np.float64(value), "m", sigma)},  # type: ignore[arg-type]
        findings=(finding,),
    )
    motion = replace(
        base.motion,
        view=View(value, "unknown", 0.0),
        scale=Scale(scale[0], scale[1], "none", scale[2], scale[3], value),
    )
    analysis = replace(base, motion=motion, lifts=(lift,), notes=(text,))

    written = archive.to_text(archive.to_json(analysis)).encode()  # lone surrogates would raise
    document = json.loads(written, parse_constant=lambda name: pytest.fail(f"{name} in JSON"))

    read = document["lifts"][0]["findings"][0]
    assert read["value"] == (value if math.isfinite(value) else None)
    assert read["marks"][0]["points_px"][0] == [n if math.isfinite(n) else None for n in point]
    assert archive.to_text(document, ascii_only=True).isascii()


BASE = examples.analysis()


@given(
    options=st.builds(
        Options,
        model=st.sampled_from(["lite", "full", "heavy"]),
        plate_mm=st.floats(100, 600),
        stature_cm=st.none() | st.floats(100, 230),
        slow_motion=st.none() | st.floats(1, 100),
        load_kg=st.none() | st.floats(0.1, 1000),
        athlete=st.none() | st.text(st.characters(codec="utf-8")),
        video=st.booleans(),
        date=st.none() | st.dates().map(str),
        units=st.sampled_from(["metric", "imperial"]),
        blur_faces=st.booleans(),
        linked=st.booleans(),
        freeze=st.booleans(),
        slow=st.none() | st.floats(1, 16),
        audio=st.booleans(),
        limits=st.just({})
        | st.builds(
            lambda ok, fault: {"bar_drift": {"swing": {"ok_max": ok, "fault_max": ok + fault}}},
            st.floats(0, 9),
            st.floats(0, 9),
        ),
    )
)
def test_every_option_follows_the_schema(options: Options) -> None:
    document = archive.to_json(replace(BASE, options=options))
    jsonschema.validate(document["options"], archive.schema()["properties"]["options"])
    assert Options(**document["options"]) == options


# --- what is not a result ---------------------------------------------------------------------


def one_line(error: pytest.ExceptionInfo[InputError]) -> str:
    text = str(error.value)
    assert "\n" not in text
    return text


def test_a_folder_without_a_result(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no analysis\.json") as error:
        archive.load(tmp_path)
    assert str(tmp_path) in one_line(error)
    with pytest.raises(InputError, match="no analysis"):
        archive.load(tmp_path / "missing")


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", "null", '{"schema_version": 1}', "\udcff"]
)
def test_damaged_json(tmp_path: Path, content: str) -> None:
    archive.save(BASE, tmp_path)
    (tmp_path / archive.JSON_FILE).write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match="damaged") as error:
        archive.load(tmp_path)
    one_line(error)


@pytest.mark.parametrize("part", ["lifts", "options", "refusal", "notes"])
@pytest.mark.parametrize("value", [3, [3], {"a": 1}, "x", [[]]])
def test_json_of_another_shape(tmp_path: Path, part: str, value: object) -> None:
    archive.save(BASE, tmp_path)
    document = json.loads((tmp_path / archive.JSON_FILE).read_text())
    document[part] = value
    (tmp_path / archive.JSON_FILE).write_text(json.dumps(document))
    if part == "notes" and value in ([3], "x", {"a": 1}, [[]]):
        return  # an iterable of notes; harmless
    with pytest.raises(InputError, match="damaged"):
        archive.load(tmp_path)


@pytest.mark.parametrize("keep", [0, 1, 100, 0.5, -1])
def test_damaged_recording(tmp_path: Path, keep: float) -> None:
    archive.save(BASE, tmp_path)
    path = tmp_path / archive.RECORDING_FILE
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if keep == 0.5 else int(keep)])
    with pytest.raises(InputError, match="damaged") as error:
        archive.load_recording(tmp_path)
    one_line(error)


def test_recording_flipped_bytes_never_crash_otherwise(tmp_path: Path) -> None:
    archive.save(BASE, tmp_path)
    path = tmp_path / archive.RECORDING_FILE
    content = bytearray(path.read_bytes())
    generator = np.random.default_rng(1)
    for at in generator.integers(0, len(content), 60):
        damaged = content.copy()
        damaged[at] ^= 0xFF
        path.write_bytes(bytes(damaged))
        try:
            archive.load_recording(tmp_path)
        except InputError as error:
            assert "damaged" in str(error)  # noqa: PT017


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    archive.save(BASE, tmp_path)
    arrays = dict(np.load(tmp_path / archive.RECORDING_FILE))
    arrays["clip_times_s"] = np.array([print], dtype=object)
    np.savez(tmp_path / archive.RECORDING_FILE, **arrays)
    with pytest.raises(InputError, match="damaged"):
        archive.load_recording(tmp_path)


def test_another_schema_version(tmp_path: Path) -> None:
    archive.save(BASE, tmp_path)
    document = json.loads((tmp_path / archive.JSON_FILE).read_text())
    document["schema_version"] = 99
    (tmp_path / archive.JSON_FILE).write_text(json.dumps(document))
    with pytest.raises(InputError, match=r"schema version 99.*analyze again"):
        archive.load(tmp_path)


def test_outline_is_optional(tmp_path: Path) -> None:
    analysis = replace(BASE, recording=replace(BASE.recording, outline=None))
    archive.save(analysis, tmp_path)
    assert archive.load(tmp_path).recording.outline is None
    archive.save(BASE, tmp_path)
    assert isinstance(archive.load(tmp_path).recording.outline, Outline)
