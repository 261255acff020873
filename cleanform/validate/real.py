"""Real clips whose events were marked by eye.

A folder holds the clips and a labels.csv: per clip what the lift is and the frames, counted from
0, of lift_off, knee_pass, full_extension, bar_peak, catch_lowest and standing, where they are
shown, with a tolerance for each.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanform import pipeline
from cleanform.errors import InputError
from cleanform.model import Options
from cleanform.validate import statistics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Analysis, Lift, Progress
    from cleanform.validate.statistics import Figure

#: Column of labels.csv -> event of `cleanform.model.EVENTS`.
EVENT_OF = {
    "lift_off": "lift_off",
    "knee_pass": "knee_pass",
    "full_extension": "full_extension",
    "bar_peak": "bar_apex",
    "catch_lowest": "catch_lowest",
    "standing": "stood_up",
}


@dataclass(frozen=True)
class Difference:
    """One marked event and the one that was found."""

    event: str
    labelled_s: float
    found_s: float | None  # None where cleanform says that it is not seen

    @property
    def error_s(self) -> float | None:
        return None if self.found_s is None else self.found_s - self.labelled_s


@dataclass(frozen=True)
class RealClip:
    """What came out of one clip."""

    file: str
    lift: str  # as labelled
    view: str
    lifts_found: int
    kinds_found: tuple[str, ...] = ()
    refusal: str = ""
    verdicts: tuple[str, ...] = ()  # of the first lift, "rule: verdict"
    differences: tuple[Difference, ...] = field(default=())


def read_labels(folder: Path) -> list[dict[str, str]]:
    """The rows of labels.csv. Raises InputError where there is none."""
    path = folder / "labels.csv"
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise InputError(f"{path}: cannot be read; give a folder of labelled clips") from error


def is_clean(row: dict[str, str]) -> bool:
    return row["lift"] in ("clean", "power clean", "clean and jerk")


def watch(folder: Path, tell: Progress) -> list[RealClip]:
    """Analyze every labelled clip of a folder; clips that are not there are left out."""
    rows = [row for row in read_labels(folder) if (folder / row["file"]).exists()]
    found = []
    for done, row in enumerate(rows):
        tell("real clips", done / len(rows))
        found.append(_watched(row, pipeline.analyze(folder / row["file"], Options())))
    return found


def differences(row: dict[str, str], analysis: Analysis) -> Iterator[Difference]:
    """Every labelled event of one clip against the lift that lies nearest to it in time."""
    times_s = analysis.recording.clip.times_s
    labelled_s = {
        event: float(np.interp(float(row[column]), np.arange(len(times_s)), times_s))
        for column, event in EVENT_OF.items()
        if row[column]
    }
    middle_s = labelled_s["full_extension"]

    def away_s(lift: Lift) -> float:
        found_s = lift.rep.events["full_extension"].time_s
        return np.inf if found_s is None else abs(found_s - middle_s)

    nearest = min(analysis.lifts, key=away_s, default=None)
    for event, marked_s in labelled_s.items():
        found_s = None if nearest is None else nearest.rep.events[event].time_s
        yield Difference(event, marked_s, found_s)


def figures(clips: Sequence[RealClip]) -> dict[str, Figure]:
    """Over the clips in which the lift was found, and over those that show no clean."""
    cleans = [clip for clip in clips if clip.differences and clip.lifts_found]
    away_ms = [
        1000 * abs(each.error_s)
        for clip in cleans
        for each in clip.differences
        if each.error_s is not None
    ]
    missing = sum(each.error_s is None for clip in cleans for each in clip.differences)
    other = [clip for clip in clips if "clean" not in clip.lift]
    found = {
        "real/events/median": statistics.median(away_ms, "ms"),
        "real/events/largest": statistics.largest(away_ms, "ms"),
        "real/events/missed": statistics.share(missing, missing + len(away_ms)),
        "real/not cleans/judged": statistics.share(
            sum(clip.lifts_found > 0 for clip in other), len(other)
        ),
    }
    return {name: figure for name, figure in found.items() if figure.n}


def _watched(row: dict[str, str], analysis: Analysis) -> RealClip:
    first = analysis.lifts[0].findings if analysis.lifts else ()
    return RealClip(
        row["file"],
        row["lift"],
        row["view"],
        len(analysis.lifts),
        tuple(lift.rep.kind for lift in analysis.lifts),
        analysis.refusal.code if analysis.refusal else "",
        tuple(f"{finding.rule}: {finding.verdict}" for finding in first),
        tuple(differences(row, analysis)) if is_clean(row) else (),
    )
