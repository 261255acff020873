"""What a coach would check. A rule measures, the engine judges.

One rule is one file in this package; the file is its registration. See `engine.rule`.
"""

from cleanform.rules._coaching import Coaching, coaching
from cleanform.rules._new import start_rule
from cleanform.rules._overrides import Overrides, limits_in_words, read_limits, with_limits
from cleanform.rules._page import explain, markdown
from cleanform.rules.engine import Rule, all_rules, check, judge, rule

__all__ = [
    "Coaching",
    "Overrides",
    "Rule",
    "all_rules",
    "check",
    "coaching",
    "explain",
    "judge",
    "limits_in_words",
    "markdown",
    "read_limits",
    "rule",
    "start_rule",
    "with_limits",
]
