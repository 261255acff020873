"""`cleanform review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cleanform.cli.answers import EXIT_OK, Work
from cleanform.cli.typed import Quiet, check_range
from cleanform.errors import InputError


def review(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A folder that analyze or batch wrote.")
    ],
    clip: Annotated[
        Path | None,
        typer.Option(help="The clip, where it is not beside DIR.", metavar="FILE"),
    ] = None,
    host: Annotated[
        str, typer.Option(help="Address to listen on.", metavar="ADDRESS")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on; 0 takes a free one.", metavar="NUMBER")
    ] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Open no browser.")] = False,
    quiet: Quiet = False,
) -> Work:
    """Correct a result by hand, on its page in a browser.

    Move an event, click the plate, choose the lifter, set the scale, mark a verdict as wrong.
    Saved in DIR/corrections.json, applied on every later run, undone in the same place. The page
    is served on this machine alone until you press Ctrl-C.
    """
    check_range("--port", port, 0, 65535)

    def work() -> int:
        from cleanform.batch.discover import is_team
        from cleanform.locking import result_lock
        from cleanform.review import ReviewServer, Session
        from cleanform.staging import is_result_folder

        if is_team(folder):
            raise InputError(f"{folder}: is a team's folder; name one of its results under clips/")
        if not is_result_folder(folder):
            raise InputError(
                f"{folder}: holds no analysis.json; name a folder that cleanform wrote"
            )
        with result_lock(folder):
            session = Session(folder, clip)
            try:
                with ReviewServer(session, host, port) as server:
                    _serve(server, folder, open_browser=not no_open, quiet=quiet)
            finally:
                session.close()
        return EXIT_OK

    return work


def _serve(server: object, folder: Path, *, open_browser: bool, quiet: bool) -> None:
    """Answer requests until Ctrl-C."""
    import sys
    import webbrowser
    from typing import cast

    from cleanform.console import printable
    from cleanform.review import ReviewServer
    from cleanform.review.guard import is_loopback

    review = cast("ReviewServer", server)
    if not is_loopback(review.guard.host):
        print(
            f"cleanform: --host {printable(review.guard.host)} lets other devices in: whoever has "
            "the address below can see this result and change it, and nothing on the way is "
            "encrypted. From another device, put this machine's own address in its place.",
            file=sys.stderr,
        )
    print(review.url, flush=True)
    if not quiet:
        print(f"Reviewing {printable(str(folder))}; Ctrl-C ends it.", flush=True)
    try:
        if open_browser:
            webbrowser.open(review.url)
        review.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        if not quiet:
            print("\nEnded; drawing what is not drawn yet.", flush=True)
