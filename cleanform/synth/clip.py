"""A known lift as a video file, with its truth beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from cleanform.errors import InputError
from cleanform.synth.camera import Camera
from cleanform.synth.files import truth_json
from cleanform.synth.motion import Truth, lift
from cleanform.synth.spec import LiftSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.render import Renderer
    from cleanform.synth.stage import Look

    Image = NDArray[np.uint8]

_TICK = Fraction(1, 90000)
_CODECS = {"h264": "libx264", "hevc": "libx265"}
_HOW = (
    "Rendered by cleanform itself (cleanform.synth): a known lift carried by a MakeHuman body "
    "(CC0), drawn in software. Nothing was filmed."
)


@dataclass(frozen=True)
class Film:
    """What the phone does to the picture."""

    grain: int = 3  # largest change of a value by sensor noise
    shutter: float = 0.0  # share of the frame interval that is exposed; 0: no motion blur
    exposures: int = 4  # pictures averaged over the open shutter
    codec: str = "h264"
    quality: int = 24  # constant rate factor; lower is better and larger

    def __post_init__(self) -> None:
        if self.codec not in _CODECS:
            raise InputError(f"codec is {self.codec!r}; choose one of: {', '.join(_CODECS)}")
        if not 0 <= self.shutter <= 1:
            raise InputError(f"shutter is {self.shutter}; choose 0 to 1")


def frames(truth: Truth, renderer: Renderer, film: Film | None = None) -> Iterator[Image]:
    """The clip's pictures (H, W, 3), in order; the same seed gives the same pixels."""
    film = film or Film()
    open_s = film.shutter / truth.spec.fps
    for index, time in enumerate(truth.times_s):
        if open_s:
            instants = time + open_s * (np.arange(film.exposures) / film.exposures - 0.5)
            shots = [renderer.draw(truth, float(t)).rgb for t in instants]
            picture = np.mean(shots, axis=0)
        else:
            picture = renderer.draw(truth, float(time)).rgb.astype(np.float64)
        noise = np.random.default_rng((truth.spec.seed, index))
        grain = noise.integers(-film.grain, film.grain + 1, picture.shape)
        yield np.clip(picture + grain + 0.5, 0, 255).astype(np.uint8)


def write_clip(
    spec: LiftSpec,
    camera: Camera,
    path: Path,
    body: str = "male",
    look: Look | None = None,
    film: Film | None = None,
) -> Truth:
    """Render `spec` to `path` and its truth to the same name with ``.json``.

    The lifter has the body's own size, so `spec.stature_m` is replaced by it. Needs the extra
    ``synth``; raises MissingLibraryError without it.
    """
    from cleanform.synth.render import Renderer

    film = film or Film()
    renderer = Renderer(camera, body, look, spec.facing)
    truth = lift(spec, renderer.skeleton)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream: av.VideoStream = container.add_stream(  # type: ignore[assignment]
            _CODECS[film.codec], rate=Fraction(spec.fps).limit_denominator()
        )
        stream.width, stream.height, stream.pix_fmt = camera.width_px, camera.height_px, "yuv420p"
        stream.time_base = stream.codec_context.time_base = _TICK
        stream.codec_context.thread_count = 1  # more threads, other bytes
        stream.options = {"crf": str(film.quality), "preset": "slow"}
        if film.codec == "hevc":
            stream.codec_context.codec_tag = "hvc1"
        for time, picture in zip(truth.times_s, frames(truth, renderer, film), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(float(time) / _TICK), _TICK
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    facts = truth_json(truth, camera, _HOW)
    path.with_suffix(".json").write_text(json.dumps(facts, separators=(",", ":")))
    return truth
