"""What a person takes hold of to correct a result: the values behind the page's handles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cleanform import correct, history, texts
from cleanform.corrections import Corrections, PlateSize, WrongVerdict
from cleanform.model import EVENTS
from cleanform.phases import BY_HAND
from cleanform.report import words
from cleanform.texts import say

if TYPE_CHECKING:
    from cleanform.corrections import Entry
    from cleanform.model import Analysis


@dataclass(frozen=True)
class Handles:
    """What the page must know to let itself be corrected."""

    revision: int  # of what it shows
    corrections: Corrections
    lift_frames: tuple[int, ...]  # a frame of each lift that stays in it, whatever is moved
    clip_at_hand: bool  # for a new look at it
    clip_name: str


def of_page(analysis: Analysis, handles: Handles) -> dict[str, Any]:
    """Plain values for the template."""
    scale = handles.corrections.scale()
    in_force = {entry.number for entry in handles.corrections.in_force()}
    reps = [lift.rep for lift in analysis.lifts]
    return {
        "lifts": [
            {
                "index": lift.rep.index,
                "number": lift.rep.index + 1,
                "events": [
                    {
                        "name": name,
                        "title": words.event(name),
                        "time": words.clock(lift.rep.events[name].time_s),
                        "seen": lift.rep.events[name].frame is not None,
                        "by_hand": lift.rep.events[name].method == BY_HAND,
                    }
                    for name in EVENTS
                ],
            }
            for lift in analysis.lifts
        ],
        "made": [
            {
                "number": entry.number,
                "name": _first_up(correct.name_of(entry, reps)),
                "detail": _detail(entry, analysis),
                "made": entry.made,
                "when": say("edit.when", day=entry.made[:10], time=entry.made[11:16]),
                "undone": entry.undone,
                "holds": entry.number in in_force,
            }
            for entry in reversed(handles.corrections.entries)
        ],
        "count": len(in_force),
        "plate_mm": scale.plate_mm if isinstance(scale, PlateSize) else analysis.options.plate_mm,
        "clip_at_hand": handles.clip_at_hand,
        "clip_name": handles.clip_name,
        "lifter_waits": _lifter_waits(analysis, handles),
        "wrong": {
            (reps.index(rep), entry.what.rule): entry.number
            for entry in handles.corrections.in_force()
            if isinstance(entry.what, WrongVerdict)
            and (rep := next((r for r in reps if _holds(r, entry.what)), None)) is not None
        },
    }


def of_script(analysis: Analysis, handles: Handles) -> dict[str, Any]:
    """Plain values for the script: frames, events and what it says."""
    clip = analysis.recording.clip
    return {
        "revision": handles.revision,
        "frames": [round(float(time_s), 4) for time_s in clip.times_s],
        "slow": clip.slow_motion_factor,
        "lifts": {
            str(lift.rep.index): {
                "frame": frame,
                "events": {name: event.frame for name, event in lift.rep.events.items()},
                "times": {name: event.time_s for name, event in lift.rep.events.items()},
                "said": {
                    finding.rule: str(finding.said or finding.verdict) for finding in lift.findings
                },
            }
            for lift, frame in zip(analysis.lifts, handles.lift_frames, strict=True)
        },
        "events": [(name, words.event(name)) for name in EVENTS],
        "short": dict(texts.table("short_events")),
        "words": dict(texts.table("edit_script")),
    }


def _lifter_waits(analysis: Analysis, handles: Handles) -> bool:
    """Whether a lifter was chosen, or that was undone, since the clip was looked at."""
    chosen = handles.corrections.lifter()
    wanted = (
        analysis.options.lifter
        if chosen is None
        else (chosen.time_s, chosen.x_share, chosen.y_share)
    )
    return analysis.recording.lifter != wanted and (
        chosen is not None or analysis.recording.lifter is not None
    )


def _holds(rep: Any, what: WrongVerdict) -> bool:
    return bool(rep.span.start <= what.lift_frame < rep.span.stop)


def _detail(entry: Entry, analysis: Analysis) -> str:
    """What was said, in a few words: "to 3.15 s"."""
    plain = history.to_json(entry.what)
    kind = plain["kind"]
    if kind == "event":
        frame = plain["frame"]
        if frame is None:
            return say("edit.to_nowhere")
        time_s = float(analysis.recording.clip.times_s[frame])
        return say("edit.to_time", time=words.clock(time_s))
    if kind == "plate size":
        return say("edit.to_plate", mm=f"{plain['plate_mm']:g}")
    if kind == "length":
        return say("edit.to_length", cm=f"{plain['length_mm'] / 10:g}")
    if kind == "wrong verdict":
        verdict = texts.table("verdicts")[plain["said"]]
        return say(
            "edit.not_so_note" if plain["note"] else "edit.not_so",
            verdict=verdict,
            note=plain["note"],
        )
    return ""


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
