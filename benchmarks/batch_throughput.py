"""How much a second worker brings, what one worker holds in memory, how fast a team is rejudged.

    python benchmarks/batch_throughput.py [CLIP ...] [--clips N] [--rounds N] [--workers N]
        [--judged N] [--no-video]

The clips (by default the rendered ones in samples/) are copied until there are N, each with bytes
of its own. One worker and several take turns with all of them, and the ratio is that of the
medians. Processor time is told beside the clock, because it does not know who else is at work on
the machine: at best the clock of several workers is their processor time over their number. Then
the results are copied until there are as many as --judged says, and judged again without drawing.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import struct
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from cleanform.batch import LocalWorkers, rejudge, run
from cleanform.batch.machine import cores
from cleanform.model import Options

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


@dataclass(frozen=True)
class Took:
    """Clock and processor time of one piece of work, all its processes included."""

    clock_s: float
    processor_s: float


class Stopwatch:
    """Both clocks at once."""

    def __enter__(self) -> Stopwatch:
        self._start_s, self._before_s = time.perf_counter(), _processor_s()
        return self

    def __exit__(self, *_: object) -> None:
        self.took = Took(time.perf_counter() - self._start_s, _processor_s() - self._before_s)


def _processor_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def copies(clips: list[Path], count: int, folder: Path) -> None:
    """`count` clips that no two files are the same: a box that players skip is put at the end."""
    folder.mkdir()
    for n in range(count):
        clip = clips[n % len(clips)]
        box = struct.pack(">I4sI", 12, b"free", n)
        (folder / f"{n:03d}_{clip.name}").write_bytes(clip.read_bytes() + box)


def timed(folder: Path, team: Path, workers: int, options: Options) -> Took:
    with Stopwatch() as watch:
        done = run(folder, team, LocalWorkers(workers, time_limit_s=1800), options)
    assert done.failed == 0, done
    return watch.took


def peak_mb(team: Path) -> float:
    database = sqlite3.connect(team / "team.sqlite")
    peak = database.execute("SELECT MAX(peak_mb) FROM clips").fetchone()[0]
    database.close()
    return float(peak)


def multiply(team: Path, count: int) -> None:
    """Copies of the team's results until there are `count`; they are taken up as they are found."""
    homes = sorted((team / "clips").iterdir())
    for n in range(len(homes), count):
        home = homes[n % len(homes)]
        copy = team / "clips" / f"copy-{n:08x}"
        shutil.copytree(home, copy)
        source = copy / "recording/source.json"
        facts = json.loads(source.read_text()) | {"sha256": f"{n:064x}", "key": f"{n}"}
        source.write_text(json.dumps(facts))


def throughput(asked: argparse.Namespace, clips: list[Path], here: Path) -> Path:
    """One worker and several in turns; gives a team's folder that is done."""
    copies(clips, asked.clips, here / "clips")
    options = Options(video=not asked.no_video)
    took: dict[int, list[Took]] = {1: [], asked.workers: []}
    for turn in range(asked.rounds):
        for workers, before in took.items():
            team = here / f"{workers} workers, turn {turn}"
            before.append(timed(here / "clips", team, workers, options))
            rate = 60 * asked.clips / before[-1].clock_s
            print(
                f"{workers} workers, turn {turn + 1}: {before[-1].clock_s:.1f} s ({rate:.1f} clips "
                f"a minute), {before[-1].processor_s / asked.clips:.1f} s of processor time a clip",
                flush=True,
            )
    one_s, several_s = (median(each.clock_s for each in took[n]) for n in (1, asked.workers))
    print(f"throughput of {asked.workers} workers over one, medians: {one_s / several_s:.2f}")
    one_s, several_s = (median(each.processor_s for each in took[n]) for n in (1, asked.workers))
    print(f"the same by processor time, nobody waiting: {asked.workers * one_s / several_s:.2f}")
    print(f"peak memory of a worker: {max(map(peak_mb, here.glob('* workers, *'))):.0f} MB")
    return team


def judging(asked: argparse.Namespace, team: Path) -> None:
    """How many clips a second are judged again, tables and pages of the team included."""
    multiply(team, asked.judged)
    rejudge(team, 1, draw=False)  # takes the copies up
    for _ in range(asked.rounds):
        with Stopwatch() as watch:
            judged = rejudge(team, asked.workers, draw=False)
        took = watch.took
        print(
            f"{judged.clips} clips judged again, tables and pages written: "
            f"{judged.clips / took.clock_s:.1f} clips/s; by processor time, nobody waiting: "
            f"{asked.workers * judged.clips / took.processor_s:.1f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="*", type=Path)
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--judged", type=int, default=200)
    parser.add_argument("--no-video", action="store_true", help="without overlay.mp4")
    asked = parser.parse_args()
    clips = asked.clip or sorted(SAMPLES.glob("*.mp4"))
    with tempfile.TemporaryDirectory() as name:
        judging(asked, throughput(asked, clips, Path(name)))


if __name__ == "__main__":
    main()
