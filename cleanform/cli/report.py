"""`cleanform report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleanform.cli.answers import EXIT_OK, Work, document, print_json
from cleanform.cli.typed import Json, LimitsFile, Quiet
from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.model import Options


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that analyze or batch wrote.")
    ],
    limits: LimitsFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> Work:
    """Judge and draw again from a result folder.

    Takes seconds: the clip is not decoded and the pose model does not run. In a team's folder every
    clip is judged again first, then the pages are drawn of which the judgement changed.
    """

    def work() -> int:
        from cleanform.batch.discover import is_team

        if is_team(folder):
            if as_json:
                raise InputError("--json is for one clip; a team has findings.csv and team.sqlite")
            from cleanform.cli.team import judge_team

            return judge_team(folder, limits, quiet=quiet)
        from cleanform.console import progress_bar, show
        from cleanform.pipeline import rejudge

        with progress_bar(folder.name, quiet=quiet or as_json) as progress:
            analysis = rejudge(folder, progress, _with_limits(folder, limits))
        if as_json:
            print_json(document(analysis))
        elif not quiet:
            show(analysis, folder, sys.stdout)
        return EXIT_OK

    return work


def _with_limits(folder: Path, limits: Path | None) -> Options | None:
    """The folder's own options with other limits; None where no others are given."""
    if limits is None:
        return None
    from dataclasses import replace

    from cleanform.archive import load
    from cleanform.rules import read_limits

    return replace(load(folder).options, limits=read_limits(limits))
