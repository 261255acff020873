"""`cleanform synth`: what may be typed, what is written, what is said where it cannot be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cleanform import cli
from cleanform.synth import FAULTS, KINDS, VIEWS

SMALL = ("--size", "64x64", "--fps", "5", "--seed", "4")


def run(*arguments: str | Path) -> int:
    return cli.main(["synth", *(str(argument) for argument in arguments)])


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    """The one line on standard error with which these arguments end."""
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cleanform: ")
    assert err.count("\n") == 1
    return err


def test_list_names_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--list") == 0
    out = capsys.readouterr().out
    for name in (*KINDS, *VIEWS, *FAULTS):
        assert name in out
    for each in FAULTS.values():
        assert f"{each.largest:g} {each.unit}" in out


def test_a_clip_and_its_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("numba", reason="drawing needs the extra [synth]")
    clip = tmp_path / "lift.mp4"
    faults = ("--fault", "rounded_back", "--dose", "20", "--fault", "bar-swing", "--dose", "6")
    assert run(clip, *faults, "--view", "rear45", "--body", "female", *SMALL) == 0
    out, err = capsys.readouterr()
    assert "lift.mp4" in out
    assert "lift.json" in out
    assert err == ""
    truth = json.loads((tmp_path / "lift.json").read_text())
    assert truth["spec"]["lumbar_flexion_deg"] == 20
    assert truth["spec"]["bar_swing_m"] == pytest.approx(0.06)
    assert truth["body"] == "female"
    assert abs(truth["camera"]["yaw_deg"] + 45) < 5
    assert (truth["camera"]["width_px"], truth["camera"]["height_px"]) == (64, 64)
    before = clip.read_bytes()

    assert "--force" in told(capsys, clip, *SMALL)
    assert clip.read_bytes() == before

    assert run(clip, *faults, "--view", "rear45", "--body", "female", *SMALL, "--force", "-q") == 0
    assert capsys.readouterr().out == ""
    assert clip.read_bytes() == before


def test_what_is_held_and_who_is_about(tmp_path: Path) -> None:
    pytest.importorskip("numba", reason="drawing needs the extra [synth]")
    options = ("--implement", "kettlebell", "--bystander", "passing", "--loose-shirt")
    clip = tmp_path / "lift.mov"
    assert run(clip, "--kind", "deadlift", "--rotate", "90", *options, *SMALL, "-q") == 0
    truth = json.loads((tmp_path / "lift.json").read_text())
    assert truth["kind"] == "deadlift"
    assert truth["look"]["implement"] == "kettlebell"
    assert truth["plate_m"] is None
    assert "plate_px" not in truth["frames"]
    assert len(truth["look"]["bystanders"]) == 1
    assert truth["film"]["rotation_deg"] == 90


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--list"),
        (("x.mp4", "--kind", "power claen"), "did you mean power clean?"),
        (("x.mp4", "--view", "reer45"), "did you mean rear 45?"),
        (("x.mp4", "--fault", "rounded", "--dose", "3"), "did you mean rounded_back?"),
        (("x.mp4", "--fault", "rounded_back"), "its own dose"),
        (("x.mp4", "--fault", "rounded_back", "--dose", "300"), "0 to 60 deg"),
        (("x.mp4", "--size", "641x360"), "even"),
        (("x.mp4", "--size", "big"), "640x360"),
        (("x.mp4", "--fps", "2"), "5 to 1000"),
        (("x.mp4", "--rotate", "45"), "90, 180, 270"),
        (("x.mp4", "--codec", "vp9"), "h264, hevc"),
        (("x.mp4", "--body", "child"), "male, female"),
        (("x.txt",), ".mp4, .mov"),
        (("nowhere/x.mp4",), "nowhere"),
    ],
)
def test_one_line_says_what_to_type(
    arguments: tuple[str, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("numba", reason="drawing needs the extra [synth]")
    monkeypatch.chdir(tmp_path)
    assert said in told(capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_without_numba_one_line_names_the_extra(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from cleanform import cli\n"
        "sys.exit(cli.main(['synth', 'x.mp4']))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ran.returncode == 2
    assert "cleanform[synth]" in ran.stderr
    assert ran.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
