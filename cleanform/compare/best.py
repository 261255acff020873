"""The athlete's best earlier lift, from what earlier analyses left.

*Best* is the lift with the fewest faults, then the fewest things to watch, then the highest peak
speed of the bar among those with the same load; then the newest. A lift of which fewer than half
of the checks from its view could be made is not considered: a camera that saw nothing finds no
fault.
*Earlier* is an earlier day where both have a date, an earlier lift in the same clip, or, where
days are not known, any other lift. *The athlete's* is a lift with the same name, or with none where
this one has none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanform.archive import JSON_FILE
from cleanform.errors import InputError
from cleanform.model import SCHEMA_VERSION, Verdict
from cleanform.rules import all_rules
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.compare.sides import Side

_SAME_LOAD_KG = 0.5


@dataclass(frozen=True)
class Candidate:
    """One lift of an earlier analysis, as far as it is needed to choose."""

    folder: Path
    number: int  # from 1
    clip: str
    athlete: str | None
    date: str | None  # YYYY-MM-DD
    load_kg: float | None
    kind: str
    verdicts: tuple[str, ...]
    peak_speed_m_s: float | None

    def count(self, verdict: Verdict) -> int:
        return sum(one == verdict.value for one in self.verdicts)

    @property
    def made(self) -> int:
        """How many checks could be made."""
        return len(self.verdicts) - self.count(Verdict.CANNOT_TELL)


def beside(folder: Path) -> list[Candidate]:
    """Every lift in the result folders that lie where `folder` lies, its own included."""
    found: list[Candidate] = []
    for other in sorted(folder.resolve().parent.iterdir()):
        found += in_folder(other)
    return found


def in_folder(folder: Path) -> list[Candidate]:
    """The lifts of one result folder; none where it holds no analysis that can be read."""
    try:
        document = json.loads((folder / JSON_FILE).read_text("utf-8"))
        if document["schema_version"] != SCHEMA_VERSION:
            return []
        return [_candidate(folder, document, lift) for lift in document["lifts"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def from_its_view(verdicts: Mapping[str, str]) -> tuple[str, ...]:
    """The verdicts, by rule, of the checks that see from where most of those made see."""
    views = {rule.id: rule.view for rule in all_rules()}
    made = [views.get(rule) for rule, word in verdicts.items() if word != Verdict.CANNOT_TELL.value]
    most = max(views.values(), key=made.count)
    return tuple(word for rule, word in verdicts.items() if views.get(rule, most) == most)


def _candidate(folder: Path, document: Mapping[str, Any], lift: Mapping[str, Any]) -> Candidate:
    options = document["options"]
    speed = lift["metrics"].get("peak_bar_speed")
    return Candidate(
        folder,
        lift["index"] + 1,
        document["clip"]["path"],
        options["athlete"],
        options["date"],
        options["load_kg"],
        lift["kind"],
        from_its_view({each["rule"]: each["verdict"] for each in lift["findings"]}),
        speed["value"] if speed else None,
    )


def choose(one: Side, candidates: Iterable[Candidate]) -> Candidate:
    """The best of the candidates that are this athlete's and earlier.

    Raises:
        InputError: there is none, with what was looked for.
    """
    options = one.analysis.options
    fitting = [each for each in candidates if _is_earlier(each, one) and _fits(each, one)]
    if not fitting:
        whose = f" of {options.athlete}" if options.athlete else ""
        raise InputError(
            f"{one.folder.name}: no earlier lift{whose} is there to compare with; --best looks at "
            "the result folders beside it, or in a team's folder with --team"
        )
    return min(fitting, key=lambda each: _rank(each, options.load_kg))


def why(chosen: Candidate, load_kg: float | None) -> str:
    """Which lift was picked, and for what, in a sentence."""
    parts = [
        _counted("faults", chosen.count(Verdict.FAULT)),
        _counted("watches", chosen.count(Verdict.WATCH)),
    ]
    if chosen.peak_speed_m_s is not None and _same_load(chosen, load_kg):
        parts.append(say("compare_best.speed", speed=f"{chosen.peak_speed_m_s:.2f}"))
    which = chosen.clip if chosen.date is None else f"{chosen.clip}, {chosen.date}"
    return say("compare_best.picked", which=which, number=chosen.number, why=", ".join(parts))


def _counted(what: str, count: int) -> str:
    key = "no" if count == 0 else "one" if count == 1 else "more"
    return say(f"compare_best.{key}_{what}", count=count)


def _fits(each: Candidate, one: Side) -> bool:
    own = one.analysis.options
    return (
        (each.athlete or None) == (own.athlete or None)
        and each.kind.startswith("hang") == one.rep.kind.startswith("hang")
        and 2 * each.made >= len(each.verdicts) > 0
    )


def _is_earlier(each: Candidate, one: Side) -> bool:
    if each.folder.resolve() == one.folder.resolve():
        return each.number < one.number
    day = one.analysis.options.date
    return each.date is None or day is None or each.date < day


def _rank(each: Candidate, load_kg: float | None) -> tuple[int, int, bool, float, list[int]]:
    same = _same_load(each, load_kg)
    speed = (each.peak_speed_m_s or 0.0) if same else 0.0
    newest = [-ord(letter) for letter in each.date or ""]
    return each.count(Verdict.FAULT), each.count(Verdict.WATCH), not same, -speed, newest


def _same_load(each: Candidate, load_kg: float | None) -> bool:
    if each.load_kg is None or load_kg is None:
        return each.load_kg is load_kg
    return abs(each.load_kg - load_kg) <= _SAME_LOAD_KG
