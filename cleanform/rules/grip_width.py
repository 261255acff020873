"""The hands hold the bar too far apart or too close together; seen from the front."""

from __future__ import annotations

from collections.abc import Iterator

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._across import breadth_at_start
from cleanform.rules.engine import rule

USUAL = Limits("%", ok_min=110, fault_min=85, ok_max=175, fault_max=225)


@rule(
    title="Grip width",
    parts={"grip": USUAL},
    views=(22, 30),
    seen_from="front",
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): hook grip a "
        "little wider than the shoulders",
        "Zhang, Zhu and Derpanis 2013, Penn Action, doi:10.1109/ICCV.2013.280: in 16 clean and "
        "jerks filmed from the front, joints marked by people, the hands are 114 to 212 % of the "
        "distance between the shoulder joints apart at first (middle 172, about 150 of the "
        "model's shoulders); the limits are cleanform's",
    ),
    fault={"grip_wide_m": 0.20},
)
def grip_width(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How far apart the hands hold the bar, in percent of the distance between the shoulders.

    **Why it matters.** From a grip a little outside the shoulders the elbows can turn under the
    bar. Too narrow, and the hands press against neck and shoulders; too wide, and the bar hits
    the body higher up and the rack is hard to reach.

    **How it is measured.** The distance between the hands over that between the model's shoulder
    points, the median from the set-up until the bar passes the knees, while both are about as far
    from the camera. The points lie a little inside the outer edge of the shoulders, so that hands
    just outside them read 140 to 160.

    **When not to trust it.** Only a camera in front or behind shows it. Long arms and broad hips
    ask for a wider grip, and good lifters differ, so the band is wide. Where the model puts the
    shoulders depends on body and clothes; a share is worth 6 % of itself.
    """
    yield breadth_at_start(motion, rep, "grip", "hand", USUAL)
