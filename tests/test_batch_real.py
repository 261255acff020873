"""The batch with the real pipeline on small rendered clips and files that only look like clips."""

from __future__ import annotations

import html
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import av
import clips
import pytest
from PIL import Image

from cleanform.cli import main

SAMPLES = Path(__file__).parents[1] / "samples"
SHARED = Path(__file__).parents[2] / "shared/clips"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample clips are not there"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
]


KILLS = 20
FILES = 60  # what the folder holds, clips and anything else
DAMAGED = {  # what is wrong -> words of the reason
    "text.mp4": "not a video",
    "half.mp4": "index is missing",
    "sound.m4v": "no picture",
    "empty.mov": "The file is empty.",
    "still.mp4": "a picture, not a video",
    "frameless.mp4": "index is missing",
    "huge.avi": "not one frame can be decoded",
    "noise.mkv": "not a video",
    "locked.mp4": "cannot be read|not a video",
}


def small(sample, path, *more):
    """A sample at half its rate and height, filmed on a known day."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-i", str(sample), "-r", "30", "-an"]
    command += ["-vf", "scale=-2:640", "-preset", "ultrafast", *more]
    command += ["-metadata", "creation_time=2026-11-03T12:00:00Z", str(path)]
    subprocess.run(command, check=True, timeout=120)
    return path


def pieces(folder, count):
    """Clips of a few frames, cut from the samples: readable, without a whole lift in them."""
    cut = folder.parent / "cut"
    cut.mkdir()
    for sample in ("bar_swing_side", "caught_high_side"):
        command = ["ffmpeg", "-v", "error", "-i", str(SAMPLES / f"{sample}.mp4"), "-an"]
        command += ["-vf", "scale=-2:240", "-preset", "ultrafast", "-force_key_frames"]
        command += ["expr:gte(t,n_forced*0.2)", "-f", "segment", "-segment_time", "0.2"]
        subprocess.run([*command, str(cut / f"{sample}%02d.mp4")], check=True, timeout=120)
    made = sorted(cut.iterdir())
    for n, piece in enumerate(made[:: len(made) // count][:count]):
        name = f"{('cleo', 'dan', 'eve')[n % 3]}/2026-11-{1 + n // 3:02d}_{40 + n}kg.mp4"
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.move(piece, folder / name)


def damaged(bad, good):
    """Files that look like clips: `DAMAGED`, and one picture, which is a clip of one frame."""
    bad.mkdir()
    (bad / "text.mp4").write_text("no video at all")
    (bad / "half.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    clips.write_sound(bad / "sound.m4v")
    clips.write_clip(bad / "one picture.mp4", pictures=1)
    (bad / "empty.mov").touch()
    Image.new("RGB", (64, 64)).save(bad / "still.jpg")
    shutil.copy(bad / "still.jpg", bad / "still.mp4")
    with av.open(str(bad / "frameless.mp4"), "w") as container:
        container.add_stream("libx264", rate=30)
        container.start_encoding()
    clips.write_clip(bad / "huge.avi", codec="rawvideo", pix_fmt="bgr24", pictures=2)
    content = (bad / "huge.avi").read_bytes()
    place = content.index(b"strf") + 12  # width and height in its BITMAPINFOHEADER
    huge = content[:place] + struct.pack("<ii", 60_000, 60_000) + content[place + 8 :]
    (bad / "huge.avi").write_bytes(huge)
    (bad / "noise.mkv").write_bytes(random.Random(8).randbytes(20_000))
    (bad / "locked.mp4").write_text("for its owner only")
    (bad / "locked.mp4").chmod(0)


def no_clips(folder, good):
    """What lies about in such folders, and links that lead nowhere new."""
    shutil.copy(good, folder / "anna/copy of it.mp4")
    for name in ("README.md", ".DS_Store", "Thumbs.db", "clips.zip", "notes.txt", "lift.srt"):
        (folder / name).write_text("no clip")
    (folder / "._lift.mp4").write_bytes(b"\x00\x05\x16\x07")
    (folder / ".trash").mkdir()
    shutil.copy(good, folder / ".trash/gone.mp4")
    (folder / "round.mp4").symlink_to(folder / "and round.mp4")
    (folder / "and round.mp4").symlink_to(folder / "round.mp4")
    (folder / "all of it").symlink_to(folder, target_is_directory=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixty files: clips of three kinds, damaged ones, and what is no clip."""
    folder = tmp_path_factory.mktemp("real") / "clips"
    good = small(SAMPLES / "power_clean_side.mp4", folder / "anna/2026-11-02_60kg.mp4")
    small(SAMPLES / "deadlift_side.mp4", folder / "ben/lift.mp4")
    damaged(folder / "bad", good)
    no_clips(folder, good)
    filmed = sorted(SHARED.glob("*.mp4"))[:3] if SHARED.is_dir() else []
    for clip in filmed:
        small(clip, folder / "filmed" / clip.name, "-t", "0.3")
    left = FILES - sum(not path.is_dir() for path in folder.rglob("*")) - 1
    pieces(folder, left)
    odd = next(iter(sorted((folder / "dan").iterdir())))
    (folder / os.fsdecode(b"caf\xe9.mp4")).write_bytes(odd.read_bytes() + b"\0\0\0\x08free")
    return folder


class Finished:
    """What was done when the plug was pulled, and that it stays as it is."""

    def __init__(self, team):
        self._team = team
        self.known = {}

    def look(self):
        """Take note of what is done; nothing that was done before may be gone or done anew."""
        if not (self._team / "team.sqlite").exists():
            return
        question = (
            "SELECT file, finished, seconds, result FROM clips WHERE sha256 NOT LIKE 'unread%'"
        )
        with closing(sqlite3.connect(self._team / "team.sqlite")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            listed = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'clips'").fetchall()
            rows = database.execute(question).fetchall() if listed else []
        now = {file: (*facts, self._written(facts[-1])) for file, *facts in rows}
        assert self.known.items() <= now.items()
        self.known = now

    def _written(self, result):
        if result is None:
            return None
        facts = (self._team / result / "recording/recording.npz").stat()
        return facts.st_ino, facts.st_mtime_ns


@pytest.fixture(scope="module")
def team(folder):
    """Killed twenty times on the way, the whole group of processes at once; then let finish."""
    team = folder.parent / "team"
    dice = random.Random(8)
    command = [sys.executable, "-m", "cleanform.cli", "batch", str(folder), "-o", str(team)]
    command += ["--name-pattern", "{athlete}/{date}_{load_kg}kg", "--no-video", "--workers", "2"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    finished = Finished(team)
    for kill in range(KILLS):
        process = subprocess.Popen(
            command, env=environment, start_new_session=True, stderr=subprocess.PIPE, text=True
        )
        # Half of the moments fall anywhere, most of them early; the others soon after a clip was
        # done, when there is something to lose.
        if kill % 2:
            for line in process.stderr:
                if re.match(r"\d+/\d+ (?!bad/)", line):
                    break
        time.sleep(dice.uniform(0, 0.5) if kill % 2 else dice.uniform(0, 2.0))
        assert process.poll() is None, "nothing left to kill"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stderr.close()
        finished.look()
    assert len(finished.known) >= KILLS // 2
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    finished.look()
    return team


def ask(team, question):
    database = sqlite3.connect(team / "team.sqlite")
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def test_every_file_has_its_row_and_its_reason(folder, team):
    found = {file: (status, reason) for file, status, reason in ask(
        team, "SELECT file, status, reason FROM clips"
    )}  # fmt: skip
    assert sum(not path.is_dir() for path in folder.rglob("*")) == FILES
    [(seen, copies, ignored)] = ask(
        team, "SELECT clips_found, copies, ignored FROM batches ORDER BY id DESC LIMIT 1"
    )
    passed_over = json.loads(ignored)
    assert passed_over == {
        ".db": 1, ".jpg": 1, ".md": 1, ".srt": 1, ".txt": 1, ".zip": 1, "broken link": 2,
        "hidden": 2,
    }  # fmt: skip
    assert (seen, copies) == (len(found) + 1, 1)
    assert seen + sum(passed_over.values()) == FILES - 1  # hidden folders are not even listed
    assert found.pop("anna/2026-11-02_60kg.mp4") == ("judged", "")
    status, reason = found.pop("ben/lift.mp4")
    assert (status, "deadlift" in reason) == ("refused", True)
    for name, words in DAMAGED.items():
        status, reason = found.pop(f"bad/{name}")
        assert status == "failed", name
        assert re.search(words, reason), (name, reason)
        assert reason, name
    status, reason = found.pop("bad/one picture.mp4")
    assert (status, "only 1 frame" in reason) == ("failed", True)
    assert "caf\ufffd.mp4" in found
    assert len(found) > 25
    for file, (status, reason) in found.items():
        assert status == "refused", (file, reason)
        assert reason, file
    for _, reason in ask(team, "SELECT file, reason FROM clips"):
        assert "stumbled" not in reason, reason
        assert str(team.parent) not in reason
    assert {path.name for path in (team / ".work").iterdir()} == {"lock"}


def test_the_index_says_each_reason(team):
    index = html.unescape((team / "index.html").read_text("utf-8"))
    for file, reason in ask(team, "SELECT file, reason FROM clips"):
        assert file in index.replace("<wbr>", ""), file
        assert reason in index


def test_dates_come_from_the_name_or_else_from_the_camera(team):
    rows = ask(
        team, "SELECT athlete, date, date_source, load_kg FROM clips WHERE status <> 'failed'"
    )
    assert ("anna", "2026-11-02", "labels", 60.0) in rows
    assert (None, "2026-11-03", "clip", None) in rows


def test_a_workers_memory_stays_below_900_mb(team):
    peaks = [peak for (peak,) in ask(team, "SELECT peak_mb FROM clips WHERE status <> 'failed'")]
    assert all(50 < peak < 900 for peak in peaks), peaks


def test_each_cell_leads_to_a_check_that_is_there(team):
    index = (team / "index.html").read_text("utf-8")
    links = re.findall(r'href="(clips/[^"#]+)#([^"]+)"', index)
    assert len(links) >= 8
    for page, anchor in links:
        assert f'id="{anchor}"' in (team / page).read_text("utf-8"), anchor


def test_a_team_is_judged_again_and_only_changed_pages_are_drawn(team, capsys):
    [(result,)] = ask(team, "SELECT result FROM clips WHERE athlete = 'anna'")
    key = ask(team, "SELECT job_key FROM clips WHERE athlete = 'anna'")
    path = team / result / "analysis.json"
    document = json.loads(path.read_text("utf-8"))
    true = [finding["verdict"] for finding in document["lifts"][0]["findings"]]
    for finding in document["lifts"][0]["findings"]:
        finding["verdict"] = "watch"  # as if earlier limits had said so
    path.write_text(json.dumps(document), "utf-8")
    page = team / result / "report.html"
    page.write_text("an earlier page")
    assert main(["report", str(team)]) == 0
    assert "1 changed, 1 pages drawn anew" in capsys.readouterr().out
    again = json.loads(path.read_text("utf-8"))["lifts"][0]["findings"]
    assert [finding["verdict"] for finding in again] == true
    assert "an earlier page" not in page.read_text("utf-8")
    assert ask(team, "SELECT MAX(page_stale) FROM clips") == [(0,)]
    assert ask(team, "SELECT job_key FROM clips WHERE athlete = 'anna'") == key


def test_a_team_is_judged_by_other_limits_and_the_next_batch_goes_on_from_there(
    team, tmp_path, capsys
):
    limits = tmp_path / "limits.toml"
    limits.write_text("[hip_lockout.extension]\nok_max = -60\nfault_max = -50\n", "utf-8")
    question = """SELECT findings.verdict FROM clips JOIN lifts ON lifts.clip = clips.id
        JOIN findings ON findings.lift = lifts.id WHERE rule = 'hip_lockout'"""
    assert ask(team, question) != [("fault",)]
    assert main(["report", str(team), "--limits", str(limits)]) == 0
    assert " changed" in capsys.readouterr().out
    assert ask(team, question) == [("fault",)]
    [(options, result)] = ask(team, "SELECT options, result FROM clips WHERE athlete = 'anna'")
    document = json.loads((team / result / "analysis.json").read_text("utf-8"))
    assert json.loads(options)["limits"] == document["options"]["limits"] != {}
    source = json.loads((team / result / "recording/source.json").read_text("utf-8"))
    assert ask(team, "SELECT job_key FROM clips WHERE athlete = 'anna'") == [(source["key"],)]
