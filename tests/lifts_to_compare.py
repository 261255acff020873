"""Two lifts to hold against one another: made, seen by a tracker, judged; no pictures."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import examples

from cleanform import archive, pipeline, synth
from cleanform.compare import sides
from cleanform.model import Options, Recording
from cleanform.report.film import shoot
from cleanform.report.frames import KeptFrames
from cleanform.video import VideoWriter

GOOD = synth.LiftSpec()
SIZE = {"width_px": 640, "height_px": 360}
SMALL = synth.Camera(**SIZE)


@cache
def seen(spec=GOOD, camera=None, noise=None, name="a", **options):
    """The analysis of a made lift as a perfect or noisy tracker sees it."""
    clip, pose, bar = synth.observe(synth.lift(spec), camera, noise)
    clip = replace(clip, path=Path(f"{name}.mp4"))
    return pipeline.judge(Recording(clip, pose, bar, None, "none", "0" * 64), Options(**options))


def side(spec=GOOD, camera=None, noise=None, name="a", number=1, **options):
    analysis = seen(spec, camera, noise, name, **options)
    return sides.Side(analysis, analysis.lifts[number - 1], Path(f"{name}.cleanform"))


def result_folder(home, name="a", spec=GOOD, clip=True, film=False, **options):
    """The result folder of a made lift and its clip of grey pictures beside it, as analyze does.

    Of what analyze draws only what a comparison reads is there: the film, where it is asked for.
    """
    path = home / f"{name}.mp4"
    analysis = seen(spec, SMALL, None, name, **options)
    recording = analysis.recording
    placed = replace(recording, clip=replace(recording.clip, path=path))
    analysis = replace(analysis, recording=placed)
    with VideoWriter(path, **SIZE) as writer:
        for index, time_s in enumerate(recording.clip.times_s):
            writer.write(examples.grey_frame(index, **SIZE), time_s)
    folder = home / f"{name}.cleanform"
    folder.mkdir()
    archive.save(analysis, folder)
    if film:
        shoot(analysis, KeptFrames(folder), None, video=True)
    if not clip:
        path.unlink()
    return folder
