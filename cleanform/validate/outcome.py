"""One known lift against what cleanform made of it: plain numbers, to be kept and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from cleanform.model import EVENTS, Verdict
from cleanform.validate import calibration
from cleanform.validate.calibration import Reading

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cleanform.model import Analysis, Floats, Lift, Motion
    from cleanform.synth import Truth

    Indices = NDArray[np.intp]

#: A found lift belongs to a true one when their full extensions lie within this.
SAME_LIFT_S = 0.5
ANGLES = ("knee", "hip", "trunk")
#: Movements of `synth.KINDS` that must never be judged.
NOT_CLEANS = ("clean pull", "deadlift", "snatch", "front squat", "jump", "walk", "press", "stand")
#: Groups that show cleans one at a time, seen as well as their view allows.
SINGLE = ("good", "faults")
#: How the reason of a lift that could not be made begins.
NOT_MADE = "not made"


@dataclass(frozen=True)
class Case:
    """What was shown: names by which outcomes are grouped."""

    name: str  # unique; the seed is part of it
    group: str  # the set that it belongs to
    view: str
    kind: str = "power clean"
    fps: float = 60.0
    body: str = ""
    dose: str = ""  # "rule/part" of the fault that was put in, a set's "rule"; empty: none
    times_limit: float | None = None  # how many times its fault limit


@dataclass(frozen=True)
class Outcome:
    """What came out, and how far from the truth. Lists hold one number per event or lift."""

    case: Case
    lifts_true: int  # cleans that are wholly or partly in the clip
    lifts_found: int
    lifts_matched: int
    lifts_invented: int = 0
    kinds_found: tuple[str, ...] = ()
    in_order: bool = True
    refusal: str = ""
    crash: str = ""  # the error's first line
    event_errors_s: Mapping[str, list[float]] = field(default_factory=dict)  # found less true
    events_missed: Mapping[str, int] = field(default_factory=dict)
    bar_followed: float | None = None  # share of the frames from lift-off to the catch, 0..1
    event_confidences: Mapping[str, list[float]] = field(default_factory=dict)  # as the errors
    bar_bias_mm: tuple[float, float] | None = None  # forward, up; found less true
    bar_rmse_mm: float | None = None
    bar_fastest_m_s: float | None = None
    peak_speed_error_m_s: float | None = None
    apex_error_cm: float | None = None
    slow_motion_told: Mapping[float, float] = field(default_factory=dict)  # true factor -> told
    angle_rmse_deg: Mapping[str, float] = field(default_factory=dict)
    verdicts: tuple[Mapping[str, Verdict], ...] = ()  # per found lift, by rule
    set_verdicts: Mapping[str, Verdict] = field(default_factory=dict)  # by rule, of all lifts
    parts: tuple[Mapping[str, str], ...] = ()  # which part spoke
    values: tuple[Mapping[str, float], ...] = ()
    truths: tuple[Mapping[str, float], ...] = ()  # per true lift: `Truth.measures`
    readings: tuple[Reading, ...] = ()  # of the first matched lift, every part that has a truth

    @property
    def is_made(self) -> bool:
        """False where no body could do the lift that was asked for."""
        return not self.crash.startswith(NOT_MADE)

    @property
    def is_crash(self) -> bool:
        return bool(self.crash) and self.is_made

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Outcome:
        plain = dict(document)
        plain["case"] = Case(**plain["case"])
        told = plain["slow_motion_told"]
        plain["slow_motion_told"] = {float(factor): value for factor, value in told.items()}
        plain["verdicts"] = tuple(
            {rule: Verdict(word) for rule, word in each.items()} for each in plain["verdicts"]
        )
        plain["set_verdicts"] = {
            rule: Verdict(word) for rule, word in plain["set_verdicts"].items()
        }
        for name in ("kinds_found", "parts", "values", "truths"):
            plain[name] = tuple(plain[name])
        plain["readings"] = tuple(Reading(*each) for each in plain["readings"])
        if plain["bar_bias_mm"] is not None:
            plain["bar_bias_mm"] = tuple(plain["bar_bias_mm"])
        return cls(**plain)


def not_made(case: Case, error: Exception) -> Outcome:
    """An outcome for a lift that no body could do: it is counted nowhere but here."""
    return Outcome(case, 0, 0, 0, crash=f"{NOT_MADE}: {error}")


def crashed(case: Case, error: Exception) -> Outcome:
    """An outcome for a chain that broke: nothing found, the reason kept."""
    return Outcome(case, 0, 0, 0, crash=f"{type(error).__name__}: {error}".splitlines()[0])


def compare(
    case: Case,
    truth: Truth,
    analysis: Analysis,
    slow_motion_told: Mapping[float, float] | None = None,
) -> Outcome:
    """Hold an analysis against the lift that was shown to it."""
    true_lifts = [events for events in truth.events_s if truth.is_clean and _is_pulled(events)]
    pairs = _matched(true_lifts, analysis.lifts)
    errors: dict[str, list[float]] = {name: [] for name in EVENTS}
    confidences: dict[str, list[float]] = {name: [] for name in EVENTS}
    missed = dict.fromkeys(EVENTS, 0)
    for index, lift in pairs:
        for name in EVENTS:
            true_s, found_s = true_lifts[index][name], lift.rep.events[name].time_s
            if true_s is None:
                continue
            if found_s is None:
                missed[name] += 1
            else:
                errors[name].append(round(found_s - true_s, 5))
                confidences[name].append(lift.rep.events[name].confidence)
    return Outcome(
        case,
        lifts_true=sum(_is_shown(events) for events in true_lifts),
        lifts_found=len(analysis.lifts),
        lifts_matched=sum(_is_shown(true_lifts[index]) for index, _ in pairs),
        lifts_invented=len(analysis.lifts) - len(pairs),
        kinds_found=tuple(lift.rep.kind for lift in analysis.lifts),
        in_order=all(_is_in_order(lift) for lift in analysis.lifts),
        refusal=analysis.refusal.code if analysis.refusal else "",
        event_errors_s={name: values for name, values in errors.items() if values},
        events_missed={name: count for name, count in missed.items() if count},
        event_confidences={name: values for name, values in confidences.items() if values},
        verdicts=tuple({f.rule: f.verdict for f in lift.findings} for lift in analysis.lifts),
        set_verdicts={f.rule: f.verdict for f in analysis.set_findings},
        parts=tuple({f.rule: f.part for f in lift.findings} for lift in analysis.lifts),
        values=tuple(
            {f.rule: float(f.value) for f in lift.findings if f.value is not None}
            for lift in analysis.lifts
        ),
        truths=tuple(dict(each) for each in truth.measures),
        slow_motion_told=slow_motion_told or {},
        **_measured(truth, analysis, pairs, case.body),
    )


def _is_pulled(events: Mapping[str, float | None]) -> bool:
    """Its full extension is in the clip: whoever finds such a lift has not invented it."""
    return events["full_extension"] is not None


def _is_shown(events: Mapping[str, float | None]) -> bool:
    """It is received in the clip. A pull that is cut off before may become anything."""
    return _is_pulled(events) and events["rack"] is not None


def _matched(
    true_lifts: list[Mapping[str, float | None]], lifts: tuple[Lift, ...]
) -> list[tuple[int, Lift]]:
    """True lifts with the found ones nearest in time; each found one is used once."""
    pairs = []
    free = list(lifts)
    for index, events in enumerate(true_lifts):
        true_s = events["full_extension"]

        def away_s(lift: Lift, true_s: float | None = true_s) -> float:
            found_s = lift.rep.events["full_extension"].time_s
            return np.inf if found_s is None or true_s is None else abs(found_s - true_s)

        best = min(free, key=away_s, default=None)
        if best is not None and away_s(best) <= SAME_LIFT_S:
            pairs.append((index, best))
            free.remove(best)
    return pairs


def _is_in_order(lift: Lift) -> bool:
    times = [lift.rep.events[name].time_s for name in EVENTS]
    return all(a <= b for a, b in pairwise(t for t in times if t is not None))


def _measured(
    truth: Truth, analysis: Analysis, pairs: list[tuple[int, Lift]], body: str
) -> dict[str, Any]:
    """Bar and angles of the first matched lift, against the truth at the clip's own frames."""
    motion = analysis.motion
    if not pairs or motion is None:
        return {}
    index, lift = pairs[0]
    events, numbers = truth.events_s[index], truth.measures[index]
    off_s, stop_s = events["lift_off"], events["catch_lowest"] or events["bar_apex"]
    if off_s is None or stop_s is None:
        return {}
    frames = np.nonzero((motion.times_s >= off_s) & (motion.times_s <= stop_s))[0]
    found: dict[str, Any] = {
        "angle_rmse_deg": _angle_rmse_deg(truth, motion, frames),
        "readings": tuple(calibration.readings(truth, index, motion, lift.rep, body)),
    }
    if np.isfinite(motion.scale.m_per_px_plate) and motion.bar_source == "plate":
        found |= _bar_errors(truth, motion, frames, off_s)
        peak = lift.metrics.get("peak_bar_speed")
        if peak is not None and "peak_speed_m_s" in numbers:
            found["peak_speed_error_m_s"] = round(peak.value - numbers["peak_speed_m_s"], 4)
        apex = lift.metrics.get("bar_apex_height")
        if apex is not None and "apex_m" in numbers:
            _, _, start = truth.timeline.joints(np.array([off_s]))
            risen_cm = 100 * (numbers["apex_m"] - float(start[0, 1]))
            found["apex_error_cm"] = round(apex.value - risen_cm, 3)
    return found


def _angle_rmse_deg(truth: Truth, motion: Motion, frames: Indices) -> dict[str, float]:
    """Constant offsets included; frames in which the joint was not seen are left out."""
    out = {}
    for name in ANGLES:
        true_deg = np.interp(motion.times_s[frames], truth.times_s, truth.angles_deg[name])
        error = motion.angles_deg[name][frames] - true_deg
        if np.isfinite(error).any():
            out[name] = round(float(np.sqrt(np.nanmean(error**2))), 2)
    return out


def _bar_errors(truth: Truth, motion: Motion, frames: Indices, off_s: float) -> dict[str, Any]:
    """The path from lift-off to the catch, both counted from where the bar lay still."""
    still = int(np.argmin(np.abs(motion.times_s - off_s)))
    found_m = motion.bar_m[frames] - motion.bar_m[still]
    true_m = _bar_at(truth, motion.times_s[frames]) - _bar_at(truth, motion.times_s[[still]])
    error_mm = 1000 * (found_m - true_m)
    seen = np.isfinite(error_mm).all(axis=1)
    error_mm = error_mm[seen]
    if not len(error_mm):
        return {}
    speed = np.linalg.norm(motion.bar_velocity_m_s, axis=1)
    forward, up = error_mm.mean(axis=0)
    return {
        "bar_followed": round(float(seen.mean()), 4),
        "bar_bias_mm": (round(float(forward), 2), round(float(up), 2)),
        "bar_rmse_mm": round(float(np.sqrt((error_mm**2).mean(axis=0).max())), 2),
        "bar_fastest_m_s": round(float(np.nanmax(speed)), 3),
    }


def _bar_at(truth: Truth, times_s: Floats) -> Floats:
    """(T, 2) metres at the picture times that came out of the file."""
    return np.column_stack([np.interp(times_s, truth.times_s, truth.bar_m[:, k]) for k in (0, 1)])
