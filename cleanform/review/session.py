"""One result folder while it is reviewed: what was said, what follows from it, what is written."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cleanform import archive, history, phases, pipeline, report
from cleanform.correct import Corrector
from cleanform.corrections import ChosenLifter, Corrections
from cleanform.errors import CleanformError, InputError
from cleanform.locking import is_of_team
from cleanform.report import Handles
from cleanform.staging import replace_file, staged_folder

if TYPE_CHECKING:
    from cleanform.model import Analysis, Recording

Json = dict[str, Any]

#: Stills, plots and report.html are written once nothing was said for so long.
SETTLES_AFTER_S = 4.0


class StaleError(CleanformError):
    """What was asked rests on a page that is not the newest."""


@dataclass
class Look:
    """A new look at the clip: how far it is, and how it ended."""

    stage: str = ""
    share: float = 0.0
    running: bool = False
    problem: str = ""


class Session:
    """Judges a saved recording anew with every correction. For use from several threads.

    Every change is in corrections.json and analysis.json before it is answered; the pictures and
    report.html follow a few seconds later, and at the latest with `close`.
    """

    def __init__(self, folder: Path, clip: Path | None = None) -> None:
        """`clip`: the file that the recording was made from, for a new look at it.

        Raises:
            InputError: `folder` holds no result, one of an earlier version, or broken
                corrections; or `clip` is not there.
        """
        self.folder = Path(folder)
        self._options = archive.load(self.folder).options
        self._page: bytes | None = None
        self._take_up()
        self._clip = _clip_of(self.folder, self._recording, clip)
        self.look = Look()
        self._changes = 0
        self._lock = threading.RLock()
        self._unsettled = threading.Event()
        self._closed = threading.Event()
        self._settler = threading.Thread(target=self._settle_when_quiet, daemon=True)
        self._settler.start()

    # --- what is asked --------------------------------------------------------------------

    @property
    def analysis(self) -> Analysis:
        return self._analysis

    @property
    def revision(self) -> int:
        """Grows with every change."""
        return self._changes

    def page(self) -> bytes:
        """The report with its handles."""
        with self._lock:
            if self._page is None:
                self._page = report.page_with_handles(self._analysis, self.folder, self._handles())
            return self._page

    def correct(self, document: object, revision: object) -> None:
        """Say one thing more. InputError where it cannot be, in a sentence for the page."""
        with self._lock:
            self._check_turn(revision)
            frames = self._recording.clip.frames
            try:
                what = history.from_json(document, frames)
            except ValueError as error:
                raise InputError(f"This cannot be saved: {error}.") from error
            if len(self._corrections.entries) >= history.MOST_ENTRIES:
                raise InputError(f"More than {history.MOST_ENTRIES} corrections cannot be kept.")
            corrections = self._corrections.with_(what, _now())
            number = corrections.entries[-1].number
            by_hand = Corrector(corrections)
            analysis = pipeline.judge_by_hand(self._recording, self._options, by_hand)
            if number in by_hand.unfit and not isinstance(what, ChosenLifter):
                raise InputError(by_hand.unfit[number])
            self._change(corrections, analysis)

    def undo(self, number: object, revision: object) -> None:
        """Take one thing back, or everything (`number` None)."""
        with self._lock:
            self._check_turn(revision)
            if number is None:
                corrections = self._corrections.without_any(_now())
            else:
                try:
                    corrections = self._corrections.without(int(str(number)), _now())
                except (KeyError, ValueError) as error:
                    raise InputError("This was undone before.") from error
            analysis = pipeline.judge(self._recording, self._options, corrections)
            self._change(corrections, analysis)

    def look_again(self, revision: object) -> None:
        """Begin to look at the clip again, for the lifter who was chosen; `look` says how far."""
        with self._lock:
            self._check_turn(revision)
            if self._clip is None:
                raise InputError(
                    f"The clip {self._recording.clip.path.name} is not beside the folder: end the "
                    "review and start it with --clip FILE."
                )
            self.look = Look(running=True)
            threading.Thread(target=self._look, args=(self._clip,), daemon=True).start()

    def close(self) -> None:
        """Write what is not written yet. Nothing can be said afterwards."""
        self._closed.set()
        self._unsettled.set()
        self._settler.join()

    # --- what follows ---------------------------------------------------------------------

    def _take_up(self) -> None:
        """Read the folder and judge it."""
        self._recording: Recording = archive.load_recording(self.folder)
        self._corrections: Corrections = history.load(self.folder, self._recording.clip)
        self._analysis = pipeline.judge(self._recording, self._options, self._corrections)
        self._page = None

    def _check_turn(self, revision: object) -> None:
        if self.look.running:
            raise StaleError("The clip is being looked at again: wait until that is done.")
        if self._closed.is_set():
            raise StaleError("The review has ended.")
        if revision != self.revision:
            raise StaleError("Something was corrected in another window: reload this page.")

    def _change(self, corrections: Corrections, analysis: Analysis) -> None:
        archive.save_judgement(analysis, self.folder)
        if is_of_team(self.folder):
            replace_file(self.folder / history.REVIEWED_FILE, b"")
        self._corrections, self._analysis = corrections, analysis
        self._page = None
        self._changes += 1
        self._unsettled.set()

    def _handles(self) -> Handles:
        motion = self._analysis.motion
        reps = phases.read(motion).reps if motion is not None else ()
        return Handles(
            revision=self.revision,
            corrections=self._corrections,
            lift_frames=tuple((rep.span.start + rep.span.stop) // 2 for rep in reps),
            clip_at_hand=self._clip is not None,
            clip_name=self._recording.clip.path.name,
        )

    def _settle_when_quiet(self) -> None:
        """In a thread of its own: write pictures and report.html when nobody says any more."""
        settled = self.revision
        while True:
            self._unsettled.wait()
            self._unsettled.clear()
            while not self._closed.wait(SETTLES_AFTER_S) and self._unsettled.is_set():
                self._unsettled.clear()
            with self._lock:
                if self.revision != settled:
                    report.rewrite(self._analysis, self.folder)
                    settled = self.revision
            if self._closed.is_set():
                return

    def _look(self, clip: Path) -> None:
        """In a thread of its own: the slow half again, with the lifter who was chosen."""

        def tell(stage: str, share: float) -> None:
            self.look.stage, self.look.share = stage, share

        try:
            with staged_folder(self.folder, keep=True, inside=True) as stage:
                pipeline.analyze_into(stage, clip, self._options, self.folder, tell)
            with self._lock:
                self._take_up()
                self._changes += 1
            self.look = Look()
        except CleanformError as error:
            self.look = Look(problem=str(error))
        except Exception as error:  # the review goes on with what it had
            self.look = Look(problem=f"cleanform stumbled over the clip ({type(error).__name__}).")


def _clip_of(folder: Path, recording: Recording, given: Path | None) -> Path | None:
    """The clip that the recording was made from: as given, else beside the folder."""
    if given is not None:
        if not given.is_file():
            raise InputError(f"{given}: there is no such file")
        return given
    beside = folder.resolve().parent / recording.clip.path.name
    return beside if beside.is_file() else None


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
