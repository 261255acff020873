"""Rules of thumb about training, held against the days on which an athlete was filmed.

From the guide to power cleans for runners of coaches Tamir, Jeffers and Dickinson: once or twice a
week, never on consecutive days, sets of at most six. They are shown as notes, never as verdicts:
who was not filmed may have trained all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TypeVar

SESSIONS_A_WEEK = 2
REPS_A_SET = 6
SOURCE = "guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson)"
_SHOWN = 3

_Item = TypeVar("_Item")


def notes(days: Iterable[str], reps: Mapping[str, int]) -> list[str]:
    """What breaks a rule of thumb, newest first.

    Args:
        days: days with lifts, YYYY-MM-DD.
        reps: lifts in each clip, by its file; a clip is taken for a set.
    """
    dates = sorted({date.fromisoformat(day) for day in days})
    return [*_weeks(dates), *_neighbours(dates), *_long_sets(reps)]


def _weeks(dates: list[date]) -> list[str]:
    """Weeks begin on Monday, as ISO 8601 counts them."""
    weeks = Counter(day - timedelta(days=day.weekday()) for day in dates)
    busy = [(week, count) for week, count in sorted(weeks.items()) if count > SESSIONS_A_WEEK]
    return [
        f"{count} sessions in the week of {week}; the rule of thumb is one or two."
        for week, count in _newest(busy)
    ]


def _neighbours(dates: list[date]) -> list[str]:
    close = [(day, day + timedelta(days=1)) for day in dates if day + timedelta(days=1) in dates]
    return [
        f"Sessions on consecutive days ({one} and {other}); the rule of thumb is a day between."
        for one, other in _newest(close)
    ]


def _long_sets(reps: Mapping[str, int]) -> list[str]:
    long = [(file, count) for file, count in reps.items() if count > REPS_A_SET]
    return [
        f"{count} reps in one set ({file}); the rule of thumb is six at most."
        for file, count in _newest(long)
    ]


def _newest(items: list[_Item]) -> list[_Item]:
    return items[: -_SHOWN - 1 : -1]
