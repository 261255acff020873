"""Where the camera stands, from the body's widths and the plate's ellipse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import LANDMARKS, View

if TYPE_CHECKING:
    from cleanform.model import BarTrack, Floats, Pose

#: Distance between the model's shoulder points over hip-to-shoulder length, seen from the front.
#: Biacromial breadth 0.259 H less the joints' depth, trunk 0.288 H (Winter 2009); BlazePose puts
#: both points inside the silhouette.
SHOULDERS_OF_TRUNK = 0.72
SIDE_MAX_DEG = 20.0
FRONT_MIN_DEG = 65.0
#: What the ratio of a fitted plate's axes is good to: a median size error of 1.6 % on labelled
#: pictures (docs/plate_finder.md).
PLATE_RATIO_SIGMA = 0.02
#: A plate that is followed with less confidence than this is somewhere, but of no certain shape.
SURE_OF_SHAPE = 0.55
#: Beyond this a breadth tells little of yaw (sin 60 = 0.87, sin 90 = 1): one that is read a fifth
#: too small makes 54 degrees of a front. How far a bent trunk points aside is sure there.
LEAN_FROM_DEG = 45.0
#: A trunk is bent where it rises by less than this share of its length; seen from the side it then
#: goes so much of the way aside that its length leaves (0.78 to 0.85 on six drawn lifts, a real one
#: 0.84; 0.44 and 0.62 on two from 45 degrees; 0.00 on a drawn and a real one from the front).
BENT_RISE, SIDE_LEAN = 0.8, 0.83
#: Below this yaw the order of the two shoulders is noise, and front and rear look alike.
TURNED_MIN_DEG = 12.0


def estimate(pose: Pose, bar: BarTrack, facing: int) -> View:
    """The camera's yaw: 0 looks at the lifter's side, 90 at the front or the back.

    Three witnesses: the shoulders' separation over the trunk's length (sine of yaw), which reads a
    few degrees even in a true side view; of a camera that stands far round, how far the trunk
    points aside where it is bent (cosine); and the near plate's ellipse (cosine), which is blind to
    small yaw but sure of a large one.
    """
    body_deg, spread_deg, front = _from_shoulders(pose, facing)
    if body_deg >= LEAN_FROM_DEG:
        body_deg = _with_lean(pose, body_deg)
    plate_deg = _from_plate(bar)
    readings = [r for r in (body_deg, plate_deg) if np.isfinite(r)]
    if not readings:
        return View(float("nan"), "unknown", 0.0)
    # An ellipse is a poor witness below 20 degrees (cos 20 = 0.94) and a good one above.
    weight = 0.0 if not np.isfinite(plate_deg) else float(np.clip((plate_deg - 15) / 20, 0, 0.7))
    if np.isfinite(plate_deg):
        # A plate that looks round bounds the yaw, whatever the shoulders say.
        roundness = np.cos(np.radians(plate_deg)) - PLATE_RATIO_SIGMA
        body_deg = min(body_deg, float(np.degrees(np.arccos(roundness))))
    yaw = body_deg if weight == 0.0 else (1 - weight) * body_deg + weight * plate_deg
    if not np.isfinite(yaw):
        yaw = readings[0]
    disagreement = abs(body_deg - plate_deg) if len(readings) == 2 and weight > 0 else 0.0
    confidence = float(np.clip(1 - spread_deg / 40 - disagreement / 60, 0.1, 1.0))
    return View(round(float(yaw), 1), _label(float(yaw), front), round(confidence, 2))


def _label(yaw_deg: float, front: bool) -> str:
    if yaw_deg <= SIDE_MAX_DEG:
        return "side"
    end = "front" if front else "rear"
    return end if yaw_deg >= FRONT_MIN_DEG else f"three-quarter {end}"


def _from_shoulders(pose: Pose, facing: int) -> tuple[float, float, bool]:
    """Yaw, its spread over the frames (degrees) and whether the camera sees the front."""
    left, right = pose.of("left_shoulder"), pose.of("right_shoulder")
    hips = (pose.of("left_hip") + pose.of("right_hip")) / 2
    trunk = np.linalg.norm((left + right) / 2 - hips, axis=1)
    seen = np.isfinite(trunk) & (_visibility(pose, "left_hip", "right_hip") > 0.3)
    if seen.sum() < 3:
        return float("nan"), 40.0, True
    # A trunk bent toward the camera looks short; the longest quarter of the frames is upright.
    upright = seen & (trunk >= np.percentile(trunk[seen], 50))
    ratio = (left - right)[upright, 0] / trunk[upright] / SHOULDERS_OF_TRUNK
    yaws = np.degrees(np.arcsin(np.clip(np.abs(ratio), 0, 1)))
    yaw = float(np.median(yaws))
    spread = float(np.percentile(yaws, 84) - np.percentile(yaws, 16)) / 2
    # From the front the lifter's left is on the image's right.
    front = bool(np.median(ratio) >= 0) if yaw >= TURNED_MIN_DEG else True
    return yaw, spread, front


def _with_lean(pose: Pose, body_deg: float) -> float:
    """The shoulders' yaw and the bent trunk's together; the former where nobody bends."""
    shoulders = (pose.of("left_shoulder") + pose.of("right_shoulder")) / 2
    hips = (pose.of("left_hip") + pose.of("right_hip")) / 2
    aside_px, down_px = (shoulders - hips).T
    trunk_px = np.hypot(aside_px, down_px)
    seen = np.isfinite(trunk_px) & (_visibility(pose, "left_hip", "right_hip") > 0.3)
    if not seen.any():
        return body_deg
    whole_px = float(np.percentile(trunk_px[seen], 90))
    bent = seen & (np.abs(down_px) < BENT_RISE * whole_px)
    if bent.sum() < 3:
        return body_deg
    ahead_px = np.sqrt(whole_px**2 - down_px[bent] ** 2)
    lean = float(np.median(np.abs(aside_px[bent]) / ahead_px)) / SIDE_LEAN
    return float(np.degrees(np.arctan2(np.sin(np.radians(body_deg)), lean)))


def _from_plate(bar: BarTrack) -> float:
    good = np.isfinite(bar.width_px) & np.isfinite(bar.height_px) & (bar.confidence > 0.3)
    if good.sum() < 5 or np.median(bar.confidence[good]) < SURE_OF_SHAPE:
        return float("nan")
    ratio = float(np.median(bar.width_px[good] / bar.height_px[good]))
    return float(np.degrees(np.arccos(np.clip(ratio, 0, 1))))


def _visibility(pose: Pose, *landmarks: str) -> Floats:
    columns = [pose.visibility[:, LANDMARKS.index(name)] for name in landmarks]
    lowest: Floats = np.min(columns, axis=0)
    return lowest
