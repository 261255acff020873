"""`cleanform validate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from cleanform.cli.answers import EXIT_BELOW_FLOOR, EXIT_OK, Work
from cleanform.cli.typed import Quiet, check_choice, check_range

#: The short form's part of the pixel-level lifts.
SHORT_SHARE = 0.2


def validate(
    short: Annotated[
        bool, typer.Option("--short", help="A fifth of the pixel-level lifts: what CI runs.")
    ] = False,
    rendered: Annotated[
        str, typer.Option(metavar="SET", help="Clips to draw: none, small, bar or full (an hour).")
    ] = "small",
    clips: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Labelled real clips, with labels.csv.")
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep drawn clips and finished lifts here; go on there."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Processes; as many as cores unless given.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the page goes.")
    ] = Path("validation"),
    quiet: Quiet = False,
) -> Work:
    """Measure how accurate cleanform is.

    Runs it on lifts whose truth is known, writes validation.md, .json and the dose-response
    curves, and ends with code 1 where a figure is below its floor.
    """
    check_choice("--rendered", rendered, ("none", "small", "bar", "full"))
    check_range("--workers", workers, 1, 64)

    def work_to_do() -> int:
        from cleanform import validate as validation
        from cleanform.console import progress_bar
        from cleanform.validate.files import write
        from cleanform.validate.limits import broken

        plan = validation.Plan(
            SHORT_SHARE if short else 1.0, rendered, clips, work, workers or os.cpu_count() or 1
        )
        with progress_bar("validate", quiet=quiet) as progress:
            record = validation.run(plan, progress or _silent)
        page = write(record, output)
        below = [*broken(record.figures), *record.crashes]
        for line in below:
            print(f"cleanform: {line}", file=sys.stderr)
        if not quiet:
            print(f"{len(record.figures)} figures, {len(below)} below the floor: {page}")
        return EXIT_BELOW_FLOOR if below else EXIT_OK

    return work_to_do


def _silent(stage: str, share: float) -> None:
    """No progress wanted."""
