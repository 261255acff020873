"""An `Analysis` as something to look at: report.html, stills/, plots/, overlay.mp4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cleanform.report.film import FILE as FILM
from cleanform.report.film import SLOW_FILE, shoot
from cleanform.report.frames import KeptFrames
from cleanform.report.graphs import draw_graphs
from cleanform.report.handles import Handles
from cleanform.report.page import render, write_page
from cleanform.report.stills import make_stills, write_stills

if TYPE_CHECKING:
    from pathlib import Path

    from cleanform.model import Analysis, Progress

__all__ = ["FILMS", "Handles", "page_with_handles", "rewrite", "write"]

#: What lies beside a page that a page may show.
FILMS = frozenset({FILM, SLOW_FILE})


def write(
    analysis: Analysis, folder: Path, progress: Progress | None = None, video: bool = True
) -> None:
    """Draw everything into the existing `folder`, reading the clip's frames once more.

    Raises InputError where the clip cannot be read any more or the folder not be written.
    """
    kept = KeptFrames(folder)
    shoot(analysis, kept, progress, video)
    _draw(analysis, kept)


def rewrite(analysis: Analysis, folder: Path) -> None:
    """Draw stills, plots and page again from the frames that `write` kept; no clip is needed.

    The film stays as it was; the page says so where what it shows has changed. Raises
    InputError where the kept frames are missing.
    """
    _draw(analysis, KeptFrames.load(folder))


def page_with_handles(analysis: Analysis, folder: Path, handles: Handles) -> bytes:
    """The page with which a result is corrected by hand. Nothing is written.

    Raises InputError where the kept frames are missing.
    """
    kept = KeptFrames.load(folder)
    text = render(analysis, kept, make_stills(analysis, kept), draw_graphs(analysis, None), handles)
    return text.encode("utf-8", "replace")


def _draw(analysis: Analysis, kept: KeptFrames) -> None:
    pictures = make_stills(analysis, kept)
    write_stills(pictures, kept)
    graphs = draw_graphs(analysis, kept.folder)
    write_page(analysis, kept, pictures, graphs)
