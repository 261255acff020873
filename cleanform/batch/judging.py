"""`rejudge`: every clip of a team judged again from its saved recording, without any clip.

The verdicts come first: judging costs a fraction of a second a clip, and the tables and the team's
pages follow at once. Drawing a clip's own page costs seconds, so only pages are drawn anew of which
the judgement changed; until then they are marked as stale, and an interrupted run goes on there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from cleanform.batch import pages, tables
from cleanform.batch.discover import is_team
from cleanform.batch.results import forget_removed, new_stage, publish, read_source, recover
from cleanform.batch.store import Store
from cleanform.batch.tasks import Outcome, Task, options_from
from cleanform.batch.worker import SOURCE_FILE, answering, keep_to_one_core
from cleanform.batch.workers import LocalWorkers, Told, cores_for, start
from cleanform.errors import CleanformError, InputError
from cleanform.history import REVIEWED_FILE
from cleanform.locking import TEAM_FILE, team_lock
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from cleanform.batch.store import Row
    from cleanform.rules import Overrides

Json = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """How many clips have been judged again."""

    done: int
    total: int


@dataclass(frozen=True)
class Rejudged:
    """What came of it."""

    clips: int
    changed: int
    drawn: int
    problems: tuple[str, ...]  # "file: reason"


Listener = Callable[[Judged | Told | Outcome], None]


def rejudge(
    team: str | Path,
    workers: int,
    *,
    limits: Overrides | None = None,
    draw: bool = True,
    time_limit_s: float = 900.0,
    listener: Listener | None = None,
) -> Rejudged:
    """Judge every clip of `team` again and bring tables and pages up to date.

    Args:
        team: a folder that `run` wrote.
        workers: processes at a time.
        limits: in place of those that each clip was judged by before; None: the same again.
        draw: also draw the pages of clips whose judgement changed, after the verdicts.
        time_limit_s: what drawing one clip's page may take.
        listener: told of every clip judged, and of every page as it is drawn.

    Raises:
        InputError: `team` cannot be used, or a batch is at work on it.
    """
    team = Path(team)
    tell = listener or (lambda event: None)
    if not is_team(team):
        raise InputError(f"{team}: holds no {TEAM_FILE}; name a folder that cleanform batch wrote")
    with team_lock(team), closing(Store(team)) as store:
        recover(team, store)
        forget_removed(team, store)
        rows = [row for row in store.clips() if row["result"]]
        problems: list[str] = []
        changed = 0
        try:
            with closing(_judge_all(team, rows, workers, limits)) as answers:
                for done, (row, document, reason) in enumerate(answers, start=1):
                    if reason:
                        problems.append(f"{row['file']}: {reason}")
                    elif document is not None:
                        changed += _take_over(team, row, document, store)
                    tell(Judged(done, len(rows)))
        finally:
            tables.write(store, team)
            pages.write(store, team)
        drawn = 0
        if draw:
            try:
                drawn = _draw_stale(team, store, workers, time_limit_s, tell, problems)
            finally:
                recover(team, store)
                pages.write(store, team)
    return Rejudged(len(rows), changed, drawn, tuple(problems))


def _take_over(team: Path, row: Row, document: Json, store: Store) -> bool:
    """Commit a changed judgement: the rows first, so that a cut in between is seen next time."""
    home = team / row["result"]
    source = read_source(home)
    if source is None:
        return False
    options = options_from(source["options"] | {"limits": document["options"]["limits"]})
    same = Task(
        source["file"], "", source["sha256"], source["folder"], options,
        version=source["cleanform_version"],
    )  # fmt: skip
    if options != options_from(source["options"]):
        source |= {"options": asdict(options), "key": same.key}
    store.put_result(document, source, row["result"], row["thumbnail"], stale=True)
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2)
    replace_file(home / "analysis.json", f"{text}\n".encode())
    replace_file(home / SOURCE_FILE, json.dumps(source).encode())
    (home / REVIEWED_FILE).unlink(missing_ok=True)
    return True


def _draw_stale(
    team: Path,
    store: Store,
    workers: int,
    time_limit_s: float,
    tell: Listener,
    problems: list[str],
) -> int:
    """Draw the pages that show an earlier judgement; gives how many."""

    def tasks() -> Iterator[Task]:
        for row in stale:
            yield Task(
                file=row["file"],
                clip="",
                sha256=row["sha256"],
                folder=row["folder"],
                options=options_from(json.loads(row["options"])),
                stage=str(new_stage(team, row["sha256"]).resolve()),
                saved=str((team / row["result"]).resolve()),
                version=row["cleanform_version"],
            )

    stale = [row for row in store.clips() if row["page_stale"]]
    drawn = 0
    with closing(LocalWorkers(workers, time_limit_s).run(tasks())) as events:
        for event in events:
            if isinstance(event, Outcome):
                stage = Path(event.task.stage)
                if event.reason or not publish(team, stage, store):
                    problems.append(f"{event.task.file}: {event.reason or 'no page was drawn'}")
                else:
                    drawn += 1
                shutil.rmtree(stage, ignore_errors=True)
            tell(event)
    return drawn


# --- judging, in processes that live as long as there are clips ---------------------------------

_Answer = tuple["Row", Json | None, str]


def _judge_all(
    team: Path, rows: Sequence[Row], workers: int, limits: Overrides | None
) -> Generator[_Answer, None, None]:
    """Each row with its new analysis.json, None where nothing changed, or why it failed."""
    count = max(1, min(workers, len(rows)))
    cores = [*cores_for(count), *[None] * count]
    answers: Queue[_Answer] = Queue()
    processes: list[subprocess.Popen[str]] = []
    stopped = Event()

    def follow(share: Sequence[Row], core: int | None) -> None:
        """One process after the other, until every row of this share has its answer."""
        left = list(share)
        while left and not stopped.is_set():
            results = [str(team / row["result"]) for row in left]
            request = {"results": results, "core": core, "limits": limits}
            process = start("cleanform.batch.judging", request)
            processes.append(process)
            assert process.stdout is not None
            for line in process.stdout:
                if not line.endswith("\n"):
                    break  # cut short
                answer = json.loads(line)
                answers.put((left.pop(0), answer["document"], answer["reason"]))
            process.wait()
            if left and not stopped.is_set():  # it died over this one
                answers.put((left.pop(0), None, "judging it crashed"))

    shares = [rows[n::count] for n in range(count)]
    for share, core in zip(shares, cores, strict=False):
        Thread(target=follow, args=(share, core), daemon=True).start()
    try:
        for _ in rows:
            yield answers.get()
    finally:
        stopped.set()
        for process in processes:
            process.kill()
            process.wait()


def main() -> None:
    """Judge the results that are asked for; started by `rejudge`, never by hand."""
    requests, say = answering()
    request = next(requests)
    keep_to_one_core(request["core"])
    from cleanform import archive, pipeline

    for name in request["results"]:
        folder = Path(name)
        try:
            options = archive.load_options(folder)
            if request["limits"] is not None:
                options = replace(options, limits=request["limits"])
            document = archive.to_json(pipeline.judge_saved(folder, options))
            before = json.loads((folder / "analysis.json").read_text("utf-8"))
            known = _same(document, before) and not (folder / REVIEWED_FILE).exists()
            say(document=None if known else document, reason="")
        except CleanformError as error:
            say(document=None, reason=str(error).replace(name, folder.name))
        except Exception as error:  # a fault of ours must not stop the other clips
            say(document=None, reason=f"cleanform stumbled over it ({type(error).__name__})")
    os._exit(0)


def _same(one: Json, other: Json) -> bool:
    """Whether two documents say the same, whichever version wrote them."""
    return {**one, "cleanform_version": ""} == {**other, "cleanform_version": ""}
