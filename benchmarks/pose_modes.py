"""Three ways to ask MediaPipe for a pose, side by side: why `cleanform.pose` asks as it does.

    python benchmarks/pose_modes.py CLIP... [--model lite|full|heavy] [--frames N]

image      every frame on its own: raw, and the person detector runs on each
video      frame to frame with the frames' own times: smoothed by MediaPipe
stretched  frame to frame with stretched times, as `cleanform.pose.PoseTracker` does it

The first table moves a still frame up at a known speed, so the truth is known: how late are the
landmarks? The second reads the clips as they are: frames without a person, jumps of more than a
quarter of the body's height from one frame to the next, jitter of joints at rest, CPU time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import av
import mediapipe
import numpy as np
from numpy.typing import NDArray

from cleanform.model import LANDMARKS
from cleanform.pose import MODELS, PoseBundle, PoseTracker

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]
Track = Callable[[Image, float], Floats]  # image, time in s -> (33, 2) px, NaN where nobody is

MODES = ("image", "video", "stretched")
JOINTS = [
    LANDMARKS.index(f"{side}_{name}")
    for side in ("left", "right")
    for name in ("shoulder", "elbow", "wrist", "hip", "knee")
]
SPEEDS_PER_S = (0.1, 0.25, 0.5, 1.0, 2.0)  # body heights a second; a bar is pulled at about 1
MOVED_FPS = 60
STILL_FRAMES, MOVING_FRAMES = 8, 6
REST_PER_S = 0.1  # body heights a second
JUMP = 0.25  # body heights


def opened(mode: str, model: str, stack: ExitStack) -> Track:
    """A function that tracks frame after frame in `mode`."""
    if mode == "stretched":
        tracker = stack.enter_context(PoseTracker(model))
        return lambda image, time_s: tracker.track(image, time_s)[0]
    video = mode == "video"
    landmarker = stack.enter_context(PoseBundle(model).landmarker(video=video, masks=False))

    def track(image: Image, time_s: float) -> Floats:
        picture = mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image))
        if video:
            result = landmarker.detect_for_video(picture, round(time_s * 1000))
        else:
            result = landmarker.detect(picture)
        if not result.pose_landmarks:
            return np.full((len(LANDMARKS), 2), np.nan)
        points = [(point.x, point.y) for point in result.pose_landmarks[0]]
        return np.array(points) * image.shape[1::-1]

    return track


def read(path: Path, frames: int) -> tuple[list[Image], Floats]:
    """The first frames of a clip that differ from the one before, and their times in s."""
    images: list[Image] = []
    times_s = []
    with av.open(path) as container:
        for frame in islice(container.decode(video=0), frames):
            image = np.ascontiguousarray(frame.to_ndarray(format="rgb24"))
            if images and np.abs(image[::4, ::4].astype(int) - images[-1][::4, ::4]).mean() < 0.3:
                continue
            images.append(image)
            times_s.append(float(frame.time))
    return images, np.array(times_s)


def height_px(xy_px: Floats) -> float:
    """Nose to heels along the limbs, in one frame or the median of many."""
    chain = ("nose", "right_shoulder", "right_hip", "right_knee", "right_ankle")
    points = np.stack([xy_px[..., LANDMARKS.index(name), :] for name in chain])
    return float(np.nanmedian(np.linalg.norm(np.diff(points, axis=0), axis=-1).sum(axis=0)))


def lag_ms(image: Image, mode: str, model: str, speed_per_s: float) -> float:
    """How late the landmarks are on the first frames of a movement, median over landmarks."""
    with ExitStack() as stack:
        track = opened(mode, model, stack)
        for frame in range(STILL_FRAMES):
            start_px = track(image, (1 + frame) / MOVED_FPS)
        if np.isnan(start_px).any():
            return float("nan")
        step_px = max(1, round(speed_per_s * height_px(start_px) / MOVED_FPS))
        late = []
        for moved in range(1, MOVING_FRAMES + 1):
            picture = np.roll(image, -moved * step_px, axis=0)
            xy_px = track(picture, (1 + STILL_FRAMES + moved) / MOVED_FPS)
            late.append((xy_px[:, 1] - start_px[:, 1]) / step_px + moved)
    return 1000 / MOVED_FPS * float(np.nanmedian(late))


def print_lags(stills: list[Image], model: str) -> None:
    print(f"late by, ms, on a still frame moved at 60 fps (median of {len(stills)} frames)")
    print("body heights/s " + "".join(f"{speed:8.2f}" for speed in SPEEDS_PER_S))
    for mode in MODES:
        row = [np.nanmedian([lag_ms(s, mode, model, v) for s in stills]) for v in SPEEDS_PER_S]
        print(f"{mode:15}" + "".join(f"{value:8.1f}" for value in row), flush=True)


def print_clip(name: str, images: list[Image], times_s: Floats, model: str) -> None:
    print(f"\n{name}: {len(images)} different frames")
    print("                missed   jumps   jitter (1/1000 body height)   CPU ms a frame")
    for mode in MODES:
        with ExitStack() as stack:
            track = opened(mode, model, stack)
            track(images[0], 1.0)  # the first call also starts the model
            start = time.process_time()
            xy_px = np.stack([track(i, 2 + t) for i, t in zip(images, times_s, strict=True)])
            cpu_ms = 1000 * (time.process_time() - start) / len(images)
        missed = int(np.isnan(xy_px[:, 0, 0]).sum())
        body_px = height_px(xy_px)
        middle = xy_px[:, JOINTS].mean(axis=1)
        jumps = int((np.linalg.norm(np.diff(middle, axis=0), axis=1) > JUMP * body_px).sum())
        jitter = 1000 * at_rest_px(xy_px[:, JOINTS], times_s, REST_PER_S * body_px) / body_px
        print(f"{mode:15} {missed:6d} {jumps:7d} {jitter:8.2f} {cpu_ms:38.1f}", flush=True)


def at_rest_px(xy_px: Floats, times_s: Floats, slow_px_s: float) -> float:
    """Standard deviation of one coordinate where a joint rests, from second differences."""
    span_s = (times_s[4:] - times_s[:-4])[:, None]
    speed_px_s = np.linalg.norm(xy_px[4:] - xy_px[:-4], axis=-1) / span_s
    bend = xy_px[3:-1] - 2 * xy_px[2:-2] + xy_px[1:-3]
    resting = bend[speed_px_s < slow_px_s]
    if len(resting) == 0:
        return float("nan")
    # a normal variable's median absolute value is 0.6745 sigma; a second difference has sqrt(6)
    return float(np.median(np.abs(resting)) / 0.6745 / np.sqrt(6))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP")
    parser.add_argument("--model", choices=MODELS, default="full")
    parser.add_argument("--frames", type=int, default=300, help="of each clip (default 300)")
    options = parser.parse_args()
    print_lags([read(path, 1)[0][0] for path in options.clips], options.model)
    for path in options.clips:
        print_clip(path.name, *read(path, options.frames), options.model)


if __name__ == "__main__":
    main()
