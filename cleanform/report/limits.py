"""A finding's limits, read back from its words, and how far the value is from them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cleanform.model import Limits, Verdict
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.model import Finding
    from cleanform.report.measures import Measures

_NUMBER = r"(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"


@dataclass(frozen=True)
class Band:
    start: float
    end: float
    verdict: Verdict


def limits_of(finding: Finding) -> Limits | None:
    """The limits that a finding states in words; None where it states none.

    The words are the rule engine's: "at most 12 deg; fault above 22 deg", "at least 30 deg and
    at most 65 deg; fault below 0 deg". A finding carries its limits only so, which keeps every
    renderer on what was judged even where a rule has changed since.
    """

    def number(words: str, otherwise: float) -> float:
        found = re.search(rf"{words} {_NUMBER}", finding.limit)
        return float(found[1]) if found else otherwise

    limits = Limits(
        finding.unit,
        ok_max=number("at most", math.inf),
        fault_max=number("above", math.inf),
        ok_min=number("at least", -math.inf),
        fault_min=number("below", -math.inf),
    )
    bounds = (limits.fault_min, limits.ok_min, limits.ok_max, limits.fault_max)
    if not any(math.isfinite(bound) for bound in bounds) or list(bounds) != sorted(bounds):
        return None
    return limits


def bands(limits: Limits, low: float, high: float) -> list[Band]:
    """The verdicts along a scale from `low` to `high`."""
    edges = [
        (limits.fault_min, Verdict.FAULT),
        (limits.ok_min, Verdict.WATCH),
        (limits.ok_max, Verdict.OK),
        (limits.fault_max, Verdict.WATCH),
        (math.inf, Verdict.FAULT),
    ]
    found, start = [], low
    for edge, verdict in edges:
        end = min(max(edge, low), high)
        if end > start:
            found.append(Band(start, end, verdict))
            start = end
    return found


def margin(finding: Finding, measures: Measures) -> str:
    """How far the value is from its nearest limit, in words; empty where there is none.

    It speaks of the value alone. A verdict also minds how sure the value is, so a value past the
    fault limit may still be no more than something to watch.
    """
    limits, value = limits_of(finding), finding.value
    if limits is None or value is None or not math.isfinite(value):
        return ""

    def shown(distance: float) -> str:
        return measures.quantity(distance, finding.unit)

    past_fault = max(limits.fault_min - value, value - limits.fault_max)
    if past_fault >= 0:
        return say("margin.past", margin=shown(past_fault))
    past_good = max(limits.ok_min - value, value - limits.ok_max)
    if past_good <= 0:
        return say("margin.inside", margin=shown(-past_good))
    left = limits.fault_max - value if value > limits.ok_max else value - limits.fault_min
    if not math.isfinite(left):
        return say("margin.between_only", margin=shown(past_good))
    return say("margin.between", margin=shown(past_good), left=shown(left))
