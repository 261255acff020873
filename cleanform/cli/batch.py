"""`cleanform batch`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleanform.cli.answers import EXIT_INTERRUPTED, EXIT_OK, Work, complain
from cleanform.cli.typed import (
    Audio,
    BlurFaces,
    ClipOptions,
    Freeze,
    LimitsFile,
    Linked,
    NoVideo,
    PlateMm,
    PoseModel,
    Quiet,
    Slow,
    SlowMotion,
    Units,
    check_range,
)
from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.batch import Runner, Summary


def batch(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A folder tree of clips, and anything else.")
    ],
    team: Annotated[
        Path, typer.Option("--output", "-o", metavar="TEAM", help="The team's folder of results.")
    ],
    name_pattern: Annotated[
        str | None,
        typer.Option(
            metavar="PATTERN",
            help='What the names say, e.g. "{athlete}/{date}_{load_kg}kg*"; also {stature_cm}, '
            "{plate_mm}.",
        ),
    ] = None,
    roster: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV", help="Columns file, athlete, load_kg, stature_cm, plate_mm, date."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Clips at a time, each on one core; unless given, what cores and memory allow.",
            metavar="N",
        ),
    ] = None,
    time_limit: Annotated[
        float, typer.Option(help="What one clip may take.", metavar="MINUTES")
    ] = 15.0,
    retry: Annotated[
        bool, typer.Option("--retry", help="Do clips again that failed, too.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Keep looking for new clips until Ctrl-C.")
    ] = False,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Do the clips on a Dask cluster, e.g. tcp://host:8786."
        ),
    ] = None,
    model: PoseModel = "full",
    plate_mm: PlateMm = 450.0,
    slow_motion: SlowMotion = None,
    limits: LimitsFile = None,
    units: Units = "metric",
    blur_faces: BlurFaces = False,
    linked: Linked = False,
    freeze: Freeze = False,
    slow: Slow = None,
    audio: Audio = False,
    no_video: NoVideo = False,
    quiet: Quiet = False,
) -> Work:
    """Judge the lifts in a folder of clips.

    Leaves index.html with who needs attention first, a page for each athlete, lifts.csv,
    findings.csv and team.sqlite. Run it again: clips that are done are not done twice.
    """
    asked = ClipOptions(
        model, plate_mm, slow_motion, limits, units, blur_faces, linked, freeze, slow, audio,
        no_video,
    )  # fmt: skip
    check_range("--workers", workers, 1, 1024)
    check_range("--time-limit", time_limit, 0.1, 24 * 60)
    if dask is not None and workers is not None:
        raise InputError("--workers is for this machine; with --dask the cluster decides")

    def work() -> int:
        from cleanform.batch import NamePattern, load_roster, run
        from cleanform.cli.batch_progress import told

        options = asked.read()
        pattern = NamePattern(name_pattern) if name_pattern is not None else None
        listed = load_roster(roster) if roster is not None else None
        try:
            with _runner(dask, workers, 60 * time_limit) as runner, told(quiet, runner) as listener:
                summary = run(
                    folder, team, runner, options, pattern, listed,
                    retry=retry, watch=watch, listener=listener,
                )  # fmt: skip
        except KeyboardInterrupt:
            complain("interrupted; what is finished is kept: run it again to go on")
            return EXIT_INTERRUPTED
        if not quiet:
            _say_summary(summary, team)
        return EXIT_OK

    return work


@contextmanager
def _runner(dask: str | None, workers: int | None, time_limit_s: float) -> Iterator[Runner]:
    from cleanform.batch import LocalWorkers, default_workers

    if dask is None:
        yield LocalWorkers(workers or default_workers(), time_limit_s)
        return
    from cleanform.batch.cluster import DaskWorkers

    with DaskWorkers(dask, time_limit_s) as runner:
        yield runner


def _say_summary(summary: Summary, team: Path) -> None:
    from cleanform.console import printable

    parts = [f"{summary.done} {'clip' if summary.done == 1 else 'clips'} done"]
    if summary.failed:
        parts.append(f"{summary.failed} failed")
    if summary.finished:
        parts.append(f"{summary.finished} done before")
    print(printable(f"{', '.join(parts)}. Open {team / 'index.html'}"))
