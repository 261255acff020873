"""The pages that a coach opens: index.html, and one page an athlete.

Plain files without any request beyond the team's folder. Everything that came with a clip or a
roster is escaped.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cleanform import palette
from cleanform.batch import habits
from cleanform.batch.charts import Axis, Dot, day_axis, number_axis, trend
from cleanform.batch.team import ORDER, Athlete, Check, ClipEntry, LiftEntry, read_team
from cleanform.model import Limits, Verdict
from cleanform.report.measures import Measures
from cleanform.rules import Check as Rule
from cleanform.rules import all_rules, all_set_rules
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from cleanform.batch.store import Store

INDEX_FILE = "index.html"
ATHLETES = "athletes"
#: Metrics with a trend of their own: name, title.
TRENDS = (
    ("peak_bar_speed", "Peak bar speed"),
    ("bar_apex_height", "Height of the bar"),
    ("bar_drop_to_catch", "Drop to the catch"),
)
NAMELESS = "Clips without a name"
#: Faults before this many athletes get a card of their own on the first page.
_CARDS = 3
_MOST_DOTS = 400


def write(store: Store, team: Path) -> None:
    """Write every page; pages of athletes that are no more are removed."""
    every: tuple[Rule, ...] = (*all_rules(), *all_set_rules())
    from_elsewhere = {rule.id for rule in all_rules() if rule.seen_from != "side"}
    shown = read_team(store, [rule.id for rule in every], from_elsewhere)
    measures = Measures(shown.units)
    environment = _environment(measures)
    heads = {rule: _head(rule) for rule in shown.rules}
    text = environment.get_template("index.html.j2").render(
        team=shown,
        heads=heads,
        titles={rule.id: rule.title for rule in every},
        cards=[athlete for athlete in shown.athletes if athlete.name and athlete.score][:_CARDS],
        unnamed=next((a for a in shown.athletes if not a.name and a.score), None),
        unjudged=sum(clip.status != "judged" for clip in shown.clips),
        stale=sum(clip.stale for clip in shown.clips),
        rows=_rows(shown.clips),
        names=[athlete.name for athlete in shown.athletes if athlete.name],
    )
    folder = team / ATHLETES
    folder.mkdir(exist_ok=True)
    template = environment.get_template("athlete.html.j2")
    limits = {(rule.id, part): limits for rule in every for part, limits in rule.parts.items()}
    pages = {}
    for athlete in shown.athletes:
        pages[Path(athlete.page).name] = _athlete_page(template, athlete, heads, limits, measures)
    for name, page in pages.items():
        replace_file(folder / name, page.encode("utf-8", "replace"))
    for path in folder.glob("*.html"):
        if path.name not in pages:
            path.unlink()
    replace_file(team / INDEX_FILE, text.encode("utf-8", "replace"))


def _environment(measures: Measures) -> Environment:
    environment = Environment(
        loader=PackageLoader("cleanform.batch"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        css=Markup(_asset("team.css")),
        script=Markup(_asset("team.js")),
        tones=palette.VERDICTS,
        order=ORDER,
        nameless=NAMELESS,
        quantity=measures.quantity,
        load=measures.load,
        text=measures.text,
        tone=_tone,
        rest=_rest,
        counted=_counted,
    )
    environment.filters["soft"] = _soft
    return environment


def _soft(path: str) -> Markup:
    """A path that may be broken after its separators, and only elsewhere if it must."""
    return Markup(re.sub(r"(?<=[/_])", "<wbr>", str(escape(path))))


def _asset(name: str) -> str:
    return resources.files("cleanform.batch").joinpath("templates", name).read_text("utf-8")


def _head(rule: str) -> str:
    """A column's head: ``rounded_back`` -> "Rounded back"."""
    return rule.replace("_", " ").capitalize()


def _counted(count: int, what: str) -> str:
    """A number and what it counts: "1 lift", "2 lifts"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _rest(lift: LiftEntry) -> str:
    """The checks that a narrow screen leaves out, counted: "6 ok, 2 cannot tell"."""
    said = [check.verdict for check in lift.checks.values()]
    quiet = ((verdict, said.count(verdict)) for verdict in (Verdict.OK, Verdict.CANNOT_TELL))
    return ", ".join(f"{count} {verdict.value}" for verdict, count in quiet if count)


def _tone(verdict: Verdict) -> str:
    return verdict.value.replace(" ", "-")


def _rows(clips: Sequence[ClipEntry]) -> list[tuple[ClipEntry, LiftEntry | None]]:
    """One row a lift, one a clip without any; the newest first."""
    rows: list[tuple[ClipEntry, LiftEntry | None]] = []
    for clip in sorted(clips, key=lambda each: each.date or "", reverse=True):
        rows += [(clip, lift) for lift in clip.lifts] or [(clip, None)]
    return rows


# --- one athlete --------------------------------------------------------------------------------


def _athlete_page(
    template: Any,
    athlete: Athlete,
    heads: dict[str, str],
    limits: dict[tuple[str, str], Limits],
    measures: Measures,
) -> str:
    sets = {clip.file: len(clip.lifts) for clip in athlete.clips}
    checked = {rule for lift in athlete.lifts for rule in lift.checks}
    heads = {rule: head for rule, head in heads.items() if rule in checked}
    return str(
        template.render(
            athlete=athlete,
            heads=heads,
            first=athlete.first_thing(),
            cells=athlete.cells(),
            best=athlete.best_lift(),
            last=athlete.lifts[-1] if athlete.lifts else None,
            charts=_charts(athlete, heads, limits, measures) if athlete.name else [],
            notes=habits.notes(athlete.dates, sets) if athlete.name else [],
            source=habits.SOURCE,
            rows=_rows(athlete.clips),
        )
    )


def _charts(
    athlete: Athlete,
    heads: dict[str, str],
    limits: dict[tuple[str, str], Limits],
    measures: Measures,
) -> list[tuple[str, str, Markup]]:
    """Title, caption and picture of every trend that has at least two lifts."""
    found = []
    lifts = athlete.lifts[-_MOST_DOTS:]
    for name, title in TRENDS:
        known = [lift for lift in lifts if name in lift.metrics]
        for by, over in (("over time", _when), ("by load", _load)):
            drawn = _chart(known, name, f"{title} {by}", over(known, measures), measures)
            if drawn is not None:
                found.append((f"{title} {by}", "", drawn))
    for rule, title in heads.items():
        checked = [lift for lift in lifts if _measured(lift.checks.get(rule))]
        parts = [lift.checks[rule].part for lift in checked]
        for part in dict.fromkeys(parts):
            shown = [lift for lift in checked if lift.checks[rule].part == part]
            allowed = limits.get((rule, part))
            named = f"{title}: {part}" if len(set(parts)) > 1 else title
            drawn = _chart(shown, rule, named, _when(shown, measures), measures, allowed)
            if drawn is not None:
                found.append((named, measures.text(shown[-1].checks[rule].limit), drawn))
    return found


def _measured(check: Check | None) -> bool:
    return check is not None and check.value is not None


_Places = tuple[list[float | None], Axis | None]


def _when(lifts: Sequence[LiftEntry], measures: Measures) -> _Places:
    """Days where every lift has one, else the lifts in their order."""
    days = [date.fromisoformat(lift.clip.date) for lift in lifts if lift.clip.date]
    if len(days) == len(lifts) and len(set(days)) > 1:
        return [float(day.toordinal()) for day in days], day_axis(days)
    order: list[float] = [float(n) for n in range(1, len(lifts) + 1)]
    ticks = tuple((n, f"{n:g}") for n in order)
    return [*order], Axis("", tuple((n, f"lift {text}") for n, text in ticks))


def _load(lifts: Sequence[LiftEntry], measures: Measures) -> _Places:
    loads = [lift.clip.load_kg for lift in lifts]
    shown = [None if load is None else measures.convert(load, "kg")[0] for load in loads]
    known = [load for load in shown if load is not None]
    axis = number_axis(known, measures.convert(0.0, "kg")[1]) if len(set(known)) > 1 else None
    return shown, axis


def _chart(
    lifts: Sequence[LiftEntry],
    name: str,
    title: str,
    over: _Places,
    measures: Measures,
    limits: Limits | None = None,
) -> Markup | None:
    """The value of a check or a metric over time or load; None where there is no trend to show."""
    places, axis = over
    if axis is None:
        return None
    dots = []
    unit = ""
    for lift, x in zip(lifts, places, strict=True):
        check = lift.checks.get(name)
        if x is None:
            continue
        if check is not None and check.value is not None:
            y, unit, sigma = check.value, check.unit, check.sigma
        else:
            y, unit, sigma = lift.metrics[name]
        verdict = check.verdict if check is not None else None
        load = f", {measures.load(lift.clip.load_kg)}" if lift.clip.load_kg else ""
        label = f"{lift.clip.date or lift.clip.file}{load}"
        link = posixpath.join("..", lift.link(name if check is not None else ""))
        shown, shown_sigma = (
            None if each is None else measures.convert(each, unit)[0] for each in (y, sigma)
        )
        dots.append(Dot(x, shown or 0.0, shown_sigma, verdict, label, link))
    if len(dots) < 2:
        return None
    held = limits if limits is not None and limits.unit == unit else None
    return trend(dots, axis, measures.convert(0.0, unit)[1], title, _shown(held, measures))


def _shown(limits: Limits | None, measures: Measures) -> Limits | None:
    """Limits in the reader's unit."""
    if limits is None:
        return None
    factor, unit = measures.convert(1.0, limits.unit)
    names = ("ok_min", "fault_min", "ok_max", "fault_max")
    return replace(limits, unit=unit, **{name: factor * getattr(limits, name) for name in names})
