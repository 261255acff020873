"""A known lift's truth as JSON, beside the clip that was rendered from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.synth.camera import Camera
from cleanform.synth.observation import observe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.film import Film
    from cleanform.synth.motion import Truth
    from cleanform.synth.stage import Look

    Floats = NDArray[np.float64]


_HOW = (
    "Rendered by cleanform itself (cleanform.synth): a known lift carried by a MakeHuman body "
    "(CC0), drawn in software. Nothing was filmed."
)


def truth_json(truth: Truth, camera: Camera, body: str, look: Look, film: Film) -> dict[str, Any]:
    """Everything a test or a reader needs to hold a result against; numbers rounded for size.

    Times are seconds of life, of the clip's own frames; the file's own times are
    `film.slow_motion` times as long. `frame` is the nearest one. The bar is the middle of the
    shaft in `bar_m` and the near plate's centre in `plate_px`, in upright pixels.
    """
    _, _, bar = observe(truth, camera)
    plates = look.plates and look.implement == "barbell"
    reps = []
    for events, numbers in zip(truth.events_s, truth.measures, strict=True):
        known = {
            name: None if time is None else {"time_s": round(time, 4), "frame": _frame(truth, time)}
            for name, time in events.items()
        }
        reps.append({"events": known, "measures": {k: round(v, 4) for k, v in numbers.items()}})
    frames: dict[str, Any] = {
        "times_s": _rounded(truth.times_s, 5),
        "angles_deg": {k: _rounded(truth.angles_deg[k], 1) for k in ("knee", "hip", "trunk")},
        "lumbar_flexion_deg": _rounded(truth.lumbar_flexion_deg, 1),
        "bar_m": _rounded(truth.bar_m, 4),
    }
    if plates:
        frames["plate_px"] = _rounded(bar.xy_px, 1)
    return {
        "kind": truth.spec.kind,
        "is_clean": truth.is_clean,
        "how": _HOW,
        "body": body,
        "spec": asdict(truth.spec),
        "camera": asdict(camera),
        "look": asdict(look),
        "film": asdict(film),
        "slow_motion_factor": film.slow_motion,
        "plate_m": 2 * look.plate_radius_m if plates else None,
        "stature_m": round(truth.skeleton.stature_m, 4),
        "reps": reps,
        "frames": frames,
    }


def _frame(truth: Truth, time_s: float) -> int:
    return int(np.argmin(np.abs(truth.times_s - time_s)))


def _rounded(values: Floats, digits: int) -> list[Any]:
    """NaN becomes null: JSON has none."""
    whole = np.round(values, digits).astype(object)
    whole[np.isnan(values)] = None
    return list(whole.tolist())
