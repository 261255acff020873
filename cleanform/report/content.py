"""What the page says of an `Analysis`, as plain values for its template."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cleanform.model import Verdict
from cleanform.report import explain, gauge, words
from cleanform.report.stills import SIX, proof_stem

if TYPE_CHECKING:
    from cleanform.model import Analysis, Finding, Lift

_CUES = 2
_ORDER = (Verdict.FAULT, Verdict.WATCH, Verdict.CANNOT_TELL, Verdict.OK)


def title(analysis: Analysis) -> str:
    """What the browser's tab says."""
    name = analysis.recording.clip.path.name
    return f"{analysis.options.athlete}, {name}" if analysis.options.athlete else name


def about(analysis: Analysis) -> list[str]:
    """Who, which clip, what was lifted; parts of one line."""
    options, lifts = analysis.options, analysis.lifts
    about = [options.athlete or "", analysis.recording.clip.path.name]
    if len(lifts) == 1:
        about.append(lifts[0].rep.kind)
    elif lifts:
        about.append(f"{len(lifts)} lifts")
    if options.load_kg is not None:
        about.append(f"{options.load_kg:g} kg")
    return [part for part in about if part]


def headline(analysis: Analysis) -> str:
    """The verdict in one sentence, or that there is none."""
    if analysis.refusal is not None and not analysis.lifts:
        return words.REFUSALS.get(analysis.refusal.code, words.REFUSALS["unjudgeable"])
    return words.verdict_sentence(analysis.lifts)


def lead(analysis: Analysis) -> str:
    """Below the headline: why nothing was judged, where that is so."""
    if analysis.refusal is not None:
        return analysis.refusal.message
    findings = [finding for lift in analysis.lifts for finding in lift.findings]
    if not findings or any(one.verdict is not Verdict.CANNOT_TELL for one in findings):
        return ""
    reasons = [words.degrees(finding.reason) for finding in findings]
    return max(reasons, key=reasons.count)


def worst(analysis: Analysis) -> Verdict:
    """The colour of the whole page; no verdict at all looks like `cannot tell`."""
    found = {finding.verdict for lift in analysis.lifts for finding in lift.findings}
    return next((verdict for verdict in _ORDER if verdict in found), Verdict.CANNOT_TELL)


def cues(lifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What to say first: the worst findings with a cue, each rule once; else what was good."""
    every = [{**finding, **_which(lift)} for lift in lifts for finding in lift["findings"]]
    every.sort(key=lambda finding: _ORDER.index(finding["verdict"]))
    chosen: dict[str, dict[str, Any]] = {}
    for finding in every:
        if finding["cue"]:
            chosen.setdefault(finding["title"], finding)
    if chosen:
        return list(chosen.values())[:_CUES]
    return [f for f in every if f["verdict"] is Verdict.OK and f["picture"]][:1]


def of_lift(lift: Lift, pictures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """One lift: its checks worst first, its six stills, its phases; `pictures` by file name."""
    ordered = sorted(lift.findings, key=lambda finding: _ORDER.index(finding.verdict))
    findings = [_finding(lift, finding, pictures) for finding in ordered]
    number = lift.rep.index + 1
    six = []
    for place, (event, name) in enumerate(SIX.items(), start=1):
        six.append(
            {
                "title": words.EVENTS[event],
                "picture": pictures.get(f"lift{number}_{place}_{name}.jpg"),
                "time_s": lift.rep.events[event].time_s,
                "reason": lift.rep.events[event].reason,
            }
        )
    counts = [
        (verdict, sum(finding.verdict is verdict for finding in lift.findings))
        for verdict in _ORDER
    ]
    return {
        "index": lift.rep.index,
        "number": number,
        "kind": lift.rep.kind,
        "complete": lift.rep.complete,
        "missing": words.reasons(lift),
        "counts": [(verdict, count) for verdict, count in counts if count],
        "findings": findings,
        "six": six,
        "phases": [
            {
                "name": phase.name,
                "short": words.SHORT_PHASES.get(phase.name, phase.name),
                "group": phase.group.value,
                "start_s": round(phase.start_s, 4),
                "end_s": round(phase.end_s, 4),
            }
            for phase in lift.rep.phases
        ],
    }


def metrics(analysis: Analysis) -> list[tuple[str, list[str]]]:
    """One row a metric, one cell a lift."""
    names = dict.fromkeys(name for lift in analysis.lifts for name in lift.metrics)
    rows = []
    for name in names:
        cells = []
        for lift in analysis.lifts:
            metric = lift.metrics.get(name)
            cells.append(
                "–" if metric is None else words.quantity(metric.value, metric.unit, metric.sigma)
            )
        rows.append((words.metric_name(name), cells))
    return rows


def assumed(analysis: Analysis) -> list[tuple[str, str, str]]:
    """What was taken for granted: subject, what, how to change it."""
    recording, motion = analysis.recording, analysis.motion
    clip = recording.clip
    rows = [(
        "Clock",
        f"{clip.frames} frames in {clip.duration_s:.2f} s, times from the file"
        + (
            f"; {int(clip.repeats.sum())} of them repeat the picture before"
            if clip.repeats.any() else ""
        )
        + (
            f"; slow motion {clip.slow_motion_factor:g}× ({clip.slow_motion_source}) taken out"
            if clip.slow_motion_factor != 1.0 else ""
        ),
        "--slow-motion FACTOR",
    )]  # fmt: skip
    if motion is not None:
        scale = motion.scale
        known = scale.source != "none"
        sure = f" (± {100 * scale.relative_sigma:.0f} %)" if scale.relative_sigma >= 0 else ""
        rows.append((
            "Scale",
            f"from {scale.source}{sure}" if known else "not known, so nothing is given in metres",
            "--plate-mm, --stature-cm",
        ))  # fmt: skip
        yaw = f", about {motion.view.yaw_deg:.0f}° off the side" if motion.view.yaw_deg >= 0 else ""
        rows.append(("View", f"{motion.view.label}{yaw}", ""))
        bar = {"plate": "the near plate, followed", "hands": "the hands: no plate was followed"}
        rows.append(("Bar", bar.get(motion.bar_source, "not followed"), ""))
        facing = "right" if motion.facing > 0 else "left"
        rows.append(("Lifter", f"faces {facing}; the {motion.near_side} side is measured", ""))
    rows.append(("Model", recording.model_name, "--model lite|full|heavy"))
    return rows


def _finding(lift: Lift, finding: Finding, pictures: dict[str, dict[str, Any]]) -> dict[str, Any]:
    why = explain.rule(finding.rule, finding.outcome)
    return {
        "id": proof_stem(lift, finding).replace("_", "-"),
        "title": words.heading(finding),
        "verdict": finding.verdict,
        "value": "" if finding.value is None
        else words.quantity(finding.value, finding.unit, finding.sigma),
        "limit": words.degrees(finding.limit),
        "gauge": Markup(gauge.svg(finding)),
        "reason": words.degrees(finding.reason),
        "cue": finding.cue,
        "time_s": finding.time_s,
        "picture": pictures.get(f"{proof_stem(lift, finding)}.jpg"),
        "why": why,
    }  # fmt: skip


def _which(lift: dict[str, Any]) -> dict[str, Any]:
    return {"lift": lift["number"], "index": lift["index"]}
