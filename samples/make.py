"""Draws the samples again, bit for bit.

    python samples/make.py [NAME...] [--to FOLDER]

Needs the extra [synth]. Without names, all of them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path

from cleanform.synth import Camera, LiftSpec, with_fault
from cleanform.synth.clip import write_clip
from cleanform.synth.film import Film
from cleanform.synth.stage import Look

#: A phone held upright, at hip height, 4.2 m from the lifter's side and a little to the rear.
SIDE = Camera(
    yaw_deg=-4.0,
    distance_m=4.2,
    height_m=0.95,
    look_at_m=(-0.05, 0.98),
    field_of_view_deg=38.0,
    width_px=720,
    height_px=1280,
)
#: Where no outline of the back is wanted, a quarter of the pixels will do.
SMALL_SIDE = replace(SIDE, width_px=360, height_px=640)
CLEAN = LiftSpec(fps=30.0, stand_first_s=0.9, still_before_s=0.5, still_after_s=1.0)
DEADLIFT = LiftSpec("deadlift", 30.0, stand_first_s=0.5, still_before_s=0.5)
OTHER_LOOK = Look(shirt=(0.10, 0.32, 0.30), plate=(0.08, 0.18, 0.50), wall_kind="plaster")
FILM = Film(grain=2, quality=27)


@dataclass(frozen=True)
class Sample:
    body: str
    look: Look
    spec: LiftSpec = CLEAN
    camera: Camera = SMALL_SIDE
    faults: tuple[tuple[str, float], ...] = ()
    film: Film = FILM


SAMPLES = {
    "power_clean_side": Sample("male", Look(), camera=SIDE),
    "rounded_back_side": Sample("male", OTHER_LOOK, CLEAN, SIDE, (("rounded_back", 60.0),)),
    "bar_swing_side": Sample("female", Look.of(6), faults=(("bar_swing", 11.0),)),
    "caught_high_side": Sample("male", Look.of(12), faults=(("caught_high", 55.0),)),
    "deadlift_side": Sample("female", Look.of(14), DEADLIFT),
}


def make(name: str, folder: Path) -> None:
    sample = SAMPLES[name]
    spec = sample.spec
    for fault, dose in sample.faults:
        spec = with_fault(spec, fault, dose)
    path = folder / f"{name}.mp4"
    write_clip(spec, sample.camera, path, sample.body, sample.look, sample.film)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*SAMPLES, []], metavar="NAME")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent, metavar="FOLDER")
    asked = parser.parse_args()
    for name in asked.names or SAMPLES:
        make(name, asked.to)


if __name__ == "__main__":
    main()
