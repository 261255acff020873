"""A lifter with known truth: in metres, in pixels, as frames."""

from __future__ import annotations

from cleanform.synth.camera import Camera, Noise, observe, outline
from cleanform.synth.motion import Truth, lift
from cleanform.synth.spec import KINDS, LiftSpec

__all__ = ["KINDS", "Camera", "LiftSpec", "Noise", "Truth", "lift", "observe", "outline"]
