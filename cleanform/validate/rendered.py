"""Known lifts as video files: the whole chain, decoder and pose model included.

A clip is drawn once and kept in the working folder; drawing is most of the time.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from cleanform import pipeline, synth
from cleanform.errors import InputError
from cleanform.model import Options
from cleanform.synth.clip import Film, write_clip
from cleanform.validate.doses import DOSES, JUDGED_TIMES, find_dose, with_dose
from cleanform.validate.outcome import (
    NOT_CLEANS,
    SINGLE,
    Case,
    Outcome,
    compare,
    crashed,
    not_made,
)

if TYPE_CHECKING:
    from cleanform.model import Recording
    from cleanform.synth import Camera, LiftSpec

BODIES = ("male", "female")
VIEWS = ("side", "side 20", "45", "front", "rear 45")
#: Frame rate -> how many clips of each body.
RATES_HZ = {24.0: 2, 60.0: 2, 120.0: 1, 240.0: 1}

#: Clips of the bar: frame rate and share of it that the shutter is open.
BAR_CLIPS = (
    (30.0, 0.5), (30.0, 0.0), (60.0, 0.0), (30.0, 0.0), (24.0, 0.5), (60.0, 0.5), (120.0, 0.0),
    (30.0, 0.0), (24.0, 0.0), (60.0, 0.0), (30.0, 0.5), (120.0, 0.0), (30.0, 0.0), (240.0, 0.0),
)  # fmt: skip
#: A phone held upright beside the lifter, lying on its side for views in which the bar is wide.
UPRIGHT_PX, WIDE_PX = (360, 640), (800, 450)
#: The back's outline needs more of them.
BACK_PX = (540, 960)
#: Clips from in front and from behind at 45 degrees, where the plate is an ellipse: view and frame
#: rate, in a picture of their own that is quick to draw.
OBLIQUE_CLIPS = (
    ("45", 30.0), ("45", 60.0), ("45", 30.0), ("rear 45", 30.0), ("45", 24.0), ("rear 45", 60.0),
)  # fmt: skip
OBLIQUE_PX = (640, 360)
#: How many times slower than life the pictures of a clip are taken to play, besides once.
SLOW_MOTION = (2.0, 4.0, 8.0)
#: Enough of a clip: standing, the lift, standing.
FRAMED = {"stand_first_s": 0.5, "still_before_s": 0.3, "still_after_s": 0.8}


@dataclass(frozen=True)
class Rendering:
    """One clip to be drawn and analyzed."""

    case: Case
    spec: LiftSpec
    camera: Camera
    look_seed: int
    film: Film
    folder: Path  # where drawn clips are kept

    @property
    def name(self) -> str:
        return self.case.name


def small(folder: Path) -> list[Rendering]:
    """A dozen clips: what can be drawn and analyzed in two minutes on two cores."""
    doses = {
        "rounded_back/start": 1.5,  # more than this no drawn back can be bent
        "bar_drift/swing": 2.0,
        "hip_lockout/extension": 2.0,
        "catch_height/knees": 2.0,
    }
    return [
        *(_good(folder, body, "side", 0, 30.0) for body in BODIES),
        _good(folder, "male", "side", 1, 60.0),
        _good(folder, "male", "45", 0, 30.0),
        _good(folder, "female", "front", 0, 30.0),
        *(_faulty(folder, key, times, "male", 0) for key, times in doses.items()),
        *(_not_clean(folder, kind, "female", 0) for kind in ("deadlift", "snatch")),
    ]


def bar(folder: Path) -> list[Rendering]:
    """The small set, more side views, each from a place of its own, and some between the views."""
    return [*small(folder), *of_the_bar(folder), *oblique(folder)]


def of_the_bar(folder: Path) -> list[Rendering]:
    """Lifts of their own, seen from places of their own, with some blur and compression."""
    return [_of_the_bar(folder, index) for index in range(len(BAR_CLIPS))]


def oblique(folder: Path) -> list[Rendering]:
    """Lifts of their own at 45 degrees, from in front of the lifter and from behind him."""
    return [_oblique(folder, index) for index in range(len(OBLIQUE_CLIPS))]


def full(folder: Path) -> list[Rendering]:
    """Both bodies, every view, frame rate, fault and movement; the other sets are part of it."""
    everything = [
        *bar(folder),
        *(
            _good(folder, body, view, seed, 30.0)
            for view in VIEWS
            for body in BODIES
            for seed in range(4 if view == "side" else 2)
        ),
        *(
            _good(folder, body, "side", 10 + seed, rate)
            for rate, count in RATES_HZ.items()
            for body in BODIES
            for seed in range(count)
        ),
        *(
            _faulty(folder, dose.key, times, body, 0)
            for dose in DOSES
            if dose.view == "side"  # no tilted bar is drawn
            for times in JUDGED_TIMES
            for body in BODIES
        ),
        *(_not_clean(folder, kind, body, 0) for kind in NOT_CLEANS for body in BODIES),
    ]
    return list({each.name: each for each in everything}.values())


def judge(rendering: Rendering) -> Outcome:
    """Draw the clip where it is not kept already, analyze the file, and compare."""
    from cleanform.validate import drawn  # needs the extra `synth`

    case = rendering.case
    body = case.body
    try:
        spec = rendering.spec
        if case.dose:
            spec = with_dose(spec, find_dose(case.dose), case.times_limit or 0.0, body)
        truth = synth.lift(spec, drawn.skeleton(body))
    except InputError as error:
        return not_made(case, error)
    try:
        clip = _drawn(rendering, spec)
        recording = pipeline.record(clip, Options())
        analysis = pipeline.judge(recording, Options())
        return compare(case, truth, analysis, _slow_motion_told(case, recording))
    except Exception as error:  # whatever breaks the chain is what this is here to count
        return crashed(case, error)


def _slow_motion_told(case: Case, recording: Recording) -> dict[float, float]:
    """Factor that the same pictures are played slower by -> the factor that is told, from beside.

    Landmarks and plate are those of the clip as it is: only its times are stretched.
    """
    if case.view != "side" or case.group not in SINGLE:
        return {}
    told = {}
    for factor in (1.0, *SLOW_MOTION):
        slowed = replace(recording.clip, times_s=recording.clip.times_s * factor)
        analysis = pipeline.judge(replace(recording, clip=slowed), Options())
        told[factor] = analysis.recording.clip.slow_motion_factor
    return told


def _drawn(rendering: Rendering, spec: LiftSpec) -> Path:
    """The clip's file, drawn now or before by the same drawing program."""
    from cleanform.synth.stage import Look

    look = Look.of(rendering.look_seed)
    wanted = repr((spec, rendering.camera, rendering.case.body, look, rendering.film))
    mark = sha256((_drawing_digest() + wanted).encode()).hexdigest()[:16]
    path = rendering.folder / f"{mark}.mp4"
    if not path.exists():
        rendering.folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{mark}-{os.getpid()}.mp4")
        write_clip(spec, rendering.camera, unfinished, rendering.case.body, look, rendering.film)
        unfinished.with_suffix(".json").unlink(missing_ok=True)
        unfinished.replace(path)
    return path


@cache
def _drawing_digest() -> str:
    digest = sha256()
    folder = Path(synth.__file__).parent
    for path in sorted([*folder.glob("*.py"), *folder.glob("*.npz")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _rendering(
    folder: Path, case: Case, spec: LiftSpec, seed: int, size_px: tuple[int, int]
) -> Rendering:
    camera = synth.camera_of(seed, case.view, width_px=size_px[0], height_px=size_px[1])
    shutter = 0.5 if seed % 4 == 3 else 0.0  # blur is drawn four times over
    film = Film(grain=(2, 4, 6)[seed % 3], shutter=shutter, quality=(20, 24, 28)[seed % 3])
    case = replace(case, kind=spec.kind, fps=spec.fps)
    return Rendering(case, spec, camera, seed, film, folder)


def _good(folder: Path, body: str, view: str, seed: int, fps: float) -> Rendering:
    case = Case(f"good, {view}, {body}, {fps:g} Hz, {seed}", "good", view, body=body)
    spec = synth.vary(50_000 + seed, fps=fps, **FRAMED)
    size_px = UPRIGHT_PX if view == "side" else WIDE_PX
    return _rendering(folder, case, spec, 50_000 + seed, size_px)


def _oblique(folder: Path, index: int) -> Rendering:
    view, fps = OBLIQUE_CLIPS[index]
    body, seed = BODIES[index % 2], 90_000 + index
    case = Case(f"oblique, {view}, {body}, {fps:g} Hz, {index}", "good", view, body=body, fps=fps)
    spec = synth.vary(
        seed, fps=fps, jitter_s=0.0, stand_first_s=0.4, still_before_s=0.3, still_after_s=0.6
    )
    camera = synth.camera_of(seed, view, width_px=OBLIQUE_PX[0], height_px=OBLIQUE_PX[1])
    film = Film(grain=(2, 4, 6)[index % 3], quality=(20, 24, 28)[index // 2 % 3])
    return Rendering(replace(case, kind=spec.kind), spec, camera, seed, film, folder)


def _of_the_bar(folder: Path, index: int) -> Rendering:
    fps, shutter = BAR_CLIPS[index]
    body, seed = BODIES[index % 2], 80_000 + index
    case = Case(f"bar, {body}, {fps:g} Hz, {index}", "good", "side", body=body, fps=fps)
    spec = synth.vary(
        seed, fps=fps, jitter_s=0.0, stand_first_s=0.4, still_before_s=0.3, still_after_s=0.4
    )
    camera = synth.camera_of(seed, "side", width_px=UPRIGHT_PX[0], height_px=UPRIGHT_PX[1])
    film = Film(grain=(2, 4, 6)[index % 3], shutter=shutter, quality=(20, 24, 28)[index // 2 % 3])
    return Rendering(replace(case, kind=spec.kind), spec, camera, seed, film, folder)


def _faulty(folder: Path, key: str, times: float, body: str, seed: int) -> Rendering:
    case = Case(
        f"{key}, {times:g}, {body}, {seed}", "faults", "side",
        body=body, dose=key, times_limit=times,
    )  # fmt: skip
    spec = synth.vary(60_000 + seed, fps=30.0, **FRAMED)
    size_px = BACK_PX if key.startswith("rounded_back") else UPRIGHT_PX
    return _rendering(folder, case, spec, 60_000 + seed, size_px)


def _not_clean(folder: Path, kind: str, body: str, seed: int) -> Rendering:
    case = Case(f"{kind}, {body}, {seed}", "not cleans", "side", body=body)
    spec = synth.vary(70_000 + seed, kind=kind, fps=30.0, **FRAMED)
    return _rendering(folder, case, spec, 70_000 + seed, UPRIGHT_PX)
