"""What is compared: one lift of one analysis, and where its pictures are."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanform import archive, pipeline
from cleanform.errors import InputError
from cleanform.staging import is_result_folder

if TYPE_CHECKING:
    from cleanform.model import Analysis, Lift, Motion, Options, Progress, Rep

_NUMBERED = re.compile(r"(?P<path>.+):(?P<number>\d+)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two lifts."""

    analysis: Analysis
    lift: Lift
    folder: Path  # its result folder

    @property
    def rep(self) -> Rep:
        return self.lift.rep

    @property
    def motion(self) -> Motion:
        assert self.analysis.motion is not None  # a lift is only found in a motion
        return self.analysis.motion

    @property
    def number(self) -> int:
        """Of the lift in its clip, from 1."""
        return self.rep.index + 1

    @property
    def stem(self) -> str:
        """The clip's name without its suffix."""
        return self.analysis.recording.clip.path.stem

    def same_clip(self, other: Side) -> bool:
        """Whether both lifts were read from one film, whatever their folders are called."""
        one, two = self.analysis.recording, other.analysis.recording
        return one is two or (
            np.array_equal(one.clip.times_s, two.clip.times_s)
            and np.array_equal(one.bar.xy_px, two.bar.xy_px, equal_nan=True)
            and np.array_equal(one.pose.xy_px, two.pose.xy_px, equal_nan=True)
        )


def split(typed: str | Path) -> tuple[Path, int | None]:
    """``clip.cleanform:2`` as its path and the number of the lift; None where none is given."""
    path = Path(typed)
    found = _NUMBERED.fullmatch(str(typed))
    if found is None or path.exists():
        return path, None
    return Path(found["path"]), int(found["number"])


def read(path: Path, options: Options, progress: Progress | None = None) -> Analysis:
    """The analysis of a result folder, judged by today's rules, or of a clip.

    A clip is analyzed as `cleanform analyze` does, into the folder beside it; a result that lies
    there already, of this clip and not older than it, is taken instead.

    Raises:
        InputError: nothing is there, or it cannot be read.
    """
    folder = folder_of(path)
    if path.is_dir() or _is_done(path, folder):
        return pipeline.judge_saved(folder)
    if not path.exists():
        raise InputError(f"{path}: is not there; name a clip or a folder that analyze wrote")
    return pipeline.analyze(path, options, folder=folder, progress=progress)


def folder_of(path: Path) -> Path:
    """Where the result of a clip lies; a folder is its own."""
    return path if path.is_dir() else path.parent / f"{path.stem}.cleanform"


def _is_done(clip: Path, folder: Path) -> bool:
    if not clip.is_file() or not is_result_folder(folder):
        return False
    try:
        known = archive.load_recording(folder).clip.path.name
    except InputError:
        return False
    written_s = (folder / archive.JSON_FILE).stat().st_mtime
    return known == clip.name and written_s >= clip.stat().st_mtime


def side(analysis: Analysis, number: int | None, folder: Path) -> Side:
    """One lift of an analysis.

    Raises:
        InputError: it holds no lift, not this one, or several and none was named.
    """
    lifts = analysis.lifts
    if not lifts:
        why = analysis.refusal.message if analysis.refusal is not None else "No lift was found."
        raise InputError(f"{folder.name}: there is no lift to compare in it. {why}")
    if number is None and len(lifts) > 1:
        raise InputError(
            f"{folder.name}: holds {len(lifts)} lifts; say which, {folder.name}:1 to :{len(lifts)}"
        )
    if number is not None and not 1 <= number <= len(lifts):
        has = "one lift" if len(lifts) == 1 else f"lifts 1 to {len(lifts)}"
        raise InputError(f"{folder.name}: there is no lift {number}; it holds {has}")
    return Side(analysis, lifts[(number or 1) - 1], folder)


def check(a: Side, b: Side) -> None:
    """InputError where the two are one lift, or different movements."""
    if a.rep.index == b.rep.index and a.same_clip(b):
        raise InputError(
            f"{a.folder.name} and {b.folder.name}: are the same lift; name two different ones"
        )
    hangs = [one.rep.kind.startswith("hang") for one in (a, b)]
    if hangs[0] != hangs[1]:
        raise InputError(
            f"Different movements: {a.folder.name} shows a {a.rep.kind}, {b.folder.name} a "
            f"{b.rep.kind}; compare lifts that both start from the floor, or both from the hang"
        )


def with_clip(one: Side) -> Side:
    """The same, its clip's path leading to the file where that lies beside or in the folder."""
    recording = one.analysis.recording
    name = recording.clip.path.name
    for home in (one.folder.resolve().parent, one.folder):
        if (home / name).is_file():
            clip = replace(recording.clip, path=home / name)
            analysis = replace(one.analysis, recording=replace(recording, clip=clip))
            return replace(one, analysis=analysis)
    return one
