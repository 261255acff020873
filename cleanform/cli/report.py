"""`cleanform report`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cleanform.cli.answers import EXIT_OK, Work, document, print_json
from cleanform.cli.typed import Json, Quiet
from cleanform.errors import InputError


def report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that analyze or batch wrote.")
    ],
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

            return judge_team(folder, quiet=quiet)
        from cleanform.console import progress_bar, show
        from cleanform.pipeline import rejudge

        with progress_bar(folder.name, quiet=quiet or as_json) as progress:
            analysis = rejudge(folder, progress)
        if as_json:
            print_json(document(analysis))
        elif not quiet:
            show(analysis, folder, sys.stdout)
        return EXIT_OK

    return work
