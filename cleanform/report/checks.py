"""One lift and its checks as plain values for the page's template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cleanform import texts
from cleanform.model import Verdict, View
from cleanform.phases import BY_HAND
from cleanform.report import assumed, explain, gauge, limits, words
from cleanform.report.stills import SIX, proof_stem
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.model import Analysis, Finding, Lift
    from cleanform.report.measures import Measures

#: What comes first on the page.
ORDER = (Verdict.FAULT, Verdict.WATCH, Verdict.CANNOT_TELL, Verdict.OK)
_CUES = 2

Pictures = dict[str, dict[str, Any]]  # by file name


def of_lift(
    analysis: Analysis, lift: Lift, pictures: Pictures, measures: Measures
) -> dict[str, Any]:
    """One lift: its checks worst first, its six stills, its phases."""
    view = View(float("nan"), "unknown", 0.0) if analysis.motion is None else analysis.motion.view
    shown = [finding for finding in lift.findings if not finding.is_out_of_view(view)]
    away = [finding for finding in lift.findings if finding.is_out_of_view(view)]
    ordered = sorted(shown, key=lambda finding: ORDER.index(finding.verdict))
    number = lift.rep.index + 1
    six = []
    for place, (event, name) in enumerate(SIX.items(), start=1):
        six.append(
            {
                "title": words.event(event),
                "picture": pictures.get(f"lift{number}_{place}_{name}.jpg"),
                "time_s": lift.rep.events[event].time_s,
                "reason": lift.rep.events[event].reason,
                "by_hand": lift.rep.events[event].method == BY_HAND,
            }
        )
    counts = [(verdict, sum(finding.verdict is verdict for finding in shown)) for verdict in ORDER]
    short = texts.table("short_phases")
    names = texts.table("phases")
    return {
        "index": lift.rep.index,
        "number": number,
        "kind": words.kind(lift),
        "complete": lift.rep.complete,
        "missing": words.reasons(lift),
        "counts": [(verdict, count) for verdict, count in counts if count],
        "findings": [_finding(analysis, lift, one, pictures, measures) for one in ordered],
        "elsewhere": _elsewhere(away),
        "six": six,
        "phases": [
            {
                "name": names.get(phase.name, phase.name),
                "short": short.get(phase.name, names.get(phase.name, phase.name)),
                "group": phase.group.value,
                "start_s": round(phase.start_s, 4),
                "end_s": round(phase.end_s, 4),
            }
            for phase in lift.rep.phases
        ],
    }


def _elsewhere(findings: list[Finding]) -> str:
    """Which checks another clip could make, from where the camera would have to stand for it."""
    if not findings:
        return ""
    names = words.listed([words.subject(finding.rule) for finding in findings])
    return say(f"page.only_from_the_{findings[0].view}", what=names)


def cues(lifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The two findings to speak of first, each rule once; where all is well, one good one.

    The more serious verdict first, then what went wrong in more of the lifts, then what comes
    earlier in the lift: a later fault is often the child of an earlier one.
    """
    found: dict[str, list[tuple[int, float, dict[str, Any]]]] = {}
    for lift in lifts:
        for finding in lift["findings"]:
            if finding["cue"]:
                rank = ORDER.index(finding["verdict"])
                which = {**finding, "lift": lift["number"], "index": lift["index"]}
                found.setdefault(finding["rule"], []).append((rank, finding["into_lift_s"], which))
    chosen = []
    for cases in found.values():
        worst, into_lift_s, finding = min(cases, key=lambda case: case[0])
        often = sum(rank == worst for rank, _, _ in cases)
        chosen.append((worst, -often, into_lift_s, {**finding, "often": often}))
    if chosen:
        chosen.sort(key=lambda case: case[:3])
        return _with_causes([finding for _, _, _, finding in chosen[:_CUES]])
    good = [
        {**finding, "lift": lift["number"], "index": lift["index"], "often": 1, "after": ""}
        for lift in lifts
        for finding in lift["findings"]
        if finding["verdict"] is Verdict.OK and finding["picture"]
    ]
    return good[:1]


def _with_causes(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each with the name of what went wrong earlier in the lift, its possible cause."""
    earliest = min(findings, key=lambda finding: float(finding["into_lift_s"]))

    def after(finding: dict[str, Any]) -> str:
        later = earliest["into_lift_s"] < finding["into_lift_s"] < float("inf")
        no_milder = ORDER.index(earliest["verdict"]) <= ORDER.index(finding["verdict"])
        return str(earliest["title"]) if later and no_milder else ""

    return [{**finding, "after": after(finding)} for finding in findings]


def done_well(lifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was good, each check once, with in how many lifts and where to read of it."""
    found: dict[str, dict[str, Any]] = {}
    for lift in lifts:
        for finding in lift["findings"]:
            if finding["verdict"] is Verdict.OK:
                one = found.setdefault(
                    finding["rule"], {"id": finding["id"], "title": finding["title"], "often": 0}
                )
                one["often"] += 1
    return list(found.values())


def _finding(
    analysis: Analysis, lift: Lift, finding: Finding, pictures: Pictures, measures: Measures
) -> dict[str, Any]:
    blind = finding.verdict is Verdict.CANNOT_TELL and finding.said is None
    start_s = analysis.recording.clip.times_s[lift.rep.span.start]
    return {
        "id": proof_stem(lift, finding).replace("_", "-"),
        "rule": finding.rule,
        "title": words.heading(finding),
        "verdict": finding.verdict,
        "value": "" if finding.value is None
        else measures.quantity(finding.value, finding.unit, finding.sigma),
        "margin": limits.margin(finding, measures),
        "limit": measures.text(finding.limit),
        "gauge": Markup(gauge.svg(finding, measures)),
        "reason": measures.text(finding.reason),
        "cue": finding.cue,
        "time_s": finding.time_s,
        "into_lift_s": float("inf") if finding.time_s is None else finding.time_s - start_s,
        "picture": pictures.get(f"{proof_stem(lift, finding)}.jpg"),
        "why": explain.rule(finding.rule, finding.outcome),
        "next_time": assumed.next_time(analysis, lift, finding) if blind else [],
        "assumes": [] if blind else assumed.of_finding(analysis, finding, measures),
    }  # fmt: skip
