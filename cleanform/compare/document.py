"""A `Comparison` as compare.json; the form is explained in docs/method.md."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cleanform import __version__, archive
from cleanform.compare import sentences
from cleanform.compare.differences import SIGMAS

if TYPE_CHECKING:
    from cleanform.compare.changes import Change
    from cleanform.compare.comparison import Comparison
    from cleanform.compare.differences import Difference
    from cleanform.compare.sides import Side
    from cleanform.model import Finding

FILE = "compare.json"
SCHEMA_VERSION = 1

Json = dict[str, Any]


def to_json(comparison: Comparison) -> Json:
    """`comparison` as plain, finite values, without any path."""
    aligned = comparison.alignment
    document = {
        "schema_version": SCHEMA_VERSION,
        "cleanform_version": __version__,
        "a": _side(comparison.a),
        "b": _side(comparison.b),
        "picked": comparison.picked,
        "units": comparison.units,
        "blur_faces": comparison.blur_faces,
        "verdict": sentences.headline(comparison),
        "rule": {"sigmas": SIGMAS, "one_film": comparison.a.same_clip(comparison.b)},
        "alignment": [
            {"event": event, "common_s": common_s, "a_s": a_s, "b_s": b_s}
            for event, common_s, a_s, b_s in zip(
                aligned.events, aligned.common_s, *aligned.clip_s, strict=True
            )
        ],
        "differences": [_difference(comparison, one) for one in comparison.differences],
        "findings": [_change(one) for one in comparison.changes],
        "not_compared": list(comparison.comparable.refused),
        "mind": list(comparison.comparable.mind),
    }
    return archive.plain(document)


def _side(side: Side) -> Json:
    options = side.analysis.options
    return {
        "clip": side.analysis.recording.clip.path.name,
        "lift": side.number,
        "kind": side.rep.kind,
        "athlete": options.athlete,
        "date": options.date,
        "load_kg": options.load_kg,
    }


def _difference(comparison: Comparison, one: Difference) -> Json:
    document = asdict(one)
    return {
        **document,
        "difference": round(one.difference, 4),
        "shown": one.shown,
        "words": sentences.difference(comparison, one),
    }


def _change(one: Change) -> Json:
    return {
        "rule": one.rule,
        "state": one.state.value,
        "a": _finding(one.a),
        "b": _finding(one.b),
        "reason": sentences.reason(one),
    }


def _finding(finding: Finding | None) -> Json | None:
    if finding is None:
        return None
    names = ("verdict", "value", "unit", "sigma", "limit", "part")
    return {name: getattr(finding, name) for name in names}
