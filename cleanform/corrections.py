"""What a person says that the program got wrong: nouns, kept with their history.

A correction names frames, not times: the clock of a clip may be read anew (slow motion), its frames
stay. Places are shares of the upright picture (0..1, from the left, from the top), so that they
hold for a smaller copy of the clip too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class MovedEvent:
    """An event is elsewhere, or not to be seen at all."""

    lift_frame: int  # any frame of the lift that is meant
    event: str  # one of `model.EVENTS`
    frame: int | None  # None: it is not to be seen


@dataclass(frozen=True)
class ChosenLifter:
    """Whom to measure: the person at this place, as `model.Options.lifter` points at one."""

    time_s: float  # as a player shows the clip: slow motion is not taken out
    x_share: float
    y_share: float


@dataclass(frozen=True)
class ClickedPlate:
    """Which plate is the lifter's near one: the one whose middle is about here."""

    frame: int
    x_share: float
    y_share: float
    height_share: float | None = None  # its vertical diameter; None: as it is found there


@dataclass(frozen=True)
class PlateSize:
    """The near plate's diameter, which sets the scale."""

    plate_mm: float


@dataclass(frozen=True)
class KnownLength:
    """A length in the plane of the plate (of the lifter, where there is none) sets the scale."""

    from_x_share: float
    from_y_share: float
    to_x_share: float
    to_y_share: float
    length_mm: float


@dataclass(frozen=True)
class WrongVerdict:
    """A verdict that a person does not share."""

    lift_frame: int  # any frame of the lift that is meant
    rule: str
    said: str  # the verdict that was wrong
    note: str = ""


Correction = MovedEvent | ChosenLifter | ClickedPlate | PlateSize | KnownLength | WrongVerdict


@dataclass(frozen=True)
class Entry:
    """One correction, made and perhaps undone again; times as 2026-11-27T18:30:00Z."""

    number: int  # from 1, in the order in which they were made
    made: str
    what: Correction
    undone: str | None = None


@dataclass(frozen=True)
class Corrections:
    """All that was ever said of one clip, oldest first. Nothing is taken out: it is undone."""

    entries: tuple[Entry, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is in force."""
        return any(True for _ in self.in_force())

    def in_force(self) -> Iterator[Entry]:
        """What holds now: not undone, and not said anew later."""
        last = {
            _subject(entry.what): entry.number for entry in self.entries if entry.undone is None
        }
        numbers = set(last.values())
        return (entry for entry in self.entries if entry.number in numbers)

    def with_(self, what: Correction, made: str) -> Corrections:
        """One correction more."""
        number = self.entries[-1].number + 1 if self.entries else 1
        return Corrections((*self.entries, Entry(number, made, what)))

    def without(self, number: int, undone: str) -> Corrections:
        """Entry `number` undone; what it had replaced holds again. KeyError: it does not hold."""
        if number not in {entry.number for entry in self.in_force()}:
            raise KeyError(number)
        return Corrections(
            tuple(
                replace(entry, undone=undone) if entry.number == number else entry
                for entry in self.entries
            )
        )

    def without_any(self, undone: str) -> Corrections:
        """All of them undone."""
        return Corrections(
            tuple(
                entry if entry.undone is not None else replace(entry, undone=undone)
                for entry in self.entries
            )
        )

    def lifter(self) -> ChosenLifter | None:
        """Whom to measure, where that was said."""
        said = (entry.what for entry in self.in_force())
        return next((what for what in said if isinstance(what, ChosenLifter)), None)

    def plate(self) -> ClickedPlate | None:
        """Which plate to follow, where that was said."""
        said = (entry.what for entry in self.in_force())
        return next((what for what in said if isinstance(what, ClickedPlate)), None)

    def scale(self) -> PlateSize | KnownLength | None:
        """What sets the scale, where that was said."""
        said = (entry.what for entry in self.in_force())
        return next((what for what in said if isinstance(what, PlateSize | KnownLength)), None)


def _subject(what: Correction) -> tuple[object, ...]:
    """What a correction is about: a later one about the same takes its place."""
    if isinstance(what, MovedEvent):
        return MovedEvent, what.lift_frame, what.event
    if isinstance(what, WrongVerdict):
        return WrongVerdict, what.lift_frame, what.rule
    if isinstance(what, PlateSize | KnownLength):
        return ("scale",)
    return (type(what),)


#: Nothing was ever said.
NONE = Corrections()
