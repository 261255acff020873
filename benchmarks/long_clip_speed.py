"""A long clip with one short lift in it: `cleanform.analyze` against the bare loop, and its memory.

    python benchmarks/long_clip_speed.py [--seconds N] [--folder DIR] [--rounds N] [--memory N ...]

The clip is made from samples/power_clean_side.mp4: the lifter stands before the bar, lifts once in
the middle and stands again; enlarged to 1080 x 1920 at 30 frames a second, with noise and lamps
that flicker, so that no picture repeats another and each costs as much as a new one. The two take
turns, page and film included in the analysis; the ratio is that of the quickest rounds, by the
clock and by processor time, which other work on the machine hardly changes.
`--memory 60 600` also prints the peak memory of an analysis of clips of that many seconds, each in
a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from analyze_speed import analyzed, spent_s
from bare_loop import bare_loop

from cleanform.video import VideoWriter

SAMPLE = Path(__file__).parents[1] / "samples" / "power_clean_side.mp4"
WIDTH_PX, HEIGHT_PX, FPS = 1080, 1920, 30
STANDS_FRAMES = 10  # at either end of the sample, played to and fro
NOISE, FLICKER = 4, 2  # grey levels, either way: of each pixel, and of the lamps

_PEAK = """
import resource, sys, tempfile, pathlib, cleanform
with tempfile.TemporaryDirectory() as folder:
    found = cleanform.analyze(sys.argv[1], folder=pathlib.Path(folder) / "result")
print(len(found.lifts), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def long_clip(path: Path, seconds: float) -> Path:
    """Write the clip where it is not there yet."""
    if path.exists():
        return path
    with av.open(str(SAMPLE)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    still = round(seconds * FPS) - len(pictures)
    if still < 0:
        raise SystemExit(f"the lift alone takes {len(pictures) / FPS:.1f} s")
    before = [*_to_and_fro(pictures[:STANDS_FRAMES], still // 2)][::-1]
    after = [*_to_and_fro(pictures[-STANDS_FRAMES:][::-1], still - still // 2)]
    rng = np.random.default_rng(5)
    grain = [
        rng.integers(-NOISE, NOISE, pictures[0].shape, np.int16, endpoint=True) for _ in range(7)
    ]
    unfinished = path.with_name(f"unfinished-{path.name}")
    with VideoWriter(unfinished, WIDTH_PX, HEIGHT_PX) as writer:
        for index, picture in enumerate([*before, *pictures, *after]):
            lit = picture + grain[index % len(grain)] + FLICKER * (-1) ** index
            noisy = np.clip(lit, 0, 255).astype(np.uint8)
            large = cv2.resize(noisy, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
            writer.write(large, index / FPS)
    unfinished.replace(path)
    return path


def _to_and_fro(pictures: list[np.ndarray], count: int) -> Iterator[np.ndarray]:
    there_and_back = [*pictures, *pictures[-2:0:-1]]
    for index in range(count):
        yield there_and_back[index % len(there_and_back)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--folder", type=Path, help="where clips are kept")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--memory", type=float, nargs="*", default=[], metavar="SECONDS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if asked.rounds:
            clip = long_clip(folder / f"one_lift_{asked.seconds:g}_s.mp4", asked.seconds)
            rounds = [
                (*spent_s(lambda: bare_loop(clip)), *spent_s(lambda: analyzed(clip)))
                for _ in range(asked.rounds)
            ]
            bare, bare_cpu, analysis, cpu = (min(each) for each in zip(*rounds, strict=True))
            print(
                f"{asked.seconds:g} s with one lift: bare loop {bare:.1f} s, analyze "
                f"{analysis:.1f} s, {analysis / bare:.2f} times as long; processor time "
                f"{bare_cpu:.1f} and {cpu:.1f} s, {cpu / bare_cpu:.2f} times as much",
                flush=True,
            )
        for seconds in asked.memory:
            clip = long_clip(folder / f"one_lift_{seconds:g}_s.mp4", seconds)
            done = subprocess.run(
                [sys.executable, "-c", _PEAK, str(clip)], capture_output=True, text=True, check=True
            )
            lifts, peak_mb = done.stdout.split()
            print(f"{seconds:g} s: {lifts} lift, peak memory {peak_mb} MB", flush=True)


if __name__ == "__main__":
    main()
