"""Several lifts together: checks of a set, and what each check said of all its lifts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import median, stdev
from types import MappingProxyType

from cleanform.errors import CleanformError
from cleanform.model import Finding, Lift, Limits, Motion, Tally, Verdict
from cleanform.rules.engine import Check, Readings, all_checks, check_written, in_reading_order

MeasureSet = Callable[[Motion, Sequence[Lift]], Readings]

#: A longer rest than this ends a set; between the lifts of one the bar is only set down and
#: gripped again. The source article rests for about three minutes between sets.
SET_REST_S = 60.0


@dataclass(frozen=True)
class SetRule(Check):
    """A check of the lifts of one set, made from what was found of each."""

    at_least: int  # lifts; a shorter set is not spoken of

    def check(self, motion: Motion, lifts: Sequence[Lift]) -> Finding:
        """The one finding of this rule for the lifts of one set, in their order."""
        return self._judged(self.measure(motion, lifts), motion)


def set_rule(
    *,
    title: str,
    parts: Mapping[str, Limits],
    at_least: int,
    sources: Sequence[str],
    fault: Mapping[str, object],
    outcomes: Mapping[str, str] = MappingProxyType({}),
) -> Callable[[MeasureSet], SetRule]:
    """Make a check of a set of the function below it, as `rule` makes one of a lift.

    The function gets the `Lift`s of a set, findings and metrics included, and speaks of them
    together; `at_least` is the smallest number of lifts of which it is asked. `fault` overrides
    fields of `synth.LiftSpec` so that the set trips it.

    Raises CleanformError where the check is not documented, not cited, or its bands are not
    nested.
    """

    def make(measure: MeasureSet) -> SetRule:
        name = check_written(measure, parts, sources, outcomes)
        if at_least < 2:
            raise CleanformError(
                f"The rule {name!r} is of a set of {at_least}; write a rule of a lift."
            )
        frozen = MappingProxyType
        return SetRule(
            name, title, frozen(dict(parts)), tuple(sources), frozen(dict(fault)),
            frozen(dict(outcomes)), measure, at_least,
        )  # fmt: skip

    return make


@cache
def all_set_rules() -> tuple[SetRule, ...]:
    """Every check of a set, by name."""
    return tuple(each for each in all_checks() if isinstance(each, SetRule))


def sets_of(motion: Motion, lifts: Sequence[Lift]) -> list[list[Lift]]:
    """The lifts, a list a set: a camera cut or a rest of more than `SET_REST_S` ends one."""
    sets: list[list[Lift]] = []
    for lift in lifts:
        first = lift.rep.span.start
        if sets:
            last = sets[-1][-1].rep.span.stop - 1
            rest_s = motion.times_s[first] - motion.times_s[last]
            cut = any(last < segment.start <= first for segment in motion.segments)
            if rest_s <= SET_REST_S and not cut:
                sets[-1].append(lift)
                continue
        sets.append([lift])
    return sets


def check_sets(
    motion: Motion, lifts: Sequence[Lift], rules: Iterable[SetRule] | None = None
) -> tuple[Finding, ...]:
    """What every check of a set says of every set that is long enough, faults first.

    `rules` are all there are unless given.
    """
    return in_reading_order(
        each.check(motion, together)
        for together in sets_of(motion, lifts)
        for each in (all_set_rules() if rules is None else rules)
        if len(together) >= each.at_least
    )


def tallies(lifts: Sequence[Lift]) -> tuple[Tally, ...]:
    """Each check over all lifts of a clip, in the order of the first lift; none for one lift."""
    if len(lifts) < 2:
        return ()
    return tuple(_tally(finding.rule, finding.title, lifts) for finding in lifts[0].findings)


def _tally(rule: str, title: str, lifts: Sequence[Lift]) -> Tally:
    found = [finding for lift in lifts for finding in lift.findings if finding.rule == rule]
    words = [finding.verdict for finding in found]
    verdicts = {str(verdict): words.count(verdict) for verdict in Verdict}
    deciding = [finding.part for finding in found if finding.part]
    if not deciding:
        return Tally(rule, title, verdicts, values=(None,) * len(found))
    part = max(dict.fromkeys(deciding), key=deciding.count)
    values = tuple(_value(finding, part) for finding in found)
    read = [value for value in values if value is not None]
    return Tally(
        rule,
        title,
        verdicts,
        part,
        next(finding.unit for finding in found if finding.part == part),
        values,
        round(median(read), 3) if read else None,
        round(stdev(read), 3) if len(read) > 1 else None,
    )


def _value(finding: Finding, part: str) -> float | None:
    if part in finding.parts:
        return finding.parts[part].value
    return finding.value if finding.part == part else None
