"""The back rounds."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Outline, Rep, Unseen, Verdict
from cleanform.rules._reading import opening_deg, segment_of, why_missing
from cleanform.rules.engine import rule

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

#: How far lifters' own flat backs differ in this measure: two bodies of rendered truth stand 26
#: deg apart, three lifters on video 11. Added where the clip does not show the lifter upright.
BETWEEN_LIFTERS_SIGMA_DEG = 8.0
#: An upright back more convex than this is itself not straight (lifters with flat backs read -5 to
#: +7 on video), so it excuses no more than this of a round start.
MAX_UPRIGHT_DEG = 8.0
#: One outline's turn, in degrees, for an edge as rough as the chord is long. From 2,000 noisy
#: straight contours: 3.7 deg at 250 px and 2 px of edge noise, 5.0 at 200 px, 2.4 at 350 px.
TURN_SIGMA_DEG = 480.0
#: The mask has a quarter of a thousand pixels a side and the back about 60 of them; its edge is
#: not better than a third of one, whatever the roughness says.
MIN_ROUGHNESS = 0.005
#: Mask against true outline on rendered lifts: the same way in all frames of a posture, another in
#: the next one. Within 3 deg at best, and 7 deg where the back is 110 px long (24 lifts).
MASK_OFFSET_SIGMA_DEG, MASK_OFFSET_DEG_PX = 3.0, 770.0

MAX_HIDDEN = 0.30
MIN_FRAMES = 3
#: Share of the pull's outlines, one after the other, whose median must show the growth: one that is
#: off stays off for three or four of ten.
CHANGE_SHARE = 0.5
#: The start is read in this stretch round lift-off.
START_S = (-0.30, 0.06)
#: A trunk this near to plumb is upright; arms this long (in trunks) below the shoulder hang.
UPRIGHT_WITHIN_DEG = 12.0
HANGING_TRUNKS = 0.6


class _Back(NamedTuple):
    """Several outlines read as one."""

    turn_deg: float
    sigma_deg: float  # of the median over the frames; the mask's own offset is apart
    frame: int  # the one nearest to the median
    chord_px: float


@rule(
    title="Back rounds",
    parts={
        "start": Limits("deg", ok_max=12, fault_max=22),
        "change": Limits("deg", ok_max=8, fault_max=15),
    },
    views=(15, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): "
        "flat back at the set-up and through the pull",
        "Bengtsson, Aasa, Ohberg and Berglund 2022, Int J Sports Phys Ther, "
        "doi:10.26603/001c.37859: from standing to the start competitive lifters lose 13 deg "
        "(T11-L2) and 20 deg (L2-S2) of lordosis at 70 % of the maximum",
        "Aasa et al. 2019, Sports Biomech: smallest detectable change of the lumbar spine in the "
        "deadlift 1-8 deg",
        "Falk, Aasa and Berglund 2021, Phys Ther Sport 50:195-200: what trained eyes mark as "
        "rounded on video does not follow the measured degrees, so none of this is a diagnosis",
    ),
    fault={"lumbar_flexion_deg": 45.0},
    outcomes={"start": "rounded start", "change": "rounds in the pull"},
)
def rounded_back(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How much rounder the back is than this lifter's own, upright, and whether it grows.

    **Why it matters.** The back carries the legs' push to the bar. A back that changes its shape
    under the load passes less of it on, and usually says that the start position is out of reach
    for tight hamstrings.

    **How it is measured.** The dorsal outline of the person, from hip to shoulder, is cut into
    thirds; straight lines are fitted to the lower and the upper third, and the angle between
    them is the turn, positive where the back is rounded. *Start* is the median turn round
    lift-off minus the same lifter's turn when upright with hanging arms in the same clip (before
    the lift, or at the end of the pull; a back that is round even then excuses 8 deg at most).
    *Change* is by how much the turn then grows until the power position, in half of the outlines
    that are taken of that way.

    **Limit of detection.** An outline that is seen well is worth 3.5 to 4 deg, one of a back that
    is 110 px long 7, so less than 8 deg of change is not told from none. The outline moves less
    than the spine: on two rendered bodies a lower back flexed by 32 deg turned it by 18 and 24
    deg. Flexion under some 20 deg therefore passes without remark, and a fault takes some 40.

    **When not to trust it.** It sees the outline, not the spine: a loose top, a belt, or big
    back muscles have a shape too. Where the clip does not show the lifter upright, the outline's
    own roundness stands for the start, and the check says *watch* at most. The shorter
    the back in the picture (under some 250 px from hip to shoulder), and with a ragged edge, the
    uncertainty grows until nothing is said. It
    speaks of shape, in degrees, and of nothing else.
    """
    outline = motion.outline
    if outline is None or not len(outline.frames):
        for part in ("start", "change"):
            yield Unseen(part, "The outline of your back was not taken from this clip.")
        return
    if motion.view.yaw_deg > 15 and "rear" in motion.view.label:
        for part in ("start", "change"):
            yield Unseen(part, "Seen from behind, the outline is not that of your spine.")
        return
    usable = _usable(outline)
    start = _at_start(motion, rep, outline, usable)
    if start is None:
        reason = why_missing(rep, "lift_off") or _why_unusable(outline)
        yield Unseen("start", reason)
        yield Unseen("change", reason)
        return
    yield _start(motion, rep, outline, usable, start)
    yield _change(motion, rep, outline, usable, start)


def _usable(outline: Outline) -> Bools:
    good: Bools = np.isfinite(outline.turn_deg) & (outline.hidden <= MAX_HIDDEN)
    return good


def _why_unusable(outline: Outline) -> str:
    if np.mean(outline.hidden > MAX_HIDDEN) > 0.5:
        return "The plate or an arm covers too much of your back."
    return "The outline of your back could not be followed at the start."


def _sigma_deg(outline: Outline, chosen: Bools) -> float:
    """Of the median over the chosen outlines, from their roughness and from their spread."""
    roughness = np.maximum(outline.edge_sd_px[chosen] / outline.chord_px[chosen], MIN_ROUGHNESS)
    one_deg = TURN_SIGMA_DEG * float(np.median(roughness))
    turns = outline.turn_deg[chosen]
    spread_deg = 1.48 * float(np.median(np.abs(turns - np.median(turns))))
    # Neighbouring frames share most of their error: n of them are worth about n / 2.
    return max(one_deg, spread_deg) / sqrt(max(1.0, len(turns) / 2))


def _median(outline: Outline, chosen: Bools) -> _Back | None:
    if chosen.sum() < MIN_FRAMES:
        return None
    turns = outline.turn_deg[chosen]
    middle = float(np.median(turns))
    nearest = int(outline.frames[chosen][np.argmin(np.abs(turns - middle))])
    chord_px = float(np.median(outline.chord_px[chosen]))
    return _Back(middle, _sigma_deg(outline, chosen), nearest, chord_px)


def _at_start(motion: Motion, rep: Rep, outline: Outline, usable: Bools) -> _Back | None:
    lift_off = rep.frame("lift_off")
    if lift_off is None:
        return None
    since_s = motion.times_s[outline.frames] - motion.times_s[lift_off]
    return _median(outline, usable & (since_s >= START_S[0]) & (since_s <= START_S[1]))


def _upright(motion: Motion, rep: Rep, outline: Outline, usable: Bools) -> _Back | None:
    """The lifter's own upright back with hanging arms, in the same shot.

    Standing before the lift is best; the end of the pull and the time after the bar is let down
    stand in. In the rack the arms bend the back, so the catch and the stand are left out.
    """
    shot, frames = segment_of(motion, rep.span.start), outline.frames
    shoulder, hip, wrist = (motion.joints_px[name][frames] for name in ("shoulder", "hip", "wrist"))
    with np.errstate(invalid="ignore"):
        plumb = np.abs(motion.angles_deg["trunk"][frames] - 90) < UPRIGHT_WITHIN_DEG
        reach = HANGING_TRUNKS * np.linalg.norm(shoulder - hip, axis=1)
        hanging = (shoulder - wrist)[:, 1] > reach
    good = usable & plumb & hanging & (frames >= shot.start) & (frames < shot.stop)
    before = _median(outline, good & (frames < rep.span.start))
    return before or _median(outline, good)


def _start(motion: Motion, rep: Rep, outline: Outline, usable: Bools, start: _Back) -> Measurement:
    upright = _upright(motion, rep, outline, usable)
    offset_deg = max(MASK_OFFSET_SIGMA_DEG, MASK_OFFSET_DEG_PX / start.chord_px)
    sigma_deg = hypot(start.sigma_deg, offset_deg, opening_deg(motion.view.yaw_deg))
    marks = _curve(outline, start.frame)
    if upright is None:
        note = (
            f"At the start the outline of your back turned by {start.turn_deg:.0f} deg; the clip "
            "does not show you upright with hanging arms, so it is not known how it looks flat."
        )
        sigma_deg = hypot(sigma_deg, BETWEEN_LIFTERS_SIGMA_DEG)
        cap = Verdict.WATCH
        return Measurement("start", start.turn_deg, sigma_deg, start.frame, marks, cap, note)
    rounder_deg = start.turn_deg - min(upright.turn_deg, MAX_UPRIGHT_DEG)
    than = "when you stand upright" if upright.turn_deg <= MAX_UPRIGHT_DEG else "a straight back"
    note = (
        f"At the start your back was {rounder_deg:.0f} deg rounder than {than}."
        if rounder_deg >= 0.5
        else "At the start your back was as flat as when you stand upright."
    )
    sigma_deg = hypot(sigma_deg, upright.sigma_deg)
    return Measurement("start", rounder_deg, sigma_deg, start.frame, marks, note=note)


def _change(
    motion: Motion, rep: Rep, outline: Outline, usable: Bools, start: _Back
) -> Measurement | Unseen:
    """Largest growth of the turn over the start, each reading a median of half the outlines."""
    window = rep.frames("lift_off", "power_position")
    if window is None:
        return Unseen("change", why_missing(rep, "lift_off", "power_position"))
    chosen = usable & (outline.frames >= window.start) & (outline.frames < window.stop)
    if chosen.sum() < MIN_FRAMES:
        return Unseen("change", "Your back's outline was covered during the pull.")
    turns = outline.turn_deg[chosen]
    width = max(MIN_FRAMES, round(CHANGE_SHARE * len(turns)))
    running = np.median(np.lib.stride_tricks.sliding_window_view(turns, width), axis=1)
    at = int(np.argmax(running))
    frame = int(outline.frames[chosen][at + width // 2])
    grown_deg = float(running[at]) - start.turn_deg
    here = usable & np.isin(outline.frames, outline.frames[chosen][at : at + width])
    note = (
        f"Your back changed shape by {grown_deg:.0f} deg between the start and the power position."
        if grown_deg >= 0.5
        else "Your back kept its shape from the start to the power position."
    )
    sigma_deg = hypot(
        start.sigma_deg,
        _sigma_deg(outline, here),
        MASK_OFFSET_SIGMA_DEG,
        opening_deg(motion.view.yaw_deg),
    )
    return Measurement("change", grown_deg, sigma_deg, frame, _curve(outline, frame), note=note)


def _curve(outline: Outline, frame: int) -> tuple[Mark, ...]:
    contour: Floats = outline.contour_px[int(np.flatnonzero(outline.frames == frame)[0])]
    points = contour[np.isfinite(contour).all(axis=1)]
    if len(points) < 2:
        return ()
    return (Mark("curve", tuple((float(x), float(y)) for x, y in points), "back"),)
