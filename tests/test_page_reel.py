"""The film as a file: when each picture is shown, freezes, slow motion, sound, and hidden heads."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import av
import clips
import cv2
import examples
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanform import draw, palette, report
from cleanform.draw import Canvas
from cleanform.errors import InputError
from cleanform.model import LANDMARKS, Options, Pose, Verdict
from cleanform.report import film, heads, reel
from cleanform.video import FrameReader, VideoWriter
from cleanform.video.sound import add_sound

SIZE = {"width_px": 320, "height_px": 180}
needs_ffprobe = pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")


@pytest.fixture(scope="module")
def clip_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "lift.mp4"
    analysis = examples.analysis(path, **SIZE)
    with VideoWriter(path, **SIZE) as writer:
        for index, time_s in enumerate(analysis.recording.clip.times_s):
            image = examples.grey_frame(index, **SIZE)
            for x, y in analysis.recording.pose.xy_px[index, :11][[7, 8]]:
                if np.isfinite((x, y)).all():  # a red head
                    cv2.circle(image, (int(x), int(y)), 3, (230, 20, 20), -1)
            writer.write(image, time_s)
    return path


def analysis_of(path, **options):
    return replace(examples.analysis(path, **SIZE), options=Options(**options))


def probe(path, *what):
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", *what, str(path)],
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


def pictures(path):
    with av.open(str(path)) as container:
        return [
            (float(frame.pts * frame.time_base), frame.to_ndarray(format="rgb24"))
            for frame in container.decode(video=0)
        ]


# --- when what is shown -------------------------------------------------------------------------


def test_without_a_freeze_the_film_runs_as_the_clip_did(clip_path):
    analysis = analysis_of(clip_path)
    shots = reel.reel(analysis)
    times_s = analysis.recording.clip.times_s
    assert [shot.frame for shot in shots] == reel.film_frames(analysis)
    for shot in shots:
        assert shot.at_s == pytest.approx(times_s[shot.frame] - times_s[shots[0].frame])


@pytest.mark.parametrize("slow", [1.0, 4.0])
def test_the_film_stands_still_at_each_fault_and_nowhere_else(clip_path, slow):
    analysis = analysis_of(clip_path, freeze=True)
    shots = reel.reel(analysis, slow)
    fault = next(f for f in analysis.lifts[0].findings if f.verdict is Verdict.FAULT)
    held = [shot for shot in shots if shot.frozen is not None]
    assert {shot.frozen for shot in held} == {fault}
    assert {shot.frame for shot in held} == {fault.frame}
    before = next(a for a, b in pairwise(shots) if b.frozen)
    after = next(b for a, b in pairwise(shots) if a.frozen and not b.frozen)
    step_s = float(np.median(np.diff(analysis.recording.clip.times_s)))
    assert after.at_s - before.at_s == pytest.approx(reel.FREEZE_S, abs=slow * 5 * step_s)
    plain = reel.reel(analysis_of(clip_path), slow)
    assert shots[-1].at_s - plain[-1].at_s == pytest.approx(reel.FREEZE_S)
    assert all(b.at_s > a.at_s for a, b in pairwise(shots))


def test_two_faults_on_one_frame_are_held_one_after_the_other(clip_path):
    analysis = analysis_of(clip_path, freeze=True)
    findings = tuple(
        replace(one, verdict=Verdict.FAULT, frame=100) for one in analysis.lifts[0].findings[:2]
    )
    lifts = (replace(analysis.lifts[0], findings=findings),)
    held = [shot.frozen for shot in reel.reel(replace(analysis, lifts=lifts)) if shot.frozen]
    assert list(dict.fromkeys(held)) == list(findings)


@given(st.floats(1, 16))
@settings(max_examples=15, deadline=None)
def test_a_slow_film_shows_more_pictures_and_none_faster_than_a_screen(slow):
    analysis = examples.analysis()
    shots = reel.reel(analysis, slow)
    assert len(shots) >= len(reel.reel(analysis))
    assert min(b.at_s - a.at_s for a, b in pairwise(shots[:-1])) > 1 / 63
    times_s = analysis.recording.clip.times_s
    assert shots[-1].at_s == pytest.approx(
        slow * (times_s[shots[-1].frame] - times_s[shots[0].frame])
    )


@needs_ffprobe
def test_film_and_slow_film_are_what_players_want(clip_path, tmp_path):
    analysis = analysis_of(clip_path, freeze=True, slow=4.0)
    report.write(analysis, tmp_path)
    for name, slow in ((film.FILE, 1.0), (film.SLOW_FILE, 4.0)):
        path = tmp_path / name
        stream = probe(path, "-show_streams")["streams"][0]
        assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
        assert "side_data_list" not in stream, "no rotation is left to apply"
        packed = path.read_bytes()
        assert packed.index(b"moov") < packed.index(b"mdat"), "faststart"
        shots = reel.reel(analysis, slow)
        last_s = shots[-1].at_s - shots[-2].at_s
        assert float(stream["duration"]) == pytest.approx(shots[-1].at_s + last_s, abs=last_s)
        assert int(stream["nb_frames"]) == len(shots)
    index = json.loads((tmp_path / "recording" / "frames" / "index.json").read_text())
    assert index["film_at_s"] == pytest.approx([s.at_s for s in reel.reel(analysis)], abs=1e-4)


@needs_ffprobe
@pytest.mark.parametrize(
    "rotation_deg",
    [90, *(pytest.param(other, marks=pytest.mark.slow) for other in (0, 180, 270))],
)
def test_a_vertical_clip_stays_vertical(tmp_path, rotation_deg):
    """A phone stores its pictures lying and says how to turn them; the film stands by itself."""
    stored = (180, 320) if rotation_deg % 180 == 0 else (320, 180)
    path = clips.write_clip(
        tmp_path / "phone.mp4",
        [clips.picture(n % 256, *stored) for n in range(270)],
        fps=60.0,
        rotation_deg=rotation_deg,
    )
    with FrameReader(path) as reader:
        first = next(iter(reader)).image_rgb
        for _ in reader:
            pass
        clip = reader.clip()
    assert (clip.width_px, clip.height_px) == (180, 320)
    base = examples.analysis(path, width_px=180, height_px=320)
    lifts = (replace(base.lifts[0], findings=()),)
    recording = replace(base.recording, clip=clip)
    analysis = replace(base, recording=recording, lifts=lifts)
    folder = tmp_path / "result"
    folder.mkdir()
    report.write(analysis, folder)
    stream = probe(folder / film.FILE, "-show_streams")["streams"][0]
    assert (stream["width"], stream["height"]) == (180, 320)
    assert "side_data_list" not in stream
    shown = pictures(folder / film.FILE)
    # The corners carry no marks: they are turned as the reader turned them.
    _, image = shown[0]
    for rows in (slice(292, 306), slice(40, 60)):
        for columns in (slice(3, 20), slice(-20, -3)):
            apart = np.abs(image[rows, columns].astype(int) - first[rows, columns])
            assert np.median(apart) < 12


# --- sound --------------------------------------------------------------------------------------

RATE_HZ = 48_000


def write_sounding(path, seconds=4.0, lead_s=0.0):
    """Pictures beside a tone that begins loud at every whole second, for a tenth of it."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(60))
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        sound = container.add_stream("aac", rate=RATE_HZ)
        for n in range(int(seconds * 60)):
            frame = av.VideoFrame.from_ndarray(clips.picture(n % 256), format="rgb24")
            frame.pts = n
            frame.time_base = Fraction(1, 60)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
        beep = np.sin(2 * np.pi * 880 * time_s) * ((time_s - lead_s) % 1.0 < 0.1)
        track = np.stack([beep, beep]).astype(np.float32)
        for start in range(0, track.shape[1], 1024):
            block = np.ascontiguousarray(track[:, start : start + 1024])
            part = AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            part.sample_rate, part.pts = RATE_HZ, start
            container.mux(sound.encode(part))
        container.mux(sound.encode(None))
    with FrameReader(path) as reader:
        for _ in reader:
            pass
        return reader.clip()


def beeps_s(path):
    """When a tone begins."""
    with av.open(str(path)) as container:
        parts = [
            (frame.time, frame.to_ndarray().mean(axis=0)) for frame in container.decode(audio=0)
        ]
    track = np.zeros(int((parts[-1][0] + 0.1) * RATE_HZ))
    for time_s, samples in parts:
        at = max(0, round(time_s * RATE_HZ))
        track[at : at + len(samples)] = samples[: len(track) - at]
    loud = np.convolve(np.abs(track), np.ones(480) / 480, "same") > 0.2
    return np.flatnonzero(np.diff(loud.astype(int)) == 1) / RATE_HZ


def write_film(path, clip, frames):
    with VideoWriter(path, 160, 96) as writer:
        for number, frame in enumerate(frames):
            writer.write(clips.picture(frame % 256), number / 30)


def test_sound_stays_with_its_pictures(tmp_path):
    clip = write_sounding(tmp_path / "clip.mp4")
    path = tmp_path / "film.mp4"
    write_film(path, clip, range(15, 105))
    before = pictures(path)
    assert add_sound(path, clip, [(0.5, 3.5, 0.0)]) == "kept"
    assert beeps_s(path) == pytest.approx([0.5, 1.5, 2.5], abs=0.02)
    after = pictures(path)
    assert [time_s for time_s, _ in after] == [time_s for time_s, _ in before]
    assert all(np.array_equal(a, b) for (_, a), (_, b) in zip(before, after, strict=True))
    packed = path.read_bytes()
    assert packed.index(b"moov") < packed.index(b"mdat"), "faststart"


def test_sound_waits_while_the_film_stands(tmp_path):
    clip = write_sounding(tmp_path / "clip.mp4")
    path = tmp_path / "film.mp4"
    write_film(path, clip, range(150))
    assert add_sound(path, clip, [(0.5, 1.5, 0.0), (1.5, 3.5, 3.0)]) == "kept"
    assert beeps_s(path) == pytest.approx([0.5, 3.5, 4.5], abs=0.02)


def test_pieces_of_sound_leave_the_freezes_out(clip_path):
    analysis = analysis_of(clip_path, freeze=True)
    shots = reel.reel(analysis)
    pieces = film._pieces(shots, analysis.recording.clip)
    fault = next(f for f in analysis.lifts[0].findings if f.verdict is Verdict.FAULT)
    fault_s = analysis.recording.clip.times_s[fault.frame]
    (one, other) = pieces
    assert one[1] == pytest.approx(fault_s)
    assert other[0] == pytest.approx(fault_s, abs=0.05)
    assert other[2] - one[2] == pytest.approx(other[0] - one[0] + reel.FREEZE_S)


@pytest.mark.parametrize("lead_s", [0.25, pytest.param(0.0, marks=pytest.mark.slow)])
def test_sound_in_the_whole_result(tmp_path, lead_s):
    clip = write_sounding(tmp_path / "clip.mp4", 4.5, lead_s)
    base = examples.analysis(clip.path, width_px=160, height_px=96)
    recording = replace(base.recording, clip=clip)
    lifts = (replace(base.lifts[0], findings=()),)
    analysis = replace(base, recording=recording, lifts=lifts, options=Options(audio=True))
    folder = tmp_path / "result"
    folder.mkdir()
    report.write(analysis, folder)
    start_s = clip.times_s[reel.reel(analysis)[0].frame]
    expected = [s + lead_s - start_s for s in range(5) if 0.05 < s + lead_s - start_s < 4.2]
    assert beeps_s(folder / film.FILE)[-len(expected) :] == pytest.approx(expected, abs=0.03)
    page = (folder / "report.html").read_text("utf-8")
    assert " muted" not in page[page.index("<video") : page.index("</video>")]


def test_why_there_is_no_sound_is_said(clip_path, tmp_path):
    silent = analysis_of(clip_path, audio=True)
    report.write(silent, tmp_path)
    assert "no sound to keep" in (tmp_path / "report.html").read_text("utf-8")
    clip = replace(silent.recording.clip, slow_motion_factor=4.0, slow_motion_source="declared")
    assert add_sound(tmp_path / film.FILE, clip, [(0.0, 1.0, 0.0)]) == "slow motion"


def test_a_film_that_cannot_be_written_is_one_line(tmp_path):
    clip = write_sounding(tmp_path / "clip.mp4", 1.0)
    with pytest.raises(InputError, match="cannot be written"):
        add_sound(tmp_path / "no-such-film.mp4", clip, [(0.0, 1.0, 0.0)])
    assert list(tmp_path.glob(".*")) == []


# --- heads --------------------------------------------------------------------------------------


def redness(image):
    return (image[..., 0].astype(int) - image[..., 1:].max(axis=2)) > 90


def test_the_head_is_gone_from_stills_film_page_and_kept_frames(clip_path, tmp_path):
    """The clip's head is red, and no red of it may be left anywhere in the folder."""
    analysis = analysis_of(clip_path, blur_faces=True, slow=2.0)
    findings = ()  # whose marks are red too
    analysis = replace(analysis, lifts=(replace(analysis.lifts[0], findings=findings),))
    assert any(redness(image).sum() > 15 for _, image in pictures(clip_path)[60:70])
    report.write(analysis, tmp_path)
    for path in (tmp_path / "recording" / "frames").glob("*.jpg"):
        assert not redness(cv2.imread(str(path))[..., ::-1]).any(), path.name
    plain = Canvas.whole(**SIZE)
    for name in (film.FILE, film.SLOW_FILE):
        shown = pictures(tmp_path / name)
        heads_px = heads.Heads(analysis)
        for (_, image), shot in zip(
            shown, reel.reel(analysis, 1.0 if name == film.FILE else 2.0), strict=True
        ):
            (x, y), radius = heads_px.discs(shot.frame)[0]
            x, y = plain.place((x, y))
            rows, columns = np.mgrid[: image.shape[0], : image.shape[1]]
            inside = np.hypot(columns - x, rows - y) < 0.8 * radius
            assert redness(image)[inside].mean() < 0.01
    assert "Other people in the picture are not" in (tmp_path / "report.html").read_text("utf-8")


def test_what_is_under_the_veil_leaves_no_trace():
    generator = np.random.default_rng(3)
    one = generator.integers(0, 255, (90, 120, 3)).astype(np.uint8)
    other = one.copy()
    other[30:60, 40:80] = 255 - other[30:60, 40:80]
    discs = [((60.0, 45.0), 40.0)]
    assert np.array_equal(draw.veil_discs(one, discs), draw.veil_discs(other, discs))
    covered = draw.veil_discs(one, discs)[45, 60]
    assert tuple(int(value) for value in covered) == palette.rgb(palette.VEIL)
    assert not np.array_equal(one, other), "the input stays as it was"
    far = draw.veil_discs(one, [((900.0, 45.0), 40.0), ((np.nan, 0.0), 5.0)])
    assert np.array_equal(far, one)


def test_a_picture_that_is_veiled_as_a_whole_has_a_few_blocks():
    image = np.random.default_rng(1).integers(0, 255, (180, 320, 3)).astype(np.uint8)
    blocks = draw.veil_all(image)
    assert blocks.shape == image.shape
    assert len(np.unique(blocks.reshape(-1, 3), axis=0)) <= 12 * 22


def without_face(analysis, frames):
    pose = analysis.recording.pose
    xy_px = pose.xy_px.copy()
    xy_px[frames, : LANDMARKS.index("mouth_right") + 1] = np.nan
    recording = replace(analysis.recording, pose=Pose(xy_px, pose.visibility))
    return replace(analysis, recording=recording)


def test_a_head_that_is_not_seen_stays_hidden_where_it_must_be():
    base = examples.analysis()
    full = heads.Heads(base)
    gap = slice(120, 150)
    holed = heads.Heads(without_face(base, gap))
    for frame in range(120, 150):
        ((centre, radius),) = holed.discs(frame)[:1]
        ((truth, usual),) = full.discs(frame)[:1]
        assert radius > usual
        assert np.hypot(*(centre - truth)) + 0.065 * base.motion.stature_px < radius + usual
    held = heads.Heads(without_face(base, slice(0, 60)))
    assert held.discs(0)[0][0] == pytest.approx(full.discs(60)[0][0], abs=3)


def test_a_stretch_in_which_no_head_was_ever_found_shows_nobody():
    base = examples.analysis()
    clip = replace(base.recording.clip, cuts=(100,))
    cut = replace(base, recording=replace(base.recording, clip=clip))
    known = heads.Heads(without_face(cut, slice(0, 100)))
    assert known.discs(50) == []
    assert known.discs(150) != []
    image = np.random.default_rng(1).integers(0, 255, (720, 1280, 3)).astype(np.uint8)
    canvas = Canvas.whole(1280, 720)
    assert np.array_equal(known.hide(canvas, image, 50), draw.veil_all(image))


def test_a_landmark_that_jumps_away_does_not_uncover_the_head():
    base = examples.analysis()
    pose = base.recording.pose
    xy_px = pose.xy_px.copy()
    xy_px[130, : LANDMARKS.index("mouth_right") + 1] += 300
    jumped = replace(base, recording=replace(base.recording, pose=Pose(xy_px, pose.visibility)))
    places = [centre for centre, _ in heads.Heads(jumped).discs(130)]
    truth = heads.Heads(base).discs(130)[0][0]
    assert min(np.hypot(*(place - truth)) for place in places) < 10


@pytest.mark.parametrize("facing", [1, -1])
def test_hair_that_looks_out_over_the_plate_is_hidden(facing):
    """Landmarks of a head behind the plate tend to the plate's middle."""
    base = examples.analysis(facing=facing)
    pose, bar = base.recording.pose, base.recording.bar
    xy_px = pose.xy_px.copy()
    xy_px[170:, : LANDMARKS.index("mouth_right") + 1] = bar.xy_px[170:, None]
    hidden = replace(base, recording=replace(base.recording, pose=Pose(xy_px, pose.visibility)))
    discs = heads.Heads(hidden).discs(200)
    for degrees in (-70, -45, -20, 0):
        turn = np.radians(degrees)
        rim = bar.xy_px[200] + bar.width_px[200] / 2 * np.array(
            [facing * np.sin(turn), -np.cos(turn)]
        )
        crown = rim + 0.04 * base.motion.stature_px * np.array([0.0, -1.0])
        assert min(np.hypot(*(crown - centre)) - radius for centre, radius in discs) < 0
    assert len(heads.Heads(base).discs(90)) == 1, "a head in sight needs no more than its disc"


def test_a_refused_clip_is_veiled_too(clip_path, tmp_path):
    refused = examples.refused(clip_path, "no_person", person=False, **SIZE)
    refused = replace(refused, options=Options(blur_faces=True))
    report.write(refused, tmp_path)
    kept = sorted((tmp_path / "recording" / "frames").glob("*.jpg"))
    assert kept
    for path in kept:
        image = cv2.imread(str(path)).astype(int)
        steps = np.abs(np.diff(image, axis=1)).max(axis=2)
        assert (steps[:, 4:12] < 20).all(), "flat within a block"
