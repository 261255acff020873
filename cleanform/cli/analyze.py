"""`cleanform analyze`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleanform.cli.answers import EXIT_OK, Work, complain, document, print_json
from cleanform.cli.typed import (
    Audio,
    BlurFaces,
    ClipOptions,
    Freeze,
    Json,
    LimitsFile,
    Linked,
    NoVideo,
    PlateMm,
    PoseModel,
    Quiet,
    Slow,
    SlowMotion,
    Units,
    check_date,
    check_point,
    check_range,
)
from cleanform.errors import CleanformError, InputError

if TYPE_CHECKING:
    from cleanform.model import Analysis, Options

HOW_TO_FILM = (
    "Film from the side, camera at hip height, 3-5 m away, whole body and plate in the "
    "picture, 60 frames a second or more."
)


def analyze(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP", help="Video files.")],
    model: PoseModel = "full",
    plate_mm: PlateMm = 450.0,
    stature_cm: Annotated[
        float | None, typer.Option(help="The lifter's height.", metavar="CM")
    ] = None,
    slow_motion: SlowMotion = None,
    load_kg: Annotated[
        float | None, typer.Option(help="Weight on the bar, to be shown.", metavar="KG")
    ] = None,
    athlete: Annotated[
        str | None, typer.Option(help="The lifter's name, to be shown.", metavar="NAME")
    ] = None,
    limits: LimitsFile = None,
    lifter: Annotated[
        str | None,
        typer.Option(
            help="A point on the lifter, where there are others: SECONDS,X,Y; X and Y are shares "
            "of the picture from its left and top.",
            metavar="POINT",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Result folder; of several clips, their parent."
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(help="Day of the lift, YYYY-MM-DD, to be shown.", metavar="DATE"),
    ] = None,
    units: Units = "metric",
    blur_faces: BlurFaces = False,
    linked: Linked = False,
    freeze: Freeze = False,
    slow: Slow = None,
    audio: Audio = False,
    no_video: NoVideo = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Work:
    """Judge the lifts in clips.

    Each clip gets a folder clip.cleanform/ beside it, or where -o says.
    """
    asked = ClipOptions(
        model, plate_mm, slow_motion, limits, units, blur_faces, linked, freeze, slow, audio,
        no_video,
    )  # fmt: skip
    check_range("--stature-cm", stature_cm, 100, 230)
    check_range("--load-kg", load_kg, 0.1, 1000)
    day = check_date("--date", date)
    point = check_point("--lifter", lifter)

    def work() -> int:
        options = replace(
            asked.read(),
            stature_cm=stature_cm,
            load_kg=load_kg,
            athlete=athlete,
            date=day,
            lifter=point,
        )
        return _analyze_all(clips, options, output, as_json=as_json, quiet=quiet)

    return work


def _analyze_all(
    clips: Sequence[Path], options: Options, output: Path | None, *, as_json: bool, quiet: bool
) -> int:
    """Analyze each clip; a bad one gets its line and does not stop the others."""
    from cleanform.console import show

    folders = _result_folders(clips, output)
    parent = output if output is not None and len(folders) > 1 else None
    made = parent is not None and _make_parent(parent)
    documents = []
    code = EXIT_OK
    try:
        for clip, folder in folders.items():
            try:
                analysis = _analyze_one(clip, options, folder, quiet=quiet or as_json)
            except CleanformError as error:
                code = complain(str(error))
                continue
            if as_json:
                documents.append(document(analysis))
            elif not quiet:
                show(analysis, folder, sys.stdout)
    finally:
        if made and parent is not None and not any(parent.iterdir()):
            parent.rmdir()
    if as_json and (documents or len(folders) > 1):
        print_json(documents if len(folders) > 1 else documents[0])
    return code


def _analyze_one(clip: Path, options: Options, folder: Path, *, quiet: bool) -> Analysis:
    from cleanform.console import progress_bar
    from cleanform.pipeline import analyze as analyze_clip

    with progress_bar(clip.name, quiet=quiet) as progress:
        return analyze_clip(clip, options, folder=folder, progress=progress)


def _result_folders(clips: Sequence[Path], output: Path | None) -> dict[Path, Path]:
    """Where each clip's result goes: no two in one folder, no clip twice."""
    different = list({os.path.abspath(clip): clip for clip in clips}.values())
    if output is not None and len(different) == 1:
        return {different[0]: output}
    folders: dict[Path, Path] = {}
    for clip in different:
        parent = clip.parent if output is None else output
        names = [clip.stem, clip.name, *(f"{clip.name}-{n}" for n in range(2, len(different) + 2))]
        candidates = (parent / f"{name}.cleanform" for name in names)
        folders[clip] = next(each for each in candidates if each not in folders.values())
    return folders


def _make_parent(parent: Path) -> bool:
    """Make the folder that holds several results; True where it was not there before."""
    if parent.is_dir():
        return False
    try:
        parent.mkdir()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{parent}: cannot be made ({reason}); choose another -o") from error
    return True
