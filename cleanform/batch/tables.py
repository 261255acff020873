"""lifts.csv and findings.csv: one row a lift, one a finding, for a spreadsheet.

The columns are explained in docs/team.md. UTF-8 with a byte-order mark, commas, CRLF: what
spreadsheets open right without asking. Text that a spreadsheet would run as a formula gets an
apostrophe before it (OWASP, "CSV Injection"); numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanform.staging import replace_file

if TYPE_CHECKING:
    from cleanform.batch.store import Row, Store

LIFTS_FILE = "lifts.csv"
FINDINGS_FILE = "findings.csv"

#: Of a lift and its clip; both tables begin with them.
CLIP_COLUMNS = ("athlete", "date", "load_kg", "file", "lift", "kind")
LIFT_COLUMNS = (*CLIP_COLUMNS, "complete", "verdict", "faults", "watches", "start_s", "view")
LAST_COLUMNS = ("date_source", "result", "clip_sha256", "cleanform_version", "finished")
FINDING_COLUMNS = (
    *CLIP_COLUMNS,
    "check", "title", "verdict", "value", "unit", "sigma", "limit", "time_s", "part", "outcome",
    "reason", "cue", "result", "clip_sha256",
)  # fmt: skip

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_UNIT_SUFFIXES = {"m/s": "m_s", "m/s^2": "m_s2", "%": "percent"}


def write(store: Store, team: Path) -> None:
    """Write both files, each replaced whole."""
    clips = {row["id"]: row for row in store.clips()}
    lifts = sorted(
        store.table("lifts"),
        key=lambda lift: (
            *((clips[lift["clip"]][name] or "") for name in ("athlete", "date", "file")),
            lift["number"],
        ),
    )
    place = {lift["id"]: index for index, lift in enumerate(lifts)}
    findings = sorted(
        store.table("findings"), key=lambda each: (place[each["lift"]], each["place"])
    )
    metrics = store.table("metrics")
    replace_file(team / LIFTS_FILE, _lifts(clips, lifts, findings, metrics))
    of_sets = sorted(store.table("set_findings"), key=lambda each: (each["clip"], each["place"]))
    replace_file(team / FINDINGS_FILE, _findings(clips, lifts, findings, of_sets))


def metric_column(name: str, unit: str) -> str:
    """``peak_bar_speed``, ``m/s`` -> ``peak_bar_speed_m_s``."""
    suffix = _UNIT_SUFFIXES.get(unit, unit.lower().replace("/", "_per_").replace(" ", "_"))
    return name if not suffix or name.endswith(f"_{suffix}") else f"{name}_{suffix}"


def _lifts(
    clips: Mapping[int, Row], lifts: Sequence[Row], findings: Sequence[Row], metrics: Sequence[Row]
) -> bytes:
    columns: dict[str, None] = {}
    values: dict[int, dict[str, Any]] = {}
    for metric in metrics:
        column = metric_column(metric["name"], metric["unit"])
        columns |= {column: None, f"{metric['name']}_sigma": None}
        values.setdefault(metric["lift"], {}).update(
            {column: metric["value"], f"{metric['name']}_sigma": metric["sigma"]}
        )
    verdicts: dict[int, list[str]] = {}
    for finding in findings:
        verdicts.setdefault(finding["lift"], []).append(finding["verdict"])
    rows = []
    for lift in lifts:
        clip = clips[lift["clip"]]
        found = verdicts.get(lift["id"], [])
        rows.append(
            _of_clip(clip, lift)
            | {
                "complete": lift["complete"],
                "verdict": lift["verdict"],
                "faults": found.count("fault"),
                "watches": found.count("watch"),
                "start_s": lift["start_s"],
                "view": clip["view"],
                "date_source": clip["date_source"],
                "cleanform_version": clip["cleanform_version"],
                "finished": clip["finished"],
            }
            | values.get(lift["id"], {})
        )
    return _csv((*LIFT_COLUMNS, *sorted(columns), *LAST_COLUMNS), rows)


def _findings(
    clips: Mapping[int, Row],
    lifts: Sequence[Row],
    findings: Sequence[Row],
    of_sets: Sequence[Row],
) -> bytes:
    """Those of each lift, in the order of the lifts; those of a clip's sets come after its last."""
    by_id = {lift["id"]: lift for lift in lifts}
    last = {lift["clip"]: lift["id"] for lift in lifts}
    after: dict[int, list[Row]] = {}
    for finding in of_sets:
        after.setdefault(last[finding["clip"]], []).append(finding)
    by_lift: dict[int, list[Row]] = {}
    for finding in findings:
        by_lift.setdefault(finding["lift"], []).append(finding)
    rows = []
    for lift in by_id.values():
        clip = clips[lift["clip"]]
        rows += [_of_clip(clip, lift) | _said(each) for each in by_lift.get(lift["id"], [])]
        rows += [_of_clip(clip, None) | _said(each) for each in after.get(lift["id"], [])]
    return _csv(FINDING_COLUMNS, rows)


def _said(finding: Row) -> dict[str, Any]:
    same = "title verdict value unit sigma time_s part outcome reason cue".split()
    said = {name: finding[name] for name in same}
    return said | {"check": finding["rule"], "limit": finding["limit_text"]}


def _of_clip(clip: Row, lift: Row | None) -> dict[str, Any]:
    """What is said of a lift's clip; without a lift it is about a set of them."""
    return {name: clip[name] for name in ("athlete", "date", "load_kg", "file", "result")} | {
        "lift": None if lift is None else lift["number"],
        "kind": "set" if lift is None else lift["kind"],
        "clip_sha256": clip["sha256"],
    }


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    """A number as it is; text on one line and never a formula."""
    if not isinstance(value, str):
        return value
    shown = value if value.isprintable() else "".join(c if c.isprintable() else " " for c in value)
    line = " ".join(shown.split())
    formula = value.startswith(_FORMULA) or line.startswith(_FORMULA)
    return f"'{line}" if formula and len(line) > 1 else line  # "%" by itself is a unit
