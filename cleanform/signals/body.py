"""The lifter's near side: which side it is, what the plate hides, what can be repaired."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import JOINTS, LANDMARKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cleanform.model import BarTrack, Bools, Floats, Pose

#: A landmark below this visibility is not an observation.
MIN_VISIBILITY = 0.3
#: Segment lengths as shares of stature (Winter 2009, after Drillis & Contini 1966): shank 0.246,
#: thigh 0.245, hip to shoulder 0.288.
OF_STATURE = {
    ("ankle", "knee"): 0.246,
    ("knee", "hip"): 0.245,
    ("hip", "shoulder"): 0.288,
}
#: A segment's length is not taken from fewer.
LEAST_READINGS = 3
SIGNED_MAX_YAW_DEG = 50.0
FEET = ("ankle", "heel", "foot_index")
#: Plate radii from its centre within which a foot is not trusted.
BESIDE_PLATE = 1.6
#: Against the other side's share of readings of a joint that are seen.
HARDLY_SEEN = 0.25
#: Joints for which `plant_feet` and `bend_knee` put something better in place of a bad guess.
REPAIRED = (*FEET, "knee")


def facing(pose: Pose) -> int:
    """+1 where the lifter faces the image's right, -1 where he faces its left.

    Feet point forward and the nose is in front of the ears; each votes with its median length,
    so a front view, where all are short, still gets an answer (and a yaw that says so). Knees
    bend forward too, by little over a whole clip: they decide where feet and face say nothing.
    """
    votes = [
        pose.of(f"{side}_foot_index")[:, 0] - pose.of(f"{side}_heel")[:, 0]
        for side in ("left", "right")
    ]
    ears = (pose.of("left_ear")[:, 0] + pose.of("right_ear")[:, 0]) / 2
    votes.append(2 * (pose.of("nose")[:, 0] - ears))
    forward = sum(float(np.nanmedian(v)) for v in votes if np.isfinite(v).any())
    knees = [_knee_ahead_px(pose, side) for side in ("left", "right")]
    forward += sum(float(np.nanmean(v)) for v in knees if np.isfinite(v).any())
    return 1 if forward >= 0 else -1


def _knee_ahead_px(pose: Pose, side: str) -> Floats:
    """How far a knee is to the image's right of the line from hip to ankle; NaN if not seen."""
    hip, knee, ankle = (pose.of(f"{side}_{joint}")[:, 0] for joint in ("hip", "knee", "ankle"))
    columns = [LANDMARKS.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle")]
    seen = (pose.visibility[:, columns] >= MIN_VISIBILITY).all(axis=1)
    return np.where(seen, knee - (hip + ankle) / 2, np.nan)


def near_chain(pose: Pose, side: str) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Image pixels (T, 2) and visibility (T,) of the near side's `JOINTS`.

    A joint that is hardly ever seen on that side, but is on the other, is taken from there: from
    the front both are as near, and something may stand before one of them.
    """
    other = "left" if side == "right" else "right"
    xy, visibility = {}, {}
    for joint in JOINTS:
        near, far = (LANDMARKS.index(f"{which}_{joint}") for which in (side, other))
        near_seen, far_seen = (
            float((pose.visibility[:, column] >= MIN_VISIBILITY).mean()) for column in (near, far)
        )
        column = far if near_seen < HARDLY_SEEN * far_seen else near
        xy[joint] = pose.xy_px[:, column].copy()
        visibility[joint] = pose.visibility[:, column]
    return xy, visibility


def behind_plate(xy_px: Floats, bar: BarTrack, joint: str) -> Bools:
    """(T,) True where the plate covers a joint, or stands so near that the model only guesses.

    A point inside the plate's ellipse is a guess. A foot beside the plate is one too: behind a
    plate on the floor BlazePose puts the foot anywhere round its rim, with fair visibility.
    """
    reach = BESIDE_PLATE if joint in FEET else 1.0
    with np.errstate(invalid="ignore"):
        offset = (xy_px - bar.xy_px) / (np.stack([bar.width_px, bar.height_px], axis=1) / 2)
        inside: Bools = np.hypot(offset[:, 0], offset[:, 1]) < reach
    return inside


#: Of its usual length. A shank that leans 45 degrees toward a camera in front keeps 0.7.
WHOLE_SHANK = 0.6
#: Cosine of the most that a shank leans: whoever stands on his feet has the knees above them. In
#: the lowest start it leans 40 degrees.
STEEP_SHANK = 0.5
#: Good frames from which a limb's length is taken.
LENGTH_FRAMES = 30


def whole_shank(xy: Mapping[str, Floats], observed: Mapping[str, Bools]) -> Bools:
    """(T,) frames whose shank is not much shorter than it mostly is, and stands: else a guess.

    Behind a plate BlazePose may put the foot half-way up the shin or level with the knee, outside
    the disc and with fair visibility.
    """
    length = np.linalg.norm(xy["knee"] - xy["ankle"], axis=1)
    with np.errstate(invalid="ignore"):
        steep: Bools = xy["ankle"][:, 1] - xy["knee"][:, 1] >= STEEP_SHANK * length
    both = observed["knee"] & observed["ankle"] & steep
    if both.sum() < 5:
        return np.ones(len(length), bool)
    with np.errstate(invalid="ignore"):
        whole: Bools = steep & (length >= WHOLE_SHANK * np.percentile(length[both], 75))
    return whole


def plant_feet(xy: dict[str, Floats], observed: Mapping[str, Bools]) -> None:
    """Replace unobserved feet by the nearest observed position, in place.

    Feet stay planted from set-up to catch, so the last or next place where a foot was seen is a
    better estimate than a guess behind a plate.
    """
    for joint in FEET:
        seen = np.flatnonzero(observed[joint])
        if not len(seen):
            continue
        missing = np.flatnonzero(~observed[joint])
        right = np.clip(np.searchsorted(seen, missing), 0, len(seen) - 1)
        left = np.clip(right - 1, 0, len(seen) - 1)
        nearer = np.where(
            np.abs(seen[right] - missing) <= np.abs(missing - seen[left]), seen[right], seen[left]
        )
        filled = xy[joint].copy()
        # A short median around the frame it is taken from keeps one bad frame from spreading.
        for source in np.unique(nearer):
            around = seen[np.abs(seen - source) <= 5]
            filled[missing[nearer == source]] = np.median(xy[joint][around], axis=0)
        xy[joint] = filled


def bend_knee(xy: dict[str, Floats], observed: Mapping[str, Bools], forward: int) -> None:
    """Rebuild an unobserved knee from hip, ankle and constant limb lengths, in place.

    The knee lies where a circle of the thigh's length round the hip meets one of the shank's
    length round the ankle, on the side the lifter faces (`forward`: +1 = image right). Lengths
    are those of the nearest frames that show all three: what the model gets wrong about a body it
    gets wrong for a while. Near a straight leg a small error of length would swing the knee far
    out, and the model's own guess is the better one; so the two meet half-way.
    """
    good = observed["knee"] & observed["hip"] & observed["ankle"]
    missing = ~observed["knee"] & np.isfinite(xy["hip"]).all(1) & np.isfinite(xy["ankle"]).all(1)
    if good.sum() < 5 or not missing.any():
        return
    thigh = _nearest_median(np.linalg.norm(xy["hip"] - xy["knee"], axis=1), good)
    shank = _nearest_median(np.linalg.norm(xy["knee"] - xy["ankle"], axis=1), good)
    axis = xy["hip"] - xy["ankle"]
    length = np.maximum(np.linalg.norm(axis, axis=1), np.abs(thigh - shank) + 1e-6)
    reach = np.minimum(length, thigh + shank)
    along = (shank**2 - thigh**2 + reach**2) / (2 * reach)
    aside = np.sqrt(np.clip(shank**2 - along**2, 0, None))
    unit = axis / length[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1)
    normal *= np.where(np.sign(normal[:, :1]) == forward, 1, -1)
    rebuilt = xy["ankle"] + unit * along[:, None] + normal * aside[:, None]
    guess = np.where(np.isfinite(xy["knee"]), xy["knee"], rebuilt)
    xy["knee"] = np.where(missing[:, None], (guess + rebuilt) / 2, xy["knee"])


def _nearest_median(values: Floats, good: Bools) -> Floats:
    """(T,) for each frame the median of the `LENGTH_FRAMES` good values nearest to it in time."""
    known = np.flatnonzero(good)
    count = min(LENGTH_FRAMES, len(known))
    after = np.searchsorted(known, np.arange(len(values)))
    first = np.clip(after - count // 2, 0, len(known) - count)
    middles: Floats = np.median(values[known[first[:, None] + np.arange(count)]], axis=1)
    return middles


def angles(xy: Mapping[str, Floats], yaw_deg: float) -> dict[str, Floats]:
    """Joint angles and segment elevations, degrees, in the lifter's frame (`Motion.ANGLES`).

    Seen from the front a knee that moves sideways looks over-extended: beyond a yaw of
    `SIGNED_MAX_YAW_DEG` hip and knee fold back at 180 like the other included angles.
    """
    knee = turn(xy["knee"], xy["hip"], xy["ankle"])
    hip = turn(xy["hip"], xy["knee"], xy["shoulder"])
    if not yaw_deg <= SIGNED_MAX_YAW_DEG:
        knee, hip = _fold(knee), _fold(hip)
    return {
        "knee": knee,
        "hip": hip,
        "elbow": included(xy["shoulder"], xy["elbow"], xy["wrist"]),
        "ankle": included(xy["knee"], xy["ankle"], xy["foot_index"]),
        "trunk": elevation(xy["hip"], xy["shoulder"]),
        "thigh": _signed_elevation(xy["knee"], xy["hip"]),
        "shank": elevation(xy["ankle"], xy["knee"]),
        "upper_arm": _signed_elevation(xy["shoulder"], xy["elbow"]),
    }


def turn(joint: Floats, start: Floats, end: Floats) -> Floats:
    """(T,) angle at a joint from `start` counter-clockwise to `end`, 0..360 degrees.

    With the lifter facing +x it is measured on the side to which hip or knee bends, so 180 is
    straight and over-extension reads above 180 instead of folding back.
    """
    u, v = start - joint, end - joint
    angle: Floats = np.degrees(np.arctan2(v[:, 1], v[:, 0]) - np.arctan2(u[:, 1], u[:, 0])) % 360.0
    return angle


def included(a: Floats, b: Floats, c: Floats) -> Floats:
    """(T,) angle at b between a and c, degrees, 0..180."""
    return _fold(turn(b, a, c))


def _fold(angle_deg: Floats) -> Floats:
    """0..360 degrees as the smaller of the two angles that two segments make."""
    folded: Floats = np.where(angle_deg > 180.0, 360.0 - angle_deg, angle_deg)
    return folded


def elevation(low: Floats, high: Floats) -> Floats:
    """(T,) angle of low -> high above the forward horizontal, degrees (0..180 going up)."""
    d = high - low
    angle: Floats = np.degrees(np.arctan2(d[:, 1], d[:, 0]))
    return angle


def _signed_elevation(start: Floats, end: Floats) -> Floats:
    """(T,) elevation of start -> end above the horizontal, -90..90, whichever way it points."""
    d = end - start
    angle: Floats = np.degrees(np.arctan2(d[:, 1], np.abs(d[:, 0])))
    return angle


def stature_px(xy: Mapping[str, Floats], observed: Mapping[str, Bools]) -> float:
    """Standing height in pixels from shank, thigh and trunk; NaN where they were never seen.

    The 75th percentile of each length: a segment looks shorter, never longer, out of plane. A
    segment that was not observed is left out, unless none was: then guesses have to do.
    """
    lengths = {pair: np.linalg.norm(xy[pair[1]] - xy[pair[0]], axis=1) for pair in OF_STATURE}
    seen = {
        pair: observed[pair[0]] & observed[pair[1]] & np.isfinite(lengths[pair])
        for pair in OF_STATURE
    }
    known = [pair for pair in OF_STATURE if seen[pair].sum() >= LEAST_READINGS]
    if not known:
        seen = {pair: np.isfinite(lengths[pair]) for pair in OF_STATURE}
        known = [pair for pair in OF_STATURE if seen[pair].any()]
    if not known:
        return float("nan")
    total = sum(float(np.percentile(lengths[pair][seen[pair]], 75)) for pair in known)
    return total / sum(OF_STATURE[pair] for pair in known)
