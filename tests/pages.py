"""Pages for the tests in a browser: written once, opened in chromium, watched for complaints."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import examples

from cleanform import report
from cleanform.model import Options
from cleanform.video import VideoWriter

SIZE = {"width_px": 480, "height_px": 272}
PHONE, LAPTOP = (390, 844), (1280, 800)
HOSTILE = "<script>document.title='owned'</script>\"'&amp;{{7*7}} 💪 \u202eevil\u202c عربى"


class Maker:
    """Writes each page once; the same question gets the same folder."""

    def __init__(self, root):
        self.root = root
        self._made = {}

    def clip(self, lifts=1):
        """A clip of plain grey pictures, as long as so many lifts."""
        path = self.root / f"lift{lifts}.mp4"
        if not path.exists():
            film = examples.analysis(path, lifts=lifts, **SIZE)
            with VideoWriter(path, **SIZE) as writer:
                for index, time_s in enumerate(film.recording.clip.times_s):
                    writer.write(examples.grey_frame(index, **SIZE), time_s)
        return path

    def page(self, *, name="", options=None, **what):
        """The path of a report with all that belongs to it beside it.

        `what` goes into the analysis: `lifts`, `missing`, or `refused` (a code). Where only words
        change, the film of an earlier page is taken over.
        """
        options = options or Options()
        spoken = {"athlete": None, "load_kg": None, "date": None, "linked": False}
        base = self._folder(replace(options, **spoken), what)
        if not name and options == replace(options, **spoken):
            return base / "report.html"
        key = (base, name, options)
        if key not in self._made:
            folder = shutil.copytree(base, self._new())
            analysis = replace(self._analysis(what), options=options)
            if name:  # the clip keeps its plain name on disk
                clip = replace(analysis.recording.clip, path=Path(name))
                recording = replace(analysis.recording, clip=clip)
                analysis = replace(analysis, recording=recording)
            report.rewrite(analysis, folder)
            self._made[key] = folder
        return self._made[key] / "report.html"

    def _folder(self, options, what):
        key = (options, tuple(sorted(what.items())))
        if key not in self._made:
            analysis = replace(self._analysis(what), options=options)
            folder = self._new()
            folder.mkdir()
            report.write(analysis, folder, video=options.video)
            self._made[key] = folder
        return self._made[key]

    def _analysis(self, what):
        path = self.clip(what.get("lifts", 1))
        if "refused" in what:
            return examples.refused(path, what["refused"], **SIZE)
        return examples.analysis(path, **what, **SIZE)

    def _new(self):
        return self.root / f"result{len(self._made)}"


@contextmanager
def opened(browser, path, size=LAPTOP, **how):
    """The page at `path` in a window of its own; at the end nothing must have complained."""
    context = browser.new_context(viewport=dict(zip(("width", "height"), size, strict=True)), **how)
    page = context.new_page()
    complaints, asked = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri())
        yield page
        assert complaints == []
        films = [path.with_name(name).as_uri() for name in ("overlay.mp4", "compare.mp4")]
        own = (path.as_uri(), *films, "blob:", "data:")
        assert [url for url in asked if not url.startswith(own)] == []
    finally:
        context.close()


def until(page, expression, seconds=20.0):
    """Wait until JavaScript says so. The page's own policy forbids to evaluate strings in it."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"never: {expression}"
        page.wait_for_timeout(25)


def ready(page):
    """Wait until the film can be shown."""
    until(page, "document.getElementById('film').readyState >= 2")


def clip_time_s(page):
    """Which time of the clip the film is at."""
    until(page, "!document.getElementById('film').seeking")
    return page.evaluate(
        """() => {
          const data = JSON.parse(document.getElementById("data").textContent);
          const at = document.getElementById("film").currentTime;
          let i = 0;
          while (i + 1 < data.at.length && data.at[i + 1] <= at + 1e-4) i++;
          return data.times[i];
        }"""
    )
