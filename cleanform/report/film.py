"""overlay.mp4: the lifts at true speed with what was measured drawn in, in one pass.

The same pass writes the slow version where one is asked for, and keeps the unmarked frames that
stills are drawn from. Frames stream: memory does not grow with the clip.
"""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from cleanform import draw, texts
from cleanform.draw import Canvas
from cleanform.report import frames, words
from cleanform.report.heads import Heads
from cleanform.report.measures import Measures
from cleanform.report.reel import reel
from cleanform.report.scene import Scene, shown_in_film
from cleanform.texts import say
from cleanform.video import VideoWriter, read_frames
from cleanform.video.sound import add_sound

if TYPE_CHECKING:
    from pathlib import Path

    from cleanform.draw import Shape
    from cleanform.draw.canvas import Image
    from cleanform.model import Analysis, Clip, Finding, Lift, Progress
    from cleanform.report.frames import KeptFrames
    from cleanform.report.reel import Shot

FILE, SLOW_FILE = "overlay.mp4", "overlay_slow.mp4"
_LONG_SIDE_PX = 1280
_MARK_S = 0.07  # marks sit where they were measured, so they are shown only for a moment
_CAPTION_S = (-0.25, 0.6)  # a caption takes longer to read than a fault to happen
_QUEUE = 4


def canvas_of(analysis: Analysis) -> Canvas:
    """The film's size; kept frames have it too."""
    clip = analysis.recording.clip
    return Canvas.whole(clip.width_px, clip.height_px, _LONG_SIDE_PX)


def shoot(analysis: Analysis, kept: KeptFrames, progress: Progress | None, video: bool) -> None:
    """Read the clip's frames once; keep those that stills need and write the film."""
    clip, options = analysis.recording.clip, analysis.options
    canvas = canvas_of(analysis)
    kept.scale = canvas.scale
    (kept.folder / frames.FOLDER).mkdir(parents=True, exist_ok=True)
    keep = set(frames.wanted(analysis))
    film = reel(analysis) if video else []
    slow = reel(analysis, options.slow) if film and options.slow else []
    scene = Scene(analysis)
    heads = Heads(analysis) if options.blur_faces else None
    with (
        ThreadPoolExecutor(max_workers=1) as beside,
        _writer(kept.folder / FILE, canvas, film) as writer,
        _writer(kept.folder / SLOW_FILE, canvas, slow) as slow_writer,
    ):
        waiting: deque[Future[None]] = deque()
        due = _by_frame((film, writer), (slow, slow_writer))
        every = sorted(keep | set(due))
        for done, frame in enumerate(read_frames(clip, every), start=1):
            picture = canvas.picture(frame.image_rgb)
            if heads is not None:
                picture = heads.hide(canvas, picture, frame.index)
            if frame.index in keep:
                waiting.append(beside.submit(kept.keep, frame.index, picture))
            shown: dict[Finding | None, Image] = {}
            for shot, its_writer in due.get(frame.index, ()):
                if shot.frozen not in shown:
                    shapes = film_shapes(scene, canvas, shot.frame, shot.frozen)
                    shown[shot.frozen] = draw.paint(picture, shapes)
                waiting.append(beside.submit(its_writer.write, shown[shot.frozen], shot.at_s))
            while len(waiting) > _QUEUE:
                waiting.popleft().result()
            if progress:
                progress("drawing the film" if film else "taking stills", done / len(every))
        while waiting:
            waiting.popleft().result()
    if film:
        kept.film_times_s = tuple(float(clip.times_s[shot.frame]) for shot in film)
        kept.film_at_s = tuple(shot.at_s for shot in film)
        kept.film_shows = film_shows(analysis)
        if options.audio:
            kept.film_sound = add_sound(kept.folder / FILE, clip, _pieces(film, clip))
    kept.save()


def _by_frame(*films: tuple[list[Shot], Any]) -> dict[int, list[tuple[Shot, VideoWriter]]]:
    """Clip frame -> what is to be shown of it, and in which film."""
    due: dict[int, list[tuple[Shot, VideoWriter]]] = {}
    for shots, writer in films:
        for shot in shots:
            due.setdefault(shot.frame, []).append((shot, writer))
    return due


def _pieces(film: list[Shot], clip: Clip) -> list[tuple[float, float, float]]:
    """Where the film runs: from and to which time of the clip, and when. Between, it stands."""
    times_s = [float(clip.times_s[shot.frame]) for shot in film]
    at_s = [shot.at_s for shot in film]
    found: list[tuple[float, float, float]] = []
    first = 0
    for here in range(1, len(film)):
        stands = at_s[here] - at_s[here - 1] > times_s[here] - times_s[here - 1] + 1e-6
        if stands:
            if times_s[here - 1] > times_s[first]:
                found.append((times_s[first], times_s[here - 1], at_s[first]))
            first = here
    last_step_s = times_s[-1] - times_s[-2] if len(film) > 1 else 0.0
    found.append((times_s[first], times_s[-1] + last_step_s, at_s[first]))
    return found


def film_shapes(
    scene: Scene, canvas: Canvas, frame: int, frozen: Finding | None = None
) -> list[Shape]:
    """All that is drawn on one picture of the film, or on one that stands still for a fault."""
    lift = scene.lift_at(frame)
    if lift is None:
        return scene.lifter(canvas, frame)
    phase, colour = scene.phase_at(frame, lift)
    now_s = float(scene.analysis.recording.clip.times_s[frame])
    shapes = [*scene.path(canvas, frame, lift), *scene.lifter(canvas, frame)]
    if frozen is not None:
        text, tone = scene.caption(frozen)
        cue = [say("page.say", cue=frozen.cue)] if frozen.cue else []
        return [
            *scene.lifter(canvas, frame, thickness=0.6),
            *scene.marks(canvas, frozen),
            *draw.ribbon(canvas, lift.rep.phases, now_s),
            *draw.corner(canvas, _title(scene.analysis, lift, phase), colour),
            *draw.banner(canvas, [text, *cue], tone),
        ]
    captions, marks = [], []
    for finding in lift.findings:
        if not shown_in_film(finding):
            continue
        assert finding.frame is not None
        since_s = now_s - float(scene.analysis.recording.clip.times_s[finding.frame])
        if abs(since_s) <= _MARK_S:
            marks += scene.marks(canvas, finding)
        if _CAPTION_S[0] <= since_s <= _CAPTION_S[1]:
            captions.append(scene.caption(finding))
    # What a check measured speaks alone: another number beside it would only be read against it.
    shapes += marks or scene.angles(canvas, frame, scene.angles_at(frame, lift))
    shapes += draw.ribbon(canvas, lift.rep.phases, now_s)
    shapes += draw.corner(canvas, _title(scene.analysis, lift, phase), colour)
    speed = scene.speed_text(frame, lift)
    if speed:
        shapes += draw.corner(canvas, speed, right=True, size=14.0)
    return shapes + draw.caption(canvas, captions)


def film_shows(analysis: Analysis) -> str:
    """A digest of the events and verdicts that are drawn into the film."""
    shown: list[Any] = []
    measures = Measures(analysis.options.units)
    for lift in analysis.lifts:
        shown.append([(name, event.frame) for name, event in lift.rep.events.items()])
        for finding in filter(shown_in_film, lift.findings):
            line = words.finding_line(finding, measures)
            shown.append((finding.rule, str(finding.verdict), line, finding.frame))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def _title(analysis: Analysis, lift: Lift, phase: str) -> str:
    number = say("film.lift", number=lift.rep.index + 1) if len(analysis.lifts) > 1 else ""
    name = texts.table("phases").get(phase, phase)
    return " · ".join(filter(None, (number, name[:1].upper() + name[1:]))) or words.kind(lift)


def _writer(path: Path, canvas: Canvas, film: list[Shot]) -> Any:
    return VideoWriter(path, canvas.width_px, canvas.height_px) if film else nullcontext()
