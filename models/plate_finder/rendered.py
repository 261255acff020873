"""Draws lifts whose plates are known, as pictures to train the plate finder on.

    python models/plate_finder/rendered.py OUT_FOLDER [--looks 90] [--oblique 260]

Writes pictures and a boxes.csv as `samples.load` reads them. Needs `cleanform[synth]`. Lifters,
clothes, rooms, plates' colours, lights and cameras (to 50 degrees from the side, either way) are
drawn by seed; the box is the projected rim of the near plate's outer face. Oblique looks are seen
from 22 to 55 degrees; in half of their pictures the bar lies on the floor, where the plate is
mistaken most, and in some somebody else stands about.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cleanform.synth import Camera, camera_of, lift, observe, vary
from cleanform.synth.render import Renderer
from cleanform.synth.stage import Bystander, Look

SHAPES = ((360, 640), (640, 360), (480, 640))
LARGEST_YAW_DEG = 50.0
INSTANTS = 4  # pictures of each look
#: Seeds of oblique looks begin here; an odd one is seen from the rear.
FIRST_OBLIQUE = 1000
OBLIQUE_YAW_DEG = (22.0, 55.0)
ON_THE_FLOOR_M = 0.03  # the bar is no higher than this above where it lies
SLEEVE_END_M, SLEEVE_WIDTH_M = 1.1, 0.05


def camera_at(seed: int, rng: np.random.Generator) -> Camera:
    """A phone that sees most of the lift, nearer or farther than a careful filmer would stand."""
    high, wide = SHAPES[rng.integers(len(SHAPES))]
    camera = camera_of(seed, width_px=wide, height_px=high)
    yaw_deg = float(np.clip(rng.normal(0, 20), -LARGEST_YAW_DEG, LARGEST_YAW_DEG))
    if seed >= FIRST_OBLIQUE:
        yaw_deg = float(rng.uniform(*OBLIQUE_YAW_DEG)) * (-1 if seed % 2 else 1)
    closer = float(rng.uniform(0.65, 1.15))
    return replace(camera, yaw_deg=yaw_deg, field_of_view_deg=camera.field_of_view_deg * closer)


def look_at(seed: int, rng: np.random.Generator) -> Look:
    """Colours and things by seed; oblique ones have more dark shirts, and people beside the bar."""
    look = Look.of(seed)
    if seed < FIRST_OBLIQUE:
        return look
    if rng.random() < 0.35:
        red, green, blue = rng.uniform(0.02, 0.12) * rng.uniform(0.8, 1.2, 3)
        look = replace(look, shirt=(float(red), float(green), float(blue)))
    if rng.random() < 0.25:
        someone = Bystander(
            body="female" if rng.random() < 0.5 else "male",
            x_m=float(rng.choice((-1, 1)) * rng.uniform(0.9, 1.8)),
            z_m=float(rng.uniform(-2.0, -0.8)),
            heading_deg=float(rng.uniform(0, 360)),
            seed=seed,
        )
        look = replace(look, bystanders=(someone,))
    return look


def instants_of(seed: int, bar_up_m: NDArray[np.float64], rng: np.random.Generator) -> list[int]:
    """The frames to draw of a lift whose bar is `bar_up_m` (T,) high."""
    if seed < FIRST_OBLIQUE:
        return [int(frame) for frame in rng.choice(len(bar_up_m), INSTANTS, replace=False)]
    low = np.flatnonzero(bar_up_m < bar_up_m.min() + ON_THE_FLOOR_M)
    high = np.setdiff1d(np.arange(len(bar_up_m)), low)
    return [int(frame) for part in (low, high) for frame in rng.choice(part, INSTANTS // 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("--looks", type=int, default=90)
    parser.add_argument("--oblique", type=int, default=260)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    with (asked.out / "boxes.csv").open("w", newline="", encoding="utf-8") as lines:
        table = csv.writer(lines)
        table.writerow(("image", "clip", "label", "cx_px", "cy_px", "w_px", "h_px"))
        seeds = [*range(asked.looks), *range(FIRST_OBLIQUE, FIRST_OBLIQUE + asked.oblique)]
        for seed in seeds:
            table.writerows(_pictures(seed, asked.out))


def _pictures(seed: int, out: Path) -> list[tuple[str | float, ...]]:
    """Draws one look's pictures into `out`; their rows of boxes.csv."""
    rng = np.random.default_rng((seed, 3))
    spec = vary(seed, fps=30.0, jitter_s=0.0, stand_first_s=0.0)
    camera = camera_at(seed, rng)
    body = "female" if rng.random() < 0.5 else "male"
    renderer = Renderer(camera, body, look_at(seed, rng), spec.facing, samples=2)
    truth = lift(spec, renderer.skeleton)
    _, _, bar = observe(truth, camera)
    ends = np.column_stack([truth.bar_m, np.full(len(truth.bar_m), SLEEVE_END_M)])
    end_px = camera.project(ends, spec.facing)
    rows: list[tuple[str | float, ...]] = []
    for frame in instants_of(seed, truth.bar_m[:, 1], rng):
        centre = bar.xy_px[frame]
        if not np.all((centre > 0) & (centre < (camera.width_px, camera.height_px))):
            continue
        name = f"rendered_{seed:03d}_{frame:03d}.jpg"
        picture = renderer.draw(truth, float(truth.times_s[frame])).rgb
        cv2.imwrite(str(out / name), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        size = (bar.width_px[frame], bar.height_px[frame])
        end_size = SLEEVE_WIDTH_M / 0.45 * bar.height_px[frame]
        for label, box in (
            ("plate", (*centre, *size)),
            ("sleeve_end", (*end_px[frame], end_size, end_size)),
        ):
            clip = f"rendered_{seed:03d}"
            rows.append((name, clip, label, *(round(float(v), 2) for v in box)))
    return rows


if __name__ == "__main__":
    main()
