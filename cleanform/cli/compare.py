"""`cleanform compare`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleanform.cli.answers import EXIT_OK, Work, print_json
from cleanform.cli.typed import Quiet, check_choice
from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.compare import Comparison
    from cleanform.compare.best import Candidate


def compare(
    lifts: Annotated[
        list[str],
        typer.Argument(
            metavar="A [B]",
            help="Clips or folders that analyze wrote, each with :2 for its second lift.",
        ),
    ],
    best: Annotated[
        bool,
        typer.Option("--best", help="Name one lift: A is the athlete's best earlier one."),
    ] = False,
    team: Annotated[
        Path | None,
        typer.Option(help="A folder that batch wrote, to look for the best in.", metavar="TEAM"),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder of the comparison."),
    ] = None,
    units: Annotated[
        str | None, typer.Option(help="What is shown: metric or imperial.", metavar="NAME")
    ] = None,
    blur_faces: Annotated[
        bool, typer.Option("--blur-faces", help="Hide the lifters' heads in every picture.")
    ] = False,
    no_video: Annotated[bool, typer.Option("--no-video", help="Write no compare.mp4.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print compare.json, no more.")] = False,
    quiet: Quiet = False,
) -> Work:
    """Hold lift B against lift A: what is fixed, what is new, what differs and how surely.

    Leaves a folder "A vs B.compare" with compare.html, compare.mp4 (both lifts side by side, every
    moment reached together) and compare.json. A clip is analyzed first. Of one folder with several
    lifts the last is held against the first.
    """
    if len(lifts) > 2:
        raise InputError("compare: name two lifts, or one with --best")
    if team is not None and not best:
        raise InputError("--team is where --best looks; give both")
    if units is not None:
        check_choice("--units", units, ("metric", "imperial"))

    def work() -> int:
        from cleanform.compare import compare as hold
        from cleanform.compare import default_folder, write
        from cleanform.console import progress_bar

        with progress_bar(" vs ".join(Path(each).name for each in lifts),
                          quiet=quiet or as_json) as progress:  # fmt: skip
            found = hold(
                *lifts,
                best=best,
                candidates=None if team is None else _of_team(team),
                units=units,
                blur_faces=blur_faces,
                progress=progress,
            )
            folder = output or default_folder(found, lifts[0])
            write(found, folder, progress, video=not no_video)
        if as_json:
            from cleanform.compare.document import to_json

            print_json(to_json(found))
        elif not quiet:
            _say(found, folder)
        return EXIT_OK

    return work


def _of_team(team: Path) -> list[Candidate]:
    """Every lift of a team's tables."""
    from contextlib import closing

    from cleanform.batch import is_team
    from cleanform.batch.store import Store
    from cleanform.batch.team import read_team
    from cleanform.compare.best import Candidate, from_its_view
    from cleanform.rules import all_rules

    if not is_team(team):
        raise InputError(f"{team}: holds no team.sqlite; name a folder that cleanform batch wrote")
    with closing(Store(team)) as store:
        shown = read_team(store, [rule.id for rule in all_rules()])
    found = []
    for clip in shown.clips:
        for lift in clip.lifts:
            speed = lift.metrics.get("peak_bar_speed")
            found.append(
                Candidate(
                    folder=team / str(clip.result),
                    number=lift.number,
                    clip=clip.file,
                    athlete=clip.athlete,
                    date=clip.date,
                    load_kg=clip.load_kg,
                    kind=lift.kind,
                    verdicts=from_its_view(
                        {rule: check.verdict.value for rule, check in lift.checks.items()}
                    ),
                    peak_speed_m_s=speed[0] if speed else None,
                )
            )
    return found


def _say(found: Comparison, folder: Path) -> None:
    """Print the verdict, what changed and what differs."""
    from cleanform.compare import sentences
    from cleanform.console import printable

    a, b = found.sides
    lines = [f"A: {sentences.side_name(a, b)}", f"B: {sentences.side_name(b, a)}"]
    if found.picked:
        lines.append(found.picked)
    lines += ["", sentences.headline(found), sentences.numbers_line(found)]
    for one in found.changes:
        verdicts = [each.verdict.value if each else "-" for each in (one.a, one.b)]
        lines.append(f"  {one.state.value:12} {sentences.title(one)}: {' -> '.join(verdicts)}")
    lines += [f"  {sentences.named_difference(found, one)}" for one in found.shown]
    lines += [f"Not compared: {line}" for line in found.comparable.refused]
    lines += [f"Keep in mind: {line}" for line in found.comparable.mind]
    lines.append(f"Written to {folder}")
    sys.stdout.write("\n".join(printable(line) for line in lines) + "\n")
