"""Where the bar goes up fast: the candidates for a lift, before anybody says which lift."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicSpline

from cleanform.phases.crossings import runs

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats, Motion

#: A smaller rise is a re-grip or a wobble.
MIN_RISE_M = 0.20
#: The bar turns only where it comes back by more than this.
TURN_M = 0.05
#: A standstill this long ends a rise.
PAUSE_S = 0.35
#: A hand that is less visible than this does not stand in for the plate.
SEEN = 0.3
#: From the middle of wrist and knuckle, where hands that stand for the bar are followed, to the bar
#: in their grip: this share of the way from wrist to grip.
GRIP_BEYOND_HAND = 0.6
#: Hands whose speed is known less well than this are guesses of the pose model, behind a plate say.
STEADY_HANDS_M_S = 0.05
#: A bar that neither plate nor hands show for no longer than this is taken to move on smoothly.
BRIDGE_S = 0.25


@dataclass(frozen=True, eq=False)
class Bar:
    """The bar as the event logic needs it: rough metres, always there, never printed."""

    times_s: Floats  # (T,)
    height_m: Floats  # (T,) of its own plane, arbitrary zero
    speed_m_s: Floats  # (T,) vertical, up positive
    acceleration_m_s2: Floats  # (T,) vertical
    on_body_px: Floats  # (T, 2) the bar among the joints, lifter's frame
    speed_sigma_m_s: float
    stature_m: float  # of the lifter, on the same rough scale
    by_hands: bool = False  # no plate was followed
    is_steady: bool = True  # False: by hands that jump


@dataclass(frozen=True)
class Ascent:
    """One uninterrupted rise of the bar; frame numbers."""

    segment: slice  # stretch between camera cuts that holds it
    start: int  # last frame before the rise in which the bar did not go up
    peak: int  # fastest
    top: int  # first frame after the peak in which it no longer rises
    begins: bool  # False: the bar was already rising when the clip or the segment began
    ends: bool  # False: it was still rising when it ended


def bar_of(motion: Motion) -> Bar:
    """The bar's height and speed in rough metres, and its place among the joints.

    Where the plate is lost, the near hand's grip stands in.
    """
    scale = motion.scale.working_m_per_px
    bar_px, speed_px_s, acceleration_px_s2 = _with_hands(motion)
    working_px = bar_px if motion.bar_source == "hands" else motion.bar_working_px
    on_body = np.where(np.isfinite(working_px), working_px, hand_px(motion))
    return Bar(
        times_s=motion.times_s,
        height_m=bar_px[:, 1] * scale,
        speed_m_s=speed_px_s[:, 1] * scale,
        acceleration_m_s2=acceleration_px_s2[:, 1] * scale,
        on_body_px=on_body,
        speed_sigma_m_s=motion.bar_speed_sigma_px_s * scale,
        stature_m=motion.stature_px * scale,
        by_hands=motion.bar_source != "plate",
        is_steady=motion.bar_source == "plate"
        or not motion.bar_speed_sigma_px_s * scale > STEADY_HANDS_M_S,
    )


def hand_px(motion: Motion) -> Floats:
    """(T, 2) the near hand's grip where that hand is seen."""
    seen = motion.visibility["wrist"] >= SEEN
    return np.where(seen[:, None], motion.grip_px, np.nan)


def _with_hands(motion: Motion) -> tuple[Floats, Floats, Floats]:
    """Bar position, velocity and acceleration (T, 2), the hands filling in for a lost plate.

    In a gap the bar is where the grip is, moved so that both ends of the gap meet the plate's
    track. Good enough to find events by; metrics and rules see the gap.
    """
    bar_px = np.array(motion.bar_px)
    velocity = np.array(motion.bar_velocity_px_s)
    acceleration = np.array(motion.bar_acceleration_px_s2)
    if motion.bar_source == "hands":
        beyond = _grip_beyond_px(motion)
        moves = np.gradient(beyond, motion.times_s, axis=0)
        return (
            bar_px + beyond,
            velocity + moves,
            acceleration + np.gradient(moves, motion.times_s, axis=0),
        )
    ratio = motion.scale.m_per_px_body / motion.scale.m_per_px_plate
    grip_px = hand_px(motion) * (ratio if np.isfinite(ratio) else 1.0)
    seen = np.isfinite(bar_px[:, 1])
    filled = np.zeros(len(seen), bool)
    for segment in motion.segments:
        known = np.flatnonzero(seen[segment]) + segment.start
        lost = np.flatnonzero(~seen[segment] & np.isfinite(grip_px[segment, 0])) + segment.start
        known = known[np.isfinite(grip_px[known, 0])]
        if len(known) and len(lost):
            offset = bar_px[known] - grip_px[known]
            for axis in (0, 1):
                bar_px[lost, axis] = grip_px[lost, axis] + np.interp(lost, known, offset[:, axis])
            filled[lost] = True
        filled |= _bridge(bar_px, motion.times_s, segment)
    for segment in motion.segments:
        for run in _seen_runs(bar_px[:, 1], segment):
            lacking = np.flatnonzero(filled[run] | ~np.isfinite(velocity[run, 1])) + run.start
            if len(lacking):
                speed = np.gradient(bar_px[run], motion.times_s[run], axis=0)
                change = np.gradient(speed, motion.times_s[run], axis=0)
                velocity[lacking] = speed[lacking - run.start]
                acceleration[lacking] = change[lacking - run.start]
    return bar_px, velocity, acceleration


def _grip_beyond_px(motion: Motion) -> Floats:
    """(T, 2) from the hands that stand for the bar to their grip, as far as the near one shows it.

    A hand that hangs is above the bar that it holds, by one and the same amount until it comes up;
    from hip to shoulder what is seen of how it turns counts more and more.
    """
    wrist, hip, shoulder = (motion.joints_px[name] for name in ("wrist", "hip", "shoulder"))
    beyond = GRIP_BEYOND_HAND * (hand_px(motion) - wrist)
    with np.errstate(invalid="ignore", divide="ignore"):
        up = np.clip((wrist - hip)[:, 1] / (shoulder - hip)[:, 1], 0.0, 1.0)[:, None]
    hangs = (up[:, 0] == 0) & np.isfinite(beyond[:, 0])
    usual = np.median(beyond[hangs], axis=0) if hangs.any() else np.zeros(2)
    turned = (1 - up) * usual + up * beyond
    return np.where(np.isfinite(turned), turned, usual)


def _bridge(bar_px: Floats, times_s: Floats, segment: slice) -> Bools:
    """Fill, in place, what is still missing for at most `BRIDGE_S` by the smoothest cubic."""
    seen = np.isfinite(bar_px[:, 0])
    known = np.flatnonzero(seen[segment]) + segment.start
    bridged = np.zeros(len(seen), bool)
    for before, after in pairwise(known):
        if after - before < 2 or times_s[after] - times_s[before] > BRIDGE_S:
            continue
        near = known[(known >= before - 3) & (known <= after + 3)]
        if len(near) < 4:
            continue
        gap = slice(int(before) + 1, int(after))
        bar_px[gap] = CubicSpline(times_s[near], bar_px[near])(times_s[gap])
        bridged[gap] = True
    return bridged


def find(motion: Motion, bar: Bar) -> list[Ascent]:
    """Every rise of the bar of at least `MIN_RISE_M`, in order of time.

    A rise runs from a turning point of the bar's height to the next; wobbles smaller than
    `TURN_M` do not end it, a standstill of `PAUSE_S` does (a deadlift held, then a hang clean).
    """
    found = []
    for segment in motion.segments:
        for known in _seen_runs(bar.height_m, segment):
            for low, high in _rises(bar.height_m, known):
                for start, top in _without_pauses(bar, low, high):
                    if bar.height_m[top] - bar.height_m[start] >= MIN_RISE_M:
                        found.append(_ascent(bar, segment, known, start, top))
    return found


def _seen_runs(height_m: Floats, segment: slice) -> list[slice]:
    """Stretches of a segment in which the bar is seen without a break."""
    seen = runs(np.isfinite(height_m[segment]), segment.start)
    return [run for run in seen if run.stop - run.start >= 4]


def _rises(height_m: Floats, run: slice) -> list[tuple[int, int]]:
    """(low, high) turning points of the height, with a hysteresis of `TURN_M`."""
    rises = []
    low = high = run.start
    rising = False
    for i in range(run.start, run.stop):
        h = height_m[i]
        if rising:
            if h > height_m[high]:
                high = i
            elif h < height_m[high] - TURN_M:
                rises.append((low, high))
                rising, low = False, i
        elif h < height_m[low]:
            low = i
        elif h > height_m[low] + TURN_M:
            rising, high = True, i
    if rising:
        rises.append((low, high))
    return rises


def _without_pauses(bar: Bar, low: int, high: int) -> list[tuple[int, int]]:
    """Cut a rise at every standstill inside it; a leading one is dropped."""
    still = still_m_s(bar)
    slow = bar.speed_m_s[low : high + 1] < still
    parts = []
    start = low
    i = 0
    while i < len(slow):
        if not slow[i]:
            i += 1
            continue
        stop = i
        while stop + 1 < len(slow) and slow[stop + 1]:
            stop += 1
        if bar.times_s[low + stop] - bar.times_s[low + i] >= PAUSE_S or i == 0:
            if low + i > start:
                parts.append((start, low + i))
            start = low + stop
        i = stop + 1
    if high > start:
        parts.append((start, high))
    return parts


def _ascent(bar: Bar, segment: slice, known: slice, start: int, top: int) -> Ascent:
    speed = bar.speed_m_s
    peak = start + int(np.argmax(speed[start : top + 1]))
    # The first and last frames of a track cannot show that the bar stood still before or after.
    begins = start > known.start or bool(speed[start] <= still_m_s(bar))
    # A lifter who stands up straight after the catch never lets the bar come down by `TURN_M`:
    # the apex is where the bar stops rising after its fastest moment, not the end of the rise.
    stopped = np.flatnonzero(speed[peak : known.stop] <= 0)
    ends = len(stopped) > 0
    top = peak + int(stopped[0]) if ends else known.stop - 1
    return Ascent(segment, start, peak, top, begins, ends)


def still_m_s(bar: Bar) -> float:
    """Speed below which the bar counts as standing: 0.02 m/s or two sigma of the track."""
    noise = 2 * bar.speed_sigma_m_s
    return float(np.clip(noise, 0.02, 0.10)) if np.isfinite(noise) else 0.02
