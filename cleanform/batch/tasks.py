"""One clip's work: what is to be done, and what came of it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from cleanform import __version__
from cleanform.model import Options, Progress

#: What is only shown or judged: a change of it needs no second look at the pixels.
JUDGED_ONLY = frozenset({"athlete", "load_kg", "date", "limits"})

#: Does a task's slow work: fills `Task.result`, tells how far it is, raises CleanformError with
#: one plain line where the clip cannot be used. Runs in a process of its own.
JobFunction = Callable[["Task", Progress], None]


@dataclass(frozen=True)
class Task:
    """One clip, to be done by one process. All of it goes through JSON."""

    file: str  # path below the clips' folder, with "/"; the only path that is ever shown
    clip: str  # where the clip is now
    sha256: str
    folder: str  # which folder of clips, as `Store.folder_id` names it
    options: Options
    stage: str = ""  # a folder of this task's own; the result is left in its folder `result`
    saved: str = ""  # an earlier result whose recording is judged again; empty: a new analysis
    corrections: str = ""  # the corrections.json of an earlier result of the same content
    version: str = __version__  # of the cleanform that looks, or has looked, at the pixels

    @property
    def key(self) -> str:
        """The same for the same content, options and version: then the work is the same."""
        known = [self.sha256, asdict(self.options), self.version]
        return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()

    @property
    def result(self) -> Path:
        return Path(self.stage) / "result"

    @property
    def home(self) -> str:
        """The name of its folder under clips/: readable, and no other clip's."""
        return f"{slug(self.file.rpartition('.')[0] or self.file)}-{self.sha256[:8]}"

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        document = json.loads(text)
        return cls(**{**document, "options": options_from(document["options"])})


@dataclass(frozen=True)
class Outcome:
    """How a task ended; `reason` is empty where the result lies in the task's stage."""

    task: Task
    reason: str = ""
    seconds: float = 0.0
    peak_mb: float = 0.0


def options_from(document: dict[str, Any]) -> Options:
    """Options that may have been written by an earlier version: unknown ones are left out."""
    names = {field.name for field in fields(Options)}
    return Options(**{name: value for name, value in document.items() if name in names})


def only_judged_anew(before: dict[str, Any], after: Options) -> bool:
    """Whether two sets of options differ in nothing that concerns the pixels."""
    now = json.loads(json.dumps(asdict(after)))  # as `before` was written
    return all(
        before.get(name) == now.get(name) for name in {*before, *now} if name not in JUDGED_ONLY
    )


def slug(text: str) -> str:
    """`text` as part of a file name on any system: lower-case ASCII, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[-60:].strip("-") or "clip"


def stored(text: str) -> str:
    """`text` without lone surrogates (bytes of a name that are not UTF-8), which no file takes."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
