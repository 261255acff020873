"""report.html: one file that opens offline, with pictures and (where it is small) film inside."""

from __future__ import annotations

import base64
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cleanform import palette
from cleanform.model import Verdict
from cleanform.report import content, film, words
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Analysis
    from cleanform.report.frames import KeptFrames
    from cleanform.report.graphs import Graph
    from cleanform.report.stills import Still

FILE = "report.html"
#: A film larger than this lies beside the page instead of inside it.
LARGEST_INSIDE_BYTES = 12_000_000


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
    lifts = [content.of_lift(lift, pictures) for lift in analysis.lifts]
    for lift in lifts:
        lift["graphs"] = [_graph(graph) for graph in graphs if graph.lift == lift["index"]]
    cues = content.cues(lifts)
    return environment.get_template("report.html.j2").render(
        words=words,
        css=Markup(_asset("style.css")),
        script=Markup(_asset("script.js")),
        tones=palette.VERDICTS,
        groups=palette.PHASE_GROUPS,
        name=analysis.recording.clip.path.name,
        title=content.title(analysis),
        about=content.about(analysis),
        headline=content.headline(analysis),
        worst=content.worst(analysis),
        refusal=analysis.refusal,
        lead=content.lead(analysis),
        cues=cues,
        lifts=lifts,
        all_graphs=[_graph(graph) for graph in graphs if graph.lift is None],
        seen=[picture for name, picture in pictures.items() if name.startswith("seen_")],
        film=shown,
        metrics=content.metrics(analysis),
        assumed=content.assumed(analysis),
        notes=analysis.notes,
        blind=any(
            finding.verdict is Verdict.CANNOT_TELL
            for lift in analysis.lifts
            for finding in lift.findings
        ),
        data={
            "times": [round(time_s, 4) for time_s in kept.film_times_s] if shown else [],
            "first": str(cues[0]["index"] if cues else 0),
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


def _graph(graph: Graph) -> dict[str, Any]:
    return {
        "name": graph.name,
        "title": graph.title,
        "kind": graph.kind,
        "svg": Markup(graph.svg),
        "box": [round(value, 5) for value in graph.box],
        "limits": [round(value, 5) for value in graph.limits],
    }
