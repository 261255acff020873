"""The order of a comparison: find both lifts, hold one against the other, write the folder."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cleanform import archive
from cleanform.compare import best as best_lift
from cleanform.compare import comparison, document, film, page, sides
from cleanform.errors import InputError
from cleanform.model import Options
from cleanform.staging import replace_file, staged_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cleanform.compare.best import Candidate
    from cleanform.compare.comparison import Comparison
    from cleanform.compare.sides import Side
    from cleanform.model import Analysis, Progress

_LONGEST_STEM_BYTES = 90  # of a clip's name in the folder's; file systems take 255 bytes


class _Asked(NamedTuple):
    """What was named: an analysis, and perhaps which lift of it."""

    analysis: Analysis
    number: int | None
    folder: Path


def compare(
    a: str | Path,
    b: str | Path | None = None,
    folder: str | Path | None = None,
    *,
    best: bool = False,
    candidates: Iterable[Candidate] | None = None,
    units: str | None = None,
    blur_faces: bool = False,
    video: bool = True,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Hold lift B against lift A and, where `folder` is given, write page and film there.

    Args:
        a: a result folder, or a clip (analyzed first, its result kept beside it), with ":2" at the
            end for the second lift in it.
        b: the other; without it `a` holds several lifts, and its last is held against its first.
        folder: where compare.html, compare.mp4 and compare.json go.
        best: A becomes the athlete's best earlier lift, and what was named is held against it.
        candidates: where to look for that; the result folders beside `a` unless given.
        units: "metric" or "imperial"; those of B's analysis unless given.
        blur_faces: hide the lifters' heads; they are hidden, too, where either analysis does.
        video: write compare.mp4.
        options: with which a clip is analyzed.
        progress: told how far it is.

    Raises:
        InputError: one of them cannot be read or holds no such lift, they are the same lift or
            different movements, or the folder cannot be written.
    """
    options = options or Options()
    one, two, picked = _chosen(a, b, best, candidates, options, progress)
    shown = [side.analysis.options for side in (one, two)]
    found = comparison.judge(
        one,
        two,
        units=units or shown[1].units,
        blur_faces=blur_faces or any(each.blur_faces for each in shown),
        picked=picked,
    )
    if folder is not None:
        write(found, folder, progress, video=video)
    return found


def write(
    found: Comparison,
    folder: str | Path,
    progress: Progress | None = None,
    *,
    video: bool = True,
) -> None:
    """Write film, page and compare.json; the folder appears only when it is complete.

    Raises:
        InputError: the folder cannot be written, or holds what cleanform did not write.
    """
    found = replace(found, a=sides.with_clip(found.a), b=sides.with_clip(found.b))
    with staged_folder(Path(folder)) as stage:
        filmed = film.shoot(found, stage, progress, video=video)
        page.write(found, filmed, stage, video=video)
        text = archive.to_text(document.to_json(found)) + "\n"
        replace_file(stage / document.FILE, text.encode())


def default_folder(found: Comparison, named: str | Path) -> Path:
    """``A vs B.compare`` beside what was named; lifts have their number where it is needed."""
    home = sides.folder_of(sides.split(named)[0]).parent
    a, b = found.sides
    if a.folder.resolve() == b.folder.resolve():
        return home / f"{_short(a.stem)} {a.number} vs {b.number}.compare"
    names = [
        f"{_short(side.stem)} {side.number}" if len(side.analysis.lifts) > 1 else _short(side.stem)
        for side in found.sides
    ]
    return home / f"{names[0]} vs {names[1]}.compare"


def _short(stem: str) -> str:
    """As much of a name as leaves room for another one."""
    return os.fsencode(stem)[:_LONGEST_STEM_BYTES].decode("utf-8", "ignore")


def _chosen(
    a: str | Path,
    b: str | Path | None,
    best: bool,
    candidates: Iterable[Candidate] | None,
    options: Options,
    progress: Progress | None,
) -> tuple[Side, Side, str]:
    """The two lifts, and how A was picked where it was."""
    read: dict[Path, Analysis] = {}

    def asked(path: Path, number: int | None) -> _Asked:
        home = sides.folder_of(path)
        key = home.resolve()
        if key not in read:
            read[key] = sides.read(path, options, progress)
        return _Asked(read[key], number, home)

    first = asked(*sides.split(a))
    if best:
        if b is not None:
            raise InputError("--best finds the other lift by itself; name only one")
        one = sides.side(*first)
        picked = best_lift.choose(one, candidates or best_lift.beside(one.folder))
        other = sides.side(*asked(picked.folder, picked.number))
        return other, one, best_lift.why(picked, one.analysis.options.load_kg)
    if b is not None:
        second = asked(*sides.split(b))
        return sides.side(*first), sides.side(*second), ""
    count = len(first.analysis.lifts)
    if first.number is not None or count == 1:
        raise InputError(
            f"{first.folder.name}: name another lift to compare it with, or --best for the "
            "athlete's best earlier one"
        )
    return sides.side(*first._replace(number=1)), sides.side(*first._replace(number=count)), ""
