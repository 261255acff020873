"""A known lift as a video file, with its truth beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.camera import Camera
from cleanform.synth.container import Container, checked_path
from cleanform.synth.files import truth_json
from cleanform.synth.film import Film
from cleanform.synth.motion import Truth, lift
from cleanform.synth.spec import LiftSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.render import Renderer
    from cleanform.synth.stage import Look

    Image = NDArray[np.uint8]

__all__ = ["Film", "frames", "with_frames_lost", "write_clip"]


def frames(truth: Truth, renderer: Renderer, film: Film | None = None) -> Iterator[Image]:
    """The clip's pictures (H, W, 3), in order; the same seed gives the same pixels."""
    film = film or Film()
    open_s = film.shutter / truth.spec.fps
    for index, time in enumerate(truth.times_s):
        if open_s:
            instants = time + open_s * (np.arange(film.exposures) / film.exposures - 0.5)
            shots = [renderer.draw(truth, float(t)).rgb for t in instants]
            picture = np.mean(shots, axis=0).astype(np.int16)
        else:
            picture = renderer.draw(truth, float(time)).rgb.astype(np.int16)
        noise = np.random.default_rng((truth.spec.seed, index))
        picture += noise.integers(-film.grain, film.grain, picture.shape, np.int8, endpoint=True)
        yield np.clip(picture, 0, 255).astype(np.uint8)


def with_frames_lost(truth: Truth, share: float) -> Truth:
    """The same lift without that share of its frames, by the lift's own seed.

    The first and the last frame stay.
    """
    lost = np.random.default_rng((truth.spec.seed, 13)).random(len(truth.times_s)) < share
    lost[[0, -1]] = False
    kept = ~lost
    return replace(
        truth,
        times_s=truth.times_s[kept],
        joints_m={name: joint[kept] for name, joint in truth.joints_m.items()},
        far_joints_m={name: joint[kept] for name, joint in truth.far_joints_m.items()},
        bar_m=truth.bar_m[kept],
        angles_deg={name: angle[kept] for name, angle in truth.angles_deg.items()},
        lumbar_flexion_deg=truth.lumbar_flexion_deg[kept],
    )


def write_clip(
    spec: LiftSpec,
    camera: Camera,
    path: Path,
    body: str = "male",
    look: Look | None = None,
    film: Film | None = None,
    progress: Callable[[float], None] | None = None,
) -> Truth:
    """Render `spec` to `path` and its truth to the same name with ``.json``.

    Both appear whole or not at all, and replace what was there. The lifter has the body's own
    size, so `spec.stature_m` is replaced by it. `progress` is told the share that is done. Gives
    the truth of the clip's own frames.

    Needs the extra ``synth``; raises MissingLibraryError without it, InputError where `spec` asks
    for what no lifter can do, or where the file cannot be written.
    """
    from cleanform.synth.render import Renderer

    film = film or Film()
    checked_path(path)
    renderer = Renderer(camera, body, look, spec.facing)
    truth = lift(spec, renderer.skeleton)
    if film.dropped:
        truth = with_frames_lost(truth, film.dropped)
    part = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        with Container(part, camera.width_px, camera.height_px, spec.fps, film) as container:
            for index, picture in enumerate(frames(truth, renderer, film)):
                container.write(picture, float(truth.times_s[index]))
                if progress is not None:
                    progress((index + 1) / len(truth.times_s))
        facts = truth_json(truth, camera, body, renderer.look, film)
        beside = part.with_suffix(".json")
        beside.write_text(json.dumps(facts, separators=(",", ":")))
        part.replace(path)
        beside.replace(path.with_suffix(".json"))
    finally:
        part.unlink(missing_ok=True)
        part.with_suffix(".json").unlink(missing_ok=True)
    return truth
