"""Make the README's picture: the top of the sample clip's report, as a browser shows it.

    python docs/make_pictures.py

Needs chromium. Only the clip in samples/, which this project rendered, is ever shown.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

import cleanform

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples" / "power_clean_side.mp4"
PICTURE = ROOT / "docs" / "report.png"
WIDTH_PX, HEIGHT_PX = 1100, 900


def photograph(page: Path, picture: Path) -> None:
    """The top of `page`, `WIDTH_PX` by `HEIGHT_PX`, in at most 256 colours."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("chromium is not there: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
        command += [f"--window-size={WIDTH_PX},{HEIGHT_PX}", "--virtual-time-budget=5000"]
        command += [f"--user-data-dir={folder}/profile", f"--screenshot={shot}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        with Image.open(shot) as image:
            image.convert("RGB").quantize(256).save(picture, optimize=True)


def main() -> None:
    """Analyze the sample and photograph its page."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        cleanform.analyze(SAMPLE, folder=result)
        photograph(result / "report.html", PICTURE)


if __name__ == "__main__":
    main()
