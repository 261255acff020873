"""What is left to do: clips whose content, options and version have not been done yet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cleanform import __version__, history
from cleanform.assets import sha256 as sha256_of
from cleanform.batch.discover import Found
from cleanform.batch.labels import Labels, NamePattern
from cleanform.batch.roster import Roster
from cleanform.batch.tasks import Outcome, Task, only_judged_anew
from cleanform.model import Options

if TYPE_CHECKING:
    from cleanform.batch.store import Row, Store


@dataclass(frozen=True)
class Labeller:
    """Who lifted what: the roster goes before the name, the name before the options."""

    pattern: NamePattern | None = None
    roster: Roster | None = None

    def read(self, file: str) -> Labels:
        said = self.pattern.read(file) if self.pattern is not None else None
        listed = self.roster.read(file) if self.roster is not None else Labels()
        return listed.over(said or Labels())


@dataclass(frozen=True)
class Plan:
    """What a folder asks for."""

    tasks: tuple[Task, ...]  # to be done, the largest file first
    failures: tuple[Outcome, ...]  # files that cannot even be read
    sources: tuple[tuple[Found, str], ...]  # every readable file with its content's digest
    finished: int  # clips that were done before
    copies: int  # files with the same content as an earlier one


def make_plan(
    clips: Iterable[Found],
    folder: str,
    options: Options,
    labeller: Labeller,
    store: Store,
    team: Path,
    retry: bool = False,
    tell: Callable[[int], None] | None = None,
) -> Plan:
    """Compare a folder with what is in the store; reads the content of files not seen before.

    The largest file comes first, so that in the end no worker is left alone with a long clip.
    `tell` hears how many files have been compared.
    """
    tasks: list[tuple[int, Task]] = []
    failures: list[Outcome] = []
    sources: dict[str, tuple[Found, str]] = {}
    seen: set[str] = set()
    finished = copies = 0
    for count, found in enumerate(clips, start=1):
        asked = labeller.read(found.file).applied(options)
        task = Task(found.file, str(found.path), "", folder, asked)
        try:
            sha256 = _content(found, folder, store)
        except _UnreadError as problem:
            unread = f"unread {hashlib.sha256(repr((folder, found.file)).encode()).hexdigest()}"
            failures.append(Outcome(replace(task, sha256=unread), str(problem)))
            continue
        finally:
            if tell is not None:
                tell(count)
        sources[found.file] = found, sha256
        if sha256 in seen:
            copies += 1
            continue
        seen.add(sha256)
        task = replace(task, sha256=sha256)
        row = store.clip(sha256)
        if row is not None and row["result"]:
            task = replace(task, corrections=history.text_in(team / row["result"]))
        if row is not None and _is_done(row, task, team, retry):
            finished += 1
            if (row["folder"], row["file"]) != (folder, found.file):
                store.move(sha256, folder, found.file)
        elif row is not None and _can_be_judged_again(row, task, team):
            tasks.append((0, replace(task, saved=str(team / row["result"]))))
        else:
            tasks.append((found.size_bytes, task))
    tasks.sort(key=lambda pair: -pair[0])
    return Plan(
        tuple(task for _, task in tasks), tuple(failures), tuple(sources.values()), finished, copies
    )


class _UnreadError(Exception):
    """Why a file's content could not be had."""


def _content(found: Found, folder: str, store: Store) -> str:
    if found.size_bytes == 0:
        raise _UnreadError("The file is empty.")
    known = store.known_sha256(folder, found)
    if known is not None:
        return known
    try:
        return sha256_of(found.path)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _UnreadError(f"The file cannot be read ({reason}).") from error


def _is_done(row: Row, task: Task, team: Path, retry: bool) -> bool:
    if row["job_key"] != task.key:
        return False
    if row["status"] == "failed":
        return not retry
    return Path(team, row["result"]).is_dir()


def _can_be_judged_again(row: Row, task: Task, team: Path) -> bool:
    """Whether the saved recording will do: only labels differ, and this version made it."""
    if row["status"] == "failed" or row["cleanform_version"] != __version__:
        return False
    kept = Path(team, row["result"], "recording", "recording.npz")
    return kept.is_file() and only_judged_anew(json.loads(row["options"]), task.options)
