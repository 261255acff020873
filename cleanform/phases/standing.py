"""When the lifter has stood up with the bar: the rise out of the catch is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.phases.crossings import absent, confidence_of, event_at, frames_between

if TYPE_CHECKING:
    from cleanform.model import Bools, Event, Floats, Ints, Motion
    from cleanform.phases.ascents import Ascent, Bar

LOOK_S = 4.0
#: Angles of one stand spread by this; their middle is how straight it is.
STANDING_SPREAD_DEG = 12.0
#: Hips and knees must come this near to their stand: degrees, or this share of the way from the
#: catch. The bar at rest says more exactly when it is over than joints behind the plate do; the
#: angles tell that rest from one in the catch.
WITHIN_DEG, OF_THE_WAY = 10.0, 0.3
#: The height of a stand: a percentile, so that a joint that jumps behind the plate raises nothing.
TOP_PERCENTILE = 85
#: Less straight at best than this, nobody stood.
LEAST_STRAIGHT_DEG = 140.0
#: Slower than this, what rises has risen. Speeds are taken over `SPEED_OVER_S`: standing up is slow
#: enough for it, and it halves the noise of a plate's track.
AT_REST_M_S = 0.075
SPEED_OVER_S = 0.12
RISING = ("ear", "shoulder", "hip")
HOLD_S = 0.25
#: A bar this far below its lowest in the catch has left the shoulders, unless the hand is still
#: there: then the plate's track has.
LEFT_M, HAND_AT_SHOULDER_H = 0.08, 0.20
#: One sigma by the plate, by the joints, and where the stand is not seen for long.
PLATE_SIGMA_S, JOINTS_SIGMA_S, PASSING_SIGMA_S = 0.040, 0.057, 0.08


def stood_up(motion: Motion, bar: Bar, ascent: Ascent, catch: Event) -> Event:
    """Knees and hips back at their standing angle, and bar and body have stopped rising."""
    if catch.frame is None:
        return absent(catch.reason)
    t = bar.times_s
    window = frames_between(t, t[catch.frame], t[catch.frame] + LOOK_S, ascent.segment)
    left, lost = _bar_is_low(motion, bar, window)
    window = slice(window.start, window.start + int(np.argmax(left)) if left.any() else window.stop)
    straight = np.minimum(motion.angles_deg["knee"], motion.angles_deg["hip"])[window]
    if not np.isfinite(straight).any():
        return absent("knees or hips are not seen after the catch")
    best = float(np.median(straight[straight >= np.nanmax(straight) - STANDING_SPREAD_DEG]))
    caught = float(straight[np.isfinite(straight)][0])
    opened = straight >= best - max(WITHIN_DEG, OF_THE_WAY * (best - caught))
    by_bar = motion.bar_source == "plate" and not lost.any()
    speed = _rise_m_s(motion, bar, by_bar)[window]
    rises = speed > AT_REST_M_S
    rose = np.maximum.accumulate(rises) | ~rises.any()
    up = opened & (np.abs(speed) <= AT_REST_M_S) & rose & _is_up(motion, window)
    frames = np.flatnonzero(up)
    if not len(frames) or _straightest_deg(motion, window, frames, best) < LEAST_STRAIGHT_DEG:
        return absent(
            "the clip ends while the lifter is still rising"
            if window.stop >= ascent.segment.stop and rises.any() and not up[-1:].any()
            else "the lifter is not seen standing up with the bar"
        )
    first = int(frames[0])
    time_s = _slows_s(t[window], speed, first)
    held = t[window][_last_of_run(up, first)] - t[window][first] >= HOLD_S
    sigma_s = PASSING_SIGMA_S if not held else PLATE_SIGMA_S if by_bar else JOINTS_SIGMA_S
    return event_at(t, time_s, confidence_of(sigma_s), "knees and hips straight, bar at rest")


def _straightest_deg(motion: Motion, window: slice, frames: Ints, best_deg: float) -> float:
    """How straight the lifter got; by the knees alone where the plate mostly hides the hips."""
    up = frames + window.start
    if np.mean(motion.hidden["hip"][up]) <= 0.5:
        return best_deg
    return float(np.nanmedian(motion.angles_deg["knee"][up]))


def _is_up(motion: Motion, window: slice) -> Bools:
    """Frames of the window in which head, shoulders and hips have most of their rise behind them.

    From the front legs look straight early, and only the heights tell.
    """
    body = np.mean([motion.joints_px[joint][window, 1] for joint in RISING], axis=0)
    known = body[np.isfinite(body)]
    if not len(known):
        return np.ones(len(body), bool)
    top = np.percentile(known, TOP_PERCENTILE)
    with np.errstate(invalid="ignore"):
        risen: Bools = np.isnan(body) | (body >= top - OF_THE_WAY * max(0.0, top - known[0]))
    return risen


def _bar_is_low(motion: Motion, bar: Bar, window: slice) -> tuple[Bools, Bools]:
    """Frames of the window in which the bar has left the shoulders, and in which its track has.

    Both are well below the catch; the hand that is still at the shoulder tells one from the other.
    """
    height = bar.height_m[window]
    under = (motion.joints_px["shoulder"] - motion.grip_px)[window, 1] / motion.stature_px
    with np.errstate(invalid="ignore"):
        low = height < height[0] - LEFT_M
        held = under < HAND_AT_SHOULDER_H
    return low & ~held, low & held


def _rise_m_s(motion: Motion, bar: Bar, by_bar: bool) -> Floats:
    """(T,) how fast the lifter rises: the plate on his shoulders, else the middle of his joints.

    Behind the plate a joint wanders, so the plate is the better witness by far.
    """
    t = bar.times_s
    scale = bar.stature_m / motion.stature_px
    told = np.array([_speed_m_s(t, motion.joints_px[joint][:, 1] * scale) for joint in RISING])
    seen = np.isfinite(told).any(axis=0)
    rise = np.full(len(t), np.nan)
    rise[seen] = np.nanmedian(told[:, seen], axis=0)
    if by_bar:
        plate = _speed_m_s(t, bar.height_m)
        rise = np.where(np.isfinite(plate), plate, rise)
    return rise


def _speed_m_s(times_s: Floats, height_m: Floats) -> Floats:
    """(T,) mean speed over `SPEED_OVER_S` around each frame; NaN where the track is."""
    known = np.isfinite(height_m)
    if known.sum() < 2:
        return np.full_like(height_m, np.nan)
    ahead, behind = (
        np.clip(times_s + half, times_s[known][0], times_s[known][-1])
        for half in (SPEED_OVER_S / 2, -SPEED_OVER_S / 2)
    )
    risen = np.interp(ahead, times_s[known], height_m[known]) - np.interp(
        behind, times_s[known], height_m[known]
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, risen / (ahead - behind), np.nan)


def _slows_s(times_s: Floats, speed_m_s: Floats, first: int) -> float:
    """When the speed fell to rest, between the frame before the first at rest and that one."""
    if first == 0 or not speed_m_s[first - 1] > AT_REST_M_S:
        return float(times_s[first])
    before, after = speed_m_s[first - 1], speed_m_s[first]
    share = (before - AT_REST_M_S) / (before - after)
    return float(times_s[first - 1] + share * (times_s[first] - times_s[first - 1]))


def _last_of_run(flags: Bools, first: int) -> int:
    last = first
    while last + 1 < len(flags) and flags[last + 1]:
        last += 1
    return last
