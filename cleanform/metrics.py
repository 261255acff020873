"""The numbers of one lift: what the bar did, and the postures at the events.

A metric that needs metres is left out where no scale is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Metric

if TYPE_CHECKING:
    from cleanform.model import Motion, Options, Rep

#: Standard gravity, m/s^2.
GRAVITY_M_S2 = 9.80665
#: Postures worth a number, by event.
POSTURES = {
    "lift_off": ("trunk", "knee"),
    "knee_pass": ("trunk", "knee"),
    "power_position": ("trunk", "knee", "hip"),
    "full_extension": ("knee", "hip"),
    "catch_lowest": ("knee", "thigh", "trunk"),
    "stood_up": ("knee", "hip"),
}


def of(motion: Motion, rep: Rep, options: Options) -> dict[str, Metric]:
    """Every metric of a lift that this clip allows, by name."""
    return {**_durations(motion, rep), **_bar(motion, rep, options), **_postures(motion, rep)}


def _durations(motion: Motion, rep: Rep) -> dict[str, Metric]:
    """Phase durations; each end is known to about half a frame."""
    step_s = float(np.median(np.diff(motion.times_s)))
    sigma_s = step_s / np.sqrt(6)
    return {
        f"{phase.name.replace(' ', '_')}_duration": Metric(
            round(phase.end_s - phase.start_s, 4), "s", round(float(sigma_s), 4)
        )
        for phase in rep.phases
    }


def _bar(motion: Motion, rep: Rep, options: Options) -> dict[str, Metric]:
    """Bar-only numbers, all in the plane in which the bar was tracked."""
    m_per_px = motion.scale.m_per_px_plate
    off, apex = rep.frame("lift_off"), rep.frame("bar_apex")
    extension, catch = rep.frame("full_extension"), rep.frame("catch_lowest")
    if not np.isfinite(m_per_px):
        return {}
    position_m = motion.bar_m
    speed_m_s = motion.bar_velocity_m_s
    relative = motion.scale.relative_sigma
    noise_m = motion.bar_sigma_px * m_per_px
    found: dict[str, Metric] = {}

    def length_cm(name: str, value_m: float) -> None:
        if np.isfinite(value_m):
            sigma = float(np.hypot(abs(value_m) * relative, np.sqrt(2) * noise_m))
            found[name] = Metric(round(100 * value_m, 1), "cm", round(100 * sigma, 1))

    first = off if off is not None else rep.span.start
    last = apex if apex is not None else (extension or first) + 1
    rise = speed_m_s[first : last + 1, 1]
    if len(rise) and np.isfinite(rise).any():
        peak = first + int(np.nanargmax(rise))
        value = float(speed_m_s[peak, 1])
        noise_m_s = motion.bar_speed_sigma_px_s * m_per_px
        sigma = float(np.hypot(value * relative, noise_m_s))
        found["peak_bar_speed"] = Metric(round(value, 2), "m/s", round(sigma, 2))
        if off is not None:
            length_cm("bar_height_at_peak_speed", float(position_m[peak, 1] - position_m[off, 1]))
            time_s = float(motion.times_s[peak] - motion.times_s[off])
            step_s = float(np.median(np.diff(motion.times_s)))
            found["time_to_peak_speed"] = Metric(round(time_s, 3), "s", round(step_s / 2, 3))
            if options.load_kg is not None and time_s > 0:
                power = _power_w(options.load_kg, position_m, value, off, peak, time_s)
                share = float(np.hypot(2 * relative, step_s / time_s))
                found["bar_power"] = Metric(round(power), "W", round(abs(power) * share))
    if off is not None and apex is not None:
        length_cm("bar_apex_height", float(position_m[apex, 1] - position_m[off, 1]))
        forward = position_m[off : apex + 1, 0] - position_m[off, 0]
        if np.isfinite(forward).any():
            length_cm("bar_most_forward", float(np.nanmax(forward)))
            length_cm("bar_most_backward", float(np.nanmin(forward)))
    if apex is not None and catch is not None:
        length_cm("bar_drop_to_catch", float(position_m[apex, 1] - position_m[catch, 1]))
    return found


def _power_w(
    load_kg: float, position_m: np.ndarray, speed_m_s: float, off: int, peak: int, time_s: float
) -> float:
    """Mean vertical power on the bar from lift-off to its peak speed.

    Work against gravity plus kinetic energy over time, bar only (Garhammer 1980, Med Sci Sports
    Exerc 12(1):54-60, without its terms for horizontal work and the lifter's own mass).
    """
    height_m = float(position_m[peak, 1] - position_m[off, 1])
    return load_kg * (GRAVITY_M_S2 * height_m + speed_m_s**2 / 2) / time_s


def _postures(motion: Motion, rep: Rep) -> dict[str, Metric]:
    found = {}
    for event, angles in POSTURES.items():
        frame = rep.frame(event)
        if frame is None:
            continue
        for angle in angles:
            value = float(motion.angles_deg[angle][frame])
            sigma = motion.angle_sigma_deg[angle]
            if np.isfinite(value) and np.isfinite(sigma):
                name = f"{angle}_at_{event}"
                found[name] = Metric(round(value, 1), "deg", round(sigma, 1))
    return found
