"""The samples: small, whole, made by `samples/make.py`, and judged as their page says."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import av
import pytest

from cleanform.synth import with_fault

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "samples"
CLIPS = sorted(path.stem for path in FOLDER.glob("*.mp4"))

sys.path.insert(0, str(FOLDER))
pytest.importorskip("numba", reason="samples/make.py needs the extra [synth]")
make = import_module("make")


def test_every_sample_can_be_made_again_and_is_told_of() -> None:
    assert set(make.SAMPLES) == set(CLIPS)
    page = (FOLDER / "README.md").read_text("utf-8")
    for name in CLIPS:
        assert f"`{name}.mp4`" in page


@pytest.mark.parametrize("name", CLIPS)
def test_clip_and_truth_are_what_the_script_asks_for(name: str) -> None:
    sample = make.SAMPLES[name]
    truth = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    spec = sample.spec
    for fault, dose in sample.faults:
        spec = with_fault(spec, fault, dose)

    for part, noun in (("spec", spec), ("camera", sample.camera), ("look", sample.look)):
        wanted = json.loads(json.dumps(asdict(noun)))
        # what was added to the noun since has its neutral value
        assert truth[part] == {field: wanted[field] for field in truth[part]}
    assert (FOLDER / f"{name}.mp4").stat().st_size < 1_000_000
    with av.open(str(FOLDER / f"{name}.mp4")) as container:
        frames = sum(1 for _ in container.decode(video=0))
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (sample.camera.width_px, sample.camera.height_px)
    assert frames == len(truth["frames"]["times_s"])
