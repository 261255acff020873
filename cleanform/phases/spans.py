"""What follows from the events of a lift: its phases, its depth, and where it begins and ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import PHASES, Event, Phase

if TYPE_CHECKING:
    from cleanform.model import Motion

#: A thigh that dips below the horizontal in the catch makes it a clean, not a power clean.
PARALLEL_DEG = 0.0
_NEEDED = ("lift_off", "full_extension", "catch_lowest", "stood_up")


def depth(motion: Motion, catch: int | None) -> str:
    """Power clean or clean, by the thigh in the catch (a frame)."""
    thigh = motion.angles_deg["thigh"][catch] if catch is not None else float("nan")
    return "power clean" if np.isfinite(thigh) and thigh >= PARALLEL_DEG else "clean"


def complete(found: Mapping[str, Event]) -> bool:
    """Whether lift-off, full extension, lowest catch and standing are all seen."""
    return all(found[name].frame is not None for name in _NEEDED)


def span(found: Mapping[str, Event], otherwise: slice) -> slice:
    """Frames from the first event through the last; `otherwise` where there is none."""
    frames = [event.frame for event in found.values() if event.frame is not None]
    return slice(min(frames), max(frames) + 1) if frames else otherwise


def between(found: Mapping[str, Event]) -> tuple[Phase, ...]:
    """The phases whose two events are both known."""
    phases = []
    for name, (group, first, last) in PHASES.items():
        start, end = found[first].time_s, found[last].time_s
        if start is not None and end is not None and end > start:
            phases.append(Phase(name, group, start, end))
    return tuple(phases)
