"""Known lifts as landmarks, plate and outline: everything after the pixels, by the thousand.

The tracker's noise is an assumption, stated here and on the page: landmarks wander by 0.6 % of
stature, correlated from frame to frame, the plate by 0.7 px, the back's outline by 2 degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cleanform import outline, phases, pipeline, signals, synth
from cleanform.errors import InputError
from cleanform.model import Options, Outline, Recording
from cleanform.rules import all_set_rules
from cleanform.validate.doses import DOSES, JUDGED_TIMES, find_dose, with_dose
from cleanform.validate.outcome import NOT_CLEANS, Case, Outcome, compare, crashed, not_made

if TYPE_CHECKING:
    from cleanform.model import Analysis
    from cleanform.synth import Camera, LiftSpec, Noise, Truth

LANDMARK_SD = 0.006  # of stature
LANDMARK_LAG_ONE = 0.6
PLATE_SD_PX = 0.7
OUTLINE_SD_DEG = 2.0

SIDE_VIEWS = ("side", "side 20", "30", "45", "front", "rear 45")
#: From where movements that are no cleans are watched, in turn.
OTHER_VIEWS = ("side", "45", "side 20", "front", "30", "rear 45")
#: From the front no plate is seen: the hands stand for a bar that bends so far before it rises.
BY_HANDS = "front, by the hands"
BENDS_M = (0.0, 0.01, 0.02, 0.03)
TIMES = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0)


@dataclass(frozen=True)
class Lift:
    """One lift to be made, watched and judged."""

    case: Case
    spec: LiftSpec
    camera: Camera
    noise: Noise

    @property
    def name(self) -> str:
        return self.case.name


def lifts(share: float = 1.0) -> list[Lift]:
    """Every pixel-level lift of the validation; `share` of them for the short form."""

    def some(count: int) -> range:
        return range(max(2, round(count * share)))

    return [
        *_good(some(160), "side"),
        *(lift for view in SIDE_VIEWS[1:] for lift in _good(some(40), view)),
        *_by_hands(some(40)),
        *_faulty(some),
        *_not_cleans(some(36)),
        *_several(some(90)),
        *_sets(some(40)),
        *_rough(some(60)),
    ]


def judge(lift: Lift) -> Outcome:
    """Make the lift, watch it with a noisy tracker, and run the chain on what was seen."""
    try:
        spec = lift.spec
        if lift.case.times_limit is not None:
            spec = with_dose(spec, find_dose(lift.case.dose), lift.case.times_limit or 0.0)
        truth = synth.lift(spec)
    except InputError as error:
        return not_made(lift.case, error)
    try:
        return compare(lift.case, truth, watch(truth, lift.camera, lift.noise))
    except Exception as error:  # whatever breaks the chain is what this is here to count
        return crashed(lift.case, error)


def watch(truth: Truth, camera: Camera, noise: Noise) -> Analysis:
    """The whole chain after the pixels, `pipeline.judge` included."""
    stature_px = camera.focal_px * truth.spec.stature_m / camera.distance_m
    seen = synth.observe(truth, camera, replace(noise, landmark_px=LANDMARK_SD * stature_px))
    options = Options()
    motion = signals.derive(*seen, options)
    back = None
    if motion is not None:
        found = phases.read(motion).reps
        wanted = sorted({frame for rep in found for frame in outline.frames_wanted(rep, motion)})
        back = _back(truth, wanted, camera, noise.seed) if wanted else None
    return pipeline.judge(Recording(*seen, back, "none", ""), options)


def _back(truth: Truth, frames: list[int], camera: Camera, seed: int) -> Outline:
    """The outline with reading errors that a frame shares with its neighbours only in part."""
    exact = synth.outline(truth, np.array(frames), camera)
    error_deg = np.random.default_rng((seed, 11)).normal(0.0, OUTLINE_SD_DEG, len(frames))
    return replace(
        exact,
        turn_deg=exact.turn_deg + error_deg,
        bend_deg=exact.bend_deg + error_deg,
        edge_sd_px=np.full(len(frames), 1.0),
    )


def _noise(seed: int, **more: float | str) -> Noise:
    return synth.Noise(
        seed=seed,
        landmark_lag_one=LANDMARK_LAG_ONE,
        bar_px=PLATE_SD_PX,
        **more,  # type: ignore[arg-type]
    )


def _lift(case: Case, spec: LiftSpec, seed: int, **more: float) -> Lift:
    camera = synth.camera_of(seed, case.view)
    return Lift(replace(case, kind=spec.kind, fps=spec.fps), spec, camera, _noise(seed, **more))


def _good(seeds: range, view: str) -> Iterator[Lift]:
    for seed in seeds:
        yield _lift(Case(f"good, {view}, {seed}", "good", view), synth.vary(seed), seed)


def _by_hands(seeds: range) -> Iterator[Lift]:
    for seed in seeds:
        spec, camera = synth.vary(60_000 + seed), synth.camera_of(60_000 + seed, "front")
        noise = _noise(seed, bar_source="hands", bend_m=BENDS_M[seed % len(BENDS_M)])
        case = Case(f"good, {BY_HANDS}, {seed}", "good", BY_HANDS, spec.kind, spec.fps)
        yield Lift(case, spec, camera, noise)


def _faulty(some: Callable[[int], range]) -> Iterator[Lift]:
    for number, dose in enumerate(DOSES):
        for times in TIMES:
            count = dose.lifts if times in JUDGED_TIMES else 8
            for index in some(count):
                seed = 10_000 + 1_000 * number + index
                case = Case(
                    f"{dose.key}, {times:g}, {seed}", "faults", dose.view,
                    dose=dose.key, times_limit=times,
                )  # fmt: skip
                yield _lift(case, synth.vary(seed, stand_first_s=1.0), seed)


def _not_cleans(seeds: range) -> Iterator[Lift]:
    for kind in NOT_CLEANS:
        for seed in seeds:
            view = OTHER_VIEWS[seed % len(OTHER_VIEWS)]
            spec = synth.vary(20_000 + seed, kind=kind, reps=1 + seed % 2)
            yield _lift(Case(f"{kind}, {seed}", "not cleans", view), spec, seed)


def _several(seeds: range) -> Iterator[Lift]:
    kinds = ("power clean", "clean", "hang power clean")
    for seed in seeds:
        spec = synth.vary(30_000 + seed, kind=kinds[seed % 3], reps=1 + seed % 4)
        yield _lift(Case(f"several, {seed}", "several", "side"), spec, seed)


def _sets(seeds: range) -> Iterator[Lift]:
    """Several lifts in a row: all alike, and as each check of a set is to tell."""
    for seed in seeds:
        spec = synth.vary(50_000 + seed, reps=3 + seed % 4)
        yield _lift(Case(f"set, {seed}", "sets", "side"), spec, seed)
        for rule in all_set_rules():
            spec = synth.vary(50_000 + seed, **rule.fault)
            yield _lift(Case(f"set, {rule.id}, {seed}", "sets", "side", dose=rule.id), spec, seed)


def _rough(seeds: range) -> Iterator[Lift]:
    """Lost landmarks, lost plates, swapped sides, clips that end in the turnover."""
    for seed in seeds:
        spec = synth.vary(40_000 + seed, cut_before_catch=seed % 4 == 3)
        yield _lift(
            Case(f"rough, {seed}", "rough", ("side", "45")[seed % 2]), spec, seed,
            landmark_dropout=0.02, frame_dropout=0.02, bar_dropout=0.05, swap=0.02,
        )  # fmt: skip
