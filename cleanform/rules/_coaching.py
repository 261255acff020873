"""What to say to the lifter: `coaching.toml`, one table a fault."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from cleanform.errors import CleanformError


@dataclass(frozen=True)
class Coaching:
    """Why a fault happens, the one thing to think of, and what to practise."""

    cause: str
    cue: str
    drills: tuple[str, ...]
    source: str


def coaching(rule: str, outcome: str = "") -> Coaching:
    """Advice for a rule's fault, or for one named outcome of it where that has its own table.

    Raises CleanformError where `coaching.toml` says nothing about it.
    """
    table = _tables().get(rule)
    if table is not None and outcome in table:
        table = table[outcome]
    if table is None or "cue" not in table:
        what = f"{rule}.{outcome}" if outcome else rule
        raise CleanformError(f"coaching.toml has no advice for {what!r}; add a table for it.")
    return Coaching(table["cause"], table["cue"], tuple(table["drills"]), table["source"])


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = files("cleanform").joinpath("coaching.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
