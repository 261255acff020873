"""Turns what a rule measured into a verdict; the only place that knows what "fault" means.

A rule returns a value, its uncertainty and the frame. The engine decides:

* inside the ok band: `ok`;
* past the fault limit by more than one sigma: `fault`;
* anything between: `watch`;
* not measured, seen from a view that does not show it, or so uncertain that the reading
  reaches from good to faulty: `cannot tell`.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from math import inf, isfinite, isnan
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from cleanform.errors import CleanformError
from cleanform.model import Finding, Limits, Measurement, Metric, Motion, Rep, Unseen, Verdict
from cleanform.rules._coaching import coaching

#: What a check reads of a lift, or of a set of them, part by part.
Readings = Iterable[Measurement | Unseen]
Measure = Callable[[Motion, Rep], Readings]

#: From the mildest to the most serious; `cannot tell` is no degree of anything.
SEVERITY = (Verdict.OK, Verdict.WATCH, Verdict.FAULT)

#: Where a check may look from, and how far off that a camera of a given yaw stands.
AXES_DEG = MappingProxyType({"side": 0.0, "front": 90.0})
HOW_TO_FILM = "Film from the {view}, camera at hip height, 3-5 m away."

_DECIMALS = {"deg": 0, "cm": 1, "s": 2, "%": 0, "lifts": 0}
_READING_ORDER = (Verdict.FAULT, Verdict.WATCH, Verdict.CANNOT_TELL, Verdict.OK)


@dataclass(frozen=True)
class Check:
    """What one check is held to, and how its readings become a finding."""

    id: str  # the name of its file
    title: str
    parts: Mapping[str, Limits]  # the first is the primary one
    sources: tuple[str, ...]
    fault: Mapping[str, object]  # fields of `synth.LiftSpec` that must trip this check and no other
    outcomes: Mapping[str, str]  # part -> what to call it when it is not ok
    measure: Callable[..., Readings] = field(repr=False)

    @property
    def documentation(self) -> str:
        return inspect.getdoc(self.measure) or ""

    @property
    def view(self) -> str:
        """Where the camera has to stand, a key of `AXES_DEG`; empty where it does not matter."""
        return ""

    def _judged(
        self, measured: Readings, motion: Motion, cap: Verdict = Verdict.FAULT, caveat: str = ""
    ) -> Finding:
        """The one finding that all readings make together: the worst part decides."""
        readings, unseen = self._readings(measured, cap)
        read = {
            each.measurement.part: _metric(each.limits.unit, each.measurement) for each in readings
        }
        primary = next(iter(self.parts))
        worst = max(readings, key=_Reading.rank, default=None)
        if worst is None or (primary in unseen and worst.verdict is Verdict.OK):
            reason = unseen[primary if primary in unseen else next(iter(unseen))]
            return self._cannot_tell(reason, read)
        if worst.verdict is Verdict.OK:  # the first part speaks for a lift that is good all over
            worst = next(reading for reading in readings if reading.measurement.part == primary)
        not_seen = " ".join(dict.fromkeys(unseen.values()))
        return self._finding(worst, motion, caveat, not_seen, read)

    def _readings(self, measured: Readings, cap: Verdict) -> tuple[list[_Reading], dict[str, str]]:
        """Every part judged, or the reason why it was not."""
        readings: list[_Reading] = []
        unseen: dict[str, str] = {}
        for one in measured:
            limits = self.parts[one.part]
            if isinstance(one, Unseen):
                unseen[one.part] = one.reason
                continue
            verdict = judge(limits, one)
            if verdict is Verdict.CANNOT_TELL:
                unseen[one.part] = _too_rough(one, limits)
                continue
            readings.append(_Reading(one, limits, _milder(verdict, cap), verdict))
        seen = {reading.measurement.part for reading in readings}
        for part in self.parts:
            if part not in seen and part not in unseen:
                unseen[part] = f"The {part} could not be measured."
        return readings, {part: unseen[part] for part in self.parts if part in unseen}

    def _cannot_tell(self, reason: str, read: Mapping[str, Metric] | None = None) -> Finding:
        primary = next(iter(self.parts.values()))
        return Finding(
            self.id,
            self.title,
            Verdict.CANNOT_TELL,
            unit=primary.unit,
            limit=in_words(primary),
            reason=reason,
            view=self.view,
            parts=read or {},
        )

    def _finding(
        self,
        reading: _Reading,
        motion: Motion,
        of_view: str,
        not_seen: str,
        read: Mapping[str, Metric],
    ) -> Finding:
        measurement, limits, verdict, uncapped = reading
        good = verdict is Verdict.OK
        outcome = "" if good else self.outcomes.get(measurement.part, "")
        caveat = ""
        if verdict is not uncapped:
            caveat = of_view
        elif verdict is Verdict.WATCH and measurement.cap is None and _is_past(limits, measurement):
            spread = number(measurement.sigma, limits.unit)
            caveat = (
                f"That is past the fault limit by less than the uncertainty of {spread} "
                f"{limits.unit}."
            )
        return Finding(
            self.id,
            self.title,
            verdict,
            value=round(measurement.value, _kept(limits.unit)),
            unit=limits.unit,
            sigma=round(measurement.sigma, _kept(limits.unit)),
            limit=in_words(limits),
            frame=measurement.frame,
            time_s=float(motion.times_s[measurement.frame]),
            reason=" ".join(filter(None, (measurement.note, caveat, not_seen))),
            cue="" if good else coaching(self.id, outcome).cue,
            outcome=outcome,
            marks=measurement.marks,
            part=measurement.part,
            view=self.view,
            parts=read,
        )


@dataclass(frozen=True)
class Rule(Check):
    """A check of one lift: from where it can see, and how it measures."""

    full_yaw_deg: float  # the rule speaks fully up to this far off its axis...
    any_yaw_deg: float  # ...beyond it says `watch` at most, and beyond this nothing
    seen_from: str = "side"  # its axis, a key of `AXES_DEG`

    @property
    def view(self) -> str:
        return self.seen_from

    def check(self, motion: Motion, rep: Rep) -> Finding:
        """The one finding of this rule for one lift: its worst part decides."""
        off_deg = abs(motion.view.yaw_deg - AXES_DEG[self.seen_from])
        if not off_deg <= self.any_yaw_deg:
            return self._cannot_tell(self._wrong_view(off_deg))
        cap = Verdict.FAULT if off_deg <= self.full_yaw_deg else Verdict.WATCH
        caveat = (
            f"The camera stands about {off_deg:.0f} deg off your {self.seen_from}, "
            "so this is something to watch, not a fault."
        )
        return self._judged(self.measure(motion, rep), motion, cap, caveat)

    def _wrong_view(self, off_deg: float) -> str:
        how = HOW_TO_FILM.format(view=self.seen_from)
        if isnan(off_deg):
            return f"It is not clear from where this was filmed. {how}"
        return (
            f"The camera stands about {off_deg:.0f} deg off your {self.seen_from}, and this check "
            f"needs {self.any_yaw_deg:.0f} or less. {how}"
        )


class _Reading(NamedTuple):
    measurement: Measurement
    limits: Limits
    verdict: Verdict
    uncapped: Verdict  # before the view had its say

    def rank(self) -> tuple[int, float]:
        """Worse first by verdict, then by how far the value lies from good."""
        return SEVERITY.index(self.verdict), _excess(self.limits, self.measurement.value)


def rule(
    *,
    title: str,
    parts: Mapping[str, Limits],
    views: tuple[float, float],
    sources: Sequence[str],
    fault: Mapping[str, object],
    outcomes: Mapping[str, str] = MappingProxyType({}),
    seen_from: str = "side",
) -> Callable[[Measure], Rule]:
    """Make a rule of the function below it; that function's docstring is the rule's page.

    `parts` are the quantities it reads with their limits, the most telling one first. `views`
    are two angles in degrees between the camera and the lifter's side, or front where the rule
    is `seen_from` there (behind counts as in front): up to the first the rule speaks fully, up
    to the second it says `watch` at most, beyond that `cannot tell`. `fault` overrides fields of
    `synth.LiftSpec` so that the lift shows this fault and no other. `outcomes` gives a part
    its own name where the rule has more than one way to go wrong.

    Raises CleanformError where the rule is not documented, not cited, or its bands are not
    nested.
    """

    def make(measure: Measure) -> Rule:
        name = check_written(measure, parts, sources, outcomes)
        problem = (
            "has views that shrink"
            if views[0] > views[1]
            else f"is seen from {seen_from!r}, which is none of {', '.join(AXES_DEG)}"
            if seen_from not in AXES_DEG
            else ""
        )
        if problem:
            raise CleanformError(f"The rule {name!r} {problem}; see `cleanform.rules.rule`.")
        frozen = MappingProxyType
        return Rule(
            name, title, frozen(dict(parts)), tuple(sources), frozen(dict(fault)),
            frozen(dict(outcomes)), measure, *views, seen_from,
        )  # fmt: skip

    return make


def check_written(
    measure: Callable[..., Any],
    parts: Mapping[str, Limits],
    sources: Sequence[str],
    outcomes: Mapping[str, str],
) -> str:
    """The name of a check's file; CleanformError where the check is not whole."""
    name = measure.__module__.rpartition(".")[2]
    problem = (
        "has no docstring"
        if not inspect.getdoc(measure)
        else "names no source"
        if not sources
        else "has no parts"
        if not parts
        else "names an outcome of a part it does not have"
        if not set(outcomes) <= set(parts)
        else next(
            (f"has an ok band outside its fault band in {part!r}"
             for part, band in parts.items() if not is_nested(band)), "")
    )  # fmt: skip
    if problem:
        raise CleanformError(f"The rule {name!r} {problem}; see `cleanform.rules.rule`.")
    return name


def judge(limits: Limits, measurement: Measurement) -> Verdict:
    """The verdict on one reading, the camera's view aside."""
    value, sigma = measurement.value, measurement.sigma
    if not isfinite(value) or not isfinite(sigma) or _reaches_both(limits, value, sigma):
        return Verdict.CANNOT_TELL
    if limits.ok_min <= value <= limits.ok_max:
        verdict = Verdict.OK
    elif value - sigma > limits.fault_max or value + sigma < limits.fault_min:
        verdict = Verdict.FAULT
    else:
        verdict = Verdict.WATCH
    return verdict if measurement.cap is None else _milder(verdict, measurement.cap)


_Some = TypeVar("_Some", bound=Check)


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check in this package, by name. A file that holds no single one is an error."""
    package = import_module("cleanform.rules")
    found = []
    for info in pkgutil.iter_modules(package.__path__):
        if info.name.startswith("_") or info.name == "engine":
            continue
        module = import_module(f"{package.__name__}.{info.name}")
        checks = [value for value in vars(module).values() if isinstance(value, Check)]
        if len(checks) != 1:
            raise CleanformError(
                f"cleanform/rules/{info.name}.py holds {len(checks)} rules; write one rule a file."
            )
        found.append(checks[0])
    return tuple(sorted(found, key=lambda each: each.id))


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every check of a single lift, by name."""
    return tuple(each for each in all_checks() if isinstance(each, Rule))


def find_check(name: str) -> Check:
    """The check called `name`; CleanformError names the nearest one where there is none."""
    return _named(name, all_checks())


def find_rule(name: str) -> Rule:
    """The check of a single lift called `name`; CleanformError names the nearest."""
    return _named(name, all_rules())


def _named(name: str, checks: Iterable[_Some]) -> _Some:
    by_name = {each.id: each for each in checks}
    if name in by_name:
        return by_name[name]
    near = get_close_matches(name, by_name, n=1, cutoff=0.0)
    raise CleanformError(f"There is no check {name!r}. Did you mean {near[0]!r}?")


def check(motion: Motion, rep: Rep, rules: Iterable[Rule] | None = None) -> tuple[Finding, ...]:
    """Every rule's finding for one lift: faults first, then by when they happen in the lift.

    `rules` are all there are unless given, e.g. by `cleanform.rules.with_limits`.
    """
    return in_reading_order(
        each.check(motion, rep) for each in (all_rules() if rules is None else rules)
    )


def in_reading_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Faults first, then by when they happen."""

    def order(finding: Finding) -> tuple[int, float, str]:
        when = inf if finding.time_s is None else finding.time_s
        return _READING_ORDER.index(finding.verdict), when, finding.rule

    return tuple(sorted(findings, key=order))


def number(value: float, unit: str) -> str:
    """A value as a lifter reads it: whole degrees, millimetres as a tenth of a centimetre."""
    text = f"{value:.{_DECIMALS.get(unit, 1)}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _metric(unit: str, measurement: Measurement) -> Metric:
    value, sigma = measurement.value, measurement.sigma
    return Metric(round(value, _kept(unit)), unit, round(sigma, _kept(unit)))


def _kept(unit: str) -> int:
    """Decimals of a value in a finding: tenths, and of seconds thousandths."""
    return 3 if unit == "s" else 1


def in_words(limits: Limits) -> str:
    """Limits in words: "at most 12 deg; fault above 22 deg"."""
    unit = limits.unit
    good, bad = [], []
    if isfinite(limits.ok_min):
        good.append(f"at least {limits.ok_min:g} {unit}")
    if isfinite(limits.ok_max):
        good.append(f"at most {limits.ok_max:g} {unit}")
    if isfinite(limits.fault_min):
        bad.append(f"below {limits.fault_min:g} {unit}")
    if isfinite(limits.fault_max):
        bad.append(f"above {limits.fault_max:g} {unit}")
    return f"{' and '.join(good)}; {'fault ' + ' or '.join(bad) if bad else 'never a fault'}"


def _too_rough(measurement: Measurement, limits: Limits) -> str:
    if not isfinite(measurement.value) or not isfinite(measurement.sigma):
        return f"The {measurement.part} was not seen."
    return (
        f"The {measurement.part} could only be read to within "
        f"{number(measurement.sigma, limits.unit)} {limits.unit}, too roughly to judge it."
    )


def _milder(verdict: Verdict, cap: Verdict) -> Verdict:
    return min(verdict, cap, key=SEVERITY.index)


def is_nested(limits: Limits) -> bool:
    """Whether the good band lies inside the fault limits."""
    return limits.fault_min <= limits.ok_min <= limits.ok_max <= limits.fault_max


def _is_past(limits: Limits, measurement: Measurement) -> bool:
    return measurement.value > limits.fault_max or measurement.value < limits.fault_min


def _excess(limits: Limits, value: float) -> float:
    """How far a value lies outside the ok band, in widths of the watch band (0 = inside)."""
    above, below = value - limits.ok_max, limits.ok_min - value
    past, fault = (
        (above, limits.fault_max - limits.ok_max)
        if above > below
        else (below, limits.ok_min - limits.fault_min)
    )
    width = fault if isfinite(fault) and fault > 0 else 1.0
    return max(0.0, past / width)


def _reaches_both(limits: Limits, value: float, sigma: float) -> bool:
    """True where one sigma is wider than the watch band and spans it from good to faulty."""
    low, high = value - sigma, value + sigma
    above = sigma > limits.fault_max - limits.ok_max and low <= limits.ok_max
    below = sigma > limits.ok_min - limits.fault_min and high >= limits.ok_min
    return (above and high > limits.fault_max) or (below and low < limits.fault_min)
