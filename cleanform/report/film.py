"""overlay.mp4: the lifts at true speed with what was measured drawn in, in one pass.

The same pass keeps the unmarked frames that stills are drawn from. Frames stream: memory does
not grow with the clip.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform import draw
from cleanform.draw import Canvas
from cleanform.report import frames, words
from cleanform.report.scene import PHASE_ANGLES, Scene, caption, shown_in_film
from cleanform.video import VideoWriter, read_frames

if TYPE_CHECKING:
    from pathlib import Path

    from cleanform.draw import Shape
    from cleanform.model import Analysis, Bools, Lift, Progress
    from cleanform.report.frames import KeptFrames

FILE = "overlay.mp4"
_LONG_SIDE_PX = 1280
_AROUND_S = 1.0  # before the first set-up and after the last lift
_FASTEST_HZ = 62.0  # more pictures a second than a screen shows are left out
_CALM_HZ = 31.0  # enough where the bar is not being pulled or caught
_PULL_S = 0.15  # around knee pass and lowest catch
_STILL_S = 0.1  # a picture that does not change is written this often all the same
_MARK_S = 0.07  # marks sit where they were measured, so they are shown only for a moment
_CAPTION_S = (-0.25, 0.6)  # a caption takes longer to read than a fault to happen
_QUEUE = 4


def canvas_of(analysis: Analysis) -> Canvas:
    """The film's size; kept frames have it too."""
    clip = analysis.recording.clip
    return Canvas.whole(clip.width_px, clip.height_px, _LONG_SIDE_PX)


def film_frames(analysis: Analysis) -> list[int]:
    """Clip frames of the film: from before the first lift to after the last one.

    It does not reach over a camera cut before the first lift or after the last. Frames that
    repeat the picture before them are left out; times stay true.
    """
    clip = analysis.recording.clip
    if not analysis.lifts:
        return []
    first = min(lift.rep.span.start for lift in analysis.lifts)
    last = min(max(lift.rep.span.stop for lift in analysis.lifts), clip.frames) - 1
    start, stop = np.searchsorted(
        clip.times_s, [clip.times_s[first] - _AROUND_S, clip.times_s[last] + _AROUND_S]
    )
    for piece in clip.segments:
        start = max(start, piece.start) if piece.start <= first < piece.stop else start
        stop = min(stop, piece.stop) if piece.start <= last < piece.stop else stop
    fast = _fast_frames(analysis)
    chosen: list[int] = []
    for frame in range(int(start), int(stop)):
        gap_s = clip.times_s[frame] - clip.times_s[chosen[-1]] if chosen else np.inf
        if gap_s >= 1 / (_FASTEST_HZ if fast[frame] else _CALM_HZ) and (
            not clip.repeats[frame] or gap_s >= _STILL_S
        ):
            chosen.append(frame)
    if chosen and chosen[-1] != int(stop) - 1:
        chosen.append(int(stop) - 1)  # the film ends where the clip or its second after does
    return chosen


def _fast_frames(analysis: Analysis) -> Bools:
    """(T,) frames from the bar at the knee to the lowest catch, where every picture counts."""
    times_s = analysis.recording.clip.times_s
    fast = np.zeros(len(times_s), bool)
    for lift in analysis.lifts:
        seen = [
            event.time_s
            for name in ("knee_pass", "full_extension", "bar_apex", "catch_lowest")
            if (event := lift.rep.events[name]).time_s is not None
        ]
        if seen:
            fast |= (times_s >= min(seen) - _PULL_S) & (times_s <= max(seen) + _PULL_S)
    return fast


def shoot(analysis: Analysis, kept: KeptFrames, progress: Progress | None, video: bool) -> None:
    """Read the clip's frames once; keep those that stills need and write the film."""
    clip = analysis.recording.clip
    canvas = canvas_of(analysis)
    kept.scale = canvas.scale
    (kept.folder / frames.FOLDER).mkdir(parents=True, exist_ok=True)
    keep = set(frames.wanted(analysis))
    film = film_frames(analysis) if video else []
    scene = Scene(analysis)
    path = kept.folder / FILE
    in_film, every = set(film), sorted(keep | set(film))
    start_s = float(clip.times_s[film[0]]) if film else 0.0
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        _writer(path, canvas, bool(film)) as writer,
    ):
        waiting: deque[Future[None]] = deque()
        for done, frame in enumerate(read_frames(clip, every), start=1):
            picture = canvas.picture(frame.image_rgb)
            if frame.index in keep:
                waiting.append(beside.submit(kept.keep, frame.index, picture))
            if frame.index in in_film:
                marked = draw.paint(picture, film_shapes(scene, canvas, frame.index))
                time_s = float(clip.times_s[frame.index]) - start_s
                waiting.append(beside.submit(writer.write, marked, time_s))
            while len(waiting) > _QUEUE:
                waiting.popleft().result()
            if progress:
                progress("drawing the film" if film else "taking stills", done / len(every))
        while waiting:
            waiting.popleft().result()
    if film:
        kept.film_times_s = tuple(float(clip.times_s[frame]) for frame in film)
        kept.film_shows = film_shows(analysis)
    kept.save()


def film_shapes(scene: Scene, canvas: Canvas, frame: int) -> list[Shape]:
    """All that is drawn on one picture of the film."""
    lift = scene.lift_at(frame)
    if lift is None:
        return scene.lifter(canvas, frame)
    phase, colour = scene.phase_at(frame, lift)
    now_s = float(scene.analysis.recording.clip.times_s[frame])
    shapes = [*scene.path(canvas, frame, lift), *scene.lifter(canvas, frame)]
    captions = []
    for finding in lift.findings:
        if not shown_in_film(finding):
            continue
        assert finding.frame is not None
        since_s = now_s - float(scene.analysis.recording.clip.times_s[finding.frame])
        if abs(since_s) <= _MARK_S:
            shapes += scene.marks(canvas, finding)
        if _CAPTION_S[0] <= since_s <= _CAPTION_S[1]:
            captions.append(caption(finding))
    shapes += scene.angles(canvas, frame, PHASE_ANGLES.get(phase, ()))
    shapes += draw.ribbon(canvas, lift.rep.phases, now_s)
    shapes += draw.corner(canvas, _title(scene.analysis, lift, phase), colour)
    speed = scene.speed_text(frame, lift)
    if speed:
        shapes += draw.corner(canvas, speed, right=True, size=14.0)
    return shapes + draw.caption(canvas, captions)


def film_shows(analysis: Analysis) -> str:
    """A digest of the events and verdicts that are drawn into the film."""
    shown: list[Any] = []
    for lift in analysis.lifts:
        shown.append([(name, event.frame) for name, event in lift.rep.events.items()])
        for finding in filter(shown_in_film, lift.findings):
            line = words.finding_line(finding)
            shown.append((finding.rule, str(finding.verdict), line, finding.frame))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _title(analysis: Analysis, lift: Lift, phase: str) -> str:
    number = f"Lift {lift.rep.index + 1}" if len(analysis.lifts) > 1 else ""
    return " · ".join(filter(None, (number, phase[:1].upper() + phase[1:]))) or lift.rep.kind


def _writer(path: Path, canvas: Canvas, film: bool) -> Any:
    return VideoWriter(path, canvas.width_px, canvas.height_px) if film else nullcontext()
