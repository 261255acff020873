"""The process that does one task at a time: a crash, a leak or a hang in it stays in it.

It reads tasks as lines of JSON from standard input, the next one when the last is done, and answers
with lines of JSON on standard output: how far it is, then how it ended. What costs seconds to load
is so loaded once for many clips. When standard input closes, whoever started it has gone, and it
ends at once.
"""

from __future__ import annotations

import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from queue import Queue
from typing import TYPE_CHECKING, Any, cast

from cleanform.batch.machine import resident_mb
from cleanform.batch.tasks import Task
from cleanform.errors import CleanformError

if TYPE_CHECKING:
    from cleanform.batch.tasks import JobFunction

#: Written last into a finished result; what it says is what the team's tables say of the clip.
SOURCE_FILE = "recording/source.json"
THUMBNAIL_FILE = "recording/thumbnail.jpg"

#: The system ends a worker before it ends the process that would know what to do about it.
_FIRST_TO_GO = 800
#: A process makes way for a new one after so many clips, or where it keeps hold of so much memory:
#: what a library leaks never adds up. A fresh process holds 180 MB, one that has seen a clip 380.
_MOST_CLIPS = 32
_MOST_KEPT_MB = 600.0
#: Nobody reads faster how far a clip is.
_TELL_EVERY_S = 0.1


def main() -> None:
    """Do the tasks on standard input. Started by `cleanform.batch.workers`, never by hand."""
    requests, say = answering()
    about = next(requests)
    keep_to_one_core(about["core"])
    for count, request in enumerate(requests, start=1):
        task = Task.from_json(request["task"])
        _forget_peak()
        reason, sound = perform(task, about["job"], _now_and_then(say))
        last = not sound or count == _MOST_CLIPS or resident_mb("self") > _MOST_KEPT_MB
        say(ended=True, reason=reason, peak_mb=round(_peak_mb(), 1), last=last)
        if last:
            break
    os._exit(0)  # some libraries take seconds to tidy up, or crash while they do


def answering() -> tuple[Iterator[dict[str, Any]], Callable[..., None]]:
    """What the parent asks, and how to answer it: one line of JSON each.

    The process ends with the parent, even while it is at work.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt means
    out = os.fdopen(os.dup(1), "w", encoding="ascii", buffering=1)
    os.dup2(2, 1)  # whatever a library prints does not get among the answers
    requests: Queue[dict[str, Any]] = Queue()

    def listen() -> None:
        for line in sys.stdin:
            requests.put(json.loads(line))
        os._exit(1)

    def say(**answer: Any) -> None:
        out.write(json.dumps(answer) + "\n")

    threading.Thread(target=listen, daemon=True).start()
    return iter(requests.get, None), say


def _now_and_then(say: Callable[..., None]) -> Callable[[str, float], None]:
    """Tells how far a task is, but not of every frame: each line wakes the parent."""
    told, told_s = "", -math.inf

    def tell(stage: str, share: float) -> None:
        nonlocal told, told_s
        now_s = time.monotonic()
        if stage != told or now_s - told_s >= _TELL_EVERY_S:
            told, told_s = stage, now_s
            say(stage=stage, share=share)

    return tell


def perform(task: Task, job: str, tell: Any) -> tuple[str, bool]:
    """Run the job function named by "module:function".

    Returns:
        Why it failed, or "" where it did not; and whether this process is fit for another task:
        it is where the clip was found to be unusable, not where something went wrong.
    """
    start = time.monotonic()
    module, _, name = job.partition(":")
    try:
        function = cast("JobFunction", getattr(import_module(module), name))
        function(task, tell)
        _finish(task, time.monotonic() - start)
    except CleanformError as error:
        return without_paths(str(error), task), True
    except MemoryError:
        return "Needs more memory than there is.", False
    except Exception as error:  # a fault of ours must not stop the other clips
        import traceback

        traceback.print_exc()
        detail = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        return without_paths(f"cleanform stumbled over this clip ({detail}).", task), False
    return "", True


def analyze_clip(task: Task, tell: Any) -> None:
    """The job function that `cleanform batch` uses: the whole pipeline, or its fast half."""
    import shutil

    import cv2

    from cleanform import history, pipeline

    cv2.setNumThreads(1)
    if task.saved:
        shutil.copytree(task.saved, task.result)
        (task.result / SOURCE_FILE).unlink(missing_ok=True)
        pipeline.rejudge(task.result, tell, task.options)
    else:
        if task.corrections:
            Path(task.stage, history.FILE).write_text(task.corrections, "utf-8")
        pipeline.analyze(
            task.clip, task.options, folder=task.result, progress=tell, corrected_in=task.stage
        )


def _finish(task: Task, seconds: float) -> None:
    """Add what the team's page needs, and see to it that all of it is on the disk."""
    document = json.loads((task.result / "analysis.json").read_text("utf-8"))
    (task.result / SOURCE_FILE).parent.mkdir(exist_ok=True)
    _thumbnail(task.result, document)
    facts = {
        "key": task.key,
        "cleanform_version": task.version,
        "sha256": task.sha256,
        "file": task.file,
        "folder": task.folder,
        "options": asdict(task.options),
        "recorded": _recording_day(Path(task.clip)),
        "seconds": round(seconds, 2),
        "peak_mb": round(_peak_mb(), 1),
        "finished": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    for path in task.result.rglob("*"):
        settle(path)
    with open(task.result / SOURCE_FILE, "w", encoding="ascii") as file:
        json.dump(facts, file)
    settle(task.result / SOURCE_FILE)
    settle((task.result / SOURCE_FILE).parent)
    settle(task.result)


def _thumbnail(result: Path, document: dict[str, Any]) -> None:
    """A small picture of the lift: of its worst finding, else of the catch, else of anything."""
    from PIL import Image, UnidentifiedImageError

    stills = sorted((result / "stills").glob("*.jpg"))
    worst = [
        f"lift{lift['index'] + 1}_{finding['rule']}"
        for verdict in ("fault", "watch")
        for lift in document["lifts"]
        for finding in lift["findings"]
        if finding["verdict"] == verdict
    ]
    for wanted in (*worst, "_catch", ""):
        for still in stills:
            if wanted not in still.name:
                continue
            try:
                with Image.open(still) as image:
                    image.draft("RGB", (320, 320))
                    image.thumbnail((220, 220))
                    image.convert("RGB").save(result / THUMBNAIL_FILE, quality=72)
                return
            except (OSError, UnidentifiedImageError):
                continue


def _recording_day(clip: Path) -> str | None:
    """The day on which the camera says that it filmed, here and not in Greenwich."""
    from datetime import datetime, timedelta

    import av

    try:
        with av.open(str(clip)) as container:
            facts = container.metadata
            said = facts.get("com.apple.quicktime.creationdate") or facts.get("creation_time", "")
        moment = datetime.fromisoformat(said.replace("Z", "+00:00"))
    except (OSError, ValueError):
        return None
    if moment.year < 1995:  # a clock that was never set says 1904 or 1970
        return None
    return (
        (moment.astimezone() if moment.utcoffset() == timedelta(0) else moment).date().isoformat()
    )


def settle(path: Path) -> None:
    """Have the system write `path` to the disk now; a folder too, where it can be opened."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:  # some disks do not sync folders
        pass
    finally:
        os.close(descriptor)


def without_paths(message: str, task: Task) -> str:
    """`message` with the names of files, never with where they are on this machine."""
    name = task.file.rpartition("/")[2]
    for path, shown in (
        (task.clip, name),
        (os.path.realpath(task.clip), name),
        (str(task.result), "the result"),
        (task.stage, "the result"),
        (os.path.dirname(task.clip), "the folder"),
    ):
        if path:
            message = message.replace(path, shown)
    return message.removeprefix(f"{name}: ")


def _forget_peak() -> None:
    """Begin to count the most memory held anew; where the system cannot, it is that of all clips.

    Linux resets the mark where "5" is written there (proc(5), since 4.0).
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_mb() -> float:
    """The most memory that this process held since `_forget_peak`."""
    peak = resident_mb("self", peak=True)
    if peak or sys.platform == "win32":
        return peak
    import resource

    unit = 2**20 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def keep_to_one_core(core: int | None) -> None:
    """As many workers as cores must not get in each other's way, nor outlive their parent."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})
    with suppress(OSError):  # not Linux
        Path("/proc/self/oom_score_adj").write_text(str(_FIRST_TO_GO))
