"""The back rounds."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Outline, Rep, Unseen
from cleanform.rules._reading import opening_deg, segment_of, why_missing
from cleanform.rules.engine import rule

if TYPE_CHECKING:
    from cleanform.model import Bools, Floats

#: A sound lower back flattens by about this much from standing to the start of a pull
#: (Bengtsson et al. 2022: L2-S2 lost 20 deg in competitive lifters).
NATURAL_FLATTENING_DEG = 20.0
#: How an upright back reads where the clip does not show the lifter's own, and how far lifters
#: differ: bodies of one build and another stand 24 deg apart in rendered truth.
TYPICAL_UPRIGHT_DEG = -20.0
BETWEEN_LIFTERS_SIGMA_DEG = 8.0
#: One outline's bend, in degrees, for an edge as rough as the chord is long. From 2,000 noisy
#: straight contours: 3.7 deg at 250 px and 2 px of edge noise, 5.0 at 200 px, 2.4 at 350 px.
BEND_SIGMA_DEG = 480.0
#: The mask has a quarter of a thousand pixels a side and the back about 60 of them; its edge is
#: not better than a third of one, whatever the roughness says.
MIN_ROUGHNESS = 0.005
#: Mask against true outline on rendered lifts: within about 3 deg, the same way in all frames.
MASK_OFFSET_SIGMA_DEG = 3.0

MAX_HIDDEN = 0.30
MIN_FRAMES = 3
UPRIGHT_TRUNK_DEG = 65.0


class _Back(NamedTuple):
    """Several outlines read as one."""

    bend_deg: float
    sigma_deg: float  # of the median over the frames; the mask's own offset is apart
    frame: int  # the one nearest to the median


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
    """How much rounder the lower back is than this lifter's own flat back, and whether it grows.

    **Why it matters.** The back carries the legs' push to the bar. A back that changes its shape
    under the load passes less of it on, and usually says that the start position is out of reach
    for tight hamstrings.

    **How it is measured.** The dorsal outline of the person, from hip to shoulder, is cut into
    thirds; straight lines are fitted to the lower and the middle third, and the angle between
    them is the bend, positive where the back is rounded. *Start* is the median bend from the
    set-up to lift-off, minus the same lifter's upright bend in the same clip, minus the 20 deg by
    which a sound back flattens on the way down. *Change* is by how much the bend then grows
    until the power position.

    **When not to trust it.** It sees the outline, not the spine: a loose top, a belt, or big
    back muscles have a shape too. Under about 250 px from hip to shoulder, or with a ragged edge,
    the uncertainty grows until nothing is said. It speaks of shape, in degrees, and of nothing
    else.
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
    start = _during(motion, rep, outline, usable, "setup", "lift_off")
    if start is None:
        reason = why_missing(rep, "setup", "lift_off") or _why_unusable(outline)
        yield Unseen("start", reason)
        yield Unseen("change", reason)
        return
    yield _start(motion, rep, outline, usable, start)
    yield _change(motion, rep, outline, usable, start)


def _usable(outline: Outline) -> Bools:
    good: Bools = np.isfinite(outline.bend_deg) & (outline.hidden <= MAX_HIDDEN)
    return good


def _why_unusable(outline: Outline) -> str:
    if np.mean(outline.hidden > MAX_HIDDEN) > 0.5:
        return "The plate or an arm covers too much of your back."
    return "The outline of your back could not be followed at the start."


def _sigma_deg(outline: Outline, chosen: Bools) -> float:
    """Of the median over the chosen outlines, from their roughness and from their spread."""
    roughness = np.maximum(outline.edge_sd_px[chosen] / outline.chord_px[chosen], MIN_ROUGHNESS)
    one_deg = BEND_SIGMA_DEG * float(np.median(roughness))
    bends = outline.bend_deg[chosen]
    spread_deg = 1.48 * float(np.median(np.abs(bends - np.median(bends))))
    # Neighbouring frames share most of their error: n of them are worth about n / 2.
    return max(one_deg, spread_deg) / sqrt(max(1.0, len(bends) / 2))


def _median(outline: Outline, chosen: Bools) -> _Back | None:
    if chosen.sum() < MIN_FRAMES:
        return None
    bends = outline.bend_deg[chosen]
    middle = float(np.median(bends))
    nearest = int(outline.frames[chosen][np.argmin(np.abs(bends - middle))])
    return _Back(middle, _sigma_deg(outline, chosen), nearest)


def _during(
    motion: Motion, rep: Rep, outline: Outline, usable: Bools, first: str, last: str
) -> _Back | None:
    window = rep.frames(first, last)
    if window is None:
        return None
    inside = (outline.frames >= window.start) & (outline.frames < window.stop)
    return _median(outline, usable & inside)


def _upright(motion: Motion, rep: Rep, outline: Outline, usable: Bools) -> _Back | None:
    """The lifter's own upright back: before the set-up or after the lift, in the same shot."""
    segment = segment_of(motion, rep.span.start)
    frames = outline.frames
    trunk_deg = motion.angles_deg["trunk"][frames]
    catch = rep.frame("catch_lowest")
    apart = frames < rep.span.start
    if catch is not None:
        apart |= frames > catch
    with np.errstate(invalid="ignore"):
        standing = (trunk_deg > UPRIGHT_TRUNK_DEG) & (trunk_deg < 180 - UPRIGHT_TRUNK_DEG)
    same_shot = (frames >= segment.start) & (frames < segment.stop)
    return _median(outline, usable & apart & standing & same_shot)


def _start(motion: Motion, rep: Rep, outline: Outline, usable: Bools, start: _Back) -> Measurement:
    upright = _upright(motion, rep, outline, usable)
    if upright is None:
        base_deg, base_sigma_deg = TYPICAL_UPRIGHT_DEG, BETWEEN_LIFTERS_SIGMA_DEG
        against = "a typical flat back; the clip does not show yours upright"
    else:
        base_deg, base_sigma_deg = upright.bend_deg, upright.sigma_deg
        against = "your own back standing, less what is natural"
    rounder_deg = start.bend_deg - base_deg - NATURAL_FLATTENING_DEG
    note = (
        f"At the start your lower back was {rounder_deg:.0f} deg rounder than flat, measured "
        f"against {against}."
        if rounder_deg >= 0.5
        else "At the start your lower back was as flat as your own back allows."
    )
    sigma_deg = hypot(
        start.sigma_deg,
        base_sigma_deg,
        MASK_OFFSET_SIGMA_DEG,
        opening_deg(motion.view.yaw_deg),
    )
    return Measurement(
        "start", rounder_deg, sigma_deg, start.frame, _curve(outline, start.frame), note=note
    )


def _change(
    motion: Motion, rep: Rep, outline: Outline, usable: Bools, start: _Back
) -> Measurement | Unseen:
    """Largest growth of the bend over the start, each reading a median of three outlines."""
    window = rep.frames("lift_off", "power_position")
    if window is None:
        return Unseen("change", why_missing(rep, "lift_off", "power_position"))
    chosen = usable & (outline.frames >= window.start) & (outline.frames < window.stop)
    if chosen.sum() < MIN_FRAMES:
        return Unseen("change", "Your back's outline was covered during the pull.")
    bends = outline.bend_deg[chosen]
    running = np.median(np.lib.stride_tricks.sliding_window_view(bends, MIN_FRAMES), axis=1)
    at = int(np.argmax(running))
    frame = int(outline.frames[chosen][at + MIN_FRAMES // 2])
    grown_deg = float(running[at]) - start.bend_deg
    here = usable & np.isin(outline.frames, outline.frames[chosen][at : at + MIN_FRAMES])
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
