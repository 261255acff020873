"""Where the files that cleanform carries are, and whether they are whole."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

from cleanform.errors import MissingModelError

_PACKAGE = Path(__file__).resolve().parent

#: An installed wheel carries the models inside the package, a checkout keeps them beside it.
_MODEL_FOLDERS = (_PACKAGE / "models", _PACKAGE.parent / "models")


def model_file(name: str) -> Path:
    """Path of `name` in the folder of models, for example "pose_landmarker_full.task".

    Raises:
        MissingModelError: there is no such file; the message says how to get it.
    """
    for folder in _MODEL_FOLDERS:
        if (path := folder / name).is_file():
            return path
    raise MissingModelError(f"The model file {Path(name).name} is missing. {_how_to_get(name)}")


def checked_model(name: str) -> tuple[Path, str]:
    """Path and sha256 of a model, once the file agrees with the card beside it.

    Raises:
        MissingModelError: the file is missing, or it is not the one that its card describes.
    """
    path = model_file(name)
    found = sha256(path)
    if found != _card(name).get("sha256"):
        raise MissingModelError(f"The model file {path.name} is damaged. {_how_to_get(name)}")
    return path, found


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _card(name: str) -> dict[str, object]:
    """The .toml card beside a model; empty where there is none."""
    for folder in _MODEL_FOLDERS:
        if (path := (folder / name).with_suffix(".toml")).is_file():
            return tomllib.loads(path.read_text("utf-8"))
    return {}


def _how_to_get(name: str) -> str:
    made_by = _card(name).get("made_by")
    if made_by is None:
        return "Install cleanform again."
    if not (_MODEL_FOLDERS[1] / "assemble.py").is_file():
        made_by = f'{made_by} --into "{_MODEL_FOLDERS[0]}"'
        return f"In a checkout of cleanform run: {made_by}"
    return f"In the checkout run: {made_by}"
