"""compare.html: one file that opens offline, in the report's own look."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cleanform import palette, texts
from cleanform.compare import film, graphs, sentences
from cleanform.compare.changes import State
from cleanform.model import EVENTS, Verdict
from cleanform.report import assumed, gauge, words
from cleanform.report.measures import Measures
from cleanform.report.page import (
    LARGEST_INSIDE_BYTES,
    asset,
    courses,
    environment,
    graph_values,
    inside,
)
from cleanform.staging import replace_file
from cleanform.texts import say

if TYPE_CHECKING:
    from pathlib import Path

    from cleanform.compare.changes import Change
    from cleanform.compare.comparison import Comparison
    from cleanform.compare.differences import Difference
    from cleanform.compare.film import Filmed, Picture
    from cleanform.compare.sides import Side
    from cleanform.model import Finding

FILE = "compare.html"
_CLEAREST = 4
_CUES = 2
_TONES = {
    State.FIXED: "ok",
    State.BETTER: "ok",
    State.SAME: "neutral",
    State.CANNOT_TELL: "cannot-tell",
}

Values = dict[str, Any]


def write(comparison: Comparison, filmed: Filmed, folder: Path, *, video: bool) -> None:
    """Write compare.html into `folder`."""
    text = render(comparison, filmed, folder, video=video)
    replace_file(folder / FILE, text.encode("utf-8", "replace"))


def render(comparison: Comparison, filmed: Filmed, folder: Path, *, video: bool) -> str:
    """The page as text. Everything that came with the clips is escaped."""
    a, b = comparison.sides
    measures = Measures(comparison.units)
    names = sentences.side_name(a, b), sentences.side_name(b, a)
    shown = _film(comparison, filmed, folder)
    drawn = graphs.draw(comparison)
    proofs = {proof.rule: proof for proof in filmed.proofs}
    changes = [
        _change(comparison, one, proofs.get(one.rule), measures) for one in comparison.changes
    ]
    css = Markup(
        f":root {{ --lift-a: {palette.LIFTS[0]}; --lift-b: {palette.LIFTS[1]}; }}\n"
        + asset("style.css")
        + asset("compare.css", "cleanform.compare")
    )
    return environment("cleanform.compare").get_template("compare.html.j2").render(
        css=css,
        script=Markup(asset("script.js")),
        title=say("compare.title", a=names[0], b=names[1]),
        sides=[_side(side, name, measures)
               for side, name in zip(comparison.sides, names, strict=True)],
        picked=comparison.picked,
        headline=sentences.headline(comparison),
        numbers_line=sentences.numbers_line(comparison),
        tone=next((one["tone"] for one in changes if one["tone"] != "neutral"), "ok"),
        cues=[one for one in changes if one["cue"] and one["speaks"]][:_CUES],
        clearest=[_row(comparison, one, measures) for one in comparison.shown[:_CLEAREST]],
        changes=changes,
        moments=_moments(comparison, filmed, measures),
        whole=_rows(comparison, "", measures),
        graphs=[graph_values(graph) for graph in drawn],
        refused=[measures.text(line) for line in comparison.comparable.refused],
        mind=[measures.text(line) for line in comparison.comparable.mind],
        rule=sentences.rule(comparison),
        film=shown,
        film_notes=_film_notes(comparison, filmed, names, video),
        away=lambda lift: "",
        lifts=[{"index": 0, "number": 1, "phases": _phases(comparison)}],
        data={
            "times": [round(time_s, 4) for time_s in filmed.common_s] if shown else [],
            "at": [round(at_s, 4) for at_s in filmed.at_s] if shown else [],
            "first": "0",
            "starts": {},
            "paths": courses(drawn),
            "words": {"time": say("film.time")},
        },
    )  # fmt: skip


def _side(side: Side, name: str, measures: Measures) -> Values:
    return {
        "name": name,
        "about": sentences.about(side, measures),
        "assumed": assumed.rows(side.analysis, measures),
    }


def _film(comparison: Comparison, filmed: Filmed, folder: Path) -> Values | None:
    path = folder / film.FILE
    if not filmed.common_s or not path.is_file():
        return None
    linked = path.stat().st_size > LARGEST_INSIDE_BYTES
    return {
        "file": film.FILE,
        "label": say("compare.film_label"),
        "how": say("compare.keys"),
        "slow_file": "",
        "data": "" if linked else base64.b64encode(path.read_bytes()).decode("ascii"),
        "width": filmed.width_px,
        "height": filmed.height_px,
        "start_s": filmed.common_s[0],
        "end_s": filmed.common_s[-1],
        "sound": False,
        "stale": False,
        "notes": [say("compare.blurred")] if comparison.blur_faces else [],
    }


def _film_notes(
    comparison: Comparison, filmed: Filmed, names: tuple[str, str], video: bool
) -> list[str]:
    """Why there is no film, or where its pictures come from."""
    notes = []
    if any(filmed.missing):
        which = [name for name, gone in zip(names, filmed.missing, strict=True) if gone]
        notes.append(say("compare.no_film", which=words.listed(which)))
    elif not video:
        notes.append(say("compare.no_film_asked"))
    for name, drawn in zip(names, filmed.drawn, strict=True):
        if drawn:
            notes.append(say("compare.from_overlay", which=name))
    return notes


def _phases(comparison: Comparison) -> list[Values]:
    names, short = texts.table("phases"), texts.table("short_phases")
    return [
        {
            "name": names[phase.name],
            "short": short.get(phase.name, names[phase.name]),
            "group": phase.group.value,
            "start_s": round(phase.start_s, 4),
            "end_s": round(phase.end_s, 4),
        }
        for phase in comparison.alignment.phases
    ]


def _change(
    comparison: Comparison, one: Change, proof: Picture | None, measures: Measures
) -> Values:
    title = sentences.title(one)
    picture = None if proof is None else _picture(proof, say("compare.proof", title=title))
    return {
        "proof": picture,
        "at_s": None if proof is None else round(proof.common_s, 4),
        "id": one.rule.replace("_", "-"),
        "title": title,
        "state": texts.table("compare_states")[one.state.value],
        "symbol": texts.table("compare_symbols")[one.state.value],
        "tone": _tone(one),
        "reason": sentences.reason(one),
        "cue": sentences.cue(one),
        "speaks": one.state is not State.CANNOT_TELL,
        "limit": measures.text(one.b.limit) if one.b is not None and _has_value(one.b) else "",
        "sides": [_finding(comparison, n, one, measures) for n in (0, 1)],
    }


def _tone(one: Change) -> str:
    """The colour of a change: of what got worse, that of B's verdict."""
    if one.state in _TONES or one.b is None:
        return _TONES.get(one.state, "neutral")
    return one.b.verdict.value.replace(" ", "-")


def _finding(comparison: Comparison, n: int, one: Change, measures: Measures) -> Values:
    finding = (one.a, one.b)[n]
    if finding is None:
        return {"verdict": None, "value": "", "gauge": "", "reason": "", "at_s": None}
    at_s = None
    if finding.time_s is not None:
        at_s = round(float(comparison.alignment.to_common(n, finding.time_s)), 4)
    known = _has_value(finding)
    return {
        "verdict": finding.verdict,
        "value": measures.quantity(finding.value, finding.unit, finding.sigma) if known else "",
        "gauge": Markup(gauge.svg(finding, measures)) if known else "",
        "reason": measures.text(finding.reason),
        "at_s": at_s,
    }


def _has_value(finding: Finding) -> bool:
    return finding.value is not None and finding.verdict is not Verdict.CANNOT_TELL


def _moments(comparison: Comparison, filmed: Filmed, measures: Measures) -> list[Values]:
    """Every shared event with its pair of pictures and its numbers."""
    pairs = {pair.event: pair for pair in filmed.pairs}

    def shown(event: str) -> Values | None:
        if event not in pairs:
            return None
        return _picture(pairs[event], say("compare.pair", event=words.event(event)))

    found = []
    for event in EVENTS:
        shared = event in comparison.alignment.events
        rows = _rows(comparison, event, measures)
        if shared or any(rows.values()):
            found.append({
                "name": words.event(event),
                "at_s": round(comparison.alignment.at(event), 4) if shared else None,
                "pair": shown(event),
                "rows": rows,
            })  # fmt: skip
    return found


def _picture(picture: Picture, alt: str) -> Values:
    return {
        "src": inside(picture.data),
        "alt": alt,
        "width": picture.width_px,
        "height": picture.height_px,
    }


def _rows(comparison: Comparison, moment: str, measures: Measures) -> Values:
    """The numbers of one moment: those that differ, and those that do not."""
    own = [one for one in comparison.differences if one.moment == moment]
    return {
        kind: [_row(comparison, one, measures, short=True) for one in own if one.shown is shown]
        for kind, shown in (("differ", True), ("alike", False))
    }


def _row(
    comparison: Comparison, one: Difference, measures: Measures, *, short: bool = False
) -> Values:
    return {
        "name": sentences.short_name(one) if short else sentences.name(one),
        "a": measures.quantity(one.a, one.unit, one.sigma_a),
        "b": measures.quantity(one.b, one.unit, one.sigma_b),
        "how": sentences.difference(comparison, one),
        "shown": one.shown,
    }
