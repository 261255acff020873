"""Landmarks and masks, on hand-made pictures and on a real clip; no network, no chatter."""

from __future__ import annotations

import builtins
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from cleanform import assets
from cleanform.errors import (
    InputError,
    MissingLibraryError,
    MissingModelError,
    ShapeError,
    missing_library,
)
from cleanform.model import LANDMARKS
from cleanform.pose import PersonMasker, PoseTracker, _without_chatter

CLIP = Path(__file__).resolve().parents[2] / "shared/clips/powerclean_side_man_60fps.mp4"
LIFT_OFF = 154
BLACK = np.zeros((240, 320, 3), np.uint8)


@pytest.fixture(scope="module")
def lifter() -> np.ndarray[Any, Any]:
    """A man gripping the bar, side on, 966 x 1048."""
    if not CLIP.exists():
        pytest.skip("no real clips here (../shared/clips)")
    with av.open(CLIP) as container:
        frame = next(islice(container.decode(video=0), LIFT_OFF, None))
        return frame.to_ndarray(format="rgb24").copy()


@pytest.fixture(scope="module")
def tracked(lifter: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    with PoseTracker() as tracker:
        return tracker.track(lifter, 0.0)


def point(xy_px: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    return xy_px[LANDMARKS.index(name)]


# --- the tracker ----------------------------------------------------------------------------


def test_nobody_is_nan_and_invisible() -> None:
    with PoseTracker("lite") as tracker:
        for frame in range(3):
            xy_px, visibility = tracker.track(BLACK, frame / 30)
            assert xy_px.shape == (33, 2)
            assert np.isnan(xy_px).all()
            np.testing.assert_array_equal(visibility, np.zeros(33))


def test_the_joints_are_where_the_eye_sees_them(tracked: tuple[Any, Any]) -> None:
    xy_px, visibility = tracked
    # read off the picture under a grid; he is some 600 px tall, so this is 6 % of his height.
    # The hip joint lies inside the body: the eye cannot place it that well.
    for name, seen_px in (
        ("nose", (635, 505)),
        ("right_ear", (588, 485)),
        ("right_shoulder", (495, 550)),
    ):
        assert np.linalg.norm(point(xy_px, name) - seen_px) < 36, name
        assert visibility[LANDMARKS.index(name)] > 0.9


def test_rows_with_gaps_between_them_read_the_same(
    lifter: np.ndarray[Any, Any], tracked: tuple[Any, Any]
) -> None:
    height, width, _ = lifter.shape
    padded = np.full((height, width + 10, 3), 77, np.uint8)
    padded[:, :width] = lifter
    with PoseTracker() as tracker:
        xy_px, visibility = tracker.track(padded[:, :width], 0.0)
    np.testing.assert_array_equal(xy_px, tracked[0])
    np.testing.assert_array_equal(visibility, tracked[1])


def test_movement_is_followed_without_lag(lifter: np.ndarray[Any, Any]) -> None:
    """The picture starts to move as a whole, so every landmark's true path is known.

    MediaPipe's own smoothing is 0.7 to 0.9 frames late on these four frames.
    """
    small = np.ascontiguousarray(lifter[::2, ::2])
    still_frames, moving_frames, step_px = 7, 4, 4
    behind_px = []
    with PoseTracker() as tracker:
        for frame in range(still_frames):
            start_px, _ = tracker.track(small, frame / 60)
        for moved in range(1, moving_frames + 1):
            up_px = step_px * moved
            picture = np.roll(small, -up_px, axis=0)
            xy_px, _ = tracker.track(picture, (still_frames + moved) / 60)
            behind_px.append(xy_px[:, 1] - (start_px[:, 1] - up_px))
    assert abs(np.median(behind_px)) / step_px < 0.35


def test_after_a_reset_time_and_place_start_again(lifter: np.ndarray[Any, Any]) -> None:
    mirrored = lifter[:, ::-1]
    with PoseTracker("lite") as fresh:
        want, _ = fresh.track(mirrored, 0.0)
    with PoseTracker("lite") as tracker:
        for frame in range(3):
            tracker.track(lifter, 5 + frame / 30)
        tracker.reset()
        got, _ = tracker.track(mirrored, 0.0)
    np.testing.assert_array_equal(got, want)


def test_somebody_else_is_not_taken_for_a_lifter_who_was_hidden(
    lifter: np.ndarray[Any, Any],
) -> None:
    width = lifter.shape[1]
    empty = np.zeros_like(lifter)
    alone = np.hstack([lifter, empty])[::2, ::2]
    hidden = np.hstack([empty, lifter[:, ::-1]])[::2, ::2]
    together = np.hstack([lifter, lifter[:, ::-1]])[::2, ::2]
    half = width / 2
    with PoseTracker() as tracker:
        frame = 0

        def nose_x_px(picture: np.ndarray[Any, Any], frames: int) -> float:
            nonlocal frame
            for _ in range(frames):
                xy_px, _visibility = tracker.track(picture, frame / 30)
                frame += 1
            return float(point(xy_px, "nose")[0])

        assert nose_x_px(alone, 4) < half
        assert np.isnan(nose_x_px(hidden, 6))
        assert nose_x_px(together, 3) < half
        # whoever stays away is not waited for: the other one will do
        assert nose_x_px(hidden, 24) > half


def test_long_clips_and_tiny_steps_are_taken() -> None:
    with PoseTracker("lite") as tracker:
        for time_s in (0.0, 1 / 1000, 1 / 240, 3600.0, 36_000.0):
            tracker.track(BLACK, time_s)


@pytest.mark.parametrize("time_s", [0.5, 0.4, float("nan")])
def test_time_must_go_on(time_s: float) -> None:
    with PoseTracker("lite") as tracker:
        tracker.track(BLACK, 0.5)
        with pytest.raises(ShapeError, match="expected a time after"):
            tracker.track(BLACK, time_s)


@pytest.mark.parametrize(
    "image", [BLACK[..., 0], BLACK.astype(float), np.zeros((4, 4, 4), np.uint8)]
)
def test_only_rgb_bytes_are_a_picture(image: Any) -> None:
    with PoseTracker("lite") as tracker, pytest.raises(ShapeError, match=r"expected \(H, W, 3\)"):
        tracker.track(image, 0.0)


def test_the_model_is_named_and_signed() -> None:
    with PoseTracker("lite") as tracker:
        assert tracker.model_name == "pose_landmarker_lite"
        assert tracker.model_sha256 == assets.sha256(assets.model_file("pose_landmarker_lite.task"))


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(InputError, match="lite, full, heavy"):
        PoseTracker("huge")


def test_a_model_that_was_not_assembled_says_how(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    card = assets.model_file("pose_landmarker_heavy.toml").read_text("utf-8")
    (tmp_path / "pose_landmarker_heavy.toml").write_text(card)
    monkeypatch.setattr(assets, "_MODEL_FOLDERS", (tmp_path, tmp_path))
    with pytest.raises(MissingModelError, match=r"models/assemble\.py heavy"):
        PoseTracker("heavy")


# --- the masker -----------------------------------------------------------------------------


def test_the_mask_covers_the_person_and_nothing_beyond_the_crop(
    lifter: np.ndarray[Any, Any], tracked: tuple[Any, Any]
) -> None:
    xy_px = tracked[0]
    low, high = xy_px.min(axis=0), xy_px.max(axis=0)
    with PersonMasker() as masker:
        mask = masker.mask(lifter, (low[0], low[1], high[0], high[1]))
    assert mask.shape == lifter.shape[:2]
    assert mask.dtype == np.float32
    assert mask.min() >= 0
    assert mask.max() <= 1
    trunk = (point(xy_px, "right_shoulder") + point(xy_px, "right_hip")) / 2
    assert mask[int(trunk[1]), int(trunk[0])] > 0.9
    # the wall above his back and the floor behind him, by eye
    assert mask[450, 350] < 0.1
    assert mask[850, 200] < 0.1
    assert not mask[:250].any()
    assert not mask[:, :100].any()
    assert not mask[:, 860:].any()


def test_a_box_with_nobody_in_it_gives_an_empty_mask(lifter: np.ndarray[Any, Any]) -> None:
    with PersonMasker("lite") as masker:
        assert not masker.mask(lifter, (700, 100, 900, 300)).any()
        assert not masker.mask(lifter, (2000, 2000, 2100, 2100)).any()
        with pytest.raises(ShapeError, match="four finite numbers"):
            masker.mask(lifter, (0, 0, float("nan"), 10))


# --- silence --------------------------------------------------------------------------------

A_FEW_FRAMES = """
import sys, time
import numpy as np
from cleanform.pose import PersonMasker, PoseTracker
picture = np.zeros((240, 320, 3), np.uint8)
with PoseTracker("lite") as tracker, PersonMasker("lite") as masker:
    for frame in range(5):
        tracker.track(picture, frame / 30)
    tracker.reset()
    tracker.track(picture, 0.0)
    masker.mask(picture, (0, 0, 320, 240))
time.sleep(1)  # what a background thread has to say, it says when the work ends
"""


def run(code: str, *wrapper: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python of its own, in which nothing keeps the proxies from being ignored."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment |= {"no_proxy": "*", "NO_PROXY": "*"}
    return subprocess.run(
        [*wrapper, sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )


@pytest.mark.slow
def test_nothing_is_printed() -> None:
    done = run(A_FEW_FRAMES)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_real_complaint_is_not_swallowed(capfd: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"out of memory\n")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        _without_chatter(fail)
    os.write(2, b"later\n")
    assert capfd.readouterr().err == "out of memory\nlater\n"


def test_chatter_after_an_interruption_is_held_back_too(capfd: pytest.CaptureFixture[str]) -> None:
    class InterruptionError(Exception):
        pass

    def interrupt(*_: object) -> None:
        raise InterruptionError

    written = threading.Event()

    def slow_start() -> None:
        time.sleep(0.3)
        os.write(2, b"W0000 Using NORM_RECT without IMAGE_DIMENSIONS\n")
        written.set()

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(InterruptionError):
            _without_chatter(slow_start)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert written.wait(5)
    assert capfd.readouterr().err == ""


@pytest.mark.slow
def test_no_stderr_is_no_obstacle() -> None:
    done = run("import os; os.close(2)\n" + A_FEW_FRAMES + "print('done')")
    assert (done.returncode, done.stdout) == (0, "done\n")


# --- no network -----------------------------------------------------------------------------

NETWORK_CALL = re.compile(r"\b(?:connect|sendto|sendmsg|sendmmsg)\(.*")
ADDRESS = re.compile(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
NAME_SERVICE = re.compile(r"htons\(53\)|nscd|systemd/resolve")


def calls_beyond_this_machine(trace: str) -> Iterator[str]:
    """System calls of a trace that look up a name or address anything but the loopback."""
    for line in trace.splitlines():
        call = NETWORK_CALL.search(line)
        if call is None:
            continue
        address = ADDRESS.search(call[0])
        abroad = address is not None and not re.match(r"127\.|::1$", address[1])
        if abroad or NAME_SERVICE.search(call[0]):
            yield call[0]


def traced(code: str, folder: Path) -> str:
    """What `strace` saw of the network while Python ran `code`."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: apt-get install strace")
    trace = folder / "trace"
    done = run(code, strace, "-f", "-e", "trace=network", "-o", str(trace))
    if "ptrace" in done.stderr.lower():
        pytest.skip(f"tracing is not permitted here: {done.stderr.strip().splitlines()[0]}")
    assert done.returncode == 0, done.stderr
    return trace.read_text()


@pytest.mark.slow
def test_no_connection_leaves_this_machine(tmp_path: Path) -> None:
    assert list(calls_beyond_this_machine(traced(A_FEW_FRAMES, tmp_path))) == []


@pytest.mark.parametrize(
    "code",
    [
        # a UDP socket sends nothing on connect; 192.0.2.0/24 is kept free for examples
        "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('192.0.2.1', 9))",
        "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('127.0.0.1', 53))",
    ],
)
def test_the_trace_sees_a_connection(code: str, tmp_path: Path) -> None:
    assert len(list(calls_beyond_this_machine(traced(code, tmp_path)))) == 1


def test_the_trace_lets_the_loopback_be(tmp_path: Path) -> None:
    code = "import socket; socket.socket(type=socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    assert list(calls_beyond_this_machine(traced(code, tmp_path))) == []


def test_the_callers_own_proxies_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"https_proxy": "http://proxy.example:3128", "no_proxy": "intranet"}
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    PoseTracker("lite").close()
    assert {name: os.environ[name] for name in own} == own


# --- a missing system library -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libEGL.so.1", "libegl1"),
        ("libGLESv2.so.2", "libgles2"),
        ("libGL.so.1", "libgl1"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
    ],
)
@pytest.mark.parametrize("kind", [ImportError, OSError])
def test_a_missing_library_names_its_package(
    library: str, package: str, kind: type[Exception]
) -> None:
    error = kind(f"{library}: cannot open shared object file: No such file or directory")
    found = missing_library(error)
    assert isinstance(found, MissingLibraryError)
    assert f"is in {package};" in str(found)
    assert "apt-get install libegl1 libgles2 libgl1 libglib2.0-0" in str(found)
    assert "\n" not in str(found)


def test_a_library_behind_another_error_is_found() -> None:
    error = ImportError("cv2 could not be imported")
    error.__cause__ = OSError("libGL.so.1: cannot open shared object file: No such file")
    assert "libgl1" in str(missing_library(error))


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'mediapipe'"),
        FileNotFoundError(2, "No such file or directory", "clip.mp4"),
        ValueError("libGL.so.1: cannot open shared object file: No such file or directory"),
    ],
)
def test_other_errors_are_not_about_a_library(error: Exception) -> None:
    assert missing_library(error) is None


def test_a_ring_of_causes_is_walked_once() -> None:
    first, second = ImportError("one"), ImportError("two")
    first.__cause__, second.__cause__ = second, first
    assert missing_library(first) is None


def test_a_tracker_without_its_library_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    honest = builtins.__import__

    def broken(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("mediapipe"):
            raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")
        return honest(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(MissingLibraryError, match="libegl1"):
        PoseTracker("lite")
