"""What the phone does to the pictures: blur, noise, compression, lost frames, tags. Data."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from cleanform.errors import InputError

CODECS = ("h264", "hevc")
ROTATIONS_DEG = (0, 90, 180, 270)


@dataclass(frozen=True)
class Film:
    """From what the lens sees to what the file holds."""

    grain: int = 3  # largest change of a value by sensor noise
    shutter: float = 0.0  # share of the frame interval that is exposed; 0: no motion blur
    exposures: int = 4  # pictures averaged over the open shutter
    codec: str = "h264"
    quality: int = 24  # constant rate factor; lower is better and larger
    rotation_deg: int = 0  # clockwise; the picture is stored turned and the player turns it back
    slow_motion: float = 1.0  # the clip plays this many times slower than life
    capture_tag: bool = False  # the container says how many frames a second were taken
    dropped: float = 0.0  # share of frames that the phone lost

    def __post_init__(self) -> None:
        if self.codec not in CODECS:
            raise InputError(f"codec is {self.codec!r}; choose one of: {', '.join(CODECS)}")
        if self.rotation_deg not in ROTATIONS_DEG:
            known = ", ".join(map(str, ROTATIONS_DEG))
            raise InputError(f"rotation_deg is {self.rotation_deg}; choose one of: {known}")
        for name, low, high in (
            ("grain", 0, 40),
            ("shutter", 0, 1),
            ("exposures", 1, 64),
            ("quality", 0, 51),
            ("slow_motion", 1, 100),
            ("dropped", 0, 0.5),
        ):
            value = getattr(self, name)
            if not (isfinite(value) and low <= value <= high):
                raise InputError(f"{name} is {value}; choose {low:g} to {high:g}")
