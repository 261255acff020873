"""The feet stand too far apart or too close together at the start; seen from the front."""

from __future__ import annotations

from collections.abc import Iterator

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._across import breadth_at_start
from cleanform.rules.engine import rule

USUAL = Limits("%", ok_min=40, fault_min=25, ok_max=120, fault_max=180)


@rule(
    title="Stance width",
    parts={"stance": USUAL},
    views=(22, 30),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): feet hip-width",
        "NSCA, Power Clean, Exercise Technique Manual: feet between hip- and shoulder-width",
        "Zhang, Zhu and Derpanis 2013, Penn Action, doi:10.1109/ICCV.2013.280: in 16 clean and "
        "jerks filmed from the front, joints marked by people, the ankles are 50 to 132 % of the "
        "distance between the shoulder joints apart at first (middle 89); the limits are "
        "cleanform's",
    ),
    fault={"stance_wide_m": 0.24},
)
def stance_width(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far apart the ankles stand at the start, in percent of the shoulders' distance.

    **Why it matters.** From feet under the hips the legs push straight up. A wide stance takes
    height from the jump and leaves no room to land in.

    **How it is measured.** The distance between the ankles over that between the model's shoulder
    points, the median from the set-up until the bar passes the knees. Feet under the hips give
    about 75 %.

    **When not to trust it.** Only a camera in front or behind shows it, and only where the
    plates do not cover the feet. It sees the ankles, not which way the toes point. A share is
    worth 6 % of itself.
    """
    yield breadth_at_start(motion, rep, "stance", "ankle", USUAL)
