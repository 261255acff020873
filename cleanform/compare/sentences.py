"""What a comparison says, in words from `texts.toml`."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from cleanform import texts
from cleanform.compare.changes import State
from cleanform.model import Verdict
from cleanform.report import words
from cleanform.report.measures import Measures
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.compare.changes import Change
    from cleanform.compare.comparison import Comparison
    from cleanform.compare.differences import Difference
    from cleanform.compare.sides import Side
    from cleanform.model import Finding

#: Differences that the sentence at the top names.
_NAMED = 2


def side_name(side: Side, other: Side) -> str:
    """What a lift is called: its clip, and its number where that is needed."""
    name = side.analysis.recording.clip.path.name
    if len(side.analysis.lifts) > 1 or name == other.analysis.recording.clip.path.name:
        return say("compare.lift_of", number=side.number, clip=name)
    return name


def about(side: Side, measures: Measures) -> list[str]:
    """Who lifted what when; parts of one line."""
    options = side.analysis.options
    load = "" if options.load_kg is None else measures.load(options.load_kg)
    return [each for each in (options.athlete, words.kind(side.lift), load, options.date) if each]


def headline(comparison: Comparison) -> str:
    """The verdict: what of B's checks is new, fixed or the same against A's."""
    by_state = {
        state: [_called(one) for one in comparison.changes if one.state is state] for state in State
    }
    parts = [
        say(f"compare_verdict.{key}", what=words.listed(names))
        for key, names in (
            ("new", by_state[State.NEW]),
            ("worse", by_state[State.WORSE]),
            ("fixed", by_state[State.FIXED]),
            ("better", by_state[State.BETTER]),
        )
        if names
    ]
    still = [
        _called(one)
        for one in comparison.changes
        if one.state is State.SAME and one.b and one.b.verdict is Verdict.FAULT
    ]
    if still:
        parts.append(say("compare_verdict.still", what=words.listed(still)))
    if parts:
        return " ".join(parts)
    told = [one for one in comparison.changes if one.state is not State.CANNOT_TELL]
    return say("compare_verdict.alike" if told else "compare_verdict.blind")


def numbers_line(comparison: Comparison) -> str:
    """How many numbers differ, and the clearest of them."""
    count, every = len(comparison.shown), len(comparison.differences)
    if not every:
        return say("compare_verdict.no_numbers")
    if not count:
        return say("compare_verdict.none_differ", all=every)
    named = [named_difference(comparison, one) for one in comparison.shown[:_NAMED]]
    key = "one_differs" if count == 1 else "some_differ"
    return say(f"compare_verdict.{key}", count=count, all=every, what="; ".join(named))


def rule(comparison: Comparison) -> str:
    """The rule by which a difference is shown, and how far to trust it."""
    key = "rule_one_film" if comparison.a.same_clip(comparison.b) else "rule"
    every = len(comparison.differences)
    return say(f"compare.{key}", all=every, chance=ceil(every / 20))


def short_name(one: Difference) -> str:
    """What a number is called where its moment is said already."""
    start, _, event = one.name.partition("_at_")
    if one.name.startswith("time_to_") and one.moment:
        return say("compare_names.at_time_to")
    if start == "bar_height" and event in texts.table("events"):
        return say("compare_names.at_bar_height")
    if event == one.moment and start in texts.table("angles"):
        called = texts.table("angles")[start]
        return called[:1].upper() + called[1:]
    return name(one)


def name(one: Difference) -> str:
    """What a number is called."""
    own = texts.table("compare_names")
    start, _, event = one.name.partition("_at_")
    if start == "bar_height" and event in texts.table("events"):
        return say("compare_names.bar_height", event=words.event(event).lower())
    if one.name.startswith("time_to_") and one.moment:
        return say("compare_names.time_to", event=words.event(one.moment).lower())
    return own.get(one.name) or words.metric_name(one.name)


def difference(comparison: Comparison, one: Difference) -> str:
    """How B differs, "higher by 3.0 ± 0.8 cm", or that these clips can show none."""
    if not one.shown:
        return say("compare.no_difference")
    more, less = _directions(one).split("|")
    amount = Measures(comparison.units).quantity(abs(one.difference), one.unit, one.sigma)
    return say("compare.by", how=more if one.difference > 0 else less, amount=amount)


def named_difference(comparison: Comparison, one: Difference) -> str:
    """What differs and how: "bar apex height higher by 3.0 ± 0.8 cm"."""
    called = name(one)
    return f"{called[:1].lower()}{called[1:]} {difference(comparison, one)}"


def reason(one: Change) -> str:
    """Why nothing can be told of a check; empty where something can."""
    if not one.why:
        return ""
    return say(f"compare_why.{one.why.replace(' ', '_')}")


def title(one: Change) -> str:
    """What a check is called: by its fault where either lift has it, else by what it looks at."""
    return words.heading(_worse(one))


def cue(one: Change) -> str:
    """What to say to the lifter about B; empty where all is well there."""
    return one.b.cue if one.b is not None else ""


def _called(one: Change) -> str:
    called = title(one)
    return called[:1].lower() + called[1:]


def _worse(one: Change) -> Finding:
    found = [each for each in (one.b, one.a) if each is not None]
    rank = [Verdict.FAULT, Verdict.WATCH, Verdict.OK, Verdict.CANNOT_TELL]
    return min(found, key=lambda each: rank.index(each.verdict))


def _directions(one: Difference) -> str:
    """The words for more and less of a number, as "higher|lower"."""
    table = texts.table("compare_directions")
    if one.unit == "deg":
        angle = one.name.partition("_at_")[0]
        return table.get(angle, table["angle"])
    for key in ("forward", "backward", "back", "drop", "loop"):
        if key in one.name:
            return table[key]
    return table.get({"s": "time", "m/s": "speed", "W": "power"}.get(one.unit, ""), table["height"])
