"""What several commands let one type, and the checks of it.

What is asked of a clip is declared here once, whether it is one clip or a folder of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.model import Options

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print analysis.json (several clips: an array), no more.")
]

PoseModel = Annotated[str, typer.Option(help="Pose model: lite, full or heavy.", metavar="NAME")]
PlateMm = Annotated[float, typer.Option(help="Diameter of the near plate.", metavar="MM")]
SlowMotion = Annotated[
    float | None,
    typer.Option(help="How many times slower than life the clip plays.", metavar="FACTOR"),
]
LimitsFile = Annotated[
    Path | None, typer.Option(help="Your own limits of the checks, a TOML file.", metavar="FILE")
]
Units = Annotated[str, typer.Option(help="What is shown: metric or imperial.", metavar="NAME")]
BlurFaces = Annotated[
    bool, typer.Option("--blur-faces", help="Hide the lifter's head in every picture.")
]
Linked = Annotated[
    bool, typer.Option("--linked", help="Leave the film beside the page, not inside it.")
]
Freeze = Annotated[bool, typer.Option("--freeze", help="Let the film stand still at each fault.")]
Slow = Annotated[
    float | None,
    typer.Option(help="Also write overlay_slow.mp4, slower than life.", metavar="FACTOR"),
]
Audio = Annotated[bool, typer.Option("--audio", help="Keep the sound in overlay.mp4.")]
NoVideo = Annotated[bool, typer.Option("--no-video", help="Write no overlay.mp4.")]


@dataclass(frozen=True)
class ClipOptions:
    """What is asked of every clip, one or many, as it was typed.

    Raises:
        InputError: a value is out of range; it names the option.
    """

    model: str
    plate_mm: float
    slow_motion: float | None
    limits: Path | None
    units: str
    blur_faces: bool
    linked: bool
    freeze: bool
    slow: float | None
    audio: bool
    no_video: bool

    def __post_init__(self) -> None:
        check_choice("--model", self.model, ("lite", "full", "heavy"))
        check_range("--plate-mm", self.plate_mm, 100, 600)
        check_range("--slow-motion", self.slow_motion, 1, 100)
        check_range("--slow", self.slow, 1, 16)
        check_choice("--units", self.units, ("metric", "imperial"))
        if self.no_video and (self.freeze or self.audio or self.slow is not None):
            raise InputError(
                "--freeze, --slow and --audio are about the film; leave out --no-video"
            )

    def read(self) -> Options:
        """The options of an analysis; InputError where the file of limits cannot be used."""
        from cleanform.model import Options
        from cleanform.rules import read_limits

        return Options(
            model=self.model,
            plate_mm=self.plate_mm,
            slow_motion=self.slow_motion,
            limits={} if self.limits is None else read_limits(self.limits),
            units=self.units,
            blur_faces=self.blur_faces,
            linked=self.linked,
            freeze=self.freeze,
            slow=self.slow,
            audio=self.audio,
            video=not self.no_video,
        )


def check_choice(option: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(f"{option} {value}: choose one of {', '.join(choices)}")


def check_range(option: str, value: float | None, low: float, high: float) -> None:
    if value is not None and not low <= value <= high:
        raise InputError(f"{option} {value:g}: give a number from {low:g} to {high:g}")


def check_date(option: str, value: str | None) -> str | None:
    """The day as YYYY-MM-DD. InputError where it is none."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise InputError(f"{option} {value}: give a day as YYYY-MM-DD") from error


def check_point(option: str, value: str | None) -> tuple[float, float, float] | None:
    """Seconds and two shares of the picture, as SECONDS,X,Y. InputError where it is none."""
    if value is None:
        return None
    try:
        time_s, x_share, y_share = (float(part) for part in value.split(","))
    except ValueError as error:
        raise InputError(f"{option} {value}: give SECONDS,X,Y, such as 2.5,0.4,0.6") from error
    check_range(option, time_s, 0, 100_000)
    check_range(option, x_share, 0, 1)
    check_range(option, y_share, 0, 1)
    return time_s, x_share, y_share
