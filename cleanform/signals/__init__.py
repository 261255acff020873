"""Pose and bar track -> `Motion`: gaps, smoothing, repair, velocities, angles, view, scale."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import (
    ANGLE_JOINTS,
    JOINTS,
    LANDMARKS,
    PAIRED,
    UNKNOWN_LEAN_SIGMA_DEG,
    Motion,
    turned,
)
from cleanform.signals import body, planes, view
from cleanform.signals.smoothing import (
    JOINT_CUTOFF_HZ,
    MAX_GAP_S,
    Smoothed,
    cutoff_hz,
    noise_in_motion,
    smooth_segments,
    smooth_tracks,
    spikes,
)
from cleanform.signals.tread import without_tread

if TYPE_CHECKING:
    from cleanform.model import (
        BarTrack,
        Bools,
        CameraPath,
        Clip,
        Floats,
        Options,
        Outline,
        Plumb,
        Pose,
    )

__all__ = ["derive"]

#: What a baseline cannot cancel: the model's own offset from the joint, per angle, degrees.
#: Markerless sagittal angles differ from marker-based ones by 13.6 +- 4.7 deg RMSD in the snatch
#: (Thiele et al. 2024, Int J Exerc Sci 17(1):1629-1647), most of it a constant offset.
OFFSET_SIGMA_DEG = {
    "knee": 5.0,
    "hip": 5.0,
    "elbow": 7.0,
    "ankle": 8.0,
    "trunk": 3.0,
    "thigh": 4.0,
    "shank": 4.0,
    "upper_arm": 6.0,
}
#: A landmark that leaves its track by more than this share of stature and returns is a wrong find.
SPIKE_OF_STATURE = 0.05
#: A plate that goes further than this share of its height in four pictures moves.
MOVED_PLATES = 0.02
#: Wrist to bar over wrist to knuckles: a closed hand's grip centre lies about 0.06 of stature from
#: the wrist, the knuckles 0.045 (hand length 0.108 H; Winter 2009).
GRIP_BEYOND_WRIST = 1.3
#: From this yaw on both sides of the body are seen.
BOTH_SIDES_MIN_YAW_DEG = 45.0
#: The hand appears above the plate's centre by its parallax: 0.4 plates at 3 m, 0.7 at 2 m.
HELD_WITHIN_PLATES = 0.9


def derive(
    clip: Clip,
    pose: Pose,
    bar: BarTrack,
    options: Options,
    outline: Outline | None = None,
    plumb: Plumb | None = None,
    known: tuple[Floats, float] | None = None,
    camera: CameraPath | None = None,
) -> Motion | None:
    """Everything that phases and rules may see; None where nobody was found in the clip.

    Where the room's upright edges tell how the picture leans, all is turned upright first.
    `known`: two points (2, 2), image pixels, in the plate's plane, and the metres between them.
    `camera` is only handed on: the tracks stay where the picture shows them.

    Repeated frames carry no new information and are not observations; landmarks behind the
    plate are flagged, feet there are replaced by where they are planted and the knee by its limb
    lengths. All tracks are low-pass filtered between camera cuts.
    """
    found = np.isfinite(pose.xy_px[:, 0, 0])
    if found.sum() < 5:
        return None
    lean_deg, middle_x_px = _leaning(clip, pose, plumb)
    pose = replace(pose, xy_px=turned(pose.xy_px, -lean_deg))
    bar = without_tread(replace(bar, xy_px=turned(bar.xy_px, -lean_deg)))
    forward = body.facing(pose)
    near_side = "right" if forward > 0 else "left"
    xy, visibility = body.near_chain(pose, near_side)
    hidden = {joint: body.behind_plate(xy[joint], bar, joint) for joint in JOINTS}
    fresh = _tells_something(clip)
    observed = {
        joint: found & fresh & ~hidden[joint] & (visibility[joint] >= body.MIN_VISIBILITY)
        for joint in JOINTS
    }
    height_px = body.stature_px(xy, observed)
    tolerance_px = SPIKE_OF_STATURE * height_px
    spiky = {
        joint: spikes(clip.times_s, xy[joint], found & fresh, tolerance_px) for joint in JOINTS
    }
    observed = {joint: seen & ~spiky[joint] for joint, seen in observed.items()}
    whole = body.whole_shank(xy, observed)
    for joint in body.FEET:
        observed[joint] &= whole
    height_px = body.stature_px(xy, observed)
    body.plant_feet(xy, observed)
    body.bend_knee(xy, observed, forward)

    to_frame = np.array([forward, -1.0])
    usable = found & fresh
    joints = smooth_tracks(
        clip.times_s,
        {joint: track * to_frame for joint, track in xy.items()},
        {joint: usable if joint in body.REPAIRED else usable & ~spiky[joint] for joint in xy},
        JOINT_CUTOFF_HZ,
        clip.segments,
    )
    bar_seen = np.isfinite(bar.xy_px).all(axis=1) & fresh
    bar_motion, bar_cutoff_hz = _bar_motion(clip, bar, bar_seen, to_frame)
    grip_px = _grip_px(pose, near_side) * to_frame
    grip_seen = usable & ~spikes(clip.times_s, grip_px, usable, tolerance_px)
    grip = smooth_segments(clip.times_s, grip_px, grip_seen, JOINT_CUTOFF_HZ, clip.segments)
    hanging = _hanging(usable, pose, near_side)
    plane_map = rough_map = None
    if bar.source == "plate":
        hanging &= _held(bar, pose, near_side)
        plane_map = planes.link(bar_motion.values, grip_px, hanging)
        rough_map = planes.link_roughly(bar_motion.values, grip_px, hanging, plane_map)
    bar_body_px, bar_working_px = _bar_among_joints(bar, bar_motion.values, plane_map, rough_map)
    length = None
    if known is not None:
        length = planes.Length(turned(known[0], -lean_deg) * to_frame, known[1])
    scale = planes.scale(options, bar, plane_map, height_px, forward * middle_x_px, length)
    seen_from = view.estimate(pose, bar, forward)
    joints_px = {joint: track.values for joint, track in joints.items()}
    both_sides_px: dict[str, Floats] = {}
    if seen_from.yaw_deg >= BOTH_SIDES_MIN_YAW_DEG:
        both_sides_px = _both_sides_px(clip, pose, usable, tolerance_px, to_frame)
    return Motion(
        times_s=clip.times_s,
        facing=forward,
        near_side=near_side,
        joints_px=joints_px,
        visibility=visibility,
        hidden=hidden,
        angles_deg=body.angles(joints_px, seen_from.yaw_deg),
        angle_sigma_deg=_angle_sigma_deg(joints, joints_px),
        bar_px=bar_motion.values,
        bar_velocity_px_s=bar_motion.velocity,
        bar_acceleration_px_s2=bar_motion.acceleration,
        bar_sigma_px=bar_motion.sigma,
        bar_cutoff_hz=bar_cutoff_hz,
        bar_body_px=bar_body_px,
        bar_working_px=bar_working_px,
        bar_source=bar.source,
        grip_px=grip.values,
        scale=scale,
        view=seen_from,
        stature_px=height_px,
        segments=clip.segments,
        outline=outline,
        both_sides_px=both_sides_px,
        lean_deg=lean_deg,
        camera=camera,
        lean_sigma_deg=plumb.sigma_deg if plumb else UNKNOWN_LEAN_SIGMA_DEG,
        far_trunk_deg=_far_trunk_deg(clip, pose, near_side, usable, tolerance_px, to_frame),
    )


def _bar_motion(clip: Clip, bar: BarTrack, seen: Bools, to_frame: Floats) -> tuple[Smoothed, float]:
    """The bar's filtered path, and the cut-off that a plate's noise allows.

    The noise goes into the sigma too, told where the bar moves.
    """
    path = bar.xy_px * to_frame
    noise_px = plate_px = float("nan")
    rate_hz = 1 / float(np.median(np.diff(clip.times_s[seen]))) if seen.sum() > 1 else 0.0
    if bar.source == "plate" and seen.any():
        plate_px = float(np.nanmedian(bar.height_px[seen]))
        told = [
            noise_in_motion(clip.times_s[part], path[part], seen[part], MOVED_PLATES * plate_px)
            for part in clip.segments
        ]
        noise_px = float(np.fmax.reduce(told))
    cutoff = cutoff_hz(noise_px, rate_hz, plate_px)
    motion = smooth_segments(clip.times_s, path, seen, cutoff, clip.segments)
    kept = np.sqrt(min(1.0, 2 * cutoff / rate_hz)) if rate_hz else 1.0
    return replace(motion, sigma=float(np.fmax(motion.sigma, noise_px * kept))), cutoff


def _both_sides_px(
    clip: Clip, pose: Pose, usable: Bools, tolerance_px: float, to_frame: Floats
) -> dict[str, Floats]:
    """Both sides' joints of `PAIRED` (T, 2), filtered; what the model did not see stays NaN."""
    found = {}
    for side in ("left", "right"):
        for part in PAIRED:
            landmark = f"{side}_{'wrist' if part == 'hand' else part}"
            track = _grip_px(pose, side) if part == "hand" else pose.of(landmark)
            track = track * to_frame
            seen = usable & (pose.visibility[:, LANDMARKS.index(landmark)] >= body.MIN_VISIBILITY)
            seen &= ~spikes(clip.times_s, track, seen, tolerance_px)
            found[f"{side}_{part}"] = smooth_segments(
                clip.times_s, track, seen, JOINT_CUTOFF_HZ, clip.segments
            ).values
    return found


def _far_trunk_deg(
    clip: Clip, pose: Pose, near_side: str, usable: Bools, tolerance_px: float, to_frame: Floats
) -> Floats:
    """(T,) elevation of the trunk by the far side's hip and shoulder, filtered like the near ones.

    Behind a plate both sides are guesses, but the model's own and not the same one.
    """
    side = "left" if near_side == "right" else "right"
    tracks = {part: pose.of(f"{side}_{part}") * to_frame for part in ("hip", "shoulder")}
    seen = {
        part: usable & ~spikes(clip.times_s, track, usable, tolerance_px)
        for part, track in tracks.items()
    }
    smooth = smooth_tracks(clip.times_s, tracks, seen, JOINT_CUTOFF_HZ, clip.segments)
    return body.elevation(smooth["hip"].values, smooth["shoulder"].values)


def _leaning(clip: Clip, pose: Pose, plumb: Plumb | None) -> tuple[float, float]:
    """The lean of the plumb line where the lifter is, degrees, and the x where it holds.

    A plane that leans away from the camera narrows toward its plumb line through that x: the
    picture's middle, or, where upright edges show the line itself, the lifter's place.
    """
    if plumb is None:
        return 0.0, clip.width_px / 2
    hips = (pose.of("left_hip") + pose.of("right_hip")) / 2
    place = np.nanmedian(hips, axis=0)
    lean_deg = plumb.lean_at_deg(float(place[0]), clip.width_px)
    return lean_deg, float(turned(place, -lean_deg)[0])


def _tells_something(clip: Clip) -> Bools:
    """(T,) frames that count as observations.

    A copy put in to fill up a frame rate shows where things were, not where they are: it is no
    observation. A picture that stays the same for longer than a gap that the filter bridges shows
    that nothing moves.
    """
    tells = ~clip.repeats
    new = np.flatnonzero(tells)
    after = np.append(new[1:], clip.frames)[: len(new)]
    lasts_s = clip.times_s[np.minimum(after, clip.frames - 1)] - clip.times_s[new]
    for long in np.flatnonzero(lasts_s > MAX_GAP_S):
        tells[new[long] : after[long]] = True
    return tells


def _grip_px(pose: Pose, side: str) -> Floats:
    """(T, 2) where the hand holds the bar: in the fingers, a little beyond the knuckles."""
    wrist = pose.of(f"{side}_wrist")
    knuckles = (pose.of(f"{side}_index") + pose.of(f"{side}_pinky")) / 2
    grip: Floats = wrist + GRIP_BEYOND_WRIST * (knuckles - wrist)
    return grip


def _hanging(usable: Bools, pose: Pose, side: str) -> Bools:
    """(T,) frames in which the near arm hangs and is seen: the hand well below the shoulder."""
    trunk = np.linalg.norm(pose.of(f"{side}_shoulder") - pose.of(f"{side}_hip"), axis=1)
    drop = _grip_px(pose, side)[:, 1] - pose.of(f"{side}_shoulder")[:, 1]  # image: y down
    visible = pose.visibility[:, LANDMARKS.index(f"{side}_wrist")] >= body.MIN_VISIBILITY
    with np.errstate(invalid="ignore"):
        hanging: Bools = (drop > 0.85 * trunk) & visible & usable
    return hanging


def _held(bar: BarTrack, pose: Pose, side: str) -> Bools:
    """(T,) frames in which the hand is near enough to the plate to hold its bar."""
    away_px = np.linalg.norm(_grip_px(pose, side) - bar.xy_px, axis=1)
    with np.errstate(invalid="ignore"):
        held: Bools = away_px < HELD_WITHIN_PLATES * bar.height_px
    return held


def _bar_among_joints(
    bar: BarTrack, bar_px: Floats, trusted: planes.PlaneMap | None, rough: planes.PlaneMap | None
) -> tuple[Floats, Floats]:
    """The bar in the body's plane (T, 2): as far as it is trusted, and roughly."""
    unseen = np.full_like(bar_px, np.nan)
    if bar.source == "hands":
        return bar_px, bar_px
    if trusted is not None and trusted.trusted:
        moved = trusted.apply(bar_px)
        return moved, moved
    return unseen, unseen if rough is None else rough.apply(bar_px)


def _angle_sigma_deg(joints: dict[str, Smoothed], joints_px: dict[str, Floats]) -> dict[str, float]:
    """One standard deviation of each angle: filtered landmark noise and the model's offset."""
    sigma = {}
    for angle, chain in ANGLE_JOINTS.items():
        noise = 0.0
        for a, b in pairwise(chain):
            length = float(np.nanmedian(np.linalg.norm(joints_px[a] - joints_px[b], axis=1)))
            spread = np.hypot(joints[a].sigma, joints[b].sigma)
            noise += float(np.degrees(spread / length)) ** 2 if length > 0 else float("nan")
        sigma[angle] = float(np.hypot(np.sqrt(noise), OFFSET_SIGMA_DEG[angle]))
    return sigma
