"""What a file's headers claim: its rate, its length, its slow motion."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cleanform.errors import InputError
from cleanform.video.decode import USUAL_FPS

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_CAPTURE_RATE_TAG = "com.android.capture.fps"  # written by Android cameras
_LEAST_CONTAINER_FACTOR = 1.5


def nominal_fps_of(stream: VideoStream) -> float:
    """What the container claims, NaN where it claims nothing."""
    for rate in (stream.average_rate, stream.guessed_rate):
        if rate and 1 <= rate <= 1000:
            return float(rate)
    return math.nan


def expected_frames_of(container: InputContainer, stream: VideoStream, nominal_fps: float) -> int:
    """For a progress bar only; headers lie."""
    if stream.frames > 0:
        return int(stream.frames)
    if stream.duration and stream.time_base:
        duration_s = float(stream.duration * stream.time_base)
    else:
        duration_s = (container.duration or 0) / 1_000_000
    fps = nominal_fps if nominal_fps > 0 else USUAL_FPS
    return max(2, round(duration_s * fps))


def slow_motion_of(
    declared: float | None, container: InputContainer, stream: VideoStream, nominal_fps: float
) -> tuple[float, str]:
    """The factor to divide times by, and its source.

    Raises `InputError` where the declared one is less than 1.
    """
    if declared is not None:
        if not (math.isfinite(declared) and declared >= 1):
            raise InputError(
                f"slow motion factor {declared:g}: give 1 or more (4 = plays four times slower)"
            )
        return float(declared), "declared"
    for tags in (stream.metadata, container.metadata):
        try:
            factor = float(tags[_CAPTURE_RATE_TAG]) / nominal_fps
        except (KeyError, ValueError):
            continue
        if _LEAST_CONTAINER_FACTOR < factor < 100:
            return factor, "container"
    return 1.0, "none"
