"""Video in and out: true times, upright pictures, repeats, cuts, and bad files."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import subprocess
import sys
import threading
from fractions import Fraction
from pathlib import Path

import av
import clips
import numpy as np
import pytest
from clips import corners_of, number_in, picture, write_clip

from cleanform.errors import CleanformError, InputError
from cleanform.model import Clip
from cleanform.video import Frame, FrameReader, VideoWriter, read_frames

H265_QUIET = {"x265-params": "log-level=none"}


def read(path: Path, slow_motion: float | None = None) -> tuple[list[Frame], Clip]:
    with FrameReader(path, slow_motion) as reader:
        frames = list(reader)
        return frames, reader.clip()


def ffprobe(path: Path, *entries: str) -> dict:
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed: no independent oracle")
    command = ["ffprobe", "-v", "error", "-of", "json", "-select_streams", "v:0", *entries]
    return json.loads(subprocess.run([*command, str(path)], capture_output=True, check=True).stdout)


def probed_times_s(path: Path) -> np.ndarray:
    entry = "frame=best_effort_timestamp_time"
    frames = ffprobe(path, "-show_frames", "-show_entries", entry)["frames"]
    return np.array([float(frame["best_effort_timestamp_time"]) for frame in frames])


# --- times ------------------------------------------------------------------------------------

CONTAINERS = [
    ("clip.mp4", "libx264", "yuv420p"),
    ("clip.mov", "libx265", "yuv420p10le"),
    ("clip.m4v", "libx264", "yuv420p"),
    ("clip.webm", "libvpx-vp9", "yuv420p"),
    ("clip.mkv", "libx264", "yuv420p10le"),
    ("mpeg4.avi", "mpeg4", "yuv420p"),
    ("b_frames.avi", "libx264", "yuv420p"),
    ("clip.ts", "libx264", "yuv420p"),
    ("clip422.mov", "libx264", "yuv422p10le"),
    ("motion_jpeg.mov", "mjpeg", "yuvj420p"),
]


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), CONTAINERS)
def test_every_container_and_codec_gives_its_frames_in_order(tmp_path, name, codec, pix_fmt):
    path = write_clip(
        tmp_path / name,
        25,
        codec=codec,
        pix_fmt=pix_fmt,
        time_base=Fraction(1, 30),
        options=H265_QUIET if codec == "libx265" else {},
    )
    frames, clip = read(path)
    assert [number_in(frame.image_rgb) for frame in frames] == list(range(25))
    assert [frame.index for frame in frames] == list(range(25))
    # Matroska rounds to milliseconds; the others hold the exact thirtieths.
    np.testing.assert_allclose(clip.times_s, np.arange(25) / 30, atol=0.00051)
    assert clip.times_s[0] == 0
    assert not clip.variable_rate
    for frame in frames:
        assert corners_of(frame.image_rgb) == list(clips.CORNERS)
        assert frame.image_rgb.flags.c_contiguous
        assert frame.image_rgb.dtype == np.uint8


@pytest.mark.parametrize("fps", [24000 / 1001, 25, 30000 / 1001, 59.94, 120, 240])
def test_times_come_from_the_stream_at_every_rate(tmp_path, fps):
    path = write_clip(tmp_path / "clip.mp4", 20, fps=fps)
    _, clip = read(path)
    np.testing.assert_allclose(clip.times_s, np.arange(20) / fps, atol=1 / 90_000)
    assert clip.nominal_fps == pytest.approx(fps, rel=0.01)


def test_variable_rate_agrees_with_ffprobe(tmp_path):
    rng = np.random.default_rng(7)
    times_s = np.cumsum(rng.choice([1 / 60, 1 / 30, 1 / 24, 0.2], 60))
    path = write_clip(tmp_path / "clip.mp4", 60, times_s)
    _, clip = read(path)
    assert clip.variable_rate
    np.testing.assert_allclose(clip.times_s, times_s - times_s[0], atol=1 / 90_000)
    probed = probed_times_s(path)
    np.testing.assert_allclose(clip.times_s, probed - probed[0], atol=1e-6)


def test_a_late_start_is_moved_to_zero_with_b_frames_and_sound(tmp_path):
    times_s = 3.5 + np.arange(30) / 30
    path = write_clip(tmp_path / "clip.mp4", 30, times_s, audio=True, options={"bf": "3"})
    frames, clip = read(path)
    assert clip.times_s[0] == 0
    np.testing.assert_allclose(clip.times_s, np.arange(30) / 30, atol=1 / 90_000)
    assert [number_in(frame.image_rgb) for frame in frames] == list(range(30))


def test_an_edit_list_hides_the_frames_before_it(tmp_path):
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: cannot trim without encoding")
    whole = write_clip(tmp_path / "whole.mp4", 60, options={"g": "60"})
    path = tmp_path / "trimmed.mp4"
    command = ["ffmpeg", "-v", "error", "-ss", "0.5", "-i", str(whole), "-c", "copy", str(path)]
    subprocess.run(command, check=True)
    frames, clip = read(path)
    assert clip.times_s[0] == 0
    assert len(probed_times_s(path)) == clip.frames
    assert [number_in(frame.image_rgb) for frame in frames] == list(range(15, 60))


def test_the_frame_count_of_the_header_is_not_believed(tmp_path):
    path = write_clip(tmp_path / "clip.avi", 20, codec="mpeg4", time_base=Fraction(1, 30))
    data = bytearray(path.read_bytes())
    at = data.index(b"avih") + 8 + 16  # dwTotalFrames
    data[at : at + 4] = (122).to_bytes(4, "little")
    path.write_bytes(data)
    frames, clip = read(path)
    assert len(frames) == clip.frames == 20


def test_doubled_and_backward_times_are_left_out(tmp_path):
    from cleanform.video.decode import Clock

    clock = Clock(Fraction(1, 30), 1 / 30, 1.0)
    placed = [clock.place(tick) for tick in (90, 91, 91, 92, 91, 93)]
    assert placed == pytest.approx([0, 1 / 30, None, 2 / 30, None, 3 / 30])
    assert clock.damage.out_of_order == 2
    assert "2 frames" in clock.damage.notes()[0]


def test_a_break_of_the_time_line_is_closed():
    from cleanform.video.decode import Clock

    clock = Clock(Fraction(1, 30), 1 / 30, 2.0)
    placed = [clock.place(tick) for tick in (0, 1, 100_000, 100_001, 0, 1, None, 3)]
    assert placed == pytest.approx(np.array([0, 1, 2, 3, 4, 5, 6, 7]) / 60)
    assert (clock.damage.breaks, clock.damage.untimed) == (2, 1)


@pytest.mark.slow
def test_real_clips_have_the_times_that_ffprobe_reads(shared):
    for path in sorted((shared / "clips").glob("*.mp4")):
        with FrameReader(path) as reader:
            times_s = np.array([frame.time_s for frame in reader])
        probed = probed_times_s(path)
        np.testing.assert_allclose(times_s, probed - probed[0], atol=2e-6, err_msg=path.name)


# --- slow motion ------------------------------------------------------------------------------


def test_a_declared_factor_divides_the_times(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", 12, tags={"com.android.capture.fps": "240.0"})
    _, clip = read(path, slow_motion=4)
    np.testing.assert_allclose(clip.times_s, np.arange(12) / 120, atol=1e-5)
    assert (clip.slow_motion_factor, clip.slow_motion_source) == (4, "declared")
    assert [f.index for f in read_frames(clip, [3, 5])] == [3, 5]


@pytest.mark.parametrize(("capture", "factor"), [("240.000000", 8), ("30", 1), ("40", 1)])
def test_a_capture_rate_in_the_container_counts_where_it_is_clearly_higher(
    tmp_path, capture, factor
):
    path = write_clip(
        tmp_path / "clip.mp4",
        12,
        tags={"com.android.capture.fps": capture},
        container_options={"movflags": "use_metadata_tags"},
    )
    _, clip = read(path)
    assert clip.slow_motion_factor == pytest.approx(factor, rel=1e-3)
    assert clip.slow_motion_source == ("container" if factor > 1 else "none")
    assert clip.times_s[-1] == pytest.approx(11 / 30 / factor, rel=1e-3)


@pytest.mark.parametrize("factor", [0, -4, 0.5, float("nan"), float("inf")])
def test_an_impossible_factor_is_refused(tmp_path, factor):
    with pytest.raises(InputError, match="slow motion"):
        FrameReader(write_clip(tmp_path / "clip.mp4", 3), factor)


# --- upright, square, right colours -------------------------------------------------------------


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
def test_the_display_matrix_is_applied_once(tmp_path, rotation_deg, mirrored):
    path = write_clip(tmp_path / "clip.mp4", 6, rotation_deg=rotation_deg, mirrored=mirrored)
    upright = np.rot90(picture(0), -rotation_deg // 90)
    upright = upright[:, ::-1] if mirrored else upright
    with FrameReader(path) as reader:
        assert (reader.width_px, reader.height_px) == (upright.shape[1], upright.shape[0])
        frame = next(reader)
    assert corners_of(frame.image_rgb) == corners_of(upright)
    frames, clip = read(path)
    assert (clip.rotation_deg, clip.mirrored) == (rotation_deg, mirrored)
    assert frames[0].image_rgb.shape == (clip.height_px, clip.width_px, 3) == upright.shape
    again = next(read_frames(clip, [4]))
    assert np.array_equal(again.image_rgb, frames[4].image_rgb)
    assert np.array_equal(frames[0].image_rgb, ffmpeg_picture(path, tmp_path))


def ffmpeg_picture(path: Path, folder: Path) -> np.ndarray:
    """The first frame as the ffmpeg program shows it."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed: no independent oracle")
    out = folder / "oracle.png"
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(path), "-frames:v", "1", str(out)]
    subprocess.run(command, check=True)
    with av.open(str(out)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24")


def test_a_damaged_matrix_is_ignored():
    from cleanform.video.upright import read_matrix

    assert read_matrix(b"") == (0, False)
    assert read_matrix(bytes(36)) == (0, False)


@pytest.mark.parametrize(
    ("aspect", "size"), [((4, 3), (213, 96)), ((1, 2), (160, 192)), ((2025, 2026), (160, 96))]
)
def test_pixels_become_square(tmp_path, aspect, size):
    path = write_clip(tmp_path / "clip.mp4", 4, aspect=Fraction(*aspect))
    frames, clip = read(path)
    assert (clip.width_px, clip.height_px) == size
    assert frames[0].image_rgb.shape == (size[1], size[0], 3)
    assert corners_of(frames[0].image_rgb) == list(clips.CORNERS)
    assert number_in(frames[3].image_rgb) == 3


@pytest.mark.parametrize(
    ("pix_fmt", "codec"),
    [("yuv420p", "libx264"), ("yuvj420p", "mjpeg"), ("yuv420p10le", "libx265"), ("rgb24", "ffv1")],
)
def test_colours_are_right(tmp_path, pix_fmt, codec):
    path = tmp_path / "clip.mkv"
    options = {"crf": "1", **H265_QUIET} if codec.startswith("libx") else {}
    pix_fmt = "bgr0" if pix_fmt == "rgb24" else pix_fmt
    frames, _ = read(write_clip(path, 3, codec=codec, pix_fmt=pix_fmt, options=options))
    assert np.abs(corner_errors(frames[0].image_rgb)).max() <= 5


def corner_errors(image: np.ndarray) -> np.ndarray:
    """(4, 3) differences of the corner colours from what was drawn."""
    height, width = image.shape[:2]
    y, x = height // 10, width // 10
    points = [image[y, x], image[y, -x], image[-y, x], image[-y, -x]]
    return np.array(points).astype(int) - np.array(list(clips.CORNERS.values()))


@pytest.mark.parametrize(("height", "matrix"), [(720, "ITU709"), (360, "ITU601")])
def test_colours_without_a_named_matrix(tmp_path, height, matrix):
    images = [picture(n, height * 16 // 9, height) for n in range(2)]
    frames, _ = read(write_clip(tmp_path / "clip.mp4", images, colorspace=matrix))
    assert np.abs(corner_errors(frames[0].image_rgb)).max() <= 5


# --- repeats and cuts ---------------------------------------------------------------------------


def room(seed: int, shape: tuple[int, int] = (180, 320)) -> np.ndarray:
    """A still scene with structure at every size, in float RGB."""
    import cv2

    rng = np.random.default_rng(seed)
    image = np.zeros((*shape, 3))
    for cells in (4, 12, 40):
        layer = rng.uniform(-1, 1, (cells, cells, 3))
        image += cv2.resize(layer, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return 120 + 35 * image


def shown(scene: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
    noise = 0 if rng is None else rng.normal(0, 2.0, scene.shape)
    return np.clip(scene + noise, 0, 255).astype(np.uint8)


def with_ball(scene: np.ndarray, x_px: float) -> np.ndarray:
    """`scene` with a bright soft disc, 30 px across, at `x_px` and mid height."""
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]]
    distance = np.hypot(y - scene.shape[0] / 2, x - x_px)
    weight = np.clip(15.5 - distance, 0, 1)[:, :, None]
    return scene * (1 - weight) + 240 * weight


@pytest.mark.parametrize("crf", ["18", "24", "30"])
def test_24_new_pictures_in_60_frames_are_told_apart(tmp_path, crf):
    rng, scene = np.random.default_rng(3), room(1)
    new = [shown(with_ball(scene, 60 + 4 * n), rng) for n in range(24)]
    shown_at = np.repeat(np.arange(24), [2, 3] * 12)  # the pull-down of film to video
    path = write_clip(tmp_path / "c.mp4", [new[n] for n in shown_at], fps=60, options={"crf": crf})
    frames, clip = read(path)
    expected = np.r_[False, np.diff(shown_at) == 0]
    assert clip.repeats.tolist() == expected.tolist() == [frame.repeat for frame in frames]
    assert clip.cuts == ()


@pytest.mark.parametrize("codec", ["libx264", "mpeg4", "libvpx-vp9"])
def test_moving_frames_with_noise_are_all_new(tmp_path, codec):
    rng, scene = np.random.default_rng(5), room(2)
    # Fast, slow (0.5 px a frame), fast again.
    x_px = 40 + np.cumsum(np.r_[np.full(12, 6.0), np.full(20, 0.5), np.full(12, 6.0)])
    pictures = [shown(with_ball(scene, x), rng) for x in x_px]
    _, clip = read(
        write_clip(tmp_path / "clip.mkv", pictures, codec=codec, fps=60, time_base=Fraction(1, 60))
    )
    assert not clip.repeats.any()


def test_movement_too_slow_to_see_adds_up_until_it_is_seen():
    from cleanform.video.sameness import RepeatFinder

    finder, scene = RepeatFinder(), room(3)
    told = [finder.push(shown(with_ball(scene, 100 + 0.02 * n))[:, :, 1]) for n in range(200)]
    repeats = told[3:] + finder.flush()
    new_at = np.flatnonzero(~np.array(repeats))
    assert 0.3 < np.mean(repeats) < 0.98  # most steps cannot be seen
    assert np.diff(new_at).max() * 0.02 < 1.0  # yet never a whole pixel goes by unseen


def test_a_frozen_picture_repeats(tmp_path):
    scene = shown(room(4))
    _, clip = read(write_clip(tmp_path / "clip.mp4", [scene] * 20, options={"crf": "20"}))
    assert clip.repeats.tolist() == [False] + [True] * 19
    assert clip.cuts == ()


def cuts_of(tmp_path: Path, scenes: list[np.ndarray]) -> tuple[int, ...]:
    frames, clip = read(write_clip(tmp_path / "clip.mp4", scenes))
    assert clip.cuts == tuple(frame.index for frame in frames if frame.cut)
    return clip.cuts


def test_cuts_are_found_where_they_are(tmp_path):
    rng = np.random.default_rng(0)
    one, two = room(5), room(6)
    scenes = [*[one] * 12, *[two] * 9, *[one] * 4, *[two] * 8]
    assert cuts_of(tmp_path, [shown(scene, rng) for scene in scenes]) == (12, 21, 25)


def test_a_cut_near_either_end_and_to_black_is_found(tmp_path):
    scenes = [*[shown(room(7))] * 1, *[shown(room(8))] * 9, np.zeros((180, 320, 3), np.uint8)]
    assert cuts_of(tmp_path, scenes) == (1, 10)


def test_flash_fade_pan_and_movement_are_not_cuts(tmp_path):
    rng, scene = np.random.default_rng(1), room(9, (180, 1200))
    still = scene[:, :320]
    flash = [shown(still, rng)] * 6 + [np.full((180, 320, 3), 250, np.uint8)] + [shown(still)] * 6
    fade = [shown(still * (1 - n / 12), rng) for n in range(13)]
    pan = [shown(scene[:, x : x + 320], rng) for x in range(0, 880, 40)]
    ball = [shown(with_ball(still, x), rng) for x in range(0, 320, 25)]
    for name, scenes in {"flash": flash, "fade": fade, "pan": pan, "ball": ball}.items():
        folder = tmp_path / name
        folder.mkdir()
        assert cuts_of(folder, scenes) == (), name


def test_a_fade_through_black_cuts_only_where_the_scene_changes(tmp_path):
    one, two = shown(room(12)) / 1.0, shown(room(13)) / 1.0
    out = [one * (1 - n / 10) for n in range(11)]
    back = [shown(part) for part in (*out, *out[::-1])]
    assert cuts_of(tmp_path, back) == ()
    onward = [shown(part) for part in (*out, *[two * n / 10 for n in range(11)])]
    (cut,) = cuts_of(tmp_path, onward)
    assert 11 <= cut <= 14


REAL_CUTS = {
    "cleanjerk_front_broadcast_25fps.mp4": (108, 155),
    "powerclean_side_man_60fps.mp4": (320,),
    "deadlift_side_rounded_back.mp4": (28,),  # the last frame is black
}


def check_real_clip(path: Path) -> None:
    with FrameReader(path) as reader:
        for _ in reader:
            pass
        clip = reader.clip()
    assert clip.cuts == REAL_CUTS.get(path.name, ())
    new = ~clip.repeats
    if path.name.startswith("powerclean_side_man"):
        # 23 to 25 new frames in each second of the lift
        seconds = [int(new[first : first + 60].sum()) for first in range(130, 310, 60)]
        assert all(23 <= count <= 26 for count in seconds), seconds
    elif path.name.startswith("powerclean_45deg"):
        assert clip.repeats[151:182].all()
        assert clip.repeats[192:].all()
        assert 23 <= new[20:80].sum() <= 25
    else:
        assert not clip.repeats.any()


def test_cuts_and_repeats_of_a_real_clip(shared):
    check_real_clip(shared / "clips" / "cleanjerk_front_broadcast_25fps.mp4")


@pytest.mark.slow
def test_cuts_and_repeats_of_the_real_clips(shared):
    for path in sorted((shared / "clips").glob("*.mp4")):
        check_real_clip(path)


# --- a second pass ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("closed.mp4", "libx264", {"g": "12", "bf": "2"}),
        ("open.mp4", "libx264", {"g": "12", "bf": "3", "x264-params": "open-gop=1:keyint=12"}),
        ("open.mov", "libx265", {"x265-params": "log-level=none:keyint=12:open-gop=1"}),
        ("clip.webm", "libvpx-vp9", {"g": "12"}),
        ("clip.avi", "libx264", {"g": "12"}),
        ("refresh.mkv", "libx264", {"x264-params": "intra-refresh=1:keyint=12"}),
        ("clip.ts", "libx264", {"g": "12"}),
    ],
)
def test_the_second_pass_gives_the_same_pixels(tmp_path, name, codec, options):
    rng, scene = np.random.default_rng(8), room(10, (96, 160))
    pictures = [shown(with_ball(scene, 1.5 * n), rng) for n in range(90)]
    path = write_clip(
        tmp_path / name, pictures, codec=codec, options=options, time_base=Fraction(1, 30)
    )
    frames, clip = read(path)
    for wanted in (range(clip.frames), [0], [89], [3, 4, 88], range(40, 47), [61], [35], []):
        again = list(read_frames(clip, wanted))
        assert [frame.index for frame in again] == list(wanted)
        for frame in again:
            first = frames[frame.index]
            assert np.array_equal(frame.image_rgb, first.image_rgb)
            assert (frame.time_s, frame.repeat, frame.cut) == (
                first.time_s,
                first.repeat,
                first.cut,
            )


def test_the_second_pass_refuses_what_is_not_there(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", 20)
    _, clip = read(path)
    for wanted in ([5, 5], [4, 2], [-1], [20]):
        with pytest.raises(ValueError, match="wanted"):
            read_frames(clip, wanted)
    write_clip(path, 10)
    with pytest.raises(InputError, match="changed"):
        list(read_frames(clip, [3, 15]))
    path.unlink()
    with pytest.raises(InputError, match="no such file"):
        list(read_frames(clip, [3]))


# --- bad files ----------------------------------------------------------------------------------


def png(path: Path) -> Path:
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught, FrameReader(path) as reader:
        list(reader)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(path.name)
    return message


def test_what_is_not_a_clip_is_refused_in_one_line(tmp_path, capfd):
    assert "no such file" in refusal(tmp_path / "missing.mp4")
    (tmp_path / "folder.mp4").mkdir()
    assert "folder" in refusal(tmp_path / "folder.mp4")
    files = {
        "empty.mp4": (b"", "empty"),
        "text.mp4": (b"Snatch 60 kg\n" * 50, "not a video"),
        "noise.mp4": (random.Random(1).randbytes(5000), "not a video"),
        "list.mp4": (b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n", "not a video"),
        "concat.mp4": (b"ffconcat version 1.0\nfile 'a.mp4'\n", "not a video"),
        "one.mp4": (write_clip(tmp_path / "a.mp4", 1).read_bytes(), "only 1 frame"),
        "picture.mp4": (png(tmp_path / "b.png").read_bytes(), "picture"),
        "moovless.mp4": (write_clip(tmp_path / "c.mp4", 30).read_bytes()[:2000], "cut off"),
        "jpeg.mp4": (b"\xff\xd8\xff\xe0" + bytes(100), "picture"),
        "photo.heic": (b"\0\0\0\x18ftypheic" + bytes(100), "picture"),
    }
    for name, (data, reason) in files.items():
        (tmp_path / name).write_bytes(data)
        assert reason in refusal(tmp_path / name), name
    assert "sound" in refusal(clips.write_sound(tmp_path / "sound.mp4"))
    assert "picture" in refusal(tmp_path / "b.png")
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "regular" in refusal(tmp_path / "pipe.mp4")
    assert capfd.readouterr() == ("", "")


def test_a_file_that_may_not_be_read(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", 3)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read every file: permissions cannot be tested")
    assert "permissions" in refusal(path)


def test_odd_names_are_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("http:x.mp4", "concat:a.mp4", "-i.mp4", "ä 日本 %03d.mp4", "line\nbreak.mp4"):
        data = write_clip(tmp_path / "plain.mp4", 3).read_bytes()
        Path(name).write_bytes(data)
        frames, clip = read(Path(name))
        assert len(frames) == 3, name
        assert clip.path.name == name
    Path("two\nlines.mp4").write_bytes(b"no")
    with pytest.raises(InputError, match=r"two\?lines"):
        FrameReader("two\nlines.mp4")


def test_a_clip_cut_off_in_the_middle_is_read_as_far_as_it_goes(tmp_path, capfd):
    rng, scene = np.random.default_rng(2), room(11)
    pictures = [shown(with_ball(scene, 4 * n), rng) for n in range(60)]
    whole = write_clip(
        tmp_path / "whole.mp4",
        pictures,
        options={"g": "10"},
        container_options={"movflags": "+faststart"},
    )
    frames, clip = read(whole)
    data = whole.read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: len(data) // 2])
    with FrameReader(path) as reader:
        kept = list(reader)
        short = reader.clip()
        warnings = reader.warnings
    assert 10 < len(kept) < 50
    # The last picture may be the damaged one, made before those that were to be shown before it.
    np.testing.assert_array_equal(short.times_s[:-1], clip.times_s[: len(kept) - 1])
    assert short.times_s[-1] in clip.times_s
    assert all(
        np.array_equal(a.image_rgb, b.image_rgb)
        for a, b in zip(kept[:-1], frames[: len(kept) - 1], strict=True)
    )
    assert any("damaged or cut off" in warning for warning in warnings)
    path.write_bytes(data[: data.index(b"mdat") + 40])
    assert "decoded" in refusal(path)
    with FrameReader(whole) as reader:
        list(reader)
        assert reader.warnings == ()
    assert capfd.readouterr() == ("", "")


def damage(data: bytes, rng: random.Random) -> bytes:
    """`data` after one of the accidents that files meet."""
    kind, out = rng.randrange(4), bytearray(data)
    if kind == 0:  # flipped bytes anywhere, headers too
        for _ in range(rng.choice((1, 3, 10, 100))):
            out[rng.randrange(len(out))] = rng.randrange(256)
    elif kind == 1:  # cut off
        out = out[: rng.randrange(1, len(out))]
    elif kind == 2:  # a hole of zeros
        start = rng.randrange(len(out))
        size = rng.randrange(1, 2000)
        out[start : start + size] = bytes(len(out[start : start + size]))
    else:  # bytes lost
        start = rng.randrange(len(out))
        del out[start : start + rng.randrange(1, 500)]
    return bytes(out)


def survive(path: Path) -> bool:
    """Reads a hostile file both ways; True where it could be read."""
    try:
        with FrameReader(path) as reader:
            count = sum(1 for _ in reader)
            clip = reader.clip()
        assert count == clip.frames >= 2
        list(read_frames(clip, [0, clip.frames - 1]))
    except CleanformError as error:
        if "\n" in str(error):
            raise
        return False
    return True


@pytest.fixture(scope="session")
def victims(tmp_path_factory) -> list[bytes]:
    folder = tmp_path_factory.mktemp("victims")
    kinds = [("a.mp4", "libx264"), ("b.webm", "libvpx-vp9"), ("c.avi", "mpeg4"), ("d.mov", "h263")]
    kinds[3] = ("d.mov", "libx265")
    return [
        write_clip(
            folder / name,
            16,
            codec=codec,
            time_base=Fraction(1, 30),
            rotation_deg=90 if name == "a.mp4" else 0,
            options=H265_QUIET if codec == "libx265" else {},
        ).read_bytes()
        for name, codec in kinds
    ]


def test_damaged_bytes_end_in_frames_or_in_one_line(tmp_path, victims, capfd):
    rng = random.Random(20)
    path = tmp_path / "hostile.mp4"
    outcomes = []
    for round_ in range(32):
        path.write_bytes(damage(victims[round_ % 4], rng))
        outcomes.append(survive(path))
    assert any(outcomes)
    assert not all(outcomes)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_damaged_bytes_at_length(tmp_path, victims):
    rng = random.Random(4)
    path = tmp_path / "hostile.mp4"
    for round_ in range(1500):
        path.write_bytes(damage(victims[round_ % 4], rng))
        survive(path)


# --- threads and memory -------------------------------------------------------------------------


def decoding_threads() -> int:
    return sum(thread.name == "cleanform-decode" for thread in threading.enumerate())


def test_an_abandoned_reader_leaves_nothing_running(tmp_path):
    path = write_clip(tmp_path / "clip.mp4", 60)
    with FrameReader(path) as reader:
        next(reader)
    assert decoding_threads() == 0
    reader.close()
    assert list(reader) == []
    with pytest.raises(RuntimeError, match="iterate"):
        reader.clip()

    with pytest.raises(ZeroDivisionError), FrameReader(path) as reader:
        next(reader).index / 0
    assert decoding_threads() == 0

    _, clip = read(path)
    frames = read_frames(clip, range(60))
    next(frames)
    frames.close()
    assert decoding_threads() == 0

    forgotten = FrameReader(path)
    next(forgotten)
    del forgotten
    gc.collect()
    for thread in threading.enumerate():
        if thread.name == "cleanform-decode":
            thread.join(5)
    assert decoding_threads() == 0


def test_no_more_than_eight_pictures_are_held(tmp_path, monkeypatch):
    import weakref

    from cleanform.video import upright

    alive: dict[int, weakref.ref] = {}
    most = []
    original = upright.Placement.apply

    def counted(self, image):
        image = original(self, image).copy()
        key = len(most)
        alive[key] = weakref.ref(image, lambda _: alive.pop(key))
        most.append(len(alive))
        return image

    monkeypatch.setattr(upright.Placement, "apply", counted)
    with FrameReader(write_clip(tmp_path / "clip.mp4", 40)) as reader:
        for index, _ in enumerate(reader):
            if index == 5:
                threading.Event().wait(0.3)  # a slow consumer: the thread runs as far as it may
    assert max(most) <= 8


@pytest.mark.slow
def test_a_minute_of_1080p_stays_flat(tmp_path):
    """Peak memory of a process that decodes 60 s against one that decodes 4 s."""
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc here: peak memory cannot be read")
    code = (
        # Not ru_maxrss: that starts from what the process held that started this one.
        "import re, sys\n"
        "from cleanform.video import FrameReader\n"
        "with FrameReader(sys.argv[1]) as reader:\n"
        "    count = sum(1 for _ in reader)\n"
        "status = open('/proc/self/status').read()\n"
        "print(count, int(re.search(r'VmHWM:\\s*(\\d+)', status)[1]) // 1024)\n"
    )

    def peak_mb(path: Path) -> tuple[int, int]:
        done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True)
        count, megabytes = map(int, done.stdout.split())
        return count, megabytes

    scene = picture(0, 1920, 1080)
    part = tmp_path / "part.mp4"
    with VideoWriter(part, 1920, 1080) as writer:
        for n in range(60):
            writer.write(np.roll(scene, 7 * n, axis=1), n / 30)

    def repeated(times: int) -> Path:
        path = tmp_path / f"{times}.mp4"
        with av.open(str(path), "w") as output:
            stream = None
            for turn in range(times):
                with av.open(str(part)) as once:
                    source = once.streams.video[0]
                    stream = stream or output.add_stream_from_template(source)
                    shift = round(turn * 2 / source.time_base)
                    for packet in once.demux(source):
                        if packet.dts is not None:
                            packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                            packet.stream = stream
                            output.mux(packet)
        return path

    short, short_mb = peak_mb(repeated(2))
    long, long_mb = peak_mb(repeated(30))
    assert (short, long) == (120, 1800)
    assert long_mb - short_mb < 40, (short_mb, long_mb)
    assert long_mb < 500


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(160, 96), (161, 97), (160, 97)])
def test_what_is_written_is_read_back(tmp_path, width, height):
    path = tmp_path / "out.mp4"
    times_s = np.cumsum([0, 0.04, 0.1, 1 / 240, 0.5, 1 / 30, 0.2])
    with VideoWriter(path, width, height) as writer:
        for n, time_s in enumerate(times_s):
            writer.write(picture(n, width, height), float(time_s))
        assert not path.exists()
    assert os.listdir(tmp_path) == ["out.mp4"]
    frames, clip = read(path)
    np.testing.assert_allclose(clip.times_s, times_s, atol=1 / 90_000)
    assert (clip.width_px, clip.height_px) == (width + width % 2, height + height % 2)
    for n, frame in enumerate(frames):
        assert number_in(frame.image_rgb[:height, :width]) == n
    assert np.abs(corner_errors(frames[0].image_rgb)).max() <= 6
    probed = ffprobe(path, "-show_streams", "-show_format")
    stream = probed["streams"][0]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert stream["color_space"] == "bt709"
    # The last frame is shown as long as the one before it.
    assert float(probed["format"]["duration"]) == pytest.approx(times_s[-1] + 0.2, abs=0.002)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_two_pictures_of_the_same_instant_are_both_written(tmp_path):
    with VideoWriter(tmp_path / "out.mp4", 160, 96) as writer:
        for n, time_s in enumerate((0.0, 0.1, 0.1, 0.05, 0.2)):
            writer.write(picture(n), time_s)
    frames, clip = read(tmp_path / "out.mp4")
    assert [number_in(frame.image_rgb) for frame in frames] == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(clip.times_s, [0, 0.1, 0.1, 0.1, 0.2], atol=1e-3)


def test_a_writer_that_fails_leaves_nothing(tmp_path):
    path = tmp_path / "out.mp4"
    path.write_bytes(b"older result")
    with pytest.raises(ZeroDivisionError), VideoWriter(path, 160, 96) as writer:
        writer.write(picture(0), 1 / 0)
    with pytest.raises(ValueError, match="no frame"), VideoWriter(path, 160, 96):
        pass
    with pytest.raises(ValueError, match="expected"), VideoWriter(path, 160, 96) as writer:
        writer.write(picture(0, 80, 40), 0.0)
    with pytest.raises(InputError, match=r"out\.mp4"):
        VideoWriter(tmp_path / "nowhere" / "out.mp4", 160, 96)
    assert os.listdir(tmp_path) == ["out.mp4"]
    assert path.read_bytes() == b"older result"


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path):
    """A file-size limit in a process of its own stands for the full disk."""
    code = (
        "import resource, signal, sys\n"
        "import numpy as np\n"
        "from cleanform.errors import InputError\n"
        "from cleanform.video import VideoWriter\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n"
        "noise = np.random.default_rng(0)\n"
        "try:\n"
        "    with VideoWriter(sys.argv[1], 320, 240) as writer:\n"
        "        for n in range(90):\n"
        "            writer.write(noise.integers(0, 255, (240, 320, 3), np.uint8), n / 30)\n"
        "except InputError as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "out.mp4")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.startswith("out.mp4: cannot be written")
    assert done.stdout.count("\n") == 1
    assert os.listdir(tmp_path) == []
