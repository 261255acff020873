"""The order of the stages; the only place that knows it.

record     pixels -> Recording      slow: decode, pose, plate, the back's outline
judge      Recording -> Analysis    fast: signals, phases, metrics, rules
analyze    both, and the folder of results
rejudge    the fast half again, from a folder that was kept
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING

import numpy as np

from cleanform import (
    archive,
    bar,
    history,
    metrics,
    outline,
    phases,
    plumb,
    rules,
    signals,
    watch,
)
from cleanform.correct import Corrector
from cleanform.corrections import NONE, Corrections
from cleanform.locking import refuse_while_reviewed
from cleanform.model import (
    Analysis,
    Clip,
    Lift,
    Options,
    Pose,
    Recording,
    Refusal,
)
from cleanform.pose import PersonMasker
from cleanform.video import read_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Floats, Motion, Outline, Plumb, Progress, Rep

    Image = NDArray[np.uint8]

#: Stretches between cuts that lean within this of each other are one camera's.
SAME_CAMERA_DEG = 0.4
_MASKERS = 2


def analyze(
    path: str | Path,
    options: Options | None = None,
    folder: str | Path | None = None,
    progress: Progress | None = None,
    corrected_in: str | Path | None = None,
) -> Analysis:
    """Read a clip, judge every clean in it and, where `folder` is given, write the results there.

    What was corrected by hand in an earlier result there (or in `corrected_in`) holds again. The
    folder appears only when it is complete. Raises `InputError` where the clip cannot be read or
    the folder not be written; a readable clip that cannot be judged comes back with a `refusal`.
    """
    options = options or Options()
    tell = progress or _silent
    if folder is None:
        return judge(record(Path(path), options, tell), options)
    corrected = Path(corrected_in or folder)
    history.peek(corrected)  # before anything slow
    refuse_while_reviewed(Path(folder))
    with archive.staged_folder(Path(folder)) as stage:
        return analyze_into(stage, Path(path), options, corrected, tell)


def analyze_into(
    stage: Path, path: Path, options: Options, corrected: Path, progress: Progress | None = None
) -> Analysis:
    """Look at a clip and write all of a result into the existing `stage`.

    What was corrected by hand in the folder `corrected` holds. Raises as `analyze` does.
    """
    from cleanform import report  # loads the plotting library, which judging does without

    tell = progress or _silent
    chosen = Corrector(history.peek(corrected)).lifter(options)
    recording = record(path, chosen, tell)
    analysis = judge(recording, options, history.load(corrected, recording.clip))
    archive.save(analysis, stage)
    report.write(analysis, stage, tell, video=options.video)
    return analysis


def rejudge(
    folder: str | Path, progress: Progress | None = None, options: Options | None = None
) -> Analysis:
    """Judge a folder's saved recording again and draw its page anew, without decoding."""
    folder = Path(folder)
    tell = progress or _silent
    from cleanform import report

    refuse_while_reviewed(folder)
    tell("judging again", 0.0)
    analysis = judge_saved(folder, options)
    tell("drawing the page", 0.5)
    with archive.staged_folder(folder, keep=True) as stage:
        archive.save(analysis, stage)
        report.rewrite(analysis, stage)
    return analysis


def judge_saved(folder: str | Path, options: Options | None = None) -> Analysis:
    """What a folder's saved recording says now; nothing is drawn or written."""
    folder = Path(folder)
    recording = archive.load_recording(folder)
    corrections = history.load(folder, recording.clip)
    return judge(recording, options or archive.load_options(folder), corrections)


def record(path: Path, options: Options, progress: Progress | None = None) -> Recording:
    """The slow half: every frame once for pose and plate, a few again for the back's outline."""
    tell = progress or _silent
    seen = watch.watch(path, options, tell)
    recording = Recording(
        seen.clip,
        seen.pose,
        bar.follow(seen.candidates, seen.clip, seen.pose),
        None,
        *seen.model,
        plumb=_plumb(seen.edges, seen.clip, seen.pose),
        plates=tuple(seen.candidates),
        lifter=options.lifter,
        watched=seen.watched,
        followed=seen.followed,
        camera=seen.camera,
    )
    recording, motion = _on_its_clock(recording, options, Corrector(NONE))
    if motion is None:
        return recording
    back = _trace_backs(recording, motion, phases.read(motion).reps, tell)
    return replace(recording, outline=back)


def judge(recording: Recording, options: Options, corrections: Corrections = NONE) -> Analysis:
    """The fast half: what the recording says, under these options and corrections by hand."""
    return judge_by_hand(recording, options, Corrector(corrections))


def judge_by_hand(recording: Recording, options: Options, by_hand: Corrector) -> Analysis:
    """As `judge`; `by_hand` says afterwards which corrections did not fit."""
    corrections = by_hand.corrections
    by_hand.check_lifter(recording, options)
    recording, motion = _on_its_clock(by_hand.recording(recording), options, by_hand)
    if motion is None:
        message = "Nobody is seen in this clip. Film the whole lifter, side on, in good light."
        refusal, notes = Refusal("no_person", message), by_hand.notes(())
        return Analysis(
            options, recording, None, refusal=refusal, notes=notes, corrections=corrections
        )
    reading = phases.read(motion)
    limits = options.limits
    held_to = rules.with_limits(rules.all_rules(), limits) if limits else None
    sets_held_to = rules.with_limits(rules.all_set_rules(), limits) if limits else None
    lifts = tuple(
        Lift(rep, metrics.of(motion, rep, options), rules.check(motion, rep, held_to))
        for rep in by_hand.reps(motion, reading.reps)
    )
    lifts = by_hand.lifts(reading.reps, lifts)
    return Analysis(
        options,
        recording,
        motion,
        lifts,
        reading.refusal,
        notes=(
            *by_hand.notes(reading.reps),
            *_notes(recording, motion),
            *rules.limits_in_words(limits),
        ),
        set_findings=rules.check_sets(motion, lifts, sets_held_to),
        tallies=rules.tallies(lifts),
        corrections=corrections,
    )


def _on_its_clock(
    recording: Recording, options: Options, by_hand: Corrector
) -> tuple[Recording, Motion | None]:
    """The recording and its signals, slow motion that nobody declared taken out of its times.

    What an earlier run inferred is put back first: the factor is told anew, and a declared one
    goes before it.
    """
    known = by_hand.length(recording.clip)
    scaled = by_hand.options(options)

    def derived(clip: Clip) -> tuple[Recording, Motion | None]:
        timed = replace(recording, clip=clip)
        return timed, signals.derive(
            clip, timed.pose, timed.bar, scaled, timed.outline, timed.plumb, known, timed.camera
        )

    clip = recording.clip
    if clip.slow_motion_source == "inferred":
        clip = clip.retimed(1.0, "none")
    if clip.slow_motion_source == "none" and options.slow_motion is not None:
        clip = clip.retimed(options.slow_motion, "declared")
    timed, motion = derived(clip)
    if motion is None or clip.slow_motion_source != "none":
        return timed, motion
    factor = phases.slow_motion_factor(motion)
    return derived(clip.retimed(factor, "inferred")) if factor else (timed, motion)


def _plumb(edges: dict[int, Floats], clip: Clip, pose: Pose) -> Plumb | None:
    """How the picture leans; None where cameras that a cut separates do not lean alike."""

    def lean_of(frames: list[int]) -> Plumb | None:
        people_px = [_person_box_px(pose, frame, clip) for frame in frames]
        looks = [edges[frame] for frame in frames]
        return plumb.read(looks, people_px, clip.width_px, clip.height_px)

    each = [lean_of([f for f in edges if part.start <= f < part.stop]) for part in clip.segments]
    leans_deg = [found.lean_deg for found in each if found is not None]
    if len(leans_deg) < len(each) or max(leans_deg) - min(leans_deg) > SAME_CAMERA_DEG:
        return None
    return lean_of(list(edges))


def _trace_backs(
    recording: Recording, motion: Motion, reps: tuple[Rep, ...], tell: Progress
) -> Outline | None:
    """The back's outline where rules need it: set-up, pull, standing."""
    wanted = sorted({frame for rep in reps for frame in outline.frames_wanted(rep, motion)})
    if not wanted:
        return None
    clip, track = recording.clip, recording.bar
    side = motion.near_side
    joints = {
        name: recording.pose.of(f"{side}_{name}") for name in ("hip", "shoulder", "elbow", "wrist")
    }
    # A masker keeps one core busy and knows no order, so two of them take turns.
    with PersonMasker() as one, PersonMasker() as other, ThreadPoolExecutor(_MASKERS) as beside:
        free: Queue[PersonMasker] = Queue()
        for masker in (one, other):
            free.put(masker)

        def reading(image_rgb: Image, i: int) -> outline.BackReading | None:
            plate = (*track.xy_px[i], track.width_px[i], track.height_px[i])
            masker = free.get()
            try:
                mask = masker.mask(image_rgb, _person_box_px(recording.pose, i, clip))
            finally:
                free.put(masker)
            return outline.trace(
                image_rgb,
                mask,
                hip_px=joints["hip"][i],
                shoulder_px=joints["shoulder"][i],
                facing=motion.facing,
                plate=plate if np.isfinite(plate).all() else None,
                arm_px=np.stack([joints[n][i] for n in ("shoulder", "elbow", "wrist")]),
            )

        readings: list[Future[outline.BackReading | None]] = []
        for done, frame in enumerate(read_frames(clip, wanted), start=1):
            readings.append(beside.submit(reading, frame.image_rgb, frame.index))
            if done > _MASKERS:  # no more pictures are held than are worked on
                readings[-1 - _MASKERS].result()
            tell("tracing the back", done / len(wanted))
        return outline.assemble(wanted, [each.result() for each in readings])


def _person_box_px(pose: Pose, frame: int, clip: Clip) -> tuple[float, float, float, float]:
    """The landmarks' bounding box in one frame; the whole picture where nobody was found."""
    xy = pose.xy_px[frame]
    if not np.isfinite(xy).any():
        return 0.0, 0.0, float(clip.width_px), float(clip.height_px)
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _notes(recording: Recording, motion: Motion) -> tuple[str, ...]:
    """What was assumed and what is weak, in the order in which it matters."""
    clip = recording.clip
    notes = list(clip.damage)
    if motion.bar_source == "hands":
        notes.append("No plate was followed: the hands stand for the bar.")
    if motion.scale.source == "none":
        notes.append("No scale: give --stature-cm or film a full-size plate to get metres.")
    elif motion.scale.source.startswith("plate"):
        notes.append(f"Scale from the near plate, taken as {motion.scale.source[6:]} across.")
    elif motion.scale.source.startswith("length"):
        notes.append(f"Scale from a length of {motion.scale.source[7:]} that was marked by hand.")
    if motion.bar_source == "plate" and not np.isfinite(motion.scale.m_per_px_body):
        notes.append("The bar's place against the body is not trusted in this clip.")
    if clip.slow_motion_source == "inferred":
        notes.append(
            f"Slow motion {clip.slow_motion_factor:g}x was inferred from how bar and lifter fall "
            "(to the nearest of 2, 4 and 8) and taken out of all times and speeds; "
            "--slow-motion FACTOR says otherwise, 1 = true speed."
        )
    elif clip.slow_motion_factor != 1.0:
        notes.append(
            f"Slow motion {clip.slow_motion_factor:g}x ({clip.slow_motion_source}) was taken out."
        )
    if recording.camera is not None:
        notes.append("The camera moves; that was taken out of the bar's drift and the feet's way.")
    if clip.cuts:
        notes.append("The camera cuts; nothing is measured across a cut.")
    if recording.fresh_per_s < 28:
        notes.append(
            f"Only {recording.fresh_per_s:.0f} new pictures a second: "
            "fast moments are known less well."
        )
    return tuple(notes)


def _silent(stage: str, share: float) -> None:
    """No progress wanted."""
