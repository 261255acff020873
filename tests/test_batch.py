"""A folder in, a team out: what is done, what is not done twice, what survives."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import batch_jobs
import pytest
from batch_jobs import write_clip

from cleanform import batch
from cleanform.batch import LocalWorkers, NamePattern, Outcome, Told, machine, season, workers
from cleanform.batch.tasks import Task, only_judged_anew, slug, stored
from cleanform.errors import InputError
from cleanform.model import Options

PATTERN = NamePattern("{athlete}/{date}_{load_kg}kg*")


@pytest.fixture(scope="session", autouse=True)
def template(tmp_path_factory):
    path = batch_jobs.make_template(tmp_path_factory.mktemp("template") / "result")
    os.environ[batch_jobs.TEMPLATE] = str(path)
    return path


@pytest.fixture
def log(tmp_path, monkeypatch):
    path = tmp_path / "log.txt"
    monkeypatch.setenv(batch_jobs.LOG, str(path))

    def lines(what="start"):
        text = path.read_text() if path.exists() else ""
        return [line.split(maxsplit=1)[1] for line in text.splitlines() if line.startswith(what)]

    return lines


def run(folder, team, count=2, time_limit_s=60.0, **options):
    options.setdefault("pattern", PATTERN)
    return batch.run(folder, team, LocalWorkers(count, time_limit_s, batch_jobs.JOB), **options)


def rows(team, question="SELECT * FROM clips ORDER BY file"):
    database = sqlite3.connect(f"file:{team}/team.sqlite?mode=ro", uri=True)
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute(question)]
    finally:
        database.close()


# --- a folder with everything in it ---------------------------------------------------------------


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Good clips, bad ones of every kind, and what is no clip; done once."""
    here = tmp_path_factory.mktemp("mixed")
    folder = here / "clips"
    for name in (
        "anna/2026-11-02_60kg.mp4",
        "anna/2026-11-04_62,5kg b.MOV",
        "ben/2026-11-04_80kg.mp4",
    ):
        write_clip(folder / name)
    for order in ("crash", "killed", "hang", "mute", "error", "bug", "greedy", "nothing", "refuse"):
        write_clip(folder / "bad" / f"{order}.mp4", order)
    (folder / "empty1.mp4").touch()
    (folder / "empty2.mp4").touch()
    shutil.copy(folder / "ben/2026-11-04_80kg.mp4", folder / "ben/copy of it.mp4")
    for name in ("notes.txt", "._anna.mp4", ".DS_Store", "still.jpg", "README"):
        (folder / name).write_text("no clip")
    (folder / ".hidden").mkdir()
    write_clip(folder / ".hidden" / "clip.mp4")
    (folder / "folder.mp4").mkdir()
    write_clip(folder / "folder.mp4" / "inside.mp4")
    (folder / "nowhere.mp4").symlink_to(folder / "gone.mp4")
    os.mkfifo(folder / "pipe.mp4")
    shutil.copytree(os.environ[batch_jobs.TEMPLATE], folder / "lift.cleanform")
    write_clip(folder / "lift.cleanform" / "overlay.mp4")
    events = []
    team = here / "team"
    summary = run(folder, team, time_limit_s=8.0, listener=events.append)
    return folder, team, summary, events


def test_every_clip_gets_its_row_and_every_failure_its_reason(mixed):
    _, team, summary, _ = mixed
    found = {row["file"]: (row["status"], row["reason"]) for row in rows(team)}
    assert found == {
        "anna/2026-11-02_60kg.mp4": ("judged", ""),
        "anna/2026-11-04_62,5kg b.MOV": ("judged", ""),
        "bad/bug.mp4": (
            "failed",
            "cleanform stumbled over this clip (ZeroDivisionError: in the result).",
        ),
        "bad/crash.mp4": (
            "failed",
            "The analysis crashed while watching the clip (SIGSEGV); the file may be damaged.",
        ),
        "bad/error.mp4": ("failed", "this is not a video; give an .mp4"),
        "bad/greedy.mp4": ("failed", "Needs more memory than there is."),
        "bad/hang.mp4": ("failed", "Took longer than 8 s and was stopped."),
        "bad/killed.mp4": (
            "failed",
            "The system ended the analysis while watching the clip, "
            "most likely for want of memory.",
        ),
        "bad/mute.mp4": ("failed", "The analysis stopped answering."),
        "bad/nothing.mp4": ("failed", found["bad/nothing.mp4"][1]),
        "bad/refuse.mp4": ("refused", "No lift is seen in this clip."),
        "ben/2026-11-04_80kg.mp4": ("judged", ""),
        "empty1.mp4": ("failed", "The file is empty."),
        "empty2.mp4": ("failed", "The file is empty."),
        "folder.mp4/inside.mp4": ("judged", ""),
    }  # fmt: skip
    assert found["bad/nothing.mp4"][1]
    assert (summary.done, summary.failed, summary.copies, summary.finished) == (5, 10, 1, 0)


def test_what_is_no_clip_is_counted_by_its_kind(mixed):
    _, team, summary, events = mixed
    begun = next(event for event in events if isinstance(event, batch.Begun))
    assert begun.listing.ignored == {
        ".jpg": 1, ".txt": 1, "broken link": 1, "hidden": 2, "not a file": 1, "without suffix": 1,
    }  # fmt: skip
    assert summary.ignored == 7
    last = rows(team, "SELECT * FROM batches")[-1]
    assert json.loads(last["ignored"]) == begun.listing.ignored
    assert (last["clips_found"], last["copies"], last["clips_done"]) == (16, 1, 15)
    assert last["ended"] is not None


def test_names_say_who_and_when(mixed):
    _, team, _, _ = mixed
    found = {row["file"]: (row["athlete"], row["date"], row["load_kg"]) for row in rows(team)}
    assert found["anna/2026-11-02_60kg.mp4"] == ("anna", "2026-11-02", 60.0)
    assert found["anna/2026-11-04_62,5kg b.MOV"] == ("anna", "2026-11-04", 62.5)
    assert found["folder.mp4/inside.mp4"] == (None, None, None)


def test_results_and_pages_are_where_the_rows_say(mixed):
    _, team, _, _ = mixed
    for row in rows(team):
        if row["status"] == "failed":
            assert row["result"] is None
            continue
        assert json.loads((team / row["result"] / "analysis.json").read_text("utf-8"))
        assert (team / row["thumbnail"]).stat().st_size < 20_000
    assert {path.name for path in team.iterdir()} == {
        ".work", "athletes", "clips", "findings.csv", "index.html", "lifts.csv", "team.sqlite",
    }  # fmt: skip
    assert {path.name for path in (team / ".work").iterdir()} == {"lock"}


def test_progress_tells_of_each_clip_and_ends_each(mixed):
    _, _, _, events = mixed
    ended = [event.task.file for event in events if isinstance(event, Outcome)]
    assert sorted(ended) == sorted(set(ended))
    begun = next(event for event in events if isinstance(event, batch.Begun))
    assert len(ended) == begun.to_do == 15
    stages = {event.stage for event in events if isinstance(event, Told)}
    assert stages == {"", "watching the clip"}


def test_no_path_of_the_machine_is_written(mixed):
    folder, team, _, _ = mixed
    for path in team.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert str(folder.parent).encode() not in content, path
            assert str(Path.home()).encode() + b"/" not in content, path


def test_a_second_run_does_nothing_again(mixed, log, tmp_path):
    folder, team, _, _ = mixed
    before = rows(team)
    summary = run(folder, team)
    assert log() == []
    assert (summary.done, summary.failed, summary.finished) == (
        0,
        2,
        13,
    )  # the empty ones, looked at
    for row, again in zip(before, rows(team), strict=True):
        assert {**row, "id": 0, "finished": ""} == {**again, "id": 0, "finished": ""}


# --- what is done again ---------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path):
    folder = tmp_path / "clips"
    write_clip(folder / "anna/2026-11-02_60kg.mp4")
    write_clip(folder / "ben/2026-11-02_80kg.mp4", "error")
    team = tmp_path / "team"
    run(folder, team)
    return folder, team


def test_another_content_other_options_and_retry_are_done_again(two, log):
    folder, team = two
    run(folder, team, options=Options(plate_mm=400))
    assert sorted(log()) == ["anna/2026-11-02_60kg.mp4", "ben/2026-11-02_80kg.mp4"]
    run(folder, team, options=Options(plate_mm=400), retry=True)
    assert log()[2:] == ["ben/2026-11-02_80kg.mp4"]
    write_clip(folder / "ben/2026-11-02_80kg.mp4", "ok")
    run(folder, team, options=Options(plate_mm=400))
    assert log()[3:] == ["ben/2026-11-02_80kg.mp4"]
    assert [row["status"] for row in rows(team)] == ["judged", "judged"]
    assert len(list((team / "clips").iterdir())) == 2


def test_another_version_is_done_again(two, log, monkeypatch):
    folder, team = two
    database = sqlite3.connect(team / "team.sqlite")
    with database:
        database.execute("UPDATE clips SET job_key = 'of an earlier version'")
        database.execute("UPDATE clips SET cleanform_version = '0.0.1'")
    database.close()
    source = next((team / "clips").iterdir()) / "recording/source.json"
    source.write_text(json.dumps(json.loads(source.read_text()) | {"key": "of an earlier version"}))
    run(folder, team)
    assert sorted(log()) == ["anna/2026-11-02_60kg.mp4", "ben/2026-11-02_80kg.mp4"]


def test_a_file_that_moved_is_not_done_again(two, log):
    folder, team = two
    (folder / "later").mkdir()
    (folder / "anna").rename(folder / "later/anna")
    run(folder, team)
    assert log() == []
    assert rows(team)[1]["file"] == "later/anna/2026-11-02_60kg.mp4"


def test_another_name_or_load_is_judged_again_from_the_recording(two, log, monkeypatch):
    folder, team = two
    (folder / "anna").rename(folder / "Zoë")
    saved = []
    listener = lambda event: saved.append(event.task.saved) if isinstance(event, Outcome) else None  # noqa: E731
    run(folder, team, listener=listener)
    assert len(saved) == 1
    assert saved[0].startswith(str(team))
    [row] = [row for row in rows(team) if row["status"] == "judged"]
    assert row["athlete"] == "Zoë"
    assert [path.name for path in (team / "clips").iterdir()] == [row["result"].partition("/")[2]]


def test_what_was_corrected_by_hand_goes_along_when_a_clip_is_done_again(two):
    folder, team = two
    said = '{"entries": []}\n'
    [home] = (team / "clips").iterdir()
    (home / "corrections.json").write_text(said)
    asked = {}

    def listener(event):
        if isinstance(event, Outcome):
            asked[event.task.file] = event.task.corrections

    run(folder, team, options=Options(plate_mm=400), listener=listener)
    assert asked == {"anna/2026-11-02_60kg.mp4": said, "ben/2026-11-02_80kg.mp4": ""}


def test_a_recording_that_is_gone_means_looking_again(two, log):
    folder, team = two
    (folder / "anna").rename(folder / "cleo")
    home = team / rows(team)[0]["result"]
    (home / "analysis.json").write_text("{}")
    run(folder, team)
    assert [row["athlete"] for row in rows(team) if row["status"] == "judged"] == ["cleo"]


def test_a_file_that_was_replaced_takes_the_earlier_ones_place(two):
    folder, team = two
    clip = folder / "anna/2026-11-02_60kg.mp4"
    shutil.copy(clip, folder / "ben/kept.mp4")
    write_clip(clip, "refuse")
    run(folder, team)
    found = {row["file"]: row["status"] for row in rows(team)}
    assert found == {
        "anna/2026-11-02_60kg.mp4": "refused",
        "ben/2026-11-02_80kg.mp4": "failed",
        "ben/kept.mp4": "judged",  # the earlier content, which lies elsewhere now
    }
    write_clip(clip, "error")  # a failure takes nobody's place
    run(folder, team)
    mine = [row for row in rows(team) if row["file"].startswith("anna")]
    assert sorted(row["status"] for row in mine) == ["failed", "refused"]
    write_clip(clip, "ok again")
    run(folder, team)
    mine = [row for row in rows(team) if row["file"].startswith("anna")]
    assert [row["status"] for row in mine] == ["judged"]
    assert len(list((team / "clips").iterdir())) == 2


def test_a_failure_goes_with_its_file(two):
    folder, team = two
    (folder / "ben/2026-11-02_80kg.mp4").unlink()
    run(folder, team)
    assert [row["file"] for row in rows(team)] == ["anna/2026-11-02_60kg.mp4"]


def test_other_folders_add_to_the_season(two, tmp_path):
    folder, team = two
    other = tmp_path / "next week"
    write_clip(other / "anna/2026-11-09_62kg.mp4")
    run(other, team)
    assert [row["date"] for row in rows(team) if row["athlete"] == "anna"] == [
        "2026-11-02", "2026-11-09",
    ]  # fmt: skip
    shutil.rmtree(folder)
    run(other, team)
    assert len(rows(team)) == 3


def test_a_deleted_result_is_forgotten(two):
    folder, team = two
    shutil.rmtree(folder / "anna")
    shutil.rmtree(next((team / "clips").iterdir()))
    run(folder, team)
    assert [row["file"] for row in rows(team)] == ["ben/2026-11-02_80kg.mp4"]


def test_the_table_is_made_again_from_the_results(two, log):
    folder, team = two
    before = [row for row in rows(team) if row["status"] == "judged"]
    (team / "team.sqlite").unlink()
    run(folder, team)
    assert log() == ["ben/2026-11-02_80kg.mp4"]  # a failure leaves no result to take up
    after = [row for row in rows(team) if row["status"] == "judged"]
    for row in (*before, *after):
        row["id"] = row["folder"] = 0
    assert before == after


# --- two at once, interrupts, what is in the way ------------------------------------------------


def test_a_second_batch_on_the_same_team_is_turned_away(tmp_path):
    folder = tmp_path / "clips"
    write_clip(folder / "a.mp4", "slow 1.5")
    first = threading.Thread(target=run, args=(folder, tmp_path / "team", 1))
    first.start()
    try:
        deadline = time.monotonic() + 20
        while not (tmp_path / "team/.work/lock").exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.2)
        with pytest.raises(InputError, match="another cleanform is at work"):
            run(folder, tmp_path / "team", 1)
    finally:
        first.join()
    assert [row["status"] for row in rows(tmp_path / "team")] == ["judged"]


def test_an_interrupt_keeps_what_is_finished_and_ends_the_workers(tmp_path, log):
    folder = tmp_path / "clips"
    write_clip(folder / "a.mp4", "ok and the largest, so that its turn comes first")
    write_clip(folder / "b.mp4", "hang")
    write_clip(folder / "c.mp4", "hang")
    processes = []

    def listener(event):
        if isinstance(event, Told) and event.stage and "a.mp4" not in event.task.file:
            processes.append(event.task.file)
        if isinstance(event, Outcome):
            raise KeyboardInterrupt

    start_s = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(folder, tmp_path / "team", listener=listener)
    assert time.monotonic() - start_s < 15
    assert [row["file"] for row in rows(tmp_path / "team")] == ["a.mp4"]
    assert "a.mp4" in (tmp_path / "team/index.html").read_text("utf-8")
    assert {path.name for path in (tmp_path / "team/.work").iterdir()} == {"lock"}
    mine = [name for name in os.listdir("/proc") if name.isdigit() and _is_my_worker(name)]
    assert mine == []


def _is_my_worker(process):
    try:
        status = Path(f"/proc/{process}/status").read_text()
        command = Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return False
    return f"PPid:\t{os.getpid()}\n" in status and "cleanform.batch" in command


def test_folders_that_cannot_be_used_are_named(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "full").mkdir()
    (tmp_path / "full/thesis.txt").touch()
    for folder, team, words in (
        ("nowhere", "team", "is not a folder"),
        ("file", "team", "is not a folder"),
        ("clips", "file", "is a file"),
        ("clips", "full", "did not write (thesis.txt)"),
        ("clips", "clips", "is the folder of the clips"),
        ("clips", "no/parent/team", "cannot be made"),
    ):
        with pytest.raises(InputError, match=re.escape(words)):
            run(tmp_path / folder, tmp_path / team)
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken/team.sqlite").write_text("this is no database at all, not even nearly" * 99)
    with pytest.raises(InputError, match="is damaged"):
        run(tmp_path / "clips", tmp_path / "broken")
    with pytest.raises(InputError, match=r"holds no team\.sqlite"):
        batch.rejudge(tmp_path / "full", 1)


def test_the_team_may_lie_inside_the_folder(tmp_path):
    write_clip(tmp_path / "a.mp4")
    run(tmp_path, tmp_path / "team")
    for home in (tmp_path / "team/clips").iterdir():
        write_clip(home / "overlay.mp4")
    assert run(tmp_path, tmp_path / "team").finished == 1
    assert len(rows(tmp_path / "team")) == 1


def test_a_name_that_is_not_utf8_and_hostile_names(tmp_path):
    folder = tmp_path / "clips"
    name = os.fsdecode(b"caf\xe9 <b>&\"'.mp4")
    write_clip(folder / "=cmd()" / name)
    run(folder, tmp_path / "team", pattern=NamePattern("{athlete}/*"))
    [row] = rows(tmp_path / "team")
    assert row["athlete"] == "=cmd()"
    assert row["file"] == "=cmd()/caf\ufffd <b>&\"'.mp4"
    index = (tmp_path / "team/index.html").read_text("utf-8")
    assert "caf\ufffd &lt;b&gt;&amp;" in index
    assert run(folder, tmp_path / "team", pattern=NamePattern("{athlete}/*")).finished == 1


def test_a_worker_that_takes_too_much_memory_is_stopped(tmp_path, monkeypatch):
    write_clip(tmp_path / "clips/a.mp4", "hang")
    monkeypatch.setattr(workers, "_LEAST_LIMIT_MB", 1.0)
    monkeypatch.setattr(workers, "free_mb", lambda: 0.0)
    run(tmp_path / "clips", tmp_path / "team")
    [row] = rows(tmp_path / "team")
    assert row["reason"] == "Needed more than 1 MB of memory and was stopped."


def test_a_full_disk_ends_the_batch_and_keeps_what_is_finished(tmp_path, monkeypatch):
    for name in ("a.mp4", "b.mp4"):
        write_clip(tmp_path / "clips" / name)
    full = []

    def usage(path):
        return shutil._ntuple_diskusage(1, 1, 0 if full else 10**12)

    monkeypatch.setattr(season.shutil, "disk_usage", usage)
    listener = lambda event: full.append(1) if isinstance(event, Outcome) else None  # noqa: E731
    with pytest.raises(InputError, match="the disk is full"):
        run(tmp_path / "clips", tmp_path / "team", count=1, listener=listener)
    assert [row["file"] for row in rows(tmp_path / "team")] == ["a.mp4"]
    assert "a.mp4" in (tmp_path / "team/index.html").read_text("utf-8")


def test_a_process_goes_on_with_the_next_clip_until_something_goes_wrong(tmp_path, log):
    for n, order in enumerate(("ok", "error", "ok", "bug", "ok", "crash", "ok")):
        write_clip(tmp_path / "clips" / f"{n}.mp4", order.ljust(20 - 2 * n))
    run(tmp_path / "clips", tmp_path / "team", count=1)
    assert log() == [f"{n}.mp4" for n in (0, 1, 2, 3, 4, 5, 5, 6)]
    processes = log("process")
    assert len(set(processes[:4])) == 1  # a clip that cannot be used is nothing that went wrong
    assert processes[4] == processes[5]
    assert len(set(processes)) == 4  # a crash is tried once more in a process of its own


def test_a_clip_is_not_blamed_for_the_damage_of_another(tmp_path, log):
    write_clip(tmp_path / "clips" / "a.mp4", "ok, and large enough to be the first of both")
    write_clip(tmp_path / "clips" / "b.mp4", "crash-unless-first")
    run(tmp_path / "clips", tmp_path / "team", count=1)
    assert log() == ["a.mp4", "b.mp4", "b.mp4"]
    assert [row["status"] for row in rows(tmp_path / "team")] == ["judged", "judged"]


def test_the_largest_file_comes_first(tmp_path, log):
    for name, size in (("a", 1), ("b", 3), ("c", 2)):
        write_clip(tmp_path / "clips" / f"{name}.mp4", "ok" + " " * size)
    run(tmp_path / "clips", tmp_path / "team", count=1)
    assert log() == ["b.mp4", "c.mp4", "a.mp4"]


def test_workers_by_cores_and_memory_a_containers_limits_included(monkeypatch):
    files = {"/proc/meminfo": "MemTotal: 99 kB\nMemAvailable: 16777216 kB\n"}
    monkeypatch.setattr(machine, "_text", lambda path: files.get(path, ""))
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert batch.default_workers() == 8
    files["/sys/fs/cgroup/cpu.max"] = "300000 100000"
    assert batch.default_workers() == 3
    files["/sys/fs/cgroup/memory.max"] = str(4 * 2**30)
    files["/sys/fs/cgroup/memory.current"] = str(3 * 2**30)
    assert batch.default_workers() == 1
    files["/sys/fs/cgroup/memory.stat"] = f"anon 5\ninactive_file {2 * 2**30}\n"
    assert batch.default_workers() == 2
    files["/proc/meminfo"] = "MemAvailable: 1024 kB\n"
    assert batch.default_workers() == 1


# --- pieces ---------------------------------------------------------------------------------------


def test_a_task_comes_back_from_json():
    task = Task("a/\udce9.mp4", "/x/\udce9.mp4", "0" * 64, "f", Options(athlete="Zoë"), "/s")
    assert Task.from_json(task.to_json()) == task
    later = task.to_json().replace('"options": {', '"options": {"of_a_later_version": 1, ')
    assert Task.from_json(later) == task
    assert task.key != Task(**{**task.__dict__, "options": Options()}).key


def test_only_labels_can_change_without_looking_again():
    before = Options().__dict__
    assert only_judged_anew(before, Options(athlete="a", load_kg=60.0, date="2026-11-02"))
    for changed in (Options(plate_mm=400), Options(stature_cm=180), Options(slow_motion=4)):
        assert not only_judged_anew(before, changed)


def test_slugs_are_safe_and_never_empty():
    assert slug("Zoë Müller/2026") == "zoe-muller-2026"
    assert slug("../../etc/passwd") == "etc-passwd"
    assert slug("日本") == "clip"
    assert len(slug("x" * 500)) <= 60
    assert stored("caf\udce9") == "caf\ufffd"


# --- pulled plugs -------------------------------------------------------------------------------

BATCH = """
import sys
from cleanform.batch import LocalWorkers, NamePattern, run
run(sys.argv[1], sys.argv[2], LocalWorkers(2, 60, "batch_jobs:fake"),
    pattern=NamePattern("{athlete}/{date}*"))
"""


@pytest.mark.slow
def test_workers_do_not_outlive_the_process_that_started_them(tmp_path):
    folder = tmp_path / "clips"
    write_clip(folder / "anna/2026-11-02.mp4", "hang")
    command = [sys.executable, "-c", BATCH, str(folder), str(tmp_path / "team")]
    places = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    log = tmp_path / "log.txt"
    environment = os.environ | {"PYTHONPATH": places, batch_jobs.LOG: str(log)}
    parent = subprocess.Popen(command, env=environment)

    def children():
        found = []
        for name in os.listdir("/proc"):
            if name.isdigit():
                with contextlib.suppress(OSError):
                    seen = Path(f"/proc/{name}/cmdline").read_text()
                    if "cleanform.batch.worker" in seen and str(Path(__file__).parent) in seen:
                        found.append(name)
        return found

    until(lambda: log.exists())
    assert children()
    parent.kill()
    parent.wait()
    until(lambda: not children())


def until(true, seconds=60.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_at_random_moments_nothing_is_lost_or_done_twice(tmp_path, log):
    """Eight times; tests/test_batch_real.py kills the real analysis twenty times."""
    import random
    import signal

    dice = random.Random(8)
    folder, team = tmp_path / "clips", tmp_path / "team"
    for n in range(60):
        order = "error" if n % 10 == 9 else f"slow {dice.uniform(0, 0.2):.2f}"
        write_clip(folder / f"athlete {n % 5}" / f"2026-11-{n % 28 + 1:02d} {n}.mp4", order)
    command = [sys.executable, "-c", BATCH, str(folder), str(team)]
    places = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    environment = os.environ | {"PYTHONPATH": places}
    finished: set[str] = set()
    for moment in range(8):
        started, done = len(log()), len(log("end"))
        process = subprocess.Popen(command, env=environment, start_new_session=True)
        # A third of the moments fall anywhere, the others soon after a clip was done.
        if moment % 3:
            until(lambda: len(log("end")) > done or process.poll() is not None)  # noqa: B023
        time.sleep(dice.uniform(0, 0.25) if moment % 3 else dice.uniform(0, 2.0))
        assert process.poll() is None, "nothing left to kill"
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert finished.isdisjoint(log()[started:])
        if (team / "team.sqlite").exists():
            database = sqlite3.connect(team / "team.sqlite")  # rolls back what was cut short
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            listed = database.execute("SELECT name FROM sqlite_master").fetchall()
            rows = database.execute("SELECT file FROM clips").fetchall() if listed else []
            database.close()
            assert finished <= {file for (file,) in rows}
            finished = {file for (file,) in rows}
    started = len(log())
    subprocess.run(command, env=environment, check=True)
    assert finished.isdisjoint(log()[started:])
    database = sqlite3.connect(team / "team.sqlite")
    status = dict(database.execute("SELECT file, status FROM clips"))
    assert len(status) == 60
    assert sum(value == "failed" for value in status.values()) == 6
    results = {row[0] for row in database.execute("SELECT result FROM clips") if row[0]}
    database.close()
    assert {f"clips/{path.name}" for path in (team / "clips").iterdir()} == results
    assert {path.name for path in (team / ".work").iterdir()} == {"lock"}
    for result in results:
        json.loads((team / result / "analysis.json").read_text("utf-8"))
