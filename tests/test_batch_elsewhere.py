"""Watching a folder, judging a team again, and the same tasks on a cluster."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import sys
import threading

import batch_jobs
import pytest
from batch_jobs import write_clip

from cleanform import archive, batch
from cleanform.batch import LocalWorkers, NamePattern, Outcome, season
from cleanform.batch.judging import Judged
from cleanform.cli import main
from cleanform.errors import InputError, MissingLibraryError

PATTERN = NamePattern("{athlete}/{date}*")


@pytest.fixture(scope="module", autouse=True)
def template(tmp_path_factory):
    path = batch_jobs.make_template(tmp_path_factory.mktemp("template") / "result")
    os.environ[batch_jobs.TEMPLATE] = str(path)
    return path


def run(folder, team, **options):
    runner = LocalWorkers(2, 60.0, batch_jobs.JOB)
    return batch.run(folder, team, runner, pattern=PATTERN, **options)


def ask(team, question):
    database = sqlite3.connect(team / "team.sqlite")
    try:
        return database.execute(question).fetchall()
    finally:
        database.close()


# --- watching -------------------------------------------------------------------------------------


def test_a_watch_takes_what_has_arrived_and_leaves_what_is_still_growing(tmp_path, monkeypatch):
    monkeypatch.setattr(season, "_WATCH_EVERY_S", 0.2)
    monkeypatch.setattr(season, "_SETTLED_S", 1.0)
    folder, team = tmp_path / "clips", tmp_path / "team"
    write_clip(folder / "anna/2026-11-02.mp4")
    growing = folder / "ben/2026-11-02.mp4"
    growing.parent.mkdir()
    done, stop = [], threading.Event()

    def grow():
        with growing.open("ab", buffering=0) as file:
            file.write(b"ok ")
            while not stop.wait(0.1):
                file.write(b"more ")

    def listener(event):
        if isinstance(event, Outcome):
            done.append(event.task.file)
            if len(done) == 1:
                (folder / "empty.mp4").touch()
            if len(done) == 2:
                stop.set()
            if len(done) == 3:
                raise KeyboardInterrupt

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(folder, team, watch=True, listener=listener)
    finally:
        stop.set()
        writer.join()
    assert done == ["anna/2026-11-02.mp4", "empty.mp4", "ben/2026-11-02.mp4"]
    index = (team / "index.html").read_text("utf-8")
    assert all(name in index for name in ("anna", "ben", "empty"))
    assert run(folder, team).finished == 2


def test_ctrl_c_while_nothing_is_done_ends_a_watch_well(tmp_path, monkeypatch):
    write_clip(tmp_path / "clips/anna/2026-11-02.mp4")
    monkeypatch.setattr(season, "_SETTLED_S", 0.0)

    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(season.time, "sleep", interrupted)
    assert run(tmp_path / "clips", tmp_path / "team", watch=True).done == 1
    assert ask(tmp_path / "team", "SELECT COUNT(*) FROM batches WHERE ended NOT NULL") == [(1,)]


# --- judging again --------------------------------------------------------------------------------


@pytest.fixture
def team(tmp_path):
    """Two clips whose rows and files say what another version said; the recordings are true."""
    folder, team = tmp_path / "clips", tmp_path / "team"
    write_clip(folder / "anna/2026-11-02.mp4")
    write_clip(folder / "ben/2026-11-02.mp4")
    write_clip(folder / "broken.mp4", "error")
    run(folder, team)
    return team


@pytest.mark.slow
def test_everything_is_judged_again_from_the_recordings(team):
    before = ask(team, "SELECT lift, rule, verdict FROM findings")
    told = []
    first = batch.rejudge(team, 2, draw=False, listener=told.append)
    assert (first.clips, first.changed, first.drawn, first.problems) == (2, 2, 0, ())
    assert [event for event in told if isinstance(event, Judged)][-1] == Judged(2, 2)
    assert ask(team, "SELECT lift, rule, verdict FROM findings") != before
    for result, stale in ask(team, "SELECT result, page_stale FROM clips WHERE status != 'failed'"):
        assert stale == 1
        document = json.loads((team / result / "analysis.json").read_text("utf-8"))
        fresh = batch_jobs.Path(os.environ[batch_jobs.TEMPLATE])
        again = archive.load_recording(fresh)
        assert document["clip"]["frames"] == again.clip.frames
    assert ask(team, "SELECT status FROM clips WHERE file = 'broken.mp4'") == [("failed",)]
    index = (team / "index.html").read_text("utf-8")
    assert "2 pages show an earlier judgement" in index
    second = batch.rejudge(team, 2, draw=False)
    assert (second.clips, second.changed) == (2, 0)
    assert ask(team, "SELECT SUM(page_stale) FROM clips") == [(2,)]


@pytest.mark.slow
def test_a_damaged_recording_is_named_and_a_deleted_result_forgotten(team):
    [(result, file)] = ask(team, "SELECT result, file FROM clips WHERE athlete = 'anna'")
    (team / result / "recording/recording.npz").write_bytes(b"damaged")
    [(deleted,)] = ask(team, "SELECT result FROM clips WHERE athlete = 'ben'")
    shutil.rmtree(team / deleted)
    done = batch.rejudge(team, 2, draw=False)
    [problem] = done.problems
    assert problem.startswith(f"{file}: ")
    assert "is damaged" in problem
    assert str(team) not in problem
    assert (done.clips, done.changed) == (1, 0)
    assert ask(team, "SELECT athlete FROM clips WHERE status <> 'failed'") == [("anna",)]
    assert not list((team / "athletes").glob("ben*"))


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--name-pattern", "{who}"], "there is no {who}"),
        (["--roster", "none.csv"], "cannot be read"),
        (["--workers", "0"], "--workers 0: give a number"),
        (["--time-limit", "-1"], "--time-limit -1: give a number"),
        (["--model", "huge"], "choose one of lite, full, heavy"),
        (["--dask", "tcp://127.0.0.1:1", "--workers", "2"], "--workers is for this machine"),
    ],
)
def test_what_cannot_be_done_gets_one_line(tmp_path, capsys, arguments, problem):
    (tmp_path / "clips").mkdir()
    team = tmp_path / "team"
    assert main(["batch", str(tmp_path / "clips"), "-o", str(team), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert problem in said.err
    assert said.err.count("\n") == 1
    assert not team.exists()


def test_a_folder_without_clips_gives_a_page_that_says_so(tmp_path, capsys):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips/notes.txt").touch()
    assert main(["batch", str(tmp_path / "clips"), "-o", str(tmp_path / "team")]) == 0
    said = capsys.readouterr()
    assert said.err == "0 of 0 clips to do, 1 other files passed over\n"
    assert said.out == f"0 clips done. Open {tmp_path / 'team' / 'index.html'}\n"
    assert "No lift to judge yet" in (tmp_path / "team/index.html").read_text("utf-8")
    assert main(["report", str(tmp_path / "team"), "--json"]) == 2


# --- a cluster ------------------------------------------------------------------------------------


def test_without_dask_the_message_says_what_to_install(monkeypatch):
    from cleanform.batch.cluster import DaskWorkers

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingLibraryError, match=r"cleanform\[cluster\]"):
        DaskWorkers("tcp://127.0.0.1:1", 60)


@pytest.mark.slow
def test_a_cluster_does_the_same_and_survives_a_lost_worker(tmp_path):
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    from cleanform.batch.cluster import DaskWorkers

    folder = tmp_path / "clips"
    for n in range(8):
        write_clip(folder / f"athlete {n % 3}" / f"2026-11-{n + 1:02d}.mp4", "slow 1.0")
    write_clip(folder / "bad/2026-11-01.mp4", "crash")
    write_clip(folder / "bad/2026-11-02.mp4", "error")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        DaskWorkers(cluster.scheduler_address, 60, batch_jobs.JOB) as runner,
    ):
        assert runner.count == 2
        ended = []

        def listener(event):
            if isinstance(event, Outcome):
                ended.append(event)
            if len(ended) == 1:
                next(iter(cluster.workers.values())).process.process._process.kill()
                ended.append(None)

        summary = batch.run(folder, tmp_path / "team", runner, pattern=PATTERN, listener=listener)
        again = batch.run(folder, tmp_path / "team", runner, pattern=PATTERN)
    assert (summary.done, summary.failed) == (8, 2)
    assert again.finished == 10
    found = dict(ask(tmp_path / "team", "SELECT file, status FROM clips"))
    assert sorted(found.values()) == ["failed"] * 2 + ["judged"] * 8
    reasons = dict(ask(tmp_path / "team", "SELECT file, reason FROM clips WHERE reason != ''"))
    assert "crashed" in reasons["bad/2026-11-01.mp4"]
    assert reasons["bad/2026-11-02.mp4"] == "this is not a video; give an .mp4"


def test_a_clip_that_the_cluster_cannot_see_is_asked_for(tmp_path):
    pytest.importorskip("distributed", reason="dask is not installed")
    from cleanform.batch.cluster import do_task
    from cleanform.batch.tasks import Task
    from cleanform.model import Options

    clip = write_clip(tmp_path / "anna/lift.mp4")
    content = clip.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    task = Task("anna/lift.mp4", str(clip), digest, "f", Options())
    clip.write_text("error another file under the same path")
    packed = do_task(task.to_json(), None, batch_jobs.JOB, 60)
    assert packed.needs_content
    packed = do_task(task.to_json(), content, batch_jobs.JOB, 60)
    assert (packed.needs_content, packed.reason) == (False, "")
    assert b"source.json" in packed.result


def test_nobody_answers_at_an_address():
    pytest.importorskip("distributed", reason="dask is not installed")
    from cleanform.batch import cluster

    with pytest.raises(InputError, match="no cluster answers"):
        cluster.DaskWorkers("nonsense://127.0.0.1:1", 60)
