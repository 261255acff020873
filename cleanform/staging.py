"""Write a result folder so that it is either there whole or not there at all."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cleanform.errors import CleanformError, InputError

#: All that cleanform puts into a result folder; anything else in one belongs to the user.
RESULT_ENTRIES = frozenset(
    {
        "analysis.json",
        "corrections.json",
        "recording",
        "report.html",
        "overlay.mp4",
        "overlay_slow.mp4",
        "stills",
        "plots",
        "compare.html",
        "compare.mp4",
        "compare.json",
    }
)
#: Any of these, written by cleanform, marks a folder as its result.
_MARKERS = ("analysis.json", "compare.json")
#: What file managers leave behind in every folder that they show.
_LITTER = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})

_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_WRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@contextmanager
def staged_folder(target: Path, *, keep: bool = False, inside: bool = False) -> Iterator[Path]:
    """Give a hidden folder to write into; it becomes `target` when the block ends well.

    With `keep` it begins as a copy of all that `target` holds, the user's own files included.
    With `inside` it lies in `target`, and what was written moves up from there.

    The folder lies beside `target`, so that the last step is a rename. A result of an earlier run
    stays untouched until then. Whatever ends the block early, Ctrl-C included, removes the hidden
    folder and leaves `target` as it was.

    Raises:
        InputError: `target` is a file, holds anything that cleanform did not write, has no parent
            folder, or cannot be written; or the disk filled up in the block.
    """
    final = Path(os.path.abspath(target)).resolve()
    if not keep:
        _check_replaceable(final, shown=target)
    inside = inside or _must_stage_inside(final)
    stage = (final if inside else final.parent) / f".cleanform-{secrets.token_hex(4)}"
    try:
        stage.mkdir()
    except OSError as error:
        raise _explained(error, target) from error
    try:
        if keep:
            shutil.copytree(final, stage, dirs_exist_ok=True, ignore=_unfinished)
        yield stage
        _publish_inside(stage, final) if inside else _publish(stage, final)
    except BaseException as error:
        shutil.rmtree(stage, ignore_errors=True)
        if not isinstance(error, Exception):
            raise
        problem = _writing_problem(error, final.parent)
        if problem is None:
            raise
        raise _explained(problem, target) from error


def replace_file(path: Path, content: bytes) -> None:
    """Write `content` to `path`, which holds either the old or the new content at any moment.

    Raises:
        InputError: it cannot be written, or the disk is full.
    """
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        fresh.write_bytes(content)
        fresh.replace(path)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        fresh.unlink(missing_ok=True)


def is_result_folder(folder: Path) -> bool:
    """True where `folder` holds an analysis.json or compare.json that cleanform wrote."""
    return any(_is_ours(folder / name) for name in _MARKERS)


def _is_ours(path: Path) -> bool:
    try:
        with open(path, encoding="utf-8") as file:
            return "cleanform_version" in json.load(file)
    except (OSError, ValueError, TypeError):
        return False


def _check_replaceable(final: Path, shown: Path) -> None:
    """InputError where writing to `final` would lose anything that is not ours."""
    try:
        if not final.exists():
            if not final.parent.is_dir():
                raise InputError(f"{shown}: there is no folder {final.parent}; make it first")
            return
        if not final.is_dir():
            raise InputError(f"{shown}: is a file; name a folder for the result")
        strangers = sorted(
            entry.name
            for entry in final.iterdir()
            if entry.name not in _LITTER and not entry.name.startswith(".cleanform-")
        )
    except OSError as error:
        raise _explained(error, shown) from error
    if not strangers:
        return
    if is_result_folder(final):
        strangers = [name for name in strangers if name not in RESULT_ENTRIES]
    if strangers:
        raise InputError(
            f"{shown}: holds files that cleanform did not write ({strangers[0]}); "
            "name another folder with -o"
        )


def _unfinished(_: str, names: list[str]) -> list[str]:
    """Stages in a folder, ours or left by a run that was killed: not part of the result."""
    return [name for name in names if name.startswith(".cleanform-")]


def _must_stage_inside(final: Path) -> bool:
    """Whether an existing folder cannot be swapped by renaming: a mount point, or where we are."""
    return final.is_dir() and (
        os.path.ismount(final) or final == Path.cwd() or not os.access(final.parent, os.W_OK)
    )


def _publish(stage: Path, final: Path) -> None:
    """Rename `stage` to `final`; the earlier result comes back if that fails."""
    if not final.exists():
        stage.rename(final)
        return
    old = stage.with_name(stage.name + "-old")
    final.rename(old)
    try:
        stage.rename(final)
    except BaseException:
        old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _publish_inside(stage: Path, final: Path) -> None:
    """Move every entry of `stage` up into `final`, in place of the earlier result's."""
    for name in RESULT_ENTRIES | {entry.name for entry in stage.iterdir()}:
        old = final / name
        if old.is_dir() and not old.is_symlink():
            shutil.rmtree(old)
        else:
            old.unlink(missing_ok=True)
    for entry in stage.iterdir():
        entry.rename(final / entry.name)
    stage.rmdir()


def _writing_problem(error: BaseException | None, parent: Path) -> OSError | None:
    """The full disk behind `error`, or None where it is about something else.

    Encoders do not always pass the cause on, so a disk without room speaks for itself too.
    """
    cause = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _DISK_FULL:
            return cause
        cause = cause.__cause__ or cause.__context__
    if not isinstance(error, CleanformError) and shutil.disk_usage(parent).free < 4096:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return None


def _explained(error: OSError, target: Path) -> InputError:
    """One line for what the system said about `target`."""
    if error.errno in _DISK_FULL:
        return InputError(f"{target}: the disk is full; make room or choose another folder with -o")
    if error.errno in _NOT_WRITABLE:
        return InputError(f"{target}: cannot be written; choose another folder with -o")
    if error.errno == errno.ENAMETOOLONG:
        return InputError(f"{target.name[:40]}...: the name is too long; name a folder with -o")
    reason = (error.strerror or str(error)).lower()
    return InputError(f"{target}: cannot be made ({reason}); choose another folder with -o")
