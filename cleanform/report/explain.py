"""A rule's own text for the page: why it matters, how it is measured, what to practise."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from cleanform import rules
from cleanform.errors import CleanformError


@dataclass(frozen=True)
class Why:
    paragraphs: tuple[Markup, ...]
    cause: str
    drills: tuple[str, ...]
    sources: tuple[str, ...]


def rule(name: str, outcome: str) -> Why | None:
    """The text of one rule; None where this version of cleanform has no such rule."""
    known = {each.id: each for each in rules.all_checks()}
    if name not in known:
        return None
    paragraphs = known[name].documentation.split("\n\n")
    try:
        advice = rules.coaching(name, outcome)
        cause, drills = advice.cause, advice.drills
    except CleanformError:
        cause, drills = "", ()
    return Why(
        tuple(_marked(" ".join(one.split())) for one in paragraphs if one.strip()),
        cause,
        drills,
        known[name].sources,
    )


def _marked(text: str) -> Markup:
    """The two marks that rules use, **strong** and *stressed*, as HTML; the rest escaped."""
    safe = str(escape(text))
    safe = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", safe)
    return Markup(re.sub(r"\*(.+?)\*", r"<em>\1</em>", safe))
