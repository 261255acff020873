"""Hair tied in a bun, which the body's own mesh does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.body import Body

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_RADIUS_M = 0.034
_BEHIND_EYES_M, _ABOVE_EYES_M = 0.205, 0.035


def bun(body: Body) -> tuple[Floats, Ints]:
    """A ball behind the head at rest: vertices (V, 3), faces (F, 3), outward; body axes."""
    across, round_ = 9, 14
    tilt = np.linspace(0.0, np.pi, across)[:, None]
    turn = np.linspace(0.0, 2 * np.pi, round_, endpoint=False)[None]
    ball = np.stack(
        [np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn), np.cos(tilt) + 0 * turn], axis=-1
    ).reshape(-1, 3)
    index = np.arange(across * round_).reshape(across, round_)
    a, b = index[:-1], index[1:]
    c, d = np.roll(b, -1, axis=1), np.roll(a, -1, axis=1)
    faces = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    eye = body.head("eye.L")
    return np.array(
        [0.0, eye[1] + _BEHIND_EYES_M, eye[2] + _ABOVE_EYES_M]
    ) + _RADIUS_M * ball, faces
