"""Two lifts on one clock: the time of each is stretched, so that both reach every event together.

The shared clock is 0 at lift-off (at the first shared event where that is not seen). Between two
shared events it runs for the mean of what the two lifts took; before the first and after the
last it runs as life does.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError
from cleanform.model import EVENTS, PHASES, Phase

if TYPE_CHECKING:
    from cleanform.model import Floats, Rep

#: Which events are held to first; the others join where they lie between these in both lifts.
_HELD = (
    "lift_off",
    "full_extension",
    "bar_apex",
    "catch_lowest",
    "stood_up",
    "knee_pass",
    "rack",
    "power_position",
)
#: Events that lie closer in one lift than this are one moment there.
_APART_S = 0.005


@dataclass(frozen=True, eq=False)
class Alignment:
    """The shared events and when each comes: in either clip, and on the shared clock."""

    events: tuple[str, ...]
    clip_s: tuple[Floats, Floats]  # (E,) each, times in clip A and in clip B
    common_s: Floats  # (E,)

    def to_clip(self, side: int, common_s: Floats | float) -> Floats:
        """Times in clip A (0) or B (1) of times on the shared clock."""
        return _stretched(np.asarray(common_s, float), self.common_s, self.clip_s[side])

    def to_common(self, side: int, clip_s: Floats | float) -> Floats:
        """Times on the shared clock of times in clip A (0) or B (1)."""
        return _stretched(np.asarray(clip_s, float), self.clip_s[side], self.common_s)

    def time_s(self, side: int, event: str) -> float:
        """When a shared event comes in clip A (0) or B (1); ValueError where it is not shared."""
        return float(self.clip_s[side][self.events.index(event)])

    def at(self, event: str) -> float:
        """When a shared event comes on the shared clock; ValueError where it is not shared."""
        return float(self.common_s[self.events.index(event)])

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases of which both ends are shared, on the shared clock."""
        return tuple(
            Phase(name, group, self.at(first), self.at(last))
            for name, (group, first, last) in PHASES.items()
            if first in self.events and last in self.events
        )


def align(a: Rep, b: Rep) -> Alignment:
    """Put two lifts on one clock.

    Raises:
        InputError: fewer than two events are seen in both.
    """
    events = _shared(a, b)
    if len(events) < 2:
        raise InputError(
            "These two lifts share too few moments to be laid side by side: each clip must show "
            "the bar leave the floor and reach its highest; film from before the bar moves"
        )
    times_a, times_b = _times_s(a, events), _times_s(b, events)
    took_s = (np.diff(times_a) + np.diff(times_b)) / 2
    common_s = np.concatenate([[0.0], np.cumsum(took_s)])
    if "lift_off" in events:
        common_s = common_s - common_s[events.index("lift_off")]
    return Alignment(events, (times_a, times_b), common_s)


def _shared(a: Rep, b: Rep) -> tuple[str, ...]:
    """The events seen in both, in one order and apart."""
    chosen: tuple[str, ...] = ()
    for event in _HELD:
        if a.events[event].time_s is None or b.events[event].time_s is None:
            continue
        wanted = tuple(name for name in EVENTS if name in (*chosen, event))
        if all(_apart(rep, wanted) for rep in (a, b)):
            chosen = wanted
    return chosen


def _apart(rep: Rep, events: tuple[str, ...]) -> bool:
    return all(late - early > _APART_S for early, late in pairwise(_times_s(rep, events)))


def _times_s(rep: Rep, events: tuple[str, ...]) -> Floats:
    return np.array([rep.events[event].time_s for event in events], float)


def _stretched(times_s: Floats, known_s: Floats, there_s: Floats) -> Floats:
    """Straight between the known times; one to one before the first and after the last."""
    inside = np.interp(times_s, known_s, there_s)
    beyond = times_s - np.clip(times_s, known_s[0], known_s[-1])
    return np.asarray(inside + beyond)
