"""The batch with the real pipeline on small rendered clips and files that only look like clips."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import clips
import pytest

from cleanform.cli import main

SAMPLES = Path(__file__).parents[1] / "samples"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample clips are not there"),
    pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed"),
]


def small(sample, path):
    """A sample at half its rate and height, filmed on a known day."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = ["ffmpeg", "-v", "error", "-i", str(SAMPLES / f"{sample}.mp4"), "-r", "30", "-an"]
    command += ["-vf", "scale=-2:640", "-preset", "ultrafast"]
    command += ["-metadata", "creation_time=2026-11-03T12:00:00Z", str(path)]
    subprocess.run(command, check=True, timeout=120)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("real") / "clips"
    good = small("power_clean_side", folder / "anna/2026-11-02_60kg.mp4")
    small("deadlift_side", folder / "ben/lift.mp4")
    bad = folder / "bad"
    bad.mkdir()
    (bad / "text.mp4").write_text("no video at all")
    (bad / "half.mp4").write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    clips.write_sound(bad / "sound.m4v")
    clips.write_clip(bad / "one picture.mp4", pictures=1)
    (bad / "empty.mov").touch()
    shutil.copy(SAMPLES / "README.md", folder / "README.md")
    (folder / "._lift.mp4").write_bytes(b"\x00\x05\x16\x07")
    return folder


@pytest.fixture(scope="module")
def team(folder):
    """Killed twice on the way, the whole group of processes at once; then let finish."""
    team = folder.parent / "team"
    command = [sys.executable, "-m", "cleanform.cli", "batch", str(folder), "-o", str(team)]
    command += ["--name-pattern", "{athlete}/{date}_{load_kg}kg", "--no-video"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    for seconds in (3.0, 9.0):
        process = subprocess.Popen(
            command, env=environment, start_new_session=True, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return team


def ask(team, question):
    database = sqlite3.connect(team / "team.sqlite")
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


def test_every_file_has_its_row_and_its_reason(team):
    found = {file: (status, reason) for file, status, reason in ask(
        team, "SELECT file, status, reason FROM clips"
    )}  # fmt: skip
    assert {file: status for file, (status, _) in found.items()} == {
        "anna/2026-11-02_60kg.mp4": "judged",
        "bad/empty.mov": "failed",
        "bad/half.mp4": "failed",
        "bad/one picture.mp4": found["bad/one picture.mp4"][0],
        "bad/sound.m4v": "failed",
        "bad/text.mp4": "failed",
        "ben/lift.mp4": "refused",
    }
    assert found["bad/one picture.mp4"][0] in ("failed", "refused")
    for file, (status, reason) in found.items():
        assert bool(reason) is (status != "judged"), file
        assert "stumbled" not in reason, reason
        assert str(team.parent) not in reason
    assert "deadlift" in found["ben/lift.mp4"][1]
    assert {path.name for path in (team / ".work").iterdir()} == {"lock"}


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
