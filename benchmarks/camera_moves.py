"""Is a still camera called still, and how much of a moving one is left?

    python benchmarks/camera_moves.py CLIP...

Clips of a camera that stands still. The stretch before the first cut of each is shown as it is,
and cut out of the picture by a window that pans, shakes or zooms as is known; what is left of
that at five points of the picture is told in per cent of its longer side.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from cleanform import scout, watch
from cleanform.camera import CameraFollower
from cleanform.model import Options
from cleanform.video import read_frames

KEPT = 0.9  # of the picture's width and height, in the window
LONG_SIDE_PX = 640
POINTS = np.array([(0.2, 0.2), (0.8, 0.2), (0.5, 0.5), (0.2, 0.8), (0.8, 0.8)])


@dataclass(frozen=True, eq=False)
class Seen:
    """One frame: a small picture, the landmarks and the plates in it, all in its pixels."""

    time_s: float
    image_rgb: np.ndarray
    xy_px: np.ndarray
    plates: np.ndarray


def frames_of(path: Path) -> list[Seen]:
    seen = watch.watch(path, Options(), lambda *_: None)
    clip, part = seen.clip, seen.clip.segments[0]
    shrink = min(1.0, LONG_SIDE_PX / max(clip.width_px, clip.height_px))
    numbers = [n for n in range(part.start, part.stop) if not clip.repeats[n]]
    found = []
    for frame in read_frames(clip, numbers):
        small = cv2.resize(frame.image_rgb, None, fx=shrink, fy=shrink, interpolation=3)
        plates = seen.candidates[frame.index] * (shrink, shrink, shrink, shrink, 1)
        landmarks = seen.pose.xy_px[frame.index] * shrink
        found.append(Seen(frame.time_s, np.asarray(small, np.uint8), landmarks, plates))
    return found


def window(kind: str, time_s: float, wide: int, high: int) -> tuple[float, float, float]:
    """Zoom and shift (pixels) of the room in the window at a time."""
    size, x, y = 1.0, -(1 - KEPT) / 2 * wide, -(1 - KEPT) / 2 * high
    if kind == "pan":
        x -= 0.01 * wide * time_s
    elif kind == "shake":
        x += wide * (0.008 * np.sin(7 * time_s + 1) + 0.003 * np.sin(23 * time_s + 2))
        y += high * (0.006 * np.sin(6 * time_s + 3) + 0.003 * np.sin(19 * time_s + 4))
    elif kind == "zoom":
        size += 0.03 * time_s
        x, y = x - wide * (size - 1) / 2, y - high * (size - 1) / 2
    return size, x, y


def left_over(frames: list[Seen], kind: str) -> tuple[bool, np.ndarray, np.ndarray, float]:
    """Whether it is called still; the true way and what is left of it (%); share unknown."""
    high, wide = frames[0].image_rgb.shape[:2]
    shown = int(KEPT * wide), int(KEPT * high)
    follower = CameraFollower()
    moves = []
    for number, seen in enumerate(frames):
        size, x, y = window(kind, seen.time_s - frames[0].time_s, wide, high)
        matrix = np.array([[size, 0, x], [0, size, y]])
        picture = cv2.warpAffine(seen.image_rgb, matrix, shown, flags=cv2.INTER_CUBIC)
        plates = seen.plates * (size, size, size, size, 1) + (x, y, 0, 0, 0)
        hidden = scout.in_front(seen.xy_px * size + (x, y), plates)
        follower.see(number, np.asarray(picture, np.uint8), hidden)
        moves.append((size, x, y))
    path, every = follower.path(len(frames)), np.arange(len(frames))
    sizes, shifts = np.array(moves)[:, :1], np.array(moves)[:, 1:]
    way, left = [], []
    for point in POINTS * shown:
        now = sizes * (point - shifts[0]) / sizes[0] + shifts
        way.append(np.abs(now - point))
        left.append(np.abs((now if path is None else path.undone(every, now)) - point))
    unknown = 0.0 if path is None else float(np.isnan(path.moves[:, 0]).mean())
    return path is None, *(100 * np.array(each) / max(shown) for each in (way, left)), unknown


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path, nargs="+")
    for path in parser.parse_args().clips:
        frames = frames_of(path)
        for kind in ("still", "pan", "shake", "zoom"):
            still, way, left, unknown = left_over(frames, kind)
            print(
                f"{path.name[:36]:<37}{kind:<6} called {'still' if still else 'moving':<7}"
                f"true way {way.max():5.2f} %, left {np.median(left):.3f} % "
                f"(95 % within {np.percentile(left, 95):.3f}), unknown {unknown:.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
