"""The annotated stills: Takano's six of each lift, and one for each finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform import draw
from cleanform.draw import Canvas
from cleanform.report import words
from cleanform.report.film import canvas_of
from cleanform.report.frames import jpeg
from cleanform.report.scene import EVENT_ANGLES, Scene
from cleanform.staging import replace_file
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.draw import Shape
    from cleanform.model import Analysis, Clip, Finding, Floats, Lift
    from cleanform.report.frames import KeptFrames

FOLDER = "stills"
#: The six, in order; the name of each in its file name.
SIX = {
    "setup": "setup",
    "knee_pass": "knee",
    "power_position": "power_position",
    "full_extension": "full_extension",
    "catch_lowest": "catch",
    "stood_up": "stood_up",
}
_SHORT_SIDE_PX = 620
_QUALITY = 84
_ENOUGH_PLACES = 6  # of joints and plate, to frame a lifter by
_OURS = re.compile(r"(lift\d+_\w+|seen_\d+)\.jpg")


@dataclass(frozen=True)
class Still:
    """One picture, ready to be written and shown."""

    name: str  # file name in stills/
    lift: int | None  # index of its lift
    subject: str  # event or rule
    time_s: float
    title: str
    alt: str  # what a screen reader says
    width_px: int
    height_px: int
    data: bytes  # JPEG


def make_stills(analysis: Analysis, kept: KeptFrames) -> tuple[Still, ...]:
    """Every still that the kept frames allow; an event or finding without a frame has none."""
    scene = Scene(analysis)
    found: list[Still] = []
    for lift in analysis.lifts:
        window = _window(scene, analysis, lift)
        found += _six(scene, kept, lift, window)
        found += _proofs(scene, kept, lift, window)
    if not analysis.lifts:
        whole = canvas_of(analysis)
        for number, frame in enumerate(sorted(kept.files), start=1):
            shapes = scene.lifter(whole, frame)
            title = words.clock(float(analysis.recording.clip.times_s[frame]))
            alt = say("page.seen_at", time=title)
            found.append(
                _still(scene, kept, whole, frame, shapes, f"seen_{number}", None, "", title, alt)
            )
    return tuple(found)


def write_stills(stills: tuple[Still, ...], kept: KeptFrames) -> None:
    """Write the stills; those of an earlier judgement are removed."""
    folder = kept.folder / FOLDER
    folder.mkdir(exist_ok=True)
    names = {still.name for still in stills}
    for old in folder.iterdir():
        if _OURS.fullmatch(old.name) and old.name not in names:
            old.unlink()
    for still in stills:
        replace_file(folder / still.name, still.data)


def _six(scene: Scene, kept: KeptFrames, lift: Lift, window: Canvas) -> list[Still]:
    made = []
    for number, (event, name) in enumerate(SIX.items(), start=1):
        wanted = lift.rep.frame(event)
        frame = None if wanted is None else kept.nearest(wanted)
        if frame is None:
            continue
        title = words.event(event)
        _, colour = scene.phase_at(frame, lift)
        shapes = [
            *scene.path(window, frame, lift, fading=False),
            *scene.lifter(window, frame),
            *scene.angles(window, frame, EVENT_ANGLES[event]),
            *draw.corner(window, title, colour),
        ]
        alt = say("page.still_alt", title=title, time=words.clock(_time_s(scene, frame)))
        stem = f"lift{lift.rep.index + 1}_{number}_{name}"
        made.append(
            _still(scene, kept, window, frame, shapes, stem, lift.rep.index, event, title, alt)
        )
    return made


def _proofs(scene: Scene, kept: KeptFrames, lift: Lift, window: Canvas) -> list[Still]:
    """What each finding measured, on the frame where it was measured."""
    made: list[Still] = []
    for finding in lift.findings:
        frame = None if finding.frame is None else kept.nearest(finding.frame)
        if frame is None:
            continue
        text, colour = scene.caption(finding)
        clip = scene.analysis.recording.clip
        canvas = _close_up(scene, clip, finding, frame, window)
        shapes = [
            *scene.lifter(canvas, frame, thickness=0.6),
            *scene.marks(canvas, finding),
            *draw.corner(canvas, text, colour, size=15.0),
        ]
        stem = proof_stem(lift, finding)
        line = words.finding_line(finding, scene.measures)
        alt = say("page.proof_alt", line=line, verdict=words.verdict(finding.verdict))
        made.append(
            _still(
                scene, kept, canvas, frame, shapes, stem, lift.rep.index,
                finding.rule, words.heading(finding), alt,
            )
        )  # fmt: skip
    return made


def proof_stem(lift: Lift, finding: Finding) -> str:
    """``lift1_rounded_back``; with the part where a rule has more than one finding."""
    same = [other for other in lift.findings if other.rule == finding.rule]
    name = finding.rule if len(same) == 1 else f"{finding.rule}_{same.index(finding) + 1}"
    return f"lift{lift.rep.index + 1}_" + re.sub(r"\W+", "_", name)


def _still(
    scene: Scene,
    kept: KeptFrames,
    canvas: Canvas,
    frame: int,
    shapes: list[Shape],
    stem: str,
    lift: int | None,
    subject: str,
    title: str,
    alt: str,
) -> Still:
    picture = canvas.picture(kept.picture(frame), kept.scale)
    return Still(
        f"{stem}.jpg",
        lift,
        subject,
        _time_s(scene, frame),
        title,
        alt,
        canvas.width_px,
        canvas.height_px,
        jpeg(draw.paint(picture, shapes), _QUALITY),
    )


def _time_s(scene: Scene, frame: int) -> float:
    return float(scene.analysis.recording.clip.times_s[frame])


def _window(scene: Scene, analysis: Analysis, lift: Lift) -> Canvas:
    """The part of the picture that the lifter and the bar use in this lift, the same for all."""
    clip, span = analysis.recording.clip, lift.rep.span
    points = [places[span] for places in scene.places()]
    every = np.concatenate([p[np.isfinite(p).all(axis=1)] for p in points])
    if len(every) == 0:
        return Canvas.window(0, 0, clip.width_px, clip.height_px, _SHORT_SIDE_PX)
    # Percentiles: one landmark that jumped for a frame must not shrink the lifter.
    low, high = np.percentile(every, [0.5, 99.5], axis=0)
    return _around(clip, low, high)


def _close_up(scene: Scene, clip: Clip, finding: Finding, frame: int, lift: Canvas) -> Canvas:
    """Lifter, bar and marks as they are in one frame: what a check is about is seen large.

    The lift's own window where too little of the lifter is seen.
    """
    places = np.array([place[frame] for place in scene.places()])
    places = places[np.isfinite(places).all(axis=1)]
    if len(places) < _ENOUGH_PLACES:
        return lift
    # A vertical mark is a line through the whole picture, its point only says where.
    marks = [np.reshape(mark.points_px, (-1, 2)) for mark in finding.marks]
    every = np.concatenate([places, *(mark for mark in marks if np.isfinite(mark).all())])
    return _around(clip, every.min(axis=0), every.max(axis=0))


def _around(clip: Clip, low: Floats, high: Floats) -> Canvas:
    """A window on the clip around what lies between two corners, with room for head and words."""
    tall = float(high[1] - low[1])
    left, right = low[0] - 0.12 * tall, high[0] + 0.12 * tall
    top, bottom = low[1] - 0.22 * tall, high[1] + 0.06 * tall
    # Never narrower than 5:7, never wider than square.
    width, height = right - left, bottom - top
    if width < height * 5 / 7:
        middle, half = (left + right) / 2, height * 5 / 14
        left, right = middle - half, middle + half
    elif height < width:
        top = bottom - width
    left, right = _inside(left, right, clip.width_px)
    top, bottom = _inside(top, bottom, clip.height_px)
    return Canvas.window(left, top, right, bottom, _SHORT_SIDE_PX)


def _inside(low: float, high: float, size: int) -> tuple[float, float]:
    """Slide a range into 0..size; cut it where it is larger."""
    if high - low >= size:
        return 0.0, float(size)
    move = max(0.0, -low) - max(0.0, high - size)
    return float(low + move), float(high + move)
