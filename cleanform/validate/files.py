"""The record on disk: JSON, the page and its pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from cleanform import plots
from cleanform.errors import InputError
from cleanform.validate.page import markdown, picture_name
from cleanform.validate.record import Record

JSON_NAME, PAGE_NAME = "validation.json", "validation.md"
#: Title of each panel, by dose.
_PANELS = {
    "rounded_back/start": "Rounded back",
    "bar_drift/off the floor": "Bar forward off the floor",
    "bar_drift/swing": "Bar swings out in the second pull",
    "hip_lockout/extension": "Hips short at full extension",
    "catch_height/thighs": "Caught too low",
    "catch_height/knees": "Caught too high",
    "hip_lockout/standing": "Not stood up",
    "hips_first/trunk": "Hips rise before the shoulders",
    "jump/forward": "Feet jump forward",
    "jump/back": "Feet jump back",
    "grip_width/grip": "Hands too far apart (front)",
    "stance_width/stance": "Feet too far apart (front)",
    "early_arm_bend/elbows": "Arms bend early (front)",
    "bar_tilt/tilt": "Bar pulled crooked (front)",
    "uneven_elbows/elbows": "Elbows uneven (front)",
}


def write(record: Record, folder: Path) -> Path:
    """Write all of it into `folder`; returns the page's path. Raises InputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps(record.to_json(), indent=1, ensure_ascii=False)
        (folder / JSON_NAME).write_text(document + "\n", "utf-8")
        for level, svg in pictures(record).items():
            (folder / picture_name(level)).write_text(svg, "utf-8")
        page = folder / PAGE_NAME
        # From what was kept of it, rounded: else the page and its record differ in a last digit.
        page.write_text(text(read(folder)), "utf-8")
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{folder}: cannot be written ({reason}); choose another -o") from error
    return page


def read(folder: Path) -> Record:
    """The record that `write` left in `folder`."""
    return Record.from_json(json.loads((folder / JSON_NAME).read_text("utf-8")))


def text(record: Record) -> str:
    """The page, with its pictures beside it."""
    return markdown(record, {level: picture_name(level) for level in _curves(record)})


def pictures(record: Record) -> dict[str, str]:
    """Level -> its dose-response curves as SVG."""
    return {
        level: plots.svg(plots.dose_response(curves)) for level, curves in _curves(record).items()
    }


def _curves(record: Record) -> dict[str, dict[str, list[tuple[float, Mapping[str, int]]]]]:
    """Level -> panel -> points; a part with fewer than three doses has no curve."""
    out: dict[str, dict[str, list[tuple[float, Mapping[str, int]]]]] = {}
    for level, rows in record.responses.items():
        points: dict[str, list[tuple[float, Mapping[str, int]]]] = {
            title: [(row.times_limit, row.verdicts) for row in rows if row.dose == dose]
            for dose, title in _PANELS.items()
        }
        curves = {title: each for title, each in points.items() if len(each) > 2}
        if curves:
            out[level] = curves
    return out
