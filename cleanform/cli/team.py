"""`cleanform report` on a team's folder."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from cleanform.cli.answers import EXIT_BAD_INPUT, EXIT_OK, complain

if TYPE_CHECKING:
    from cleanform.batch import Judged, Outcome, Told


def judge_team(team: Path, limits: Path | None, *, quiet: bool) -> int:
    """Judge every clip of a team again; 2 where one of them could not be."""
    from cleanform.batch import Judged, Told, default_workers, rejudge
    from cleanform.console import printable, progress_bar
    from cleanform.rules import read_limits

    held_to = None if limits is None else read_limits(limits)

    start_s = time.monotonic()
    judged_s = 0.0

    with progress_bar(team.name, quiet=quiet) as progress:

        def listen(event: Judged | Told | Outcome) -> None:
            nonlocal judged_s
            if isinstance(event, Judged):
                judged_s = time.monotonic() - start_s
                if progress is not None:
                    progress("judging again", event.done / event.total)
            elif isinstance(event, Told) and progress is not None:
                progress(f"drawing {event.task.file}", event.share)

        done = rejudge(team, default_workers(), limits=held_to, listener=listen)
    for problem in done.problems:
        complain(problem)
    if not quiet:
        print(
            printable(
                f"{done.clips} clips judged again in {judged_s:.1f} s, {done.changed} changed, "
                f"{done.drawn} pages drawn anew. Open {team / 'index.html'}"
            ),
            file=sys.stdout,
        )
    return EXIT_BAD_INPUT if done.problems else EXIT_OK
