"""What the page says of an `Analysis` as a whole, as plain values for its template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanform import texts
from cleanform.model import Verdict
from cleanform.report import words
from cleanform.report.checks import ORDER
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.model import Analysis
    from cleanform.report.measures import Measures


def title(analysis: Analysis) -> str:
    """What the browser's tab says."""
    name = analysis.recording.clip.path.name
    athlete = analysis.options.athlete
    return say("page.title", name=f"{athlete}, {name}" if athlete else name)


def about(analysis: Analysis, measures: Measures) -> list[str]:
    """Who, which clip, what was lifted, when; parts of one line."""
    options, lifts = analysis.options, analysis.lifts
    parts = [options.athlete or "", analysis.recording.clip.path.name]
    if len(lifts) == 1:
        parts.append(words.kind(lifts[0]))
    elif lifts:
        parts.append(say("page.about_lifts", count=len(lifts)))
    if options.load_kg is not None:
        parts.append(measures.load(options.load_kg))
    parts.append(options.date or "")
    return [part for part in parts if part]


def headline(analysis: Analysis) -> str:
    """The verdict in one sentence, or that there is none."""
    if analysis.refusal is not None and not analysis.lifts:
        refusals = texts.table("refusals")
        return refusals.get(analysis.refusal.code, refusals["unjudgeable"])
    of_set = words.set_sentence(analysis.set_findings)
    return " ".join(filter(None, (words.verdict_sentence(analysis.lifts), of_set)))


def lead(analysis: Analysis, measures: Measures) -> str:
    """Below the headline: why nothing was judged, where that is so."""
    if analysis.refusal is not None:
        return analysis.refusal.message
    findings = [finding for lift in analysis.lifts for finding in lift.findings]
    if not findings or any(one.verdict is not Verdict.CANNOT_TELL for one in findings):
        return ""
    reasons = [measures.text(finding.reason) for finding in findings]
    return max(reasons, key=reasons.count)


def by_hand(analysis: Analysis) -> str:
    """What was corrected by hand; empty where nothing was. It is the first of the notes."""
    return analysis.notes[0] if analysis.corrections and analysis.notes else ""


def what_to_do(analysis: Analysis) -> list[str]:
    """What may turn a refusal into a result."""
    if analysis.refusal is None:
        return []
    code = analysis.refusal.code
    known = code if code in texts.table("what_to_do") else "unjudgeable"
    return list(texts.lines(f"what_to_do.{known}"))


def worst(analysis: Analysis) -> Verdict:
    """The colour of the whole page; no verdict at all looks like `cannot tell`."""
    found = {finding.verdict for lift in analysis.lifts for finding in lift.findings}
    return next((verdict for verdict in ORDER if verdict in found), Verdict.CANNOT_TELL)


def metrics(analysis: Analysis, measures: Measures) -> list[tuple[str, list[str]]]:
    """One row a metric, one cell a lift."""
    names = dict.fromkeys(name for lift in analysis.lifts for name in lift.metrics)
    rows = []
    for name in names:
        cells = []
        for lift in analysis.lifts:
            metric = lift.metrics.get(name)
            cells.append(
                "–"
                if metric is None
                else measures.quantity(metric.value, metric.unit, metric.sigma)
            )
        rows.append((words.metric_name(name), cells))
    return rows
