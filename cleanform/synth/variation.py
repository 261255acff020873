"""Good lifts, and phones that watch them, drawn by seed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cleanform.errors import InputError
from cleanform.synth.camera import Camera
from cleanform.synth.skeleton import AVERAGE, Proportions
from cleanform.synth.spec import LiftSpec

FRAME_RATES_HZ = (24.0, 25.0, 30.0, 50.0, 60.0, 120.0, 240.0)

#: Degrees round from the lifter's side, toward the front; each camera stands within `_AIM_DEG`.
VIEWS = {
    "side": 0.0,
    "side 20": 20.0,
    "30": 30.0,
    "45": 45.0,
    "60": 60.0,
    "front": 90.0,
    "rear 20": -20.0,
    "rear 30": -30.0,
    "rear 45": -45.0,
    "rear": -90.0,
}
_AIM_DEG = 4.0
#: Against the average of both sexes, de Leva 1996, DOI 10.1016/0021-9290(95)00178-6, table 4. Of
#: the thigh only a third of the published difference: other samples do not show the rest.
_WOMAN = Proportions(thigh=0.96, arms=0.98, shoulders=0.94, hips=1.06)
_LIFT, _CAMERA = 1, 2  # one seed, independent draws


def vary(seed: int, **fixed: Any) -> LiftSpec:
    """A good lift, its lifter and its clip drawn by `seed`; `fixed` replaces fields of it.

    Every draw is made whatever is fixed, so a seed's lift changes in nothing but what is fixed.
    Raises InputError where a fixed value is out of range.
    """
    rng = np.random.default_rng((_LIFT, seed))
    woman = bool(rng.random() < 0.5)
    stature_m = float(np.clip(rng.normal(1.64 if woman else 1.77, 0.065), 1.50, 1.95))
    proportions = _proportions(rng, woman)
    fps = float(rng.choice(FRAME_RATES_HZ))
    jitter_s = float(rng.choice((0.0, 0.1, 0.3)) / fps)
    stands_first = bool(rng.random() < 0.5)
    pause_s, no_pause = float(rng.uniform(0.3, 1.5)), bool(rng.random() < 0.25)
    rebend_deg, no_rebend = float(rng.uniform(4.0, 15.0)), bool(rng.random() < 0.25)
    spec = LiftSpec(
        fps=fps,
        seed=seed,
        jitter_s=min(jitter_s, 0.01),
        stature_m=stature_m,
        proportions=proportions,
        facing=int(rng.choice((-1, 1))),
        stand_first_s=float(rng.uniform(0.6, 1.5)) * stands_first,
        still_before_s=0.0 if no_pause else pause_s,
        still_after_s=float(rng.uniform(0.6, 1.5)),
        tempo=float(rng.uniform(0.75, 1.15)),
        flight_deceleration_m_s2=float(rng.uniform(4.2, 5.6)),
        start_trunk_deg=float(rng.uniform(29.0, 41.0)),
        rebend_deg=0.0 if no_rebend else rebend_deg,
        catch_knee_deg=float(rng.uniform(92.0, 116.0)),
        meet_drop_m=float(rng.uniform(0.015, 0.08)),
    )
    return replace(spec, **fixed)


def _proportions(rng: np.random.Generator, woman: bool) -> Proportions:
    """One lifter's, within two and a half standard deviations."""
    middle = _WOMAN if woman else AVERAGE
    spread = np.clip(rng.normal(0.0, 1.0, 6), -2.5, 2.5) * (0.03, 0.03, 0.03, 0.025, 0.04, 0.04)
    drawn = {
        name: float(value * (1 + share))
        for (name, value), share in zip(vars(middle).items(), spread, strict=True)
    }
    return Proportions(**drawn)


def camera_of(seed: int, view: str = "side", **fixed: Any) -> Camera:
    """A phone on a stand, placed by `seed` about one of `VIEWS`; `fixed` replaces fields of it.

    The whole lift fits its picture with some room, off centre and a little crooked. Raises
    InputError where no view has that name.
    """
    if view not in VIEWS:
        raise InputError(f"no view is called {view!r}; choose one of: {', '.join(VIEWS)}")
    rng = np.random.default_rng((_CAMERA, seed))
    distance_m = float(rng.uniform(2.5, 6.0))
    shown_m = float(rng.uniform(2.7, 3.4))  # from floor to raised bar, with room
    camera = Camera(
        yaw_deg=VIEWS[view] + float(rng.uniform(-_AIM_DEG, _AIM_DEG)),
        distance_m=distance_m,
        height_m=float(rng.uniform(0.7, 1.4)),
        look_at_m=(float(rng.uniform(-0.25, 0.15)), float(rng.uniform(0.9, 1.05))),
        field_of_view_deg=float(2 * np.degrees(np.arctan(shown_m / 2 / distance_m))),
        roll_deg=float(np.clip(rng.normal(0.0, 0.6), -1.5, 1.5)),
    )
    pan_share = rng.uniform(-0.02, 0.02, 2)
    camera = replace(camera, **fixed)
    if "pan_px" not in fixed:
        pan_px = (float(pan_share[0] * camera.width_px), float(pan_share[1] * camera.height_px))
        camera = replace(camera, pan_px=pan_px)
    return camera
