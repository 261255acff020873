"""The lifter that is drawn: what of the truth only his own skin and bones can tell."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cleanform import outline
from cleanform.synth import raster
from cleanform.synth.actor import Actor
from cleanform.synth.figure import skeleton_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats
    from cleanform.synth import Truth
    from cleanform.synth.skeleton import Skeleton

#: The silhouette, seen from straight beside with the hip in its middle: a trunk of some 350 px.
PX_PER_M, EDGE_PX = 720.0, 1080
ARM = ("shoulder", "elbow", "wrist")


@cache
def _actor(body: str) -> Actor:
    return Actor(body)


@cache
def skeleton(body: str) -> Skeleton:
    """The bones that a lift has to be made with so that this body can be drawn doing it."""
    return skeleton_of(_actor(body).body)


def back_turn_deg(truth: Truth, body: str, times_s: Floats) -> Floats:
    """(N,) turn of the drawn body's own outline at these instants, degrees, rounded positive.

    Read by the same rays as on a clip, but from the exact silhouette, without bar and plate,
    between the exact hip and shoulder.
    """
    return np.array([_turn_deg(truth, _actor(body), time_s) for time_s in times_s])


def _turn_deg(truth: Truth, actor: Actor, time_s: float) -> float:
    near = truth.timeline.joints(np.array([time_s]))[0]
    hip_m = near["hip"][0, :2]

    def seen_px(points_m: Floats) -> Floats:
        seen: Floats = EDGE_PX / 2 + (points_m[..., :2] - hip_m) * (PX_PER_M, -PX_PER_M)
        return seen

    skin_m, _ = actor.surface(truth.timeline, time_s, 1)
    mask = _silhouette(actor, seen_px(skin_m))
    arm_px = np.stack([seen_px(near[joint][0]) for joint in ARM])
    read = outline.trace(
        np.repeat(255 * mask[:, :, None], 3, axis=2),
        mask,
        hip_px=seen_px(near["hip"][0]),
        shoulder_px=arm_px[0],
        facing=1,
        plate=None,
        arm_px=arm_px,
    )
    return float("nan") if read is None else read.turn_deg


def _silhouette(actor: Actor, xy_px: Floats) -> NDArray[np.uint8]:
    """(H, W) 1 where the body is."""
    faces = actor.clothes.faces
    ids = np.full((EDGE_PX, EDGE_PX), -1, np.int32)
    depth = np.full(ids.shape, -1.0, np.float32)
    raster.fill(xy_px, np.zeros(len(xy_px)), faces, len(faces), ids, depth)
    return (ids >= 0).astype(np.uint8)
