"""corrections.json: what was corrected by hand, beside the analysis that it holds for.

Its form is explained in docs/method.md. It is read strictly: a file that is not wholly understood
is refused in one line and stays as it is, and so does all that lies beside it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cleanform.corrections import (
    ChosenLifter,
    ClickedPlate,
    Correction,
    Corrections,
    Entry,
    KnownLength,
    MovedEvent,
    PlateSize,
    WrongVerdict,
)
from cleanform.errors import InputError
from cleanform.model import EVENTS, Verdict
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from cleanform.model import Clip

FILE = "corrections.json"
#: Says that a review has changed an analysis since its team's tables were written.
REVIEWED_FILE = "recording/reviewed"
SCHEMA_VERSION = 1
LARGEST_BYTES = 1_000_000
MOST_ENTRIES = 2_000
LONGEST_NOTE = 500

KINDS: MappingProxyType[str, type[Correction]] = MappingProxyType(
    {
        "event": MovedEvent,
        "lifter": ChosenLifter,
        "plate": ClickedPlate,
        "plate size": PlateSize,
        "length": KnownLength,
        "wrong verdict": WrongVerdict,
    }
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

Json = dict[str, Any]


class _UnreadableError(ValueError):
    """What is wrong with a document, in a few words."""


def load(folder: Path, clip: Clip) -> Corrections:
    """What was corrected by hand in a result folder; nothing where there is no such file.

    Raises:
        InputError: the file is damaged, of another version, or about another clip than `clip`.
    """
    path = Path(folder) / FILE
    document = _document(path)
    if document is None:
        return Corrections()
    try:
        about, corrections = _read(document, clip.frames)
    except _UnreadableError as error:
        raise _refused(path, str(error)) from error
    if about != _about(clip):
        raise InputError(
            f"{path}: is about another clip ({about['frames']} frames of {about['width_px']} x "
            f"{about['height_px']}); write into another folder, or move this file away"
        )
    return corrections


def peek(folder: Path) -> Corrections:
    """As `load`, before it is known whether the clip is the one that they are about."""
    path = Path(folder) / FILE
    document = _document(path)
    if document is None:
        return Corrections()
    try:
        return _read(document, None)[1]
    except _UnreadableError as error:
        raise _refused(path, str(error)) from error


def text_in(folder: Path) -> str:
    """The file as it is, to be taken to another place; empty where there is none.

    What cannot be read there is no good text here either, so that it is refused and not lost.
    """
    try:
        return (Path(folder) / FILE).read_bytes()[: LARGEST_BYTES + 1].decode("utf-8", "replace")
    except FileNotFoundError:
        return ""
    except OSError:
        return "unreadable"


def save(folder: Path, clip: Clip, corrections: Corrections) -> None:
    """Write the file whole; where nothing was ever said there is none to write."""
    if not corrections.entries:
        return
    document = {
        "schema_version": SCHEMA_VERSION,
        "clip": _about(clip),
        "entries": [
            {
                "number": entry.number,
                "made": entry.made,
                "undone": entry.undone,
                **to_json(entry.what),
            }
            for entry in corrections.entries
        ],
    }
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, indent=2)
    replace_file(Path(folder) / FILE, f"{text}\n".encode())


def to_json(what: Correction) -> Json:
    """One correction as plain values."""
    kind = next(name for name, noun in KINDS.items() if isinstance(what, noun))
    return {"kind": kind, **asdict(what)}


def from_json(document: object, frames: int | None) -> Correction:
    """The correction that `to_json` made; `frames` is how many the clip has, where that is known.

    Raises:
        ValueError: it is none, in a few words.
    """
    if not isinstance(document, dict):
        raise _UnreadableError("a correction is no object")
    kind = document.get("kind")
    noun = KINDS.get(kind) if isinstance(kind, str) else None
    if noun is None:
        raise _UnreadableError("the kind of a correction is not known")
    values = {name: value for name, value in document.items() if name != "kind"}
    if set(values) != {field.name for field in fields(noun)}:
        raise _UnreadableError(f"a correction of the kind {kind!r} has other fields")
    for name, value in values.items():
        problem = _CHECKS[name](value)
        late = name.endswith("frame") and frames is not None and value is not None
        if not problem and late and value >= frames:
            problem = "is past the end of the clip"
        if problem:
            raise _UnreadableError(f"{name} {problem}")
        if isinstance(value, int) and not name.endswith("frame"):
            values[name] = float(value)
    if isinstance(values.get("frame", 0), type(None)) and noun is not MovedEvent:
        raise _UnreadableError("frame is missing")
    return noun(**values)


# --- reading --------------------------------------------------------------------------------


def _document(path: Path) -> Json | None:
    """The file's JSON, None where there is no file."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise _refused(path, "is too large")
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _refused(path, "cannot be read") from error
    try:
        document = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise _refused(path, "is no JSON that can be read") from error
    if not isinstance(document, dict):
        raise _refused(path, "is damaged")
    return document


def _read(document: Json, frames: int | None) -> tuple[Json, Corrections]:
    if document.get("schema_version") != SCHEMA_VERSION or isinstance(
        document["schema_version"], bool
    ):
        raise _UnreadableError(
            f"schema version {document.get('schema_version')!r:.20}, this cleanform reads "
            f"{SCHEMA_VERSION}"
        )
    if set(document) != {"schema_version", "clip", "entries"}:
        raise _UnreadableError("has other fields")
    about, entries = document["clip"], document["entries"]
    sizes = {"frames", "width_px", "height_px"}
    if not isinstance(about, dict) or set(about) != sizes or any(map(_frame, about.values())):
        raise _UnreadableError("does not say which clip it is about")
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise _UnreadableError(f"entries is no list of at most {MOST_ENTRIES}")
    if frames is None:
        frames = about["frames"]
    found: list[Entry] = []
    for document_of_one in entries:
        entry = _entry(document_of_one, frames)
        if entry.number <= (found[-1].number if found else 0):
            raise _UnreadableError("the numbers of the entries do not grow")
        found.append(entry)
    return about, Corrections(tuple(found))


def _entry(document: object, frames: int) -> Entry:
    if not isinstance(document, dict):
        raise _UnreadableError("an entry is no object")
    rest = dict(document)
    try:
        number, made, undone = (rest.pop(name) for name in ("number", "made", "undone"))
    except KeyError as error:
        raise _UnreadableError("an entry lacks number, made or undone") from error
    if _frame(number):
        raise _UnreadableError("the number of an entry is none")
    for time in (made, undone):
        if time is not None and not (isinstance(time, str) and _TIME.fullmatch(time)):
            raise _UnreadableError("the time of an entry is none")
    if made is None:
        raise _UnreadableError("an entry lacks number, made or undone")
    return Entry(number, made, from_json(rest, frames), undone)


def _frame(value: object) -> str:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**8
    return "" if fits else "is no frame"


def _number_in(low: float, high: float) -> Callable[[object], str]:
    def problem(value: object) -> str:
        fits = (
            isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
        )
        return "" if fits else f"is no number from {low:g} to {high:g}"

    return problem


def _text(longest: int, pattern: str = r"[^\x00\ud800-\udfff]*") -> Callable[[object], str]:
    def problem(value: object) -> str:
        fits = isinstance(value, str) and len(value) <= longest
        if fits and re.fullmatch(pattern, str(value), re.DOTALL):
            return ""
        return f"is no text of at most {longest} letters that fits"

    return problem


def _one_of(choices: tuple[str, ...]) -> Callable[[object], str]:
    return lambda value: "" if value in choices else "is not one that is known"


_SHARE = _number_in(0.0, 1.0)


def _or_none(check: Callable[[object], str]) -> Callable[[object], str]:
    return lambda value: "" if value is None else check(value)


_CHECKS: MappingProxyType[str, Callable[[object], str]] = MappingProxyType(
    {
        "lift_frame": _frame,
        "frame": _or_none(_frame),
        "event": _one_of(EVENTS),
        "time_s": _number_in(0.0, 100_000.0),
        "x_share": _SHARE,
        "y_share": _SHARE,
        "from_x_share": _SHARE,
        "from_y_share": _SHARE,
        "to_x_share": _SHARE,
        "to_y_share": _SHARE,
        "height_share": _or_none(_number_in(0.005, 1.0)),
        "plate_mm": _number_in(100.0, 600.0),
        "length_mm": _number_in(10.0, 20_000.0),
        "rule": _text(64, r"[a-z][a-z0-9_]*"),
        "said": _one_of(tuple(verdict.value for verdict in Verdict)),
        "note": _text(LONGEST_NOTE),
    }
)


def _about(clip: Clip) -> Json:
    return {"frames": clip.frames, "width_px": clip.width_px, "height_px": clip.height_px}


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _no_twins(pairs: list[tuple[str, Any]]) -> Json:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _refused(path: Path, problem: str) -> InputError:
    return InputError(f"{path}: {problem}; put it right, or move it away to judge without it")
