"""From the floor to the peak of bar speed: a path of postures, run at the bar's own speed.

The path says which posture goes with which bar height; a speed profile says when the bar is
where. So the bar's vertical motion is a closed form, the limbs keep their length, and the arms
hang from the shoulders to the bar exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from cleanform.errors import InputError
from cleanform.synth.postures import COORDINATES, bar_offset_m, posture
from cleanform.synth.skeleton import BAR_RADIUS_M, PLATE_RADIUS_M, Skeleton

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.synth.spec import LiftSpec

    Floats = NDArray[np.float64]

ELBOW = COORDINATES.index("elbow")
KNEE = COORDINATES.index("knee")


def joints_of(
    skeleton: Skeleton, rows: Floats, toe_x_m: Floats | float = 0.0, lift_m: Floats | float = 0.0
) -> dict[str, Floats]:
    """Joints of rows of `COORDINATES` with the toe at `toe_x_m`."""
    shank, knee, trunk, heel, _, lumbar = (rows[..., k] for k in range(len(COORDINATES)))
    toe = np.broadcast_to(np.asarray(toe_x_m, float), shank.shape)
    lift = np.broadcast_to(np.asarray(lift_m, float), shank.shape)
    return skeleton.body(toe, lift, heel, shank, knee, trunk, lumbar)


def touching_bar(skeleton: Skeleton, rows: Floats, offset_m: Floats | float) -> Floats:
    """(..., 2) of the bar hanging `offset_m` off the skin of shin or thigh; toe at 0.

    NaN where the arms do not reach that far.
    """
    joints = joints_of(skeleton, rows)
    shoulder, elbow = joints["shoulder"], rows[..., ELBOW]
    before = shoulder[..., 0]
    away_before = _off_skin_m(skeleton, joints, elbow, before, offset_m)
    x = before + 0.5 * away_before
    with np.errstate(invalid="ignore"):
        for _ in range(20):  # secants, no steeper than a bar that hangs can be
            away = _off_skin_m(skeleton, joints, elbow, x, offset_m)
            if np.fmax.reduce(np.abs(away), axis=None) < 1e-9:
                break
            step = np.where(x == before, 1.0, x - before)
            slope = np.clip((away - away_before) / step, -2.0, -0.5)
            before, away_before, x = x, away, x - away / slope
    return np.stack([x, skeleton.hanging_bar_y_m(shoulder, x, elbow)], axis=-1)


def _off_skin_m(
    skeleton: Skeleton,
    joints: dict[str, Floats],
    elbow_deg: Floats,
    x_m: Floats,
    offset_m: Floats | float,
) -> Floats:
    """How far a hanging bar at `x_m` is short of `offset_m` off the skin."""
    y = skeleton.hanging_bar_y_m(joints["shoulder"], x_m, elbow_deg)
    return np.asarray(skeleton.front_x_m(joints, y) + BAR_RADIUS_M + offset_m - x_m)


def floor_posture(skeleton: Skeleton, spec: LiftSpec) -> Floats:
    """The set-up, its knee bent until the plates stand on the floor."""
    row = posture("setup", spec)
    offset = bar_offset_m("setup", spec)
    low, high = 58.0, 140.0
    for _ in range(2):  # each round narrows the bracket forty times
        rows = np.repeat(row[None], 41, axis=0)
        rows[:, KNEE] = np.linspace(low, high, len(rows))
        above = touching_bar(skeleton, rows, offset)[:, 1] - PLATE_RADIUS_M
        crossing = np.nonzero((above[:-1] < 0) & (above[1:] >= 0))[0]
        if not len(crossing):
            raise InputError("this lifter cannot reach the bar; choose another start_trunk_deg")
        i = int(crossing[0])
        low, high = rows[i, KNEE], rows[i + 1, KNEE]
    row[KNEE] = low + (high - low) * above[i] / (above[i] - above[i + 1])
    return row


@dataclass(frozen=True, eq=False)
class PullPath:
    """Postures along a pull, by `u` = 0..1; the bar's height grows with u."""

    skeleton: Skeleton
    rows: PchipInterpolator  # u -> COORDINATES
    bar_x_m: PchipInterpolator  # u -> x, from the bar at the path's start
    toe_x_m: float
    knots: dict[str, float]  # posture name -> u
    table_u: Floats
    table_y_m: Floats

    @classmethod
    def through(
        cls,
        skeleton: Skeleton,
        spec: LiftSpec,
        names: tuple[str, ...],
        first: Floats | None = None,
        last: Floats | None = None,
    ) -> PullPath:
        """The path through named postures; `first` and `last` replace the ends."""
        rows = np.array(
            [
                floor_posture(skeleton, spec) if name == "setup" else posture(name, spec)
                for name in names
            ]
        )
        rows[0] = rows[0] if first is None else first
        rows[-1] = rows[-1] if last is None else last
        offsets = np.array([bar_offset_m(name, spec) for name in names])
        bars = touching_bar(skeleton, rows, offsets)
        if not np.all(np.diff(bars[:, 1]) >= 0.02):
            raise InputError("these doses together leave no upward path for the bar; lower them")
        u = (bars[:, 1] - bars[0, 1]) / (bars[-1, 1] - bars[0, 1])
        spline = PchipInterpolator(u, rows)
        # between the named postures the bar keeps to the skin as well
        fine_u = np.unique(np.concatenate([np.linspace(a, b, 7) for a, b in pairwise(u)]))
        offset = PchipInterpolator(u, offsets)(fine_u)
        contact_x = touching_bar(skeleton, spline(fine_u), offset)[:, 0]
        bar_x = PchipInterpolator(fine_u, contact_x - contact_x[0])
        table_u = np.linspace(0, 1, 2000)
        between = spline(table_u)
        shoulder = joints_of(skeleton, between, -contact_x[0])["shoulder"]
        table_y = skeleton.hanging_bar_y_m(shoulder, bar_x(table_u), between[:, ELBOW])
        if np.any(np.diff(table_y) <= 0):
            raise InputError("these doses together make the bar dip in the pull; lower them")
        knots = dict(zip(names, u.tolist(), strict=True))
        return cls(skeleton, spline, bar_x, -float(contact_x[0]), knots, table_u, table_y)

    def height_m(self, name: str) -> float:
        """The bar's height at a named posture."""
        return float(np.interp(self.knots[name], self.table_u, self.table_y_m))

    def knee_height_m(self) -> float | None:
        """The bar's height as it passes the knee joint; None where it starts above that."""
        knee = joints_of(self.skeleton, self.rows(self.table_u), self.toe_x_m)["knee"][:, 1]
        above = self.table_y_m - knee
        rises = np.nonzero((above[:-1] < 0) & (above[1:] >= 0))[0]
        if not len(rises):
            return None
        i = int(rises[0])
        share = above[i] / (above[i] - above[i + 1])
        return float(self.table_y_m[i] + share * (self.table_y_m[i + 1] - self.table_y_m[i]))

    def at_height(self, y_m: Floats) -> tuple[Floats, Floats]:
        """Posture rows (T, 6) and bar (T, 2) where the bar is at height `y_m`."""
        u = np.interp(y_m, self.table_y_m, self.table_u)
        rows = self.rows(u)
        bar_x = self.bar_x_m(u)
        shoulder = joints_of(self.skeleton, rows, self.toe_x_m)["shoulder"]
        y = self.skeleton.hanging_bar_y_m(shoulder, bar_x, rows[:, ELBOW])
        return rows, np.stack([bar_x, y], axis=-1)

    def rates_at_end(self, speed_m_s: float) -> tuple[Floats, float]:
        """Rate of each coordinate and of the bar's x at the path's end, at that bar speed."""
        before, last, end = self.table_y_m[-3:]
        step = self.table_u[-1] - self.table_u[-2]
        u_rate = speed_m_s * 2 * step / (before - 4 * last + 3 * end)
        return self.rows(1.0, nu=1) * u_rate, float(self.bar_x_m(1.0, nu=1)) * u_rate


def speed_profile(heights_m: list[float], speeds_m_s: list[float]) -> CubicHermiteSpline:
    """Vertical bar speed against time, from rest through `speeds_m_s` at `heights_m`, monotone.

    The knots' times follow from the heights; the antiderivative is the height above the first.
    Slopes between are Fritsch and Butland's (SIAM J. Sci. Stat. Comput. 5, 1984,
    DOI 10.1137/0905021).
    """
    speeds = speeds_m_s
    gaps = [b - a for a, b in pairwise(heights_m)]
    steps = [2 * gap / (a + b) for gap, (a, b) in zip(gaps, pairwise(speeds), strict=True)]
    for _ in range(200):
        slopes = [1.5 * speeds[1] / steps[0], *_between_slopes(steps, speeds), 0.0]
        worst = 0.0
        for k, gap in enumerate(gaps):
            h = steps[k]
            risen = h * (speeds[k] + speeds[k + 1]) / 2 + h * h * (slopes[k] - slopes[k + 1]) / 12
            worst = max(worst, abs(risen - gap))
            steps[k] = h * gap / risen
        if worst < 1e-12:
            break
    return CubicHermiteSpline(np.concatenate([[0.0], np.cumsum(steps)]), speeds, slopes)


def _between_slopes(steps: list[float], values: list[float]) -> list[float]:
    rates = [(b - a) / h for h, (a, b) in zip(steps, pairwise(values), strict=True)]
    slopes = []
    for (h0, h1), (r0, r1) in zip(pairwise(steps), pairwise(rates), strict=True):
        w0, w1 = 2 * h1 + h0, h1 + 2 * h0
        slopes.append((w0 + w1) / (w0 / r0 + w1 / r1) if r0 * r1 > 0 else 0.0)
    return slopes
