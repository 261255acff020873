"""Where the bar goes up fast: the candidates for a lift, before anybody says which lift."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import find_peaks

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats, Motion

#: A bar that never moves faster is not being lifted.
MIN_PEAK_M_S = 0.25
#: Two speed peaks closer than this, with no stop between them, belong to one pull.
MIN_RISE_M = 0.15


@dataclass(frozen=True, eq=False)
class Bar:
    """The bar as the event logic needs it: rough metres, always there, never printed."""

    times_s: Floats  # (T,)
    height_m: Floats  # (T,) of its own plane, arbitrary zero
    speed_m_s: Floats  # (T,) vertical, up positive
    acceleration_m_s2: Floats  # (T,) vertical
    on_body_px: Floats  # (T, 2) the bar among the joints, lifter's frame
    speed_sigma_m_s: float


@dataclass(frozen=True)
class Ascent:
    """One uninterrupted rise of the bar; frame numbers."""

    segment: slice  # stretch between camera cuts that holds it
    start: int  # last frame before the rise in which the bar did not go up
    peak: int  # fastest
    top: int  # last frame of the rise; the apex where `ends` is True
    begins: bool  # False: the bar was already rising when the clip or the segment began
    ends: bool  # False: it was still rising when it ended


def bar_of(motion: Motion) -> Bar:
    """The bar's height and speed in rough metres, and its place among the joints.

    Where the plate's plane could not be linked to the body's, the near wrist stands in: a bar
    hangs about 0.05 of stature below it (hand length 0.108 H, half of it to the grip; Winter
    2009).
    """
    scale = motion.scale.working_m_per_px
    on_body = motion.bar_body_px
    if not np.isfinite(on_body).any():
        on_body = motion.joints_px["wrist"] - (0.0, 0.05 * motion.stature_px)
    return Bar(
        times_s=motion.times_s,
        height_m=motion.bar_px[:, 1] * scale,
        speed_m_s=motion.bar_velocity_px_s[:, 1] * scale,
        acceleration_m_s2=motion.bar_acceleration_px_s2[:, 1] * scale,
        on_body_px=on_body,
        # Differentiating position noise at the filter's own cut-off: 2 pi f sigma.
        speed_sigma_m_s=float(2 * np.pi * 8.0 * motion.bar_sigma_px * scale / np.sqrt(3)),
    )


def find(motion: Motion, bar: Bar) -> list[Ascent]:
    """Every rise of the bar of at least `MIN_RISE_M`, in order of time."""
    found: dict[int, Ascent] = {}
    for segment in motion.segments:
        speed = np.nan_to_num(bar.speed_m_s[segment], nan=0.0)
        if len(speed) < 4:
            continue
        peaks, _ = find_peaks(speed, height=MIN_PEAK_M_S)
        edge = int(np.argmax(speed))
        if edge in (0, len(speed) - 1) and speed[edge] > MIN_PEAK_M_S:
            peaks = np.append(peaks, edge)
        for peak in sorted(int(p) for p in peaks):
            ascent = _grow(bar, segment, speed, peak)
            before = found.get(ascent.start)
            rise = bar.height_m[ascent.top] - bar.height_m[ascent.start]
            if not np.isfinite(rise) or rise < MIN_RISE_M:
                continue
            if before is None or speed[peak] > bar.speed_m_s[before.peak]:
                found[ascent.start] = ascent
    return [found[start] for start in sorted(found)]


def _grow(bar: Bar, segment: slice, speed: Floats, peak: int) -> Ascent:
    """From a speed peak back to where the rise began and on to where it ends."""
    still = max(0.02, 2 * bar.speed_sigma_m_s) if np.isfinite(bar.speed_sigma_m_s) else 0.02
    not_up = np.flatnonzero(speed[: peak + 1] <= still)
    start = int(not_up[-1]) if len(not_up) else 0
    down = np.flatnonzero(speed[peak:] <= 0)
    top = peak + int(down[0]) if len(down) else len(speed) - 1
    known = np.isfinite(bar.speed_m_s[segment])
    # The track may begin or end inside the segment: an unseen bar is not a still one.
    begins = bool(len(not_up)) and bool(known[start])
    ends = bool(len(down)) and bool(known[top])
    if not begins:
        start = int(np.flatnonzero(known[: peak + 1])[0])
        start = max(start, _last_unknown(known, peak) + 1)
    if not ends:
        unknown = np.flatnonzero(~known[peak:])
        top = peak + int(unknown[0]) - 1 if len(unknown) else len(speed) - 1
    offset = segment.start
    return Ascent(segment, start + offset, peak + offset, top + offset, begins, ends)


def _last_unknown(known: Bools, before: int) -> int:
    unknown = np.flatnonzero(~known[: before + 1])
    return int(unknown[-1]) if len(unknown) else -1
