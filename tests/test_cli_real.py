"""The command line on real files: every kind of bad input, full disks, interruptions.

One process is started for many clips where that does not matter: loading MediaPipe takes a second.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import av
import jsonschema
import numpy as np
import pytest

from cleanform import archive

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "power_clean_side.mp4"
RUN = [sys.executable, "-m", "cleanform.cli"]

needs_sample = pytest.mark.skipif(not SAMPLE.exists(), reason=f"{SAMPLE.name} is not there")


def cleanform(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [*RUN, *(os.fspath(a) if isinstance(a, Path) else str(a) for a in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, **options)  # type: ignore[call-overload, no-any-return]


def write_video(path: Path, frames: int, *, seconds_of_sound: float = 0.0) -> Path:
    """A grey clip in which nobody is seen, with a tone if asked."""
    with av.open(str(path), "w") as container:
        if frames:
            video = container.add_stream("libx264", rate=30, pix_fmt="yuv420p")
            video.width, video.height = 160, 120
        if seconds_of_sound:
            audio = container.add_stream("aac", rate=44100, layout="mono")
        for index in range(frames):
            picture = np.full((120, 160, 3), 60 + 5 * (index % 20), np.uint8)
            container.mux(video.encode(av.VideoFrame.from_ndarray(picture)))
        if frames:
            container.mux(video.encode())
        if seconds_of_sound:
            tone = np.sin(np.arange(int(44100 * seconds_of_sound)) / 20, dtype=np.float32)[None]
            for start in range(0, tone.shape[1] - 1023, 1024):
                sound = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(tone[:, start : start + 1024]), "fltp", "mono"
                )
                sound.rate, sound.pts = 44100, start
                container.mux(audio.encode(sound))
            container.mux(audio.encode())
    return path


@pytest.fixture(scope="module")
def bad_clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bad")
    clips = {name: folder / f"{name.replace(' ', '_')}.mp4" for name in BAD}
    clips["directory"].mkdir()
    clips["empty"].touch()
    clips["text"].write_text("These are my notes about the second rep.\n" * 50)
    clips["zeros"].write_bytes(bytes(100_000))
    clips["noise"].write_bytes(np.random.default_rng(1).bytes(100_000))
    clips["playlist"].write_text(
        "#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n"
    )
    clips["concat script"].write_text("ffconcat version 1.0\nfile http://127.0.0.1:9/x.mp4\n")
    write_video(clips["audio only"], 0, seconds_of_sound=1.0)
    write_video(clips["one frame"], 1)
    whole = write_video(folder / "whole.mp4", 90).read_bytes()
    clips["truncated"].write_bytes(whole[: len(whole) * 6 // 10])  # its index was at the end
    clips["header only"].write_bytes(whole[:60])
    picture = folder / "picture.png"
    with av.open(str(picture), "w", format="image2") as container:
        stream = container.add_stream("png", width=64, height=64, pix_fmt="rgb24")
        frame = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8))
        container.mux(stream.encode(frame))
    picture.rename(clips["picture"])
    (folder / "whole.mp4").unlink()
    return clips


BAD = (
    "missing", "directory", "empty", "text", "zeros", "noise", "playlist", "concat script",
    "audio only", "one frame", "truncated", "header only", "picture",
)  # fmt: skip


@pytest.fixture(scope="module")
def bad_run(bad_clips: dict[str, Path]) -> subprocess.CompletedProcess[str]:
    return cleanform("analyze", *bad_clips.values(), "http://127.0.0.1:9/x.mp4", "/dev/null")


def test_bad_input_ends_in_2_and_prints_no_result(
    bad_run: subprocess.CompletedProcess[str], bad_clips: dict[str, Path]
) -> None:
    assert bad_run.returncode == 2
    assert bad_run.stdout == ""
    assert "Traceback" not in bad_run.stderr
    assert len(bad_run.stderr.splitlines()) == len(bad_clips) + 2, bad_run.stderr
    folder = bad_clips["empty"].parent
    assert {path.name for path in folder.iterdir()} <= {path.name for path in bad_clips.values()}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_gets_one_line_that_names_it(
    bad_run: subprocess.CompletedProcess[str], bad_clips: dict[str, Path], kind: str
) -> None:
    lines = [line for line in bad_run.stderr.splitlines() if bad_clips[kind].name in line]
    assert len(lines) == 1, bad_run.stderr
    assert lines[0].startswith("cleanform: ")
    assert 30 < len(lines[0]) < 400


def test_the_lines_tell_the_cases_apart(
    bad_run: subprocess.CompletedProcess[str], bad_clips: dict[str, Path]
) -> None:
    said = {}
    for kind, path in bad_clips.items():
        line = next(line for line in bad_run.stderr.splitlines() if path.name in line)
        said[kind] = line.replace(str(path), "").replace(path.name, "").replace(path.stem, "")
    for one, other in [
        ("missing", "empty"),
        ("missing", "directory"),
        ("empty", "text"),
        ("audio only", "text"),
        ("one frame", "text"),
        ("picture", "text"),
        ("picture", "audio only"),
    ]:
        assert said[one] != said[other]


@needs_sample
@pytest.mark.slow
def test_a_clip_that_breaks_off_is_judged_as_far_as_it_goes_or_refused(tmp_path: Path) -> None:
    """Half of the sample, re-muxed so that its index comes first: readable up to the break."""
    whole = tmp_path / "whole.mp4"
    with (
        av.open(str(SAMPLE)) as source,
        av.open(str(whole), "w", options={"movflags": "faststart"}) as copy,
    ):
        stream = copy.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                copy.mux(packet)
    content = whole.read_bytes()
    clip = tmp_path / "broken.mp4"
    clip.write_bytes(content[: len(content) // 2])
    done = cleanform("analyze", "--no-video", clip)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    assert (done.returncode == 0) == (tmp_path / "broken.cleanform").exists()
    if done.returncode == 2:
        assert len(done.stderr.splitlines()) == 1


def test_nobody_in_the_clip_is_no_error(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "grey room.mp4", 45)
    done = cleanform("analyze", "--json", clip)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    jsonschema.validate(document, archive.schema())
    assert document["refusal"]["code"] == "no_person"
    assert document["lifts"] == []
    assert (tmp_path / "grey room.cleanform" / "report.html").stat().st_size > 0
    saved = (tmp_path / "grey room.cleanform" / "analysis.json").read_text("utf-8")
    assert json.loads(saved) == document


@pytest.mark.slow
def test_any_file_name_will_do(tmp_path: Path) -> None:
    """Names that mean something to a shell, to FFmpeg or to a terminal, and one not in UTF-8."""
    first = write_video(tmp_path / "x.mp4", 12)
    names = (b"caf\xe9", "Zoë 🏋️".encode(), b"-o", b"two\nlines", b"%03d", b"a:b|c", b"file:x")
    for name in names:
        shutil.copy(os.fsencode(first), os.fsencode(tmp_path) + b"/" + name + b".mp4")
    done = subprocess.run(
        [*map(os.fsencode, RUN), b"analyze", b"--", *(name + b".mp4" for name in names)],
        cwd=tmp_path,
        capture_output=True,
        timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert set(os.listdir(os.fsencode(tmp_path))) == {
        b"x.mp4", *(name + end for name in names for end in (b".mp4", b".cleanform")),
    }  # fmt: skip
    for name in names:
        document = (tmp_path / os.fsdecode(name + b".cleanform") / "analysis.json").read_text()
        jsonschema.validate(json.loads(document), archive.schema())


@pytest.mark.slow
def test_two_frames_are_too_few_to_judge_but_readable(tmp_path: Path) -> None:
    done = cleanform("analyze", "--json", write_video(tmp_path / "two.mp4", 2))
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2)
    if done.returncode == 0:
        assert json.loads(done.stdout)["refusal"] is not None


# --- outputs that cannot be written -----------------------------------------------------------


@pytest.fixture(scope="module")
def grey_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("grey") / "grey.mp4", 30)


@pytest.mark.parametrize("kind", ["file", "foreign folder", "no parent", "below a file"])
def test_an_output_that_will_not_do(tmp_path: Path, grey_clip: Path, kind: str) -> None:
    note = tmp_path / "note.txt"
    note.write_text("mine")
    out = {
        "file": note,
        "foreign folder": tmp_path,
        "no parent": tmp_path / "a" / "b",
        "below a file": note / "out",
    }[kind]
    done = cleanform("analyze", "-o", out, grey_clip)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("cleanform: ")
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]
    assert note.read_text() == "mine"


@needs_sample
@pytest.mark.slow
@pytest.mark.parametrize("limit", [2_000, 60_000])
def test_a_disk_that_fills_while_writing(tmp_path: Path, limit: int) -> None:
    """The system refuses to write any file beyond `limit` bytes, whichever library writes it."""
    done = cleanform(
        "analyze",
        "-o",
        tmp_path / "out",
        SAMPLE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 2, done.stderr
    assert "disk is full" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with 300 kB of room, where we may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@needs_sample
@pytest.mark.slow
def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    done = cleanform("analyze", "-o", small_disk / "out", SAMPLE)
    assert done.returncode == 2, done.stderr
    assert "disk is full" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(small_disk.iterdir()) == []


# --- interruptions ----------------------------------------------------------------------------


@needs_sample
@pytest.mark.parametrize(
    ("number", "after_s"),
    [
        (signal.SIGINT, 0.5),
        pytest.param(signal.SIGINT, 3.0, marks=pytest.mark.slow),
        pytest.param(signal.SIGTERM, 1.5, marks=pytest.mark.slow),
    ],
)
def test_interrupted_work_leaves_nothing(
    tmp_path: Path, number: signal.Signals, after_s: float
) -> None:
    clip = tmp_path / "clip.mp4"
    shutil.copy(SAMPLE, clip)
    with subprocess.Popen(
        [*RUN, "analyze", str(clip)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background may have been told to ignore Ctrl-C, and would pass that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as work:
        wait_for_stage(tmp_path, after_s)
        work.send_signal(number)
        out, err = work.communicate(timeout=60)
    assert work.returncode == 130, err
    assert out == ""
    assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def wait_for_stage(folder: Path, more_s: float) -> None:
    """Until the hidden folder of an unfinished result is there, and a while longer."""
    for _ in range(600):
        if any(path.name.startswith(".cleanform-") for path in folder.iterdir()):
            time.sleep(more_s)
            return
        time.sleep(0.05)
    pytest.fail("the work never started")


# --- a good clip ------------------------------------------------------------------------------


@needs_sample
@pytest.mark.slow
def test_a_good_clip_leaves_all_that_was_promised(tmp_path: Path) -> None:
    clip = tmp_path / "Zoë 🏋️ 1.mp4"
    shutil.copy(SAMPLE, clip)
    done = cleanform("analyze", "--json", clip, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    jsonschema.validate(document, archive.schema())
    folder = tmp_path / "Zoë 🏋️ 1.cleanform"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([clip.name, folder.name])
    assert {path.name for path in folder.iterdir()} == {
        "analysis.json", "overlay.mp4", "plots", "recording", "report.html", "stills",
    }  # fmt: skip
    assert json.loads((folder / "analysis.json").read_text("utf-8")) == document
    assert len(list((folder / "stills").iterdir())) >= 6
    for path in folder.rglob("*"):
        if path.suffix in (".html", ".json", ".svg", ".npz"):
            assert str(tmp_path).encode() not in path.read_bytes(), path

    start = time.perf_counter()
    clip.unlink()  # judging again needs no clip
    again = cleanform("report", "--json", folder)
    assert (again.returncode, again.stderr) == (0, "")
    assert json.loads(again.stdout) == document
    assert time.perf_counter() - start < 20

    overlay_time = (folder / "overlay.mp4").stat().st_mtime_ns
    assert overlay_time < (folder / "report.html").stat().st_mtime_ns
