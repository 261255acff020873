"""What stands for the analysis in tests of the batch: a clip is a text that says what happens.

`fake` is named as "batch_jobs:fake" and runs in the workers' own processes. The first word of the
clip is the order; a result is a copy of a ready-made one, with verdicts that follow from the
content.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import time
from dataclasses import asdict
from pathlib import Path

from cleanform.batch.tasks import Task
from cleanform.errors import InputError

JOB = "batch_jobs:fake"
TEMPLATE = "BATCH_TEST_TEMPLATE"
LOG = "BATCH_TEST_LOG"

#: Clips that this process has begun.
_done_here: list[str] = []


def make_template(folder: Path) -> Path:
    """A result of one lift, as the pipeline would leave it, with one small still."""
    import examples
    from PIL import Image

    from cleanform import archive

    folder.mkdir(parents=True)
    archive.save(examples.analysis("lift.mp4", width_px=480, height_px=272), folder)
    (folder / "stills").mkdir()
    Image.new("RGB", (272, 480), (40, 90, 140)).save(folder / "stills" / "lift1_5_catch.jpg")
    (folder / "report.html").write_text("<h1 id='lift1-rounded-back'>A lift</h1>")
    return folder


def write_clip(path: Path, order: str = "ok") -> Path:
    """A clip that is told what to do; its name makes it unlike any other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(os.fsencode(f"{order} {path.name} {path.parent.name}"))
    return path


def fake(task: Task, tell) -> None:
    order, *rest = os.fsdecode(Path(task.clip).read_bytes()).split()
    _log("start", task)
    _log("process", str(os.getpid()))
    first = not _done_here
    _done_here.append(task.file)
    tell("watching the clip", 0.5)
    print("a library that talks too much", flush=True)
    if order == "crash" or (order == "crash-unless-first" and not first):
        os.kill(os.getpid(), signal.SIGSEGV)
    if order == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "hang":
        time.sleep(600)
    if order == "mute":
        os.closerange(3, 64)
        time.sleep(600)
    if order == "error":
        raise InputError(f"{task.clip}: this is not a video; give an .mp4")
    if order == "bug":
        raise ZeroDivisionError(f"in {task.stage}")
    if order == "greedy":
        raise MemoryError
    if order == "nothing":
        return
    if order == "slow":
        time.sleep(float(rest[0]))
    shutil.copytree(task.saved or os.environ[TEMPLATE], task.result)
    path = task.result / "analysis.json"
    document = json.loads(path.read_text("utf-8"))
    document["options"] = asdict(task.options)
    document["clip"]["path"] = Path(task.clip).name
    if order == "refuse":
        document["lifts"] = []
        document["refusal"] = {"code": "no_lift", "message": "No lift is seen in this clip."}
    _vary(document, hashlib.sha256(task.sha256.encode()).digest())
    path.write_text(json.dumps(document), "utf-8")
    _log("end", task)


def _vary(document, seed: bytes) -> None:
    """Other verdicts and numbers for other clips."""
    for lift in document["lifts"]:
        for metric in lift["metrics"].values():
            metric["value"] *= 0.9 + 0.2 * seed[0] / 255
        for place, finding in enumerate(lift["findings"]):
            kind = seed[place + 1] % 8
            finding["verdict"] = (
                "fault" if kind == 0 else "watch" if kind < 3 else "cannot tell" if kind == 3
                else "ok"
            )  # fmt: skip
            if finding["value"] is not None:
                finding["value"] *= 0.5 + seed[place + 1] / 255


def _log(what: str, task: Task | str) -> None:
    """One line a moment, whole even where many write."""
    if LOG in os.environ:
        line = f"{what} {task if isinstance(task, str) else task.file}\n".encode()
        descriptor = os.open(os.environ[LOG], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(descriptor, line)
        os.close(descriptor)
