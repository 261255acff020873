"""A result folder is there whole or not at all."""

from __future__ import annotations

import errno
import os
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cleanform.errors import CleanformError, InputError
from cleanform.staging import RESULT_ENTRIES, replace_file, staged_folder


def write_result(folder: Path, text: str = "new") -> None:
    (folder / "analysis.json").write_text('{"cleanform_version": "0"}')
    (folder / "stills").mkdir()
    (folder / "stills" / "1-setup.png").write_text(text)


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


RESULT = {"analysis.json", "stills", "stills/1-setup.png"}


def test_appears_whole_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "clip.cleanform"
    with staged_folder(target) as stage:
        assert not target.exists()
        assert stage.parent == tmp_path
        assert stage.name.startswith(".")
        write_result(stage)
        assert not target.exists()
    assert tree(target) == RESULT
    assert os.listdir(tmp_path) == ["clip.cleanform"]


@pytest.mark.parametrize("before", ["nothing", "empty", "result"])
@pytest.mark.parametrize("error", [ValueError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_any_ending_but_a_good_one_leaves_things_as_they_were(
    tmp_path: Path, before: str, error: BaseException
) -> None:
    target = tmp_path / "clip.cleanform"
    if before != "nothing":
        target.mkdir()
    if before == "result":
        write_result(target, "old")
    tree_before = tree(tmp_path)
    with pytest.raises(type(error)), staged_folder(target) as stage:  # noqa: PT012
        write_result(stage)
        raise error
    assert tree(tmp_path) == tree_before
    if before == "result":
        assert (target / "stills" / "1-setup.png").read_text() == "old"


@pytest.mark.parametrize("litter", [None, ".DS_Store"])
def test_an_earlier_result_is_replaced_whole(tmp_path: Path, litter: str | None) -> None:
    target = tmp_path / "clip.cleanform"
    target.mkdir()
    write_result(target, "old")
    (target / "overlay.mp4").write_text("old")
    if litter:
        (target / litter).write_text("")
    with staged_folder(target) as stage:
        write_result(stage)
        assert (target / "stills" / "1-setup.png").read_text() == "old"
    assert tree(target) == RESULT
    assert (target / "stills" / "1-setup.png").read_text() == "new"
    assert os.listdir(tmp_path) == ["clip.cleanform"]


@pytest.mark.parametrize("kind", ["foreign", "foreign analysis.json", "result and a note"])
def test_what_is_not_ours_is_never_touched(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "folder"
    target.mkdir()
    if kind == "foreign":
        (target / "thesis.tex").write_text("years of work")
    elif kind == "foreign analysis.json":
        (target / "analysis.json").write_text('{"mine": true}')
    else:
        write_result(target, "old")
        (target / "my notes.txt").write_text("ask about the second rep")
    before = tree(tmp_path)
    with pytest.raises(InputError, match="did not write"), staged_folder(target):
        pytest.fail("the work was started")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("inside", [False, True])
def test_keeping_begins_with_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    target = tmp_path / "clip.cleanform"
    target.mkdir()
    write_result(target, "old")
    (target / "my notes.txt").write_text("ask about the second rep")
    before = tree(target)
    if inside:
        monkeypatch.chdir(target)
    with pytest.raises(KeyboardInterrupt), staged_folder(target, keep=True) as stage:  # noqa: PT012
        (stage / "stills" / "1-setup.png").write_text("half")
        raise KeyboardInterrupt
    assert (target / "stills" / "1-setup.png").read_text() == "old"
    with staged_folder(target, keep=True) as stage:
        (stage / "stills" / "1-setup.png").write_text("new")
        (stage / "report.html").write_text("new")
    assert (target / "stills" / "1-setup.png").read_text() == "new"
    assert tree(target) == before | {"report.html"}
    assert os.listdir(tmp_path) == ["clip.cleanform"]


def test_keeping_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError), staged_folder(tmp_path / "a" / "b", keep=True):
        pytest.fail("the work was started")


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "clip.mp4"
    target.write_text("a clip")
    with pytest.raises(InputError, match="is a file"), staged_folder(target):
        pytest.fail("the work was started")
    assert target.read_text() == "a clip"


def test_a_missing_parent_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no folder"), staged_folder(tmp_path / "a" / "b"):
        pytest.fail("the work was started")
    assert os.listdir(tmp_path) == []


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 300)
    with pytest.raises(InputError, match="too long") as caught, staged_folder(target) as stage:
        write_result(stage)
    assert len(str(caught.value)) < 120
    assert os.listdir(tmp_path) == []


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    real = tmp_path / "disk"
    real.mkdir()
    link = tmp_path / "clip.cleanform"
    link.symlink_to(real)
    with staged_folder(link) as stage:
        write_result(stage)
    assert link.is_symlink()
    assert tree(real) == RESULT


def test_the_folder_we_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be swapped under our feet, so the result is moved in entry by entry."""
    monkeypatch.chdir(tmp_path)
    for text in ("old", "new"):
        with staged_folder(Path()) as stage:
            write_result(stage, text)
    assert tree(tmp_path) == RESULT
    assert Path("stills/1-setup.png").read_text() == "new"
    with pytest.raises(ValueError, match="x"), staged_folder(Path()) as stage:
        raise ValueError("x")
    assert tree(tmp_path) == RESULT


@pytest.fixture
def unwritable() -> Iterator[Path]:
    """A folder that may be read only. Root may write anywhere, so the test is somebody else."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o755)
    folder.rmdir()


def test_a_folder_that_cannot_be_written(unwritable: Path) -> None:
    target = unwritable / "clip.cleanform"
    with pytest.raises(InputError, match="cannot be written"), staged_folder(target):
        pytest.fail("the work was started")
    with pytest.raises(InputError, match="cannot be written"):
        replace_file(unwritable / "analysis.json", b"x")
    assert os.listdir(unwritable) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_full_disk_is_named(tmp_path: Path, code: int, wrapped: bool) -> None:
    error: Exception = OSError(code, "No space left on device")
    if wrapped:
        outer = RuntimeError("encoder gave up")
        outer.__cause__ = error
        error = outer
    with pytest.raises(InputError, match="disk is full"), staged_folder(tmp_path / "out"):
        raise error
    assert os.listdir(tmp_path) == []


def test_a_write_that_really_fails(tmp_path: Path) -> None:
    """A limit on the size of files makes the system refuse the write, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
        with (
            pytest.raises(InputError, match="disk is full"),
            staged_folder(tmp_path / "out") as stage,
        ):
            (stage / "overlay.mp4").write_bytes(bytes(100_000))
        with pytest.raises(InputError, match="disk is full"):
            replace_file(tmp_path / "analysis.json", bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(tmp_path) == []


def test_other_errors_keep_their_words(tmp_path: Path) -> None:
    with pytest.raises(CleanformError, match="no such clip"), staged_folder(tmp_path / "out"):
        raise InputError("no such clip")
    with pytest.raises(PermissionError), staged_folder(tmp_path / "out"):
        raise PermissionError(errno.EACCES, "somewhere else")


def test_replacing_a_file_is_whole_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "analysis.json"
    path.write_bytes(b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(InputError, match="cannot be made"):
        replace_file(tmp_path / "missing" / "file", b"x")
    assert os.listdir(tmp_path) == ["analysis.json"]


def test_ours_are_named_once() -> None:
    assert {"analysis.json", "recording", "report.html", "stills", "plots"} <= RESULT_ENTRIES
