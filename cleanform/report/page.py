"""report.html: one file that opens offline, with pictures and (where it is small) film inside."""

from __future__ import annotations

import base64
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cleanform import palette
from cleanform.model import Verdict
from cleanform.report import explain, film, gauge, words
from cleanform.report.stills import SIX, proof_stem
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Analysis, Finding, Lift
    from cleanform.report.frames import KeptFrames
    from cleanform.report.graphs import Graph
    from cleanform.report.stills import Still

FILE = "report.html"
#: A film larger than this lies beside the page instead of inside it.
LARGEST_INSIDE_BYTES = 12_000_000
_CUES = 2
_ORDER = (Verdict.FAULT, Verdict.WATCH, Verdict.CANNOT_TELL, Verdict.OK)


def write_page(
    analysis: Analysis, kept: KeptFrames, stills: Sequence[Still], graphs: Sequence[Graph]
) -> None:
    """Write report.html into the result folder."""
    text = render(analysis, kept, stills, graphs)
    # A file name that is not UTF-8 reaches us with lone surrogates; they must not stop the page.
    replace_file(kept.folder / FILE, text.encode("utf-8", "replace"))


def render(
    analysis: Analysis, kept: KeptFrames, stills: Sequence[Still], graphs: Sequence[Graph]
) -> str:
    """The page as text. Everything that came with the clip is escaped."""
    environment = Environment(
        loader=PackageLoader("cleanform.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pictures = {still.name: _picture(still) for still in stills}
    shown = _film(analysis, kept)
    lifts = [_lift(lift, analysis, pictures, graphs) for lift in analysis.lifts]
    return environment.get_template("report.html.j2").render(
        words=words,
        css=Markup(_asset("style.css")),
        script=Markup(_asset("script.js")),
        tones=palette.VERDICTS,
        groups=palette.PHASE_GROUPS,
        name=analysis.recording.clip.path.name,
        title=_title(analysis),
        about=_about(analysis),
        headline=_headline(analysis),
        worst=_worst(analysis),
        refusal=analysis.refusal,
        lead=_lead(analysis),
        cues=_cues(analysis, lifts),
        lifts=lifts,
        all_graphs=[_graph(graph) for graph in graphs if graph.lift is None],
        seen=[picture for name, picture in pictures.items() if name.startswith("seen_")],
        film=shown,
        metrics=_metrics(analysis),
        assumed=_assumed(analysis),
        notes=analysis.notes,
        blind=any(
            finding.verdict is Verdict.CANNOT_TELL
            for lift in analysis.lifts
            for finding in lift.findings
        ),
        data={
            "times": [round(time_s, 4) for time_s in kept.film_times_s] if shown else [],
            "paths": {graph.name: graph.course for graph in graphs if graph.course},
        },
    )


def _asset(name: str) -> str:
    return resources.files("cleanform.report").joinpath("templates", name).read_text("utf-8")


def _picture(still: Still) -> dict[str, Any]:
    return {
        "src": Markup("data:image/jpeg;base64," + base64.b64encode(still.data).decode("ascii")),
        "alt": still.alt,
        "title": still.title,
        "time_s": round(still.time_s, 4),
        "width": still.width_px,
        "height": still.height_px,
    }


def _film(analysis: Analysis, kept: KeptFrames) -> dict[str, Any] | None:
    path = kept.folder / film.FILE
    if not path.is_file() or not kept.film_times_s or not analysis.lifts:
        return None
    inside = path.stat().st_size <= LARGEST_INSIDE_BYTES
    canvas = film.canvas_of(analysis)
    start_s, end_s = kept.film_times_s[0], kept.film_times_s[-1]
    return {
        "file": film.FILE,
        "data": base64.b64encode(path.read_bytes()).decode("ascii") if inside else "",
        "width": canvas.width_px,
        "height": canvas.height_px,
        "start_s": start_s,
        "end_s": end_s,
        "stale": kept.film_shows != film.film_shows(analysis),
    }


def _lift(
    lift: Lift, analysis: Analysis, pictures: dict[str, dict[str, Any]], graphs: Sequence[Graph]
) -> dict[str, Any]:
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
        "graphs": [_graph(graph) for graph in graphs if graph.lift == lift.rep.index],
    }


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


def _cues(analysis: Analysis, lifts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What to say first: the worst findings with a cue, each rule once; else what was good."""
    every = [{**finding, "lift": lift["number"]} for lift in lifts for finding in lift["findings"]]
    every.sort(key=lambda finding: _ORDER.index(finding["verdict"]))
    chosen: dict[str, dict[str, Any]] = {}
    for finding in every:
        if finding["cue"]:
            chosen.setdefault(finding["title"], finding)
    if chosen:
        return list(chosen.values())[:_CUES]
    good = [f for f in every if f["verdict"] is Verdict.OK and f["picture"]]
    return good[:1]


def _graph(graph: Graph) -> dict[str, Any]:
    return {
        "name": graph.name,
        "title": graph.title,
        "kind": graph.kind,
        "svg": Markup(graph.svg),
        "box": [round(value, 5) for value in graph.box],
        "limits": [round(value, 5) for value in graph.limits],
    }


def _title(analysis: Analysis) -> str:
    name = analysis.recording.clip.path.name
    return f"{analysis.options.athlete}, {name}" if analysis.options.athlete else name


def _headline(analysis: Analysis) -> str:
    if analysis.refusal is not None and not analysis.lifts:
        return words.REFUSALS.get(analysis.refusal.code, words.REFUSALS["unjudgeable"])
    return words.verdict_sentence(analysis.lifts)


def _lead(analysis: Analysis) -> str:
    """Below the headline: why nothing was judged, where that is so."""
    if analysis.refusal is not None:
        return analysis.refusal.message
    findings = [finding for lift in analysis.lifts for finding in lift.findings]
    if not findings or any(one.verdict is not Verdict.CANNOT_TELL for one in findings):
        return ""
    reasons = [words.degrees(finding.reason) for finding in findings]
    return max(reasons, key=reasons.count)


def _worst(analysis: Analysis) -> Verdict:
    """The colour of the whole page; no verdict at all looks like `cannot tell`."""
    found = {finding.verdict for lift in analysis.lifts for finding in lift.findings}
    return next((verdict for verdict in _ORDER if verdict in found), Verdict.CANNOT_TELL)


def _about(analysis: Analysis) -> list[str]:
    options, lifts = analysis.options, analysis.lifts
    about = [options.athlete or "", analysis.recording.clip.path.name]
    if len(lifts) == 1:
        about.append(lifts[0].rep.kind)
    elif lifts:
        about.append(f"{len(lifts)} lifts")
    if options.load_kg is not None:
        about.append(f"{options.load_kg:g} kg")
    return [part for part in about if part]


def _metrics(analysis: Analysis) -> list[tuple[str, list[str]]]:
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


def _assumed(analysis: Analysis) -> list[tuple[str, str, str]]:
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
