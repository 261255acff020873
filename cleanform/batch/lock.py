"""One batch at a time over a team's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cleanform.errors import InputError
from cleanform.locking import held


@contextmanager
def team_lock(team: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold `team` for the length of the block; the system lets go of it when the process ends.

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
