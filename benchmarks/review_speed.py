"""How long a correction takes, from what is said to the page that shows what follows.

    python benchmarks/review_speed.py [CLIP ...]

For each clip (two samples unless named) the result is made once; then an event is moved to and fro
in a review of it. Reported is the median, quickest and slowest of 12 corrections, judged, saved and
drawn as a page, and the part of it that is judging and saving; aim 2 s. Wall-clock time on a quiet
machine; processor time beside it, which other work on the machine does not change.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from cleanform import pipeline
from cleanform.model import Options
from cleanform.review import Session

SAMPLES = Path(__file__).parents[1] / "samples"
AIM_S = 2.0
TIMES = 12


def measure(clip: Path, home: Path) -> tuple[list[float], list[float], list[float]]:
    """Seconds of each correction: wall clock, processor, and judging alone."""
    pipeline.analyze(clip, Options(), folder=home)
    session = Session(home)
    session.page()
    rep = session.analysis.lifts[0].rep
    frame = rep.frame("stood_up")
    lift_frame = (rep.span.start + rep.span.stop) // 2
    wall_s, processor_s, judged_s = [], [], []
    for turn in range(TIMES):
        said = {"kind": "event", "lift_frame": lift_frame, "event": "stood_up"}
        start_s, start_work_s = time.perf_counter(), time.process_time()
        session.correct({**said, "frame": frame + 1 + turn % 2}, session.revision)
        judged_s.append(time.perf_counter() - start_s)
        session.page()
        wall_s.append(time.perf_counter() - start_s)
        processor_s.append(time.process_time() - start_work_s)
    session.close()
    return wall_s, processor_s, judged_s


def main() -> None:
    clips = [Path(name) for name in sys.argv[1:]]
    clips = clips or [SAMPLES / f"{name}.mp4" for name in ("power_clean_side", "rounded_back_side")]
    for clip in clips:
        with tempfile.TemporaryDirectory() as root:
            wall_s, processor_s, judged_s = measure(clip, Path(root) / "result.cleanform")
        middle_s = statistics.median(wall_s)
        print(
            f"{clip.name}: {middle_s:.2f} s ({min(wall_s):.2f} to {max(wall_s):.2f}), of it judged "
            f"and saved {statistics.median(judged_s):.2f} s; processor "
            f"{statistics.median(processor_s):.2f} s; n = {TIMES}; aim {AIM_S:g} s "
            f"{'met' if middle_s <= AIM_S else 'missed'}"
        )


if __name__ == "__main__":
    main()
