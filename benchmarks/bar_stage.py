"""What the bar stage costs a frame at 1080p on one core: resize, network, edges, following.

    python benchmarks/bar_stage.py [--frames 192]

The frames are drawn: a dark disc that rises in front of noise, with other discs beside it, so that
every candidate is looked at. Processor time, not wall time: other work on the machine does not
count.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from cleanform.bar import PlateFinder, PlateWatcher, follow
from cleanform.model import LANDMARKS, Clip, Pose

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats

    Image = NDArray[np.uint8]

SIZES = {"wide": (1920, 1080), "upright": (1080, 1920)}
LIMIT_MS = 8.0
PICTURES = 24  # of the rise: at 60 fps the plate goes at about 2 m/s


def drawn(size: tuple[int, int], share: float) -> Image:
    """One frame with the bar's plate at `share` of its way up."""
    wide, high = size
    grain = np.random.default_rng(3).integers(110, 150, (high // 8, wide // 8, 3), dtype=np.uint8)
    image = cv2.resize(grain, size, interpolation=cv2.INTER_CUBIC)
    discs = [(0.5 * wide, (0.8 - 0.4 * share) * high)]
    discs += [(x * wide, 0.85 * high) for x in (0.1, 0.25, 0.8, 0.92)]
    for x, y in discs:
        centre = (int(x), int(y))
        cv2.circle(image, centre, 110, (25, 25, 30), -1, cv2.LINE_AA)
        cv2.circle(image, centre, 25, (120, 120, 120), -1, cv2.LINE_AA)
    return np.asarray(image, np.uint8)


def spent_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def following_ms(candidates: Sequence[Floats], frames: int) -> float:
    """Cost of `follow` a frame, with hands that rise by 400 px."""
    times_s = np.arange(frames) / 60.0
    xy_px = np.full((frames, len(LANDMARKS), 2), 500.0)
    rise = 400.0 * np.linspace(0, 1, frames)[:, None]
    for number, name in enumerate(LANDMARKS):
        if name.endswith("hip"):
            xy_px[:, number, 1] = 700.0
        if name.endswith(("wrist", "index")):
            xy_px[:, number] = np.hstack([np.full((frames, 1), 960.0), 860.0 - rise])
    pose = Pose(xy_px, np.full(xy_px.shape[:2], 0.9))
    clip = Clip(Path("drawn.mp4"), 1920, 1080, times_s, np.zeros(frames, bool))
    return spent_ms(lambda: follow(candidates, clip, pose)) / frames


def watching_ms(finder: PlateFinder, frames: Sequence[Image], fps: float, count: int) -> Floats:
    """Cost of each of `count` pictures, told two and two as the network may look at every other."""
    watcher = PlateWatcher(finder)
    spent = []
    for number in range(count):
        place = number % len(frames)
        if place == 0:
            watcher.begin()
        time_s = number / fps
        spent.append(spent_ms(lambda p=place, t=time_s: watcher.see(frames[p], t)))  # type: ignore[misc]
    return np.reshape(spent, (-1, 2)).mean(axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=192)
    parser.add_argument("--model", type=Path, help="another plate finder (ONNX)")
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    finder = PlateFinder(asked.model)
    for name, size in SIZES.items():
        frames = [drawn(size, share) for share in np.linspace(0, 1, PICTURES)]
        candidates = [finder.find(frame) for frame in frames]  # also warms up
        rounds = max(1, asked.frames // PICTURES)
        network = [spent_ms(lambda f=f: finder.locate(f)) for _ in range(rounds) for f in frames]  # type: ignore[misc]
        offered = [candidates[i * PICTURES // asked.frames] for i in range(asked.frames)]
        following = following_ms(offered, asked.frames)
        print(
            f"{name} {size[0]}x{size[1]}: network {np.median(network):.2f} ms, following "
            f"{following:.2f} ms, {np.mean([len(rows) for rows in candidates]):.1f} candidates"
        )
        for fps in (30.0, 60.0):
            watching = watching_ms(finder, frames, fps, rounds * PICTURES)
            whole = watching + following
            print(
                f"  all of it at {fps:g} fps: {np.median(whole):.2f} ms a frame (fastest tenth "
                f"{np.percentile(whole, 10):.2f}), limit {LIMIT_MS:g}"
            )


if __name__ == "__main__":
    main()
