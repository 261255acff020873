"""A virtual phone: where it stands, how it moves, and where points and discs lie in its picture.

A pinhole with square pixels and no distortion. World as in `cleanform.synth.motion`; the camera
looks at `look_at_m` from `distance_m` away, `yaw_deg` round from the lifter's side toward the
front (negative: toward the rear).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform.synth.handheld import Handheld

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


_NEAREST_M = 0.05  # what is nearer to the lens, or behind it, has no picture


@dataclass(frozen=True)
class Camera:
    """Where the phone stands and what it sees."""

    yaw_deg: float = 0.0  # 0: the lifter's side; 90: in front; -90: behind
    distance_m: float = 4.0  # from the point looked at
    height_m: float = 1.0
    look_at_m: tuple[float, float] = (0.0, 0.9)  # x (lifter's front), y, in the midline's plane
    field_of_view_deg: float = 36.0  # vertical
    roll_deg: float = 0.0  # the picture's content turns clockwise
    pan_px: tuple[float, float] = (0.0, 0.0)  # off centre: shifts the content right and down
    width_px: int = 1280
    height_px: int = 720
    turned_deg: tuple[float, float] = (0.0, 0.0)  # to the right of and above the point looked at
    handheld: Handheld | None = None  # None: a stand

    @property
    def focal_px(self) -> float:
        return float(self.height_px / 2 / np.tan(np.radians(self.field_of_view_deg) / 2))

    @property
    def centre_px(self) -> tuple[float, float]:
        """Where the point looked at lies in the picture."""
        return self.width_px / 2 + self.pan_px[0], self.height_px / 2 + self.pan_px[1]

    def at(self, time_s: float) -> Camera:
        """The camera as it stands at one instant of the clip: one without a hand."""
        if self.handheld is None:
            return self
        times = np.array([time_s])
        right, up, roll = self.handheld.turned_deg(times)[0]
        focal = self.focal_px * float(self.handheld.zoom(times)[0])
        return replace(
            self,
            turned_deg=(float(self.turned_deg[0] + right), float(self.turned_deg[1] + up)),
            roll_deg=float(self.roll_deg + roll),
            field_of_view_deg=float(2 * np.degrees(np.arctan(self.height_px / 2 / focal))),
            handheld=None,
        )

    def axes(self, facing: int) -> tuple[Floats, Floats]:
        """Camera position (3,) and rows right, down, forward (3, 3) in a right-handed world.

        The world's third axis points to the camera's side of the lifter; seen from there a
        lifter who faces +1 looks to the picture's right, one who faces -1 to its left. A hand's
        movement is left out: ask `at` first.
        """
        eye, level = self._level_axes(facing)
        turn = np.array([[*self.turned_deg, self.roll_deg]])
        return eye, (_turned(turn) @ level)[0]

    def _level_axes(self, facing: int) -> tuple[Floats, Floats]:
        yaw = np.radians(self.yaw_deg)
        target = np.array([facing * self.look_at_m[0], self.look_at_m[1], 0.0])
        flat = np.sqrt(max(self.distance_m**2 - (self.height_m - target[1]) ** 2, 1e-6))
        eye = target + np.array(
            [facing * flat * np.sin(yaw), self.height_m - target[1], flat * np.cos(yaw)]
        )
        forward = (target - eye) / np.linalg.norm(target - eye)
        right = np.cross(forward, (0.0, 1.0, 0.0))
        right /= np.linalg.norm(right)
        return eye, np.stack([right, np.cross(forward, right), forward])

    def project(self, points_m: Floats, facing: int = 1, times_s: Floats | None = None) -> Floats:
        """(..., 2) image pixels of (..., 3) world points; NaN behind the camera.

        With `times_s` (T,) the first axis of `points_m` is time, and a hand-held camera moves.
        """
        seen, focal = self._seen(points_m, facing, times_s)
        depth = np.where(seen[..., 2:] > _NEAREST_M, seen[..., 2:], np.nan)
        return np.asarray(seen[..., :2] / depth * focal + np.array(self.centre_px))

    def disc(
        self, middle_m: Floats, radius_m: float, facing: int = 1, times_s: Floats | None = None
    ) -> tuple[Floats, Floats]:
        """Middle and width and height (T, 2) of the picture of upright discs across the bar.

        A circle's picture is a conic. The upright and level lines that touch it follow from its
        dual (Hartley and Zisserman, Multiple View Geometry, 2nd ed., 2004, chapter 2,
        DOI 10.1017/CBO9780511811685).
        """
        middle = np.asarray(middle_m, float)[:, None]
        ends = middle + radius_m * np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
        seen, focal = self._seen(ends, facing, times_s)
        seen = seen * np.concatenate(
            [np.broadcast_to(focal, (*seen.shape[:2], 2)), np.ones((*seen.shape[:2], 1))], axis=-1
        )
        c, a, b = seen[:, 0], seen[:, 1] - seen[:, 0], seen[:, 2] - seen[:, 0]

        def dual(i: int, j: int) -> Floats:
            return np.asarray(c[:, i] * c[:, j] - a[:, i] * a[:, j] - b[:, i] * b[:, j])

        whole = np.where(c[:, 2] - np.hypot(a[:, 2], b[:, 2]) > _NEAREST_M, dual(2, 2), np.nan)
        centre = np.stack([dual(0, 2), dual(1, 2)], axis=-1) / whole[:, None]
        squared = centre**2 - np.stack([dual(0, 0), dual(1, 1)], axis=-1) / whole[:, None]
        return centre + np.array(self.centre_px), 2 * np.sqrt(squared)

    def _seen(
        self, points_m: Floats, facing: int, times_s: Floats | None
    ) -> tuple[Floats, Floats | float]:
        """Points along right, down and forward from the lens, and the focal length there."""
        eye, rows = self.axes(facing)
        points = np.asarray(points_m) * (facing, 1.0, 1.0) - eye
        if self.handheld is None or times_s is None:
            return points @ rows.T, self.focal_px
        turn = np.add(self.handheld.turned_deg(times_s), (*self.turned_deg, self.roll_deg))
        rows = _turned(turn) @ self._level_axes(facing)[1]
        seen = points.reshape(len(points), -1, 3) @ np.swapaxes(rows, 1, 2)
        zoom = self.handheld.zoom(times_s).reshape(-1, *[1] * (points.ndim - 1))
        return seen.reshape(points.shape), self.focal_px * zoom


def _turned(degrees: Floats) -> Floats:
    """(T, 3, 3) that turn rows right, down, forward: (T, 3) right, up and roll, in that order."""
    right, up, roll = np.radians(degrees).T
    one, none = np.ones_like(right), np.zeros_like(right)

    def matrix(rows: tuple[tuple[Floats, Floats, Floats], ...]) -> Floats:
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    c, s = np.cos(right), np.sin(right)
    aside = matrix(((c, none, -s), (none, one, none), (s, none, c)))
    c, s = np.cos(up), np.sin(up)
    upward = matrix(((one, none, none), (none, c, s), (none, -s, c)))
    c, s = np.cos(roll), np.sin(roll)
    round_axis = matrix(((c, -s, none), (s, c, none), (none, none, one)))
    return np.asarray(round_axis @ upward @ aside)
