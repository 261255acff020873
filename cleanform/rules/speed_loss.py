"""The bar gets slower within a set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import hypot

from cleanform.model import Lift, Limits, Measurement, Motion, Unseen
from cleanform.rules._sets import set_rule

_SPEED = "peak_bar_speed"
#: What a lifter's own peak speed is repeated to from lift to lift beside the reading's noise, as
#: a share of it. A choice: tracker noise of 3 mm alone gives 2 % at 30 pictures a second.
REPEATED_TO = 0.015


@set_rule(
    title="Bar slows down in the set",
    parts={"loss": Limits("%", ok_max=10)},
    at_least=2,
    sources=(
        "Hardee et al. 2012, J Strength Cond Res 26(4):883-889, doi:10.1519/JSC.0b013e3182474370: "
        "over six power cleans at 80 % of the maximum without a rest between them the bar's peak "
        "velocity falls by 10.2 %, with 20 s between them by 3.8 %",
        "Jukic et al. 2022, Sports Med 53:177-214, doi:10.1007/s40279-022-01754-4: velocity loss "
        "in a set is used to limit it; studies differ on how much is right, so it is no fault here",
    ),
    fault={"reps": 4, "slowing_share": 0.2, "flight_deceleration_m_s2": 5.6},
)
def speed_loss(motion: Motion, lifts: Sequence[Lift]) -> Iterator[Measurement | Unseen]:
    """By how much the last lift's peak bar speed is below the best of the set, in percent.

    **Why it matters.** A power clean is trained for its speed. A set that goes on while the bar
    gets slower trains something else, and tired lifts are caught less well.

    **How it is measured.** The bar's peak upward speed in each lift; the best minus the last, as
    a share of the best. All lifts are seen by the same camera, so the scale does not matter.
    More than 10 % is more than six lifts in a row at 80 % of the maximum cost in the study named
    below. It is never a fault: no study says what is right for a lifter.

    **When not to trust it.** It knows nothing of the weight: a set in which plates are added
    slows down for that reason. The best of several readings is a little too good.
    """
    read = [(i, lift.metrics[_SPEED]) for i, lift in enumerate(lifts) if _SPEED in lift.metrics]
    if len(read) < 2 or read[-1][0] != len(lifts) - 1:
        yield Unseen("loss", "The bar's speed was not read in the last lift and one before it.")
        return
    best_at, best = max(read, key=lambda one: one[1].value)
    last_at, last = read[-1]
    if best.value <= 0:
        yield Unseen("loss", "The bar's speed was not read in these lifts.")
        return
    loss = 1 - last.value / best.value
    noise = motion.bar_speed_sigma_px_s * motion.scale.m_per_px_plate / best.value
    numbers = [lifts[i].rep.index + 1 for i in (best_at, last_at)]
    note = (
        f"The bar's peak speed was {best.value:.2f} {best.unit} in lift {numbers[0]} and "
        f"{last.value:.2f} {last.unit} in lift {numbers[1]}, the last: {100 * loss:.0f} % less."
        if loss > 0
        else f"The last lift was the fastest: {last.value:.2f} {last.unit}."
    )
    rep = lifts[last_at].rep
    yield Measurement(
        "loss",
        100 * loss,
        100 * hypot(noise, REPEATED_TO) * 2**0.5,
        rep.frame("full_extension") or rep.span.start,
        note=note,
    )
