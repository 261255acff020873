"""A phone held in the hand: how far it is turned, tilted and zoomed at any time."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SLOWEST_HZ, _FASTEST_HZ, _TONES = 0.2, 8.0, 16


@dataclass(frozen=True)
class Handheld:
    """What a hand does to a camera. All zero: a stand.

    The shake is a sum of tones between 0.2 and 8 Hz whose amplitude falls with the frequency,
    so it is smooth, never repeats within a clip, and is known at every instant. It turns the
    camera about its own lens and does not move it.
    """

    shake_deg: float = 0.0  # standard deviation of turn and of tilt; half of it in roll
    pan_deg_per_s: float = 0.0  # the picture's content wanders left where this is positive
    zoom_per_s: float = 0.0  # growth of the picture's content, as a share of it
    seed: int = 0

    def __post_init__(self) -> None:
        for name, most in (("shake_deg", 5.0), ("pan_deg_per_s", 30.0), ("zoom_per_s", 0.5)):
            value = getattr(self, name)
            least = 0.0 if name == "shake_deg" else -most
            if not (isfinite(value) and least <= value <= most):
                raise InputError(f"{name} is {value}; choose {least:g} to {most:g}")

    def turned_deg(self, times_s: Floats) -> Floats:
        """(T, 3) of turn to the right, tilt up and roll at these times."""
        rng = np.random.default_rng((7, self.seed))
        octaves = np.log2(_FASTEST_HZ / _SLOWEST_HZ)
        steps = (np.arange(_TONES)[:, None] + rng.random((_TONES, 3))) / _TONES
        hertz = _SLOWEST_HZ * 2 ** (octaves * steps)
        phase = rng.uniform(0, 2 * np.pi, (_TONES, 3))
        amplitude = hertz**-0.7
        amplitude *= np.sqrt(2 / np.sum(amplitude**2, axis=0))
        angle = 2 * np.pi * hertz * np.asarray(times_s, float)[:, None, None] + phase
        shake = np.sum(amplitude * np.sin(angle), axis=1) * (1.0, 1.0, 0.5) * self.shake_deg
        shake[:, 0] += self.pan_deg_per_s * np.asarray(times_s, float)
        return np.asarray(shake)

    def zoom(self, times_s: Floats) -> Floats:
        """(T,) by which the focal length is multiplied."""
        return np.asarray(np.exp(self.zoom_per_s * np.asarray(times_s, float)))
