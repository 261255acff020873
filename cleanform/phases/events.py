"""The nine events of one clean, each found in its own window, never as a global extreme.

Definitions and windows are those of docs/method.md, section "Events".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

from cleanform.model import Event
from cleanform.phases.ascents import still_m_s
from cleanform.phases.crossings import (
    absent,
    crossings,
    event_at,
    first_crossing,
    frames_between,
    peak_time,
)

if TYPE_CHECKING:
    from cleanform.model import Floats, Motion
    from cleanform.phases.ascents import Ascent, Bar

LIFT_OFF_SPEED_M_S = 0.10
LIFT_OFF_HOLD_S = 0.05
NUDGE_M = 0.03
#: The filter spreads a sudden start over some 50 ms before it: slower than this, the bar still
#: stands.
LEAVING_SPEED_M_S = 0.06
#: A bar that is pulled evenly is led back to zero along its speed between 0.10 and this.
LED_BACK_FROM_M_S = 0.25
LED_BACK_S = 0.02
#: Hands rise before a loaded bar's plates do (arms stretch and the bar bends first), and in drawn
#: turnovers half of them were highest more than two frames before the bar was.
HANDS_CONFIDENCE = 0.5
HANDS_LATE_S = 0.4
#: A bar bends in proportion to its load (Chiu 2010, J Strength Cond Res 24(9):2390-2399), and hands
#: that rise by more than this have its plates with them.
MOST_BEND_M = 0.05
#: Hands and shoulders that both slow down by this share, and by so many sigma, have met the load.
SLOWED_SHARE, SLOWED_SIGMAS = 0.2, 1.5
#: A set-up is read this long before the bar moves, in the lifter's last still posture.
SETUP_BEFORE_S = 0.02
STILL_SPEED_M_S = 0.05
#: The bar's picture runs from the near plate (0.70 m off the lifter's middle) through the near hand
#: (0.30 m) on to where the near leg is (0.17 m), at 3 to 6 m by so much of that way again. A phone
#: that looks down on the bar shows it the higher there.
LEG_BEYOND_HAND = 0.28
#: From the wrist and from the shoulder to the bar in a closed hand, of stature (half of a hand of
#: 0.108 H, forearm 0.146 H, upper arm 0.186 H; Winter 2009).
HAND_H, ARM_H = 0.05, 0.05 + 0.146 + 0.186
RACK_WITHIN_H = 0.09
RACK_RELATIVE_SPEED_H_S = 0.06
#: Bar to shoulder while the bar is braked; the landmark is often a guess behind the plate.
BRAKED_WITHIN_H = 0.15
#: A bar that has come up again by this much has been at its lowest.
BAR_REBOUND_M = 0.01
CATCH_WITHIN_S = 0.9
#: Sinking less than this (3 mm) is staying down.
SETTLED_H = 0.0017
#: A fall after the apex, its end, and for how long it must have ended.
FALLING_M_S, FALL_ENDED_M_S, FALL_ENDED_FOR_S = 0.15, 0.05, 0.2


def lift_off(motion: Motion, bar: Bar, ascent: Ascent) -> Event:
    """First instant of the rise: walked back from 0.10 m/s, held 50 ms, to where it leaves zero."""
    if not ascent.begins:
        first = ascent.start <= ascent.segment.start + 1
        return absent(
            "the bar is already moving when the clip begins"
            if first
            else "the bar is not seen before it moves"
        )
    t = bar.times_s
    speed, rising = _what_leaves(motion, bar, ascent)
    held = [
        time_s
        for time_s in crossings(t, speed, LIFT_OFF_SPEED_M_S, rising)
        if _stays_above(t, speed, LIFT_OFF_SPEED_M_S, time_s)
    ]
    if not held:
        return event_at(t, t[ascent.start], 0.4, "bar stops rising backward in time")
    # A bar that is nudged or rolled before the lift starts from the floor once more.
    height = np.interp(held, t, bar.height_m) - bar.height_m[ascent.start]
    first_s = [time_s for time_s, rise in zip(held, height, strict=True) if rise < NUDGE_M][-1:]
    leaving_s = first_s[0] if first_s else held[0]
    until = slice(rising.start, int(np.searchsorted(t, leaving_s)) + 1)
    slow = crossings(t, speed, max(LEAVING_SPEED_M_S, still_m_s(bar)), until)
    time_s = slow[-1] if slow else leaving_s
    confidence = 0.9 if slow and leaving_s - time_s < 0.25 else 0.6
    if bar.by_hands:
        confidence = min(confidence, HANDS_CONFIDENCE)
        borne_s = _load_borne_s(motion, bar, time_s, ascent) if bar.is_steady else None
        if borne_s is not None:
            return event_at(t, borne_s, confidence, "hands and shoulders have taken up the load")
    time_s = _led_back(t, speed, leaving_s, time_s, rising)
    return event_at(t, time_s, confidence, "bar speed leaves zero")


def _what_leaves(motion: Motion, bar: Bar, ascent: Ascent) -> tuple[Floats, slice]:
    """The speed (T,) in which lift-off is looked for, and the frames: the bar's, in its rise.

    Where it is not steady, that of the shoulders, from which straight arms hang: hands
    that jump may seem to rise late.
    """
    stop = ascent.peak + 1
    if bar.is_steady:
        return bar.speed_m_s, slice(ascent.start, stop)
    late_s = bar.times_s[ascent.start]
    before = frames_between(bar.times_s, late_s - HANDS_LATE_S, late_s, ascent.segment)
    return _shoulders_m_s(motion, bar), slice(before.start, stop)


def _shoulders_m_s(motion: Motion, bar: Bar) -> Floats:
    scale = bar.stature_m / motion.stature_px
    return np.asarray(np.gradient(motion.joints_px["shoulder"][:, 1] * scale, bar.times_s))


def _load_borne_s(motion: Motion, bar: Bar, leaving_s: float, ascent: Ascent) -> float | None:
    """When hands that bent the bar since `leaving_s` have its weight, and the plates follow.

    Until then the body moves against a spring, which stops it more and more; from there on it
    takes bar and all along. So hands and shoulders, which straight arms join, rise in a bump
    first. None where there is no such bump: a light bar hardly bends.
    """
    t = bar.times_s
    both_m_s = (bar.speed_m_s + _shoulders_m_s(motion, bar)) / 2
    first = int(np.searchsorted(t, leaving_s))
    risen = bar.height_m[first : ascent.peak] - bar.height_m[first] > MOST_BEND_M
    if not risen.any():
        return None
    lows, _ = find_peaks(-both_m_s[first : first + int(np.argmax(risen)) + 1])
    for low in first + lows:
        if all(_has_slowed(speed[first : low + 1], bar) for speed in (both_m_s, bar.speed_m_s)):
            return peak_time(t, both_m_s, int(low))
    return None


def _has_slowed(speed_m_s: Floats, bar: Bar) -> bool:
    """Whether the last of these speeds is less than the fastest by more than their noise."""
    fastest = float(np.max(speed_m_s))
    slower = max(SLOWED_SHARE * fastest, SLOWED_SIGMAS * bar.speed_sigma_m_s)
    return fastest - float(speed_m_s[-1]) >= slower


def _led_back(
    times_s: Floats, speed_m_s: Floats, leaving_s: float, slow_s: float, rising: slice
) -> float:
    """Where the first rise of speed, led back as a straight line, has its zero.

    Never later than `slow_s`, at which the bar demonstrably moves, nor long before it.
    """
    faster_s = first_crossing(times_s, speed_m_s, LED_BACK_FROM_M_S, rising)
    if faster_s is None or faster_s <= leaving_s:
        return slow_s
    share = LIFT_OFF_SPEED_M_S / (LED_BACK_FROM_M_S - LIFT_OFF_SPEED_M_S)
    zero_s = leaving_s - (faster_s - leaving_s) * share
    return float(np.clip(zero_s, slow_s - LED_BACK_S, slow_s))


def _stays_above(times_s: Floats, values: Floats, level: float, start_s: float) -> bool:
    """Whether `values` stays above `level` for `LIFT_OFF_HOLD_S` from a crossing on."""
    after = (times_s > start_s) & (times_s <= start_s + LIFT_OFF_HOLD_S)
    return bool(np.all(values[after] >= level))


def setup(motion: Motion, bar: Bar, ascent: Ascent, off: Event) -> Event:
    """The last still posture before lift-off."""
    if off.time_s is None:
        return absent(off.reason)
    t = bar.times_s
    before = frames_between(t, t[0], off.time_s - SETUP_BEFORE_S, ascent.segment)
    still = np.flatnonzero(np.abs(bar.speed_m_s[before]) < max(STILL_SPEED_M_S, still_m_s(bar)))
    if not len(still):
        return absent("the lift starts without a moment of stillness in the clip")
    return event_at(t, t[before.start + int(still[-1])], 0.8, "last still frame before lift-off")


def knee_pass(motion: Motion, bar: Bar, ascent: Ascent, extension: Event) -> Event:
    """The bar rises past the knee joint."""
    above = _beside_leg_px(motion, bar, ascent) - motion.joints_px["knee"][:, 1]
    stop = ascent.peak if extension.frame is None else extension.frame
    window = slice(ascent.start, stop + 1)
    time_s = first_crossing(bar.times_s, above, 0.0, window)
    if time_s is not None:
        sure = np.isfinite(motion.bar_body_px[ascent.peak]).all()
        return event_at(bar.times_s, time_s, 0.9 if sure else 0.7, "bar rises past the knee")
    if above[window.start] >= 0:
        return absent("the bar starts above the knee")
    return absent("knee or bar is not seen while the bar passes")


def _beside_leg_px(motion: Motion, bar: Bar, ascent: Ascent) -> Floats:
    """(T,) the bar's height where the near leg is; where only the hands show it, theirs."""
    at_hand = bar.on_body_px[:, 1]
    if bar.by_hands:
        return at_hand
    at_hand = at_hand + _grip_is_lower_px(motion, slice(ascent.start, ascent.peak + 1))
    beyond = LEG_BEYOND_HAND * (at_hand - motion.bar_px[:, 1])
    return np.asarray(at_hand + np.where(np.isfinite(beyond), beyond, 0.0))


def _grip_is_lower_px(motion: Motion, pull: slice) -> float:
    """By how much the bar is off the grip that was seen, where the plate hides the hand.

    Fingers behind the plate are put where the wrist is, and the wrist too high. A closed hand goes
    on from the forearm, and a straight arm has its length: amid the two. Counted as far as the
    hand was hidden, wholly from half of the pull on.
    """
    hidden = motion.hidden["wrist"][pull]
    shoulder, elbow, wrist = (
        motion.joints_px[name][pull] for name in ("shoulder", "elbow", "wrist")
    )
    on_px = HAND_H * motion.stature_px * _towards(elbow, wrist)
    arm_px = ARM_H * motion.stature_px * _towards(shoulder, wrist)
    held = (wrist + on_px + shoulder + arm_px) / 2
    off = (held - motion.grip_px[pull])[hidden, 1]
    off = off[np.isfinite(off)]
    return min(1.0, 2 * float(hidden.mean())) * float(np.median(off)) if len(off) else 0.0


def _towards(start: Floats, end: Floats) -> Floats:
    """(T, 2) of length 1."""
    with np.errstate(invalid="ignore", divide="ignore"):
        way: Floats = (end - start) / np.linalg.norm(end - start, axis=1, keepdims=True)
    return way


def power_position(
    motion: Motion, bar: Bar, ascent: Ascent, knee: Event, extension: Event
) -> Event:
    """Start of the second pull: knees furthest re-bent, else the bar at mid-thigh."""
    if extension.frame is None:
        return absent("no full extension")
    t = bar.times_s
    start = knee.frame if knee.frame is not None else ascent.start
    window = slice(start, extension.frame + 1)
    if knee.frame is not None and window.stop - window.start >= 4:
        angle = motion.angles_deg["knee"][window]
        prominence = max(8.0, 1.5 * motion.angle_sigma_deg["knee"])
        dips, _ = find_peaks(-np.nan_to_num(angle, nan=180.0), prominence=prominence)
        if len(dips):
            dip = window.start + int(dips[-1])
            dip_s = peak_time(t, motion.angles_deg["knee"], dip)
            return event_at(t, dip_s, 0.9, "knees furthest re-bent")
    thigh = 0.5 * (motion.joints_px["knee"] + motion.joints_px["hip"])[:, 1]
    time_s = first_crossing(t, _beside_leg_px(motion, bar, ascent) - thigh, 0.0, window)
    if time_s is None:
        return absent("the bar is not seen to pass the middle of the thigh")
    return event_at(t, time_s, 0.7, "bar at mid-thigh (no visible second knee bend)")


def bar_apex(bar: Bar, ascent: Ascent) -> Event:
    """First instant at which the bar no longer rises."""
    if not ascent.ends:
        last = ascent.top >= ascent.segment.stop - 2
        return absent(
            "the clip ends while the bar is still rising"
            if last
            else "the bar is lost from sight while it rises"
        )
    t, speed, top = bar.times_s, bar.speed_m_s, ascent.top
    before, after = speed[top - 1], speed[top]
    share = before / (before - after) if before > 0 >= after else 1.0
    time_s = t[top - 1] + share * (t[top] - t[top - 1])
    confidence = HANDS_CONFIDENCE if bar.by_hands else 0.9
    return event_at(t, float(time_s), confidence, "bar's vertical speed falls to zero")


def rack(motion: Motion, bar: Bar, ascent: Ascent, apex: Event) -> Event:
    """The bar meets the shoulders: from there on they brake its fall.

    Where no fall is seen, it is the moment from which the bar is near them and moves with them.
    """
    if apex.time_s is None:
        return absent(apex.reason)
    t, stature = bar.times_s, motion.stature_px
    gap = (bar.on_body_px - motion.joints_px["shoulder"])[:, 1] / stature
    window = frames_between(t, apex.time_s, apex.time_s + CATCH_WITHIN_S, ascent.segment)
    low = _first_low(t, bar.height_m, window, BAR_REBOUND_M)
    if low is not None and low > window.start + 1:
        fastest = window.start + int(np.argmin(bar.speed_m_s[window.start : low]))
        if np.isnan(gap[fastest]) or abs(gap[fastest]) < BRAKED_WITHIN_H:
            braked_s = peak_time(t, bar.speed_m_s, fastest)
            confidence = HANDS_CONFIDENCE if bar.by_hands else 0.9
            return event_at(t, braked_s, confidence, "the bar's fall is braked at the shoulders")
    window = frames_between(t, apex.time_s - 0.10, apex.time_s + 0.6, ascent.segment)
    closing = np.gradient(gap, t)
    met = (np.abs(gap[window]) < RACK_WITHIN_H) & (
        np.abs(closing[window]) < RACK_RELATIVE_SPEED_H_S
    )
    if met.any():
        frame = window.start + int(np.argmax(met))
        return event_at(t, float(t[frame]), 0.6, "bar at the shoulders and moving with them")
    return absent("the bar is not seen to settle on the shoulders")


def catch_lowest(motion: Motion, bar: Bar, ascent: Ascent, apex: Event) -> Event:
    """Lowest point of hips and bar in the receiving position.

    The bar rests on the shoulders there and its track is the steadier of the two. A bar caught on
    straight legs hardly lowers the hips and does not come up again: then the end of its fall.
    """
    if apex.time_s is None:
        return absent(apex.reason)
    t = bar.times_s
    window = frames_between(t, apex.time_s, apex.time_s + CATCH_WITHIN_S, ascent.segment)
    hip = motion.joints_px["hip"][:, 1]
    low = _first_low(t, hip, window, 0.01 * motion.stature_px)
    bar_low = _first_low(t, bar.height_m, window, BAR_REBOUND_M)
    if low is None and bar_low is None:
        settled = _end_of_fall(t, bar.speed_m_s, window)
        if settled is not None:
            return event_at(t, settled, 0.5, "the bar's fall ends; the hips hardly sink")
        at_end = window.stop >= ascent.segment.stop
        ending = "the clip ends before the lowest point of the catch"
        return absent(ending if at_end else "no lowest point of the catch is seen")
    if bar_low is None or low is None:
        values, lowest, depth = (
            (hip, low, SETTLED_H * motion.stature_px)
            if bar_low is None
            else (bar.height_m, bar_low, SETTLED_H * bar.stature_m)
        )
        assert lowest is not None
        name = "hips" if bar_low is None else "bar"
        time_s = _settling_time(t, values, lowest, depth)
        return event_at(t, time_s, 0.6, f"{name} lowest after the apex")
    hip_s = _settling_time(t, hip, low, SETTLED_H * motion.stature_px)
    bar_s = _settling_time(t, bar.height_m, bar_low, SETTLED_H * bar.stature_m)
    agree = abs(bar_s - hip_s) <= 0.12
    if motion.bar_source == "plate":
        return event_at(t, bar_s, 0.9 if agree else 0.7, "bar lowest after the apex")
    if agree:
        return event_at(t, (hip_s + bar_s) / 2, 0.8, "hips and hands lowest after the apex")
    return event_at(t, hip_s, 0.4, "hips lowest after the apex")


def _end_of_fall(times_s: Floats, speed_m_s: Floats, window: slice) -> float | None:
    """When the bar's fall after its apex has ended for good; None where it falls on or is lost."""
    speed = speed_m_s[window]
    if not np.isfinite(speed).all() or not len(speed) or float(np.min(speed)) > -FALLING_M_S:
        return None
    falling = np.flatnonzero(speed < -FALL_ENDED_M_S)
    end = window.start + int(falling[-1]) + 1
    if end >= window.stop or times_s[window.stop - 1] - times_s[end] < FALL_ENDED_FOR_S:
        return None
    return float(times_s[end])


def _settling_time(times_s: Floats, values: Floats, low: int, depth: float) -> float:
    """When a fall ends that may stay down: amid the first sample as good as the lowest and it."""
    start = low
    while start > 0 and values[start - 1] <= values[low] + depth:
        start -= 1
    return 0.5 * (float(times_s[start]) + peak_time(times_s, values, low))


def _first_low(times_s: Floats, values: Floats, window: slice, depth: float) -> int | None:
    """First local minimum in the window that is left again by `depth`; None where there is none."""
    part = values[window]
    if not np.isfinite(part).all() or len(part) < 4:
        part = np.where(np.isfinite(part), part, np.inf)
    lowest = 0
    for i in range(1, len(part)):
        if part[i] < part[lowest]:
            lowest = i
        elif part[i] > part[lowest] + depth and lowest > 0:
            return int(window.start) + lowest
    return None
