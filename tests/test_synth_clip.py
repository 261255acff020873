"""Rendered clips as files: what ffprobe and cleanform's own reader see in them."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleanform.errors import InputError
from cleanform.synth import Camera, Handheld, LiftSpec
from cleanform.synth.film import Film
from cleanform.video import FrameReader

pytest.importorskip("numba", reason="drawing needs the extra [synth]")

from cleanform.synth.clip import write_clip
from cleanform.synth.render import Renderer

SPEC = LiftSpec(kind="jump", fps=10, still_before_s=0.1, still_after_s=0.1)
CAMERA = Camera(width_px=192, height_px=108)


def ffprobe(path: Path, *asked: str) -> list[dict[str, Any]]:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    command = ["ffprobe", "-v", "error", "-select_streams", "v", *asked, "-of", "json", str(path)]
    out = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return list(out.get("frames") or out["streams"])


def decoded(path: Path, slow_motion: float | None = None) -> tuple[list[np.ndarray], Any]:
    with FrameReader(path, slow_motion) as reader:
        pictures = [frame.image_rgb.copy() for frame in reader]
        return pictures, reader.clip()


def digest(path: Path) -> str:
    pictures, _ = decoded(path)
    return hashlib.sha256(b"".join(each.tobytes() for each in pictures)).hexdigest()


def test_frame_times_are_the_truth_s(tmp_path: Path) -> None:
    path = tmp_path / "lift.mp4"
    spec = replace(SPEC, kind="power clean", jitter_s=0.01, seed=2)
    truth = write_clip(spec, CAMERA, path)
    seen = ffprobe(path, "-show_entries", "frame=pts_time")
    times = np.array([float(frame["pts_time"]) for frame in seen])
    assert len(times) == len(truth.times_s)
    assert np.max(np.abs(times - truth.times_s)) < 1e-4
    assert np.ptp(np.diff(times)) > 0.005
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["kind"] == "power clean"
    assert facts["is_clean"] is True
    assert len(facts["frames"]["plate_px"]) == len(times)
    assert facts["reps"][0]["events"]["bar_apex"]["time_s"] == pytest.approx(
        truth.events_s[0]["bar_apex"], abs=1e-4
    )


@pytest.mark.parametrize("rotation_deg", [90, 180, 270])
def test_stored_sideways_and_shown_upright(tmp_path: Path, rotation_deg: int) -> None:
    plain, turned = tmp_path / "plain.mp4", tmp_path / "turned.mov"
    write_clip(SPEC, CAMERA, plain, film=Film(quality=12))
    write_clip(SPEC, CAMERA, turned, film=Film(quality=12, rotation_deg=rotation_deg))
    (stream,) = ffprobe(turned, "-show_entries", "stream=width,height:stream_side_data=rotation")
    stored = (192, 108) if rotation_deg == 180 else (108, 192)
    assert (stream["width"], stream["height"]) == stored
    # ffprobe counts counterclockwise
    assert (-stream["side_data_list"][0]["rotation"]) % 360 == rotation_deg
    upright, clip = decoded(turned)
    assert clip.rotation_deg == rotation_deg
    assert (clip.width_px, clip.height_px) == (192, 108)
    for a, b in zip(upright, decoded(plain)[0], strict=True):
        assert np.mean(np.abs(a.astype(int) - b)) < 3


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_codec_colours_and_the_same_pixels_again(tmp_path: Path, codec: str) -> None:
    paths = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    film = Film(codec=codec, grain=0, quality=10)
    for path in paths:
        truth = write_clip(SPEC, CAMERA, path, film=film)
    (stream,) = ffprobe(paths[0], "-show_entries", "stream=codec_name,codec_tag_string,color_space")
    assert stream["codec_name"] == codec
    assert stream["codec_tag_string"] == {"h264": "avc1", "hevc": "hvc1"}[codec]
    assert stream["color_space"] == "bt709"
    assert digest(paths[0]) == digest(paths[1])
    drawn = Renderer(CAMERA).draw(truth, 0.0).rgb
    # chroma is halved, so the mean says whether the colours are right
    assert decoded(paths[0])[0][0].mean(axis=(0, 1)) == pytest.approx(
        drawn.mean(axis=(0, 1)), abs=1.5
    )


def test_another_seed_is_another_picture(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_clip(replace(SPEC, seed=seed), CAMERA, tmp_path / f"{seed}.mp4")
    assert digest(tmp_path / "1.mp4") != digest(tmp_path / "2.mp4")


@pytest.mark.parametrize("tagged", [True, False])
def test_slow_motion_with_and_without_the_tag(tmp_path: Path, tagged: bool) -> None:
    path = tmp_path / "slow.mp4"
    spec = replace(SPEC, fps=20, still_before_s=0.0)
    camera = Camera(width_px=64, height_px=36)
    truth = write_clip(spec, camera, path, film=Film(slow_motion=4, capture_tag=tagged))
    seen = ffprobe(path, "-show_entries", "frame=pts_time")
    assert float(seen[-1]["pts_time"]) == pytest.approx(4 * truth.times_s[-1], abs=1e-3)
    assert json.loads(path.with_suffix(".json").read_text())["slow_motion_factor"] == 4
    _, clip = decoded(path)
    assert clip.slow_motion_source == ("container" if tagged else "none")
    factor = 1 if tagged else 4
    assert clip.times_s[-1] == pytest.approx(factor * truth.times_s[-1], rel=1e-3)
    _, declared = decoded(path, slow_motion=4)
    assert declared.times_s == pytest.approx(truth.times_s, abs=1e-3)


def test_lost_frames_leave_gaps_and_nothing_moves(tmp_path: Path) -> None:
    path = tmp_path / "lossy.mp4"
    whole = write_clip(SPEC, CAMERA, path)
    lossy = write_clip(SPEC, CAMERA, path, film=Film(dropped=0.3))
    assert 2 < len(lossy.times_s) < len(whole.times_s)
    assert set(lossy.times_s) < set(whole.times_s)
    hips = dict(zip(whole.times_s, whole.joints_m["hip"][:, 1], strict=True))
    assert all(
        hips[t] == y for t, y in zip(lossy.times_s, lossy.joints_m["hip"][:, 1], strict=True)
    )
    assert len(decoded(path)[0]) == len(lossy.times_s)


def test_a_hand_moves_the_whole_picture(tmp_path: Path) -> None:
    still, shaken = tmp_path / "still.mp4", tmp_path / "shaken.mp4"
    write_clip(SPEC, CAMERA, still, film=Film(grain=0))
    hand = Handheld(shake_deg=0.6, seed=3)
    write_clip(SPEC, replace(CAMERA, handheld=hand), shaken, film=Film(grain=0))

    def corner_changes(path: Path) -> float:
        pictures = np.array(decoded(path)[0]).astype(int)[:, :30, :40]
        return float(np.abs(np.diff(pictures, axis=0)).mean())

    assert corner_changes(still) < 0.5
    assert corner_changes(shaken) > 1.5


def test_nothing_half_written_is_left(tmp_path: Path) -> None:
    def stop(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_clip(SPEC, CAMERA, tmp_path / "lift.mp4", progress=stop)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "wrong",
    [{"codec": "vp9"}, {"shutter": 2.0}, {"rotation_deg": 45}, {"slow_motion": 0.5}, {"grain": -1}],
)
def test_films_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="choose"):
        Film(**wrong)


def test_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\.mp4"):
        write_clip(SPEC, CAMERA, tmp_path / "lift.txt")
    with pytest.raises(InputError, match="even"):
        write_clip(SPEC, replace(CAMERA, width_px=191), tmp_path / "lift.mp4")
    with pytest.raises(InputError, match="cannot be written"):
        write_clip(SPEC, CAMERA, tmp_path / "nowhere" / "lift.mp4")
