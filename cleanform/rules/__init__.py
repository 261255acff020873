"""What a coach would check. A rule measures, the engine judges.

One rule is one file in this package; the file is its registration. See `engine.rule`, and
`_sets.set_rule` for what is said of several lifts together.
"""

from cleanform.rules._coaching import Coaching, coaching
from cleanform.rules._new import start_rule
from cleanform.rules._overrides import Overrides, limits_in_words, read_limits, with_limits
from cleanform.rules._page import explain, markdown
from cleanform.rules._sets import SetRule, all_set_rules, check_sets, set_rule, tallies
from cleanform.rules.engine import (
    Check,
    Rule,
    all_checks,
    all_rules,
    check,
    in_reading_order,
    judge,
    rule,
)

__all__ = [
    "Check",
    "Coaching",
    "Overrides",
    "Rule",
    "SetRule",
    "all_checks",
    "all_rules",
    "all_set_rules",
    "check",
    "check_sets",
    "coaching",
    "explain",
    "in_reading_order",
    "judge",
    "limits_in_words",
    "markdown",
    "read_limits",
    "rule",
    "set_rule",
    "start_rule",
    "tallies",
    "with_limits",
]
