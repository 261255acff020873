"""An event put elsewhere by hand, and all that follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cleanform import texts
from cleanform.errors import InputError
from cleanform.model import EVENTS, Event
from cleanform.phases import spans
from cleanform.phases.crossings import absent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Motion, Rep

BY_HAND = "set by hand"


def moved(
    motion: Motion, reps: Sequence[Rep], index: int, event: str, frame: int | None
) -> tuple[Rep, ...]:
    """`reps` with one event of lift `index` at `frame` (None: not to be seen).

    Phases, depth and span of the lift follow the event; what else was found stays.

    Raises:
        InputError: the events would contradict the order of a lift, the camera cuts between
            them, or the moment belongs to another lift.
    """
    rep = reps[index]
    if frame is None:
        new = absent("marked by hand as not to be seen")
    else:
        new = Event(frame, round(float(motion.times_s[frame]), 4), 1.0, BY_HAND)
    events = {**rep.events, event: new}
    _check_order(events, event)
    span = spans.span(events, rep.span)
    if not any(part.start <= span.start and span.stop <= part.stop for part in motion.segments):
        raise InputError(f"{_name(event)}: the camera cuts between this moment and the lift.")
    for other in reps:
        if other is not rep and _meet(span, other.span) and not _meet(rep.span, other.span):
            raise InputError(f"{_name(event)}: this moment belongs to another lift.")
    hang = "hang " if rep.kind.startswith("hang ") else ""
    with_it = replace(
        rep,
        kind=hang + spans.depth(motion, events["catch_lowest"].frame),
        complete=spans.complete(events),
        events=events,
        phases=spans.between(events),
        span=span,
    )
    return (*reps[:index], with_it, *reps[index + 1 :])


def _meet(one: slice, other: slice) -> bool:
    return bool(one.start < other.stop and other.start < one.stop)


def _check_order(events: dict[str, Event], event: str) -> None:
    """InputError where the moved event stands on the wrong side of another."""
    here = events[event].frame
    if here is None:
        return
    place = EVENTS.index(event)
    for name in EVENTS:
        there = events[name].frame
        # A bar that is met on its way up is received before its apex.
        if there is None or {name, event} == {"bar_apex", "rack"}:
            continue
        other = EVENTS.index(name)
        if (other < place and there > here) or (other > place and there < here):
            relation = "before" if other < place else "after"
            wrong = "after" if other < place else "before"
            raise InputError(
                f"{_name(event)} cannot be here: {_name(name).lower()} comes {relation} it and "
                f"stands {wrong} it, at {events[name].time_s:.2f} s. Move that one first."
            )


def _name(event: str) -> str:
    return texts.table("events")[event]
