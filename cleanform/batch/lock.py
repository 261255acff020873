"""One batch at a time over a team's folder."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cleanform.errors import InputError

_BUSY = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})


@contextmanager
def team_lock(team: Path) -> Iterator[None]:
    """Hold `team` for the length of the block; the system lets go of it when the process ends.

    Raises:
        InputError: another process holds it, or its disk knows no locks.
    """
    work = team / ".work"
    try:
        work.mkdir(exist_ok=True)
        descriptor = os.open(work / "lock", os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{team}: cannot be written ({reason}); choose another -o") from error
    try:
        try:
            _take(descriptor)
        except OSError as error:
            if error.errno in _BUSY:
                raise InputError(
                    f"{team}: another cleanform is at work on it; wait until it is done"
                ) from error
            raise InputError(
                f"{team}: its disk knows no file locks; choose an -o on a local disk"
            ) from error
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
