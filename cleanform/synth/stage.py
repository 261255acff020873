"""How a rendered clip looks: people's colours, what is lifted, room and light. Data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError
from cleanform.synth.mesh import Colour
from cleanform.synth.skeleton import PLATE_RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

IMPLEMENTS = ("barbell", "dumbbells", "kettlebell")

_SOCK: Colour = (0.82, 0.82, 0.82)
_SOLE: Colour = (0.85, 0.85, 0.83)

_HAIR: tuple[Colour, ...] = (
    (0.03, 0.025, 0.02),
    (0.07, 0.045, 0.03),
    (0.16, 0.10, 0.06),
    (0.42, 0.30, 0.15),
    (0.30, 0.29, 0.28),
)
_WALLS: tuple[Colour, ...] = (
    (0.72, 0.70, 0.66),
    (0.82, 0.82, 0.80),
    (0.58, 0.60, 0.62),
    (0.70, 0.64, 0.54),
    (0.46, 0.52, 0.58),
    (0.30, 0.31, 0.33),
)
#: competition colours of plates, then plain black and iron grey
PLATE_COLOURS: tuple[Colour, ...] = (
    (0.62, 0.05, 0.06),
    (0.08, 0.18, 0.50),
    (0.60, 0.50, 0.08),
    (0.08, 0.35, 0.15),
    (0.06, 0.06, 0.07),
    (0.30, 0.31, 0.33),
)


@dataclass(frozen=True)
class Bystander:
    """Somebody else in the picture: standing, or walking past along his own line.

    Stage metres: `x_m` to the picture's right when seen from the lifter's side, `z_m` toward that
    camera; `heading_deg` 0 faces the picture's right, 90 that camera.
    """

    body: str = "female"
    x_m: float = -1.6
    z_m: float = -1.4
    heading_deg: float = 60.0
    passes_s: float | None = None  # walking: when he is at x_m, z_m; None: he stands
    seed: int = 1  # of his clothes

    def __post_init__(self) -> None:
        if np.hypot(self.x_m, self.z_m) < 0.6 and self.passes_s is None:
            raise InputError("a bystander cannot stand where the lifter does; move x_m or z_m")


@dataclass(frozen=True)
class Look:
    """Colours, light and things of one clip. `Look.of(seed)` varies them; the default is plain."""

    skin: Colour = (0.80, 0.58, 0.46)
    hair: Colour = (0.13, 0.08, 0.05)
    shirt: Colour = (0.12, 0.25, 0.55)
    shorts: Colour = (0.07, 0.07, 0.08)
    shoe: Colour = (0.75, 0.12, 0.10)
    loose_shirt_m: float = 0.0  # how far cloth hangs off the trunk; 0: close-fitting
    implement: str = "barbell"
    plates: bool = True
    plate: Colour = (0.62, 0.05, 0.06)
    plate_radius_m: float = PLATE_RADIUS_M  # smaller ones stand on blocks
    change_plates: bool = False  # small ones outside the big one
    wall_kind: str = "block"
    wall: Colour = (0.72, 0.70, 0.66)
    floor_kind: str = "rubber"
    floor: Colour = (0.21, 0.22, 0.235)
    platform: str = "wood"
    back_wall_m: float = 3.6
    clutter: int = 0  # other bars and plates lying and standing about, 0..3
    bystanders: tuple[Bystander, ...] = ()
    lamp: Colour = (0.35, 0.90, 0.45)  # toward the lamp; x, y, z
    ambient: float = 1.0
    exposure: float = 1.0
    tint: Colour = (1.0, 1.0, 1.0)  # of the light
    seed: int = 0

    def __post_init__(self) -> None:
        if self.implement not in IMPLEMENTS:
            raise InputError(
                f"implement is {self.implement!r}; choose one of: {', '.join(IMPLEMENTS)}"
            )
        if not 0.1 <= self.plate_radius_m <= PLATE_RADIUS_M:
            raise InputError(
                f"plate_radius_m is {self.plate_radius_m:g}; choose 0.1 to {PLATE_RADIUS_M:g}"
            )

    @classmethod
    def of(cls, seed: int) -> Look:
        """A look by seed: skin, clothes, plates, room, light. Nobody else is in the picture."""
        rng = np.random.default_rng((seed, 7))

        def colour(low: float, high: float) -> Colour:
            red, green, blue = rng.uniform(low, high, 3)
            return float(red), float(green), float(blue)

        deep = float(rng.uniform(0.42, 1.0))
        shade = float(rng.uniform(0.13, 0.27))
        warm = float(rng.uniform(-0.05, 0.05))
        return cls(
            skin=(0.86 * deep, 0.64 * deep**1.2, 0.52 * deep**1.4),
            hair=_HAIR[int(rng.integers(len(_HAIR) if deep > 0.75 else 2))],
            shirt=colour(0.06, 0.80),
            shorts=colour(0.04, 0.30),
            shoe=colour(0.1, 0.8),
            plate=PLATE_COLOURS[int(rng.integers(len(PLATE_COLOURS)))],
            change_plates=bool(rng.random() < 0.4),
            wall_kind=str(rng.choice(("block", "brick", "wood", "plaster"))),
            wall=_WALLS[int(rng.integers(len(_WALLS)))],
            floor_kind=str(rng.choice(("rubber", "rubber", "concrete", "turf"))),
            floor=(shade, shade, 1.05 * shade),
            platform=str(rng.choice(("wood", "wood", "rubber", "none"))),
            back_wall_m=float(rng.uniform(2.4, 5.0)),
            clutter=int(rng.integers(4)),
            lamp=(float(rng.uniform(-0.6, 0.6)), 0.9, float(rng.uniform(0.1, 0.7))),
            ambient=float(rng.uniform(0.9, 1.3)),
            exposure=float(rng.uniform(0.88, 1.15)),
            tint=(1.0 + warm, 1.0, 1.0 - warm),
            seed=seed,
        )

    def palette(self) -> Floats:
        """(7, 3) rows as `cleanform.synth.shading` names them."""
        return np.array([self.skin, self.hair, self.shirt, self.shorts, self.shoe, _SOCK, _SOLE])

    def lamp_way(self) -> Floats:
        lamp = np.array(self.lamp)
        return np.asarray(lamp / np.linalg.norm(lamp))

    def light(self) -> Floats:
        """(3,) what every value of the picture is multiplied by."""
        return self.exposure * np.array(self.tint)
