"""`Motion` -> the lifts in it: events, phases and kind, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import EVENTS, Event, Refusal, Rep
from cleanform.phases import ascents, events, kinds, spans
from cleanform.phases.clock import slow_motion_factor
from cleanform.phases.crossings import absent
from cleanform.phases.extension import full_extension
from cleanform.phases.moved import BY_HAND, moved
from cleanform.phases.standing import stood_up
from cleanform.phases.unlifted import jumps_with_no_bar, what_is_seen

if TYPE_CHECKING:
    from cleanform.model import Motion
    from cleanform.phases.ascents import Ascent, Bar

__all__ = ["BY_HAND", "Reading", "moved", "read", "slow_motion_factor"]

#: A bar on the floor is 0.09 of stature above the ankle joint (225 mm plate radius, ankle 0.039
#: H), at the knee 0.25; a lift that starts higher than between the two starts from the hang.
HANG_H = 0.18


@dataclass(frozen=True)
class Reading:
    """The lifts of a clip, or why none is judged."""

    reps: tuple[Rep, ...]
    refusal: Refusal | None


def read(motion: Motion) -> Reading:
    """Find every clean in the clip and its events; a refusal where there is none."""
    bar = ascents.bar_of(motion)
    rises = ascents.find(motion, bar)
    judged = [(rise, kinds.classify(motion, bar, rise)) for rise in rises]
    cleans = [rise for rise, kind in judged if kind.is_clean]
    if cleans:
        reps = tuple(_rep(i, motion, bar, rise) for i, rise in enumerate(cleans))
        return Reading(reps, None)
    return Reading((), _refusal(motion, judged))


def _refusal(motion: Motion, judged: list[tuple[Ascent, kinds.Kind]]) -> Refusal:
    if motion.bar_source == "none" or not np.isfinite(motion.bar_px).any():
        seen = what_is_seen(motion)
        message = f"No bar and no hands could be followed{f': {seen}' if seen else ''}. "
        message += "Film the whole lifter and the plate."
        return Refusal("unjudgeable", message)
    lifted = [kind for _, kind in judged if kind.name != "unknown"]
    if not judged or jumps_with_no_bar(motion):
        seen = what_is_seen(motion)
        message = f"Nobody lifts a bar in this clip{f': {seen}' if seen else ''}. "
        message += "Film from set-up until standing with the bar."
        return Refusal("no_lift", message)
    if not lifted:
        message = (
            f"A bar goes up, but {judged[0][1].why}. Film side on with lifter and plate in frame."
        )
        return Refusal("unjudgeable", message)
    kind = lifted[0]
    article = "a" if kind.name[0] not in "aeiou" else "an"
    message = f"This looks like {article} {kind.name}, not a clean: {kind.why}."
    return Refusal("not_a_clean", message)


def _rep(index: int, motion: Motion, bar: Bar, rise: Ascent) -> Rep:
    """One lift, with every name of EVENTS present or absent with its reason."""
    off = events.lift_off(motion, bar, rise)
    extension = full_extension(motion, bar, rise)
    knee = events.knee_pass(motion, bar, rise, extension)
    apex = events.bar_apex(bar, rise)
    catch = events.catch_lowest(motion, bar, rise, apex)
    found = {
        "setup": events.setup(motion, bar, rise, off),
        "lift_off": off,
        "knee_pass": knee,
        "power_position": events.power_position(motion, bar, rise, knee, extension),
        "full_extension": extension,
        "bar_apex": apex,
        "rack": events.rack(motion, bar, rise, apex),
        "catch_lowest": catch,
        "stood_up": stood_up(motion, bar, rise, catch),
    }
    found = _in_order(found)
    return Rep(
        index=index,
        kind=_kind(motion, found, bar, rise),
        complete=spans.complete(found),
        events=found,
        phases=spans.between(found),
        span=spans.span(found, slice(rise.start, rise.top + 1)),
    )


def _in_order(found: dict[str, Event]) -> dict[str, Event]:
    """Drop the less certain of two neighbours that contradict the order of a lift."""
    names = list(EVENTS)
    for earlier, later in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :]):
        first, second = found[earlier].time_s, found[later].time_s
        if first is None or second is None or first <= second:
            continue
        if {earlier, later} == {"bar_apex", "rack"}:
            continue  # a bar met on its way up is received before its apex
        weaker = earlier if found[earlier].confidence < found[later].confidence else later
        found[weaker] = absent(f"found at a time that contradicts the other events ({weaker})")
    return found


def _kind(motion: Motion, found: dict[str, Event], bar: Bar, rise: Ascent) -> str:
    """Power clean or clean by the depth of the catch, hang where the bar does not start low.

    A bar that was moving already when it came into sight may have come from anywhere: no hang.
    """
    start = bar.on_body_px[rise.start, 1] - motion.joints_px["ankle"][rise.start, 1]
    hang = rise.begins and bool(start > HANG_H * motion.stature_px)
    name = spans.depth(motion, found["catch_lowest"].frame)
    return f"hang {name}" if hang else name
