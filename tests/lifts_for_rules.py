"""Lifts with known truth in the form that rules see.

`exact` skips everything between the lifter and the rule; `filmed` goes the whole way through
signals and phases, as a clip does.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import nan

import numpy as np

from cleanform import outline, phases, rules, signals, synth
from cleanform.model import (
    EVENTS,
    JOINTS,
    PAIRED,
    Event,
    Finding,
    Motion,
    Options,
    Outline,
    Rep,
    Scale,
    View,
)

PX_PER_M = 300.0


def back_of(truth: synth.Truth, frames: np.ndarray, chord_px: float = 260.0) -> Outline:
    """An outline whose turn follows the lumbar flexion and is flat where there is none.

    0.84 deg of turn a degree of flexion was measured on a skinned body with a mask.
    """
    count = len(frames)
    turn = 0.84 * truth.lumbar_flexion_deg[frames]
    return Outline(
        frames=frames,
        contour_px=np.full((count, 5, 2), 100.0),
        bend_deg=turn / 2,
        turn_deg=turn,
        chord_px=np.full(count, chord_px),
        hidden=np.zeros(count),
        edge_sd_px=np.full(count, 1.0),
    )


@cache
def exact(spec: synth.LiftSpec, yaw_deg: float = 0.0) -> tuple[Motion, Rep]:
    """The lift's own joints, angles and event times, in pixels of one plane."""
    truth = synth.lift(spec)
    times_s = truth.times_s
    count = len(times_s)
    bar_px = PX_PER_M * truth.bar_m
    velocity = np.gradient(bar_px, times_s, axis=0)
    motion = Motion(
        times_s=times_s,
        facing=1,
        near_side="right",
        joints_px={name: PX_PER_M * truth.joints_m[name][:, :2] for name in JOINTS},
        visibility={name: np.ones(count) for name in JOINTS},
        hidden={name: np.zeros(count, bool) for name in JOINTS},
        angles_deg={name: truth.angles_deg[name] for name in Motion.ANGLES},
        angle_sigma_deg=dict.fromkeys(Motion.ANGLES, 3.0),
        bar_px=bar_px,
        bar_velocity_px_s=velocity,
        bar_acceleration_px_s2=np.gradient(velocity, times_s, axis=0),
        bar_sigma_px=0.5,
        bar_body_px=bar_px,
        bar_working_px=bar_px,
        grip_px=bar_px,
        bar_source="plate",
        scale=Scale(1 / PX_PER_M, 1 / PX_PER_M, "plate 0.450 m", 0.02, mapping_r2=1.0),
        view=View(0.0, "side", 1.0),
        stature_px=PX_PER_M * spec.stature_m,
        segments=(slice(0, count),),
    )
    rep = _rep(truth)
    frames = np.array(outline.frames_wanted(rep, motion))
    view = View(yaw_deg, "side" if yaw_deg < 45 else "front", 1.0)
    return replace(
        motion,
        outline=back_of(truth, frames),
        view=view,
        both_sides_px=_both_sides_px(truth) if yaw_deg >= 45 else {},
    ), rep


def _both_sides_px(truth: synth.Truth) -> dict[str, np.ndarray]:
    """Seen from straight in front, the lifter's left on the picture's right."""
    sides = {"right": truth.joints_m, "left": truth.far_joints_m}
    return {
        f"{side}_{part}": PX_PER_M * joints[part][:, [2, 1]] * (-1.0, 1.0)
        for side, joints in sides.items()
        for part in PAIRED
    }


def _rep(truth: synth.Truth) -> Rep:
    events = {}
    for name in EVENTS:
        time_s = truth.events_s[0][name]
        if time_s is None:
            events[name] = Event(None, None, reason=f"the clip ends before the {name}")
        else:
            frame = int(np.argmin(np.abs(truth.times_s - time_s)))
            events[name] = Event(frame, time_s, 1.0, "truth")
    first, last = events["setup"].frame, events["stood_up"].frame
    span = slice(first, len(truth.times_s) if last is None else last + 1)
    return Rep(0, "power clean", last is not None, events, (), span)


def blinded(motion: Motion) -> Motion:
    """The same lift, nothing of it seen."""
    blank = np.full_like(motion.bar_px, nan)
    return replace(
        motion,
        joints_px=dict.fromkeys(JOINTS, blank),
        visibility={name: np.zeros(len(blank)) for name in JOINTS},
        angles_deg={name: np.full(len(blank), nan) for name in Motion.ANGLES},
        bar_px=blank,
        bar_velocity_px_s=blank,
        bar_body_px=blank,
        bar_working_px=blank,
        grip_px=blank,
        bar_source="none",
        scale=Scale(nan, nan, "none", nan),
        outline=None,
        both_sides_px=dict.fromkeys(motion.both_sides_px, blank),
    )


def filmed(
    spec: synth.LiftSpec,
    camera: synth.Camera | None = None,
    noise: synth.Noise | None = None,
) -> tuple[Finding, ...]:
    """What the checks say of the first lift in a clip of it."""
    truth = synth.lift(spec)
    clip, pose, bar = synth.observe(truth, camera, noise)
    motion = signals.derive(clip, pose, bar, Options())
    assert motion is not None
    rep = phases.read(motion).reps[0]
    frames = np.array(outline.frames_wanted(rep, motion), int)
    return rules.check(replace(motion, outline=back_of(truth, frames)), rep)
