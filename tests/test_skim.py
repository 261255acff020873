"""A clip looked through at low cost: the same times, numbers and pictures as when read whole."""

from __future__ import annotations

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import corners_of, number_in, write_clip

from cleanform import watch
from cleanform.errors import InputError
from cleanform.model import Clip, Options
from cleanform.video import (
    ClipSkimmer,
    Frame,
    FrameReader,
    Looks,
    UnsteadyFileError,
    read_part,
)

LOOKS = Looks(every_s=0.2, long_side_px=64)


def skim(path: Path, slow_motion: float | None = None) -> tuple[list[Frame], Clip]:
    with ClipSkimmer(path, slow_motion, LOOKS) as skimmer:
        frames = list(skimmer)
        return frames, skimmer.clip()


def whole(path: Path, slow_motion: float | None = None) -> tuple[list[Frame], Clip]:
    with FrameReader(path, slow_motion) as reader:
        frames = list(reader)
        return frames, reader.clip()


def closely(path: Path) -> list[Frame]:
    _, clip = skim(path)
    return list(read_part(clip, slice(0, clip.frames)))


def scene(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(40, 200, (6, 10, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (160, 96), interpolation=cv2.INTER_CUBIC), np.uint8)


def pull_down() -> list[np.ndarray]:
    """24 new pictures a second in 60 frames, a ball that moves, a cut after the 60th frame."""
    pictures = []
    for number, shown in enumerate(np.repeat(np.arange(48), [2, 3] * 24)):
        picture = scene(1 if number < 60 else 2).copy()
        pictures.append(cv2.circle(picture, (20 + 2 * int(shown), 48), 14, (240, 240, 240), -1))
    return pictures


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("b_frames.mp4", "libx264", {"g": "30", "bf": "3"}),
        ("open.mp4", "libx264", {"g": "12", "bf": "3", "x264-params": "open-gop=1:keyint=12"}),
        ("no_b_frames.mov", "libx264", {"g": "30", "bf": "0"}),
        ("hevc.mov", "libx265", {"x265-params": "log-level=none:keyint=12:open-gop=1"}),
        ("clip.webm", "libvpx-vp9", {"g": "30", "lag-in-frames": "0"}),
    ],
)
def test_skimmed_parts_are_what_reading_whole_gives(tmp_path, name, codec, options):
    base = Fraction(1, 60)
    path = write_clip(
        tmp_path / name, pull_down(), codec=codec, fps=60, time_base=base, options=options
    )
    frames, clip = whole(path)
    looks, skimmed = skim(path)
    np.testing.assert_array_equal(skimmed.times_s, clip.times_s)
    assert (skimmed.width_px, skimmed.height_px) == (clip.width_px, clip.height_px)
    assert not skimmed.repeats.any()
    assert len(clip.cuts) == 1
    assert len(skimmed.cuts) == 1
    assert 0 <= skimmed.cuts[0] - clip.cuts[0] < 8  # the first that was decoded
    for look in looks:
        assert look.image_rgb.shape == (38, 64, 3)
        assert look.time_s == clip.times_s[look.index]
        small = cv2.resize(frames[look.index].image_rgb, (64, 38), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - look.image_rgb).mean() < 6
    assert np.diff([look.time_s for look in looks]).max() < LOOKS.every_s + 0.15
    for part in (slice(0, clip.frames), slice(0, 20), slice(50, 90), slice(75, clip.frames)):
        read = list(read_part(skimmed, part))
        assert [frame.index for frame in read] == list(range(part.start, part.stop))
        for frame in read:
            first = frames[frame.index]
            assert np.array_equal(frame.image_rgb, first.image_rgb)
            assert (frame.time_s, frame.cut) == (first.time_s, first.cut)
        told = np.array([frame.repeat for frame in read])
        assert np.mean(told != clip.repeats[part]) < 0.03  # the beat is told from 0.5 s before


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("libx264", {"g": "12", "bf": "3"}),
        ("libx264", {"bf": "3", "x264-params": "open-gop=1:keyint=12"}),
        ("libx265", {"x265-params": "log-level=none:keyint=12:open-gop=1"}),
    ],
)
def test_glances_and_spans_show_what_reading_whole_gives(tmp_path, codec, options):
    path = write_clip(tmp_path / "clip.mov", pull_down(), codec=codec, fps=60, options=options)
    frames, clip = whole(path)
    spans_s = [(0.3, 0.7), (0.8, 1.2)]  # the second one holds the cut
    with ClipSkimmer(path, None, LOOKS) as skimmer:
        glanced = list(skimmer.glances(0.15))
        assert not skimmer.clip().cuts
        looks = list(skimmer.within(spans_s))
        again = list(skimmer.within([(1.9, 2.0)]))
        skimmed = skimmer.clip()
    np.testing.assert_array_equal(skimmed.times_s, clip.times_s)
    assert 8 <= len(glanced) <= 10
    assert min(np.diff([frame.time_s for frame in glanced])) >= 0.15
    assert all(any(a <= look.time_s <= b for a, b in spans_s) for look in looks)
    assert all(sum(a <= look.time_s <= b for look in looks) in (2, 3) for a, b in spans_s)
    assert len(again) == 1
    for look in (*glanced, *looks, *again):
        assert look.time_s == clip.times_s[look.index]
        small = cv2.resize(frames[look.index].image_rgb, (64, 38), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - look.image_rgb).mean() < 6
    assert len(skimmed.cuts) == 1
    assert 0 <= skimmed.cuts[0] - clip.cuts[0] < 8


def test_rotation_slow_motion_and_a_late_start_are_read_as_ever(tmp_path):
    times_s = 3.5 + np.cumsum(np.random.default_rng(7).choice([1 / 60, 1 / 30, 0.1], 60))
    path = write_clip(
        tmp_path / "clip.mp4", 60, times_s, audio=True, options={"bf": "3"}, rotation_deg=90
    )
    _, clip = whole(path, 2.0)
    looks, skimmed = skim(path, 2.0)
    np.testing.assert_array_equal(skimmed.times_s, clip.times_s)
    assert (skimmed.width_px, skimmed.height_px, skimmed.rotation_deg) == (
        clip.width_px,
        clip.height_px,
        clip.rotation_deg,
    )
    assert skimmed.slow_motion_factor == 2.0
    first, _ = whole(path)
    for look in looks:
        assert corners_of(look.image_rgb) == corners_of(first[look.index].image_rgb)
    part = list(read_part(skimmed, slice(30, 50)))
    assert [number_in(each.image_rgb) for each in part] == [
        number_in(each.image_rgb) for each in first[30:50]
    ]
    with pytest.raises(InputError, match="slow motion"):
        skim(path, 0.5)


def test_a_file_whose_packets_do_not_tell_its_frames_is_left_to_the_reader(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", 90, options={"g": "30"})
    data = path.read_bytes()
    middle = data.index(b"mdat") + (len(data) - data.index(b"mdat")) // 2
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(data[:middle] + bytes(200) + data[middle + 200 :])
    for other in (
        write_clip(tmp_path / "clip.avi", 30, codec="mpeg4", time_base=Fraction(1, 30)),
        write_clip(tmp_path / "clip.ts", 30),
        torn,
    ):
        with pytest.raises(UnsteadyFileError):
            closely(other)


def test_what_an_edit_list_hides_is_not_counted(tmp_path):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: cannot trim without encoding")
    path, trimmed = tmp_path / "clip.mp4", tmp_path / "trimmed.mp4"
    write_clip(path, 60, options={"g": "60", "bf": "3"})
    command = ["ffmpeg", "-v", "error", "-ss", "0.5", "-i", str(path), "-c", "copy", str(trimmed)]
    subprocess.run(command, check=True)
    _, clip = whole(trimmed)
    looks, skimmed = skim(trimmed)
    np.testing.assert_array_equal(skimmed.times_s, clip.times_s)
    assert [number_in(look.image_rgb) for look in looks] == [look.index + 15 for look in looks]
    for part in (slice(0, 10), slice(0, clip.frames), slice(33, 40)):
        read = list(read_part(skimmed, part))
        assert [number_in(each.image_rgb) for each in read] == list(
            range(part.start + 15, part.stop + 15)
        )


def test_a_part_that_changed_since_is_not_taken_for_the_same(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", 90, options={"g": "30"})
    _, clip = skim(path)
    write_clip(path, 90, fps=29.0, options={"g": "30"})
    with pytest.raises(UnsteadyFileError):
        list(read_part(clip, slice(40, 60)))
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        list(read_part(clip, slice(40, 60)))


@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts"])
def test_a_clip_is_watched_in_parts_whether_or_not_it_can_be_skimmed(tmp_path, monkeypatch, name):
    monkeypatch.setattr(watch, "SCOUT_FROM_S", 0.5)
    monkeypatch.setattr("cleanform.scout.stretches", lambda looks, clip: (slice(55, 80),))
    path = write_clip(tmp_path / name, pull_down(), fps=60, options={"g": "30"})
    _, clip = whole(path)
    seen = watch.watch(path, Options(model="lite"), lambda *_: None)
    assert seen.watched == ((55, 80),)
    assert seen.clip.cuts == clip.cuts == (60,)
    np.testing.assert_array_equal(seen.clip.repeats[55:80], clip.repeats[55:80])
    assert seen.clip.frames == clip.frames
