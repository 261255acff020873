"""What README, changelog and CI promise is what the program does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from cleanform import archive, cli
from cleanform.model import EVENTS, SCHEMA_VERSION

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
SAMPLE = ROOT / "samples" / "power_clean_side.mp4"


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_first_screen_is_a_sentence_a_picture_and_two_commands() -> None:
    head = README.split("\n## ")[0]
    assert re.search(r"^# cleanform\n\n[A-Z][^\n]+\.\n\n!\[[^\]]+\]\(docs/[\w.]+\)", head)
    assert len(blocks("sh", head)) == 2
    assert all(len(block.splitlines()) == 1 for block in blocks("sh", head))


@pytest.mark.parametrize("command", blocks("sh"))
def test_each_command_is_complete(command: str) -> None:
    """Neither needs the other first: both make the environment and install into it."""
    assert command.startswith(
        "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt"
    )
    known = ("samples/power_clean_side.mp4", "-m pytest", "cleanform validate")
    assert any(each in command for each in known)


def test_ci_runs_the_readme_s_test_command() -> None:
    command = next(block for block in blocks("sh") if "pytest" in block).strip()
    assert command in (ROOT / ".ci" / "run").read_text("utf-8")


def test_links_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)]+)\)", document.read_text("utf-8")):
            if target.startswith("http"):
                continue
            name, _, anchor = target.partition("#")
            page = document.parent / name if name else document
            assert page.exists(), f"{document.name} -> {target}"
            if anchor:
                titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w -]", "", t.lower()).replace(" ", "-") for t in titles}
                assert anchor in slugs, f"{document.name} -> {target}"


def test_options_in_the_readme_are_those_of_the_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["analyze", "--help"]) == 0
    program = set(re.findall(r"(--[a-z][a-z-]+)", capsys.readouterr().out)) - {"--help"}
    section = README.split("## Options of")[1].split("\n## ")[0]
    documented = {name for row in section.splitlines() for name in first_cell_options(row)}
    assert documented == program


def test_options_of_compare_in_the_readme_are_those_of_the_program(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["compare", "--help"]) == 0
    program = set(re.findall(r"(--[a-z][a-z-]+)", capsys.readouterr().out)) - {"--help"}
    section = README.split("## Options of `cleanform compare`")[1].split("\n## ")[0]
    documented = {name for row in section.splitlines() for name in first_cell_options(row)}
    assert documented == program


def first_cell_options(row: str) -> list[str]:
    return re.findall(r"(--[a-z][a-z-]+)", row.split("|")[1]) if row.startswith("| `") else []


def test_python_of_the_readme_is_three_lines() -> None:
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line]) == 3


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample clip is not there")
def test_python_of_the_readme_runs() -> None:
    (code,) = blocks("python")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "Back rounds" in done.stdout


def test_every_rule_and_sample_that_is_named_exists() -> None:
    for name in re.findall(r"--explain (\w+)", README):
        assert cli.main(["rules", "--explain", name]) == 0


def test_method_documents_every_field_of_the_schema() -> None:
    method = (ROOT / "docs" / "method.md").read_text("utf-8")
    section = method.split("\n## analysis.json")[1]
    assert f"Schema version **{SCHEMA_VERSION}**" in section

    def names(schema: dict[str, object]) -> set[str]:
        found = set()
        for key, value in schema.items():
            if key == "properties" and isinstance(value, dict):
                found |= set(value)
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, dict):
                    found |= names(part)
        return found

    for name in names(archive.schema()) - set(EVENTS):
        assert re.search(rf"[`.]{name}(\[\])?`", section), name
    for event in EVENTS:
        assert f"`{event}`" in method


def test_the_wheel_is_told_to_carry_every_committed_model() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    carried = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"])
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is committed is not known")
    listed = subprocess.run(["git", "ls-files", "models"], cwd=ROOT, capture_output=True, text=True)
    tracked = listed.stdout.split()
    models = {name for name in tracked if Path(name).suffix in (".task", ".toml", ".onnx")}
    assert carried == models


def test_constraints_are_exact_and_cover_every_requirement() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[a-z0-9-]+==[\w.]+", pin) for pin in pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        wanted += extra
    names = {pin.split("==")[0] for pin in pins}
    assert {re.split(r"[<>=\[]", each)[0] for each in wanted} <= names


def test_changelog_has_measurements_and_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert "### Measurements" in changelog
    assert "[Unreleased]" in changelog


def test_schema_is_packaged_as_it_is_read() -> None:
    path = ROOT / "cleanform" / "analysis.schema.json"
    assert json.loads(path.read_text("utf-8")) == archive.schema()
