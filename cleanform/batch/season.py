"""`run`: a folder of clips in, a team's folder out. The only place that knows the order."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cleanform.batch import pages, tables
from cleanform.batch.discover import Found, Listing, discover
from cleanform.batch.plan import Labeller, Plan, make_plan
from cleanform.batch.results import (
    forget_removed,
    new_stage,
    open_team,
    publish,
    recover,
)
from cleanform.batch.store import Store
from cleanform.batch.tasks import Outcome, Task
from cleanform.batch.workers import Told
from cleanform.errors import InputError
from cleanform.locking import team_lock
from cleanform.model import Options

if TYPE_CHECKING:
    from cleanform.batch.labels import NamePattern
    from cleanform.batch.roster import Roster

#: While clips are being done the pages are brought up to date this often.
_PAGES_EVERY_S = 20.0
_WATCH_EVERY_S = 5.0
#: A file that has not changed for so long is taken to be all there.
_SETTLED_S = 4.0
#: Less room than this on the team's disk ends a batch before it spoils anything.
_LEAST_ROOM_BYTES = 100_000_000


class Runner(Protocol):
    """Does tasks, here or elsewhere."""

    @property
    def count(self) -> int:
        """Tasks at a time."""

    def run(self, tasks: Iterator[Task]) -> Generator[Told | Outcome, None, None]:
        """Do every task; closing the generator ends what is running."""


@dataclass(frozen=True)
class Read:
    """How many files have been compared with what is known."""

    done: int
    total: int


@dataclass(frozen=True)
class Begun:
    """What was found before the work starts."""

    listing: Listing
    to_do: int
    to_do_bytes: int  # of the files that can be read
    finished: int  # done before: not done again
    copies: int
    recovered: int  # results of an interrupted batch that were complete
    unlabelled: int  # clips that neither pattern nor roster knows
    unmatched: tuple[str, ...]  # rows of the roster without a clip


@dataclass(frozen=True)
class Summary:
    """What a batch did."""

    done: int
    failed: int
    finished: int
    copies: int
    ignored: int


Event = Read | Begun | Told | Outcome
Listener = Callable[[Event], None]


def run(
    folder: str | Path,
    team: str | Path,
    runner: Runner,
    options: Options | None = None,
    pattern: NamePattern | None = None,
    roster: Roster | None = None,
    *,
    retry: bool = False,
    watch: bool = False,
    listener: Listener | None = None,
) -> Summary:
    """Analyze every clip below `folder` that has not been done yet and write the team's pages.

    Args:
        folder: a folder tree of clips and anything else; it is only read.
        team: the folder of results; made where it is not there.
        runner: does the clips, e.g. `LocalWorkers(2, time_limit_s=900)`.
        options: for all clips; what `pattern` and `roster` say of one goes before.
        pattern: what the files' names say.
        roster: what a list says; goes before the names.
        retry: do clips again that failed, too.
        watch: keep looking for new clips until interrupted.
        listener: told what was read and found, how far each clip is, and how each ended.

    Raises:
        InputError: a folder cannot be used, another batch is at work on `team`, or its disk is
            full. What was finished until then is kept.
    """
    folder, team = Path(folder), Path(team)
    tell = listener or _silent
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; name the folder that holds the clips")
    open_team(team, folder)
    with team_lock(team), closing(Store(team)) as store:
        season = _Season(folder, team, store, runner, tell)
        season.options = options or Options()
        season.labeller = Labeller(pattern, roster)
        try:
            return season.go(retry, watch)
        except sqlite3.Error as error:
            raise InputError(f"{store.path}: cannot be written ({error})") from error


class _Season:
    """One batch while it runs."""

    options: Options
    labeller: Labeller

    def __init__(
        self, folder: Path, team: Path, store: Store, runner: Runner, tell: Listener
    ) -> None:
        self._folder, self._team, self._store = folder, team, store
        self._runner, self._tell = runner, tell
        self._folder_id = store.folder_id(folder)
        self._pages_s = time.monotonic()
        self._done = self._failed = 0

    def go(self, retry: bool, watch: bool) -> Summary:
        recovered = recover(self._team, self._store)
        forget_removed(self._team, self._store)
        batch = self._store.begin_batch(self._folder_id)
        ready = _Settled() if watch else None
        try:
            while True:
                listing = discover(self._folder, self._team)
                clips = listing.clips if ready is None else self._settled(listing, ready)
                plan = self._plan(clips, retry)
                self._store.note_listing(batch, listing, plan.copies)
                if ready is None or plan.tasks or not self._done + self._failed:
                    self._tell(self._begun(listing, plan, recovered))
                self._work(batch, plan, again=ready is not None)
                if ready is None:
                    break
                try:
                    time.sleep(_WATCH_EVERY_S)
                except KeyboardInterrupt:  # how a watch ends
                    break
                retry = False
            self._store.end_batch(batch)
        finally:
            recover(self._team, self._store)  # a worker may have finished as we were interrupted
            self.write_pages()
        return Summary(self._done, self._failed, plan.finished, plan.copies, listing.ignored_files)

    def _plan(self, clips: tuple[Found, ...], retry: bool) -> Plan:
        plan = make_plan(
            clips,
            self._folder_id,
            self.options,
            self.labeller,
            self._store,
            self._team,
            retry,
            lambda done: self._tell(Read(done, len(clips))),
        )
        unread = [failure.task.sha256 for failure in plan.failures]
        self._store.note_sources(self._folder_id, plan.sources, unread)
        return plan

    def _settled(self, listing: Listing, ready: _Settled) -> tuple[Found, ...]:
        """Clips that are known as they are, or have stopped growing."""
        grown = set(ready.of(listing.clips))
        return tuple(
            clip
            for clip in listing.clips
            if clip in grown or self._store.known_sha256(self._folder_id, clip)
        )

    def _begun(self, listing: Listing, plan: Plan, recovered: int) -> Begun:
        files = [found.file for found in listing.clips]
        waiting = {task.file for task in plan.tasks}
        roster = self.labeller.roster
        return Begun(
            listing,
            len(plan.tasks) + len(plan.failures),
            sum(found.size_bytes for found in listing.clips if found.file in waiting),
            plan.finished,
            plan.copies,
            recovered,
            sum(self.labeller.read(file).athlete is None for file in files)
            if self.options.athlete is None
            else 0,
            tuple(roster.unmatched(files)) if roster is not None else (),
        )

    def _work(self, batch: int, plan: Plan, again: bool) -> None:
        for failure in plan.failures:
            known = self._store.clip(failure.task.sha256)
            if not (again and known is not None and known["reason"] == failure.reason):
                self._end(batch, failure)
        waiting = deque(plan.tasks)
        while waiting:
            with closing(self._runner.run(self._staged(waiting))) as events:
                for event in events:
                    if isinstance(event, Outcome) and event.reason and event.task.saved:
                        # The saved recording will not do: look at the clip again.
                        waiting.append(replace(event.task, saved=""))
                    elif isinstance(event, Outcome):
                        self._end(batch, event)
                    else:
                        self._tell(event)
                    if time.monotonic() - self._pages_s > _PAGES_EVERY_S:
                        self.write_pages()

    def _staged(self, tasks: deque[Task]) -> Iterator[Task]:
        """Each task with a stage of its own, made when its turn comes."""
        while tasks:
            task = tasks.popleft()
            if shutil.disk_usage(self._team).free < _LEAST_ROOM_BYTES:
                raise InputError(f"{self._team}: the disk is full; make room and run again")
            stage = new_stage(self._team, task.sha256)
            yield replace(task, stage=str(stage.resolve()))

    def _end(self, batch: int, outcome: Outcome) -> None:
        stage = Path(outcome.task.stage) if outcome.task.stage else None
        if not outcome.reason and stage is not None and not publish(self._team, stage, self._store):
            outcome = replace(outcome, reason="The analysis ended without a result.")
        if outcome.reason:
            self._store.put_failure(outcome)
            self._failed += 1
        else:
            self._done += 1
        self._store.count_done(batch)
        if stage is not None:
            shutil.rmtree(stage, ignore_errors=True)
        self._tell(outcome)

    def write_pages(self) -> None:
        """The tables and pages as of now."""
        tables.write(self._store, self._team)
        pages.write(self._store, self._team)
        self._pages_s = time.monotonic()


class _Settled:
    """Files that have stopped growing."""

    def __init__(self) -> None:
        self._since: dict[str, tuple[int, int, float]] = {}

    def of(self, clips: tuple[Found, ...]) -> tuple[Found, ...]:
        now_s = time.monotonic()
        since: dict[str, tuple[int, int, float]] = {}
        for clip in clips:
            size, modified, start_s = self._since.get(clip.file, (-1, -1, now_s))
            same = (size, modified) == (clip.size_bytes, clip.modified_ns)
            since[clip.file] = clip.size_bytes, clip.modified_ns, start_s if same else now_s
        self._since = since
        return tuple(clip for clip in clips if now_s - since[clip.file][2] >= _SETTLED_S)


def _silent(event: Event) -> None:
    """Nobody listens."""
