"""An `Analysis` as files and back: analysis.json and the recording that it was judged from.

The form of analysis.json is `cleanform/analysis.schema.json`, explained in docs/method.md. NaN
("not seen", "not known") has no place in JSON and is written as null. No path is ever written,
only the clip's file name.
"""

from __future__ import annotations

import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, cast

import numpy as np

from cleanform import __version__, history
from cleanform.errors import InputError
from cleanform.model import (
    EVENTS,
    SCHEMA_VERSION,
    Analysis,
    BarTrack,
    CameraPath,
    Clip,
    Event,
    Finding,
    Lift,
    Mark,
    Metric,
    Motion,
    Options,
    Outline,
    Phase,
    PhaseGroup,
    Plumb,
    Pose,
    Recording,
    Refusal,
    Rep,
    Tally,
    Verdict,
)
from cleanform.staging import replace_file, staged_folder

__all__ = [
    "load", "load_options", "load_recording", "plain", "save", "schema", "staged_folder", "to_json",
    "to_text",
]  # fmt: skip

JSON_FILE = "analysis.json"
RECORDING_FILE = "recording/recording.npz"

Json = dict[str, Any]


def schema() -> Json:
    """The JSON Schema (draft 2020-12) of analysis.json."""
    text = resources.files("cleanform").joinpath("analysis.schema.json").read_text("utf-8")
    return cast(Json, json.loads(text))


def to_text(document: Any, *, ascii_only: bool = False) -> str:
    """`document` as JSON text; NaN in it is a programming error and raises ValueError."""
    return json.dumps(document, ensure_ascii=ascii_only, allow_nan=False, indent=2)


# --- out ------------------------------------------------------------------------------------


def to_json(analysis: Analysis) -> Json:
    """`analysis` in the form of analysis.json: plain, finite, without any path."""
    recording = analysis.recording
    return cast(
        Json,
        _plain(
            {
                "schema_version": SCHEMA_VERSION,
                "cleanform_version": __version__,
                "options": analysis.options,
                "model": {"name": recording.model_name, "sha256": recording.model_sha256},
                "clip": _clip_json(recording.clip),
                "bar": {"source": recording.bar.source},
                "view": _view_json(analysis.motion),
                "scale": _scale_json(analysis.motion),
                "lifts": [_lift_json(lift) for lift in analysis.lifts],
                "set": {"findings": analysis.set_findings, "tallies": analysis.tallies},
                "refusal": analysis.refusal,
                "notes": list(analysis.notes),
                "corrections": [
                    {"number": entry.number, "made": entry.made, **history.to_json(entry.what)}
                    for entry in analysis.corrections.in_force()
                ],
            }
        ),
    )


def plain(document: Json) -> Json:
    """`document` as JSON can hold it: NaN as None, no numpy, no lone surrogates."""
    return cast(Json, _plain(document))


def _plain(value: Any) -> Any:
    """`value` with NaN and infinity as None, numpy's numbers as Python's, text without surrogates.

    Lone surrogates stand for bytes of a file name that are not UTF-8; no JSON reader takes them.
    """
    if value is None or type(value) is int:
        return value
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is str and value.isascii():
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in _field_names(type(value))}
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, str):
        return str(value).encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(kind))


def _clip_json(clip: Clip) -> Json:
    return {
        "path": clip.path.name,
        "width_px": clip.width_px,
        "height_px": clip.height_px,
        "duration_s": clip.duration_s,
        "frames": clip.frames,
        "nominal_fps": clip.nominal_fps,
        "variable_rate": clip.variable_rate,
        "rotation_deg": clip.rotation_deg,
        "mirrored": clip.mirrored,
        "duplicates": int(np.count_nonzero(clip.repeats)),
        "cuts_s": [float(clip.times_s[frame]) for frame in clip.cuts],
        "slow_motion": {"factor": clip.slow_motion_factor, "source": clip.slow_motion_source},
    }


def _view_json(motion: Motion | None) -> Json:
    if motion is None:
        return {"yaw_deg": None, "label": "unknown", "confidence": 0.0}
    return cast(Json, _plain(motion.view))


def _scale_json(motion: Motion | None) -> Json:
    """The scale, less what only serves to compute: the rough one and the plate's lean."""
    names = ("m_per_px_plate", "m_per_px_body", "relative_sigma", "mapping_r2")
    if motion is None:
        return {**dict.fromkeys(names), "source": "none"}
    return {name: getattr(motion.scale, name) for name in (*names, "source")}


def _lift_json(lift: Lift) -> Json:
    rep = lift.rep
    return {
        "index": rep.index,
        "kind": rep.kind,
        "complete": rep.complete,
        "span": {"start_frame": rep.span.start, "stop_frame": rep.span.stop},
        "events": {name: rep.events[name] for name in EVENTS},
        "phases": rep.phases,
        "metrics": lift.metrics,
        "findings": lift.findings,
    }


def save(analysis: Analysis, folder: Path) -> None:
    """Write analysis.json, recording/recording.npz and corrections.json (where anything was ever
    corrected by hand) into the existing `folder`.

    Each file is replaced whole, so that an interrupted rewrite leaves the earlier one.
    """
    folder = Path(folder)
    (folder / RECORDING_FILE).parent.mkdir(exist_ok=True)
    packed = io.BytesIO()
    np.savez_compressed(packed, **_recording_arrays(analysis.recording))
    replace_file(folder / RECORDING_FILE, packed.getvalue())
    save_judgement(analysis, folder)


def save_judgement(analysis: Analysis, folder: Path) -> None:
    """As `save`, where the recording has not changed since."""
    text = to_text(to_json(analysis)) + "\n"
    history.save(folder, analysis.recording.clip, analysis.corrections)
    replace_file(Path(folder) / JSON_FILE, text.encode())


_CLIP_PLAIN = (
    "width_px height_px nominal_fps rotation_deg mirrored slow_motion_factor slow_motion_source "
    "damage"
).split()
_BAR_ARRAYS = "xy_px width_px height_px confidence".split()


def _recording_arrays(recording: Recording) -> dict[str, Any]:
    clip, outline = recording.clip, recording.outline
    bar = recording.bar_as_found or recording.bar
    plain = {
        "schema_version": SCHEMA_VERSION,
        "clip": {"path": clip.path.name, **{name: getattr(clip, name) for name in _CLIP_PLAIN}},
        "bar_source": bar.source,
        "model_name": recording.model_name,
        "model_sha256": recording.model_sha256,
        "lifter": recording.lifter,
        "plumb": recording.plumb,
        "watched": recording.watched,
        "followed": recording.followed,
    }
    arrays = {
        "plain": np.frombuffer(to_text(_plain(plain)).encode(), np.uint8),
        "clip_times_s": clip.times_s,
        "clip_repeats": clip.repeats,
        "clip_cuts": np.array(clip.cuts, np.int64),
        "pose_xy_px": recording.pose.xy_px,
        "pose_visibility": recording.pose.visibility,
        **{f"bar_{name}": getattr(bar, name) for name in _BAR_ARRAYS},
    }
    if recording.camera is not None:
        arrays["camera_moves"] = recording.camera.moves
    if recording.plates is not None:
        arrays["plates_rows"] = np.concatenate([np.empty((0, 5)), *recording.plates])
        arrays["plates_count"] = np.array([len(rows) for rows in recording.plates], np.int64)
    if outline is not None:
        names = (item.name for item in fields(Outline))
        arrays |= {f"outline_{name}": getattr(outline, name) for name in names}
    return arrays


# --- back -----------------------------------------------------------------------------------


def load(folder: Path) -> Analysis:
    """The `Analysis` that `save` wrote into `folder`; its `motion` is None.

    Raises:
        InputError: no cleanform result is there, it is damaged, or another version's.
    """
    document = _read_json(Path(folder))
    options = _options(document, Path(folder))
    recording = load_recording(folder)
    corrections = history.load(folder, recording.clip)
    try:
        refusal = document["refusal"]
        together = document.get("set", {})  # not there in what earlier versions wrote
        return Analysis(
            options=options,
            recording=recording,
            motion=None,
            lifts=tuple(_lift(lift) for lift in document["lifts"]),
            refusal=None if refusal is None else Refusal(**refusal),
            notes=tuple(document["notes"]),
            set_findings=tuple(_finding(item) for item in together.get("findings", ())),
            tallies=tuple(_tally(item) for item in together.get("tallies", ())),
            corrections=corrections,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(Path(folder) / JSON_FILE) from error


def load_options(folder: Path) -> Options:
    """What was asked for when `folder` was written. Raises what `load` raises."""
    return _options(_read_json(Path(folder)), Path(folder))


def _options(document: Json, folder: Path) -> Options:
    try:
        return Options(**document["options"])
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(folder / JSON_FILE) from error


def load_recording(folder: Path) -> Recording:
    """The slow half that `save` wrote into `folder`.

    Raises:
        InputError: it is not there, damaged, or written by another schema version.
    """
    path = Path(folder) / RECORDING_FILE
    if not path.is_file():
        raise InputError(f"{folder}: holds no {RECORDING_FILE}; run cleanform analyze again")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            plain = json.loads(arrays["plain"].tobytes())
            _check_version(plain, path)
            return _recording(plain, arrays)
    except InputError:
        raise
    except Exception as error:  # a damaged zip raises a dozen kinds
        raise _damaged(path) from error


def _recording(plain: Json, arrays: Mapping[str, Any]) -> Recording:
    about = dict(plain["clip"])
    name = about.pop("path")
    about["nominal_fps"] = _number(about["nominal_fps"])
    about["damage"] = tuple(about["damage"])
    outline = None
    if "outline_frames" in arrays:
        outline = Outline(**{item.name: arrays[f"outline_{item.name}"] for item in fields(Outline)})
    return Recording(
        clip=Clip(
            path=Path(os.path.basename(name)),
            times_s=arrays["clip_times_s"],
            repeats=arrays["clip_repeats"],
            cuts=tuple(int(frame) for frame in arrays["clip_cuts"]),
            **about,
        ),
        pose=Pose(arrays["pose_xy_px"], arrays["pose_visibility"]),
        bar=BarTrack(
            **{name: arrays[f"bar_{name}"] for name in _BAR_ARRAYS}, source=plain["bar_source"]
        ),
        outline=outline,
        plates=_plates(arrays),
        model_name=plain["model_name"],
        model_sha256=plain["model_sha256"],
        lifter=None if plain.get("lifter") is None else tuple(plain["lifter"]),
        plumb=Plumb(**plain["plumb"]) if plain.get("plumb") else None,
        watched=tuple((int(start), int(stop)) for start, stop in plain.get("watched", ())),
        followed=plain.get("followed", "surest"),
        camera=CameraPath(arrays["camera_moves"]) if "camera_moves" in arrays else None,
    )


def _plates(arrays: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The plates that were found in each frame; None where an earlier version wrote the file."""
    if "plates_count" not in arrays:
        return None
    return tuple(np.split(arrays["plates_rows"], np.cumsum(arrays["plates_count"])[:-1]))


def _read_json(folder: Path) -> Json:
    path = folder / JSON_FILE
    if not path.is_file():
        raise InputError(f"{folder}: holds no {JSON_FILE}; name a folder that cleanform wrote")
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    _check_version(document, path)
    return cast(Json, document)


def _check_version(document: Any, path: Path) -> None:
    if not isinstance(document, dict) or "schema_version" not in document:
        raise _damaged(path)
    if document["schema_version"] != SCHEMA_VERSION:
        raise InputError(
            f"{path}: schema version {document['schema_version']}, this cleanform reads "
            f"{SCHEMA_VERSION}; run cleanform analyze again"
        )


def _damaged(path: Path) -> InputError:
    return InputError(f"{path}: is damaged; run cleanform analyze again")


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _lift(document: Json) -> Lift:
    span = document["span"]
    rep = Rep(
        index=document["index"],
        kind=document["kind"],
        complete=document["complete"],
        events={name: Event(**document["events"][name]) for name in EVENTS},
        phases=tuple(
            Phase(**{**phase, "group": PhaseGroup(phase["group"])}) for phase in document["phases"]
        ),
        span=slice(span["start_frame"], span["stop_frame"]),
    )
    findings = tuple(_finding(item) for item in document["findings"])
    return Lift(rep, _metrics(document["metrics"]), findings)


def _metrics(document: Json) -> dict[str, Metric]:
    return {
        name: Metric(_number(item["value"]), item["unit"], _number(item["sigma"]))
        for name, item in document.items()
    }


def _tally(document: Json) -> Tally:
    return Tally(**{**document, "values": tuple(document["values"])})


def _finding(document: Json) -> Finding:
    marks = tuple(
        Mark(
            mark["kind"],
            tuple((_number(x), _number(y)) for x, y in mark["points_px"]),
            mark["label"],
        )
        for mark in document["marks"]
    )
    said = document.get("said")
    changed = {
        "verdict": Verdict(document["verdict"]),
        "marks": marks,
        "parts": _metrics(document.get("parts", {})),
        "said": None if said is None else Verdict(said),
    }
    return Finding(**{**document, **changed})
