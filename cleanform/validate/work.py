"""Many cases on all cores, finished ones kept so that an interrupted run goes on."""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import cleanform
from cleanform.validate.outcome import Outcome

if TYPE_CHECKING:
    from cleanform.model import Progress


class Named(Protocol):
    """What can be worked on: picklable, with a name that no other has."""

    @property
    def name(self) -> str: ...


Item = TypeVar("Item", bound=Named)


class Kept(Generic[Item]):
    """Outcomes in a file, one JSON line each, under the program that made them.

    A line written by another state of the program is not used again.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._mark = program_digest()
        self.outcomes: dict[str, Outcome] = {}
        if path is not None and path.exists():
            for line in path.read_text("utf-8").splitlines():
                self._read(line)

    def add(self, outcome: Outcome) -> None:
        self.outcomes[outcome.case.name] = outcome
        if self._path is not None:
            document = {"program": self._mark, "outcome": outcome.to_json()}
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(document) + "\n")

    def _read(self, line: str) -> None:
        try:
            document = json.loads(line)
        except json.JSONDecodeError:  # the line that was being written when the power went
            return
        if document["program"] == self._mark:
            outcome = Outcome.from_json(document["outcome"])
            self.outcomes[outcome.case.name] = outcome


def program_digest() -> str:
    """SHA-256 over the package's sources and models' cards: a result belongs to one state."""
    package = Path(cleanform.__file__).parent
    digest = sha256()
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.toml")]):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def run_all(
    items: Sequence[Item],
    job: Callable[[Item], Outcome],
    workers: int,
    tell: Progress,
    stage: str,
    kept: Path | None = None,
) -> list[Outcome]:
    """`job` over every item, in the order of `items`; finished ones are not done again."""
    store: Kept[Item] = Kept(kept)
    left = [item for item in items if item.name not in store.outcomes]
    tell(stage, 1 - len(left) / max(len(items), 1))
    for done, outcome in enumerate(_outcomes(left, job, workers), start=1):
        store.add(outcome)
        tell(stage, 1 - (len(left) - done) / len(items))
    return [store.outcomes[item.name] for item in items]


def _outcomes(
    items: Sequence[Item], job: Callable[[Item], Outcome], workers: int
) -> Iterator[Outcome]:
    if workers == 1 or len(items) < 2:
        yield from map(job, items)
        return
    # a fresh interpreter each: the pose model's threads do not survive a fork
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_one_thread) as pool:
        futures = [pool.submit(job, item) for item in items]
        try:
            for future in as_completed(futures):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one_thread() -> None:
    """Workers share the cores among them already."""
    import cv2

    os.environ.setdefault("OMP_NUM_THREADS", "1")
    cv2.setNumThreads(1)
