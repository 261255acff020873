"""A lifter with known truth: in metres, in pixels, as frames."""

from __future__ import annotations

from cleanform.synth.camera import Camera
from cleanform.synth.faults import FAULTS, Fault, largest_dose, with_fault
from cleanform.synth.handheld import Handheld
from cleanform.synth.motion import Truth, lift
from cleanform.synth.observation import Noise, observe, outline
from cleanform.synth.spec import KINDS, LiftSpec
from cleanform.synth.variation import VIEWS, camera_of, vary

__all__ = [
    "FAULTS",
    "KINDS",
    "VIEWS",
    "Camera",
    "Fault",
    "Handheld",
    "LiftSpec",
    "Noise",
    "Truth",
    "camera_of",
    "largest_dose",
    "lift",
    "observe",
    "outline",
    "vary",
    "with_fault",
]
