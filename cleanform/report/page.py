"""report.html: one file that opens offline, with pictures and (where it is small) film inside."""

from __future__ import annotations

import base64
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from cleanform import palette, texts
from cleanform.model import Verdict
from cleanform.report import assumed, checks, content, film, together, words
from cleanform.report import handles as handle_values
from cleanform.report.measures import Measures
from cleanform.staging import replace_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cleanform.model import Analysis
    from cleanform.report.frames import KeptFrames
    from cleanform.report.graphs import Graph
    from cleanform.report.handles import Handles
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
    analysis: Analysis,
    kept: KeptFrames,
    stills: Sequence[Still],
    graphs: Sequence[Graph],
    handles: Handles | None = None,
) -> str:
    """The page as text. Everything that came with the clip is escaped.

    With `handles` it is the page of a review: it can be corrected, and its film lies beside it.
    """
    measures = Measures(analysis.options.units)
    pictures = {still.name: _picture(still) for still in stills}
    shown = _film(analysis, kept, beside=handles is not None)
    lifts = [checks.of_lift(analysis, lift, pictures, measures) for lift in analysis.lifts]
    for lift in lifts:
        lift["graphs"] = [graph_values(graph) for graph in graphs if graph.lift == lift["index"]]
    cues = checks.cues(lifts)
    first = cues[0]["index"] if cues else 0

    def away(lift: dict[str, Any]) -> str:
        return "" if lift["index"] == first else " away"

    layers = 1 if handles is None else 2  # the page, and the handles over it
    return environment().get_template("report.html.j2").render(
        css=Markup("\n".join(asset(name) for name in ("style.css", "edit.css")[:layers])),
        script=Markup("\n".join(asset(name) for name in ("script.js", "edit.js")[:layers])),
        title=content.title(analysis),
        about=content.about(analysis, measures),
        headline=content.headline(analysis),
        worst=content.worst(analysis),
        what_to_do=content.what_to_do(analysis),
        lead=content.lead(analysis, measures),
        by_hand=content.by_hand(analysis),
        cues=cues,
        away=away,
        well=checks.done_well(lifts),
        lifts=lifts,
        together=together.rows(analysis, measures),
        never_told=together.never(analysis),
        of_set=together.of_set(analysis, measures),
        has_graphs=bool(graphs),
        all_graphs=[graph_values(graph) for graph in graphs if graph.lift is None],
        seen=[picture for name, picture in pictures.items() if name.startswith("seen_")],
        film=shown,
        metrics=content.metrics(analysis, measures),
        assumed=assumed.rows(analysis, measures),
        how_to_film=texts.lines("how_to_film.lines"),
        notes=[measures.text(note) for note in analysis.notes],
        blind=any(
            finding.verdict is Verdict.CANNOT_TELL
            for lift in analysis.lifts
            for finding in lift.findings
        ),
        data={
            "times": [round(time_s, 4) for time_s in kept.film_times_s] if shown else [],
            "at": [round(at_s, 4) for at_s in kept.film_at_s] if shown else [],
            "first": str(first),
            "starts": {
                lift["index"]: lift["phases"][0]["start_s"] for lift in lifts if lift["phases"]
            },
            "paths": courses(graphs),
            "words": {"time": texts.say("film.time")},
            **({} if handles is None else {"edit": handle_values.of_script(analysis, handles)}),
        },
        edit=None if handles is None else handle_values.of_page(analysis, handles),
    )  # fmt: skip


def courses(graphs: Sequence[Graph]) -> dict[str, Any]:
    """The paths that a dot in a graph follows, by the graph's name; a second one by its own."""
    found: dict[str, Any] = {graph.name: graph.course for graph in graphs if graph.course}
    found.update({f"{graph.name} 2": graph.second for graph in graphs if graph.second})
    return found


def environment(package: str = "cleanform.report") -> Environment:
    """What every page of cleanform is made with: texts, verdicts and their colours at hand.

    `package`'s own templates come before the report's.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("cleanform.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        say=texts.say,
        say_html=_say_html,
        words=words,
        tones=palette.VERDICTS,
        groups=palette.PHASE_GROUPS,
        ok=Verdict.OK,
    )
    return made


def _say_html(key: str, **values: object) -> Markup:
    """A text with links in it: the text is escaped, and so is every value that is not Markup."""
    return Markup(escape(texts.say(key))).format(**values)


def asset(name: str, package: str = "cleanform.report") -> str:
    """A style sheet or script as text."""
    return resources.files(package).joinpath("templates", name).read_text("utf-8")


def inside(jpeg: bytes) -> Markup:
    """A picture as an address that holds it."""
    return Markup("data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii"))


def _picture(still: Still) -> dict[str, Any]:
    return {
        "src": inside(still.data),
        "alt": still.alt,
        "title": still.title,
        "time_s": round(still.time_s, 4),
        "width": still.width_px,
        "height": still.height_px,
    }


def _film(analysis: Analysis, kept: KeptFrames, *, beside: bool = False) -> dict[str, Any] | None:
    path = kept.folder / film.FILE
    if not path.is_file() or not kept.film_times_s or not analysis.lifts:
        return None
    linked = beside or analysis.options.linked or path.stat().st_size > LARGEST_INSIDE_BYTES
    canvas = film.canvas_of(analysis)
    notes = []
    if analysis.options.blur_faces:
        notes.append(texts.say("film.blurred"))
    if kept.film_sound in ("none", "slow motion"):
        notes.append(texts.say(f"film.sound_{kept.film_sound.replace(' ', '_')}"))
    return {
        "file": film.FILE,
        "label": texts.say("film.label"),
        "how": texts.say("film.keys"),
        "slow_file": film.SLOW_FILE if (kept.folder / film.SLOW_FILE).is_file() else "",
        "data": "" if linked else base64.b64encode(path.read_bytes()).decode("ascii"),
        "width": canvas.width_px,
        "height": canvas.height_px,
        "start_s": kept.film_times_s[0],
        "end_s": kept.film_times_s[-1],
        "sound": kept.film_sound == "kept",
        "stale": kept.film_shows != film.film_shows(analysis),
        "notes": notes,
    }


def graph_values(graph: Graph) -> dict[str, Any]:
    """A graph as plain values for a template."""
    return {
        "name": graph.name,
        "title": graph.title,
        "kind": graph.kind,
        "seeks": graph.kind == "time" or bool(graph.course),
        "second": bool(graph.second),
        "svg": Markup(graph.svg),
        "box": [round(value, 5) for value in graph.box],
        "limits": [round(value, 5) for value in graph.limits],
    }
