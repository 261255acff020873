"""What was corrected by hand, applied between the stages.

A correction that does not fit (any more) is left out and said; it never stops the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform import bar, phases, rules, texts
from cleanform.corrections import (
    Corrections,
    Entry,
    KnownLength,
    MovedEvent,
    PlateSize,
    WrongVerdict,
)
from cleanform.errors import InputError
from cleanform.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cleanform.model import Clip, Finding, Floats, Lift, Motion, Options, Recording, Rep


@dataclass
class Corrector:
    """Applies the corrections of one judgement and gathers those that do not fit."""

    corrections: Corrections
    unfit: dict[int, str] = field(default_factory=dict)  # number of the entry -> why
    remarks: list[str] = field(default_factory=list)

    def lifter(self, options: Options) -> Options:
        """The options with the lifter who was chosen, for a new look at the clip."""
        chosen = self.corrections.lifter()
        if chosen is None:
            return options
        return replace(options, lifter=(chosen.time_s, chosen.x_share, chosen.y_share))

    def check_lifter(self, recording: Recording, options: Options) -> None:
        """Say so where the clip has not been looked at again since a lifter was chosen, or not."""
        chosen = self.corrections.lifter()
        if recording.lifter == self.lifter(options).lifter:
            return
        if chosen is not None:
            self._leave_out(chosen, texts.say("by_hand.look_again"))
        elif recording.lifter is not None:
            self.remarks.append(texts.say("by_hand.lifter_undone"))

    def recording(self, recording: Recording) -> Recording:
        """The recording with the plate followed that was clicked."""
        plate = self.corrections.plate()
        if plate is None:
            return recording
        clip = recording.clip
        height_px = None if plate.height_share is None else plate.height_share * clip.height_px
        clicked = bar.Clicked(
            plate.frame, (plate.x_share * clip.width_px, plate.y_share * clip.height_px), height_px
        )
        try:
            if recording.plates is None:
                raise InputError(
                    "This recording was made by an earlier version and does not know which plates "
                    "there were: analyze the clip again, then click the plate."
                )
            track = bar.follow(recording.plates, clip, recording.pose, clicked)
        except InputError as error:
            self._leave_out(plate, str(error))
            return recording
        return replace(recording, bar=track, bar_as_found=recording.bar)

    def options(self, options: Options) -> Options:
        """The options with the plate's size that was given."""
        scale = self.corrections.scale()
        return (
            replace(options, plate_mm=scale.plate_mm) if isinstance(scale, PlateSize) else options
        )

    def length(self, clip: Clip) -> tuple[Floats, float] | None:
        """The known length: two points (2, 2), image pixels, and the metres between them."""
        scale = self.corrections.scale()
        if not isinstance(scale, KnownLength):
            return None
        shares = ((scale.from_x_share, scale.from_y_share), (scale.to_x_share, scale.to_y_share))
        points_px = np.array(shares) * (clip.width_px, clip.height_px)
        if np.hypot(*(points_px[1] - points_px[0])) < _SHORTEST_PX:
            self._leave_out(scale, "The two points of the length are one: mark them farther apart.")
            return None
        return points_px, scale.length_mm / 1000

    def reps(self, motion: Motion, reps: tuple[Rep, ...]) -> tuple[Rep, ...]:
        """The lifts with the events that were moved, in the order in which they were."""
        found = reps
        for entry in self.corrections.in_force():
            if isinstance(entry.what, MovedEvent):
                index = self._lift(reps, entry, entry.what.lift_frame)
                if index is None:
                    continue
                try:
                    found = phases.moved(motion, found, index, entry.what.event, entry.what.frame)
                except InputError as error:
                    self.unfit[entry.number] = str(error)
        return found

    def lifts(self, reps: Sequence[Rep], lifts: tuple[Lift, ...]) -> tuple[Lift, ...]:
        """The lifts with the verdicts withdrawn that were marked as wrong.

        `reps` are the lifts as they were found, before anything was moved.
        """
        found = list(lifts)
        for entry in self.corrections.in_force():
            if isinstance(entry.what, WrongVerdict):
                index = self._lift(reps, entry, entry.what.lift_frame)
                if index is None:
                    continue
                findings = found[index].findings
                if entry.what.rule not in {finding.rule for finding in findings}:
                    self.unfit[entry.number] = f"There is no check {entry.what.rule!r}."
                    continue
                marked = (
                    withdrawn(finding, entry.what.note)
                    if finding.rule == entry.what.rule
                    else finding
                    for finding in findings
                )
                found[index] = replace(found[index], findings=rules.in_reading_order(marked))
        return tuple(found)

    def notes(self, reps: Sequence[Rep]) -> tuple[str, ...]:
        """What was corrected, and what could not be, a sentence each."""
        entries = list(self.corrections.in_force())
        done = [name_of(entry, reps) for entry in entries if entry.number not in self.unfit]
        said = texts.say("by_hand.note", what=texts.say("by_hand.separator").join(done))
        left = (
            texts.say("by_hand.unfit", what=name_of(entry, reps), why=self.unfit[entry.number])
            for entry in entries
            if entry.number in self.unfit
        )
        return (*([said] if done else []), *left, *self.remarks)

    def _lift(self, reps: Sequence[Rep], entry: Entry, frame: int) -> int | None:
        index = lift_of(reps, frame)
        if index is None:
            self.unfit[entry.number] = "There is no lift at this place any more."
        return index

    def _leave_out(self, what: object, why: str) -> None:
        number = next(e.number for e in self.corrections.in_force() if e.what == what)
        self.unfit[number] = why


#: Two points that are nearer than this are one.
_SHORTEST_PX = 8.0


def lift_of(reps: Iterable[Rep], frame: int) -> int | None:
    """Which lift a frame belongs to; None where it is in none."""
    for index, rep in enumerate(reps):
        if rep.span.start <= frame < rep.span.stop:
            return index
    return None


def withdrawn(finding: Finding, note: str) -> Finding:
    """A finding that a person marked as wrong: what it said is kept, but no more claimed."""
    said = texts.say("by_hand.said", verdict=texts.table("verdicts")[finding.verdict.value])
    marked = texts.say("by_hand.wrong_note", note=note) if note else texts.say("by_hand.wrong")
    return replace(
        finding,
        verdict=Verdict.CANNOT_TELL,
        said=finding.verdict,
        reason=f"{marked} {said}",
        cue="",
    )


def name_of(entry: Entry, reps: Sequence[Rep]) -> str:
    """What a correction is about, in a few words: "lift-off", "scale", "verdict of Back"."""
    what = entry.what
    if isinstance(what, MovedEvent):
        name = texts.table("events")[what.event].lower()
    elif isinstance(what, WrongVerdict):
        subject = texts.table("subjects").get(what.rule, what.rule.replace("_", " "))
        name = texts.say("by_hand.verdict", what=subject)
    else:
        return texts.say(f"by_hand.{_NAMES[type(what).__name__]}")
    index = lift_of(reps, what.lift_frame)
    if index is None or len(reps) < 2:
        return name
    return texts.say("by_hand.of_lift", what=name, number=index + 1)


_NAMES = {
    "ChosenLifter": "lifter",
    "ClickedPlate": "plate",
    "PlateSize": "scale",
    "KnownLength": "scale",
}
