"""A team's folder in, one page out: `cleanform batch` as functions.

>>> from cleanform.batch import LocalWorkers, run
>>> run("clips", "team", LocalWorkers(2, time_limit_s=900))  # doctest: +SKIP

Each clip is done by a process of its own (`workers`) or on a cluster (`cluster`), its result is put
in place whole (`results`) and its rows are committed in one transaction (`store`). Whatever ends a
batch, the next one goes on where it stopped.
"""

from cleanform.batch.discover import is_team
from cleanform.batch.labels import Labels, NamePattern
from cleanform.batch.machine import default_workers
from cleanform.batch.rejudge import Judged, Rejudged, rejudge
from cleanform.batch.roster import Roster, load_roster
from cleanform.batch.season import Begun, Runner, Summary, run
from cleanform.batch.tasks import Outcome, Task
from cleanform.batch.workers import LocalWorkers, Told

__all__ = [
    "Begun",
    "Judged",
    "Labels",
    "LocalWorkers",
    "NamePattern",
    "Outcome",
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
