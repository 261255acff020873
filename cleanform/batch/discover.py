"""Which files of a folder tree are clips. Nothing is opened here."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cleanform.errors import InputError
from cleanform.locking import TEAM_FILE
from cleanform.staging import is_result_folder

#: Containers that phones, cameras and messengers write.
CLIP_SUFFIXES = frozenset(
    ".mp4 .mov .m4v .mkv .webm .avi .3gp .3g2 .mts .m2ts .mpg .mpeg .wmv .flv .ogv".split()
)


@dataclass(frozen=True)
class Found:
    """One file that may be a clip."""

    file: str  # path below the folder, with "/"
    path: Path
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Listing:
    """What a folder holds."""

    clips: tuple[Found, ...]  # in the order of their names
    ignored: dict[str, int]  # kind of file -> how many; kinds are suffixes, "hidden", ...

    @property
    def ignored_files(self) -> int:
        return sum(self.ignored.values())


def discover(folder: Path, team: Path) -> Listing:
    """Every clip below `folder`, by its suffix, and how many other files there are.

    Hidden files and folders, links to folders, whatever is no regular file, the team's own folder
    and any other result of cleanform are passed over.

    Raises:
        InputError: `folder` is no folder or cannot be listed.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; name the folder that holds the clips")
    clips: list[Found] = []
    ignored: Counter[str] = Counter()
    for path in _files(folder, team.resolve(), ignored):
        kind = _kind(path)
        if kind is not None:
            ignored[kind] += 1
            continue
        try:
            facts = path.stat()
        except OSError:  # a link that leads nowhere, or a file that has just gone
            ignored["broken link"] += 1
            continue
        if not stat.S_ISREG(facts.st_mode):
            ignored["not a file"] += 1
            continue
        file = path.relative_to(folder).as_posix()
        clips.append(Found(file, path, facts.st_size, facts.st_mtime_ns))
    clips.sort(key=lambda clip: clip.file)
    return Listing(tuple(clips), dict(sorted(ignored.items())))


def _files(folder: Path, team: Path, ignored: Counter[str]) -> Iterator[Path]:
    def refused(error: OSError) -> None:
        if error.filename == str(folder):
            reason = (error.strerror or str(error)).lower()
            raise InputError(f"{folder}: cannot be listed ({reason})") from error
        ignored["folder that cannot be listed"] += 1

    for place, folders, files in os.walk(folder, onerror=refused):
        here = Path(place)
        folders[:] = [name for name in folders if not _passed_over(here / name, team)]
        yield from (here / name for name in files)


def _passed_over(folder: Path, team: Path) -> bool:
    return (
        folder.name.startswith(".")
        or folder.resolve() == team
        or (folder / TEAM_FILE).exists()
        or is_result_folder(folder)
    )


def _kind(path: Path) -> str | None:
    """What `path` is where it is no clip, by its name alone."""
    if path.name.startswith("."):
        return "hidden"
    suffix = path.suffix.lower()
    if suffix in CLIP_SUFFIXES:
        return None
    return suffix or "without suffix"


def is_team(folder: Path) -> bool:
    """Whether `folder` is one that `cleanform batch` wrote."""
    return (folder / TEAM_FILE).is_file()
