"""The nouns: what one stage hands to the next. No I/O, no OpenCV, no MediaPipe.

Conventions, for the whole package:

* seconds, metres, degrees; a name that holds a number ends in its unit;
* *image* pixels: origin top left, x right, y down, after the clip's rotation was applied;
* the *lifter's frame*: pixels too, but x toward the lifter's front and y plumb up, as far as the
  camera's lean is known (`Motion.to_image_px` turns it back);
* angles are included angles (180 = straight); segment elevations are above the horizontal;
* NaN means "not seen"; nothing is filled in silently;
* frame ranges are half-open; time is an array, never ``frame / fps``.

Arrays are made read-only and their shapes are checked at the door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.corrections import NONE, Corrections
from cleanform.errors import InputError, ShapeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Ints = NDArray[np.int64]

SCHEMA_VERSION = 1

#: Told how far a long job is: stage in words, share done 0..1 (of that stage).
Progress = Callable[[str, float], None]

#: Names of the 33 BlazePose landmarks, in the order of the model's output.
LANDMARKS = (
    "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer "
    "left_ear right_ear mouth_left mouth_right left_shoulder right_shoulder left_elbow "
    "right_elbow left_wrist right_wrist left_pinky right_pinky left_index right_index "
    "left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle right_ankle "
    "left_heel right_heel left_foot_index right_foot_index"
).split()

#: The near-side chain that `Motion` carries, by the name of the landmark without its side.
JOINTS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "foot_index")
#: What is followed on both sides from the front; "hand" is where it holds the bar.
PAIRED = ("shoulder", "elbow", "hand", "hip", "knee", "ankle")


#: The joints of each angle of `Motion.ANGLES`, from one end to the other.
ANGLE_JOINTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "knee": ("hip", "knee", "ankle"),
        "hip": ("shoulder", "hip", "knee"),
        "elbow": ("shoulder", "elbow", "wrist"),
        "ankle": ("knee", "ankle", "foot_index"),
        "trunk": ("hip", "shoulder"),
        "thigh": ("knee", "hip"),
        "shank": ("ankle", "knee"),
        "upper_arm": ("shoulder", "elbow"),
    }
)

#: A phone that stands somewhere or is held is level to about this.
UNKNOWN_LEAN_SIGMA_DEG = 1.0

#: The lowest cut-off of the bar's low-pass filter (`cleanform.signals.smoothing`).
BAR_CUTOFF_HZ = 8.0


def _array(owner: str, name: str, value: Any, shape: tuple[int | None, ...], dtype: Any) -> Any:
    """`value` as a read-only array of `shape` (None = any length); ShapeError where it is not."""
    array = np.array(value, dtype=dtype)
    fits = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=True)
    )
    if not fits:
        want = tuple("any" if n is None else n for n in shape)
        raise ShapeError(f"{owner}.{name}: expected shape {want}, got {array.shape}")
    array.flags.writeable = False
    return array


def turned(xy_px: Floats, degrees: float) -> Floats:
    """Image points (..., 2) turned clockwise, as seen, about the image's origin."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    x, y = np.moveaxis(np.asarray(xy_px, float), -1, 0)
    return np.stack([cos * x - sin * y, sin * x + cos * y], axis=-1)


class _Checked:
    """Mixin of the frozen nouns: `_fix` sets a checked, read-only array."""

    def _fix(self, name: str, shape: tuple[int | None, ...], dtype: Any = np.float64) -> None:
        value = _array(type(self).__name__, name, getattr(self, name), shape, dtype)
        object.__setattr__(self, name, value)


# --- what was asked -----------------------------------------------------------------------


@dataclass(frozen=True)
class Options:
    """What the user asked for; every renderer and every result repeats it."""

    model: str = "full"  # pose bundle: lite, full or heavy
    plate_mm: float = 450.0  # diameter of the near plate
    stature_cm: float | None = None
    slow_motion: float | None = None  # declared factor; None = not declared
    load_kg: float | None = None
    athlete: str | None = None
    video: bool = True  # write overlay.mp4
    date: str | None = None  # of the lift, YYYY-MM-DD, to be shown
    units: str = "metric"  # or "imperial": what is shown; files keep metres
    blur_faces: bool = False  # hide the lifter's head in every picture
    linked: bool = False  # the film lies beside the page, not inside it
    freeze: bool = False  # the film stands still at each fault
    slow: float | None = None  # also write overlay_slow.mp4, so many times slower than life
    audio: bool = False  # keep the clip's sound in the film
    #: limits that are not a rule's own: rule -> part -> "ok_max" and so on -> value in its unit
    limits: Mapping[str, Mapping[str, Mapping[str, float]]] = field(
        default_factory=dict, hash=False
    )
    #: a point on the lifter: when (s, as a player shows the clip) and where, as shares of the
    #: upright picture from its left and its top; None = whoever lifts the bar is looked for
    lifter: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.lifter is None:
            return
        point = tuple(float(number) for number in self.lifter)  # JSON gives a list
        if len(point) != 3 or not (isfinite(point[0]) and point[0] >= 0):
            raise InputError("lifter: give a time in seconds, then x and y as shares from 0 to 1")
        if not all(0 <= share <= 1 for share in point[1:]):
            raise InputError(f"lifter {point[1]:g}, {point[2]:g}: shares run from 0 to 1")
        object.__setattr__(self, "lifter", point)


# --- what was read from pixels (the slow half) ---------------------------------------------


@dataclass(frozen=True, eq=False)
class Clip(_Checked):
    """A video file as it was decoded, upright."""

    path: Path  # only its name is ever written into a report
    width_px: int  # after rotation
    height_px: int
    times_s: Floats  # (T,) from the stream, first frame at 0, strictly increasing
    repeats: Bools  # (T,) the frame shows the same picture as the one before
    cuts: tuple[int, ...] = ()  # first frame after each camera cut
    nominal_fps: float = float("nan")  # what the container claims; never used for time
    rotation_deg: int = 0  # clockwise rotation that was applied
    mirrored: bool = False  # a horizontal flip that was applied
    slow_motion_factor: float = 1.0  # already divided out of `times_s`
    slow_motion_source: str = "none"  # "none", "declared", "container" or "inferred"
    damage: tuple[str, ...] = ()  # what could not be read, a sentence each

    def __post_init__(self) -> None:
        self._fix("times_s", (None,))
        self._fix("repeats", self.times_s.shape, np.bool_)
        if np.any(np.diff(self.times_s) <= 0):
            raise ShapeError("Clip.times_s: expected strictly increasing times")

    @property
    def frames(self) -> int:
        return len(self.times_s)

    @property
    def duration_s(self) -> float:
        """From the first frame's start to the last one's end."""
        if self.frames < 2:
            return 0.0
        return float(self.times_s[-1] - self.times_s[0] + np.median(np.diff(self.times_s)))

    def retimed(self, slow_motion_factor: float, source: str) -> Clip:
        """The same pictures, taken to play `slow_motion_factor` times slower than life."""
        times_s = self.times_s * (self.slow_motion_factor / slow_motion_factor)
        return replace(
            self,
            times_s=times_s,
            slow_motion_factor=slow_motion_factor,
            slow_motion_source=source,
        )

    @property
    def variable_rate(self) -> bool:
        """True where frame intervals vary by more than a container's rounding (2 ms, 10 %)."""
        step_s = np.diff(self.times_s)
        if len(step_s) < 3:
            return False
        middle = float(np.median(step_s))
        return bool(np.mean(np.abs(step_s - middle) > max(0.002, 0.1 * middle)) > 0.02)

    @property
    def segments(self) -> tuple[slice, ...]:
        """The stretches between cuts; nothing is measured across one."""
        edges = [0, *self.cuts, self.frames]
        return tuple(slice(a, b) for a, b in pairwise(edges) if b > a)


@dataclass(frozen=True, eq=False)
class Pose(_Checked):
    """Landmarks of one person, image pixels."""

    xy_px: Floats  # (T, 33, 2), NaN where nobody was found
    visibility: Floats  # (T, 33), 0..1

    def __post_init__(self) -> None:
        self._fix("xy_px", (None, len(LANDMARKS), 2))
        self._fix("visibility", self.xy_px.shape[:2])

    def of(self, landmark: str) -> Floats:
        """(T, 2) image pixels of one landmark by name."""
        return self.xy_px[:, LANDMARKS.index(landmark)]


@dataclass(frozen=True, eq=False)
class BarTrack(_Checked):
    """The bar in the image: the near plate's ellipse, or the hands where there is no plate."""

    xy_px: Floats  # (T, 2) centre, image pixels; NaN where it was not seen
    width_px: Floats  # (T,) horizontal axis of the plate's ellipse (full, not half); NaN: hands
    height_px: Floats  # (T,) vertical axis
    confidence: Floats  # (T,) 0..1
    source: str  # "plate", "hands" or "none"

    def __post_init__(self) -> None:
        self._fix("xy_px", (None, 2))
        for name in ("width_px", "height_px", "confidence"):
            self._fix(name, (len(self.xy_px),))


@dataclass(frozen=True, eq=False)
class Outline(_Checked):
    """The back's outline on the few frames where the person mask was taken (N of them)."""

    frames: Ints  # (N,) clip frame numbers, increasing
    contour_px: Floats  # (N, M, 2) dorsal outline from hip to shoulder, image px; NaN = hidden
    bend_deg: Floats  # (N,) middle third against lower third, convex (rounded) positive
    turn_deg: Floats  # (N,) upper third against lower third, convex positive
    chord_px: Floats  # (N,) hip to shoulder
    hidden: Floats  # (N,) share of the outline covered by plate or arm, 0..1
    edge_sd_px: Floats  # (N,) roughness of the outline around its own smooth curve

    def __post_init__(self) -> None:
        self._fix("frames", (None,), np.int64)
        self._fix("contour_px", (len(self.frames), None, 2))
        for name in ("bend_deg", "turn_deg", "chord_px", "hidden", "edge_sd_px"):
            self._fix(name, (len(self.frames),))


@dataclass(frozen=True)
class Plumb:
    """How the room's upright edges stand in the picture, degrees; positive: top to the right."""

    lean_deg: float  # in the middle of the picture
    fan_deg_per_px: float  # by how much more, per pixel to the right
    sigma_deg: float  # one standard deviation of the lean

    def lean_at_deg(self, x_px: float, width_px: int) -> float:
        """The tilt of an upright edge at `x_px` of a picture that is `width_px` wide."""
        return self.lean_deg + self.fan_deg_per_px * (x_px - width_px / 2)


@dataclass(frozen=True, eq=False)
class CameraPath(_Checked):
    """How a camera moved, by what stands still in the room: image pixels."""

    #: (T, 4) a, b, x, y: a point (u, v) of the room that was at the start of its stretch lies at
    #: (a u - b v + x, b u + a v + y) now; NaN = not known
    moves: Floats

    def __post_init__(self) -> None:
        self._fix("moves", (None, 4))

    def undone(self, frames: Any, xy_px: Floats) -> Floats:
        """(N, 2) where points (N, 2) of these frames (N,) would lie, had the camera not moved.

        As they are where the move is not known.
        """
        a, b, x, y = np.where(np.isfinite(self.moves), self.moves, (1, 0, 0, 0))[frames].T
        u, v = xy_px[..., 0] - x, xy_px[..., 1] - y
        size = a * a + b * b
        return np.stack([(a * u + b * v) / size, (a * v - b * u) / size], axis=-1)


@dataclass(frozen=True, eq=False)
class Recording:
    """The slow half: all that was read from pixels. Saved, so that judging again is quick."""

    clip: Clip
    pose: Pose
    bar: BarTrack
    outline: Outline | None
    model_name: str  # "pose_landmarker_full"
    model_sha256: str
    plumb: Plumb | None = None  # None: too few upright edges in the picture to tell
    #: (K, 5) plates that were found in each frame, as `bar.PlateFinder.find` gives them; None in
    #: a recording of an earlier version
    plates: tuple[Floats, ...] | None = None
    lifter: tuple[float, float, float] | None = None  # `Options.lifter` when it was made
    bar_as_found: BarTrack | None = None  # where `bar` is a plate that a person clicked
    #: half-open frame ranges that were watched closely, in order; empty = the whole clip. Outside
    #: them nobody and no bar is known
    watched: tuple[tuple[int, int], ...] = ()
    #: who was followed: "surest" (the one that the detector is surest of), "plate" (the
    #: one who lifts the plate, where that was somebody else) or "pointed" (`Options.lifter`)
    followed: str = "surest"
    camera: CameraPath | None = None  # None: it stands still, as far as can be seen

    def __post_init__(self) -> None:
        if self.plates is not None and len(self.plates) != self.clip.frames:
            raise ShapeError(
                f"Recording.plates: expected {self.clip.frames} frames, got {len(self.plates)}"
            )
        for name, length in (("pose", len(self.pose.xy_px)), ("bar", len(self.bar.xy_px))):
            if length != self.clip.frames:
                raise ShapeError(
                    f"Recording.{name}: expected {self.clip.frames} frames, got {length}"
                )

    @property
    def fresh_per_s(self) -> float:
        """New pictures a second where the clip was watched; 0 where there are too few to say.

        The usual step tells it, not the count: while nothing moves no picture is new.
        """
        steps_s = [
            np.diff(self.clip.times_s[start:stop][~self.clip.repeats[start:stop]])
            for start, stop in self.watched or ((0, self.clip.frames),)
        ]
        all_s = np.concatenate(steps_s)
        return 1 / float(np.median(all_s)) if len(all_s) else 0.0


# --- what the signals say ------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """Where the camera stands. Yaw 0 = the lifter's side, 90 = front or rear."""

    yaw_deg: float
    label: str  # "side", "three-quarter front", "three-quarter rear", "front", "rear", "unknown"
    confidence: float  # 0..1


@dataclass(frozen=True)
class Scale:
    """Metres per pixel in the two planes that matter; NaN = not known, no metres are printed."""

    m_per_px_plate: float  # in the near plate's plane
    m_per_px_body: float  # in the plane of the lifter's near side
    source: str  # "plate 0.450 m", "stature 1.78 m" or "none"
    relative_sigma: float  # of the plate's scale (of the body's, where stature is the source)
    mapping_r2: float = float("nan")  # fit of wrist on plate; NaN = the planes were not linked
    working_m_per_px: float = float("nan")  # rough, always there; for event logic, never printed
    growth_per_px: float = 0.0  # share by which the plate's width grows per pixel upward
    level_px: tuple[float, float] = (0.0, 0.0)  # lifter's frame: where `m_per_px_plate` holds

    def plate_m(self, xy_px: Floats) -> Floats:
        """(..., 2) metres from `level_px` of points in the plate's plane, which may lean."""
        away = np.asarray(xy_px, float) - self.level_px
        return np.asarray(self.m_per_px_plate * away / self._nearness(away))

    def plate_m_s(self, xy_px: Floats, velocity_px_s: Floats) -> Floats:
        """(..., 2) metres per second of a point there that moves at `velocity_px_s`."""
        away = np.asarray(xy_px, float) - self.level_px
        near = self._nearness(away)
        velocity = np.asarray(velocity_px_s, float)
        leaning = self.growth_per_px * away * velocity[..., 1:] / near
        return np.asarray(self.m_per_px_plate * (velocity - leaning) / near)

    def _nearness(self, away_px: Floats) -> Floats:
        """(..., 1) the plate's width there over its width at the level."""
        return np.asarray(1.0 + self.growth_per_px * away_px[..., 1:])


@dataclass(frozen=True, eq=False)
class Motion(_Checked):
    """All that a rule may see. Pixels in the lifter's frame (x forward, y up), filtered."""

    times_s: Floats  # (T,)
    facing: int  # +1: the lifter faces the image's right, -1: its left
    near_side: str  # "left" or "right": the side toward the camera
    joints_px: Mapping[str, Floats]  # JOINTS -> (T, 2), near side
    visibility: Mapping[str, Floats]  # JOINTS -> (T,)
    hidden: Mapping[str, Bools]  # JOINTS -> (T,) covered by the plate's disc: not an observation
    angles_deg: Mapping[str, Floats]  # see below -> (T,)
    angle_sigma_deg: Mapping[str, float]
    bar_px: Floats  # (T, 2) plate centre (or hands), its own plane
    bar_velocity_px_s: Floats  # (T, 2)
    bar_acceleration_px_s2: Floats  # (T, 2)
    bar_sigma_px: float  # of one filtered position
    bar_body_px: Floats  # (T, 2) the bar moved into the body's plane; NaN: mapping not trusted
    bar_working_px: Floats  # (T, 2) the same, roughly where not trusted; for event logic only
    bar_source: str  # "plate", "hands" or "none"
    grip_px: Floats  # (T, 2) where the near hand holds the bar, body's plane
    scale: Scale
    view: View
    stature_px: float  # standing height in the image, from limb lengths
    segments: tuple[slice, ...]  # stretches between camera cuts
    outline: Outline | None = None
    #: "left_" and "right_" of `PAIRED` -> (T, 2), where the camera stands in front or behind;
    #: empty beside the lifter, where the far side is not to be trusted. NaN: not seen.
    both_sides_px: Mapping[str, Floats] = field(default_factory=dict)
    bar_cutoff_hz: float = BAR_CUTOFF_HZ  # of the low-pass filter that the bar went through
    camera: CameraPath | None = None  # None: it stands still
    lean_deg: float = 0.0  # of the picture, taken out: clockwise, where the lifter stands
    lean_sigma_deg: float = UNKNOWN_LEAN_SIGMA_DEG
    #: (T,) the trunk's elevation by the far hip and shoulder, a second opinion where the plate
    #: covers the near shoulder; None or NaN: not known
    far_trunk_deg: Floats | None = None

    #: included: "knee", "hip" (on the side to which they bend: over-extension reads above 180),
    #: "elbow", "ankle"; above the horizontal: "trunk" (hip to shoulder),
    #: "thigh" (knee to hip, positive while the hip is above the knee), "shank" (ankle to knee),
    #: "upper_arm" (shoulder to elbow, forward and up positive, hanging down = -90)
    ANGLES = ("knee", "hip", "elbow", "ankle", "trunk", "thigh", "shank", "upper_arm")

    def __post_init__(self) -> None:
        self._fix("times_s", (None,))
        count = len(self.times_s)
        for name in (
            "bar_px",
            "bar_velocity_px_s",
            "bar_acceleration_px_s2",
            "bar_body_px",
            "bar_working_px",
            "grip_px",
        ):
            self._fix(name, (count, 2))
        for name, shape, dtype in (
            ("joints_px", (count, 2), np.float64),
            ("visibility", (count,), np.float64),
            ("hidden", (count,), np.bool_),
            ("angles_deg", (count,), np.float64),
            ("both_sides_px", (count, 2), np.float64),
        ):
            table = {
                key: _array("Motion", f"{name}[{key!r}]", value, shape, dtype)
                for key, value in getattr(self, name).items()
            }
            object.__setattr__(self, name, MappingProxyType(table))
        if self.far_trunk_deg is not None:
            self._fix("far_trunk_deg", (count,))

    @property
    def bar_m(self) -> Floats:
        """(T, 2) the bar in metres in its own plane; differences of it mean something."""
        return self.scale.plate_m(self.bar_px)

    @property
    def bar_velocity_m_s(self) -> Floats:
        """(T, 2) metres per second, forward and up."""
        return self.scale.plate_m_s(self.bar_px, self.bar_velocity_px_s)

    @property
    def bar_speed_sigma_px_s(self) -> float:
        """One sigma of a filtered bar speed: the position's noise up to the filter's cut-off.

        Differentiating noise that is flat up to f gives 2 pi f / sqrt 3 times its size.
        """
        return float(2 * np.pi * self.bar_cutoff_hz * self.bar_sigma_px / np.sqrt(3))

    def steadied_px(self, frames: Any, xy_px: Floats) -> Floats:
        """(N, 2) points (N, 2) of these frames (N,) as if the camera had not moved.

        The lifter's frame; the very same points where the camera stands still.
        """
        if self.camera is None:
            return xy_px
        still = self.camera.undone(frames, self.to_image_px(xy_px))
        return turned(still, -self.lean_deg) * (self.facing, -1.0)

    def to_image_px(self, xy_px: Floats) -> Floats:
        """Points of the lifter's frame as image pixels."""
        return turned(np.asarray(xy_px, float) * (self.facing, -1.0), self.lean_deg)


# --- the lift -------------------------------------------------------------------------------

EVENTS = (
    "setup",
    "lift_off",
    "knee_pass",
    "power_position",
    "full_extension",
    "bar_apex",
    "rack",
    "catch_lowest",
    "stood_up",
)


#: Two frames at 30 frames a second: how far an event may lie from the truth and still be right.
RIGHT_WITHIN_S = 2 / 30


class PhaseGroup(StrEnum):
    """The three phases that lifters name."""

    PULL = "pull"
    TRIPLE_EXTENSION = "triple extension"
    CATCH = "catch"


#: phase name -> group, first event, last event
PHASES: Mapping[str, tuple[PhaseGroup, str, str]] = MappingProxyType(
    {
        "first pull": (PhaseGroup.PULL, "lift_off", "knee_pass"),
        "transition": (PhaseGroup.PULL, "knee_pass", "power_position"),
        "second pull": (PhaseGroup.TRIPLE_EXTENSION, "power_position", "full_extension"),
        "turnover": (PhaseGroup.CATCH, "full_extension", "rack"),
        "reception": (PhaseGroup.CATCH, "rack", "catch_lowest"),
        "recovery": (PhaseGroup.CATCH, "catch_lowest", "stood_up"),
    }
)


@dataclass(frozen=True)
class Event:
    """One instant of a lift, or the reason why it is not known."""

    frame: int | None
    time_s: float | None  # finer than a frame where the signal allows
    confidence: float = 0.0  # chance to lie within `RIGHT_WITHIN_S` of the truth
    method: str = ""
    reason: str = ""  # where frame is None


@dataclass(frozen=True)
class Phase:
    name: str
    group: PhaseGroup
    start_s: float
    end_s: float


@dataclass(frozen=True)
class Rep:
    """One lift as it was found: its events and phases. An absent event carries its reason."""

    index: int
    kind: str  # "power clean", "clean", "hang power clean", "hang clean"
    complete: bool
    events: Mapping[str, Event]  # every name of EVENTS
    phases: tuple[Phase, ...]
    span: slice  # frames from set-up to stood up, or as far as it is seen

    def frame(self, event: str) -> int | None:
        return self.events[event].frame

    def frames(self, first: str, last: str) -> slice | None:
        """Half-open frame range from one event through another; None where one is missing."""
        start, stop = self.events[first].frame, self.events[last].frame
        return None if start is None or stop is None else slice(start, stop + 1)


# --- the verdict ----------------------------------------------------------------------------


class Verdict(StrEnum):
    OK = "ok"
    WATCH = "watch"
    FAULT = "fault"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Mark:
    """Something to draw on a frame, image pixels."""

    kind: str  # "angle" (3 points), "line" (2), "curve" (n), "vertical" (1), "gap" (2)
    points_px: tuple[tuple[float, float], ...]
    label: str = ""


@dataclass(frozen=True)
class Limits:
    """Two nested bands. Inside `ok` is good, outside `fault` is a fault, between is `watch`."""

    unit: str
    ok_max: float = inf
    fault_max: float = inf
    ok_min: float = -inf
    fault_min: float = -inf


@dataclass(frozen=True)
class Measurement:
    """One number that a rule read, and where."""

    part: str  # which of the rule's limits it is held against
    value: float
    sigma: float
    frame: int
    marks: tuple[Mark, ...] = ()
    cap: Verdict | None = None  # the strongest verdict that this reading can carry
    note: str = ""  # shown beside the verdict


@dataclass(frozen=True)
class Unseen:
    """Why a part of a rule could not be measured."""

    part: str
    reason: str


#: From this yaw on a camera counts as one in front or behind.
FRONT_FROM_YAW_DEG = 60.0


@dataclass(frozen=True)
class Metric:
    value: float
    unit: str
    sigma: float


@dataclass(frozen=True)
class Finding:
    """What one check says of one lift, or of a set of lifts."""

    rule: str
    title: str
    verdict: Verdict
    value: float | None = None
    unit: str = ""
    sigma: float | None = None
    limit: str = ""  # in words: "at most 12 deg; fault above 22 deg"
    frame: int | None = None
    time_s: float | None = None
    reason: str = ""  # one sentence; always there for "cannot tell"
    cue: str = ""  # what to say to the lifter; empty when ok
    outcome: str = ""  # named result, e.g. "over-pulled"
    marks: tuple[Mark, ...] = ()
    part: str = ""
    view: str = "side"  # where the camera has to stand: "side", "front", or "" for anywhere
    #: every part that was read
    parts: Mapping[str, Metric] = field(default_factory=dict, hash=False)
    said: Verdict | None = None  # what the program said, where a person marked it as wrong

    def is_out_of_view(self, seen_from: View) -> bool:
        """Whether it was left open only because the camera stood at another side of the lifter."""
        other = "side" if seen_from.yaw_deg >= FRONT_FROM_YAW_DEG else "front"
        return self.verdict is Verdict.CANNOT_TELL and self.view == other


@dataclass(frozen=True)
class Lift:
    """A `Rep` with its numbers and verdicts."""

    rep: Rep
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Tally:
    """What one check said of all lifts of a clip, and how its value spread over them."""

    rule: str
    title: str
    verdicts: Mapping[str, int]  # verdict -> lifts
    part: str = ""  # the part whose values these are: the one that decided most often
    unit: str = ""
    values: tuple[float | None, ...] = ()  # one a lift, in their order; None: not read
    median: float | None = None
    spread: float | None = None  # sample standard deviation; None: fewer than two were read


@dataclass(frozen=True)
class Refusal:
    """Why a readable clip is not judged."""

    code: str  # "no_person", "no_lift", "not_a_clean" or "unjudgeable"
    message: str


@dataclass(frozen=True, eq=False)
class Analysis:
    """The result, and the only input of every renderer."""

    options: Options
    recording: Recording
    motion: Motion | None  # None where nobody was seen
    lifts: tuple[Lift, ...] = ()
    refusal: Refusal | None = None
    notes: tuple[str, ...] = ()  # what was assumed, what is weak
    set_findings: tuple[Finding, ...] = ()  # what is said of several lifts together
    tallies: tuple[Tally, ...] = ()  # check by check over several lifts; none for a single lift
    corrections: Corrections = NONE  # by hand; those in force are applied
