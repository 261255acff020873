"""How accurate cleanform is, measured on lifts whose truth is known.

`run` makes the lifts, puts them through the chain and counts; `page` writes what was counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cleanform import __version__
from cleanform.validate import figures as counted
from cleanform.validate import pixel, real, rendered, work
from cleanform.validate.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Progress
    from cleanform.validate.outcome import Outcome
    from cleanform.validate.statistics import Figure

__all__ = ["Plan", "Record", "run"]

#: What `Plan.rendered` may be, and the clips that it stands for.
RENDERED = {"none": None, "small": rendered.small, "bar": rendered.bar, "full": rendered.full}


@dataclass(frozen=True)
class Plan:
    """How much to run. The short form takes a fifth of the pixel-level lifts."""

    pixel_share: float = 1.0
    rendered: str = "small"  # a key of `RENDERED`
    clips: Path | None = None  # folder of labelled real clips
    work: Path | None = None  # where drawn clips and finished outcomes are kept; None: nowhere
    workers: int = 2


def run(plan: Plan, tell: Progress) -> Record:
    """Everything that `plan` asks for. With `plan.work`, an interrupted run goes on."""
    levels: dict[str, list[Outcome]] = {}
    with TemporaryDirectory(prefix="cleanform-validate-") as nowhere:
        folder = plan.work or Path(nowhere)
        folder.mkdir(parents=True, exist_ok=True)
        lifts = pixel.lifts(plan.pixel_share)
        kept = folder / "pixel.jsonl"
        levels["pixel"] = work.run_all(
            lifts, pixel.judge, plan.workers, tell, "pixel-level lifts", kept
        )
        choose = RENDERED[plan.rendered]
        if choose is not None:
            clips = choose(folder / "clips")
            kept = folder / "rendered.jsonl"
            levels["rendered"] = work.run_all(
                clips, rendered.judge, plan.workers, tell, "rendered clips", kept
            )
        footage = real.watch(plan.clips, tell) if plan.clips is not None else []
    return _record(levels, footage)


def _record(levels: dict[str, list[Outcome]], footage: Sequence[real.RealClip]) -> Record:
    figures: dict[str, Figure] = {}
    for level, outcomes in levels.items():
        figures |= counted.figures(level, outcomes)
    counts = {level: len(outcomes) for level, outcomes in levels.items()}
    if footage:
        counts["real"] = len(footage)
    everything = [each for outcomes in levels.values() for each in outcomes]
    return Record(
        __version__,
        counts,
        figures | real.figures(footage),
        {level: counted.responses(outcomes) for level, outcomes in levels.items()},
        [f"{each.case.name}: {each.crash}" for each in everything if each.is_crash],
        {level: sum(not each.is_made for each in outcomes) for level, outcomes in levels.items()},
        footage,
    )
