"""An `Analysis` as a short text for a terminal, and the progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cleanform.model import EVENTS, Analysis, Finding, Lift, Progress, Verdict, View
from cleanform.palette import VERDICTS

if TYPE_CHECKING:
    from rich.progress import TaskID

_ASCII_SYMBOLS = {
    Verdict.FAULT: "x",
    Verdict.WATCH: "!",
    Verdict.CANNOT_TELL: "?",
    Verdict.OK: "+",
}
#: Wide enough for one row per check where there is no terminal to ask.
_WIDTH_WITHOUT_TERMINAL = 110


def printable(text: str) -> str:
    """`text` on one line and without control characters, e.g. those of a file name.

    What stands for bytes that are not UTF-8 stays; the stream replaces it.
    """
    return "".join(
        character if character.isprintable() or "\udc80" <= character <= "\udcff" else " "
        for character in text
    )


def show(analysis: Analysis, folder: Path, stream: TextIO) -> None:
    """Print the lifts of one clip (events, checks, the one cue that matters most) and `folder`.

    Symbols that the stream cannot show become ASCII.
    """
    signs = _Signs(stream.encoding)
    parts: list[RenderableType] = [Text(printable(analysis.recording.clip.path.name), style="bold")]
    if analysis.refusal is not None:
        parts.append(_indented(Text(f"Not judged: {analysis.refusal.message}")))
    view = View(float("nan"), "unknown", 0.0) if analysis.motion is None else analysis.motion.view
    parts += [
        _indented(_lift(i, lift, view, signs)) for i, lift in enumerate(analysis.lifts, start=1)
    ]
    if analysis.tallies:
        parts.append(_indented(_together(analysis, signs)))
    parts += [_indented(Text(f"Note: {note}", style="dim")) for note in analysis.notes]
    out = _console(stream)
    with out.capture() as captured:
        out.print(*parts, sep="\n")
        out.print(f"  Written to {printable(str(folder))}", soft_wrap=True)
    lines = captured.get().splitlines()
    stream.write("\n".join(line.rstrip() for line in lines) + "\n\n")


def _console(stream: TextIO) -> Console:
    """A rich console that prints text as it is: no markup, no guesses about numbers and paths."""
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False)


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, 2))


class _Signs:
    """The few characters beyond ASCII, or what stands for them."""

    def __init__(self, encoding: str | None) -> None:
        wanted = "".join(tone.symbol for tone in VERDICTS.values()) + "±"
        try:
            wanted.encode(encoding or "ascii")
            self._plain = False
        except (UnicodeEncodeError, LookupError):
            self._plain = True
        self.plus_minus = "+-" if self._plain else "±"

    def of(self, verdict: Verdict) -> str:
        return _ASCII_SYMBOLS[verdict] if self._plain else VERDICTS[verdict].symbol


def _lift(number: int, lift: Lift, view: View, signs: _Signs) -> RenderableType:
    rep = lift.rep
    incomplete = "" if rep.complete else ", not shown to its end"
    parts: list[RenderableType] = [
        Text(f"Lift {number}: {rep.kind}{incomplete}", style="bold"),
        _events(lift),
        _findings([one for one in lift.findings if not one.is_out_of_view(view)], signs),
    ]
    away = [finding for finding in lift.findings if finding.is_out_of_view(view)]
    if away:
        titles = ", ".join(finding.title.lower() for finding in away)
        parts.append(Text(f"only from the {away[0].view}: {titles}", style="dim"))
    cue = next((finding for finding in lift.findings if finding.cue), None)
    if cue is not None:
        parts.append(Text.assemble(("Work on this first: ", "bold"), cue.cue))
    return Group(*parts)


def _events(lift: Lift) -> RenderableType:
    """Every event's time, in the order of the lift; then which are missing, by reason."""
    seen: list[Text] = []
    missing: dict[str, list[str]] = {}
    for name in EVENTS:
        event = lift.rep.events[name]
        words = name.replace("_", "-" if name == "lift_off" else " ")
        if event.time_s is None:
            missing.setdefault(event.reason, []).append(words)
        else:
            seen.append(Text(f"{words} {event.time_s:.2f} s"))
    absent = (
        Text(f"no {', '.join(names)}: {reason}", style="dim") for reason, names in missing.items()
    )
    return Group(Columns(seen, equal=True, padding=(0, 2)), *absent)


def _findings(findings: Sequence[Finding], signs: _Signs) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("check", "verdict", "value", "limit"):
        table.add_column(title, no_wrap=title == "verdict", overflow="fold")
    for finding in findings:
        style = f"{VERDICTS[finding.verdict].bright} bold"
        verdict = Text(f"{signs.of(finding.verdict)} {finding.verdict}", style=style)
        detail = finding.limit
        if finding.verdict is Verdict.CANNOT_TELL or not finding.view:
            detail = finding.reason
        elif finding.outcome:
            detail = f"{finding.outcome}: {detail}"
        table.add_row(Text(finding.title), verdict, Text(_value(finding, signs)), Text(detail))
    return table


def _together(analysis: Analysis, signs: _Signs) -> RenderableType:
    """All lifts of a clip: what is said of the set, then each check's verdicts and its spread."""
    count = len(analysis.lifts)
    parts: list[RenderableType] = [Text(f"All {count} lifts", style="bold")]
    if analysis.set_findings:
        parts.append(_findings(analysis.set_findings, signs))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("check", f"of {count} lifts", "median", "spread"):
        table.add_column(title)
    for tally in analysis.tallies:
        told = [f"{tally.verdicts[one]} {one}" for one in Verdict if tally.verdicts[one]]
        middle = _number(tally.median, tally.unit, None, signs)
        spread = _number(tally.spread, tally.unit, None, signs)
        table.add_row(Text(tally.title), Text(", ".join(told)), Text(middle), Text(spread))
    return Group(*parts, table)


def _value(finding: Finding, signs: _Signs) -> str:
    return _number(finding.value, finding.unit, finding.sigma, signs)


def _number(value: float | None, unit: str, sigma: float | None, signs: _Signs) -> str:
    if value is None:
        return ""
    decimals = 0 if unit in ("deg", "%", "lifts") else 1
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    if sigma:
        text += f" {signs.plus_minus} {sigma:.{decimals}f}"
    return f"{text} {unit}".rstrip()


@contextmanager
def progress_bar(clip: str, *, quiet: bool) -> Iterator[Progress | None]:
    """A bar on standard error while the block runs; None where nobody would see it."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    name = printable(clip)
    with Progress(*columns, console=_console(sys.stderr), transient=True) as bar:
        task: TaskID = bar.add_task(name, total=1.0)

        def tell(stage: str, done: float) -> None:
            bar.update(task, description=f"{name}: {stage}", completed=done)

        yield tell
