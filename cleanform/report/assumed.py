"""What was taken for granted, how to change it, and how to film what could not be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanform import texts
from cleanform.report.measures import Measures
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.model import Analysis, Clip, Finding, Lift, Recording

#: From here on the camera's place is worth a word.
_BESIDE_DEG = 15.0
_FEW_PICTURES_PER_S = 45.0
_LENGTHS = ("cm", "m", "m/s")


def rows(analysis: Analysis, measures: Measures) -> list[tuple[str, str, str]]:
    """All that was taken for granted: subject, what, how to change it."""
    motion = analysis.motion
    recording = analysis.recording
    found = [(say("assumed.clock"), _clock(recording.clip), say("assumed.clock_change"))]
    if recording.watched:
        found.append((say("assumed.when"), _when(recording), say("assumed.when_change")))
    if motion is not None:
        scale = motion.scale
        scale_is = say("assumed.scale_unknown")
        if scale.source != "none":
            percent = 100 * scale.relative_sigma
            sure = say("assumed.scale_sure", percent=f"{percent:.0f}") if percent >= 0 else ""
            scale_is = say("assumed.scale_is", source=measures.text(scale.source), sure=sure)
        found.append((say("assumed.scale"), scale_is, say("assumed.scale_change")))
        view = motion.view
        yaw = ""
        if view.yaw_deg >= 0:
            yaw = say("assumed.view_yaw", degrees=measures.quantity(view.yaw_deg, "deg"))
        label = texts.table("views").get(view.label, view.label)
        found.append((
            say("assumed.view"),
            say("assumed.view_is", label=label, yaw=yaw),
            say("assumed.view_change"),
        ))  # fmt: skip
        bar = motion.bar_source if motion.bar_source in ("plate", "hands") else "none"
        change = "" if bar == "plate" else say("assumed.bar_change")
        found.append((say("assumed.bar"), say(f"assumed.bar_{bar}"), change))
        facing = "right" if motion.facing > 0 else "left"
        side = texts.table("sides")[motion.near_side]
        found.append((
            say("assumed.lifter"),
            say(f"assumed.lifter_{recording.followed}")
            + say(f"assumed.lifter_{facing}", side=side),
            say("assumed.lifter_change"),
        ))  # fmt: skip
    found.append((say("assumed.model"), analysis.recording.model_name, say("assumed.model_change")))
    system = "imperial" if measures.imperial else "metric"
    found.append(
        (say("assumed.units"), say(f"assumed.units_{system}"), say("assumed.units_change"))
    )
    return found


def of_finding(analysis: Analysis, finding: Finding, measures: Measures) -> list[str]:
    """What one value leans on, in a few words each."""
    motion = analysis.motion
    if motion is None or finding.value is None:
        return []
    found = []
    what, _, size = motion.scale.source.partition(" ")
    if finding.unit in _LENGTHS and size:
        key = {"stature": "in_short_stature", "length": "in_short_length"}
        found.append(say(f"assumed.{key.get(what, 'in_short_scale')}", size=measures.text(size)))
    if finding.unit != "s" and motion.view.yaw_deg >= 0:
        in_front = finding.view == "front"
        off_deg = 90.0 - motion.view.yaw_deg if in_front else motion.view.yaw_deg
        degrees = measures.quantity(off_deg, "deg")
        found.append(say(f"assumed.in_short_{'front' if in_front else 'view'}", degrees=degrees))
    return found


def next_time(analysis: Analysis, lift: Lift, finding: Finding) -> list[str]:
    """How to film so that a check can be made: what was wrong with this clip, what it needs."""
    motion = analysis.motion
    found = []
    if finding.view == "front":
        own = texts.table("next_time_for")
        return [own.get(finding.rule, own["other_front"])]
    if motion is not None:
        if not motion.view.yaw_deg >= 0:
            found.append(say("next_time.view_unknown"))
        elif motion.view.yaw_deg > _BESIDE_DEG:
            degrees = Measures().quantity(motion.view.yaw_deg, "deg")
            found.append(say("next_time.view", degrees=degrees))
        if motion.bar_source != "plate":
            found.append(say("next_time.no_plate"))
        elif motion.scale.source == "none":
            found.append(say("next_time.no_scale"))
    if not lift.rep.complete:
        found.append(say("next_time.cut"))
    rate = analysis.recording.fresh_per_s
    if rate < _FEW_PICTURES_PER_S:
        found.append(say("next_time.few_pictures", rate=f"{rate:.0f}"))
    own = texts.table("next_time_for")
    return [*found, own.get(finding.rule, own["other"])]


def _when(recording: Recording) -> str:
    """Which parts of the clip were read closely."""
    times_s = recording.clip.times_s
    parts = [f"{times_s[start]:.1f}-{times_s[stop - 1]:.1f}" for start, stop in recording.watched]
    return say("assumed.when_parts", parts=", ".join(parts))


def _clock(clip: Clip) -> str:
    text = say("assumed.clock_is", frames=clip.frames, seconds=f"{clip.duration_s:.2f}")
    if clip.repeats.any():
        text += say("assumed.clock_repeats", count=int(clip.repeats.sum()))
    if clip.slow_motion_factor != 1.0:
        factor = f"{clip.slow_motion_factor:g}"
        text += say("assumed.clock_slow", factor=factor, source=clip.slow_motion_source)
    return text
