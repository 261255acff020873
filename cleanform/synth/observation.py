"""A known lift as the stages after the pixels see it: landmarks, plate, outline; nothing drawn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

from cleanform.model import LANDMARKS, BarTrack, Clip, Outline, Pose
from cleanform.synth.camera import Camera
from cleanform.synth.landmarks import landmarks_m
from cleanform.synth.skeleton import PLATE_LATERAL_M, PLATE_RADIUS_M

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.motion import Truth

    Floats = NDArray[np.float64]

_SIDES = ("left", "right")
#: How much of the hands' rise each part shares as the bar bends; the rest of the body all of it.
_RISES = {"ankle": 0.0, "heel": 0.0, "foot_index": 0.0, "knee": 0.3, "hip": 0.8}
#: The pull grows to the bar's weight in this time, by a lifter somewhat lighter than the bar.
_TAKEN_UP_S, _BAR_OF_LIFTER = 0.25, 1.3
_GRAVITY_M_S2 = 9.81
_WANDERS_S = 0.3  # over which a guess at a hidden landmark forgets itself


@dataclass(frozen=True)
class Noise:
    """What goes wrong between the lifter and the signals. All zero: a perfect tracker."""

    seed: int = 0
    landmark_px: float = 0.0  # standard deviation
    landmark_lag_one: float = 0.0  # correlation from frame to frame, 0..1
    covered_px: float = 0.0  # how far a landmark that the near plate covers wanders besides, sd
    bar_px: float = 0.0
    landmark_dropout: float = 0.0  # share of landmark readings that are lost
    frame_dropout: float = 0.0  # share of frames in which nobody is found
    bar_dropout: float = 0.0
    swap: float = 0.0  # share of frames with left and right exchanged
    bar_source: str = "plate"  # or "hands"
    bend_m: float = 0.0  # how far the bar bends in the hands before its plates leave the floor


def observe(
    truth: Truth, camera: Camera | None = None, noise: Noise | None = None
) -> tuple[Clip, Pose, BarTrack]:
    """The lift as the stages after the pixels would get it from a perfect or a noisy tracker.

    The lifter's far side is the side away from the camera. A landmark that the near plate
    covers keeps its place (BlazePose guesses well) but loses visibility.
    """
    camera = camera or Camera()
    noise = noise or Noise()
    rng = np.random.default_rng((noise.seed, truth.spec.seed))
    facing = truth.spec.facing
    points = landmarks_m(truth)
    if noise.bend_m:
        points = points + _risen_m(truth, noise.bend_m)
    xy = camera.project(points, facing, truth.times_s)
    visibility = _visibility(points, xy, camera, facing)
    bar = _plate(truth, camera) if noise.bar_source == "plate" else _hands(xy)
    if noise.bar_source == "plate":
        offset = (xy - bar.xy_px[:, None]) / np.stack([bar.width_px, bar.height_px], -1)[:, None]
        covered = np.hypot(offset[..., 0], offset[..., 1]) < 0.5
        visibility = np.where(covered, np.minimum(visibility, 0.55), visibility)
        if noise.covered_px:
            xy = xy + covered[..., None] * _wander(truth, noise, xy.shape)
    xy = xy + _shake(rng, xy.shape, noise.landmark_px, noise.landmark_lag_one)
    for frame in np.nonzero(rng.random(len(xy)) < noise.swap)[0]:
        xy[frame], visibility[frame] = xy[frame, _MIRROR], visibility[frame, _MIRROR]
    xy[rng.random(xy.shape[:2]) < noise.landmark_dropout] = np.nan
    xy[rng.random(len(xy)) < noise.frame_dropout] = np.nan
    visibility = np.where(np.isnan(xy[..., 0]), 0.0, visibility)
    bar_xy = bar.xy_px + _shake(rng, bar.xy_px.shape, noise.bar_px, 0.0)
    bar_xy[rng.random(len(bar_xy)) < noise.bar_dropout] = np.nan
    lost = np.isnan(bar_xy[:, 0])
    bar = BarTrack(
        bar_xy,
        np.where(lost, np.nan, bar.width_px),
        np.where(lost, np.nan, bar.height_px),
        np.where(lost, 0.0, 1.0),
        bar.source,
    )
    clip = Clip(
        Path(f"{truth.spec.kind.replace(' ', '_')}.mp4"),
        camera.width_px,
        camera.height_px,
        truth.times_s,
        np.zeros(len(truth.times_s), bool),
        nominal_fps=truth.spec.fps,
    )
    return clip, Pose(xy, visibility), bar


def _risen_m(truth: Truth, bend_m: float) -> Floats:
    """(T, 33, 3) how much higher the body is for a bar that bends before its plates rise.

    The plates stay until the pull is their weight, and the bar is the spring between (it bends in
    proportion to its load; Chiu 2010, J Strength Cond Res 24(9):2390-2399). A pull that grows
    evenly moves a lifter on such a spring in a bump. The bar is straight again when it flies.
    """
    t, up = truth.times_s, np.zeros(len(truth.times_s))
    swing = np.sqrt(_BAR_OF_LIFTER * _GRAVITY_M_S2 / bend_m)  # radians a second
    whole = 1 - np.sin(swing * _TAKEN_UP_S) / (swing * _TAKEN_UP_S)
    for events in truth.events_s:
        off_s, extension_s, apex_s = (
            events[name] for name in ("lift_off", "full_extension", "bar_apex")
        )
        if off_s is None or extension_s is None or apex_s is None:
            continue
        taken_s = np.clip(t - (off_s - _TAKEN_UP_S), 0.0, _TAKEN_UP_S)
        loaded = taken_s / _TAKEN_UP_S - np.sin(swing * taken_s) / (swing * _TAKEN_UP_S)
        left = np.clip((apex_s - t) / (apex_s - extension_s), 0.0, 1.0)
        up = np.maximum(up, bend_m * loaded / whole * left)
    share = np.array([_RISES.get(name.partition("_")[2], 1.0) for name in LANDMARKS])
    risen = np.zeros((len(t), len(LANDMARKS), 3))
    risen[..., 1] = up[:, None] * share
    return risen


def _wander(truth: Truth, noise: Noise, shape: tuple[int, ...]) -> Floats:
    """A guess at what is not seen: off by an amount that drifts, its own for each landmark."""
    rng = np.random.default_rng((noise.seed, truth.spec.seed, 1))
    step_s = float(np.median(np.diff(truth.times_s)))
    return _shake(rng, shape, noise.covered_px, float(np.exp(-step_s / _WANDERS_S)))


def _shake(rng: np.random.Generator, shape: tuple[int, ...], sd: float, lag_one: float) -> Floats:
    noise = rng.normal(0.0, sd, shape) if sd else np.zeros(shape)
    if lag_one:
        noise[1:] *= np.sqrt(1 - lag_one**2)
        noise = lfilter([1.0], [1.0, -lag_one], noise, axis=0)
    return np.asarray(noise)


def _other_side(name: str) -> str:
    if "left" in name:
        return name.replace("left", "right")
    return name.replace("right", "left")


_MIRROR = [LANDMARKS.index(_other_side(name)) for name in LANDMARKS]


def _visibility(points: Floats, xy: Floats, camera: Camera, facing: int) -> Floats:
    """High on the near side, lower on the far side, low outside the picture."""
    eye, rows = camera.axes(facing)
    depth = ((points * (facing, 1.0, 1.0)) - eye) @ rows[2]
    behind = depth - np.minimum(depth, depth[:, _MIRROR])
    visibility = np.clip(0.98 - 0.9 * behind, 0.5, 0.98)
    inside = np.all((xy >= 0) & (xy < (camera.width_px, camera.height_px)), axis=-1)
    return np.where(inside, visibility, 0.1)


def _plate(truth: Truth, camera: Camera) -> BarTrack:
    """The near plate's ellipse: its rim projected, then the extent along both image axes."""
    count = len(truth.bar_m)
    if np.isnan(truth.bar_m).all():
        nothing = np.full(count, np.nan)
        return BarTrack(np.full((count, 2), np.nan), nothing, nothing, np.zeros(count), "none")
    raised_m = truth.timeline.raised_m(truth.bar_m, truth.times_s, PLATE_LATERAL_M)
    middle = np.column_stack([truth.bar_m + raised_m, np.full(count, PLATE_LATERAL_M)])
    centre, size = camera.disc(middle, PLATE_RADIUS_M, truth.spec.facing, truth.times_s)
    return BarTrack(centre, size[:, 0], size[:, 1], np.ones(count), "plate")


def _hands(xy: Floats) -> BarTrack:
    """As where no plate is followed: the mean of the hands, each between wrist and knuckle."""
    count = len(xy)
    held = [LANDMARKS.index(f"{side}_{at}") for side in _SIDES for at in ("wrist", "index")]
    nothing = np.full(count, np.nan)
    return BarTrack(xy[:, held].mean(axis=1), nothing, nothing, np.ones(count), "hands")


def outline(truth: Truth, frames: NDArray[np.int64], camera: Camera | None = None) -> Outline:
    """The back's outline as the outline stage would read it, for tests of what is judged from it.

    Both bends are hollow, -20 deg standing and some -14 in a neutral set-up, and grow by 0.84
    deg per degree of lumbar flexion (measured on a skinned body, standing and set up).
    """
    camera = camera or Camera()
    frames = np.asarray(frames, np.int64)
    hip_deg = truth.angles_deg["hip"][frames]
    folded = np.clip((178.0 - hip_deg) / (178.0 - 55.0), 0.0, 1.0)
    bend = -20.0 + 6.0 * folded + 0.84 * truth.lumbar_flexion_deg[frames]
    hip, shoulder = truth.joints_m["hip"][frames], truth.joints_m["shoulder"][frames]
    along = shoulder - hip
    back = np.stack([-along[:, 1], along[:, 0], np.zeros(len(along))], axis=-1)
    share = np.linspace(0.1, 0.85, 40)
    half = np.radians(bend)[:, None] / 2  # a circular arc that turns by `bend` in all
    bulge = 0.22 + np.tan(half / 2) * (0.5 - 2 * (share - 0.5) ** 2)
    contour = hip[:, None] + share[:, None] * along[:, None] + bulge[..., None] * back[:, None]
    times = truth.times_s[frames]
    seen = camera.project(contour, truth.spec.facing, times)
    ends = [camera.project(end, truth.spec.facing, times) for end in (hip, shoulder)]
    count = len(frames)
    return Outline(
        frames,
        seen,
        bend,
        bend,
        np.linalg.norm(ends[1] - ends[0], axis=-1),
        np.zeros(count),
        np.full(count, 0.5),
    )
