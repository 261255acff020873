"""The form gets worse from lift to lift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import hypot, isfinite
from typing import NamedTuple

from cleanform.model import Finding, Lift, Limits, Measurement, Metric, Motion, Unseen
from cleanform.rules._sets import set_rule
from cleanform.rules.engine import all_rules, number

MIN_LIFTS = 3
#: In so many of the lifts a check may have been impossible: a clip often begins in the first pull.
MAX_UNREAD = 1


class _Drift(NamedTuple):
    """How far one part of one check moved toward its fault, in percent of its watch band."""

    rule: str
    title: str
    part: str
    change: float
    sigma: float
    seen: tuple[int, ...]  # the lifts in which it was read, from 0
    first: Metric
    last: Metric


@set_rule(
    title="Form drifts in the set",
    parts={"drift": Limits("%", ok_max=50)},
    at_least=MIN_LIFTS,
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): each lift crisp, "
        "stopped before fatigue spoils the form; the limit is cleanform's",
        "Kendall 1938, Biometrika 30:81-93, doi:10.1093/biomet/30.1-2.81: of n readings without a "
        "trend one in n! rises all the way, so a steady rise alone proves little for few lifts",
    ),
    fault={"reps": 4, "doses_grow": True, "hips_first_deg": 20.0},
)
def form_drift(motion: Motion, lifts: Sequence[Lift]) -> Iterator[Measurement | Unseen]:
    """How far a check's value moves toward its fault, lift by lift, in one set.

    **Why it matters.** A lift that is good once and a little worse each time is tired, not
    wrong: the set is too long or the bar too heavy.

    **How it is measured.** Each part of each check that was read in every lift of the set, or in
    all but one and in three at least, is followed from the first to the last of them. It drifts
    where every lift is worse than the one before and the whole change is larger than its
    uncertainty. The change is given in percent of the room between that part's good limit and its
    fault limit, so that degrees and centimetres compare; the part that moves most speaks. Never a
    fault: what the lift has become is judged by the check itself.

    **When not to trust it.** With three lifts one part in six rises all the way by chance, which
    is why the change must also exceed the uncertainty. A check that could not be made in more than
    one of the lifts is left out.
    """
    followed = list(_followed(lifts))
    if not followed:
        yield Unseen("drift", "No check could be made in every lift of the set, or in all but one.")
        return
    steady = [each for each in followed if each.change > each.sigma]
    last = lifts[-1]
    if not steady:
        yield Measurement(
            "drift", 0.0, 0.0, last.rep.span.start,
            note=f"No check got steadily worse over the {len(lifts)} lifts.",
        )  # fmt: skip
        return
    worst = max(steady, key=lambda each: each.change)
    finding = next(each for each in last.findings if each.rule == worst.rule)
    unit = worst.first.unit
    yield Measurement(
        "drift",
        worst.change,
        worst.sigma,
        last.rep.span.start if finding.frame is None else finding.frame,
        finding.marks if finding.part == worst.part else (),
        note=(
            f"{worst.title} ({worst.part}): {number(worst.first.value, unit)} {unit} in "
            f"{_which(worst.seen[0], len(lifts))}, {number(worst.last.value, unit)} {unit} in "
            f"{_which(worst.seen[-1], len(lifts))}, worse each time."
        ),
    )


def _which(lift: int, count: int) -> str:
    return {0: "the first lift", count - 1: "the last"}.get(lift, f"lift {lift + 1}")


def _followed(lifts: Sequence[Lift]) -> Iterator[_Drift]:
    """Every part with a fault limit that was read in enough lifts, its steady change or none."""
    found = [{finding.rule: finding for finding in lift.findings} for lift in lifts]
    for rule in all_rules():
        readings = [each.get(rule.id) for each in found]
        for part, limits in rule.parts.items():
            metrics = [_metric(finding, part) for finding in readings]
            seen = tuple(index for index, metric in enumerate(metrics) if metric is not None)
            read = [metric for metric in metrics if metric is not None]
            if len(read) < max(MIN_LIFTS, len(lifts) - MAX_UNREAD):
                continue
            for toward, width in _ways(limits):
                worse = [toward * metric.value for metric in read]
                steady = all(b > a for a, b in pairwise(worse))
                change = worse[-1] - worse[0] if steady else 0.0
                sigma = hypot(read[0].sigma, read[-1].sigma)
                yield _Drift(
                    rule.id, rule.title, part, 100 * change / width, 100 * sigma / width,
                    seen, read[0], read[-1],
                )  # fmt: skip


def _metric(finding: Finding | None, part: str) -> Metric | None:
    return None if finding is None else finding.parts.get(part)


def _ways(limits: Limits) -> Iterator[tuple[float, float]]:
    """The directions in which a value gets worse, and the room from good to fault there."""
    for toward, width in (
        (1.0, limits.fault_max - limits.ok_max),
        (-1.0, limits.ok_min - limits.fault_min),
    ):
        if isfinite(width) and width > 0:
            yield toward, width
