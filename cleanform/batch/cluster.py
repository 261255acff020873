"""The same task on a Dask cluster: input shared or uploaded, results gathered as files.

Needs the extra ``cluster``. A task runs in a process of its own on the cluster too, so that a crash
takes one clip with it and not the cluster's worker. Where a cluster's worker itself is lost, Dask
gives its clips to another one, as often as its `distributed.scheduler.allowed-failures` says.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
import zipfile
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cleanform.batch.tasks import Outcome, Task
from cleanform.batch.worker import settle
from cleanform.batch.workers import ANALYZE, LocalWorkers, Told
from cleanform.closing import Closing
from cleanform.errors import InputError, MissingLibraryError

_CONNECT_S = 20
#: Clips sent ahead for each place, so that none waits for the network.
_AHEAD = 2


@dataclass(frozen=True)
class _Packed:
    """What comes back from the cluster."""

    reason: str
    seconds: float
    peak_mb: float
    result: bytes = b""  # the result's folder as zip
    needs_content: bool = False  # the clip cannot be seen from there


class DaskWorkers(Closing):
    """Does tasks on the cluster at `address`, one at a time for each of its threads.

    Raises:
        MissingLibraryError: the extra ``cluster`` is not installed.
        InputError: nobody answers at `address`.
    """

    def __init__(self, address: str, time_limit_s: float, job: str = ANALYZE) -> None:
        try:
            import distributed
        except ImportError as error:
            raise MissingLibraryError(
                "--dask needs Dask; install it: pip install 'cleanform[cluster]'"
            ) from error
        self._time_limit_s = time_limit_s
        self._job = job
        connect: Any = distributed.Client  # Dask is typed in parts only
        try:
            self._client = connect(address, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(f"--dask {address}: no cluster answers there") from error

    @property
    def count(self) -> int:
        """The cluster's threads, as of now."""
        threads: dict[str, int] = self._client.nthreads()
        return max(1, sum(threads.values()))

    def run(self, tasks: Iterator[Task]) -> Generator[Told | Outcome, None, None]:
        """Do every task; closing the generator takes back what has not been done."""
        import distributed

        waiting: dict[Any, Task] = {}
        gather: Any = distributed.as_completed
        finished = gather(loop=self._client.loop)
        try:
            while True:
                while len(waiting) < _AHEAD * self.count:
                    task = next(tasks, None)
                    if task is None:
                        break
                    self._send(task, None, waiting, finished)
                    yield Told(task, "", 0.0)
                if not waiting:
                    return
                future = next(finished)
                task = waiting.pop(future)
                outcome = self._received(future, task)
                if outcome is None:
                    self._send(task, Path(task.clip).read_bytes(), waiting, finished)
                else:
                    yield outcome
        finally:
            self._client.cancel(list(waiting), force=True)

    def close(self) -> None:
        self._client.close()

    def _send(
        self, task: Task, content: bytes | None, waiting: dict[Any, Task], finished: Any
    ) -> None:
        future = self._client.submit(
            do_task,
            task.to_json(),
            _packed_folder(Path(task.saved)) if task.saved else content,
            self._job,
            self._time_limit_s,
            pure=False,
        )
        waiting[future] = task
        finished.add(future)

    def _received(self, future: Any, task: Task) -> Outcome | None:
        """What became of a task, its result unpacked into its stage; None: it needs the clip."""
        if future.status != "finished":
            return Outcome(
                task, f"The cluster lost the clip ({type(future.exception()).__name__})."
            )
        packed: _Packed = future.result()
        if packed.needs_content:
            return None
        if not packed.reason:
            _unpack(packed.result, task.result)
            for path in task.result.rglob("*"):
                settle(path)
        return Outcome(task, packed.reason, packed.seconds, packed.peak_mb)


def do_task(task_json: str, content: bytes | None, job: str, time_limit_s: float) -> _Packed:
    """Runs on the cluster: do one task in a process of its own and give back its folder."""
    task = Task.from_json(task_json)
    with tempfile.TemporaryDirectory(prefix="cleanform-") as place:
        here = Path(place)
        (here / "stage").mkdir()
        local = replace(task, stage=str(here / "stage"))
        if task.saved and content is not None:
            _unpack(content, here / "saved")
            local = replace(local, saved=str(here / "saved"))
        elif content is not None:
            clip = here / Path(task.file).name
            clip.write_bytes(content)
            local = replace(local, clip=str(clip))
        elif not _is_here(Path(task.clip), task.sha256):
            return _Packed("", 0.0, 0.0, needs_content=True)
        outcome = Outcome(local, "The analysis ended without a result.")
        with closing(LocalWorkers(1, time_limit_s, job, pinned=False).run(iter([local]))) as events:
            for event in events:
                if isinstance(event, Outcome):
                    outcome = event
        result = b"" if outcome.reason else _packed_folder(local.result)
        return _Packed(outcome.reason, outcome.seconds, outcome.peak_mb, result)


def _is_here(clip: Path, sha256: str) -> bool:
    """Whether this machine sees the same file under the same path."""
    try:
        with clip.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _packed_folder(folder: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:  # videos and pictures do not shrink further
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return packed.getvalue()


def _unpack(packed: bytes, folder: Path) -> None:
    """Files and folders only, and none outside of `folder`: so `zipfile` extracts."""
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        archive.extractall(folder)
