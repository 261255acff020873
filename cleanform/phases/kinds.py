"""What kind of lift a rise of the bar belongs to, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.phases import ascents
from cleanform.phases.crossings import frames_between

if TYPE_CHECKING:
    from cleanform.model import Floats, Motion
    from cleanform.phases.ascents import Ascent, Bar

#: Heights of the bar over the hip joint, shares of stature. Hip to shoulder is 0.288 H (Winter
#: 2009): racked, the bar is 0.25-0.34 H above the hip, overhead 0.6 H. The hip is a better witness
#: than the shoulder, which the plate covers in the rack.
RACKED_H = 0.17
AT_SHOULDERS_H = -0.10  # over the shoulder joint
OVERHEAD_H = 0.46
FALLEN_H = -0.05
#: A bar that starts further above one of these joints than this is racked already: a jerk, a press
#: or a squat. A racked bar is a trunk's length (0.288 H) above the hip, less the lean, and at the
#: shoulder; a hanging one is below the hip and an arm (0.38 H) below the shoulder. Ear to shoulder
#: is 0.12 H.
AT_SHOULDERS_FROM_H = {"hip": 0.08, "shoulder": -0.10, "ear": -0.25}
#: Slower than this at its fastest, a bar that leaves the floor is not being cleaned: elite cleans
#: peak at 1.2-1.6 m/s, and the slowest plausible for any clip is 0.8 m/s.
MIN_CLEAN_PEAK_M_S = 0.75
#: Chest height of an upright lifter over the ankle: shoulder 0.818 H, hip 0.530 H, ankle 0.039 H
#: (Winter 2009), a third of the way up the trunk.
CHEST_H = 0.530 + (0.818 - 0.530) / 3 - 0.039
#: A bar that has come down from its apex by no more than this, shares of stature, and then rests is
#: held by something: a catch drops it by up to 0.1 (Winter's segments, thighs level: 0.12).
HELD_UP_H = 0.12
RESTING_M_S = 0.10
#: Where a rise starts is read over this long.
STARTS_WITHIN_S = 0.1
#: The rack is looked for this long after the bar's apex.
RECEIVED_WITHIN_S = 0.9


@dataclass(frozen=True)
class Kind:
    name: str  # "clean" (power or full, from floor or hang), "deadlift", "snatch", ...
    why: str  # one clause, for the refusal

    @property
    def is_clean(self) -> bool:
        return self.name == "clean"


def classify(motion: Motion, bar: Bar, ascent: Ascent) -> Kind:
    """Which lift a rise of the bar looks like, from where it starts, stops and settles."""
    stature = motion.stature_px
    over_hip = (bar.on_body_px - motion.joints_px["hip"])[:, 1] / stature
    if starts_at_shoulders(motion, bar, ascent):
        if not ascent.begins:
            return Kind("unknown", "it is not seen before it is at the shoulders")
        return Kind("jerk, press or squat", "the bar starts at the shoulders")
    peak_m_s = float(bar.speed_m_s[ascent.peak])
    after = frames_between(
        bar.times_s,
        bar.times_s[ascent.top] - 0.05,
        bar.times_s[ascent.top] + RECEIVED_WITHIN_S,
        ascent.segment,
    )
    settled = over_hip[after]
    settled = settled[np.isfinite(settled)]
    highest = highest_on_body_px(motion, bar, ascent) / stature
    if len(settled) == 0:
        return Kind("unknown", "the bar or the hips are not seen at the top")
    if float(np.percentile(settled, 75)) > OVERHEAD_H:
        return Kind("snatch", "the bar goes from the floor to overhead in one movement")
    if not ascent.ends and float(np.max(settled)) < RACKED_H:
        at_end = ascent.top >= ascent.segment.stop - 2
        ending = "the clip ends" if at_end else "it is lost from sight"
        return Kind("unknown", f"{ending} before the bar reaches the shoulders")
    racked = (
        float(np.max(settled)) > RACKED_H
        or _stays_at_shoulders(motion, bar, after)
        or (highest >= CHEST_H and _rests_high(bar, ascent, after))
    )
    if highest < CHEST_H or peak_m_s < MIN_CLEAN_PEAK_M_S:
        if racked and peak_m_s >= MIN_CLEAN_PEAK_M_S:
            return Kind("clean", "received on the shoulders")
        name = "deadlift" if peak_m_s < 1.1 else "clean pull"
        return Kind(name, f"the bar stops below the chest (fastest {peak_m_s:.1f} m/s, roughly)")
    if not racked:
        return Kind("high pull", "the bar never reaches the shoulders")
    if _falls_again(motion, over_hip, after):
        return Kind("missed clean or high pull", "the bar does not stay on the shoulders")
    return Kind("clean", "received on the shoulders")


def starts_at_shoulders(motion: Motion, bar: Bar, ascent: Ascent) -> bool:
    """Whether the bar is racked already when it begins to rise.

    Hips, shoulders and head are asked, those that are seen: a lifter at the bottom of a deep catch
    leans, which brings the bar nearer to the hips, and the plate may hide any of them.
    """
    first = frames_between(
        bar.times_s,
        bar.times_s[ascent.start],
        bar.times_s[ascent.start] + STARTS_WITHIN_S,
        slice(ascent.start, ascent.top + 1),
    )
    return any(
        over_h > AT_SHOULDERS_FROM_H[joint]
        for joint in AT_SHOULDERS_FROM_H
        if np.isfinite(over_h := _over(motion, bar, joint, first))
    )


def _over(motion: Motion, bar: Bar, joint: str, window: slice) -> float:
    """The bar's median height over a joint, shares of stature; NaN where that is not seen."""
    over = (bar.on_body_px[window] - motion.joints_px[joint][window])[:, 1] / motion.stature_px
    seen = np.isfinite(over) & (motion.visibility[joint][window] >= ascents.SEEN)
    return float(np.median(over[seen])) if seen.any() else float("nan")


def _stays_at_shoulders(motion: Motion, bar: Bar, after: slice) -> bool:
    """Whether the bar is near the shoulders at the end of the window, as no pull leaves it.

    The pose model may read the hips too high where the plate hides the head of a lifter who
    catches the bar on straight legs; and seen from the front the plate, nearer to the camera than
    the body, hangs lower in the picture than the hands that hold its bar.
    """
    shoulder = motion.joints_px["shoulder"]
    for held in (bar.on_body_px, ascents.hand_px(motion)):
        over = (held - shoulder)[after, 1] / motion.stature_px
        late = over[-max(1, len(over) // 3) :]
        if np.isfinite(late).any() and np.nanmedian(late) > AT_SHOULDERS_H:
            return True
    return False


def _rests_high(bar: Bar, ascent: Ascent, after: slice) -> bool:
    """Whether the bar, once at the chest, is still up there at the end of the window, and at rest.

    Arms cannot hold it there: a pull lets it fall. Told by the plate alone, whatever the model
    makes of a body of which the plate hides the upper half.
    """
    late = slice(after.stop - max(1, (after.stop - after.start) // 3), after.stop)
    seconds = bar.times_s[after.stop - 1] - bar.times_s[ascent.top]
    fallen_m = bar.height_m[ascent.top] - bar.height_m[late]
    speed_m_s = np.abs(bar.speed_m_s[late])
    if seconds < RECEIVED_WITHIN_S / 2 or not np.isfinite(fallen_m).all():
        return False
    return bool(fallen_m.max() <= HELD_UP_H * bar.stature_m and speed_m_s.max() <= RESTING_M_S)


def _falls_again(motion: Motion, over_hip: Floats, after: slice) -> bool:
    """Whether the bar is below the hips again at the end of the window, and the hands with it."""
    late = slice(after.stop - max(1, (after.stop - after.start) // 3), after.stop)
    low = over_hip[late]
    hand = (ascents.hand_px(motion) - motion.joints_px["shoulder"])[late, 1] / motion.stature_px
    if not np.isfinite(low).any() or np.nanmedian(low) > FALLEN_H:
        return False
    return not (np.isfinite(hand).any() and np.nanmedian(hand) > AT_SHOULDERS_H)


def highest_on_body_px(motion: Motion, bar: Bar, ascent: Ascent) -> float:
    """Highest place of the bar over the planted ankle, px in the body's plane."""
    ankle = _median(motion.joints_px["ankle"][:, 1], slice(ascent.start, ascent.top + 1))
    window = slice(ascent.start, ascent.top + 1)
    track = bar.on_body_px[window, 1]
    return float(np.nanmax(track) - ankle) if np.isfinite(track).any() else float("nan")


def _median(values: Floats, window: slice) -> float:
    part = values[window]
    part = part[np.isfinite(part)]
    return float(np.median(part)) if len(part) else float("nan")
