"""How many known lifts a minute can be made and seen, without drawing them.

    python benchmarks/synth_speed.py [LIFTS]

Power cleans drawn by seed, at 60 frames a second, each seen by a phone from the side with
landmark noise: what the logic tests and `cleanform validate` do. Prints the median time of each
half and lifts a minute on one core.
"""

from __future__ import annotations

import sys
from statistics import median
from time import process_time

from cleanform.synth import Noise, camera_of, lift, observe, vary


def main(lifts: int) -> None:
    """Make and see `lifts` of them, after one that pays for the imports."""
    made_s: list[float] = []
    seen_s: list[float] = []
    for seed in range(lifts + 1):
        spec, camera = vary(seed, fps=60.0), camera_of(seed, "side")
        noise = Noise(seed=seed, landmark_px=2.0, landmark_lag_one=0.8, bar_px=0.5)
        start_s = process_time()
        truth = lift(spec)
        middle_s = process_time()
        observe(truth, camera, noise)
        made_s.append(middle_s - start_s)
        seen_s.append(process_time() - middle_s)
    made_ms, seen_ms = (1000 * median(times[1:]) for times in (made_s, seen_s))
    print(
        f"{lifts} lifts: {made_ms:.1f} ms to make one, {seen_ms:.1f} ms to see it, "
        f"{60_000 / (made_ms + seen_ms):.0f} a minute on one core"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
