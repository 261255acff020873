"""Imports flow down, and `import cleanform` is free and silent."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cleanform

PACKAGE = Path(cleanform.__file__).parent

#: Each row may import from the rows above it, never from a sibling.
ROWS = (
    ("errors",),
    ("corrections",),
    ("model",),
    ("assets", "closing", "locking", "palette", "staging", "texts"),
    (
        "video",
        "pose",
        "bar",
        "outline",
        "camera",
        "plumb",
        "signals",
        "phases",
        "metrics",
        "rules",
        "synth",
        "history",
    ),
    ("scout",),
    ("watch",),
    ("draw", "plots", "archive", "console", "correct"),
    ("report",),
    ("pipeline",),
    ("batch", "compare", "review", "validate"),
    ("cli",),
)
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row}

HEAVY = ("numpy", "scipy", "cv2", "av", "mediapipe", "matplotlib", "jinja2", "rich", "numba", "PIL")


def imported_parts(source: str) -> Iterator[str]:
    """The first name below `cleanform` of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            base = node.module or ""
            names = (
                [f"cleanform.{alias.name}" for alias in node.names]
                if base == "cleanform"
                else [base]
            )
        else:
            continue
        for name in names:
            if name.startswith("cleanform."):
                yield name.split(".")[1]


def wrong_arrows(package: Path) -> list[str]:
    """Every import that does not point down, and every module that no row names."""
    wrong = []
    for path in sorted(package.rglob("*.py")):
        relative = path.relative_to(package)
        part = relative.parts[0].removesuffix(".py")
        if part == "__init__":
            continue
        if part not in RANK:
            wrong.append(f"{relative}: {part} stands in no row")
            continue
        for target in imported_parts(path.read_text("utf-8")):
            if target in (part, "__version__"):
                continue
            if target not in RANK:
                wrong.append(f"{relative}: imports {target}, which stands in no row")
            elif RANK[target] >= RANK[part]:
                wrong.append(f"{relative}: imports {target}, which is not below {part}")
    return wrong


def test_imports_point_down() -> None:
    assert wrong_arrows(PACKAGE) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("video.py", "from cleanform.pipeline import analyze\n"),  # upward
        ("signals/smooth.py", "from cleanform import phases\n"),  # sideways
        ("model.py", "def later():\n    import cleanform.cli\n"),  # upward, hidden in a function
        ("helpers.py", ""),  # in no row
    ],
)
def test_the_guard_sees_a_wrong_arrow(tmp_path: Path, module: str, source: str) -> None:
    path = tmp_path / module
    path.parent.mkdir(exist_ok=True)
    path.write_text(source)
    assert len(wrong_arrows(tmp_path)) == 1


def modules_after(code: str) -> set[str]:
    """Top-level packages that a fresh interpreter has loaded once it ran `code`."""
    script = (
        "import io, json, sys\n"
        "real, sys.stdout = sys.stdout, io.StringIO()\n"
        f"{code}\n"
        "json.dump([sys.stdout.getvalue(), sorted({n.split('.')[0] for n in sys.modules})], real)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return set(json.loads(done.stdout)[1])


def test_import_cleanform_loads_nothing_heavy_and_says_nothing() -> None:
    assert modules_after("import cleanform, cleanform.errors").isdisjoint({*HEAVY, "typer"})


def test_help_loads_nothing_heavy() -> None:
    loaded = modules_after(
        "from cleanform.cli import main; assert main(['analyze', '--help']) == 0"
    )
    assert "typer" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_the_reader_of_modules_sees_a_heavy_import() -> None:
    assert "numpy" in modules_after("import cleanform; cleanform.Options")


def test_only_pose_and_plots_own_the_slowest_libraries() -> None:
    """Reading a result back needs neither the pose library nor the plots'."""
    loaded = modules_after("import cleanform; cleanform.load")
    assert loaded.isdisjoint({"mediapipe", "matplotlib", "cv2", "av", "rich"})


def test_all_is_exactly_what_is_public() -> None:
    assert set(cleanform.__all__) == {
        "Analysis", "CleanformError", "Options", "__version__", "analyze", "compare", "load",
    }  # fmt: skip
    assert dir(cleanform) == sorted(cleanform.__all__)
    assert cleanform.Options is __import__("cleanform.model").model.Options
    assert cleanform.load.__module__ == "cleanform.archive"
    with pytest.raises(AttributeError, match="analyse"):
        cleanform.analyse  # noqa: B018
