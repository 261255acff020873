"""Workers on this machine: one process a clip, each with its own time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
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
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has gone already, which its exit code will tell
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    return process


class _Running:
    """One process and what is known about it."""

    def __init__(self, task: Task, job: str, core: int | None) -> None:
        self.task = task
        self.core = core
        self.start_s = time.monotonic()
        self.killed_because = ""
        self.stage = ""
        request = {"task": task.to_json(), "job": job, "core": core}
        self.process = start("cleanform.batch.worker", request)

    def end(self, reason: str = "") -> None:
        self.killed_because = self.killed_because or reason
        self.process.kill()

    def close(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


_Answer = dict[str, object] | None


class LocalWorkers:
    """As many processes at a time as `count`.

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
        self._answers: queue.Queue[tuple[_Running, _Answer]] = queue.Queue()
        self._cores = cores_for(count) if pinned else []

    def run(self, tasks: Iterator[Task]) -> Generator[Told | Outcome, None, None]:
        """Do every task; tells how far each is, and ends each with an `Outcome`.

        Closing the generator ends all processes at once.
        """
        running: dict[_Running, None] = {}
        limit_mb = max(_LEAST_LIMIT_MB, 0.9 * free_mb() / self.count)
        more = True
        try:
            while more or running:
                while more and len(running) < self.count:
                    task = next(tasks, None)
                    if task is None:
                        more = False
                        break
                    one = self._begin(task, running)
                    running[one] = None
                    yield Told(task, "", 0.0)
                if running:
                    yield from self._listen(running)
                    self._watch_over(running, limit_mb)
        finally:
            for one in running:
                one.end()
            for one in running:
                one.process.wait()
                one.close()

    def _begin(self, task: Task, running: dict[_Running, None]) -> _Running:
        taken = [one.core for one in running]
        free = (core for core in self._cores if core not in taken)
        one = _Running(task, self._job, next(free, None))
        threading.Thread(target=self._hear, args=(one,), daemon=True).start()
        return one

    def _hear(self, one: _Running) -> None:
        """Pass on every line of one process, then that it has ended."""
        pipe: IO[str] | None = one.process.stdout
        assert pipe is not None
        with contextlib.suppress(ValueError, OSError):  # closed under us, or no JSON
            for line in pipe:
                self._answers.put((one, json.loads(line)))
        self._answers.put((one, None))

    def _listen(self, running: dict[_Running, None]) -> Iterator[Told | Outcome]:
        try:
            one, answer = self._answers.get(timeout=_LOOK_EVERY_S)
        except queue.Empty:
            return
        if one not in running:
            return
        if answer is not None and "ended" not in answer:
            one.stage = str(answer["stage"])
            yield Told(one.task, one.stage, float(str(answer["share"])))
            return
        if answer is None:
            reason, peak_mb = _how_it_died(one), 0.0
        else:
            reason, peak_mb = str(answer["reason"]), float(str(answer["peak_mb"]))
        one.process.wait()
        one.close()
        del running[one]
        yield Outcome(one.task, reason, time.monotonic() - one.start_s, peak_mb)

    def _watch_over(self, running: dict[_Running, None], limit_mb: float) -> None:
        for one in running:
            if time.monotonic() - one.start_s > self._time_limit_s:
                one.end(f"Took longer than {_minutes(self._time_limit_s)} and was stopped.")
            elif resident_mb(one.process.pid) > limit_mb:
                one.end(f"Needed more than {limit_mb:.0f} MB of memory and was stopped.")


def cores_for(count: int) -> list[int | None]:
    """A core for each worker; none in particular where there are more workers than cores."""
    try:
        cores = sorted(os.sched_getaffinity(0))
    except AttributeError:
        return []
    return [*cores[:count]] if count <= len(cores) else []


def _how_it_died(one: _Running) -> str:
    """A plain reason for a process that closed its mouth without a last word."""
    try:
        code = one.process.wait(timeout=_LAST_WORDS_S)
    except subprocess.TimeoutExpired:
        one.end("The analysis stopped answering.")
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
