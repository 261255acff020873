"""The team as its pages show it: athletes, their lifts, and whom to talk to first."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cleanform.batch.tasks import slug
from cleanform.model import Verdict

if TYPE_CHECKING:
    from cleanform.batch.store import Row, Store

#: Worst first.
ORDER = (Verdict.FAULT, Verdict.WATCH, Verdict.CANNOT_TELL, Verdict.OK)
#: How much a verdict asks for attention, as a share of the lifts that it was said of.
_WEIGHT = {Verdict.FAULT: 3.0, Verdict.WATCH: 1.0}


@dataclass(frozen=True)
class Check:
    """What one check says of one lift."""

    rule: str
    title: str
    verdict: Verdict
    value: float | None
    unit: str
    sigma: float | None
    limit: str
    part: str
    outcome: str
    reason: str
    cue: str
    of_set: bool = False  # it is about the lifts of the clip together


@dataclass(frozen=True, eq=False)
class ClipEntry:
    """One file, whatever came of it."""

    file: str
    athlete: str | None
    date: str | None
    load_kg: float | None
    status: str  # judged, refused, failed
    reason: str
    result: str | None  # folder below the team's
    thumbnail: str | None
    stale: bool
    finished: str
    lifts: list[LiftEntry] = field(default_factory=list)

    @property
    def page(self) -> str | None:
        """Its report, below the team's folder."""
        return f"{self.result}/report.html" if self.result else None


@dataclass(frozen=True, eq=False)
class LiftEntry:
    """One lift with its worst finding of each check.

    What is said of a set stands with the last lift of its clip, and counts for none of them.
    """

    clip: ClipEntry
    number: int
    kind: str
    complete: bool
    verdict: Verdict
    checks: dict[str, Check] = field(default_factory=dict)
    metrics: dict[str, tuple[float, str, float | None]] = field(default_factory=dict)

    def link(self, rule: str = "") -> str:
        """Where the lift, or one check of it, is explained."""
        if not rule:
            return f"{self.clip.page}"
        place = f"lift{self.number}-{rule.replace('_', '-')}"
        return f"{self.clip.page}#{'together' if self.checks[rule].of_set else place}"

    def count(self, verdict: Verdict) -> int:
        own = (check for check in self.checks.values() if not check.of_set)
        return sum(check.verdict is verdict for check in own)


@dataclass(frozen=True)
class Cell:
    """One athlete, one check, one session."""

    rule: str
    verdict: Verdict  # the worst
    hits: int  # lifts with that verdict
    judged: int  # lifts of which the check could speak
    lift: LiftEntry  # the newest that shows it

    @property
    def counted(self) -> str:
        """What `judged` counts: "lift", "lifts", "set", "sets"."""
        what = "set" if self.lift.checks[self.rule].of_set else "lift"
        return what if self.judged == 1 else f"{what}s"

    @property
    def score(self) -> float:
        return _WEIGHT.get(self.verdict, 0.0) * self.hits / max(self.judged, 1)


@dataclass(frozen=True, eq=False)
class Athlete:
    """One lifter and all that is known of them, newest lift last."""

    name: str  # "" for clips without a name
    clips: tuple[ClipEntry, ...]
    lifts: tuple[LiftEntry, ...]

    @property
    def page(self) -> str:
        """Its page, below the team's folder; two names never share one."""
        mark = hashlib.sha256(self.name.encode()).hexdigest()[:4]
        return f"athletes/{slug(self.name or 'without a name')}-{mark}.html"

    @property
    def dates(self) -> tuple[str, ...]:
        """Days with lifts, oldest first."""
        return tuple(sorted({lift.clip.date for lift in self.lifts if lift.clip.date}))

    @property
    def last_session(self) -> tuple[LiftEntry, ...]:
        """The lifts of the newest day; all of them where none has a date."""
        if not self.dates:
            return self.lifts
        return tuple(lift for lift in self.lifts if lift.clip.date == self.dates[-1])

    def cells(self) -> dict[str, Cell]:
        """The last session, check by check."""
        by_rule: dict[str, list[LiftEntry]] = {}
        for lift in self.last_session:
            for rule in lift.checks:
                by_rule.setdefault(rule, []).append(lift)
        return {rule: _cell(rule, lifts) for rule, lifts in by_rule.items()}

    @property
    def score(self) -> float:
        """How much the last session asks for a talk: three a check that is always a fault."""
        return sum(cell.score for cell in self.cells().values())

    @property
    def to_talk_about(self) -> int:
        """How many lifts of the last session have a fault or something to watch."""
        telling = (Verdict.FAULT, Verdict.WATCH)
        return sum(any(lift.count(v) for v in telling) for lift in self.last_session)

    def first_thing(self) -> Cell | None:
        """What to talk about: the check that went wrong in the largest part of the session."""
        telling = [cell for cell in self.cells().values() if cell.score > 0]
        return max(telling, key=lambda cell: cell.score, default=None)

    def best_lift(self) -> LiftEntry | None:
        """Fewest faults, then fewest to watch, then the heaviest, then the newest."""
        seen = [lift for lift in self.lifts if any(lift.count(v) for v in ORDER if v != ORDER[2])]
        return max(
            enumerate(seen),
            key=lambda pair: (
                -pair[1].count(Verdict.FAULT),
                -pair[1].count(Verdict.WATCH),
                pair[1].clip.load_kg or 0.0,
                pair[0],
            ),
            default=(0, None),
        )[1]


@dataclass(frozen=True, eq=False)
class Team:
    """Everything on the first page."""

    athletes: tuple[Athlete, ...]  # who needs attention first; those without a name last
    clips: tuple[ClipEntry, ...]
    rules: tuple[str, ...]
    ignored: Mapping[str, int]  # of the last batch: kind of file -> how many
    copies: tuple[tuple[str, ...], ...]  # files with the same content
    finished: str  # when the newest clip was done, UTC
    units: str  # "metric" or "imperial": what was asked for when the newest clip was done

    @property
    def lifts(self) -> list[LiftEntry]:
        return [lift for clip in self.clips for lift in clip.lifts]


def read_team(store: Store, rules: Sequence[str], optional: Collection[str] = ()) -> Team:
    """The team from its tables; `rules` gives the order of the checks.

    Of the `optional` ones only those are shown that could be made in any lift.
    """
    clips = _clips(store)
    known = {
        rule
        for clip in clips
        for lift in clip.lifts
        for rule, check in lift.checks.items()
        if rule not in optional or check.verdict is not Verdict.CANNOT_TELL
    }
    athletes = sorted(_athletes(clips), key=_attention)
    batches = store.table("batches")
    by_content: dict[str, list[str]] = {}
    for source in store.table("sources"):
        by_content.setdefault(source["sha256"], []).append(source["file"])
    return Team(
        tuple(athletes),
        tuple(clips),
        (*(r for r in rules if r in known), *sorted(known.difference(rules))),
        json.loads(batches[-1]["ignored"]) if batches else {},
        tuple(tuple(files) for files in by_content.values() if len(files) > 1),
        max((clip.finished for clip in clips), default=""),
        _units(store.clips()),
    )


def _units(rows: Sequence[Row]) -> str:
    newest = max(rows, key=lambda row: str(row["finished"]), default=None)
    options = {} if newest is None else json.loads(newest["options"])
    return str(options.get("units", "metric"))


def _clips(store: Store) -> list[ClipEntry]:
    by_lift: dict[int, list[Row]] = {}
    for finding in store.table("findings"):
        by_lift.setdefault(finding["lift"], []).append(finding)
    numbers: dict[int, dict[str, Any]] = {}
    for metric in store.table("metrics"):
        if metric["value"] is not None:
            told = metric["value"], metric["unit"], metric["sigma"]
            numbers.setdefault(metric["lift"], {})[metric["name"]] = told
    by_clip: dict[int, list[Row]] = {}
    for lift in store.table("lifts"):
        by_clip.setdefault(lift["clip"], []).append(lift)
    of_sets: dict[int, list[Row]] = {}
    for finding in store.table("set_findings"):
        of_sets.setdefault(finding["clip"], []).append(finding)
    clips = []
    same = "file athlete date load_kg status reason result thumbnail finished".split()
    for row in store.clips():
        clip = ClipEntry(**{name: row[name] for name in same}, stale=bool(row["page_stale"]))
        for lift in by_clip.get(row["id"], []):
            clip.lifts.append(
                LiftEntry(
                    clip,
                    lift["number"],
                    lift["kind"],
                    bool(lift["complete"]),
                    Verdict(lift["verdict"]),
                    _worst_of_each(by_lift.get(lift["id"], [])),
                    numbers.get(lift["id"], {}),
                )
            )
        if clip.lifts:
            clip.lifts[-1].checks.update(_worst_of_each(of_sets.get(row["id"], []), of_set=True))
        clips.append(clip)
    return sorted(clips, key=lambda clip: (clip.date or "", clip.file))


def _worst_of_each(findings: Iterable[Row], of_set: bool = False) -> dict[str, Check]:
    worst: dict[str, Check] = {}
    same = "rule title value unit sigma part outcome reason cue".split()
    for row in findings:
        check = Check(
            **{name: row[name] for name in same},
            verdict=Verdict(row["verdict"]),
            limit=row["limit_text"],
            of_set=of_set,
        )
        held = worst.get(check.rule)
        if held is None or ORDER.index(check.verdict) < ORDER.index(held.verdict):
            worst[check.rule] = check
    return worst


def _athletes(clips: Sequence[ClipEntry]) -> list[Athlete]:
    """One for each name, upper and lower case alike; the most frequent spelling is shown."""
    groups: dict[str, list[ClipEntry]] = {}
    for clip in clips:
        groups.setdefault((clip.athlete or "").casefold(), []).append(clip)
    found = []
    for group in groups.values():
        spellings = Counter(clip.athlete or "" for clip in group)
        name = max(spellings, key=lambda each: (spellings[each], each))
        lifts = tuple(lift for clip in group for lift in clip.lifts)
        found.append(Athlete(name, tuple(group), lifts))
    return found


def _attention(athlete: Athlete) -> tuple[bool, float, int, str]:
    """Sorts: a name, then the score, then who could not be judged, then the name."""
    unjudged = sum(clip.status != "judged" for clip in athlete.clips)
    return not athlete.name, -athlete.score, -unjudged, athlete.name.casefold()


def _cell(rule: str, lifts: Sequence[LiftEntry]) -> Cell:
    verdicts = [lift.checks[rule].verdict for lift in lifts]
    worst = next(
        (v for v in (Verdict.FAULT, Verdict.WATCH, Verdict.OK) if v in verdicts),
        Verdict.CANNOT_TELL,
    )
    showing = [lift for lift, verdict in zip(lifts, verdicts, strict=True) if verdict is worst]
    judged = sum(verdict is not Verdict.CANNOT_TELL for verdict in verdicts)
    return Cell(rule, worst, len(showing), judged, showing[-1])
