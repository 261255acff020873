"""Frames stream: memory does not grow with the clip's length."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[1] / "samples" / "power_clean_side.mp4"

MEASURE = """
import re, sys
from cleanform.cli import main
code = main(sys.argv[1:])
# Not ru_maxrss: that starts from what the process held that started this one.
status = open("/proc/self/status").read()
print("peak_kb", int(re.search(r"VmHWM:\\s*(\\d+)", status)[1]))
sys.exit(code)
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLE.exists(), reason="the sample clip is not there"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
]


def repeated(seconds: int, path: Path) -> Path:
    """The sample over and over, 1080p at 30 frames a second."""
    command = ["ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", str(SAMPLE), "-t", str(seconds)]
    command += ["-vf", "scale=1920:1080:force_original_aspect_ratio=decrease,"]
    command[-1] += "pad=1920:1080:(ow-iw)/2:(oh-ih)/2"
    command += ["-r", "30", "-an", "-c:v", "libx264", "-preset", "ultrafast", str(path)]
    subprocess.run(command, check=True, timeout=300)
    return path


def peak_mb(clip: Path) -> float:
    """Largest resident memory of one whole analysis."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, "analyze", "-q", "--model", "lite", str(clip)],
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split("peak_kb")[1]) / 1024


def test_twice_the_clip_takes_no_more_memory(tmp_path: Path) -> None:
    """The longer one has 240 more frames: 1.5 GB, or 170 MB of what the scout sees of them."""
    short_mb, long_mb = (peak_mb(repeated(s, tmp_path / f"{s}_s.mp4")) for s in (8, 16))
    assert long_mb < 1200
    assert long_mb - short_mb < 100
