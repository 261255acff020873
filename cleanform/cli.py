"""The command line; with `console`, the only place that prints.

A command only reads what was typed and returns the work to do; `main` runs that work and turns
whatever ends it into an exit code and at most one line: 0 done (a refusal is a result too), 2 bad
input, 130 interrupted. Nothing heavy is imported before there is work.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cleanform.errors import CleanformError, InputError, missing_library

if TYPE_CHECKING:
    from cleanform.model import Analysis, Options

EXIT_OK, EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 0, 2, 130, 141

Work = Callable[[], int]

app = typer.Typer(
    help="Looks at a phone clip of a power clean and says what was good, what to fix, "
    "and how sure it is.",
    epilog="Nothing leaves your machine: cleanform makes no network connection.",
    rich_markup_mode=None,  # rich costs as much time as all the rest of --help
    add_completion=False,
    pretty_exceptions_enable=False,
)

_Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
_Json = Annotated[
    bool, typer.Option("--json", help="Print analysis.json (several clips: an array), no more.")
]


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


@app.command(
    epilog="Film from the side, camera at hip height, 3-5 m away, whole body and plate in the "
    "picture, 60 frames a second or more."
)
def analyze(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP", help="Video files.")],
    model: Annotated[
        str, typer.Option(help="Pose model: lite, full or heavy.", metavar="NAME")
    ] = "full",
    plate_mm: Annotated[
        float, typer.Option(help="Diameter of the near plate.", metavar="MM")
    ] = 450.0,
    stature_cm: Annotated[
        float | None, typer.Option(help="The lifter's height.", metavar="CM")
    ] = None,
    slow_motion: Annotated[
        float | None,
        typer.Option(help="How many times slower than life the clip plays.", metavar="FACTOR"),
    ] = None,
    load_kg: Annotated[
        float | None, typer.Option(help="Weight on the bar, to be shown.", metavar="KG")
    ] = None,
    athlete: Annotated[
        str | None, typer.Option(help="The lifter's name, to be shown.", metavar="NAME")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="DIR", help="Result folder; of several clips, their parent."
        ),
    ] = None,
    no_video: Annotated[bool, typer.Option("--no-video", help="Write no overlay.mp4.")] = False,
    as_json: _Json = False,
    quiet: _Quiet = False,
) -> Work:
    """Judge the lifts in clips.

    Each clip gets a folder clip.cleanform/ beside it, or where -o says.
    """
    _check_choice("--model", model, ("lite", "full", "heavy"))
    _check_range("--plate-mm", plate_mm, 100, 600)
    _check_range("--stature-cm", stature_cm, 100, 230)
    _check_range("--slow-motion", slow_motion, 1, 100)
    _check_range("--load-kg", load_kg, 0.1, 1000)

    def work() -> int:
        from cleanform.model import Options

        options = Options(
            model=model,
            plate_mm=plate_mm,
            stature_cm=stature_cm,
            slow_motion=slow_motion,
            load_kg=load_kg,
            athlete=athlete,
            video=not no_video,
        )
        return _analyze_all(clips, options, output, as_json=as_json, quiet=quiet)

    return work


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that analyze wrote.")],
    as_json: _Json = False,
    quiet: _Quiet = False,
) -> Work:
    """Judge and draw again from a result folder.

    Takes seconds: the clip is not decoded and the pose model does not run.
    """

    def work() -> int:
        from cleanform.console import progress_bar, show
        from cleanform.pipeline import rejudge

        with progress_bar(folder.name, quiet=quiet or as_json) as progress:
            analysis = rejudge(folder, progress)
        if as_json:
            _print_json(_document(analysis))
        elif not quiet:
            show(analysis, folder, sys.stdout)
        return EXIT_OK

    return work


@app.command()
def rules(
    explain: Annotated[
        str | None, typer.Option(metavar="ID", help="Print one check in full.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print all of docs/rules.md.")
    ] = False,
) -> Work:
    """List the checks, with their limits."""

    def work() -> int:
        from cleanform import rules as checks

        if explain is not None:
            print(checks.explain(explain))
        elif markdown:
            print(checks.markdown(), end="")
        else:
            for each in checks.all_rules():
                print(f"{each.id:<16} {each.title}")
        return EXIT_OK

    return work


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
        return _complain(error.format_message())
    except CleanformError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        _complain("interrupted; the clip that was being worked on has left nothing behind")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # Whoever read us has gone; keep Python from saying so when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_BROKEN_PIPE
    except (ImportError, OSError) as error:
        missing = missing_library(error)
        if missing is None:
            raise
        return _complain(str(missing))


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
                code = _complain(str(error))
                continue
            if as_json:
                documents.append(_document(analysis))
            elif not quiet:
                show(analysis, folder, sys.stdout)
    finally:
        if made and parent is not None and not any(parent.iterdir()):
            parent.rmdir()
    if as_json and (documents or len(folders) > 1):
        _print_json(documents if len(folders) > 1 else documents[0])
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


def _document(analysis: Analysis) -> dict[str, Any]:
    from cleanform.archive import to_json

    return to_json(analysis)


def _print_json(document: object) -> None:
    from cleanform.archive import to_text

    print(to_text(document, ascii_only=True))


def _check_choice(option: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(f"{option} {value}: choose one of {', '.join(choices)}")


def _check_range(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InputError(f"{option} {value:g}: give a number from {low:g} to {high:g}")


def _complain(message: str) -> int:
    from cleanform.console import printable

    print(f"cleanform: {printable(message)}", file=sys.stderr)
    return EXIT_BAD_INPUT


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
