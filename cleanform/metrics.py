"""The numbers of one lift: what the bar did, and the postures at the events.

A metric that needs metres is left out where no scale is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Metric

if TYPE_CHECKING:
    from cleanform.model import Floats, Motion, Options, Rep

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
    if not np.isfinite(motion.scale.m_per_px_plate):
        return {}
    found = {**_fastest(motion, rep, options), **_path(motion, rep)}
    return {name: metric for name, metric in found.items() if np.isfinite(metric.sigma)}


def _fastest(motion: Motion, rep: Rep, options: Options) -> dict[str, Metric]:
    """The bar's peak vertical speed, when and where it comes, and the mean power until then."""
    off, apex = rep.frame("lift_off"), rep.frame("bar_apex")
    first = off if off is not None else rep.span.start
    last = apex if apex is not None else (rep.frame("full_extension") or first) + 1
    times_s, speed_m_s = motion.times_s, motion.bar_velocity_m_s[:, 1]
    if not np.isfinite(speed_m_s[first : last + 1]).any():
        return {}
    peak = first + int(np.nanargmax(speed_m_s[first : last + 1]))
    peak_s, peak_m_s, bend = _summit(times_s, speed_m_s, peak)
    relative = motion.scale.relative_sigma
    noise_m_s = motion.bar_speed_sigma_px_s * motion.scale.m_per_px_plate
    found = {"peak_bar_speed": _metric(peak_m_s, "m/s", np.hypot(peak_m_s * relative, noise_m_s))}
    if off is None:
        return found
    rise_m = _rise_m(motion, off, peak, peak_s)
    took_s = peak_s - float(times_s[off])
    # A flat top hides its place among the noise: where it has fallen by one sigma.
    step_s = float(np.median(np.diff(times_s)))
    late_s = np.hypot(step_s / np.sqrt(6), np.sqrt(2 * noise_m_s / bend) if bend > 0 else 0.0)
    found["bar_height_at_peak_speed"] = _length(
        rise_m, motion, also_m=min(late_s * peak_m_s, abs(rise_m))
    )
    found["time_to_peak_speed"] = _metric(took_s, "s", late_s)
    if options.load_kg is not None and took_s > 0:
        power_w = _power_w(options.load_kg, rise_m, peak_m_s, took_s)
        share = np.hypot(2 * relative, step_s / took_s)
        found["bar_power"] = _metric(power_w, "W", power_w * share)
    return found


def _path(motion: Motion, rep: Rep) -> dict[str, Metric]:
    """Height, fall and the S of the bar's path, seen from the side.

    A good pull brings the bar back to the lifter, sends it forward off the hips and lets it come
    back to the shoulders (Vorobyev 1978, A Textbook on Weightlifting). ``bar_most_forward``,
    ``bar_most_backward`` and ``bar_forward_at_apex`` are counted from the vertical line through
    the bar at lift-off, positive forward. The others go from one place to the next:
    ``bar_back_in_first_pull`` from lift-off back to the place nearest to the lifter by the power
    position, ``bar_loop_forward`` from there to the most forward by the apex, and
    ``bar_back_to_catch`` from there back to the lowest point of the catch.
    """
    off, apex = rep.frame("lift_off"), rep.frame("bar_apex")
    catch, power = rep.frame("catch_lowest"), rep.frame("power_position")
    found: dict[str, Metric] = {}
    if apex is None:
        return found
    x_m, y_m = motion.bar_m.T
    top_m = _summit(motion.times_s, y_m, apex)[1]
    if catch is not None:
        found["bar_drop_to_catch"] = _length(top_m - y_m[catch], motion)
    if off is None:
        return found
    found["bar_apex_height"] = _length(top_m - y_m[off], motion)
    forward_m = x_m - x_m[off]
    if not np.isfinite(forward_m[off : apex + 1]).any():
        return found
    front = off + int(np.nanargmax(forward_m[off : apex + 1]))
    back = off + int(np.nanargmin(forward_m[off : apex + 1]))
    found["bar_most_forward"] = _across(motion, off, front)
    found["bar_most_backward"] = _across(motion, off, back)
    found["bar_forward_at_apex"] = _across(motion, off, apex)
    if power is not None and off < power < apex and np.isfinite(forward_m[power : apex + 1]).any():
        near = off + int(np.nanargmin(forward_m[off : power + 1]))
        loop = power + int(np.nanargmax(forward_m[power : apex + 1]))
        found["bar_back_in_first_pull"] = _across(motion, near, off)
        found["bar_loop_forward"] = _across(motion, near, loop)
        if catch is not None:
            found["bar_back_to_catch"] = _across(motion, catch, loop)
    return found


def _metric(value: float, unit: str, sigma: float) -> Metric:
    digits = {"W": 0, "cm": 1, "m/s": 2, "s": 3}[unit]
    return Metric(round(float(value), digits), unit, round(abs(float(sigma)), digits))


def _length(value_m: float, motion: Motion, also_m: float = 0.0) -> Metric:
    """A distance between two of the bar's places, in cm: scale, noise at both, and `also_m`."""
    noise_m = np.sqrt(2) * motion.bar_sigma_px * motion.scale.m_per_px_plate
    scale_m = abs(value_m) * motion.scale.relative_sigma
    return _metric(100 * value_m, "cm", 100 * np.hypot(np.hypot(scale_m, noise_m), also_m))


def _across(motion: Motion, start: int, stop: int) -> Metric:
    """How far forward the bar is at one frame of where it was at another; NaN where not seen.

    Heights leak into it as far as the camera's lean is not known.
    """
    x_m, y_m = (motion.bar_m[stop] - motion.bar_m[start]).tolist()
    return _length(x_m, motion, also_m=abs(y_m) * np.tan(np.radians(motion.lean_sigma_deg)))


def _rise_m(motion: Motion, off: int, near: int, at_s: float) -> float:
    """Height over lift-off at an instant beside the frame `near`."""
    late_s = at_s - float(motion.times_s[near])
    y_m = motion.bar_m[:, 1]
    return float(y_m[near] + late_s * motion.bar_velocity_m_s[near, 1] - y_m[off])


def _summit(times_s: Floats, values: Floats, frame: int) -> tuple[float, float, float]:
    """Time, height and curvature of the parabola through a highest sample and its neighbours.

    Curvature is positive for a summit, in units of `values` per second squared; 0 and the sample
    itself where a neighbour is missing or no summit is there.
    """
    plain = float(times_s[frame]), float(values[frame]), 0.0
    if not 0 < frame < len(values) - 1:
        return plain
    t = times_s[frame - 1 : frame + 2] - times_s[frame]
    v = values[frame - 1 : frame + 2]
    if not np.isfinite(v).all():
        return plain
    bend, slope, height = (float(c) for c in np.polyfit(t, v, 2))
    if bend >= 0 or not t[0] <= -slope / (2 * bend) <= t[2]:
        return plain
    return plain[0] - slope / (2 * bend), height - slope**2 / (4 * bend), -2 * bend


def _power_w(load_kg: float, rise_m: float, speed_m_s: float, took_s: float) -> float:
    """Mean vertical power on the bar from lift-off to its peak speed.

    Work against gravity plus kinetic energy over time, bar only (Garhammer 1980, Med Sci Sports
    Exerc 12(1):54-60, without its terms for horizontal work and the lifter's own mass).
    """
    return load_kg * (GRAVITY_M_S2 * rise_m + speed_m_s**2 / 2) / took_s


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
