"""A known lift's truth as JSON, beside the clip that was rendered from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.synth.camera import Camera, observe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.motion import Truth

    Floats = NDArray[np.float64]


def truth_json(truth: Truth, camera: Camera, how: str) -> dict[str, Any]:
    """Everything a test or a reader needs to hold a result against; numbers rounded for size.

    Times are of the clip's own frames; `frame` is the nearest one. The bar is the middle of the
    shaft in `bar_m` and the near plate's centre in `plate_px`.
    """
    _, _, bar = observe(truth, camera)
    reps = []
    for events, numbers in zip(truth.events_s, truth.measures, strict=True):
        known = {
            name: None if time is None else {"time_s": round(time, 4), "frame": _frame(truth, time)}
            for name, time in events.items()
        }
        reps.append({"events": known, "measures": {k: round(v, 4) for k, v in numbers.items()}})
    return {
        "kind": truth.spec.kind,
        "is_clean": truth.is_clean,
        "how": how,
        "spec": asdict(truth.spec),
        "camera": asdict(camera),
        "plate_m": 0.45,
        "stature_m": round(truth.skeleton.stature_m, 4),
        "reps": reps,
        "frames": {
            "times_s": _rounded(truth.times_s, 5),
            "angles_deg": {k: _rounded(truth.angles_deg[k], 1) for k in ("knee", "hip", "trunk")},
            "lumbar_flexion_deg": _rounded(truth.lumbar_flexion_deg, 1),
            "bar_m": _rounded(truth.bar_m, 4),
            "plate_px": _rounded(bar.xy_px, 1),
        },
    }


def _frame(truth: Truth, time_s: float) -> int:
    return int(np.argmin(np.abs(truth.times_s - time_s)))


def _rounded(values: Floats, digits: int) -> list[Any]:
    """NaN becomes null: JSON has none."""
    whole = np.round(values, digits).astype(object)
    whole[np.isnan(values)] = None
    return list(whole.tolist())
