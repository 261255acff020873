"""What is committed: no third party's pictures, no machine's paths."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FILMS = (".mp4", ".mov", ".m4v", ".webm", ".avi", ".mkv", ".gif")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is committed is not known")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_films_lie_in_samples_and_pictures_in_docs(tracked: list[Path]) -> None:
    """Both hold only what this project rendered; nothing else has a place."""
    for path in tracked:
        home = path.relative_to(ROOT).parts[0]
        if path.suffix.lower() in FILMS:
            assert home == "samples", path
        if path.suffix.lower() in PICTURES:
            assert home == "docs", path


def test_no_file_is_large_without_reason(tracked: list[Path]) -> None:
    for path in tracked:
        if path.exists() and path.suffix not in (".task",):
            assert path.stat().st_size < 3_000_000, path


def test_no_path_of_a_machine_is_written_down(tracked: list[Path]) -> None:
    homes = re.compile(r"(?<![\w.])/(?:work|root|opt)/\w|/home/(?!somebody)|file:///\w")
    for path in tracked:
        if not path.exists() or path == Path(__file__) or path.suffix in (".task", ".onnx"):
            continue
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found = homes.search(text)
        assert found is None, f"{path.relative_to(ROOT)}: {found and found[0]}"
