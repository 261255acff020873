"""Several lifts of one clip side by side, as plain values for the page's template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cleanform.model import Verdict
from cleanform.report import words
from cleanform.report.checks import ORDER

if TYPE_CHECKING:
    from cleanform.model import Analysis, Finding, Tally
    from cleanform.report.measures import Measures


def rows(analysis: Analysis, measures: Measures) -> list[dict[str, Any]]:
    """One row a check that was made in any lift: in how many it said what, median and spread."""
    return [_row(tally, measures) for tally in analysis.tallies if _made(tally)]


def never(analysis: Analysis) -> list[str]:
    """What could not be told in any of the lifts, by name."""
    return [words.subject(tally.rule) for tally in analysis.tallies if not _made(tally)]


def of_set(analysis: Analysis, measures: Measures) -> list[dict[str, Any]]:
    """What is said of the set as a whole, worst first."""
    ordered = sorted(analysis.set_findings, key=lambda finding: ORDER.index(finding.verdict))
    return [_finding(finding, measures) for finding in ordered]


def _made(tally: Tally) -> bool:
    return tally.verdicts[Verdict.CANNOT_TELL] < sum(tally.verdicts.values())


def _row(tally: Tally, measures: Measures) -> dict[str, Any]:
    return {
        "title": words.subject(tally.rule),
        "part": tally.part,
        "counts": [(verdict, tally.verdicts[verdict]) for verdict in ORDER],
        "lifts": sum(tally.verdicts.values()),
        "median": measures.quantity(tally.median, tally.unit, tally.spread),
    }


def _finding(finding: Finding, measures: Measures) -> dict[str, Any]:
    return {
        "title": words.heading(finding),
        "verdict": finding.verdict,
        "reason": measures.text(finding.reason),
        "cue": finding.cue,
        "time_s": finding.time_s,
    }
