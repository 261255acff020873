"""Is it the lifter who is followed, where others are in the picture?

    python benchmarks/lifter_choice.py [--lifts N] [--folder DIR] [--model lite|full|heavy]

Renders lifts from the side with somebody else in the picture: *nearer* to the camera and so bigger,
*beside* the lifter, *behind* him, *crossing* in front of him in the pull. Each clip is recorded as
`cleanform.analyze` records it and held against the projected truth. A frame from the set-up to
the stand counts as *wrong* where somebody was found whose box shares less than a tenth of its union
with the lifter's, or whose joints lie on average more than a fifth of stature from his; as *missed*
where nobody was found. A clip counts as wrong where most of its frames are. *lift* says whether
exactly one clean was found. *Seen best* is what `cleanform.pose.PoseTracker` by itself follows.
Drawn clips are kept in the folder and drawn once.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from cleanform import pipeline, synth
from cleanform.model import LANDMARKS, Options
from cleanform.pose import MODELS, PoseTracker
from cleanform.synth import Camera, LiftSpec, Truth, observe
from cleanform.synth.body import BODIES, Body
from cleanform.synth.clip import Film, write_clip
from cleanform.synth.figure import skeleton_of
from cleanform.synth.stage import Bystander, Look
from cleanform.video import FrameReader

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


def seen_best(path: Path, model: str) -> np.ndarray:
    """(T, 33, 2) whom the tracker follows by itself."""
    with FrameReader(path) as frames, PoseTracker(model) as tracker:
        return np.stack([tracker.track(each.image_rgb, each.time_s)[0] for each in frames])


def readings(found: np.ndarray, truth: Truth, camera: Camera) -> tuple[float, float]:
    """Shares of wrong and of missed frames from the set-up to the stand."""
    _, true_pose, _ = observe(truth, camera)
    true_px = true_pose.xy_px
    stature_px = truth.skeleton.stature_m * camera.focal_px / camera.distance_m
    events = truth.events_s[0]
    during = (truth.times_s >= events["setup"]) & (truth.times_s <= events["stood_up"])
    wrong, missed = [], []
    for index in np.flatnonzero(during):
        missed.append(not np.isfinite(found[index]).any())
        away = np.linalg.norm(found[index, JOINTS] - true_px[index, JOINTS], axis=1).mean()
        apart = away > AWAY * stature_px or _shared(found[index], true_px[index]) < SHARED
        wrong.append(not missed[-1] and bool(apart))
    return float(np.mean(wrong)), float(np.mean(missed))


def _shared(one: np.ndarray, two: np.ndarray) -> float:
    """Intersection over union of the boxes round two sets of points."""
    low = np.maximum(one.min(axis=0), two.min(axis=0))
    high = np.minimum(one.max(axis=0), two.max(axis=0))
    shared = float(np.prod(np.clip(high - low, 0, None)))
    return shared / (sum(float(np.prod(np.ptp(each, axis=0))) for each in (one, two)) - shared)


def _text(shares: tuple[float, float]) -> str:
    return f"wrong {shares[0]:6.1%} missed {shares[1]:6.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifts", type=int, default=3, help="of each scene")
    parser.add_argument("--scene", nargs="+", choices=SCENES, default=SCENES)
    parser.add_argument("--first", type=int, default=81_000, help="first seed")
    parser.add_argument("--folder", type=Path, help="where drawn clips are kept")
    parser.add_argument("--model", choices=MODELS, default="full")
    parser.add_argument("--draw", action="store_true", help="draw the clips, and no more")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    best, ours, lifts = [], [], []
    for name in asked.scene:
        for seed in range(asked.first, asked.first + asked.lifts):
            one = scene(name, seed)
            path, truth = one.drawn(folder)
            if asked.draw:
                continue
            analysis = pipeline.analyze(path, Options(model=asked.model))
            lifts.append(len(analysis.lifts))
            best.append(readings(seen_best(path, asked.model), truth, one.camera))
            ours.append(readings(analysis.recording.pose.xy_px, truth, one.camera))
            print(
                f"{name:<10}{seed:>8}  seen best {_text(best[-1])}   analyze {_text(ours[-1])}, "
                f"{lifts[-1]} lifts",
                flush=True,
            )
    for who, each in (("seen best", np.array(best)), ("analyze", np.array(ours))):
        if len(each):
            wrong = (each[:, 0] > 0.5).sum()
            print(f"{who}: the wrong person in {wrong} of {len(each)} clips; of the frames:")
            print(f"  {_text(each.mean(axis=0))}")
    if lifts:
        print(f"exactly one lift in {lifts.count(1)} of {len(lifts)} clips")


if __name__ == "__main__":
    main()
