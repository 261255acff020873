"""A CSV roster: which file is whose, with what load. A bad row is named by its line."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from unicodedata import normalize

from cleanform.batch.labels import FIELDS, Labels, labels
from cleanform.errors import InputError

_SHOWN = 3


class Roster:
    """Rows of (file, labels).

    The column `file` holds a path below the clips' folder, a bare file name, or either with ``*``;
    a row without ``*`` goes before one with it, a later row with ``*`` before an earlier one.
    """

    def __init__(self, exact: dict[str, Labels], wild: list[tuple[str, Labels]]) -> None:
        self._exact = exact
        self._wild = wild

    def read(self, file: str) -> Labels:
        """What the roster says of the clip at this path; nothing where it is not in it."""
        name = _form(file)
        bare = name.rpartition("/")[2]
        said = self._exact.get(name) or self._exact.get(bare) or Labels()
        for pattern, more in reversed(self._wild):
            if fnmatchcase(name, pattern) or fnmatchcase(bare, pattern):
                said = said.over(more)
        return said

    def unmatched(self, files: Iterable[str]) -> list[str]:
        """Rows that name no clip of the folder.

        Raises:
            InputError: a bare file name of the roster stands for more than one clip.
        """
        names = [_form(file) for file in files]
        bare = Counter(name.rpartition("/")[2] for name in names)
        paths = set(names)
        for file in self._exact:
            if file not in paths and bare[file] > 1:
                raise InputError(
                    f"roster: {file} stands for {bare[file]} clips; write the path below the folder"
                )
        return [file for file in self._exact if file not in paths and not bare[file]]


def load_roster(path: Path) -> Roster:
    """Read a roster: comma, semicolon or tab between columns; UTF-8 or, failing that, Windows-1252.

    Raises:
        InputError: it cannot be read, has no column `file`, or rows are wrong; each named by line.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: cannot be read ({reason})") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    header = [name.strip().lower() for name in next(rows, [])]
    _check_header(header, path)
    exact: dict[str, Labels] = {}
    wild: list[tuple[str, Labels]] = []
    problems: list[str] = []
    line = rows.line_num + 1
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                try:
                    _add(dict(zip(header, row, strict=False)), len(row) > len(header), exact, wild)
                except ValueError as problem:
                    problems.append(f"line {line}: {problem}")
            line = rows.line_num + 1
    except csv.Error as error:
        problems.append(f"line {line}: {error}")
    if problems:
        more = len(problems) - _SHOWN
        rest = f"; and {more} more" if more > 0 else ""
        raise InputError(f"{path}: {'; '.join(problems[:_SHOWN])}{rest}")
    return Roster(exact, wild)


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _check_header(header: list[str], path: Path) -> None:
    allowed = ("file", *FIELDS)
    if "file" not in header:
        raise InputError(f"{path}: line 1 must name the columns, file among them")
    for name in header:
        if name not in allowed:
            raise InputError(
                f"{path}: line 1: there is no column {name!r}; use {', '.join(allowed)}"
            )
        if header.count(name) > 1:
            raise InputError(f"{path}: line 1: the column {name} stands there twice")


def _add(
    row: dict[str, str], too_long: bool, exact: dict[str, Labels], wild: list[tuple[str, Labels]]
) -> None:
    """One row into the tables; ValueError where it is wrong."""
    if too_long:
        raise ValueError("more cells than columns")
    file = _form(row.pop("file", "").strip().removeprefix("./"))
    if not file:
        raise ValueError("no file")
    said = labels(**row)
    if "*" in file:
        wild.append((file, said))
    elif file in exact:
        raise ValueError(f"{file} stands in it twice")
    else:
        exact[file] = said


def _form(file: str) -> str:
    """A path as it is compared: "/" between its parts, composed letters."""
    return normalize("NFC", file.replace("\\", "/"))
