"""How far the events lie from those that were marked by eye on real clips.

    python benchmarks/event_accuracy.py [FOLDER]

FOLDER holds clips and a labels.csv: per clip the frames, counted from 0, of lift_off, knee_pass,
full_extension, bar_peak, catch_lowest and standing, where they are shown. Prints one line per
event and the largest and the median error; README quotes the last line.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

import cleanform

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "clips"

#: Column of labels.csv -> event of `cleanform.model.EVENTS`.
EVENT_OF = {
    "lift_off": "lift_off",
    "knee_pass": "knee_pass",
    "full_extension": "full_extension",
    "bar_peak": "bar_apex",
    "catch_lowest": "catch_lowest",
    "standing": "stood_up",
}


class Difference(NamedTuple):
    clip: str
    event: str
    labelled_s: float
    found_s: float | None  # None where cleanform says that it is not seen

    @property
    def error_s(self) -> float | None:
        return None if self.found_s is None else self.found_s - self.labelled_s


def read_labels(folder: Path) -> list[dict[str, str]]:
    """The rows of labels.csv."""
    with open(folder / "labels.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_clean(row: dict[str, str]) -> bool:
    return row["lift"] in ("clean", "power clean")


def differences(row: dict[str, str], analysis: cleanform.Analysis) -> Iterator[Difference]:
    """Every labelled event of one clip against the lift that lies nearest to it in time."""
    times_s = analysis.recording.clip.times_s
    labelled = {
        event: float(np.interp(float(row[column]), np.arange(len(times_s)), times_s))
        for column, event in EVENT_OF.items()
        if row[column]
    }
    middle_s = labelled["full_extension"]

    def away_s(lift: object) -> float:
        found = lift.rep.events["full_extension"].time_s  # type: ignore[attr-defined]
        return abs((float("inf") if found is None else found) - middle_s)

    lift = min(analysis.lifts, key=away_s, default=None)
    for event, labelled_s in labelled.items():
        found_s = None if lift is None else lift.rep.events[event].time_s
        yield Difference(row["file"], event, labelled_s, found_s)


def main(folder: Path) -> None:
    """Analyze every labelled clean and print the table."""
    errors_s: list[float] = []
    missing = clips = 0
    for row in filter(is_clean, read_labels(folder)):
        clips += 1
        for each in differences(row, cleanform.analyze(folder / row["file"])):
            error = "not found" if each.error_s is None else f"{1000 * each.error_s:+6.0f} ms"
            print(f"{each.clip:40} {each.event:15} {each.labelled_s:6.2f} s  {error}")
            if each.error_s is None:
                missing += 1
            else:
                errors_s.append(abs(each.error_s))
    print(
        f"{len(errors_s)} events on {clips} clips: median {1000 * median(errors_s):.0f} ms, "
        f"largest {1000 * max(errors_s):.0f} ms, {missing} not found"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_FOLDER)
