"""The results under clips/: put in place whole, found again after a power cut.

A result is made in a stage of its own and renamed into place, then its rows are committed. What
the worker writes last, `SOURCE_FILE`, says that it is complete; so whatever is cut short is either
not there or can be taken up.
"""

from __future__ import annotations

import json
import secrets
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cleanform.batch.tasks import slug
from cleanform.batch.worker import SOURCE_FILE, THUMBNAIL_FILE, settle
from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.batch.store import Store

CLIPS = "clips"
STAGES = ".work"

Json = dict[str, Any]


def new_stage(team: Path, sha256: str) -> Path:
    """An empty folder for one task, which nobody else knows of."""
    stage = team / STAGES / f"{sha256[:8]}-{secrets.token_hex(4)}"
    stage.mkdir(parents=True)
    return stage


def read_source(result: Path) -> Json | None:
    """What the worker wrote into a complete result; None where it is not complete."""
    return _json(result / SOURCE_FILE)


def read_analysis(result: Path) -> Json | None:
    document = _json(result / "analysis.json")
    return document if document is not None and "lifts" in document else None


def publish(team: Path, stage: Path, store: Store) -> bool:
    """Move the result in `stage` to its place and commit its rows; False where there is none.

    An earlier result of the same content gives way, and so does that of a file that was replaced.
    """
    result = stage / "result"
    source, analysis = read_source(result), read_analysis(result)
    if source is None or analysis is None:
        return False
    stem = slug(source["file"].rpartition(".")[0] or source["file"])
    home = team / CLIPS / f"{stem}-{source['sha256'][:8]}"
    earlier = store.clip(source["sha256"])
    home.parent.mkdir(exist_ok=True)
    if home.exists():
        home.rename(stage / "earlier")
    result.rename(home)
    settle(home.parent)
    _commit(team, home, source, analysis, store)
    if earlier is not None and earlier["result"] not in (None, f"{CLIPS}/{home.name}"):
        shutil.rmtree(team / earlier["result"], ignore_errors=True)
    for row in store.replaced_by(source["sha256"]):
        store.forget(row["sha256"])
        if row["result"]:
            shutil.rmtree(team / row["result"], ignore_errors=True)
    return True


def recover(team: Path, store: Store) -> int:
    """Take up what an interrupted batch left: complete results in stages and under clips/.

    Gives how many were taken up. Half-made ones are removed.
    """
    taken = 0
    for stage in sorted((team / STAGES).iterdir()):
        if stage.is_dir():
            taken += publish(team, stage, store)
            shutil.rmtree(stage, ignore_errors=True)
    known = {row["result"]: row["job_key"] for row in store.clips()}
    clips = team / CLIPS
    for home in sorted(clips.iterdir()) if clips.is_dir() else ():
        source = read_source(home)
        if source is None or known.get(f"{CLIPS}/{home.name}") == source["key"]:
            continue
        analysis = read_analysis(home)
        if analysis is not None:
            _commit(team, home, source, analysis, store)
            taken += 1
    return taken


def forget_removed(team: Path, store: Store) -> list[str]:
    """Drop the rows of results whose folder was deleted; gives their files."""
    gone = [row for row in store.clips() if row["result"] and not (team / row["result"]).is_dir()]
    for row in gone:
        store.forget(row["sha256"])
    return [str(row["file"]) for row in gone]


def _commit(team: Path, home: Path, source: Json, analysis: Json, store: Store) -> None:
    thumbnail = home / THUMBNAIL_FILE
    store.put_result(
        analysis,
        source,
        home.relative_to(team).as_posix(),
        thumbnail.relative_to(team).as_posix() if thumbnail.is_file() else None,
    )


def open_team(team: Path, folder: Path | None = None) -> None:
    """Make the team's folder, or see that it is one.

    Raises:
        InputError: it is a file, holds what cleanform did not write, or is the clips' own folder.
    """
    if folder is not None and folder.resolve() == team.resolve():
        raise InputError(f"{team}: is the folder of the clips; choose another -o")
    try:
        if not team.exists():
            team.mkdir()
        elif not team.is_dir():
            raise InputError(f"{team}: is a file; name a folder for the team")
        mine = {CLIPS, STAGES, "team.sqlite"}
        strangers = sorted(entry.name for entry in team.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{team}: cannot be made ({reason}); choose another -o") from error
    if strangers and mine.isdisjoint(strangers):
        raise InputError(
            f"{team}: holds files that cleanform did not write ({strangers[0]}); choose another -o"
        )


def _json(path: Path) -> Json | None:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return cast(Json, document) if isinstance(document, dict) else None
