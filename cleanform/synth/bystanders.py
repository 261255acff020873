"""Somebody else in the picture, on his own path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.actor import Actor
from cleanform.synth.mesh import turn
from cleanform.synth.motion import lift
from cleanform.synth.spec import LiftSpec
from cleanform.synth.stage import Bystander, Look

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LONG_S = 15.0  # of walking before and after he passes
_ARMS_HALF_M = 0.27


class Passer:
    """Who stands about or walks past."""

    def __init__(self, who: Bystander) -> None:
        self.who = who
        self.look = Look.of(who.seed)
        self.actor = Actor(who.body)
        kind = "walk" if who.passes_s is not None else "jump"
        spec = LiftSpec(kind=kind, still_before_s=_LONG_S, still_after_s=_LONG_S)
        self._timeline = lift(spec, self.actor.skeleton(_ARMS_HALF_M)).timeline
        # a jump begins standing; a walk is at its own origin half-way
        self._start_s = self._timeline.duration_s / 2 if who.passes_s is not None else 0.0
        self._to_stage = turn("y", -who.heading_deg)

    def surface(self, time_s: float) -> tuple[Floats, Floats]:
        """Posed skin (V, 3) and its normals, stage axes."""
        walked_s = 0.0 if self.who.passes_s is None else time_s - self.who.passes_s
        skin, normals = self.actor.surface(self._timeline, self._start_s + walked_s, 1)
        at = np.array([self.who.x_m, 0.0, self.who.z_m])
        return skin @ self._to_stage.T + at, normals @ self._to_stage.T
