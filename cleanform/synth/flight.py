"""From the peak of bar speed into the rack: the bar flies, the body goes under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicHermiteSpline

from cleanform.errors import InputError
from cleanform.synth.pull import PullPath, joints_of
from cleanform.synth.skeleton import BAR_RADIUS_M, Skeleton
from cleanform.synth.timeline import State, between, rack_offset_m, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.spec import LiftSpec

    Floats = NDArray[np.float64]

_ONSET_S = 0.06  # from no acceleration at the speed peak to the whole deceleration
_LOOP_M = 0.005  # even a good bar swings out a little past the chest
_AWAY_S = 0.11  # the arms stop the hips' forward push on the bar within this
_BRUSH_M = 0.004  # the least room that the thighs leave the bar on its way up


@dataclass(frozen=True)
class BarFlight:
    """The bar's vertical motion after its speed peak, time 0 there.

    The deceleration grows over `_ONSET_S` to a constant that is less than gravity: the lifter
    can only pull up on the bar. It holds until the bar is met.
    """

    start_y_m: float
    peak_speed_m_s: float
    deceleration_m_s2: float

    @classmethod
    def to_apex(cls, start_y_m: float, apex_y_m: float, deceleration_m_s2: float) -> BarFlight:
        """The flight that just reaches `apex_y_m`."""
        a, onset = deceleration_m_s2, _ONSET_S
        rise = apex_y_m - start_y_m
        if rise < 0.03:
            raise InputError("the catch is so low that the bar need not fly; raise catch_knee_deg")
        # rise = V*onset - a*onset^2/6 + (V - a*onset/2)^2 / (2a), solved for V
        speed = float(np.sqrt(2 * a * rise + a * a * onset**2 / 3) - a * onset / 2)
        return cls(start_y_m, speed, a)

    @property
    def apex_s(self) -> float:
        return _ONSET_S / 2 + self.peak_speed_m_s / self.deceleration_m_s2

    def height_m(self, t: Floats) -> Floats:
        a, onset, v = self.deceleration_m_s2, _ONSET_S, self.peak_speed_m_s
        early = v * t - a * t**3 / (6 * onset)
        late_t = t - onset
        late = v * onset - a * onset**2 / 6 + (v - a * onset / 2) * late_t - a * late_t**2 / 2
        return np.asarray(self.start_y_m + np.where(t < onset, early, late))

    def speed_m_s(self, t: float) -> float:
        a, onset = self.deceleration_m_s2, _ONSET_S
        fallen = a * t * t / (2 * onset) if t < onset else a * (t - onset / 2)
        return self.peak_speed_m_s - fallen


def rack_bar(
    skeleton: Skeleton, rows: Floats, toe_x_m: Floats | float, overhead: bool = False
) -> Floats:
    """(T, 2) of a bar on the front of the shoulders, or held overhead."""
    shoulder = joints_of(skeleton, rows, toe_x_m)["shoulder"]
    if overhead:
        up = float(skeleton.reach_m(np.array(172.0)))
        return np.asarray(shoulder + np.array([-0.02, up]))
    return np.asarray(shoulder + rack_offset_m(skeleton, rows[..., 2]))


@dataclass(frozen=True, eq=False)
class Descent:
    """From the bar being met to the lowest point, the bar resting on the body throughout."""

    met_rows: Floats
    low_rows: Floats
    toe_x_m: float
    duration_s: float
    profile: CubicHermiteSpline  # height against time
    table_share: Floats
    table_y_m: Floats
    skeleton: Skeleton
    overhead: bool

    @classmethod
    def of(
        cls,
        skeleton: Skeleton,
        met: Floats,
        low: Floats,
        toe_x_m: float,
        speed_m_s: float,
        overhead: bool,
    ) -> Descent:
        share = np.linspace(0, 1, 400)
        y = rack_bar(skeleton, between(met, low, share), toe_x_m, overhead)[:, 1]
        if np.any(np.diff(y) >= 0):
            raise InputError("the bar does not sink in this catch; lower catch_knee_deg")
        duration = max(1.8 * (y[0] - y[-1]) / -speed_m_s, 0.02)
        duration = float(min(duration, 2.9 * (y[0] - y[-1]) / -speed_m_s))
        profile = CubicHermiteSpline([0, duration], [y[0], y[-1]], [speed_m_s, 0.0])
        return cls(met, low, toe_x_m, duration, profile, share, y, skeleton, overhead)

    def sample(self, t: Floats) -> State:
        share = np.interp(-self.profile(t), -self.table_y_m, self.table_share)
        rows = between(self.met_rows, self.low_rows, share)
        return resting(self.skeleton, rows, np.full(len(t), self.toe_x_m), self.overhead)

    def rates_at_start(self, speed_m_s: float) -> tuple[Floats, float]:
        """Rate of the coordinates and of the bar's x when the bar is met."""
        step = self.table_share[1]
        share_rate = speed_m_s / ((self.table_y_m[1] - self.table_y_m[0]) / step)
        pair = rack_bar(
            self.skeleton,
            between(self.met_rows, self.low_rows, self.table_share[:2]),
            self.toe_x_m,
            self.overhead,
        )
        x = float((pair[1, 0] - pair[0, 0]) / step)
        return (self.low_rows - self.met_rows) * share_rate, x * share_rate


def resting(skeleton: Skeleton, rows: Floats, toe_x_m: Floats, overhead: bool) -> State:
    """The state with the bar on the shoulders (or overhead)."""
    return State(rows, toe_x_m, np.zeros(len(rows)), rack_bar(skeleton, rows, toe_x_m, overhead))


@dataclass(frozen=True, eq=False)
class Turnover:
    """Peak speed, full extension, under the bar: body and bar each on their own curve."""

    rows: CubicHermiteSpline
    bar_x: CubicHermiteSpline
    bar: BarFlight
    extension_s: float
    duration_s: float
    toe_x_m: float
    jump_m: float
    past_thighs_m: float  # early, for the hips; largest a third of the way
    swing_m: float  # the fault; largest half-way

    @classmethod
    def of(
        cls,
        path: PullPath,
        extension: Floats,
        descent: Descent,
        bar: BarFlight,
        met_s: float,
        spec: LiftSpec,
    ) -> Turnover:
        rates, x_rate = path.rates_at_end(bar.peak_speed_m_s)
        met_rates, met_x_rate = descent.rates_at_start(bar.speed_m_s(met_s))
        start = path.rows(1.0)
        # as long as the joints need at half their speed, so that nothing overshoots
        opening = (extension - start)[1] + (extension - start)[2]
        extension_s = float(np.clip(2.0 * opening / max(rates[1] + rates[2], 1.0), 0.03, 0.09))
        limit = 2.8 * np.abs(extension - start) / extension_s
        rates = np.sign(extension - start) * np.minimum(np.abs(rates), limit)
        times = [0.0, extension_s, met_s]
        limit = 2.5 * np.abs(descent.met_rows - extension) / (met_s - extension_s)
        met_rates = np.clip(met_rates, -limit, limit)  # a bar that crashes jolts the body
        # hips that a lifter never opened do not open on the way down either
        change, rate = (np.sum(x[:3]) for x in (descent.met_rows - extension, met_rates))
        most = 2.9 * abs(change) / (met_s - extension_s)
        met_rates[2] += np.clip(rate, -most, most) - rate
        still = np.zeros_like(rates)
        end_bar = rack_bar(path.skeleton, descent.met_rows, descent.toe_x_m, descent.overhead)
        leaves = float(path.bar_x_m(1.0))
        loose = cls(
            CubicHermiteSpline(
                times, [start, extension, descent.met_rows], [rates, still, met_rates]
            ),
            CubicHermiteSpline(
                [0.0, _AWAY_S, met_s],
                [leaves, leaves + 0.4 * _AWAY_S * x_rate, end_bar[0]],
                [x_rate, 0.0, met_x_rate],
            ),
            bar,
            extension_s,
            met_s,
            path.toe_x_m,
            descent.toe_x_m - path.toe_x_m,
            _LOOP_M,
            spec.bar_swing_m,
        )
        return replace(loose, past_thighs_m=loose.room_for_thighs_m(path.skeleton))

    def room_for_thighs_m(self, skeleton: Skeleton) -> float:
        """The swing with which the hips' last push just lets the bar by."""
        t = np.linspace(0.1, 0.5, 60) * self.duration_s
        state = self.sample(t)
        joints = joints_of(skeleton, state.rows, state.toe_x_m, state.lift_m)
        front = skeleton.front_x_m(joints, state.bar_m[:, 1])
        short = front + BAR_RADIUS_M + _BRUSH_M - state.bar_m[:, 0]
        return self.past_thighs_m + max(0.0, float(np.max(short / _loop(t / self.duration_s))))

    def sample(self, t: Floats) -> State:
        share = smooth((t - self.extension_s) / (self.duration_s - self.extension_s))
        hump = 0.06 * abs(self.jump_m) ** 0.5 * np.sin(np.pi * share) ** 2
        flown = t / self.duration_s
        x = self.bar_x(t) + self.past_thighs_m * _loop(flown)
        x = x + self.swing_m * np.sin(np.pi * flown) ** 2
        return State(
            self.rows(t),
            self.toe_x_m + self.jump_m * share,
            hump,
            np.column_stack([x, self.bar.height_m(t)]),
        )


def _loop(share: Floats) -> Floats:
    """A swing out and back, largest (1) a third of the way, where the hips have just pushed."""
    return np.asarray(share**2 * (1 - share) ** 4 * 729 / 16)
