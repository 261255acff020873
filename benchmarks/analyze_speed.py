"""`cleanform.analyze` against the bare loop on the same clip, in one run.

    python benchmarks/analyze_speed.py CLIP [--model lite|full|heavy] [--no-video] [--rounds N]

The two take turns, so that a busy machine slows both; the ratio is that of the quickest rounds.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from bare_loop import bare_loop

import cleanform
from cleanform.pose import MODELS


def analysis_seconds(path: Path, options: cleanform.Options) -> float:
    """Wall clock of the whole analysis, its folder of results included."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        cleanform.analyze(path, options, Path(folder) / "result")
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--model", choices=MODELS, default="full")
    parser.add_argument("--no-video", action="store_true", help="without overlay.mp4")
    parser.add_argument("--rounds", type=int, default=2)
    asked = parser.parse_args()
    options = cleanform.Options(model=asked.model, video=not asked.no_video)

    bare, analysis = [], []
    for _ in range(asked.rounds):
        bare.append(bare_loop(asked.clip, asked.model))
        analysis.append(analysis_seconds(asked.clip, options))
        print(f"bare loop {bare[-1].seconds:7.2f} s   analyze {analysis[-1]:7.2f} s", flush=True)
    least = min(timing.seconds for timing in bare)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    frames = bare[0].frames
    print(
        f"{asked.clip.name}: {frames} frames, bare loop {1000 * least / frames:.1f} ms a frame, "
        f"analyze takes {min(analysis) / least:.2f} times as long, peak memory {peak_mb:.0f} MB"
    )


if __name__ == "__main__":
    main()
