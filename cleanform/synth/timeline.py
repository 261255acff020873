"""A lift as segments of time, each a closed form, and the joints of any instant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.pull import joints_of
from cleanform.synth.skeleton import PLATE_RADIUS_M, Skeleton, two_bone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def _unit(v: Floats) -> Floats:
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


_RACK_POLE_DEG = 8.0  # below the horizontal, where elbows point in a good rack
_TILTS_WITHIN_M = 0.15
_RACKED_HAND = _unit(np.array([0.6, -0.3, 0.25]))  # from the bar to the wrist


@dataclass(frozen=True, eq=False)
class State:
    """Everything that fixes the body and the bar, for T instants."""

    rows: Floats  # (T, 6) COORDINATES, near side
    toe_x_m: Floats  # (T,)
    lift_m: Floats  # (T,) feet off the floor
    bar_m: Floats  # (T, 2), NaN without a bar
    grip: Floats | None = None  # (T,) 1: hands on the bar (so where absent), 0: arms hang
    far_rows: Floats | None = None  # where the far leg does something else
    far_toe_m: Floats | None = None  # (T, 2) with `far_rows`


@dataclass(frozen=True, eq=False)
class Segment:
    duration_s: float
    sample: Callable[[Floats], State]  # local time -> state


@dataclass(eq=False)
class Timeline:
    """Segments end to end. `turn` says how far the elbows are through, against time."""

    skeleton: Skeleton
    overhead: bool = False
    low_elbows_deg: float = 0.0
    uneven_elbows_deg: float = 0.0  # the far elbow, besides
    tilt_deg: float = 0.0  # of the bar off the floor, the far hand higher
    begins_s: float = 0.0  # what comes before is not shown; all times count from here
    segments: list[Segment] = field(default_factory=list)
    turns: list[tuple[float, float, float, float]] = field(default_factory=list)

    @property
    def duration_s(self) -> float:
        return float(sum(segment.duration_s for segment in self.segments)) - self.begins_s

    def add(self, duration_s: float, sample: Callable[[Floats], State]) -> float:
        """Append a segment; returns the time at which it starts."""
        start = self.duration_s
        self.segments.append(Segment(duration_s, sample))
        return start

    def hold(self, duration_s: float, state: State) -> None:
        """Stand still in the last instant of `state`."""
        last = {k: v[-1:] for k, v in vars(state).items() if v is not None}
        self.add(
            duration_s, lambda t: State(**{k: np.repeat(v, len(t), 0) for k, v in last.items()})
        )

    def turn_elbows(self, start_s: float, end_s: float, before: float, after: float) -> None:
        self.turns.append((start_s, end_s, before, after))

    def state(self, times_s: Floats) -> State:
        """The state at any times; before the start and after the end it stands still."""
        starts = np.concatenate([[0.0], np.cumsum([s.duration_s for s in self.segments])])
        times_s = np.clip(times_s + self.begins_s, 0.0, starts[-1])
        which = np.clip(
            np.searchsorted(starts, times_s, side="right") - 1, 0, len(self.segments) - 1
        )
        count = len(times_s)
        columns: dict[str, Floats] = {}
        for index in np.unique(which):
            chosen = which == index
            part = self.segments[index].sample(times_s[chosen] - starts[index])
            for name, value in vars(part).items():
                if value is not None:
                    column = columns.setdefault(name, np.full((count, *value.shape[1:]), np.nan))
                    column[chosen] = value
        return State(**columns)

    def joints(self, times_s: Floats) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
        """Near and far joints (T, 3) and the bar (T, 2)."""
        return self.joints_of(self.state(times_s), times_s)

    def joints_of(
        self, state: State, times_s: Floats
    ) -> tuple[dict[str, Floats], dict[str, Floats], Floats]:
        """The same, where the state at those times is known."""
        near = far = self._side(state.rows, state.toe_x_m, state.lift_m)
        if state.far_rows is not None and state.far_toe_m is not None:
            together = np.isnan(state.far_rows[:, :1])
            rows = np.where(together, state.rows, state.far_rows)
            both = np.column_stack([state.toe_x_m, state.lift_m])
            far = self._side(rows, *np.where(together, both, state.far_toe_m).T)
        turn = self._turn(times_s)
        grip = np.ones(len(times_s)) if state.grip is None else state.grip
        grip = np.where(np.isnan(grip), 1.0, grip)
        if far is near and (self.tilt_deg or self.uneven_elbows_deg):
            far = dict(near)
        near.update(self._arm(near["shoulder"], state.bar_m, turn, grip, self.low_elbows_deg))
        if far is not near:
            low_deg = self.low_elbows_deg + self.uneven_elbows_deg
            beside = state.bar_m + self.raised_m(state.bar_m, times_s, -self.skeleton.grip_half_m)
            far.update(self._arm(far["shoulder"], beside, turn, grip, low_deg))
        mirrored = {k: v * (1.0, 1.0, -1.0) for k, v in far.items()}
        return near, mirrored, state.bar_m

    def body(self, times_s: Floats) -> dict[str, Floats]:
        """Near joints but the arm's, (T, 2)."""
        state = self.state(times_s)
        return joints_of(self.skeleton, state.rows, state.toe_x_m, state.lift_m)

    def raised_m(self, bar_m: Floats, times_s: Floats, z_m: float) -> Floats:
        """(T, 2) how much a tilted bar is higher at `z_m` than where the near hand holds it.

        It lies level on the floor and on the shoulders; the tilt comes with the first
        `_TILTS_WITHIN_M` and goes as the elbows turn.
        """
        if not self.tilt_deg:
            return np.zeros((len(times_s), 2))
        up = smooth((bar_m[:, 1] - PLATE_RADIUS_M) / _TILTS_WITHIN_M)
        hanging = 1 - np.clip(self._turn(times_s), 0.0, 1.0)
        across = (self.skeleton.grip_half_m - z_m) * np.tan(np.radians(self.tilt_deg))
        return np.column_stack([np.zeros(len(up)), across * up * hanging])

    @lru_cache(maxsize=8)  # noqa: B019  (a handful of lines live at a time)
    def _rack_pole_rad(self, low_elbows_deg: float) -> float:
        """Where the elbows must point in the rack for upper arms so much below good.

        Both hands hold the bar, so an arm turns about the line from shoulder to wrist: how far
        is read off a table of turns.
        """
        if not low_elbows_deg:
            return float(np.radians(_RACK_POLE_DEG))
        s = self.skeleton
        pole = np.radians(np.linspace(_RACK_POLE_DEG, 80.0, 150))
        shoulder = np.array([0.0, 0.0, s.shoulder_z_m])
        hand = np.array([*rack_offset_m(s, np.array(90.0)), s.grip_half_m])
        wrist = hand + s.hand_m * _RACKED_HAND - shoulder
        ways = np.column_stack([np.cos(pole), -np.sin(pole), np.full(len(pole), 0.3)])
        zero = np.zeros_like(ways)
        elbow = two_bone(zero, zero + wrist, s.upper_arm_m, s.forearm_m, ways)
        low_deg = np.degrees(np.arctan2(-elbow[:, 1], elbow[:, 0]))
        return float(np.interp(low_elbows_deg, low_deg - low_deg[0], pole))

    def _side(self, rows: Floats, toe_x_m: Floats, lift_m: Floats) -> dict[str, Floats]:
        flat = joints_of(self.skeleton, rows, toe_x_m, lift_m)
        s = self.skeleton
        z = {"ear": s.ear_z_m, "shoulder": s.shoulder_z_m, "hip": s.hip_z_m, "knee": s.knee_z_m}
        return {
            name: np.column_stack([xy, np.full(len(xy), z.get(name, s.ankle_z_m))])
            for name, xy in flat.items()
        }

    def _turn(self, times_s: Floats) -> Floats:
        turn = np.full(len(times_s), self.turns[0][2] if self.turns else 0.0)
        for start, end, before, after in self.turns:
            share = smooth((times_s + self.begins_s - start) / (end - start))
            turn = np.where(
                times_s + self.begins_s >= start, before + (after - before) * share, turn
            )
        return turn

    def _arm(
        self, shoulder: Floats, bar: Floats, turn: Floats, grip: Floats, low_elbows_deg: float
    ) -> dict[str, Floats]:
        """Elbow, wrist and hand. Without a bar the arms hang."""
        s = self.skeleton
        reach = s.upper_arm_m + s.forearm_m + s.hand_m
        held = np.column_stack([bar, np.full(len(bar), s.grip_half_m)]) - shoulder
        away = np.linalg.norm(held, axis=1, keepdims=True)
        reaching = (grip < 1.0)[:, None] & (away > 0.998 * reach)
        held = np.where(reaching, held * (0.998 * reach / away), held)
        free = np.isnan(bar[:, :1])
        share = np.where(free, 0.0, grip[:, None])
        hanging = np.array([0.03, -0.965 * reach, 0.06])
        hand = shoulder + (1 - share) * hanging + share * np.where(free, 0.0, held)
        # hands that let go of a racked bar come down in front of the body, not through it
        hand[:, 0] += (share * (1 - share))[:, 0] * np.minimum(turn, 1.0)
        away = np.linalg.norm(hand - shoulder, axis=1, keepdims=True)
        near = 0.3 * reach * np.minimum(1.0, 4 * (1 - share))
        within = np.where(share < 1, np.clip(away, near, 0.998 * reach), away)
        hand = shoulder + (hand - shoulder) * within / away
        to_shoulder = _unit(shoulder - hand)
        # hanging, racked, overhead, and down in front of the body: 0, 1, 2, 3
        racked = np.maximum(1 - np.abs(1 - turn), 0.0)
        share = np.zeros((len(turn), 1)) if self.overhead else racked[:, None]
        way = (1 - share) * to_shoulder + share * _RACKED_HAND
        way[:, 2] += 3 * share[:, 0] * (1 - share[:, 0])  # half-way through, past the shoulder
        wrist = hand + s.hand_m * _unit(way)
        drop = self._rack_pole_rad(low_elbows_deg)
        above = (-0.3, 0.0, 0.95)
        through = above if self.overhead else (np.cos(drop), -np.sin(drop), 0.3)
        down = (-0.35, 0.0, 0.94)
        poles = np.array([down, (-0.2, 0.55, 0.8), through, above, down])
        turns = (0.0, 0.5, 1.0, 2.0, 3.0)
        pole = np.column_stack([np.interp(turn, turns, poles[:, k]) for k in range(3)])
        elbow = two_bone(shoulder, wrist, s.upper_arm_m, s.forearm_m, pole)
        return {"elbow": elbow, "wrist": wrist, "hand": hand}


def rack_offset_m(skeleton: Skeleton, trunk_deg: Floats) -> Floats:
    """(..., 2) from the shoulder to a bar that rests on its front."""
    trunk = np.radians(trunk_deg)
    forward = np.stack([np.sin(trunk), -np.cos(trunk)], axis=-1)
    along = np.stack([np.cos(trunk), np.sin(trunk)], axis=-1)
    return np.asarray(skeleton.stature_m * (0.048 * forward + 0.002 * along))


def smooth(share: Floats) -> Floats:
    """Minimum-jerk step from 0 to 1.

    Flash and Hogan 1985, DOI 10.1523/JNEUROSCI.05-07-01688.1985.
    """
    s = np.clip(share, 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s * s))


def between(a: Floats, b: Floats, share: Floats) -> Floats:
    """(T, n) from a to b."""
    return np.asarray(a + (b - a) * share[:, None])
