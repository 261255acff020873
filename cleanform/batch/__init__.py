"""A team's folder in, one page out: `cleanform batch` as functions.

>>> from cleanform.batch import LocalWorkers, run
>>> run("clips", "team", LocalWorkers(2, time_limit_s=900))  # doctest: +SKIP

Each clip is done by a process of its own (`workers`) or on a cluster (`cluster`), its result is put
in place whole (`results`) and its rows are committed in one transaction (`store`). Whatever ends a
batch, the next one goes on where it stopped.

Every name is loaded on first use, so that a worker starts without what only its parent needs.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cleanform.batch.discover import is_team as is_team
    from cleanform.batch.judging import Judged as Judged
    from cleanform.batch.judging import Rejudged as Rejudged
    from cleanform.batch.judging import rejudge as rejudge
    from cleanform.batch.labels import Labels as Labels
    from cleanform.batch.labels import NamePattern as NamePattern
    from cleanform.batch.machine import default_workers as default_workers
    from cleanform.batch.roster import Roster as Roster
    from cleanform.batch.roster import load_roster as load_roster
    from cleanform.batch.season import Begun as Begun
    from cleanform.batch.season import Event as Event
    from cleanform.batch.season import Read as Read
    from cleanform.batch.season import Runner as Runner
    from cleanform.batch.season import Summary as Summary
    from cleanform.batch.season import run as run
    from cleanform.batch.tasks import Outcome as Outcome
    from cleanform.batch.tasks import Task as Task
    from cleanform.batch.workers import LocalWorkers as LocalWorkers
    from cleanform.batch.workers import Told as Told

_HOMES = {
    "discover": ("is_team",),
    "labels": ("Labels", "NamePattern"),
    "machine": ("default_workers",),
    "judging": ("Judged", "Rejudged", "rejudge"),
    "roster": ("Roster", "load_roster"),
    "season": ("Begun", "Event", "Read", "Runner", "Summary", "run"),
    "tasks": ("Outcome", "Task"),
    "workers": ("LocalWorkers", "Told"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Begun",
    "Event",
    "Judged",
    "Labels",
    "LocalWorkers",
    "NamePattern",
    "Outcome",
    "Read",
    "Rejudged",
    "Roster",
    "Runner",
    "Summary",
    "Task",
    "Told",
    "default_workers",
    "is_team",
    "load_roster",
    "rejudge",
    "run",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
