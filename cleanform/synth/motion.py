"""A lift in metres with its events known: no renderer, a few milliseconds each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.errors import InputError
from cleanform.model import EVENTS
from cleanform.synth.lifts import deadlifts, pulls
from cleanform.synth.measures import angles_deg, measures, stood_up_s
from cleanform.synth.other import front_squat, jump, press, stand, walk
from cleanform.synth.skeleton import Skeleton
from cleanform.synth.spec import LiftSpec
from cleanform.synth.timeline import Timeline

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CLEANS = ("power clean", "clean", "hang power clean", "hang clean")
_NO_PULL = {
    "front squat": front_squat,
    "press": press,
    "jump": jump,
    "walk": walk,
    "stand": stand,
}
_SHOWN_OF_PULL, _SHOWN_OF_FLIGHT = 0.6, 0.5  # where a clip begins or ends in the middle of it


@dataclass(frozen=True, eq=False)
class Truth:
    """What really happened, frame by frame and event by event.

    World metres: x toward the lifter's front with 0 at the bar when it first leaves the floor
    (or hangs), y up from the floor, z out of the sagittal plane (near side positive).
    """

    spec: LiftSpec
    skeleton: Skeleton
    times_s: Floats  # (T,)
    joints_m: Mapping[str, Floats]  # near side, model.JOINTS and "hand" -> (T, 3)
    far_joints_m: Mapping[str, Floats]
    bar_m: Floats  # (T, 2) NaN where there is no bar
    angles_deg: Mapping[str, Floats]  # model.Motion.ANGLES -> (T,), in the sagittal plane
    lumbar_flexion_deg: Floats  # (T,) against neutral
    events_s: tuple[Mapping[str, float | None], ...]  # per rep, names of model.EVENTS
    measures: tuple[Mapping[str, float], ...]  # per rep; see cleanform.synth.measures
    timeline: Timeline  # the lift at any instant, for tests and for rendering

    @property
    def is_clean(self) -> bool:
        return self.spec.kind in CLEANS


def lift(spec: LiftSpec, skeleton: Skeleton | None = None) -> Truth:
    """The lift that `spec` describes, at its frame times.

    `skeleton` replaces the one of `spec.stature_m` and `spec.proportions`.

    Raises InputError where doses together ask for what no body of this size can do.
    """
    overhead = spec.kind == "snatch"
    skeleton = skeleton or Skeleton.of_stature(
        spec.stature_m, 0.28 if overhead else 0.15, spec.proportions
    )
    skeleton = skeleton.placed(spec.grip_wide_m, spec.stance_wide_m)
    line = Timeline(
        skeleton, overhead, spec.low_elbows_deg, spec.uneven_elbows_deg, spec.bar_tilt_deg
    )
    marks: list[dict[str, float]] = []
    if spec.kind in _NO_PULL:
        _NO_PULL[spec.kind](line, spec)
    elif spec.kind == "deadlift":
        deadlifts(line, spec, marks)
    else:
        pulls(line, spec, marks)
    if spec.cut_in_pull and marks:
        marks = _begin_in_pull(line, marks)
    end = line.duration_s
    if spec.cut_before_catch and marks and "bar_apex" in marks[-1]:
        mark = marks[-1]
        flown = mark["bar_apex"] - mark["full_extension"]
        end = mark["full_extension"] + _SHOWN_OF_FLIGHT * flown
    times = _frame_times(end, spec)
    state = line.state(times)
    near, far, bar = line.joints_of(state, times)
    if any(np.isnan(joint).any() for joint in near.values()):
        raise InputError("with these doses the hands do not reach the bar; lower them")
    return Truth(
        spec,
        skeleton,
        times,
        near,
        far,
        bar,
        angles_deg(near),
        state.rows[:, 5],
        tuple(_events(line, mark, end) for mark in marks),
        tuple(measures(line, mark) for mark in marks),
        line,
    )


def _begin_in_pull(line: Timeline, marks: list[dict[str, float]]) -> list[dict[str, float]]:
    """Cut what comes before the middle of the first rep's pull; the marks in the new time."""
    off, end = marks[0]["lift_off"], marks[0].get("knee_pass", marks[0]["end"])
    line.begins_s = off + (1 - _SHOWN_OF_PULL) * (min(end, off + 1.0) - off)
    return [{name: time - line.begins_s for name, time in mark.items()} for mark in marks]


def _frame_times(end_s: float, spec: LiftSpec) -> Floats:
    times = np.arange(max(2, int(np.floor(end_s * spec.fps)) + 1)) / spec.fps
    jitter = min(spec.jitter_s, 0.45 / spec.fps)
    shaken = times + np.random.default_rng(spec.seed).uniform(-jitter, jitter, len(times))
    shaken[0] = 0.0
    return np.asarray(shaken)


def _events(line: Timeline, mark: dict[str, float], end_s: float) -> dict[str, float | None]:
    known: dict[str, float | None] = {name: mark.get(name) for name in EVENTS}
    if known["catch_lowest"] is not None:
        known["stood_up"] = stood_up_s(line, known["catch_lowest"], mark["end"])
    return {k: v if v is not None and 0 <= v <= end_s + 1e-9 else None for k, v in known.items()}
