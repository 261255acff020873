"""What one rendered frame costs, drawing, noise and encoding included.

    python benchmarks/render_speed.py [WxH]

Draws a lift twice with a still camera at 640x360 (or another size), the first time to compile, and
prints the milliseconds per frame of the second. The aim is 100 ms on two cores.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from cleanform.synth import Camera, LiftSpec
from cleanform.synth.clip import write_clip

AIM_MS = 100.0


def main(size: str) -> int:
    """Print the figure; 1 where it misses the aim at 640x360."""
    width, height = (int(each) for each in size.split("x"))
    camera = Camera(width_px=width, height_px=height)
    spec = LiftSpec(fps=30.0, still_before_s=0.2, still_after_s=0.2)
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(2):
            started_s = time.perf_counter()
            truth = write_clip(spec, camera, Path(folder) / "clip.mp4")
            passed_s = time.perf_counter() - started_s
    each_ms = 1000 * passed_s / len(truth.times_s)
    print(f"{size}: {each_ms:.0f} ms a frame ({len(truth.times_s)} frames)")
    return int(size == "640x360" and each_ms > AIM_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "640x360"))
