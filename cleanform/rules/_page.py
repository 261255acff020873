"""The rules written out: `explain` for one, `markdown` for all of them (docs/rules.md)."""

from __future__ import annotations

from cleanform.rules._coaching import coaching
from cleanform.rules._sets import SetRule
from cleanform.rules.engine import Check, Rule, all_checks, find_check, in_words

_OPENING = """# The checks

Generated from the rules themselves (`cleanform.rules.markdown()`); edit the rule, not this page.

Every check ends in one of four words.

| verdict | when |
|---|---|
| ok | the value lies inside the good band |
| watch | between the good band and the fault limit, or past the limit by less than the \
uncertainty of the reading, or seen from an angle that allows no more |
| fault | past the fault limit by more than the uncertainty (one standard deviation) |
| cannot tell | not seen, not seen well enough, or seen from the wrong side; the reason is given |

No study gives a validated cut-off for any fault of the power clean. Each limit is a choice of
this project, made from the published numbers named beside it, and wide enough for the noise of a
phone clip. They are meant to start a talk with a coach, not to replace one.

A coach who holds lifters to other limits writes them into a TOML file, one table a part, for
`cleanform analyze --limits coach.toml` (or `cleanform report`):

```toml
[bar_drift.swing]
unit = "cm"        # may be left out
ok_max = 4
fault_max = 6

[hip_lockout.extension]
fault_max = 15
```

`ok_max` and `ok_min` end the good band, `fault_max` and `fault_min` begin the fault. What was
changed is said on the page and in `analysis.json`.
"""


def explain(name: str) -> str:
    """One rule in full, as Markdown; CleanformError names the nearest where there is none."""
    return _page(find_check(name))


def markdown() -> str:
    """All rules as one Markdown page: the text of docs/rules.md."""
    return "\n".join([_OPENING, *(_page(each) for each in all_checks())])


def _page(rule: Check) -> str:
    lines = [f"## {rule.title} (`{rule.id}`)", "", rule.documentation, ""]
    lines += ["| part | good; fault | called |", "|---|---|---|"]
    for part, limits in rule.parts.items():
        lines.append(f"| {part} | {in_words(limits)} | {rule.outcomes.get(part, '')} |")
    lines += ["", _needs(rule), ""]
    for outcome in dict.fromkeys(rule.outcomes.get(part, "") for part in rule.parts):
        advice = coaching(rule.id, outcome)
        lines += [
            f"**{outcome.capitalize() or 'Coaching'}.** Usual cause: {advice.cause} "
            f"Cue: *{advice.cue}* Drills: {'; '.join(advice.drills)}. ({advice.source})",
            "",
        ]
    lines += ["**Sources.**", "", *(f"- {source}" for source in rule.sources), ""]
    return "\n".join(lines)


def _needs(rule: Check) -> str:
    """What must have been filmed for the check to speak."""
    if isinstance(rule, SetRule):
        return f"**Lifts.** Speaks of {rule.at_least} lifts or more in one clip, taken together."
    assert isinstance(rule, Rule)
    axis = "side" if rule.seen_from == "side" else "front or back"
    return (
        f"**Camera.** Speaks fully up to {rule.full_yaw_deg:g} deg off the lifter's {axis}, says "
        f"*watch* at most up to {rule.any_yaw_deg:g} deg, and *cannot tell* beyond."
    )
