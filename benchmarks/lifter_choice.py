"""Is it the lifter who is followed, where others are in the picture?

    python benchmarks/lifter_choice.py [--lifts N] [--folder DIR] [--model lite|full|heavy]

Renders lifts from the side with somebody else in the picture: *nearer* to the camera and so bigger,
*beside* the lifter, *behind* him, *crossing* in front of him in the pull. Each clip is recorded as
`cleanform.analyze` records it and held against the projected truth. A frame from the set-up to
the stand counts as *wrong* where somebody was found whose box shares less than a tenth of its union
with the lifter's, or whose joints lie on average more than a fifth of stature from his; as *missed*
where nobody was found. A clip counts as wrong where most of its frames are. *lift* says whether
exactly one clean was found. Drawn clips are kept in the folder and drawn once.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cleanform import pipeline, synth
from cleanform.model import LANDMARKS, Options
from cleanform.pose import MODELS
from cleanform.synth import Camera, LiftSpec, Truth, observe
from cleanform.synth.body import BODIES, Body
from cleanform.synth.clip import Film, write_clip
from cleanform.synth.figure import skeleton_of
from cleanform.synth.stage import Bystander, Look

SCENES = ("nearer", "beside", "behind", "crossing")
SIZE_PX = (720, 404)
FPS = 24.0
#: Of the union of the boxes; of stature.
SHARED, AWAY = 0.1, 0.2
JOINTS = [
    LANDMARKS.index(f"{side}_{name}")
    for side in ("left", "right")
    for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
]


@dataclass(frozen=True)
class Scene:
    """One clip to be drawn."""

    name: str
    spec: LiftSpec
    camera: Camera
    body: str
    look: Look

    def drawn(self, folder: Path) -> tuple[Path, Truth]:
        path = folder / f"{self.name}-{self.spec.seed}.mp4"
        if not path.exists():
            write_clip(self.spec, self.camera, path, self.body, self.look, Film(grain=4))
        skeleton = skeleton_of(Body(self.body))
        return path, synth.lift(replace(self.spec, stature_m=skeleton.stature_m), skeleton)


def scene(name: str, seed: int) -> Scene:
    """The scene of that name; lifter, room, light, phone and the other one vary by seed."""
    rng = np.random.default_rng((23, seed))
    body, other = (BODIES if seed % 2 else BODIES[::-1])[:2]
    spec = synth.vary(
        seed, fps=FPS, jitter_s=0.0, stand_first_s=0.3, still_before_s=0.4, still_after_s=0.5
    )
    side = float(rng.choice((-1.0, 1.0)))
    clothes = int(rng.integers(100))
    catch_s = synth.lift(spec, skeleton_of(Body(body))).events_s[0]["full_extension"]
    places = {
        "nearer": Bystander(other, side * 1.15, 1.3, 90 - side * 50, None, clothes),
        "beside": Bystander(other, side * 1.2, 0.1, 90 + side * 30, None, clothes),
        "behind": Bystander(other, side * 0.5, -1.2, 90 - side * 20, None, clothes),
        "crossing": Bystander(other, 0.0, 1.45, 90 - 90 * side, catch_s - 0.3, clothes),
    }
    look = replace(Look.of(seed), bystanders=(places[name],))
    camera = synth.camera_of(seed, "side", width_px=SIZE_PX[0], height_px=SIZE_PX[1])
    return Scene(name, spec, camera, body, look)


def readings(path: Path, truth: Truth, camera: Camera, options: Options) -> tuple[float, ...]:
    """Shares of wrong and of missed frames, and the number of lifts that were found."""
    analysis = pipeline.analyze(path, options)
    found = analysis.recording.pose.xy_px
    _, true_pose, _ = observe(truth, camera)
    true_px = true_pose.xy_px
    stature_px = truth.skeleton.stature_m * camera.focal_px / camera.distance_m
    events = truth.events_s[0]
    during = (truth.times_s >= events["setup"]) & (truth.times_s <= events["stood_up"])
    wrong, missed = [], []
    for index in np.flatnonzero(during):
        missed.append(not np.isfinite(found[index]).any())
        if missed[-1]:
            wrong.append(False)
            continue
        away = np.linalg.norm(found[index, JOINTS] - true_px[index, JOINTS], axis=1).mean()
        wrong.append(_shared(found[index], true_px[index]) < SHARED or away > AWAY * stature_px)
    return float(np.mean(wrong)), float(np.mean(missed)), float(len(analysis.lifts))


def _shared(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union of the boxes round two sets of points."""
    low = np.maximum(one.min(axis=0), two.min(axis=0))
    high = np.minimum(one.max(axis=0), two.max(axis=0))
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / (sum(float(np.prod(np.ptp(each, axis=0))) for each in (one, two)) - shared)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifts", type=int, default=3, help="of each scene")
    parser.add_argument("--first", type=int, default=81_000, help="first seed")
    parser.add_argument("--folder", type=Path, help="where drawn clips are kept")
    parser.add_argument("--model", choices=MODELS, default="full")
    parser.add_argument("--draw", action="store_true", help="draw the clips, and no more")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    clips: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for name in SCENES:
        for seed in range(asked.first, asked.first + asked.lifts):
            one = scene(name, seed)
            path, truth = one.drawn(folder)
            if asked.draw:
                continue
            clips[name].append(readings(path, truth, one.camera, Options(model=asked.model)))
            wrong, missed, lifts = clips[name][-1]
            print(
                f"{name:<10}{seed:>8}  wrong {wrong:6.1%}  missed {missed:6.1%}  lifts {lifts:.0f}",
                flush=True,
            )
    every = np.array([each for scene_clips in clips.values() for each in scene_clips])
    if len(every):
        print(
            f"{len(every)} clips: the wrong person in {(every[:, 0] > 0.5).sum()} of them and in "
            f"{every[:, 0].mean():.1%} of the frames, nobody in {every[:, 1].mean():.1%}; one lift "
            f"in {(every[:, 2] == 1).sum()}"
        )


if __name__ == "__main__":
    main()
