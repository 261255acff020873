"""More lifts in a row than a set of power cleans should have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cleanform.model import Lift, Limits, Measurement, Motion, Unseen
from cleanform.rules._sets import SET_REST_S, set_rule


@set_rule(
    title="Long set",
    parts={"lifts": Limits("lifts", ok_max=6)},
    at_least=2,
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): three or four sets "
        "of at most six, about three minutes apart, stopped before fatigue spoils the form",
    ),
    fault={"reps": 7},
)
def set_length(motion: Motion, lifts: Sequence[Lift]) -> Iterator[Measurement | Unseen]:
    """How many lifts follow each other without a rest.

    **Why it matters.** The power clean is trained fresh: it is quick, and it asks for a precise
    catch. Long sets train tired lifts.

    **How it is measured.** The lifts of the clip between which no more than a minute passes and
    the camera does not cut. It is never a fault: a light technique set may well be longer.

    **When not to trust it.** It counts what is in the clip. Lifts before and after it are not
    known, nor is the weight on the bar.
    """
    count, last = len(lifts), lifts[-1].rep
    more = " Six are enough for a set of power cleans." if count > 6 else ""
    yield Measurement(
        "lifts",
        float(count),
        0.0,
        last.frame("lift_off") or last.span.start,
        note=f"{count} lifts follow each other with less than {SET_REST_S:.0f} s between.{more}",
    )
