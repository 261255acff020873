"""`cleanform rules`."""

from __future__ import annotations

from typing import Annotated

import typer

from cleanform.cli.answers import EXIT_OK, Work


def rules(
    explain: Annotated[
        str | None, typer.Option(metavar="ID", help="Print one check in full.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print all of docs/rules.md.")
    ] = False,
    new: Annotated[
        str | None, typer.Option(metavar="NAME", help="Begin a check: its file, coaching and test.")
    ] = None,
) -> Work:
    """List the checks."""

    def work() -> int:
        from cleanform import rules as checks

        if new is not None:
            for path in checks.start_rule(new).values():
                print(path)
            print("Fill in what they leave open, then: cleanform rules --markdown > docs/rules.md")
        elif explain is not None:
            print(checks.explain(explain))
        elif markdown:
            print(checks.markdown(), end="")
        else:
            for each in checks.all_checks():
                print(f"{each.id:<16} {each.title}")
        return EXIT_OK

    return work
