"""Outcomes counted into figures, each under a name like ``pixel/side/lift_off/median``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cleanform import rules
from cleanform.model import EVENTS, RIGHT_WITHIN_S, Verdict
from cleanform.validate import statistics
from cleanform.validate.calibration import TRUTHS
from cleanform.validate.doses import DOSES, JUDGED_TIMES, LIFTS_A_DOSE, Dose
from cleanform.validate.outcome import ANGLES, SINGLE, Outcome
from cleanform.validate.statistics import Figure

#: Where the joints' angles in the picture mean something.
BESIDE = ("side", "side 20", "30")
#: The front view, for the checks that are made from there.
OWN_FRONT = "facing"
CLEANS = ("good", "faults", "several", "rough")
#: Bands of an event's confidence, which says how likely it is to be right: at least, below.
CONFIDENCES = {
    "0.85 and more": (0.85, 1.01),
    "0.65 to 0.85": (0.65, 0.85),
    "below 0.65": (0.0, 0.65),
}


@dataclass(frozen=True)
class Response:
    """How often a rule gave each verdict at one dose of its fault."""

    dose: str  # "rule/part"
    times_limit: float
    verdicts: dict[str, int]

    @property
    def n(self) -> int:
        return sum(self.verdicts.values())


def figures(level: str, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Every figure of one level, "pixel" or "rendered"; those without a case are left out."""
    made = [each for each in outcomes if each.is_made]
    found: dict[str, Figure] = {}
    for view in _views(made):
        seen = [each for each in made if each.case.view == view and each.case.group in SINGLE]
        # From elsewhere only the good lifts count, as long as only some rules have faults there.
        shown = _evenly(each for each in seen if view == "side" or each.case.group == "good")
        found |= _events(view, shown)
        if view == "side":
            found |= _bar([each for each in seen if each.case.fps >= 24])
        if view in BESIDE:
            found |= _angles(view, [each for each in seen if each.case.group == "good"])
        found |= _verdicts_by_view(view, [each for each in seen if each.case.group == "good"])
    found |= _lifts(made)
    found |= _confidences([each for each in made if each.case.group in CLEANS])
    good = [each for each in made if each.case.group == "good"]
    found |= _false_alarms([each for each in good if each.case.view == "side"], "side")
    found |= _false_alarms([each for each in good if each.case.view == "front"], "front")
    found |= _sets([each for each in made if each.case.group == "sets"])
    for dose in DOSES:
        cases = [each for each in made if each.case.dose == dose.key and each.lifts_matched]
        found |= _detection(dose, cases)
    found |= _calibration([e for e in made if e.case.group in SINGLE and e.case.view == "side"])
    return {f"{level}/{name}": figure for name, figure in found.items() if figure.n}


def _evenly(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """No more lifts of one dose than of most: some need many, and would be heard above the rest."""
    counted: Counter[tuple[str, float | None]] = Counter()
    kept = []
    for each in outcomes:
        dose = (each.case.dose, each.case.times_limit)
        counted[dose] += 1
        if not each.case.dose or counted[dose] <= LIFTS_A_DOSE:
            kept.append(each)
    return kept


def responses(outcomes: Sequence[Outcome]) -> list[Response]:
    """The dose-response curve of every dosed part, in the order of the lift and of the dose."""
    out = []
    for dose in DOSES:
        cases = [each for each in outcomes if each.case.dose == dose.key and each.lifts_matched]
        for times in sorted({each.case.times_limit or 0.0 for each in cases}):
            words = [
                each.verdicts[0][dose.rule] for each in cases if each.case.times_limit == times
            ]
            counts = {str(verdict): words.count(verdict) for verdict in Verdict}
            out.append(Response(dose.key, times, counts))
    return out


def _views(outcomes: Iterable[Outcome]) -> list[str]:
    """In the order of their first appearance."""
    return list(dict.fromkeys(each.case.view for each in outcomes if each.case.group in SINGLE))


def _events(view: str, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    found = {}
    for event in EVENTS:
        away_ms = [
            1000 * abs(error) for each in outcomes for error in each.event_errors_s.get(event, ())
        ]
        missed = sum(each.events_missed.get(event, 0) for each in outcomes)
        found[f"{view}/{event}/median"] = statistics.median(away_ms, "ms")
        found[f"{view}/{event}/95 %"] = statistics.quantile(away_ms, 0.95, "ms")
        found[f"{view}/{event}/missed"] = statistics.share(missed, missed + len(away_ms))
    return found


def _bar(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    forward = [abs(each.bar_bias_mm[0]) for each in outcomes if each.bar_bias_mm]
    up = [abs(each.bar_bias_mm[1]) for each in outcomes if each.bar_bias_mm]
    rmse = [each.bar_rmse_mm for each in outcomes if each.bar_rmse_mm is not None]
    speed = [e.peak_speed_error_m_s for e in outcomes if e.peak_speed_error_m_s is not None]
    apex = [abs(each.apex_error_cm) for each in outcomes if each.apex_error_cm is not None]
    followed = [100 * e.bar_followed for e in outcomes if e.bar_followed is not None]
    told = [pair for each in outcomes for pair in each.slow_motion_told.items()]
    slowed = [pair for pair in told if pair[0] != 1.0]
    fastest = [e.bar_fastest_m_s for e in outcomes if e.bar_fastest_m_s is not None]
    return {
        "bar/bias forward/median": statistics.median(forward, "mm"),
        "bar/bias up/median": statistics.median(up, "mm"),
        "bar/RMSE/median": statistics.median(rmse, "mm"),
        "bar/RMSE/95 %": statistics.quantile(rmse, 0.95, "mm"),
        "bar/peak speed/RMSE": statistics.root_mean_square(speed, "m/s"),
        "bar/apex/median": statistics.median(apex, "cm"),
        "bar/apex/95 %": statistics.quantile(apex, 0.95, "cm"),
        "bar/fastest sample/largest": statistics.largest(fastest, "m/s"),
        "bar/followed/smallest": statistics.smallest(followed, "%"),
        "bar/slow motion told right": statistics.share(
            sum(factor == said for factor, said in slowed), len(slowed)
        ),
        "bar/slow motion told wrong": statistics.share(
            sum(said not in (1.0, factor) for factor, said in told), len(told)
        ),
        "bar/slow motion said of true speed": statistics.share(
            sum(said != 1.0 for factor, said in told if factor == 1.0), len(told) - len(slowed)
        ),
    }


def _angles(view: str, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    return {
        f"{view}/{angle} angle/median RMSE": statistics.median(
            [each.angle_rmse_deg[angle] for each in outcomes if angle in each.angle_rmse_deg],
            "deg",
        )
        for angle in ANGLES
    }


def _lifts(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    cleans = [each for each in outcomes if each.case.group in CLEANS]
    other = [each for each in outcomes if each.case.group == "not cleans"]
    true = sum(each.lifts_true for each in cleans)
    matched = sum(each.lifts_matched for each in cleans)
    invented = sum(each.lifts_invented > 0 for each in cleans)
    crashed = sum(each.is_crash for each in outcomes)
    disordered = sum(not each.in_order for each in outcomes)
    named = [each for each in cleans if each.case.view == "side" and each.lifts_matched]
    right = sum(each.case.kind in each.kinds_found for each in named)
    return {
        "lifts/found once": statistics.share(matched, true),
        "lifts/clips with an invented lift": statistics.share(invented, len(cleans)),
        "lifts/clips that crash": statistics.share(crashed, len(outcomes)),
        "lifts/clips with events out of order": statistics.share(disordered, len(outcomes)),
        "lifts/kind named right from the side": statistics.share(right, len(named)),
        "not cleans/judged": statistics.share(
            sum(each.lifts_found > 0 for each in other), len(other)
        ),
    }


def _confidences(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """Of the events given with so much confidence, from every view, how many are right."""
    given = [
        (confidence, abs(error) <= RIGHT_WITHIN_S)
        for each in outcomes
        for event, errors in each.event_errors_s.items()
        if event in each.event_confidences
        for confidence, error in zip(each.event_confidences[event], errors, strict=True)
    ]
    found = {}
    for band, (low, high) in CONFIDENCES.items():
        right = [is_right for confidence, is_right in given if low <= confidence < high]
        found[f"confidence/{band}/right"] = statistics.share(sum(right), len(right))
    return found


def _verdicts_by_view(view: str, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """How often each check withholds its verdict."""
    judged = [each.verdicts[0] for each in outcomes if each.lifts_matched]
    return {
        f"{_seen(rule, view)}/{rule.id}/cannot tell": statistics.share(
            sum(words[rule.id] is Verdict.CANNOT_TELL for words in judged), len(judged)
        )
        for rule in rules.all_rules()
    }


def _seen(rule: rules.Rule, view: str) -> str:
    """The view's name, apart where a rule that needs the front has it."""
    needs_it = rule.seen_from == "front" and view.startswith("front")
    return view.replace("front", OWN_FRONT) if needs_it else view


def _false_alarms(outcomes: Sequence[Outcome], view: str) -> dict[str, Figure]:
    """On lifts without a fault, of the rules that see from there; of any rule from the side."""
    judged = [each.verdicts[0] for each in outcomes if each.lifts_matched]
    n = len(judged)
    found = {}
    for rule in rules.all_rules():
        if rule.seen_from != view:
            continue
        words = [verdicts[rule.id] for verdicts in judged]
        found[f"false alarms/{rule.id}/fault"] = statistics.share(words.count(Verdict.FAULT), n)
        found[f"false alarms/{rule.id}/watch"] = statistics.share(words.count(Verdict.WATCH), n)
    lifts = sum(Verdict.FAULT in verdicts.values() for verdicts in judged)
    found[f"false alarms/any{'' if view == 'side' else f' from the {view}'}/fault"] = (
        statistics.share(lifts, n)
    )
    return found


def _sets(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """How often a check of a set speaks up, of those found whole: where all is well, and not."""
    whole = [each for each in outcomes if each.lifts_found == each.lifts_true]
    found = {}
    for rule in rules.all_set_rules():
        for name, dose in (("all alike", ""), ("told", rule.id)):
            words = [each.set_verdicts.get(rule.id) for each in whole if each.case.dose == dose]
            raised = sum(word in (Verdict.WATCH, Verdict.FAULT) for word in words)
            found[f"sets/{rule.id}/{name}"] = statistics.share(raised, len(words))
    return found


def _detection(dose: Dose, outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    found = {}
    for times in JUDGED_TIMES:
        at = [each for each in outcomes if each.case.times_limit == times]
        words = [each.verdicts[0][dose.rule] for each in at]
        name = f"detection/{dose.key}/{times:g} x limit"
        found[f"{name}/fault"] = statistics.share(words.count(Verdict.FAULT), len(words))
        flagged = words.count(Verdict.FAULT) + words.count(Verdict.WATCH)
        found[f"{name}/fault or watch"] = statistics.share(flagged, len(words))
    beyond = [each for each in outcomes if (each.case.times_limit or 0) >= 1.5]
    silent = sum(
        not any(
            v is Verdict.FAULT and not _shows(each, r)
            for r, v in each.verdicts[0].items()
            if r != dose.rule
        )
        for each in beyond
    )
    found[f"detection/{dose.key}/others silent"] = statistics.share(silent, len(beyond))
    return found


def _shows(outcome: Outcome, rule: str) -> bool:
    """The lift truly has this rule's fault: a long jump forward takes the bar along."""
    return any(r.is_true_fault for r in outcome.readings if r.part.startswith(f"{rule}/"))


def _calibration(outcomes: Sequence[Outcome]) -> dict[str, Figure]:
    """How often the truth lies within one and two of the stated sigmas, with a fault or without."""
    found = {}
    for part in TRUTHS:
        away = [r.away for each in outcomes for r in each.readings if r.part == part]
        for sigmas in (1, 2):
            inside = sum(each <= sigmas for each in away)
            found[f"calibration/{part}/within {sigmas} sigma"] = statistics.share(inside, len(away))
    return found
