"""Zero-lag low-pass filtering of tracks sampled at uneven times, with gaps kept as gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import Akima1DInterpolator
from scipy.signal import butter, sosfiltfilt

from cleanform.model import BAR_CUTOFF_HZ

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

#: Joint tracks. 4-8 Hz is usual for human movement (Winter, Biomechanics and Motor Control of
#: Human Movement, 4th ed. 2009, ch. 3, doi:10.1002/9780470549148).
JOINT_CUTOFF_HZ = 6.0
#: A shorter gap is bridged by the filter, a longer one stays unseen.
MAX_GAP_S = 0.10
#: Tracks are filtered at a rate between these. A difference over two frames of a 25 Hz clip would
#: average 80 ms and lose 4 % of the bar's peak speed, so slow clips are resampled first.
GRID_HZ = (120.0, 240.0)
#: The bar's: the more its noise allows the less of its peak speed is lost (3 cm/s at 8 Hz).
BAR_CUTOFFS_HZ = (BAR_CUTOFF_HZ, 12.0)
#: What noise may do to the bar's speed, in plates a second: 2 cm/s of a plate of 45 cm.
SPEED_SIGMA_PLATES_S = 0.045
#: A sample is held against the median of those within this time of it.
SPIKE_WINDOW_S = 0.13


@dataclass(frozen=True, eq=False)
class Smoothed:
    """A filtered track and its time derivatives at the original times."""

    values: Floats  # (T, D)
    velocity: Floats  # (T, D), per second
    acceleration: Floats  # (T, D), per second squared
    sigma: float  # standard deviation of one filtered value, from the residual


def smooth(times_s: Floats, values: Floats, seen: Bools, cutoff_hz: float) -> Smoothed:
    """Butterworth filter of order 4, run forward and backward (second order twice).

    times_s (T,) strictly increasing, values (T, D), seen (T,): samples that count as
    observations. Unseen stretches longer than `MAX_GAP_S`, and everything before the first and
    after the last observation, come back as NaN. The track is resampled to a uniform rate,
    because a recursive filter assumes one, and read back at `times_s`.

    The noise of a filtered value is estimated from the residual: for white noise the filter
    keeps about ``2 * cutoff / rate`` of the variance.
    """
    return _smooth_alike(times_s, [values], _finite(seen, values), cutoff_hz)[0]


def _finite(seen: Bools, values: Floats) -> Bools:
    whole: Bools = seen & np.isfinite(values).all(axis=1)
    return whole


def _smooth_alike(
    times_s: Floats, tracks: Sequence[Floats], seen: Bools, cutoff_hz: float
) -> list[Smoothed]:
    """`smooth` of several tracks (T, D) that were seen in the same frames, in one go."""
    if seen.sum() < 4:
        unseen = [np.full_like(track, np.nan) for track in tracks]
        return [Smoothed(each, each, each, float("nan")) for each in unseen]
    values = np.concatenate(tracks, axis=1)
    known_s, known = times_s[seen], values[seen]
    interval_s = float(np.median(np.diff(known_s)))
    rate_hz = float(np.clip(1 / interval_s, *GRID_HZ))
    count = max(8, int(np.ceil((known_s[-1] - known_s[0]) * rate_hz)) + 1)
    grid_s = np.linspace(known_s[0], known_s[-1], count)
    step_s = grid_s[1] - grid_s[0]
    raw = Akima1DInterpolator(known_s, known, axis=0, method="makima")(grid_s)
    share = 2 * cutoff_hz * step_s
    sections = _sections(share)
    pad = min(count - 1, int(np.ceil(3 / share)) * 3)
    filtered = sosfiltfilt(sections, raw, axis=0, padlen=pad)
    velocity = np.gradient(filtered, step_s, axis=0)
    acceleration = np.gradient(velocity, step_s, axis=0)

    valid = _bridged(times_s, known_s)
    out = []
    for track in (filtered, velocity, acceleration):
        at_times = _columns(times_s, grid_s, track)
        at_times[~valid] = np.nan
        out.append(at_times)
    kept = min(0.95, 2 * cutoff_hz * interval_s)
    residual = known - _columns(known_s, grid_s, filtered)
    ends = np.cumsum([track.shape[1] for track in tracks]).tolist()
    done = []
    for track, end in zip(tracks, ends, strict=True):
        own = slice(end - track.shape[1], end)
        sigma = _spread(residual[:, own]) * sqrt(kept)
        done.append(Smoothed(out[0][:, own], out[1][:, own], out[2][:, own], sigma))
    return done


def _spread(residual: Floats) -> float:
    """Standard deviation from the median absolute deviation."""
    return 1.4826 * float(np.median(np.abs(residual - np.median(residual, axis=0))))


@lru_cache(maxsize=64)
def _sections(share: float) -> Floats:
    """The filter for a cut-off as a share of half the rate; the tracks of one clip have one."""
    return np.asarray(butter(2, share, output="sos"), float)


def smooth_segments(
    times_s: Floats,
    values: Floats,
    seen: Bools,
    cutoff_hz: float,
    segments: tuple[slice, ...],
) -> Smoothed:
    """`smooth` on each stretch between camera cuts, so that nothing leaks across one."""
    return smooth_tracks(times_s, {"": values}, {"": seen}, cutoff_hz, segments)[""]


def smooth_tracks(
    times_s: Floats,
    tracks: Mapping[str, Floats],
    seen: Mapping[str, Bools],
    cutoff_hz: float,
    segments: tuple[slice, ...],
) -> dict[str, Smoothed]:
    """`smooth_segments` of many tracks (T, D) by name; those seen in the same frames go together.

    Most joints of a clip are seen in the same frames, and filtering a matrix costs little more
    than filtering one column of it.
    """
    alike: dict[bytes, list[str]] = {}
    whole = {name: _finite(seen[name], track) for name, track in tracks.items()}
    for name in tracks:
        alike.setdefault(whole[name].tobytes(), []).append(name)
    done: dict[str, Smoothed] = {}
    for names in alike.values():
        mask = whole[names[0]]
        parts = [
            _smooth_alike(times_s[s], [tracks[name][s] for name in names], mask[s], cutoff_hz)
            for s in segments
        ]
        done |= {name: _joined([part[n] for part in parts]) for n, name in enumerate(names)}
    return {name: done[name] for name in tracks}


def _joined(parts: Sequence[Smoothed]) -> Smoothed:
    """One track of its stretches between camera cuts."""
    sigmas = [p.sigma for p in parts if np.isfinite(p.sigma)]
    return Smoothed(
        np.concatenate([p.values for p in parts]),
        np.concatenate([p.velocity for p in parts]),
        np.concatenate([p.acceleration for p in parts]),
        float(np.median(sigmas)) if sigmas else float("nan"),
    )


def spikes(times_s: Floats, values: Floats, seen: Bools, tolerance: float) -> Bools:
    """(T,) True where an observation jumps away from its neighbours and comes back.

    A running median over `SPIKE_WINDOW_S` either side follows any movement that a body can make;
    what lies further from it than `tolerance` (same unit as values (T, D)) and than five times
    the track's usual distance is a wrong find, not a movement.
    """
    flagged = np.zeros(len(times_s), bool)
    index = np.flatnonzero(seen & np.isfinite(values).all(axis=1))
    if len(index) < 5:
        return flagged
    known_s, known = times_s[index], values[index]
    first = np.searchsorted(known_s, known_s - SPIKE_WINDOW_S)
    last = np.searchsorted(known_s, known_s + SPIKE_WINDOW_S, side="right")
    beside = first[:, None] + np.arange(int((last - first).max()))
    windows = known[np.minimum(beside, len(known) - 1)]
    windows[beside >= last[:, None]] = np.inf  # sorts behind all that is in the window
    windows.sort(axis=1)
    each, held = np.arange(len(known)), last - first
    middle = (windows[each, (held - 1) // 2] + windows[each, held // 2]) / 2
    distance = np.linalg.norm(known - middle, axis=1)
    limit = max(tolerance, 5 * float(np.median(distance)))
    flagged[index] = distance > limit
    return flagged


def noise_in_motion(times_s: Floats, values: Floats, seen: Bools, least_travel: float) -> float:
    """One standard deviation of one coordinate of one observation, told where the path moves.

    Each observation is held against the cubic through two on either side; those count whose
    neighbours lie further than `least_travel` from each other (same unit as values (T, D)). A
    track that lies still for long would tell how still it lies. NaN where nothing moves.
    """
    index = np.flatnonzero(seen & np.isfinite(values).all(axis=1))
    if len(index) < 5:
        return float("nan")
    late_s, track = times_s[index], values[index]
    at = np.arange(2, len(index) - 2)
    beside = at[:, None] + np.array([-2, -1, 1, 2])
    away_s = late_s[beside] - late_s[at][:, None]
    curve = (away_s / np.abs(away_s).max(axis=1, keepdims=True))[..., None] ** np.arange(4)
    weights = np.linalg.inv(curve)[:, 0]  # of the cubic's value in the middle
    off = track[at] - np.einsum("nk,nkd->nd", weights, track[beside])
    off /= np.sqrt(1 + (weights**2).sum(axis=1, keepdims=True))
    moving = np.linalg.norm(track[at + 2] - track[at - 2], axis=1) > least_travel
    return 1.4826 * float(np.median(np.abs(off[moving]))) if moving.any() else float("nan")


def cutoff_hz(noise: float, rate_hz: float, unit: float) -> float:
    """The bar's cut-off: as high as its noise leaves the speed true, within `BAR_CUTOFFS_HZ`.

    noise of one observation and unit, a plate's height, in the same unit; rate_hz of the
    observations. White noise that is filtered at f and differentiated leaves a speed with
    ``2 pi f / sqrt(3) * noise * sqrt(2 f / rate)``.
    """
    low, high = BAR_CUTOFFS_HZ
    if not (noise > 0 and unit > 0):
        return low
    allowed = SPEED_SIGMA_PLATES_S * unit * np.sqrt(3 * rate_hz / 2) / (2 * np.pi * noise)
    return float(np.clip(allowed ** (2 / 3), low, high))


def _columns(at_s: Floats, times_s: Floats, values: Floats) -> Floats:
    """Linear interpolation of each column of `values`."""
    columns = [np.interp(at_s, times_s, column) for column in values.T]
    return np.stack(columns, axis=1)


def _bridged(times_s: Floats, known_s: Floats) -> Bools:
    """(T,) True where a time lies within observations no more than `MAX_GAP_S` apart."""
    after = np.searchsorted(known_s, times_s, side="left")
    before = np.searchsorted(known_s, times_s, side="right") - 1
    inside = (before >= 0) & (after < len(known_s))
    left = known_s[np.clip(before, 0, len(known_s) - 1)]
    right = known_s[np.clip(after, 0, len(known_s) - 1)]
    # Half a millisecond of slack: gaps are sums of rounded container times.
    valid: Bools = inside & (right - left <= MAX_GAP_S + 0.0005)
    return valid
