"""How a batch is told of while it runs: lines on standard error, bars on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cleanform.console import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cleanform.batch import Begun, Event, Outcome, Runner


@contextmanager
def told(quiet: bool, runner: Runner) -> Iterator[_Told]:
    """A listener for `cleanform.batch.run`."""
    listener = _Told(runner, quiet)
    try:
        yield listener
    finally:
        listener.close()


class _Told:
    """One line a clip where nobody watches; a bar for the whole and one a clip on a terminal."""

    def __init__(self, runner: Runner, quiet: bool) -> None:
        self._bars = _Bars() if sys.stderr.isatty() and not quiet else None
        self._quiet = quiet
        self._runner = runner
        self._total = self._ended = 0
        self._sizes_bytes: dict[str, int] = {}
        self._to_do_bytes = self._done_bytes = 0
        self._start_s = time.monotonic()

    def __call__(self, event: Event) -> None:
        from cleanform.batch import Begun, Read, Told

        if isinstance(event, Read):
            if self._bars is not None:
                self._bars.read(event.done, event.total)
        elif isinstance(event, Begun):
            self._begin(event)
        elif isinstance(event, Told):
            if self._bars is not None:
                self._bars.tell(event.task.file, event.stage, event.share)
        else:
            self._end(event)

    def close(self) -> None:
        if self._bars is not None:
            self._bars.close()

    def _begin(self, begun: Begun) -> None:
        self._total, self._ended, self._done_bytes = begun.to_do, 0, 0
        self._sizes_bytes = {found.file: found.size_bytes for found in begun.listing.clips}
        self._to_do_bytes = begun.to_do_bytes
        self._start_s = time.monotonic()
        facts = [f"{begun.to_do} of {len(begun.listing.clips)} clips to do"]
        if begun.to_do:
            facts.append(f"{self._runner.count} at a time")
        for count, words in (
            (begun.finished, "done before"),
            (begun.copies, "copies of others"),
            (begun.recovered, "saved from an interrupted run"),
            (begun.listing.ignored_files, "other files passed over"),
        ):
            if count:
                facts.append(f"{count} {words}")
        self._say(", ".join(facts))
        if begun.unlabelled:
            names = "--name-pattern or --roster names them"
            self._say(f"{begun.unlabelled} clips without an athlete; {names}")
        for file in begun.unmatched:
            self._say(f"roster: no clip is called {file}")
        if self._bars is not None:
            self._bars.begin(begun.to_do)

    def _end(self, outcome: Outcome) -> None:
        self._ended += 1
        if outcome.seconds > 0:  # a file that cannot be opened says nothing about time
            self._done_bytes += self._sizes_bytes.get(outcome.task.file, 0)
        left = ""
        if self._done_bytes and self._ended < self._total:
            # Large clips come first and take longest: bytes tell the time left, not their number.
            share = max(0.0, self._to_do_bytes / self._done_bytes - 1)
            left = f", about {_duration((time.monotonic() - self._start_s) * share)} left"
        if self._bars is not None:
            self._bars.end(outcome.task.file)
        what = outcome.reason or f"done in {outcome.seconds:.0f} s"
        counted = f"{self._ended}/{max(self._total, self._ended)}"
        self._say(f"{counted} {outcome.task.file}: {what}{left}")

    def _say(self, line: str) -> None:
        if self._quiet:
            return
        if self._bars is not None:
            self._bars.say(printable(line))
        else:
            print(printable(line), file=sys.stderr, flush=True)


class _Bars:
    """A bar for all clips with the time left, and below it one for each that is being done."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
        self._progress: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._whole: TaskID = self._progress.add_task("all clips", total=None)
        self._each: dict[str, TaskID] = {}
        self._progress.start()

    def read(self, done: int, total: int) -> None:
        what = "looking through the files"
        self._progress.update(self._whole, description=what, completed=done, total=total)

    def begin(self, total: int) -> None:
        self._progress.reset(self._whole, total=total, description="all clips")

    def tell(self, file: str, stage: str, share: float) -> None:
        if file not in self._each:
            self._each[file] = self._progress.add_task(printable(file), total=1.0)
        what = f"  {printable(file)}: {stage or 'starting'}"
        self._progress.update(self._each[file], description=what, completed=share)

    def end(self, file: str) -> None:
        if file in self._each:
            self._progress.remove_task(self._each.pop(file))
        self._progress.advance(self._whole)

    def say(self, line: str) -> None:
        self._progress.console.print(line, soft_wrap=True)

    def close(self) -> None:
        self._progress.stop()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
