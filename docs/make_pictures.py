"""Make the README's pictures: a sample clip's report as a browser shows it.

    python docs/make_pictures.py [NAME...]

Without names, all of them. Needs chromium and the package's `test` extra. Only clips in samples/,
which this project rendered, are ever shown.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

import cleanform

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "rounded_back_side.mp4"
BEFORE = ROOT / "samples" / "power_clean_side.mp4"


class Shot(NamedTuple):
    """One picture: where it goes, the window, and what is clicked before it is taken."""

    name: str
    page: str  # report or compare
    width_px: int
    height_px: int
    scale: float
    click: str
    top: str = ""  # scrolled to the top of the window first


SHOTS = (
    Shot("report.png", "report", 1280, 800, 1.0, ".cue .shot"),
    Shot("report_phone.png", "report", 390, 844, 1.25, ".graph.path .plane", "#graphs"),
    Shot("compare.png", "compare", 1280, 800, 1.0, ".cue .shot"),
)


def photograph(browser: Browser, page: Path, shot: Shot) -> None:
    """Take one picture of `page`, in at most 256 colours."""
    window = browser.new_page(
        viewport={"width": shot.width_px, "height": shot.height_px},
        device_scale_factor=shot.scale,
        reduced_motion="reduce",
    )
    window.goto(page.as_uri())
    window.wait_for_timeout(1500)
    if shot.top:
        window.locator(shot.top).evaluate("el => el.scrollIntoView()")
    if shot.click:
        window.locator(shot.click).first.click()
        window.mouse.move(0, 0)
        window.evaluate("document.activeElement.blur()")
    window.wait_for_timeout(4000)  # until the player has put its controls away
    with Image.open(io.BytesIO(window.screenshot())) as image:
        few = image.convert("RGB").quantize(256, kmeans=4)
        few.save(ROOT / "docs" / shot.name, optimize=True)
    window.close()


def main() -> None:
    """Analyze the sample, hold it against a good lift, and photograph the pages asked for."""
    wanted = sys.argv[1:] or [shot.name for shot in SHOTS]
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("chromium is not there: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        result = Path(folder) / "result"
        options = cleanform.Options(athlete="Sample lifter", load_kg=60.0)
        cleanform.analyze(SAMPLE, options, folder=result)
        pages = {"report": result / "report.html"}
        if "compare.png" in wanted:
            before = Path(folder) / "before"
            cleanform.analyze(BEFORE, options, folder=before)
            for clip in (SAMPLE, BEFORE):  # a comparison looks for the clips beside the results
                shutil.copy(clip, folder)
            pages["compare"] = Path(folder) / "compare" / "compare.html"
            cleanform.compare(before, result, pages["compare"].parent)
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for shot in SHOTS:
            if shot.name in wanted:
                photograph(browser, pages[shot.page], shot)
        browser.close()


if __name__ == "__main__":
    main()
