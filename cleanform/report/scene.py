"""What there is to draw on one frame of the clip: the same for stills and film."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cleanform import draw, palette, texts
from cleanform.model import JOINTS, Mark, Verdict
from cleanform.palette import rgb
from cleanform.report import words
from cleanform.report.measures import Measures
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.draw import Canvas, Shape
    from cleanform.model import Analysis, Finding, Floats, Lift

BEFORE, AFTER = "before", "after"
#: The angles worth a number while they matter, by phase; the eye has no time for one in the rest.
PHASE_ANGLES = {
    BEFORE: ("trunk", "knee"),
    "first pull": ("trunk", "knee"),
    "transition": ("trunk", "knee"),
    "second pull": ("hip", "knee"),
    "reception": ("knee", "thigh"),
    AFTER: ("hip", "knee"),
}
EVENT_ANGLES = {
    "setup": ("trunk", "knee"),
    "knee_pass": ("trunk", "knee"),
    "power_position": ("trunk", "knee"),
    "full_extension": ("hip", "knee"),
    "catch_lowest": ("knee", "thigh"),
    "stood_up": ("hip", "knee"),
}
_INCLUDED = {
    "knee": ("ankle", "knee", "hip"),
    "hip": ("knee", "hip", "shoulder"),
    "elbow": ("shoulder", "elbow", "wrist"),
}
_ELEVATION = {"trunk": ("hip", "shoulder"), "thigh": ("knee", "hip"), "shank": ("ankle", "knee")}
#: Around a lift's first and last event, what belongs to it is still shown.
_LINGER_S = 1.0
#: A mark that lies so close to a joint is on it.
_SAME_PX = 1.0
#: So long the angles of the catch, and of standing, stay to be read.
_READ_S = 0.4


class Scene:
    """Looks up what an `Analysis` knows about a frame and describes it as shapes."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.measures = Measures(analysis.options.units)
        clip, pose, motion = analysis.recording.clip, analysis.recording.pose, analysis.motion
        self._times_s = clip.times_s
        near = motion.near_side if motion else "left"
        far = "right" if near == "left" else "left"
        self._far_px = {joint: pose.of(f"{far}_{joint}") for joint in JOINTS}
        if motion is None:
            self._near_px = {joint: pose.of(f"{near}_{joint}") for joint in JOINTS}
            self._bar_px = analysis.recording.bar.xy_px
            self._share = np.zeros(clip.frames)
            return
        self._near_px = {
            joint: motion.to_image_px(places) for joint, places in motion.joints_px.items()
        }
        self._bar_px = motion.to_image_px(motion.bar_px)
        self._share = np.zeros(clip.frames)
        speed = np.hypot(*motion.bar_velocity_px_s.T)
        for lift in analysis.lifts:
            own = speed[lift.rep.span]
            if np.isfinite(own).any() and np.nanmax(own) > 0:
                self._share[lift.rep.span] = np.nan_to_num(own / np.nanmax(own))

    def places(self) -> list[Floats]:
        """(T, 2) image pixels of all that belongs to the lifter: joints and the plate's edges."""
        bar = self.analysis.recording.bar
        half = np.stack([bar.width_px, bar.height_px], 1) / 2
        return [*self._near_px.values(), bar.xy_px - half, bar.xy_px + half, self._bar_px]

    def lift_at(self, frame: int) -> Lift | None:
        """The lift that `frame` belongs to, a second before and after included."""
        now_s = self._times_s[frame]
        best, distance_s = None, _LINGER_S + 0.05
        for lift in self.analysis.lifts:
            start_s = self._times_s[lift.rep.span.start]
            end_s = self._times_s[min(lift.rep.span.stop, len(self._times_s)) - 1]
            away_s = max(start_s - now_s, now_s - end_s, 0.0)
            if away_s < distance_s:
                best, distance_s = lift, away_s
        return best

    def phase_at(self, frame: int, lift: Lift) -> tuple[str, palette.RGB]:
        """Name and colour of the phase; before and after, of the posture."""
        now_s = float(self._times_s[frame])
        phases = lift.rep.phases
        for phase in phases:
            if phase.start_s <= now_s < phase.end_s:
                return phase.name, rgb(palette.PHASE_GROUPS[phase.group])
        grey = rgb(palette.FAR_SIDE)
        if lift.rep.frame("lift_off") is None and (not phases or now_s < phases[0].start_s):
            return "", grey
        if phases and now_s >= phases[-1].end_s:
            finished = lift.rep.frame("stood_up") is not None
            return (AFTER if finished else ""), grey
        return BEFORE, grey

    def lifter(self, canvas: Canvas, frame: int, thickness: float = 1.0) -> list[Shape]:
        """Skeleton and plate."""
        motion, bar = self.analysis.motion, self.analysis.recording.bar
        stature_px = motion.stature_px if motion else float("nan")
        thickness *= draw.thickness_for(canvas, stature_px)
        hidden = draw.hidden_at(motion.hidden, frame) if motion else {}
        near, far = draw.joints_at(self._near_px, frame), draw.joints_at(self._far_px, frame)
        if not any(np.isfinite(place).all() for place in near.values()):
            far = {}  # a far side alone would look like the lifter
        shapes = draw.plate(
            canvas,
            bar.xy_px[frame],
            float(bar.width_px[frame]),
            float(bar.height_px[frame]),
            thickness,
        )
        return [*shapes, *draw.skeleton(canvas, near, far, hidden, thickness)]

    def path(self, canvas: Canvas, frame: int, lift: Lift, fading: bool = True) -> list[Shape]:
        """The bar's path from lift-off to now, and the plumb line that it left."""
        start = lift.rep.frame("lift_off")
        first = lift.rep.span.start if start is None else start
        last = min(frame + 1, lift.rep.span.stop)
        if last - first < 2:
            return []
        run = slice(first, last)
        age_s = self._times_s[frame] - self._times_s[run] if fading else None
        shapes: list[Shape] = []
        if start is not None and np.isfinite(self._bar_px[start]).all():
            reach = self._bar_px[lift.rep.span.start : lift.rep.span.stop, 1]
            x_px = float(self._bar_px[start, 0])
            shapes += draw.vertical(canvas, x_px, float(np.nanmin(reach)), float(np.nanmax(reach)))
        return shapes + draw.bar_path(canvas, self._bar_px[run], self._share[run], age_s)

    def angles_at(self, frame: int, lift: Lift) -> Sequence[str]:
        """Which angles matter now."""
        now_s, events = float(self._times_s[frame]), lift.rep.events
        start_s, low_s, end_s = (
            events[name].time_s for name in ("setup", "catch_lowest", "stood_up")
        )
        phase, _ = self.phase_at(frame, lift)
        if phase == BEFORE and (start_s is None or now_s < start_s):
            return ()
        if low_s is not None and low_s <= now_s <= low_s + _READ_S:
            phase = "reception"
        if phase == AFTER and (end_s is None or now_s > end_s + _READ_S):
            return ()
        return PHASE_ANGLES.get(phase, ())

    def angles(self, canvas: Canvas, frame: int, names: Sequence[str]) -> list[Shape]:
        """Arcs with numbers; "≈" where one end of the angle was inferred, not seen.

        None from a camera so far off the side that a picture's angles are not the lifter's.
        """
        motion = self.analysis.motion
        shapes: list[Shape] = []
        if motion is None or not words.from_the_side(motion):
            return shapes
        for name in names:
            value = float(motion.angles_deg[name][frame])
            joints = _INCLUDED.get(name) or _ELEVATION[name]
            covered = [bool(motion.hidden[joint][frame]) for joint in joints]
            corner_covered = name in _INCLUDED and covered[1]
            if not np.isfinite(value) or corner_covered or sum(covered) > 1:
                continue
            shown = ("≈" if any(covered) else "") + self.measures.quantity(value, "deg")
            text = f"{texts.table('angles')[name]} {shown}"
            points = [self._near_px[joint][frame] for joint in joints]
            if name in _INCLUDED:
                shapes += draw.angle_arc(canvas, points[0], points[1], points[2], text)
            else:
                shapes += draw.elevation_arc(canvas, points[0], points[1], text)
        return shapes

    def marks(self, canvas: Canvas, finding: Finding) -> list[Shape]:
        """What a check measured, in the colour of its verdict."""
        colour = rgb(palette.VERDICTS[finding.verdict].bright)
        return [
            shape
            for one in finding.marks
            for shape in draw.mark(
                canvas,
                Mark(one.kind, one.points_px, self.measures.text(one.label)),
                colour,
                self._guessed(one, finding.frame),
            )
        ]

    def _guessed(self, one: Mark, frame: int | None) -> list[bool]:
        """Which points of an angle are joints that the plate covers there."""
        motion = self.analysis.motion
        if motion is None or frame is None or one.kind != "angle":
            return []
        covered = [
            self._near_px[joint][frame] for joint, hidden in motion.hidden.items() if hidden[frame]
        ]
        return [
            any(np.hypot(*(np.asarray(point) - place)) < _SAME_PX for place in covered)
            for point in one.points_px
        ]

    def caption(self, finding: Finding) -> tuple[str, palette.RGB]:
        """A finding's line in a picture, with the symbol and the colour of its verdict."""
        tone = palette.VERDICTS[finding.verdict]
        return f"{tone.symbol} {words.finding_line(finding, self.measures)}", rgb(tone.bright)

    def speed_text(self, frame: int, lift: Lift) -> str:
        """The bar's upward speed, only where metres are known and the bar is lifted."""
        motion = self.analysis.motion
        start = lift.rep.frame("lift_off")
        if motion is None or start is None or not start <= frame < lift.rep.span.stop:
            return ""
        up = float(motion.bar_velocity_px_s[frame, 1]) * motion.scale.m_per_px_plate
        if motion.scale.source == "none" or not np.isfinite(up):
            return ""
        return say("film.bar_speed", speed=self.measures.quantity(up, "m/s"))


def shown_in_film(finding: Finding) -> bool:
    """Only what is wrong, or may be, is called out while the film runs."""
    return finding.frame is not None and finding.verdict in (Verdict.FAULT, Verdict.WATCH)
