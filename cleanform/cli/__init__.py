"""The command line; with `console`, the only place that prints.

One file per command. A command only reads what was typed and returns the work to do; `main` runs
that work and turns whatever ends it into an exit code and at most one line: 0 done (a refusal is a
result too), 1 a figure below its floor, 2 bad input, 130 interrupted. Nothing heavy is imported
before there is work.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from cleanform.cli import analyze, batch, compare, report, review, rules, synth, validate
from cleanform.cli.answers import (
    EXIT_BROKEN_PIPE,
    EXIT_INTERRUPTED,
    EXIT_OK,
    Work,
    complain,
)
from cleanform.errors import CleanformError, missing_library

app = typer.Typer(
    help="Looks at a phone clip of a power clean and says what was good, what to fix, "
    "and how sure it is.",
    epilog="Nothing leaves your machine: cleanform makes no network connection.",
    rich_markup_mode=None,  # rich costs as much time as all the rest of --help
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(epilog=analyze.HOW_TO_FILM)(analyze.analyze)
app.command()(batch.batch)
app.command()(compare.compare)
app.command()(report.report)
app.command()(review.review)
app.command()(rules.rules)
app.command()(synth.synth)
app.command()(validate.validate)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> Work | None:
    if version:
        from cleanform import __version__

        print(f"cleanform {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and give its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    for name in ("SIGTERM", "SIGHUP"):  # ended from outside: clean up as for Ctrl-C
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    try:
        work = app(arguments, prog_name="cleanform", standalone_mode=False)
        code = work() if callable(work) else int(work or EXIT_OK)
        sys.stdout.flush()
        return code
    except typer.TyperException as error:
        return complain(error.format_message())
    except CleanformError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        complain("interrupted; the clip that was being worked on has left nothing behind")
        # What was cut off amid its work cannot always tidy up as Python ends: no news to the user.
        sys.unraisablehook = _keep_quiet
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; keep Python from saying so when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except (ImportError, OSError) as error:
        missing = missing_library(error)
        if missing is None:
            raise
        return complain(str(missing))


def _interrupt(number: int, frame: object) -> None:
    sys.unraisablehook = _keep_quiet
    raise KeyboardInterrupt


def _keep_quiet(unraisable: object) -> None:
    """Instead of a traceback from a finaliser."""
