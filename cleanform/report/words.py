"""Sentences that report, stills and film share, put together from the texts in `texts.toml`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cleanform import texts
from cleanform.model import Finding, Lift, Motion, Verdict
from cleanform.texts import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.report.measures import Measures

#: Beyond this much off the side, angles in the picture are not the lifter's; none are printed.
#: At 35 deg a segment that lies level looks 18 % short.
FARTHEST_YAW_DEG = 35.0


def heading(finding: Finding) -> str:
    """What a check is called: its fault where there is one, else what it looks at."""
    if finding.verdict in (Verdict.FAULT, Verdict.WATCH):
        name = finding.title
        if finding.outcome:
            plain = say("verdict.with_outcome", what=name, outcome=finding.outcome)
            name = texts.table("outcomes").get(finding.outcome, plain)
        return name[:1].upper() + name[1:]
    return subject(finding.rule)


def subject(rule: str) -> str:
    """What a check looks at, whatever it found."""
    return texts.table("subjects").get(rule, rule.replace("_", " ").capitalize())


def finding_line(finding: Finding, measures: Measures) -> str:
    """One finding in a caption: what, and how much."""
    if finding.verdict is Verdict.CANNOT_TELL or finding.value is None:
        value = verdict(finding.verdict)
    else:
        value = measures.quantity(finding.value, finding.unit)
    return say("verdict.line", what=heading(finding), value=value)


def verdict(one: Verdict) -> str:
    """What a verdict is called."""
    return texts.table("verdicts")[one.value]


def event(name: str) -> str:
    """What an event is called."""
    return texts.table("events")[name]


def kind(lift: Lift) -> str:
    """What a lift is called."""
    return texts.table("kinds").get(lift.rep.kind, lift.rep.kind)


def verdict_sentence(lifts: tuple[Lift, ...]) -> str:
    """The lift, or all lifts together, in one sentence; `cannot tell` is never called good."""
    findings = [
        finding
        for lift in lifts
        for finding in lift.findings
        # a clip from the side is not blamed for what only another clip, from the front, can show
        if not (finding.view == "front" and finding.verdict is Verdict.CANNOT_TELL)
    ]
    faults = _named(findings, Verdict.FAULT)
    watch = _named(findings, Verdict.WATCH)
    blind = _named(findings, Verdict.CANNOT_TELL)
    several = len(lifts) > 1
    if faults:
        key = "fix_one" if len(faults) == 1 else "fix_more"
        count = _count(len(faults))
        return say(
            f"verdict.{key}_of_lifts" if several else f"verdict.{key}",
            what=listed(faults),
            count=count,
            Count=count.capitalize(),
            Lifts=_count(len(lifts)).capitalize(),
        )
    if watch:
        return say("verdict.watch", what=listed(watch))
    checks = {finding.rule for finding in findings}
    if blind and len(blind) == len(checks):
        return say("verdict.blind")
    if blind:
        made = _count(len(checks) - len(blind)).capitalize()
        return say("verdict.partly_blind", Count=made, all=_count(len(checks)))
    if not findings:
        return say("verdict.nothing")
    return say("verdict.good_in_lifts" if several else "verdict.good")


def set_sentence(findings: Sequence[Finding]) -> str:
    """What is to be watched in the set as a whole; empty where there is nothing."""
    shown = [one for one in findings if one.verdict in (Verdict.FAULT, Verdict.WATCH)]
    names = list(_named(shown, Verdict.FAULT) + _named(shown, Verdict.WATCH))
    return say("verdict.in_set", what=listed(names)) if names else ""


def reasons(lift: Lift) -> list[str]:
    """Why events are missing: "Catch, stood up: the clip ends before"; one line a reason."""
    missing: dict[str, list[str]] = {}
    for name, found in lift.rep.events.items():
        if found.frame is None:
            reason = found.reason or say("page.not_seen")
            missing.setdefault(reason, []).append(event(name).lower())
    return [
        say(
            "page.event_missing",
            events=say("verdict.separator").join(names).capitalize(),
            reason=reason.rstrip("."),
        )
        for reason, names in missing.items()
    ]


def from_the_side(motion: Motion | None) -> bool:
    """Whether angles and forward distances in the picture are about those of the lifter."""
    return motion is not None and motion.view.yaw_deg <= FARTHEST_YAW_DEG


def metric_name(name: str) -> str:
    """`knee_at_catch_lowest` -> "Knee, catch"."""
    own = texts.table("metrics").get(name)
    part, at, when = name.partition("_at_")
    angles = texts.table("angles")
    if own is None and at and when in texts.table("events"):
        angle = angles.get(part, part.replace("_", " ")).capitalize()
        own = say("metrics.posture", angle=angle, event=event(when).lower())
    return own or name.replace("_", " ").capitalize()


def clock(seconds: float | None) -> str:
    """A time in the clip: "1.35 s"; minutes from one minute on."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return say("film.time", seconds=f"{seconds:.2f}")
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"


def listed(names: Sequence[str]) -> str:
    """Names in one line: "a, b, and c"."""
    if len(names) == 1:
        return names[0]
    start = say("verdict.separator").join(names[:-1])
    return f"{start}{say('verdict.last_separator')}{names[-1]}"


def _named(findings: list[Finding], verdict: Verdict) -> list[str]:
    """What the findings of one verdict are about, each rule once, in their order."""
    found: dict[str, str] = {}
    for finding in findings:
        if finding.verdict is verdict:
            name = heading(finding)
            found.setdefault(finding.rule, name[:1].lower() + name[1:])
    return list(found.values())


def _count(number: int) -> str:
    names = say("verdict.numbers").split()
    return names[number] if number < len(names) else str(number)
