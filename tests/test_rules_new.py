"""`cleanform rules --new`: what it writes is a rule that works once it is filled in."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import cleanform
from cleanform import cli, rules
from cleanform.errors import InputError

FILLED_IN = {
    'ANGLE, EVENT = "trunk", "setup"': 'ANGLE, EVENT = "upper_arm", "stood_up"',
    "ok_max=10, fault_max=20": "ok_max=10, fault_max=20",
    "fault={},": 'fault={"low_elbows_deg": 40.0},',
    'float(motion.angles_deg[ANGLE][frame])': '-float(motion.angles_deg[ANGLE][frame])',
}  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder like the repository's root, with the little that a new check needs."""
    (tmp_path / "cleanform/rules").mkdir(parents=True)
    (tmp_path / "cleanform/coaching.toml").write_text('[a]\ncue = "b"\n', "utf-8")
    (tmp_path / "tests").mkdir()
    return tmp_path


def test_it_writes_a_rule_a_test_and_coaching(checkout: Path) -> None:
    made = rules.start_rule("elbows_hang", checkout / "cleanform")
    assert made["rule"] == checkout / "cleanform/rules/elbows_hang.py"
    assert made["test"] == checkout / "tests/test_rule_elbows_hang.py"
    coaching = tomllib.loads(made["coaching"].read_text("utf-8"))
    assert set(coaching) == {"a", "elbows_hang"}
    assert set(coaching["elbows_hang"]) == {"cause", "cue", "drills", "source"}


@pytest.mark.parametrize(
    "filled_in", [pytest.param(False, marks=pytest.mark.slow), True], ids=["open", "filled in"]
)
def test_its_test_passes_once_filled_in_and_not_before(checkout: Path, filled_in: bool) -> None:
    """In a process of its own, with the new file taken for one of the package's."""
    made = rules.start_rule("elbows_hang", checkout / "cleanform")
    text = made["rule"].read_text("utf-8")
    for open_end, filling in FILLED_IN.items() if filled_in else ():
        assert open_end in text
        text = text.replace(open_end, filling)
    made["rule"].write_text(text, "utf-8")
    (checkout / "tests/conftest.py").write_text(
        "import sys, tomllib\n"
        "from pathlib import Path\n"
        "import cleanform.rules\n"
        f"coaching = tomllib.loads(Path({str(made['coaching'])!r}).read_text())\n"
        "cleanform.rules._coaching._tables = lambda: coaching\n"
        f"cleanform.rules.__path__.append({str(made['rule'].parent)!r})\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", made["test"].name],
        cwd=checkout / "tests", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode == 0) == filled_in, done.stdout
    assert ("2 passed" in done.stdout) == filled_in


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("low_rack", "already"),
        ("engine", "already"),
        ("Low", "lower-case"),
        ("1st", "lower-case"),
        ("a-b", "lower-case"),
        ("_hidden", "lower-case"),
        ("lambda", "lower-case"),
        ("../x", "lower-case"),
        ("", "lower-case"),
    ],
)
def test_a_name_that_cannot_be_is_refused(checkout: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        rules.start_rule(name, checkout / "cleanform")
    assert not [*(checkout / "cleanform/rules").iterdir(), *(checkout / "tests").iterdir()]


def test_it_overwrites_nothing(checkout: Path) -> None:
    rules.start_rule("elbows_hang", checkout / "cleanform")
    with pytest.raises(InputError, match="already"):
        rules.start_rule("elbows_hang", checkout / "cleanform")


def test_the_command_refuses_a_name_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(Path(cleanform.__file__).parent.joinpath("rules").iterdir())
    assert cli.main(["rules", "--new", "bar_drift"]) == 2
    err = capsys.readouterr().err
    assert "'bar_drift' already" in err
    assert err.count("\n") == 1
    assert sorted(Path(cleanform.__file__).parent.joinpath("rules").iterdir()) == before
