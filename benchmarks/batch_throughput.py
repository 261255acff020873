"""How much a second worker brings, what one worker holds in memory, how fast a team is rejudged.

    python benchmarks/batch_throughput.py [CLIP ...] [--clips N] [--workers N] [--judged N]

The clips (by default the rendered ones in samples/) are copied until there are N, each with bytes
of its own, and done twice in the same run: by one worker and by several. Then the results are
copied until there are as many as --judged says, and judged again without drawing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import struct
import tempfile
import time
from pathlib import Path

from cleanform.batch import LocalWorkers, rejudge, run
from cleanform.batch.machine import cores

SAMPLES = Path(__file__).resolve().parents[1] / "samples"


def copies(clips: list[Path], count: int, folder: Path) -> None:
    """`count` clips that no two files are the same: a box that players skip is put at the end."""
    folder.mkdir()
    for n in range(count):
        clip = clips[n % len(clips)]
        box = struct.pack(">I4sI", 12, b"free", n)
        (folder / f"{n:03d}_{clip.name}").write_bytes(clip.read_bytes() + box)


def timed(folder: Path, team: Path, workers: int) -> float:
    start = time.perf_counter()
    done = run(folder, team, LocalWorkers(workers, time_limit_s=1800))
    assert done.failed == 0, done
    return time.perf_counter() - start


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="*", type=Path)
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--workers", type=int, default=cores())
    parser.add_argument("--judged", type=int, default=200)
    asked = parser.parse_args()
    clips = asked.clip or sorted(SAMPLES.glob("*.mp4"))
    with tempfile.TemporaryDirectory() as name:
        here = Path(name)
        copies(clips, asked.clips, here / "clips")
        one_s = timed(here / "clips", here / "one", 1)
        several_s = timed(here / "clips", here / "several", asked.workers)
        print(f"{asked.clips} clips: one worker {one_s:.1f} s, {asked.workers} {several_s:.1f} s")
        print(f"throughput of {asked.workers} workers over one: {one_s / several_s:.2f}")
        print(
            f"peak memory of a worker: {max(map(peak_mb, (here / 'one', here / 'several'))):.0f} MB"
        )
        multiply(here / "several", asked.judged)
        rejudge(here / "several", 1, draw=False)  # takes the copies up
        start = time.perf_counter()
        judged = rejudge(here / "several", asked.workers, draw=False)
        rate = judged.clips / (time.perf_counter() - start)
        print(f"{judged.clips} clips judged again, tables and pages written: {rate:.1f} clips/s")


if __name__ == "__main__":
    main()
