"""The checks of two lifts side by side: what is fixed, what is new, what is the same."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import hypot
from typing import TYPE_CHECKING

from cleanform.compare.differences import is_shown
from cleanform.model import Verdict

if TYPE_CHECKING:
    from cleanform.compare.sides import Side
    from cleanform.model import Finding

_BADNESS = {Verdict.OK: 0, Verdict.WATCH: 1, Verdict.FAULT: 2}


class State(StrEnum):
    """What became of a check from A to B."""

    NEW = "new"
    WORSE = "worse"
    SAME = "same"
    BETTER = "better"
    FIXED = "fixed"
    CANNOT_TELL = "cannot tell"


#: What a coach asks for first.
ORDER = (State.NEW, State.WORSE, State.FIXED, State.BETTER, State.SAME, State.CANNOT_TELL)


@dataclass(frozen=True)
class Change:
    """One check in both lifts.

    `why` says why nothing can be told ("blind a", "blind b", "blind both", or "close" where the
    verdicts differ and the values hardly do), or that the values are of different "parts" of the
    check, so that only the verdicts are compared.
    """

    rule: str
    a: Finding | None
    b: Finding | None
    state: State
    why: str = ""


def of(a: Side, b: Side) -> tuple[Change, ...]:
    """Every check of either lift, what changed first."""
    by_rule = [{one.rule: one for one in side.lift.findings} for side in (a, b)]
    rules = dict.fromkeys([*by_rule[0], *by_rule[1]])
    found = [change(rule, by_rule[0].get(rule), by_rule[1].get(rule)) for rule in rules]
    return tuple(sorted(found, key=_rank))


def change(rule: str, a: Finding | None, b: Finding | None) -> Change:
    """What became of one check from A to B."""
    seen_a, seen_b = _told(a), _told(b)
    if seen_a is None or seen_b is None:
        blind = "both" if seen_a is None and seen_b is None else "a" if seen_a is None else "b"
        return Change(rule, a, b, State.CANNOT_TELL, f"blind {blind}")
    why = "" if seen_a.part == seen_b.part else "parts"
    worse = _BADNESS[seen_b.verdict] - _BADNESS[seen_a.verdict]
    if worse == 0:
        return Change(rule, a, b, State.SAME, why)
    if _too_close(seen_a, seen_b):
        return Change(rule, a, b, State.CANNOT_TELL, "close")
    if worse > 0:
        state = State.NEW if seen_a.verdict is Verdict.OK else State.WORSE
    else:
        state = State.FIXED if seen_b.verdict is Verdict.OK else State.BETTER
    return Change(rule, a, b, state, why)


def _told(finding: Finding | None) -> Finding | None:
    told = finding is not None and finding.verdict is not Verdict.CANNOT_TELL
    return finding if told else None


def _too_close(a: Finding, b: Finding) -> bool:
    """Whether two values of one part lie closer than their clips can tell apart."""
    if a.part != b.part or a.unit != b.unit or a.value is None or b.value is None:
        return False
    return not is_shown(b.value - a.value, hypot(a.sigma or 0.0, b.sigma or 0.0))


def _rank(one: Change) -> tuple[int, int]:
    """Changes first; of those that are the same the worst first."""
    worst = max((_BADNESS.get(each.verdict, -1) for each in (one.a, one.b) if each), default=-1)
    return ORDER.index(one.state), -worst
