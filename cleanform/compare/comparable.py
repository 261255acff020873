"""What of two clips may be held against one another, and what may not, with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.report.words import FARTHEST_YAW_DEG
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.compare.sides import Side

#: Cameras that stand further apart than this are said to.
_VIEWS_APART_DEG = 12.0
#: Loads that differ by more than this share are different loads.
_LOAD_SHARE = 0.02


@dataclass(frozen=True)
class Comparable:
    """Which kinds of numbers may be compared, and a sentence for each that may not or only so."""

    angles: bool
    lengths: bool  # metres: heights, speeds
    across: bool  # metres forward and back
    refused: tuple[str, ...]  # what is not compared, and why
    mind: tuple[str, ...]  # what is, and with which care

    def allows(self, name: str, unit: str) -> bool:
        """Whether a number of this name and unit may be compared."""
        if unit == "deg":
            return self.angles
        if unit == "s":
            return True
        forward = any(word in name for word in ("forward", "backward", "_back_"))
        return self.across if forward else self.lengths


def of(a: Side, b: Side) -> Comparable:
    """What these two clips allow."""
    refused: list[str] = []
    mind: list[str] = []
    square = _views(a, b, refused, mind)
    lengths = _lengths(a, b, refused, mind)
    _load(a, b, refused, mind)
    _moments(a, b, refused)
    _setting(a, b, mind)
    return Comparable(square, lengths, square and lengths, tuple(refused), tuple(mind))


def _views(a: Side, b: Side, refused: list[str], mind: list[str]) -> bool:
    yaws = [one.motion.view.yaw_deg for one in (a, b)]
    off = [letter for letter, yaw in zip("AB", yaws, strict=True) if not yaw <= FARTHEST_YAW_DEG]
    if off:
        key = "view_both" if len(off) == 2 else "view"
        refused.append(say(f"compare_limits.{key}", which=off[0], degrees=f"{FARTHEST_YAW_DEG:g}"))
        return False
    if abs(yaws[0] - yaws[1]) > _VIEWS_APART_DEG:
        mind.append(say("compare_limits.views_apart", a=f"{yaws[0]:.0f}", b=f"{yaws[1]:.0f}"))
    return True


def _lengths(a: Side, b: Side, refused: list[str], mind: list[str]) -> bool:
    scales = [one.motion.scale for one in (a, b)]
    none = [
        letter
        for letter, scale in zip("AB", scales, strict=True)
        if scale.source == "none" or not np.isfinite(scale.m_per_px_plate)
    ]
    if none:
        key = "no_scale_both" if len(none) == 2 else "no_scale"
        refused.append(say(f"compare_limits.{key}", which=none[0]))
        return False
    bars = [one.motion.bar_source for one in (a, b)]
    if bars[0] != bars[1]:
        refused.append(say("compare_limits.bars", which="AB"[bars.index("hands")]
                           if "hands" in bars else "A"))  # fmt: skip
        return False
    if scales[0].source != scales[1].source:
        mind.append(say("compare_limits.scales", a=scales[0].source, b=scales[1].source))
    return True


def _load(a: Side, b: Side, refused: list[str], mind: list[str]) -> None:
    loads = [one.analysis.options.load_kg for one in (a, b)]
    if a.same_clip(b):
        return
    first, second = loads
    if first is None or second is None:
        mind.append(say("compare_limits.load_unknown"))
    elif abs(first - second) > _LOAD_SHARE * max(first, second):
        mind.append(say("compare_limits.loads", a=f"{first:g} kg", b=f"{second:g} kg"))
    if first is None or second is None:
        refused.append(say("compare_limits.no_power"))


def _moments(a: Side, b: Side, refused: list[str]) -> None:
    """Events that only one of the two shows."""
    from cleanform.report import words

    for letter, one in (("A", a), ("B", b)):
        for line in words.reasons(one.lift):
            refused.append(say("compare_limits.moment", which=letter, line=line))


def _setting(a: Side, b: Side, mind: list[str]) -> None:
    options = [one.analysis.options for one in (a, b)]
    names = [one.athlete for one in options]
    if names[0] and names[1] and names[0] != names[1]:
        mind.append(say("compare_limits.athletes"))
    if options[0].limits != options[1].limits:
        mind.append(say("compare_limits.own_limits"))
    if a.rep.kind != b.rep.kind:
        mind.append(say("compare_limits.kinds", a=a.rep.kind, b=b.rep.kind))
    for letter, one in (("A", a), ("B", b)):
        if one.analysis.recording.clip.slow_motion_source == "inferred":
            mind.append(say("compare_limits.slow_motion", which=letter))
