"""Makes samples/season/: the tables of a team that never was, for the notebook and for trying out.

    python samples/make_season.py

Known lifts (`cleanform.synth`) are seen by a camera that knows every joint, judged as a clip's
would be, and stored as `cleanform batch` stores them. No picture is drawn, so there are no results
under clips/ and the tables name some that are not there.
"""

from __future__ import annotations

import hashlib
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from cleanform import __version__, archive, outline, phases, pipeline, signals, synth
from cleanform.batch import tables
from cleanform.batch.store import Store
from cleanform.model import Options, Outline, Recording

SEASON = Path(__file__).parent / "season"
SESSIONS, SETS = 8, 2
FIRST_DAY = date(2026, 9, 7)

#: athlete -> first load, and what changes from the first session (0) to the last (1)
ATHLETES = {
    "Lifter A": (40.0, lambda share: {"lumbar_flexion_deg": 42 * (1 - share)}),
    "Lifter B": (60.0, lambda share: {"bar_forward_m": 0.09 + 0.03 * share}),
    "Lifter C": (50.0, lambda share: {"flight_deceleration_m_s2": 4.2 + 2.5 * share}),
}


def back_of(truth: synth.Truth, frames: np.ndarray) -> Outline:
    """The back's outline as a mask would show it: 0.84 deg of turn a degree of flexion."""
    turn_deg = 0.84 * truth.lumbar_flexion_deg[frames]
    count = len(frames)
    return Outline(
        frames=frames,
        contour_px=np.full((count, 5, 2), 100.0),
        bend_deg=turn_deg / 2,
        turn_deg=turn_deg,
        chord_px=np.full(count, 260.0),
        hidden=np.zeros(count),
        edge_sd_px=np.ones(count),
    )


def judged(spec: synth.LiftSpec, options: Options) -> dict:
    """analysis.json of one lift."""
    truth = synth.lift(spec)
    clip, pose, bar = synth.observe(truth)
    motion = signals.derive(clip, pose, bar, options)
    assert motion is not None
    frames = sorted({f for r in phases.read(motion).reps for f in outline.frames_wanted(r, motion)})
    back = back_of(truth, np.array(frames, int))
    recording = Recording(clip, pose, bar, back, "none: the joints are known", "0" * 64)
    return archive.to_json(pipeline.judge(recording, options))


def main() -> None:
    SEASON.mkdir(exist_ok=True)
    (SEASON / "team.sqlite").unlink(missing_ok=True)
    with closing(Store(SEASON)) as store:
        for session in range(SESSIONS):
            day = FIRST_DAY + timedelta(days=4 * session)
            for place, (name, (load_kg, faults)) in enumerate(ATHLETES.items()):
                for repeat in range(SETS):
                    seed = 1000 * place + 10 * session + repeat
                    dice = np.random.default_rng(seed)
                    share = np.clip((session + dice.uniform(-0.5, 0.5)) / (SESSIONS - 1), 0, 1)
                    spec = synth.LiftSpec(
                        fps=60,
                        seed=seed,
                        jitter_s=0.002,
                        tempo=float(dice.uniform(0.85, 1.1)),
                        catch_knee_deg=float(dice.uniform(96, 112)),
                        **faults(float(share)),
                    )
                    load = load_kg + 2.5 * session + 2.5 * repeat
                    options = Options(athlete=name, load_kg=load, date=day.isoformat())
                    put(store, judged(spec, options), options, f"{name}/{day}_{load:g}kg.mp4")
        tables.write(store, SEASON)


def put(store: Store, document: dict, options: Options, file: str) -> None:
    sha256 = hashlib.sha256(file.encode()).hexdigest()
    source = {
        "key": sha256,
        "cleanform_version": __version__,
        "sha256": sha256,
        "folder": "season",
        "file": file,
        "options": asdict(options),
        "recorded": None,
        "seconds": None,
        "peak_mb": None,
        "finished": "2026-11-23T00:00:00Z",
    }
    store.put_result(document, source, f"clips/{sha256[:8]}", None)


if __name__ == "__main__":
    main()
