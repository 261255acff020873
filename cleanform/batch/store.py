"""team.sqlite: every clip that was ever done for a team, one transaction a clip.

The tables and their columns are in `schema.sql` and explained in docs/team.md.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from secrets import token_hex
from typing import Any

from cleanform import __version__
from cleanform.batch.discover import Found, Listing
from cleanform.batch.tasks import Outcome, stored
from cleanform.errors import InputError
from cleanform.locking import TEAM_FILE

SCHEMA_VERSION = "2"
#: What the present tables only add to: their rows are filled as clips are judged again.
_EARLIER = ("", "1")

Json = dict[str, Any]
Row = sqlite3.Row

_ORDER = ("fault", "watch", "cannot tell", "ok")


class Store:
    """The team's tables. Not for use from two threads."""

    def __init__(self, team: Path) -> None:
        self.path = team / TEAM_FILE
        try:
            self._db = sqlite3.connect(self.path, isolation_level=None)
            self._db.row_factory = Row
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.execute("PRAGMA synchronous = FULL")
            self._prepare()
        except sqlite3.Error as error:
            raise InputError(
                f"{self.path}: is damaged ({error}); move it away and run again: the results under "
                "clips/ are taken up from there"
            ) from error

    def _prepare(self) -> None:
        begun = self._rows("SELECT name FROM sqlite_master WHERE name = 'team'")
        version = self.fact("schema_version") if begun else ""
        if version in _EARLIER:
            self._make_tables()
            version = SCHEMA_VERSION
        if version != SCHEMA_VERSION:
            raise InputError(
                f"{self.path}: schema version {version}, this cleanform reads {SCHEMA_VERSION}; "
                "choose another -o"
            )
        with self.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO team VALUES ('cleanform_version', ?)", (__version__,)
            )

    def _make_tables(self) -> None:
        """All tables that are not there yet."""
        schema = resources.files("cleanform.batch").joinpath("schema.sql").read_text("utf-8")
        with self.transaction():
            for statement in schema.split(";\n"):
                if statement.strip():
                    self._db.execute(statement)
            self._db.execute("INSERT OR IGNORE INTO team VALUES ('salt', ?)", (token_hex(16),))
            self._db.execute(
                "INSERT OR REPLACE INTO team VALUES ('schema_version', ?)", (SCHEMA_VERSION,)
            )

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written in the block, or nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    # --- facts, batches and files ----------------------------------------------------------

    def fact(self, name: str) -> str:
        rows = self._rows("SELECT value FROM team WHERE name = ?", name)
        return str(rows[0]["value"]) if rows else ""

    def folder_id(self, folder: Path) -> str:
        """Stands for a folder of clips on this machine without saying where it is."""
        text = self.fact("salt") + str(folder.resolve())
        return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]

    def begin_batch(self, folder: str) -> int:
        with self.transaction():
            done = self._db.execute(
                "INSERT INTO batches (started, cleanform_version, folder) VALUES (?, ?, ?)",
                (now(), __version__, folder),
            )
        return int(done.lastrowid or 0)

    def note_listing(self, batch: int, listing: Listing, copies: int) -> None:
        with self.transaction():
            self._db.execute(
                "UPDATE batches SET clips_found = ?, copies = ?, ignored = ? WHERE id = ?",
                (len(listing.clips), copies, json.dumps(listing.ignored), batch),
            )

    def end_batch(self, batch: int) -> None:
        with self.transaction():
            self._db.execute("UPDATE batches SET ended = ? WHERE id = ?", (now(), batch))

    def count_done(self, batch: int) -> None:
        with self.transaction():
            self._db.execute(
                "UPDATE batches SET clips_done = clips_done + 1 WHERE id = ?", (batch,)
            )

    def known_sha256(self, folder: str, found: Found) -> str | None:
        """The content's digest as it was when the file had this size and time."""
        rows = self._rows(
            "SELECT sha256 FROM sources WHERE folder = ? AND file = ? AND size_bytes = ? "
            "AND modified_ns = ?",
            *(folder, stored(found.file), found.size_bytes, found.modified_ns),
        )
        return str(rows[0]["sha256"]) if rows else None

    def note_sources(
        self, folder: str, sources: Iterable[tuple[Found, str]], unread: Iterable[str]
    ) -> None:
        """Remember what the folder holds now; forget what it held before.

        A failure is about a file: where its content is gone, so is the failure. `unread` stand for
        files that are there and cannot be read.
        """
        rows = [
            (folder, stored(found.file), found.size_bytes, found.modified_ns, sha256)
            for found, sha256 in sources
        ]
        with self.transaction():
            self._db.execute("DELETE FROM sources WHERE folder = ?", (folder,))
            self._db.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?, ?, ?)", rows)
            failed = self._rows(
                "SELECT sha256 FROM clips WHERE status = 'failed' AND folder = ? AND sha256 NOT IN "
                "(SELECT sha256 FROM sources)",
                folder,
            )
            gone = {row["sha256"] for row in failed} - set(unread)
            self._db.executemany("DELETE FROM clips WHERE sha256 = ?", [(each,) for each in gone])

    # --- clips -------------------------------------------------------------------------------

    def clip(self, sha256: str) -> Row | None:
        rows = self._rows("SELECT * FROM clips WHERE sha256 = ?", sha256)
        return rows[0] if rows else None

    def clips(self) -> list[Row]:
        return self._rows("SELECT * FROM clips ORDER BY id")

    def move(self, sha256: str, folder: str, file: str) -> None:
        """The same content lies elsewhere now."""
        with self.transaction():
            self._db.execute(
                "UPDATE clips SET folder = ?, file = ? WHERE sha256 = ?",
                (folder, stored(file), sha256),
            )

    def replaced_by(self, sha256: str) -> list[Row]:
        """Clips that were at the same place as this one before, and are nowhere else now."""
        return self._rows(
            "SELECT old.* FROM clips AS old JOIN clips AS new USING (folder, file) "
            "WHERE new.sha256 = ? AND old.sha256 <> new.sha256 "
            "AND old.sha256 NOT IN (SELECT sha256 FROM sources)",
            sha256,
        )

    def forget(self, sha256: str) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM clips WHERE sha256 = ?", (sha256,))

    def put_failure(self, outcome: Outcome) -> None:
        """A clip that gave no result, with its reason."""
        task = outcome.task
        row = _labels_of(asdict(task.options), None) | {
            "sha256": task.sha256,
            "folder": task.folder,
            "file": stored(task.file),
            "status": "failed",
            "reason": stored(outcome.reason),
            "job_key": task.key,
            "options": json.dumps(asdict(task.options)),
            "cleanform_version": task.version,
            "finished": now(),
            "seconds": round(outcome.seconds, 2),
            "peak_mb": round(outcome.peak_mb, 1) or None,
        }
        with self.transaction():
            self._put(row, [], [])

    def put_result(
        self, analysis: Json, source: Json, result: str, thumbnail: str | None, stale: bool = False
    ) -> None:
        """A clip with its lifts and findings, in place of what was there of the same content.

        Args:
            analysis: its analysis.json.
            source: what the worker wrote beside the recording.
            result: the result's folder, below the team's.
            thumbnail: a picture below the team's folder.
            stale: whether its page shows an earlier judgement.
        """
        refusal = analysis["refusal"]
        row = _labels_of(analysis["options"], source["recorded"]) | {
            "sha256": source["sha256"],
            "folder": source["folder"],
            "file": stored(source["file"]),
            "status": "judged" if analysis["lifts"] else "refused",
            "reason": refusal["message"] if refusal is not None else "",
            "result": result,
            "thumbnail": thumbnail,
            "duration_s": analysis["clip"]["duration_s"],
            "view": analysis["view"]["label"],
            "notes": json.dumps(analysis["notes"], ensure_ascii=False),
            "job_key": source["key"],
            "options": json.dumps(source["options"]),
            "cleanform_version": source["cleanform_version"],
            "finished": source["finished"],
            "seconds": source["seconds"],
            "peak_mb": source["peak_mb"],
            "page_stale": int(stale),
        }
        with self.transaction():
            self._put(row, analysis["lifts"], analysis.get("set", {}).get("findings", []))

    def _put(self, row: Json, lifts: list[Json], of_sets: list[Json]) -> None:
        self._db.execute("DELETE FROM clips WHERE sha256 = ?", (row["sha256"],))
        clip = self._insert("clips", row)
        for lift in lifts:
            number = self._insert("lifts", {"clip": clip} | _lift_row(lift))
            for name, metric in lift["metrics"].items():
                self._insert("metrics", {"lift": number, "name": name} | metric)
            for place, finding in enumerate(lift["findings"]):
                self._insert("findings", {"lift": number, "place": place} | _finding_row(finding))
        for place, finding in enumerate(of_sets):
            self._insert("set_findings", {"clip": clip, "place": place} | _finding_row(finding))

    def _insert(self, table: str, row: Json) -> int:
        names = ", ".join(row)
        marks = ", ".join("?" * len(row))
        done = self._db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*row.values()])
        return int(done.lastrowid or 0)

    # --- all of it ---------------------------------------------------------------------------

    def table(self, name: str) -> list[Row]:
        """All rows of one table in the order of their keys."""
        orders = {
            "metrics": "lift, name",
            "findings": "lift, place",
            "set_findings": "clip, place",
            "sources": "folder, file",
        }
        return self._rows(f"SELECT * FROM {name} ORDER BY {orders.get(name, 'id')}")

    def _rows(self, question: str, *values: Any) -> list[Row]:
        return self._db.execute(question, values).fetchall()


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def _labels_of(options: Json, recorded: str | None) -> Json:
    said = options.get("date")
    return {
        "athlete": None if options["athlete"] is None else stored(options["athlete"]),
        "date": said or recorded,
        "date_source": "labels" if said else "clip" if recorded else None,
        "load_kg": options["load_kg"],
    }


def _lift_row(lift: Json) -> Json:
    verdicts = {finding["verdict"] for finding in lift["findings"]}
    return {
        "number": lift["index"] + 1,
        "kind": lift["kind"],
        "complete": int(lift["complete"]),
        "verdict": next((verdict for verdict in _ORDER if verdict in verdicts), "cannot tell"),
        "start_s": lift["events"]["lift_off"]["time_s"],
    }


def _finding_row(finding: Json) -> Json:
    same = "rule title verdict value unit sigma time_s part outcome reason cue".split()
    return {name: finding[name] for name in same} | {"limit_text": finding["limit"]}
