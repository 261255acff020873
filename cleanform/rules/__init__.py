"""What a coach would check. A rule measures, the engine judges.

One rule is one file in this package; the file is its registration. See `engine.rule`.
"""

from cleanform.rules._coaching import Coaching, coaching
from cleanform.rules._page import explain, markdown
from cleanform.rules.engine import Rule, all_rules, check, judge, rule

__all__ = [
    "Coaching",
    "Rule",
    "all_rules",
    "check",
    "coaching",
    "explain",
    "judge",
    "markdown",
    "rule",
]
