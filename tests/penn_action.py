"""Penn Action clean-and-jerk sequences as `Motion`: 13 human-made joints, wrists for a bar."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from cleanform import signals
from cleanform.model import LANDMARKS, BarTrack, Clip, Motion, Options, Pose

JOINTS = (
    "head left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist "
    "left_hip right_hip left_knee right_knee left_ankle right_ankle"
).split()
#: The frame rate is not given; broadcast video.
ASSUMED_FPS = 30.0


def sequences(folder: Path) -> Iterator[tuple[str, Motion | None]]:
    """Each sequence's name and motion, None where too little of the lifter was annotated."""
    for path in sorted(folder.glob("*.mat")):
        data = loadmat(path)
        x, y, seen = (np.asarray(data[key], float) for key in ("x", "y", "visibility"))
        yield path.stem, _motion(path, np.stack([x, y], axis=-1), seen)


def _motion(path: Path, points: np.ndarray, seen: np.ndarray) -> Motion | None:
    count = len(points)
    xy = np.zeros((count, len(LANDMARKS), 2))
    visibility = np.zeros((count, len(LANDMARKS)))

    def put(landmark: str, joint: str) -> None:
        column = JOINTS.index(joint)
        xy[:, LANDMARKS.index(landmark)] = points[:, column]
        visibility[:, LANDMARKS.index(landmark)] = seen[:, column]

    for joint in JOINTS[1:]:
        put(joint, joint)
    for landmark in ("nose", "left_ear", "right_ear"):
        put(landmark, "head")
    for side in ("left", "right"):
        for landmark in ("index", "pinky", "thumb"):
            put(f"{side}_{landmark}", f"{side}_wrist")
        for landmark in ("heel", "foot_index"):
            put(f"{side}_{landmark}", f"{side}_ankle")
    # a wrist out of sight was put anywhere: the one that is seen stands for the bar
    both = [JOINTS.index("left_wrist"), JOINTS.index("right_wrist")]
    weight = (seen[:, both, None] > 0).astype(float)
    with np.errstate(invalid="ignore"):
        wrists = (points[:, both] * weight).sum(axis=1) / weight.sum(axis=1)
    nothing = np.full(count, np.nan)
    clip = Clip(path, 640, 480, np.arange(count) / ASSUMED_FPS, np.zeros(count, bool))
    bar = BarTrack(wrists, nothing, nothing, np.ones(count), "hands")
    return signals.derive(clip, Pose(xy, visibility), bar, Options())
