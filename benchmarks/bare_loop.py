"""The least that any analysis must do: decode every frame and run the pose model on it.

python benchmarks/bare_loop.py CLIP [--model lite|full|heavy]
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import av
import mediapipe  # noqa: F401  (here, so that no timing pays for its import)

from cleanform.pose import MODELS, PoseTracker


@dataclass(frozen=True)
class Timing:
    frames: int
    seconds: float  # wall clock, decoding and pose
    pose_seconds: float  # of these, the pose model

    @property
    def ms_per_frame(self) -> float:
        return 1000 * self.seconds / max(1, self.frames)


def bare_loop(path: Path, model: str = "full") -> Timing:
    """Decode `path` with PyAV and track every frame, as `cleanform.analyze` tracks it."""
    frames, pose_seconds = 0, 0.0
    start = time.perf_counter()
    with av.open(path) as container, PoseTracker(model) as tracker:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            image = frame.to_ndarray(format="rgb24")
            before = time.perf_counter()
            tracker.track(image, frames / 30)  # the tracker only asks that time goes on
            pose_seconds += time.perf_counter() - before
            frames += 1
    return Timing(frames, time.perf_counter() - start, pose_seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--model", choices=MODELS, default="full")
    options = parser.parse_args()
    timing = bare_loop(options.clip, options.model)
    print(
        f"{timing.frames} frames in {timing.seconds:.2f} s: {timing.ms_per_frame:.1f} ms a frame, "
        f"{1000 * timing.pose_seconds / max(1, timing.frames):.1f} of them in the pose model"
    )


if __name__ == "__main__":
    main()
