"""One at a time over a folder: a lock that the system lets go of when its process ends."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cleanform.errors import InputError

_BUSY = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
#: In a result folder; a name that no listing of a result counts as part of it.
RESULT_LOCK = ".cleanform-lock"
#: What makes a folder a team's; its results lie two levels below.
TEAM_FILE = "team.sqlite"


@contextmanager
def held(path: Path, *, busy: str, shared: bool = False) -> Iterator[None]:
    """Hold the lock file `path`, which is made where it is missing, for the length of the block.

    Several may hold it `shared` at a time, but nobody else then holds it alone. (Windows knows
    no shared locks there: only one may.)

    Raises:
        InputError: somebody else holds it, and `busy` says what that means; it cannot be
            written, or its disk knows no locks.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path.parent}: cannot be written ({reason})") from error
    try:
        try:
            _take(descriptor, shared)
        except OSError as error:
            if error.errno in _BUSY:
                raise InputError(busy) from error
            raise InputError(
                f"{path.parent}: its disk knows no file locks; work on a local disk"
            ) from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def team_lock(team: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold a team's folder for the length of the block: one batch at a time.

    Those who look at single results hold it `shared`: then no batch works on it.

    Raises:
        InputError: another process holds it, or its disk knows no locks.
    """
    work = team / ".work"
    try:
        work.mkdir(exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{team}: cannot be written ({reason}); choose another -o") from error
    busy = f"{team}: another cleanform is at work on it; wait until it is done"
    with held(work / "lock", busy=busy, shared=shared):
        yield


def is_of_team(folder: Path) -> bool:
    """Whether a result folder is one of a team's."""
    return (folder.resolve().parent.parent / TEAM_FILE).is_file()


@contextmanager
def result_lock(folder: Path) -> Iterator[None]:
    """Hold a result folder, and keep batches from the team that it belongs to.

    Raises:
        InputError: somebody else holds one of them.
    """
    busy = f"{folder}: is open in another cleanform review; end that first"
    with ExitStack() as stack:
        if is_of_team(folder):
            stack.enter_context(team_lock(folder.resolve().parent.parent, shared=True))
        stack.enter_context(held(folder / RESULT_LOCK, busy=busy))
        yield


def refuse_while_reviewed(folder: Path) -> None:
    """InputError where `cleanform review` is open on a result folder."""
    lock = folder / RESULT_LOCK
    if lock.exists():
        with held(lock, busy=f"{folder}: is open in cleanform review; end that first"):
            pass


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int, shared: bool) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int, shared: bool) -> None:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
