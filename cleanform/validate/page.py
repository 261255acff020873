"""The record as a page to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from cleanform import rules
from cleanform.model import EVENTS
from cleanform.validate.calibration import TRUTHS
from cleanform.validate.doses import DOSES, JUDGED_TIMES
from cleanform.validate.figures import CONFIDENCES, OWN_FRONT
from cleanform.validate.limits import limit_of
from cleanform.validate.pixel import LANDMARK_SD, OUTLINE_SD_DEG, PLATE_SD_PX
from cleanform.validate.record import Record
from cleanform.validate.statistics import Figure

_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt "
    '-e ".[synth]" && .venv/bin/cleanform validate'
)
_INTRODUCTION = f"""\
# How accurate cleanform is

Written by `cleanform validate`; edit nothing here. Each number comes with a 95 % interval in
brackets and with *n*, the number of events, lifts or clips behind it. Run it yourself, from a
fresh clone (a few minutes; the full rendered set, with `--rendered full --work FOLDER`, takes an
hour and goes on where it was interrupted):

```sh
{_COMMAND}
```

An *aim* is what the project wants; below each figure also lies a *floor* in
`cleanform/validate/limits.toml`, under which the command ends with an error, and CI with it.

**What this page cannot tell.** The lifts below were made, not filmed: a skinned body, one barbell,
a tidy room, clothes that do not swing, a pose model that finds such a body easily. What is
measured so is geometry, timing and logic. How often a verdict agrees with a coach's in a real
gym is not claimed from it and is not known yet. Real clips stand at the end, by themselves, and
they are few.
"""
_LEVELS = {
    "pixel": (
        "Pixel-level lifts",
        "Known lifts projected through a virtual phone and judged from there: no picture is "
        "drawn, so thousands can be run. The tracker's noise is assumed: landmarks "
        f"{100 * LANDMARK_SD:g} % of stature (correlated from frame to frame), the plate "
        f"{PLATE_SD_PX:g} px, the back's outline {OUTLINE_SD_DEG:g} deg. Frame rates 24 to "
        "240, some of them variable.",
    ),
    "rendered": (
        "Rendered clips",
        "The same lifts drawn as video files (360x640 upright from the side, 800x450 from other "
        "views, 540x960 for the back) with noise, motion blur and H.264, and read as any clip is: "
        "decoder, pose model, plate finder, outline, all of it.",
    ),
}


def markdown(record: Record, picture: Mapping[str, str]) -> str:
    """The page. `picture` maps a level to the relative path of its dose-response curves."""
    lines = [_INTRODUCTION, *_aims(record)]
    for level, (title, text) in _LEVELS.items():
        if level in record.counts:
            lines += [f"\n## {title}\n", f"{text}\n", f"{_how_many(record, level)}\n"]
            lines += _level(record, level, picture)
    lines += ["\n## Real clips\n", *_real(record)]
    return "\n".join(lines).rstrip() + "\n"


def picture_name(level: str) -> str:
    return PurePosixPath(f"validation_{level}.svg").name


def _how_many(record: Record, level: str) -> str:
    made = record.counts[level]
    left_out = record.not_made.get(level, 0)
    text = f"{made} lifts."
    if left_out:
        text += f" Of these, {left_out} could not be made (no such body reaches the dose)."
    crashes = [each for each in record.crashes if each]
    return text + (f" {len(crashes)} crashed: {'; '.join(crashes)}." if crashes else "")


def _aims(record: Record) -> Iterator[str]:
    """How many aims are met, and every one that is missed."""
    aimed = {name: limit_of(name).aim for name in record.figures}
    wanted = {name: aim for name, aim in aimed.items() if aim is not None}
    missed = [name for name, aim in wanted.items() if not aim.holds(record.figures[name].value)]
    yield f"**{len(wanted) - len(missed)} of {len(wanted)} aims are met.**"
    if missed:
        yield "Missed:\n"
        yield from _table(
            ("figure", "value", "n", "aim"),
            [
                (name, _with_unit(record.figures[name]), record.figures[name].n, wanted[name])
                for name in missed
            ],
        )


def _level(record: Record, level: str, picture: Mapping[str, str]) -> Iterator[str]:
    figures = {
        name.removeprefix(f"{level}/"): figure
        for name, figure in record.figures.items()
        if name.startswith(f"{level}/")
    }
    views = list(
        dict.fromkeys(name.split("/")[0] for name in figures if name.endswith("/lift_off/median"))
    )
    yield "### Events\n"
    yield "Distance from the true moment, ms.\n"
    for view in views:
        yield f"\n**{view}**\n"
        yield from _grid(
            figures, "event", EVENTS, {n: f"{view}/{{}}/{n}" for n in ("median", "95 %", "missed")}
        )
    yield from _confidence(figures)
    yield "\n### Lifts\n"
    chosen = [n for n in figures if n.startswith(("lifts/", "not cleans/"))]
    yield from _list(figures, level, chosen)
    yield "\n### The bar\n"
    yield "From the side, lift-off to catch, counted from where the bar lay.\n"
    if any(name.startswith("bar/slow motion") for name in figures):
        yield (
            "Slow motion: the same pictures taken to play 2, 4 and 8 times slower than life, and "
            "as they are; *told right* is of the slowed ones, *told wrong*, a factor other than "
            "the true one, of all.\n"
        )
    yield from _list(figures, level, [n for n in figures if n.startswith("bar/")])
    yield "\n### Joint angles\n"
    yield "Root mean square over the lift, constant offsets included; median over lifts, deg.\n"
    yield from _grid(
        figures, "view", views,
        {a: f"{{}}/{a} angle/median RMSE" for a in ("knee", "hip", "trunk")},
    )  # fmt: skip
    names = [rule.id for rule in rules.all_rules()]
    yield "\n### Checks on lifts without a fault\n"
    yield f"{_where(figures)}, % of lifts.\n"
    yield from _grid(
        figures, "check", [*names, "any", "any from the front"],
        {word: f"false alarms/{{}}/{word}" for word in ("fault", "watch")},
    )  # fmt: skip
    yield "\n*Cannot tell*, % of lifts without a fault, by view.\n"
    told = {view: f"{view}/{{}}/cannot tell" for view in views}
    if _has_front(figures):
        told["front, made for it"] = f"{OWN_FRONT}/{{}}/cannot tell"
    yield from _grid(figures, "check", names, told)
    yield "\n### Checks on lifts with a fault\n"
    yield f"{_where(figures)}, % of lifts called *fault*, by dose (1 is the fault limit).\n"
    columns = {f"{t:g} x": f"detection/{{}}/{t:g} x limit/fault" for t in JUDGED_TIMES}
    columns["2 x, fault or watch"] = "detection/{}/2 x limit/fault or watch"
    columns["other checks silent"] = "detection/{}/others silent"
    yield from _grid(figures, "fault", [dose.key for dose in DOSES], columns)
    yield from _sets(figures)
    yield from _calibration(figures)
    if level in picture:
        yield f"\n![Share of each verdict against the dose of a fault]({picture[level]})"


def _sets(figures: Mapping[str, Figure]) -> Iterator[str]:
    if not any(name.startswith("sets/") for name in figures):
        return
    yield "\n### Checks on sets\n"
    yield (
        "Several lifts in a row, from the side: % in which a check of sets says *watch*, where all "
        "lifts are alike (3 to 6 of them), and where they are not (or are too many).\n"
    )
    told = {name: f"sets/{{}}/{name}" for name in ("all alike", "told")}
    yield from _grid(figures, "check", [rule.id for rule in rules.all_set_rules()], told)


def _calibration(figures: Mapping[str, Figure]) -> Iterator[str]:
    parts = [part for part in TRUTHS if f"calibration/{part}/within 1 sigma" in figures]
    if not parts:
        return
    yield "\n### Stated uncertainties\n"
    yield (
        "From the side, with a fault and without: % of truths that lie within one and two of the "
        "sigmas that a check states (68 and 95 where they are normal and neither too small, which "
        "makes false faults, nor too large, which hides true ones).\n"
    )
    yield from _grid(
        figures,
        "check",
        parts,
        {f"{n} sigma": f"calibration/{{}}/within {n} sigma" for n in (1, 2)},
    )


def _has_front(figures: Mapping[str, Figure]) -> bool:
    return any(name.startswith(f"{OWN_FRONT}/") for name in figures)


def _where(figures: Mapping[str, Figure]) -> str:
    return (
        "From the side, or the front where a check needs it"
        if _has_front(figures)
        else ("From the side")
    )


def _confidence(figures: Mapping[str, Figure]) -> Iterator[str]:
    if not any(name.startswith("confidence/") for name in figures):
        return
    yield "\n### Confidence\n"
    yield (
        "An event's confidence is its chance to lie within two frames at 30 frames a second "
        "(67 ms) of the truth. How many did, %, of those given with so much, every view and "
        "event:\n"
    )
    yield from _grid(figures, "confidence", list(CONFIDENCES), {"right": "confidence/{}/right"})


def _real(record: Record) -> Iterator[str]:
    if not record.real:
        yield "Not run: `cleanform validate --clips FOLDER` runs them."
        return
    yield (
        "Events marked by eye, to within one to four frames. Clips of other people cannot be "
        "passed on, so only the figures are here.\n"
    )
    names = [name for name in record.figures if name.startswith("real/")]
    yield from _list(
        {name.removeprefix("real/"): record.figures[name] for name in names}, "real",
        [name.removeprefix("real/") for name in names],
    )  # fmt: skip
    yield ""
    rows = []
    for clip in record.real:
        errors = [
            f"{d.event} {'not found' if d.error_s is None else f'{1000 * d.error_s:+.0f} ms'}"
            for d in clip.differences
        ]
        found = ", ".join(clip.kinds_found) or f"refused ({clip.refusal})"
        rows.append((clip.lift, clip.view, found, "; ".join(errors), "; ".join(clip.verdicts)))
    yield from _table(("shows", "view", "found", "events", "verdicts"), rows)


def _list(figures: Mapping[str, Figure], level: str, names: Sequence[str]) -> Iterator[str]:
    rows = []
    for name in names:
        aim = limit_of(f"{level}/{name}").aim
        words = name.partition("/")[2].replace("/", ", ")
        rows.append((words, _with_unit(figures[name]), figures[name].n, aim or ""))
    yield from _table(("", "value", "n", "aim"), rows)


def _grid(
    figures: Mapping[str, Figure], head: str, rows: Sequence[str], columns: Mapping[str, str]
) -> Iterator[str]:
    """A table with a figure in each cell; rows without any are left out, n is the row's largest."""
    cells = []
    for row in rows:
        found = [figures.get(pattern.format(row)) for pattern in columns.values()]
        seen = [figure for figure in found if figure is not None]
        if seen:
            n = max(figure.n for figure in seen)
            cells.append((row.replace("_", " "), *map(_bare, found), n))
    yield from _table((head, *columns, "n"), cells)


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"


def _bare(figure: Figure | None) -> str:
    """As in 12 (10-15), with as many digits as matter."""
    if figure is None:
        return ""
    return f"{_number(figure.value)} ({_number(figure.low)}-{_number(figure.high)})"


def _with_unit(figure: Figure) -> str:
    if figure.low == figure.high == figure.value:
        return f"{_number(figure.value)} {figure.unit}"
    return f"{_bare(figure)} {figure.unit}"


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
