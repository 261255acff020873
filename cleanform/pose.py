"""Frames -> landmarks of one person, and the person's mask. MediaPipe lives here only.

Model: BlazePose (Bazarevsky et al. 2020, arXiv:2006.10204) as a MediaPipe Tasks bundle.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.assets import checked_model
from cleanform.closing import Closing
from cleanform.errors import InputError, ShapeError, missing_library
from cleanform.model import LANDMARKS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats

    Image = NDArray[np.uint8]  # (H, W, 3), RGB
    _Box = tuple[float, float, float, float]  # x0, y0, x1, y1, image pixels

MODELS = ("lite", "full", "heavy")

#: Video mode, told that frames lie hours apart. MediaPipe's video mode follows a person from frame
#: to frame and asks the detector only when it loses them, but it also smooths the landmarks with
#: a One-Euro filter (Casiez et al. 2012, doi:10.1145/2207676.2208639), which lags most as a
#: movement starts. That filter weighs the past by the time that has gone by: stretched time
#: leaves nothing of it, and the smoothing without lag is done later, where all frames are known.
#: Full model, medians over nine clips, 915 frames (`benchmarks/pose_modes.py`):
#:
#:             late at 0.25 / 1 body heights/s   jitter at rest    frames missed   CPU a frame
#:   image             5 / 1 ms                  3.5 mm per m           47            41 ms
#:   video            23 / 9 ms                  0.7 mm per m           12            25 ms
#:   stretched         2 / 1 ms                  3.0 mm per m           12            25 ms
_TIME_STRETCH = 1_000_000

#: A person lost for less than this is looked for near the last place only, so that somebody else
#: in the picture is not taken for the lifter behind the plate.
_SEARCH_S = 0.5

#: How far round the last place that is, in box sizes.
_SEARCH_MARGIN = 0.4

#: How far beyond the landmarks' box the masker looks, in box sizes: the landmarks end at the
#: ears, the wrists and the feet, the person does not.
_CROP_MARGIN = 0.2

#: A smaller part of a picture shows nobody.
_LEAST_PART_PX = 16

#: There is one stderr, and two models may start at once.
_ONE_AT_A_TIME = threading.Lock()

#: What MediaPipe says of itself on stderr at every start, whatever it was asked.
_CHATTER = (
    b"Created TensorFlow Lite XNNPACK delegate",
    b"Logging before InitGoogle()",
    b"Feedback manager requires a model with a single signature",
    b"Using NORM_RECT without IMAGE_DIMENSIONS",
)


class PoseTracker(Closing):
    """Follows one person through the frames of a clip: the one that the detector is surest of.

    Raises:
        InputError: there is no model of that name.
        MissingModelError: the model's file is not there or damaged.
        MissingLibraryError: a system library that MediaPipe needs is missing.
    """

    def __init__(self, model: str = "full") -> None:
        self._bundle = PoseBundle(model)
        self._landmarker = self._bundle.landmarker(video=True, masks=False)
        self._last_time_s = -np.inf
        self._last_place: _Box | None = None
        self._last_seen_s = -np.inf

    @property
    def model_name(self) -> str:
        return self._bundle.name

    @property
    def model_sha256(self) -> str:
        return self._bundle.sha256

    def track(
        self, image_rgb: Image, time_s: float, within_px: _Box | None = None
    ) -> tuple[Floats, Floats]:
        """Landmarks of the person in the next frame.

        Args:
            image_rgb: (H, W, 3) uint8.
            time_s: the frame's time, after that of the frame before (since the last `reset`).
            within_px: x0, y0, x1, y1; what lies outside is not looked at.

        Returns:
            (33, 2) image pixels in the order of `LANDMARKS`, NaN where nobody was found; and
            (33,) visibility 0..1, 0 where nobody was found. Points may lie outside the picture.
        """
        if not time_s > self._last_time_s:
            raise ShapeError(
                f"PoseTracker.track: expected a time after {self._last_time_s} s, got {time_s} s"
            )
        searched = self._worth_searching(image_rgb, time_s)
        if within_px is not None:
            searched = _alone(searched, within_px, 0.0)
        image = _to_mediapipe(searched)
        time_ms = round(time_s * 1000 * _TIME_STRETCH)
        result = self._bundle.quiet_at_first(
            lambda: self._landmarker.detect_for_video(image, time_ms)
        )
        xy_px, visibility = _landmarks(result.pose_landmarks, image_rgb.shape)
        self._last_time_s = time_s
        if result.pose_landmarks:
            self._last_place = (*xy_px.min(axis=0), *xy_px.max(axis=0))
            self._last_seen_s = time_s
        return xy_px, visibility

    def _worth_searching(self, image_rgb: Image, time_s: float) -> Image:
        """The picture; black far from the last place just after the person was lost."""
        lost = self._last_seen_s < self._last_time_s
        if not lost or self._last_place is None or time_s - self._last_seen_s > _SEARCH_S:
            return image_rgb
        return _alone(image_rgb, self._last_place, _SEARCH_MARGIN)

    def reset(self) -> None:
        """Forget the person: the next frame may show somewhere else, at any time."""
        self._landmarker.close()
        self._landmarker = self._bundle.landmarker(video=True, masks=False)
        self._last_time_s = self._last_seen_s = -np.inf
        self._last_place = None

    def close(self) -> None:
        self._landmarker.close()


class PersonFinder(Closing):
    """Finds a person in parts of single frames. Raises what `PoseTracker` raises."""

    def __init__(self, model: str = "lite") -> None:
        self._bundle = PoseBundle(model)
        self._landmarker = self._bundle.landmarker(video=False, masks=False)

    def find(self, image_rgb: Image, box_px: _Box) -> tuple[Floats, Floats]:
        """The person that the detector is surest of in a part of the picture.

        Args:
            image_rgb: (H, W, 3) uint8.
            box_px: x0, y0, x1, y1 of the part, image pixels; cut at the picture's edges.

        Returns:
            (33, 2) pixels of the whole picture and (33,) visibility, as `PoseTracker.track`.
        """
        height, width = image_rgb.shape[:2]
        x0, y0, x1, y1 = _crop(box_px, 0.0, width, height)
        if min(x1 - x0, y1 - y0) < _LEAST_PART_PX:
            return nobody()
        part = image_rgb[y0:y1, x0:x1]
        result = self._bundle.quiet_at_first(lambda: self._landmarker.detect(_to_mediapipe(part)))
        xy_px, visibility = _landmarks(result.pose_landmarks, part.shape)
        return xy_px + np.array((x0, y0)), visibility

    def close(self) -> None:
        self._landmarker.close()


class PersonMasker(Closing):
    """Cuts one person out of single frames. Raises what `PoseTracker` raises."""

    def __init__(self, model: str = "full") -> None:
        self._bundle = PoseBundle(model)
        self._landmarker = self._bundle.landmarker(video=False, masks=True)

    def mask(self, image_rgb: Image, box_px: _Box) -> NDArray[np.float32]:
        """How much each pixel belongs to the person in the box.

        Args:
            image_rgb: (H, W, 3) uint8.
            box_px: x0, y0, x1, y1 round the person's landmarks, image pixels.

        Returns:
            (H, W) 0..1; 0 outside the box with its margin, and everywhere if nobody is found.
        """
        height, width = image_rgb.shape[:2]
        whole = np.zeros((height, width), np.float32)
        if not np.all(np.isfinite(box_px)):
            raise ShapeError(f"box_px: expected four finite numbers, got {box_px}")
        x0, y0, x1, y1 = _crop(box_px, _CROP_MARGIN, width, height)
        if x1 <= x0 or y1 <= y0:
            return whole
        image = _to_mediapipe(image_rgb[y0:y1, x0:x1])
        result = self._bundle.quiet_at_first(lambda: self._landmarker.detect(image))
        if result.segmentation_masks:
            inside = result.segmentation_masks[0].numpy_view().reshape(y1 - y0, x1 - x0)
            whole[y0:y1, x0:x1] = np.clip(inside, 0.0, 1.0)
        return whole

    def close(self) -> None:
        self._landmarker.close()


class PoseBundle:
    """A checked model file and what MediaPipe makes of it."""

    def __init__(self, model: str) -> None:
        if model not in MODELS:
            raise InputError(f"There is no pose model {model!r}: choose {', '.join(MODELS)}.")
        self.name = f"pose_landmarker_{model}"
        self._path, self.sha256 = checked_model(f"{self.name}.task")
        self._started = False

    def landmarker(self, *, video: bool, masks: bool) -> Any:
        """A MediaPipe landmarker for one person, in video or in image mode."""
        _close_the_network()
        try:
            from mediapipe.tasks import python as tasks  # type: ignore[import-untyped]
            from mediapipe.tasks.python import vision  # type: ignore[import-untyped]

            mode = vision.RunningMode
            options = vision.PoseLandmarkerOptions(
                base_options=tasks.BaseOptions(model_asset_path=str(self._path)),
                running_mode=mode.VIDEO if video else mode.IMAGE,
                output_segmentation_masks=masks,
            )
            self._started = False
            return _without_chatter(lambda: vision.PoseLandmarker.create_from_options(options))
        except (ImportError, OSError) as error:
            missing = missing_library(error)
            if missing is None:
                raise
            raise missing from error

    def quiet_at_first(self, call: Callable[[], Any]) -> Any:
        """What `call` returns; the first call after a start is kept free of chatter."""
        if self._started:
            return call()
        result = _without_chatter(call)
        self._started = True
        return result


def _to_mediapipe(image_rgb: Image) -> Any:
    import mediapipe  # type: ignore[import-untyped]

    if image_rgb.ndim != 3 or image_rgb.shape[2] != 3 or image_rgb.dtype != np.uint8:
        raise ShapeError(
            f"image_rgb: expected (H, W, 3) uint8, got {image_rgb.shape} {image_rgb.dtype}"
        )
    # MediaPipe reads the memory as if rows followed each other without a gap, and a decoder's
    # rows often do not.
    return mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(image_rgb))


def nobody() -> tuple[Floats, Floats]:
    """What `PoseTracker.track` gives where nobody was found."""
    return np.full((len(LANDMARKS), 2), np.nan), np.zeros(len(LANDMARKS))


def _landmarks(people: list[Any], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    if not people:
        return nobody()
    points = np.array([(point.x, point.y, point.visibility) for point in people[0]], float)
    return points[:, :2] * (shape[1], shape[0]), points[:, 2]


def _alone(image_rgb: Image, box_px: _Box, margin: float) -> Image:
    """The picture, black outside the box with its margin."""
    height, width = image_rgb.shape[:2]
    x0, y0, x1, y1 = _crop(box_px, margin, width, height)
    alone = np.zeros_like(image_rgb)
    alone[y0:y1, x0:x1] = image_rgb[y0:y1, x0:x1]
    return alone


def _crop(box_px: _Box, margin: float, width: int, height: int) -> tuple[int, int, int, int]:
    """The box with a margin (in box sizes) all round, whole pixels inside the picture."""
    x0, y0, x1, y1 = box_px
    margin_px = margin * max(x1 - x0, y1 - y0)
    low = np.floor((x0 - margin_px, y0 - margin_px))
    high = np.ceil((x1 + margin_px, y1 + margin_px))
    left, top = np.clip(low, 0, (width, height)).astype(int)
    right, bottom = np.clip(high, 0, (width, height)).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _close_the_network() -> None:
    """Keep MediaPipe from reporting its use to its maker.

    It does so from a thread of its own, through libcurl, which heeds the proxy variables: sent to
    a loopback port where nothing listens ("discard"), it neither looks up a name nor connects.
    `os.putenv` reaches the C library's environment and not `os.environ`, so a program that uses
    cleanform keeps its own proxies in Python.
    """
    for name in ("http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        os.putenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        os.unsetenv(name)


def _without_chatter(call: Callable[[], Any]) -> Any:
    """What `call` returns, and of what it wrote on stderr all but MediaPipe's known chatter.

    MediaPipe works in a thread of its own, and goes on there when Ctrl-C ends the wait for it. So
    the call is made in a thread that is always waited for: nothing is written too late.
    """
    with _ONE_AT_A_TIME, _stderr_held_back(), ThreadPoolExecutor(max_workers=1) as waited_for:
        return waited_for.submit(call).result()


@contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Hold back stderr while MediaPipe starts; all but its known chatter is passed on after.

    The C++ side writes to the file descriptor, so that is what has to be turned away.
    """
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, AttributeError, ValueError):  # no stderr: nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as held:
        try:
            os.dup2(held.fileno(), 2)
            yield
        finally:
            os.dup2(kept, 2)
            held.seek(0)
            for line in held:
                if not any(known in line for known in _CHATTER):
                    os.write(kept, line)
            os.close(kept)
