"""Workers on this machine: processes that do one clip at a time, each within time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cleanform.batch.machine import free_mb, resident_mb
from cleanform.batch.tasks import Outcome, Task

#: The job function that is run unless another is named.
ANALYZE = "cleanform.batch.worker:analyze_clip"

#: A new interpreter that finds what this one finds, and nothing in the folder it is started in.
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from importlib import import_module; import_module(sys.argv[2]).main()"
)
#: One worker keeps to one core; libraries read this as they are loaded.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
_LOOK_EVERY_S = 0.5
_LAST_WORDS_S = 2.0
#: A worker may always have this much, however little is free.
_LEAST_LIMIT_MB = 2000.0


@dataclass(frozen=True)
class Told:
    """How far a task is: `share` 0..1 of the stage named; no stage = it has just begun."""

    task: Task
    stage: str
    share: float


def start(module: str, request: Mapping[str, object]) -> subprocess.Popen[str]:
    """A process that runs `main` of `module`, which answers `request` line by line."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", _BOOT, json.dumps(sys.path), module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="ascii",
        env=os.environ | dict.fromkeys(_THREADS, "1"),
    )
    ask(process, request)
    return process


def ask(process: subprocess.Popen[str], request: Mapping[str, object]) -> None:
    """One line to a process; where it has gone already, its exit code will tell."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()


class _Worker:
    """One process, and what it is at."""

    def __init__(self, job: str, core: int | None) -> None:
        self.core = core
        self.task: Task | None = None
        self.begun = 0  # tasks so far
        self.start_s = 0.0
        self.killed_because = ""
        self.stage = ""
        self.process = start("cleanform.batch.worker", {"job": job, "core": core})

    def begin(self, task: Task) -> None:
        self.task, self.stage = task, ""
        self.begun += 1
        self.start_s = time.monotonic()
        ask(self.process, {"task": task.to_json()})

    def kill(self, reason: str = "") -> None:
        self.killed_because = self.killed_because or reason
        self.process.kill()

    def close(self) -> None:
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


_Answer = dict[str, object] | None


class LocalWorkers:
    """As many processes at a time as `count`, each at one clip.

    A process takes the next clip when it is done with one, so that the models are loaded once. It
    makes way for a new one where something went wrong. A clip over which a process died that had
    done others before is tried again by a new one: no clip is blamed for another's damage.

    Args:
        count: processes at a time.
        time_limit_s: what one clip may take before its process is ended.
        job: the function that does a task, as "module:function" (`tasks.JobFunction`).
        pinned: keep each process to a core of its own where there are enough.
    """

    def __init__(
        self, count: int, time_limit_s: float, job: str = ANALYZE, *, pinned: bool = True
    ) -> None:
        self.count = count
        self._time_limit_s = time_limit_s
        self._job = job
        self._answers: queue.Queue[tuple[_Worker, _Answer]] = queue.Queue()
        self._cores = cores_for(count) if pinned else []

    def run(self, tasks: Iterator[Task]) -> Generator[Told | Outcome, None, None]:
        """Do every task; tells how far each is, and ends each with an `Outcome`.

        Closing the generator ends all processes at once.
        """
        workers: list[_Worker] = []
        again: list[Task] = []
        limit_mb = max(_LEAST_LIMIT_MB, 0.9 * free_mb() / self.count)
        looked_s = time.monotonic()
        try:
            while True:
                while len(_busy(workers)) < self.count:
                    task = again[0] if again else next(tasks, None)
                    if task is None:
                        break
                    self._place(workers, alone=bool(again)).begin(task)
                    del again[:1]
                    yield Told(task, "", 0.0)
                if not _busy(workers):
                    return
                yield from self._listen(workers, again)
                if time.monotonic() - looked_s >= _LOOK_EVERY_S:
                    self._watch_over(workers, limit_mb)
                    looked_s = time.monotonic()
        finally:
            for worker in workers:
                worker.kill()
            for worker in workers:
                worker.close()

    def _place(self, workers: list[_Worker], alone: bool) -> _Worker:
        """A process for the next task: one that is free, or a new one."""
        for worker in [each for each in workers if each.task is None]:
            if not alone and worker.process.poll() is None:
                return worker
            worker.kill()
            worker.close()
            workers.remove(worker)
        taken = [worker.core for worker in workers]
        free = (core for core in self._cores if core not in taken)
        worker = _Worker(self._job, next(free, None))
        workers.append(worker)
        threading.Thread(target=self._hear, args=(worker,), daemon=True).start()
        return worker

    def _hear(self, worker: _Worker) -> None:
        """Pass on every line of one process, then that it has ended."""
        pipe: IO[str] | None = worker.process.stdout
        assert pipe is not None
        with contextlib.suppress(ValueError, OSError):  # closed under us, or no JSON
            for line in pipe:
                self._answers.put((worker, json.loads(line)))
        self._answers.put((worker, None))

    def _listen(self, workers: list[_Worker], again: list[Task]) -> Iterator[Told | Outcome]:
        try:
            worker, answer = self._answers.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            return
        task = worker.task
        if worker not in workers or task is None:
            return
        if answer is not None and "ended" not in answer:
            worker.stage = str(answer["stage"])
            yield Told(task, worker.stage, float(str(answer["share"])))
            return
        took_s = time.monotonic() - worker.start_s
        worker.task = None
        reason, peak_mb = "", 0.0
        if answer is None:
            reason = _how_it_died(worker)
        else:
            reason, peak_mb = str(answer["reason"]), float(str(answer["peak_mb"]))
        if answer is None or answer["last"]:
            worker.close()
            workers.remove(worker)
        if answer is None and worker.begun > 1 and took_s <= self._time_limit_s:
            _empty(Path(task.stage))
            again.append(task)
        else:
            yield Outcome(task, reason, took_s, peak_mb)

    def _watch_over(self, workers: list[_Worker], limit_mb: float) -> None:
        for worker in _busy(workers):
            if time.monotonic() - worker.start_s > self._time_limit_s:
                worker.kill(f"Took longer than {_minutes(self._time_limit_s)} and was stopped.")
            elif resident_mb(worker.process.pid) > limit_mb:
                worker.kill(f"Needed more than {limit_mb:.0f} MB of memory and was stopped.")


def _busy(workers: list[_Worker]) -> list[_Worker]:
    return [worker for worker in workers if worker.task is not None]


def _empty(stage: Path) -> None:
    """Take away what a process left there that died."""
    for entry in stage.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def cores_for(count: int) -> list[int | None]:
    """A core for each worker; none in particular where there are more workers than cores."""
    try:
        cores = sorted(os.sched_getaffinity(0))
    except AttributeError:
        return []
    return [*cores[:count]] if count <= len(cores) else []


def _how_it_died(one: _Worker) -> str:
    """A plain reason for a process that closed its mouth without a last word."""
    try:
        code = one.process.wait(timeout=_LAST_WORDS_S)
    except subprocess.TimeoutExpired:
        one.kill("The analysis stopped answering.")
        code = one.process.wait()
    if one.killed_because:
        return one.killed_because
    where = f" while {one.stage}" if one.stage else ""
    if sys.platform != "win32" and code == -signal.SIGKILL:
        return f"The system ended the analysis{where}, most likely for want of memory."
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"exit code {code}"
    return f"The analysis crashed{where} ({name}); the file may be damaged."


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"
