"""What several commands let one type, and the checks of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated

import typer

from cleanform.errors import InputError

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print analysis.json (several clips: an array), no more.")
]

PoseModel = Annotated[str, typer.Option(help="Pose model: lite, full or heavy.", metavar="NAME")]
PlateMm = Annotated[float, typer.Option(help="Diameter of the near plate.", metavar="MM")]
NoVideo = Annotated[bool, typer.Option("--no-video", help="Write no overlay.mp4.")]


def check_clip_options(model: str, plate_mm: float, slow_motion: float | None) -> None:
    """What is asked of every clip, one or many. InputError names the option."""
    check_choice("--model", model, ("lite", "full", "heavy"))
    check_range("--plate-mm", plate_mm, 100, 600)
    check_range("--slow-motion", slow_motion, 1, 100)


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
