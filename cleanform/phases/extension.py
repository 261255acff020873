"""When the pull ends: hips, shoulders and head stop rising, the joints are straight.

Each witness gives an instant of its own; they are weighed by how well each is known to tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.phases.crossings import (
    absent,
    confidence_of,
    event_at,
    first_crossing,
    frames_between,
    peak_time,
)

if TYPE_CHECKING:
    from cleanform.model import Event, Floats, Motion
    from cleanform.phases.ascents import Ascent, Bar

#: Full extension is looked for this long before and after the bar's peak speed. Under the bar the
#: lifter falls: from 0.2 s on he is well below where he was.
WINDOW_S = (-0.10, 0.20)
#: The filter rounds the corner at which a body stops rising: a track peaks some 30 ms after the
#: corner, and is this much below its peak, as a share of stature, at the corner itself.
RISEN_WITHIN_H = 0.004
#: The same of the sum of knee and hip, degrees.
STRAIGHT_WITHIN_DEG = 3.0
#: One standard deviation of each witness on lifts of known truth, seconds. Heights tell the same
#: from every side; the joints' angles only from beside the lifter.
HEIGHT_SIGMA_S = {"ear": 0.016, "shoulder": 0.030, "hip": 0.025}
ANGLES_SIGMA_S, ANGLES_MAX_YAW_DEG = 0.025, 30.0
#: A joint that the plate hides for part of the time is a guess for that part.
HIDDEN_TIMES_SIGMA = 3.0
#: The bar is fastest shortly before: the last push of the legs raises the body more than the bar.
AFTER_PEAK_SPEED_S, PEAK_SPEED_SIGMA_S = 0.02, 0.022
#: Hands that stand for the bar go on rising as they turn, and may be fastest so long after it.
HANDS_OFF_S = 0.3
#: A witness further from the middle of all than this many of its own sigma is not heard.
HEARD_WITHIN_SIGMA = 2.5


@dataclass(frozen=True)
class Witness:
    """What one signal says of the end of the pull."""

    name: str
    time_s: float
    sigma_s: float


def full_extension(motion: Motion, bar: Bar, ascent: Ascent) -> Event:
    """The end of the triple extension, from every signal that shows it."""
    t = bar.times_s
    slowing = not ascent.begins and ascent.peak <= ascent.start + 1
    if slowing and ascent.start <= ascent.segment.start + 1:
        return absent("the pull is over when the clip begins")
    peak_s = peak_time(t, bar.speed_m_s, ascent.peak)
    body = _of_body(motion, t, peak_s, ascent) if bar.is_steady else []
    speed = [Witness("bar's peak speed", peak_s + AFTER_PEAK_SPEED_S, PEAK_SPEED_SIGMA_S)]
    if not body and bar.by_hands:
        body, speed = _of_body(motion, t, _up_s(motion, t, peak_s, ascent), ascent), []
    if not body:
        return event_at(t, peak_s, 0.4, "bar's peak speed (the body is not seen)")
    # a bar that slows down from where it comes into sight may have been fastest before
    time_s, sigma_s, heard = _weighed(body if slowing else [*body, *speed])
    return event_at(t, time_s, confidence_of(sigma_s), f"end of {', '.join(heard)}")


def _of_body(motion: Motion, times_s: Floats, peak_s: float, ascent: Ascent) -> list[Witness]:
    early, late = WINDOW_S
    window = frames_between(times_s, peak_s + early, peak_s + late, ascent.segment)
    return [*_heights(motion, times_s, window), *_angles(motion, times_s, window)]


def _up_s(motion: Motion, times_s: Floats, peak_s: float, ascent: Ascent) -> float:
    """When the shoulders are highest about the fastest moment of the hands; else that moment."""
    window = frames_between(times_s, peak_s - HANDS_OFF_S, peak_s + HANDS_OFF_S, ascent.segment)
    height = motion.joints_px["shoulder"][window, 1]
    if not np.isfinite(height).any():
        return peak_s
    return float(times_s[window.start + int(np.nanargmax(height))])


def _heights(motion: Motion, times_s: Floats, window: slice) -> list[Witness]:
    """Hips, shoulders and head: each within a hair of the highest that it gets."""
    found = []
    for joint, sigma_s in HEIGHT_SIGMA_S.items():
        height = motion.joints_px[joint][:, 1]
        time_s = _reached(times_s, height, window, RISEN_WITHIN_H * motion.stature_px)
        if time_s is not None:
            worse = HIDDEN_TIMES_SIGMA if motion.hidden[joint][window].any() else 1.0
            found.append(Witness(f"{joint} rise", time_s, worse * sigma_s))
    return found


def _angles(motion: Motion, times_s: Floats, window: slice) -> list[Witness]:
    """Knee and hip together, seen from beside the lifter.

    A hip past straight adds nothing: a lifter who leans back goes on opening the hip while the
    knees already bend again, and the pull is over by then.
    """
    if not motion.view.yaw_deg <= ANGLES_MAX_YAW_DEG:
        return []
    straight = motion.angles_deg["knee"] + np.minimum(motion.angles_deg["hip"], 180.0)
    time_s = _reached(times_s, straight, window, STRAIGHT_WITHIN_DEG)
    if time_s is None:
        return []
    unseen = any(motion.hidden[joint][window].any() for joint in ("hip", "knee"))
    worse = HIDDEN_TIMES_SIGMA if unseen else 1.0
    return [Witness("knee and hip opening", time_s, worse * ANGLES_SIGMA_S)]


def _reached(times_s: Floats, values: Floats, window: slice, within: float) -> float | None:
    """When `values` first come `within` of the highest that they reach in the window."""
    part = values[window]
    if np.isfinite(part).sum() < 3:
        return None
    best = window.start + int(np.nanargmax(part))
    return first_crossing(
        times_s, values, float(values[best]) - within, slice(window.start, best + 1)
    )


def _weighed(witnesses: list[Witness]) -> tuple[float, float, list[str]]:
    """Time, one sigma of it, and the names of those that were heard, the surest first."""
    times = np.array([each.time_s for each in witnesses])
    sigmas = np.array([each.sigma_s for each in witnesses])
    middle = _weighted_median(times, 1 / sigmas**2)
    heard = np.abs(times - middle) <= HEARD_WITHIN_SIGMA * sigmas
    weight = np.where(heard, 1 / sigmas**2, 0.0)
    time_s = float((weight * times).sum() / weight.sum())
    spread = float((weight * (times - time_s) ** 2).sum() / weight.sum())
    sigma_s = float(np.sqrt(1 / weight.sum() + spread))
    surest = sorted(
        (each for each, use in zip(witnesses, heard, strict=True) if use), key=lambda w: w.sigma_s
    )
    return time_s, sigma_s, [each.name for each in surest[:3]]


def _weighted_median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(values[order][np.searchsorted(share, 0.5)])
