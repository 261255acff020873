"""`cleanform.analyze` against the bare loop on the same clip, in one run.

    python benchmarks/analyze_speed.py CLIP [--model lite|full|heavy] [--no-video] [--rounds N]

The two take turns, so that a busy machine slows both; the ratio is that of the quickest rounds.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bare_loop import Timing, bare_loop

import cleanform
from cleanform.pose import MODELS


def analyzed(path: Path, options: cleanform.Options | None = None) -> None:
    """The whole analysis, its folder of results included."""
    with tempfile.TemporaryDirectory() as folder:
        cleanform.analyze(path, options, Path(folder) / "result")


def spent_s(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of processor time, all threads together."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--model", choices=MODELS, default="full")
    parser.add_argument("--no-video", action="store_true", help="without overlay.mp4")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    options = cleanform.Options(model=asked.model, video=not asked.no_video)

    rounds, frames = [], 0
    for _ in range(asked.rounds):
        timings: list[Timing] = []
        bare = spent_s(lambda: timings.append(bare_loop(asked.clip, asked.model)))  # noqa: B023
        rounds.append((*bare, *spent_s(lambda: analyzed(asked.clip, options))))
        frames = timings[0].frames
        print(f"bare loop {rounds[-1][0]:7.2f} s   analyze {rounds[-1][2]:7.2f} s", flush=True)
    clock, processor, analysis, cpu = (min(each) for each in zip(*rounds, strict=True))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{asked.clip.name}: {frames} frames, bare loop {1000 * clock / frames:.1f} ms a frame, "
        f"analyze takes {analysis / clock:.2f} times as long and {cpu / processor:.2f} times the "
        f"processor time, peak memory {peak_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
