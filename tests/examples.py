"""A lift that nobody lifted: an `Analysis` with plausible numbers over grey frames.

For tests of what comes after the judging (pictures, plots, pages, files). The lifter is a chain
of segments whose angles are interpolated between the events; nothing is fitted to a clip.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from cleanform import rules
from cleanform.model import (
    EVENTS,
    JOINTS,
    LANDMARKS,
    PHASES,
    Analysis,
    BarTrack,
    Clip,
    Event,
    Finding,
    Lift,
    Mark,
    Metric,
    Motion,
    Options,
    Outline,
    Phase,
    Pose,
    Recording,
    Refusal,
    Rep,
    Scale,
    Verdict,
    View,
)

EVENT_TIMES_S = dict(zip(EVENTS, (1.2, 1.35, 1.95, 2.1, 2.28, 2.5, 2.66, 2.8, 3.4), strict=True))

#: event -> elevations of shank, thigh (knee to hip) and trunk (deg)
_POSTURES = {
    "setup": (62, 158, 38),
    "lift_off": (64, 157, 38),
    "knee_pass": (84, 132, 42),
    "power_position": (72, 112, 68),
    "full_extension": (84, 92, 92),
    "bar_apex": (80, 104, 84),
    "rack": (72, 122, 78),
    "catch_lowest": (66, 136, 76),
    "stood_up": (88, 91, 90),
}
#: event -> the bar, forward of the heel and above the floor, in statures
_BAR = {
    "setup": (0.09, 0.148),
    "lift_off": (0.09, 0.15),
    "knee_pass": (0.07, 0.3),
    "power_position": (0.05, 0.4),
    "full_extension": (0.06, 0.53),
    "bar_apex": (0.1, 0.745),
    "rack": (0.085, 0.735),
    "catch_lowest": (0.075, 0.69),
    "stood_up": (0.075, 0.8),
}
_LENGTHS = {"shank": 0.25, "thigh": 0.245, "trunk": 0.29, "upper_arm": 0.18, "forearm": 0.17}


def _course(time_s, part, table=_POSTURES):
    knots = [EVENT_TIMES_S[event] for event in EVENTS]
    values = [table[event][part] for event in EVENTS]
    return PchipInterpolator([-10.0, *knots, 60.0], [values[0], *values, values[-1]])(time_s)


def _elbow(shoulder, wrist, stature_px):
    """Where the elbow is, below and in front of the line from shoulder to wrist."""
    reach = wrist - shoulder
    length = np.hypot(*reach.T)[:, None]
    upper, fore = _LENGTHS["upper_arm"] * stature_px, _LENGTHS["forearm"] * stature_px
    along = (length**2 + upper**2 - fore**2) / (2 * length)
    off = np.sqrt(np.clip(upper**2 - along**2, 0, None))
    across = np.stack([-reach[:, 1], reach[:, 0]], 1) / length
    side = np.where(across[:, 1:] * np.sign(0.2 - length / stature_px) < 0, 1.0, -1.0)
    return shoulder + along * reach / length + side * off * across


def _included(a, b, c):
    one, other = a - b, c - b
    cosine = np.sum(one * other, 1) / np.hypot(*one.T) / np.hypot(*other.T)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def clip(path="lift.mp4", frames=270, fps=60.0, width_px=1280, height_px=720, cuts=()):
    return Clip(
        path=Path(path),
        width_px=width_px,
        height_px=height_px,
        times_s=np.arange(frames) / fps,
        repeats=np.zeros(frames, bool),
        cuts=tuple(cuts),
        nominal_fps=fps,
    )


def analysis(
    path="lift.mp4",
    *,
    facing=1,
    scaled=True,
    lifts=1,
    frames=None,
    width_px=1280,
    height_px=720,
    athlete=None,
    findings=None,
    missing=(),
):
    """One power clean (or more, 4 s apart) of a lifter 1.75 m tall, 500 px high."""
    frames = frames or 270 + 240 * (lifts - 1)
    film = clip(path, frames, width_px=width_px, height_px=height_px)
    stature_px = 0.7 * height_px
    own_s = np.where(film.times_s < 4.0, film.times_s, (film.times_s - 4.0) % 4.0 + 0.0)
    elevation = [np.radians(_course(own_s, part)) for part in range(3)]

    def along(start, angle, length):
        return start + stature_px * length * np.stack([np.cos(angle), np.sin(angle)], 1)

    floor = np.tile([facing * 0.5 * width_px, -0.92 * height_px], (frames, 1))
    ankle = floor + np.array([0.0, 0.04 * stature_px])
    knee = along(ankle, elevation[0], _LENGTHS["shank"])
    hip = along(knee, elevation[1], _LENGTHS["thigh"])
    shoulder = along(hip, elevation[2], _LENGTHS["trunk"])
    bar = floor + stature_px * np.stack([_course(own_s, part, _BAR) for part in (0, 1)], 1)
    wrist = bar - np.array([0.01, 0.0]) * stature_px
    elbow = _elbow(shoulder, wrist, stature_px)
    joints = {
        "ear": along(shoulder, elevation[2], 0.1),
        "shoulder": shoulder,
        "elbow": elbow,
        "wrist": wrist,
        "hip": hip,
        "knee": knee,
        "ankle": ankle,
        "heel": floor - (0.03 * stature_px, 0.0),
        "foot_index": floor + np.array([0.11 * stature_px, 0.0]),
    }
    velocity = np.gradient(bar, film.times_s, axis=0)
    angles = {
        "knee": _included(ankle, knee, hip),
        "hip": _included(knee, hip, shoulder),
        "elbow": _included(shoulder, elbow, wrist),
        "ankle": _included(joints["foot_index"], ankle, knee),
        "trunk": np.degrees(elevation[2]),
        "thigh": 180 - np.degrees(elevation[1]),
        "shank": np.degrees(elevation[0]),
        "upper_arm": np.degrees(np.arctan2(*(elbow - shoulder).T[::-1])),
    }
    image = (facing, -1.0)
    near = "right" if facing > 0 else "left"
    landmarks = np.full((frames, len(LANDMARKS), 2), np.nan)
    for joint, places in joints.items():
        landmarks[:, LANDMARKS.index(f"{near}_{joint}")] = places * image
        far = "left" if near == "right" else "right"
        landmarks[:, LANDMARKS.index(f"{far}_{joint}")] = places * image + (14, -9)
    plate_px = 0.45 / 1.75 * stature_px * 1.15
    low_back = (hip + 0.35 * (shoulder - hip) - (12.0, 0.0)) * image
    outline_frames = np.arange(78, 83)
    contour = np.stack([np.linspace(hip[f], shoulder[f], 20) * image for f in outline_frames])
    outline = Outline(
        outline_frames, contour, *(np.full(5, v) for v in (14.0, 3.0, 150.0, 0.1, 1.5))
    )
    m_per_px = 0.45 / plate_px
    scale = Scale(
        m_per_px if scaled else np.nan,
        1.15 * m_per_px if scaled else np.nan,
        "plate 0.450 m" if scaled else "none",
        0.02 if scaled else np.nan,
        0.995,
        m_per_px,
    )
    motion = Motion(
        times_s=film.times_s,
        facing=facing,
        near_side=near,
        joints_px=joints,
        visibility={name: np.full(frames, 0.9) for name in JOINTS},
        hidden={name: (own_s < 1.6) & (name in ("ankle", "heel", "foot_index")) for name in JOINTS},
        angles_deg=angles,
        angle_sigma_deg=dict.fromkeys(angles, 4.0),
        bar_px=bar,
        bar_velocity_px_s=velocity,
        bar_acceleration_px_s2=np.gradient(velocity, film.times_s, axis=0),
        bar_sigma_px=1.2,
        bar_body_px=bar,
        bar_working_px=bar,
        grip_px=bar,
        bar_source="plate",
        scale=scale,
        view=View(6.0, "side", 0.9),
        stature_px=stature_px,
        segments=film.segments,
        outline=outline,
    )
    recording = Recording(
        clip=film,
        pose=Pose(landmarks, np.where(np.isfinite(landmarks[..., 0]), 0.9, 0.0)),
        bar=BarTrack(
            bar * image,
            np.full(frames, plate_px),
            np.full(frames, plate_px),
            np.full(frames, 0.9),
            "plate",
        ),
        outline=outline,
        model_name="pose_landmarker_full",
        model_sha256="0" * 64,
    )
    every = tuple(
        Lift(
            rep=rep(film, index, missing=missing),
            metrics={
                "bar_peak_velocity": Metric(1.84, "m/s", 0.05)
                if scaled
                else Metric(6.2, "plate diameters/s", 0.2),
                "first_pull_duration": Metric(0.6, "s", 0.03),
            },
            findings=judged(joints, bar, low_back, image, index, scaled)
            if findings is None
            else findings,
        )
        for index in range(lifts)
    )
    return Analysis(
        Options(athlete=athlete),
        recording,
        motion,
        every,
        notes=("The plate is taken to be 450 mm across.",),
        set_findings=of_set(film, lifts) if lifts > 1 else (),
        tallies=rules.tallies(every),
    )


def of_set(film, lifts):
    """What may be said of several lifts together."""
    at_s = EVENT_TIMES_S["full_extension"] + 4.0 * (lifts - 1)
    return (
        Finding(
            "speed_loss",
            "Bar slows down in the set",
            Verdict.WATCH,
            14.0,
            "%",
            3.2,
            "at most 10 %; never a fault",
            int(np.argmin(np.abs(film.times_s - at_s))),
            at_s,
            "The bar's peak speed was 1.84 m/s in lift 1 and 1.58 m/s in the last: 14 % less.",
            "Stop the set while the bar is still fast.",
            part="loss",
            view="",
        ),
        Finding(
            "set_length",
            "Long set",
            Verdict.OK,
            float(lifts),
            "lifts",
            0.0,
            "at most 6 lifts; never a fault",
            reason=f"{lifts} lifts follow each other with less than 60 s between.",
            part="lifts",
            view="",
        ),
    )


def rep(film, index=0, missing=()):
    """The events of `EVENT_TIMES_S`, moved by 4 s for each lift."""
    shift_s = 4.0 * index
    events = {}
    for name, time_s in EVENT_TIMES_S.items():
        if name in missing:
            events[name] = Event(None, None, reason="the clip ends before it")
        else:
            at_s = time_s + shift_s
            frame = int(np.argmin(np.abs(film.times_s - at_s)))
            events[name] = Event(frame, at_s, 0.9, "bar speed")
    phases = tuple(
        Phase(name, group, events[first].time_s, events[last].time_s)
        for name, (group, first, last) in PHASES.items()
        if events[first].frame is not None and events[last].frame is not None
    )
    seen = [event.frame for event in events.values() if event.frame is not None]
    complete = not missing
    return Rep(index, "power clean", complete, events, phases, slice(min(seen), max(seen) + 1))


def judged(joints, bar, low_back, image, index=0, scaled=True):
    """One finding of each verdict, with marks where the chain of segments stands."""
    off, out, low = (
        int(60 * (EVENT_TIMES_S[e] + 4.0 * index))
        for e in ("lift_off", "full_extension", "catch_lowest")
    )

    def point(joint, frame):
        return tuple(float(v) for v in joints[joint][frame] * image)

    start_x = float((bar[off] * image)[0])
    drift = 0.13 if not scaled else 5.6
    unit = "plate diameters" if not scaled else "cm"
    drift_frame = int(60 * (1.7 + 4.0 * index))
    bar_at = tuple(float(v) for v in bar[drift_frame] * image)
    curve = tuple(
        (float(x), float(y))
        for x, y in np.linspace(point("hip", off), point("shoulder", off), 12)
        + np.outer(np.sin(np.linspace(0, np.pi, 12)), (-18.0 * image[0], -14.0))
    )
    return (
        Finding(
            "rounded_back",
            "Back rounds off the floor",
            Verdict.FAULT,
            27.0,
            "deg",
            3.0,
            "at most 12 deg; fault above 22 deg",
            off,
            EVENT_TIMES_S["lift_off"] + 4.0 * index,
            "The lower back's outline bends outward at lift-off.",
            "Chest up, hips back, then push the floor away.",
            "rounded",
            (Mark("curve", curve, "27 deg"),),
            "shape",
        ),
        Finding(
            "hip_lockout",
            "Hips locked out at the top",
            Verdict.OK,
            4.0,
            "deg",
            3.5,
            "at most 10 deg; fault above 18 deg",
            out,
            EVENT_TIMES_S["full_extension"] + 4.0 * index,
            "",
            "",
            "",
            (
                Mark(
                    "angle",
                    (point("shoulder", out), point("hip", out), point("knee", out)),
                    "176 deg",
                ),
            ),
            "extension",
        ),
        Finding(
            "bar_drift",
            "Bar drifts off the shins",
            Verdict.WATCH,
            drift,
            unit,
            drift / 8,
            "at most 4 cm; fault above 7 cm"
            if scaled
            else "at most 0.09 plate diameters; fault above 0.16 plate diameters",
            drift_frame,
            1.7 + 4.0 * index,
            "The bar is forward of its lift-off line as it passes the shins.",
            "Drag the bar up your shins: lats tight.",
            "",
            (
                Mark("vertical", ((start_x, bar_at[1]),)),
                Mark(
                    "gap",
                    ((start_x, bar_at[1]), (bar_at[0] + 30.0, bar_at[1])),
                    f"{drift:g} {unit}",
                ),
            ),
            "forward",
        ),
        Finding(
            "catch_height",
            "Height of the catch",
            Verdict.CANNOT_TELL,
            None,
            "",
            None,
            "thigh at least 30 deg above level; fault below 0 deg",
            low,
            EVENT_TIMES_S["catch_lowest"] + 4.0 * index,
            "The plate hides the hip in the catch.",
            "",
            "",
            (),
            "depth",
        ),
    )


def refused(path="lift.mp4", code="no_lift", person=True, **options):
    """A readable clip in which nothing is judged."""
    base = analysis(path, **options)
    message = {
        "no_person": "Nobody was found in this clip.",
        "no_lift": "No lift was found: the bar never leaves the floor.",
        "not_a_clean": "This is a deadlift, not a clean: the bar stops at the hips.",
    }[code]
    recording = base.recording
    if not person:
        empty = np.full_like(recording.pose.xy_px, np.nan)
        recording = replace(recording, pose=Pose(empty, np.zeros(empty.shape[:2])))
    motion = base.motion if person else None
    return Analysis(base.options, recording, motion, (), Refusal(code, message))


def grey_frame(index, width_px=1280, height_px=720):
    """A plain picture that still tells one frame from the next."""
    ramp = np.linspace(70, 120, width_px, dtype=np.float32)[None, :, None]
    image = np.broadcast_to(ramp, (height_px, width_px, 3)).astype(np.uint8).copy()
    left = (index * 7) % max(1, width_px - 24)
    image[:12, left : left + 24] = 220
    return image
