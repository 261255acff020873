"""The back's outline, from the person mask and the image, on the few frames that need it.

The outline is read in the trunk's own frame: rays leave the hip-to-shoulder line at right angles,
toward the back, and end where the person ends. The mask says roughly where (its network draws
256 by 256 pixels), the image's own edge says exactly where, and one path through all rays keeps
the two from being fooled by a crease or a wall. What the plate or the arm covers is no outline.

Three straight lines, one a third of the outline, give two numbers: how much the middle third
bends away from the lower one (bend), and the upper from the lower (turn); rounded is positive.
On 2,000 noisy straight contours the angle between such lines was steadier than any curvature of
the lower back alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cleanform.model import Motion, Outline, Rep

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Bools, Floats

    Image = NDArray[np.uint8]

#: Rays from hip (0) to shoulder (1). Below 0.10 is the buttock, above 0.90 the neck begins.
RAYS = 60
FIRST_RAY, LAST_RAY = 0.10, 0.90
#: How far from the hip-shoulder line the outline may lie, in chords, and the step along a ray.
REACH = 0.60
STEPS_A_CHORD = 240
#: How far the image's edge may lie from the mask's, in chords: about a pixel of the network.
SNAP = 0.02
#: The arm's half width, in chords; the disc a little wider than its ellipse.
ARM_HALF_WIDTH = 0.10
PLATE_MARGIN = 1.06
#: Seen from further round than this the outline is a flank, not the back.
MAX_YAW_DEG = 35.0
#: The start is read in this stretch round lift-off: the posture at the instant the bar parts from
#: the floor, not the deepest one before it.
START_S = (-0.25, 0.05)
#: A trunk this near to plumb is upright; arms this long (in trunks) below the shoulder hang.
UPRIGHT_WITHIN_DEG = 12.0
HANGING_TRUNKS = 0.6
#: A third with fewer of its rays seen has no line of its own.
MIN_SEEN_OF_THIRD = 0.5


@dataclass(frozen=True, eq=False)
class BackReading:
    """One frame's outline of the back."""

    contour_px: Floats  # (RAYS, 2) image px, hip end first; NaN where covered
    bend_deg: float  # middle third against lower third, convex positive; NaN = not readable
    turn_deg: float  # upper third against lower third
    chord_px: float  # hip to shoulder
    hidden: float  # share of the rays without an outline
    edge_sd_px: float  # roughness around the smooth curve through it


def frames_wanted(rep: Rep, motion: Motion) -> list[int]:
    """Frames of one lift on which the outline is worth its price, increasing.

    Seven round lift-off, ten from there to the power position, and up to seven of the lifter
    upright with hanging arms: before the set-up, in the last of the pull, or after the lift
    once the bar is let down. In the rack the arms bend the back, so no frame is taken there.
    None at all where the camera stands too far round to see the back from the side.
    """
    if not motion.view.yaw_deg <= MAX_YAW_DEG:
        return []
    lift_off, power = rep.frame("lift_off"), rep.frame("power_position")
    wanted: set[int] = set()
    if lift_off is not None:
        at_s = motion.times_s[lift_off]
        first, last = np.searchsorted(motion.times_s, (at_s + START_S[0], at_s + START_S[1]))
        wanted |= _spread(motion, int(first), min(int(last), len(motion.times_s) - 1), 7)
        if power is not None and power > lift_off:
            wanted |= _spread(motion, lift_off, power, 10)
    wanted |= _upright_frames(motion, rep)
    return sorted(wanted)


def trace(
    image_rgb: Image,
    mask: NDArray[Any],
    *,
    hip_px: Floats,
    shoulder_px: Floats,
    facing: int,
    plate: tuple[float, float, float, float] | None,
    arm_px: Floats,
) -> BackReading | None:
    """The outline in one frame, or None where hip and shoulder are not known.

    image_rgb (H, W, 3) uint8; mask (H, W), 0..1, the person; hip_px, shoulder_px (2,) and
    arm_px (A, 2), shoulder to wrist, image px; facing +1 where the lifter faces the image's
    right; plate (centre x, centre y, width, height) of the disc.
    """
    hip, shoulder = np.asarray(hip_px, float), np.asarray(shoulder_px, float)
    chord_px = float(np.linalg.norm(shoulder - hip))
    if not np.isfinite(chord_px) or chord_px < 8:
        return None
    rays = _Rays(hip, shoulder, facing, chord_px)
    points = rays.points_px  # (RAYS, N, 2)
    inside = _sample(np.asarray(mask, np.float32), points) > 0.5
    covered = _in_plate(points, plate) | _near_arm(points, arm_px, ARM_HALF_WIDTH * chord_px)
    exit_step = _first_exit(inside)
    found = exit_step >= 0
    edges = _edge_strength(image_rgb, rays)
    path = _snap(edges, exit_step, found)
    seen = found & ~covered[np.arange(RAYS), path]
    steps = np.where(seen, path + _finer(edges, path), np.nan)
    offset = steps / STEPS_A_CHORD  # in chords, from the hip-shoulder line
    bend_deg, turn_deg = _angles(rays.along, offset)
    return BackReading(
        contour_px=rays.at(offset),
        bend_deg=bend_deg,
        turn_deg=turn_deg,
        chord_px=chord_px,
        hidden=float(1 - seen.mean()),
        edge_sd_px=_roughness(rays.along, offset) * chord_px,
    )


def assemble(frames: Sequence[int], readings: Sequence[BackReading | None]) -> Outline | None:
    """The readings as one `Outline`; None where no frame gave one."""
    kept = [(frame, back) for frame, back in zip(frames, readings, strict=True) if back is not None]
    if not kept:
        return None
    backs = [back for _, back in kept]
    return Outline(
        frames=np.array([frame for frame, _ in kept]),
        contour_px=np.stack([back.contour_px for back in backs]),
        bend_deg=np.array([back.bend_deg for back in backs]),
        turn_deg=np.array([back.turn_deg for back in backs]),
        chord_px=np.array([back.chord_px for back in backs]),
        hidden=np.array([back.hidden for back in backs]),
        edge_sd_px=np.array([back.edge_sd_px for back in backs]),
    )


# --- which frames ---------------------------------------------------------------------------


def _spread(motion: Motion, first: int, last: int, count: int) -> set[int]:
    """Up to `count` frames from first through last, evenly in time."""
    at_s = np.linspace(motion.times_s[first], motion.times_s[last], count)
    nearest = np.searchsorted(motion.times_s, at_s - 1e-9)
    return {int(i) for i in np.clip(nearest, first, last)}


def _upright_frames(motion: Motion, rep: Rep) -> set[int]:
    """Up to seven frames of each upright stretch, arms hanging, in the shot of the lift."""
    frames = np.arange(len(motion.times_s))
    start = rep.span.start
    shot = next((s for s in motion.segments if s.start <= start < s.stop), slice(0, len(frames)))
    upright = _upright_arms_hanging(motion) & (frames >= shot.start) & (frames < shot.stop)
    full, low = rep.frame("full_extension"), rep.frame("catch_lowest")
    pull = upright & (frames >= start) & (frames <= (-1 if full is None else full))
    after = upright & (frames > (len(frames) if low is None else low))
    if low is not None:  # the next lift's own frames are not this one's
        after &= motion.times_s <= motion.times_s[low] + 4.0
    wanted: set[int] = set()
    for stretch in (upright & (frames < start), pull, after):
        at = np.flatnonzero(stretch)
        if len(at):
            wanted |= {int(at[int(i)]) for i in np.linspace(0, len(at) - 1, min(7, len(at)))}
    return wanted


def _upright_arms_hanging(motion: Motion) -> Bools:
    """(T,) frames in which the trunk is plumb and the wrist well below the shoulder."""
    shoulder, hip, wrist = (motion.joints_px[name] for name in ("shoulder", "hip", "wrist"))
    with np.errstate(invalid="ignore"):
        plumb = np.abs(motion.angles_deg["trunk"] - 90) < UPRIGHT_WITHIN_DEG
        below = (shoulder - wrist)[:, 1]
        hanging: Bools = below > HANGING_TRUNKS * np.linalg.norm(shoulder - hip, axis=1)
    return plumb & hanging


# --- rays and what they meet ----------------------------------------------------------------


class _Rays:
    """Parallel rays at right angles to hip -> shoulder, toward the back."""

    def __init__(self, hip: Floats, shoulder: Floats, facing: int, chord_px: float) -> None:
        axis = (shoulder - hip) / chord_px
        self.chord_px = chord_px
        self.dorsal = np.array([axis[1], -axis[0]])
        # Of the two normals the one on the back's side: turning it to the trunk's direction goes
        # the same way for a lifter bent forward as for one standing, so no look at x is needed.
        if facing < 0:
            self.dorsal = -self.dorsal
        self.along = np.linspace(FIRST_RAY, LAST_RAY, RAYS)
        steps = round(REACH * STEPS_A_CHORD)
        self.base_px = hip + self.along[:, None] * (shoulder - hip)
        reach = np.arange(steps)[:, None] / STEPS_A_CHORD * self.dorsal * chord_px
        self.points_px: Floats = np.asarray(self.base_px[:, None, :] + reach[None], float)

    def at(self, offset: Floats) -> Floats:
        """(RAYS, 2) image points that far out on each ray, in chords."""
        points: Floats = self.base_px + offset[:, None] * self.dorsal * self.chord_px
        return points


def _sample(picture: NDArray[np.float32], points_px: Floats) -> Floats:
    """Bilinear values of a (H, W) or (H, W, C) float32 picture at (..., 2) points; 0 outside."""
    x, y = (np.ascontiguousarray(points_px[..., i], np.float32) for i in (0, 1))
    values = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(values, float)


def _first_exit(inside: Bools) -> NDArray[np.int64]:
    """(RAYS,) last step inside the person on the way out; -1 where the ray starts outside it or
    never leaves.
    """
    leaves = (~inside).argmax(axis=1)
    found = inside[:, 0] & (~inside).any(axis=1)
    return np.where(found, leaves - 1, -1)


def _in_plate(points_px: Floats, plate: tuple[float, float, float, float] | None) -> Bools:
    if plate is None:
        return np.zeros(points_px.shape[:2], bool)
    centre, half = np.array(plate[:2]), PLATE_MARGIN * np.array(plate[2:]) / 2
    apart = (points_px - centre) / half
    inside: Bools = np.hypot(apart[..., 0], apart[..., 1]) < 1
    return inside


def _near_arm(points_px: Floats, arm_px: Floats, half_width_px: float) -> Bools:
    """Points within the arm's half width of one of its segments."""
    near = np.zeros(points_px.shape[:2], bool)
    arm = np.asarray(arm_px, float)
    for start, end in pairwise(arm):
        limb = end - start
        length2 = float(limb @ limb)
        if not length2 > 0:
            continue
        share = np.clip((points_px - start) @ limb / length2, 0, 1)
        apart = points_px - (start + share[..., None] * limb)
        near |= np.hypot(apart[..., 0], apart[..., 1]) < half_width_px
    return near


def _edge_strength(image_rgb: Image, rays: _Rays) -> Floats:
    """(RAYS, N) change of colour along each ray, a step."""
    blurred = cv2.GaussianBlur(image_rgb, (0, 0), max(0.8, 0.006 * rays.chord_px))
    colour = _sample(blurred.astype(np.float32), rays.points_px)
    step: Floats = np.linalg.norm(np.gradient(colour, axis=1), axis=2)
    return step


def _snap(strength: Floats, exit_step: NDArray[np.int64], found: Bools) -> NDArray[np.int64]:
    """(RAYS,) the step of the outline on each ray: the best path near the mask's edge.

    Dynamic programming over the rays: strong image edges are good, distance from the mask's edge
    and jumps between neighbours cost. Rays without an exit carry no evidence.
    """
    reach = round(SNAP * STEPS_A_CHORD)
    shifts = np.arange(-reach, reach + 1)
    steps = np.clip(exit_step[:, None] + shifts, 0, strength.shape[1] - 1)
    edge = np.take_along_axis(strength, steps, axis=1)
    usual = float(np.median(edge[found].max(axis=1))) if found.any() else 0.0
    reward = np.minimum(edge / max(usual, 1e-9), 1.25) - 0.5 * (shifts / reach) ** 2
    reward[~found] = 0.0
    jump = 0.05 * (shifts[:, None] - shifts[None, :]) ** 2
    best = reward[0].copy()
    came_from = np.zeros((len(steps), len(shifts)), int)
    for ray in range(1, len(steps)):
        candidates = best[None, :] - jump
        came_from[ray] = candidates.argmax(axis=1)
        best = candidates.max(axis=1) + reward[ray]
    path = np.zeros(len(steps), int)
    choice = int(best.argmax())
    for ray in range(len(steps) - 1, -1, -1):
        path[ray] = steps[ray, choice]
        choice = came_from[ray, choice]
    return path


def _finer(strength: Floats, path: NDArray[np.int64]) -> Floats:
    """(RAYS,) fraction of a step from the path to the top of the edge it lies on, -0.5..0.5."""
    rays = np.arange(len(path))
    inner = np.clip(path, 1, strength.shape[1] - 2)
    before, here, after = (strength[rays, inner + shift] for shift in (-1, 0, 1))
    curve = before - 2 * here + after
    top = np.divide(before - after, 2 * curve, out=np.zeros_like(curve), where=curve < 0)
    is_top = (here >= before) & (here >= after) & (inner == path)
    return np.where(is_top, np.clip(top, -0.5, 0.5), 0.0)


# --- what the outline says ------------------------------------------------------------------


def _angles(along: Floats, offset: Floats) -> tuple[float, float]:
    """Bend and turn, degrees, of an outline given in the trunk's frame (chords, NaN = covered)."""
    thirds = np.array_split(np.arange(len(along)), 3)
    slopes = [_slope_deg(along[third], offset[third]) for third in thirds]
    lower, middle, upper = slopes
    return lower - middle, lower - upper


def _slope_deg(along: Floats, offset: Floats) -> float:
    """Direction of the line through one third, by Huber-weighted least squares; NaN if covered."""
    seen = np.isfinite(offset)
    if seen.mean() < MIN_SEEN_OF_THIRD:
        return float("nan")
    x, y = along[seen] - along[seen].mean(), offset[seen]
    weight = np.ones_like(x)
    slope = level = 0.0
    for _ in range(6):
        centre = float(np.average(x, weights=weight))
        level = float(np.average(y, weights=weight))
        spread = x - centre
        slope = float((weight * spread * y).sum() / (weight * spread**2).sum())
        residual = np.abs(y - level - slope * spread)
        scale = 1.5 * 1.48 * float(np.median(residual)) + 1e-9
        weight = np.minimum(1.0, scale / np.maximum(residual, 1e-12))
    return float(np.degrees(np.arctan(slope)))


def _roughness(along: Floats, offset: Floats) -> float:
    """Standard deviation around the smooth curve (a quartic) through the outline, in chords."""
    seen = np.isfinite(offset)
    if seen.sum() < 10:
        return float("nan")
    curve = np.polynomial.Polynomial.fit(along[seen], offset[seen], 4)
    residual = offset[seen] - curve(along[seen])
    return float(np.std(residual))
