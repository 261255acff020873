"""Which frames make the film, and when each is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cleanform.model import Verdict
from cleanform.report.scene import shown_in_film

if TYPE_CHECKING:
    from cleanform.model import Analysis, Bools, Finding

_AROUND_S = 1.0  # before the first set-up and after the last lift
_FASTEST_HZ = 62.0  # more pictures a second than a screen shows are left out
_CALM_HZ = 31.0  # enough where the bar is not being pulled or caught
_PULL_S = 0.15  # around knee pass and lowest catch
_STILL_S = 0.1  # a picture that does not change is written this often all the same
FREEZE_S = 2.2  # so long the film stands still at a fault: two lines to read


@dataclass(frozen=True)
class Shot:
    """One picture of a film."""

    frame: int  # of the clip
    at_s: float  # in the film
    frozen: Finding | None = None  # what the film stands still for


def reel(analysis: Analysis, slow: float = 1.0) -> list[Shot]:
    """The film `slow` times slower than life; empty where there is no lift."""
    chosen = film_frames(analysis, slow)
    if not chosen:
        return []
    freezes = _freezes(analysis, chosen) if analysis.options.freeze else {}
    chosen = sorted({*chosen, *freezes})
    times_s = analysis.recording.clip.times_s
    shots: list[Shot] = []
    stood_s = 0.0
    for frame in chosen:
        at_s = slow * float(times_s[frame] - times_s[chosen[0]]) + stood_s
        shots.append(Shot(frame, at_s))
        for finding in freezes.get(frame, ()):
            steps = round(FREEZE_S / _STILL_S)
            for step in range(steps):
                # The first of them takes the place of the frame's own picture.
                shot = Shot(frame, at_s + step * _STILL_S, finding)
                if step == 0 and shots[-1].at_s >= shot.at_s:
                    shots.pop()
                shots.append(shot)
            at_s += FREEZE_S
            stood_s += FREEZE_S
    return shots


def film_frames(analysis: Analysis, slow: float = 1.0) -> list[int]:
    """Clip frames of the film: from before the first lift to after the last one.

    It does not reach over a camera cut before the first lift or after the last. Frames that
    repeat the picture before them are left out; times stay true.
    """
    clip = analysis.recording.clip
    if not analysis.lifts:
        return []
    first = min(lift.rep.span.start for lift in analysis.lifts)
    last = min(max(lift.rep.span.stop for lift in analysis.lifts), clip.frames) - 1
    start, stop = np.searchsorted(
        clip.times_s, [clip.times_s[first] - _AROUND_S, clip.times_s[last] + _AROUND_S]
    )
    for piece in clip.segments:
        start = max(start, piece.start) if piece.start <= first < piece.stop else start
        stop = min(stop, piece.stop) if piece.start <= last < piece.stop else stop
    fast = _fast_frames(analysis)
    chosen: list[int] = []
    for frame in range(int(start), int(stop)):
        gap_s = clip.times_s[frame] - clip.times_s[chosen[-1]] if chosen else np.inf
        if gap_s * slow >= 1 / (_FASTEST_HZ if fast[frame] else _CALM_HZ) and (
            not clip.repeats[frame] or gap_s * slow >= _STILL_S
        ):
            chosen.append(frame)
    if chosen and chosen[-1] != int(stop) - 1:
        chosen.append(int(stop) - 1)  # the film ends where the clip or its second after does
    return chosen


def _freezes(analysis: Analysis, chosen: list[int]) -> dict[int, list[Finding]]:
    """Clip frame -> the faults that the film stands still for there."""
    found: dict[int, list[Finding]] = {}
    for lift in analysis.lifts:
        for finding in filter(shown_in_film, lift.findings):
            frame = finding.frame
            fault = finding.verdict is Verdict.FAULT
            if fault and frame is not None and chosen[0] <= frame <= chosen[-1]:
                found.setdefault(frame, []).append(finding)
    return found


def _fast_frames(analysis: Analysis) -> Bools:
    """(T,) frames from the bar at the knee to the lowest catch, where every picture counts."""
    times_s = analysis.recording.clip.times_s
    fast = np.zeros(len(times_s), bool)
    for lift in analysis.lifts:
        seen = [
            event.time_s
            for name in ("knee_pass", "full_extension", "bar_apex", "catch_lowest")
            if (event := lift.rep.events[name]).time_s is not None
        ]
        if seen:
            fast |= (times_s >= min(seen) - _PULL_S) & (times_s <= max(seen) + _PULL_S)
    return fast
