"""Measures the plate finder as the product runs it: whole pictures in, OpenCV's inference.

python models/plate_finder/evaluate.py DATA_FOLDER/valid [--model plate_finder.onnx]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from cleanform.bar import PlateFinder
from samples import Floats, Picture, load

CONFIDENT = 0.3
FOUND = 0.25  # centre within this share of the plate's width


def report(pictures: list[Picture], find: Callable[[Picture], Floats]) -> str:
    """One line: what the best candidate of each picture was worth."""
    centre, size, wrong, offered = [], [], 0, 0
    for picture in pictures:
        candidates = find(picture)
        misses = [_miss(row, picture.plates) for row in candidates]
        offered += any(miss[0] < FOUND for miss in misses)
        if misses and misses[0][0] < FOUND:
            centre.append(misses[0][0])
            size.append(misses[0][1])
        elif misses and candidates[0, 4] > CONFIDENT:
            wrong += 1
    count = len(pictures)
    return (
        f"found {len(centre)}/{count} ({len(centre) / count:.1%}), among the candidates "
        f"{offered / count:.1%}, confident and wrong {wrong} ({wrong / count:.1%}), "
        f"centre {np.median(centre):.2%} (90 % within {np.percentile(centre, 90):.2%}), "
        f"size {np.median(size):.2%} (90 % within {np.percentile(size, 90):.2%}) of the width"
    )


def _miss(row: Floats, plates: Floats) -> tuple[float, float]:
    """Distance of the centre and the worse of the two size errors, as shares of the width."""
    distance = np.hypot(*(plates[:, :2] - row[:2]).T) / plates[:, 2]
    nearest = plates[np.argmin(distance)]
    return float(distance.min()), float(np.abs(row[2:4] - nearest[2:]).max() / nearest[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path)
    asked = parser.parse_args()
    pictures = load(asked.data)
    finder = PlateFinder(asked.model)
    print(f"{len(pictures)} pictures of {len({p.clip for p in pictures})} clips")
    print("network       ", report(pictures, lambda picture: finder.locate(picture.image)))
    print("onto its edges", report(pictures, lambda picture: finder.find(picture.image)))


if __name__ == "__main__":
    main()
