"""Who lifted what, and when: from a file's name, by a pattern."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from cleanform.errors import InputError
from cleanform.model import Options

#: field -> the least and the largest that it may be
RANGES = {"load_kg": (0.1, 1000.0), "stature_cm": (100.0, 230.0), "plate_mm": (100.0, 600.0)}


@dataclass(frozen=True)
class Labels:
    """What a name or a roster says of one clip; None = it does not say."""

    athlete: str | None = None
    date: str | None = None  # YYYY-MM-DD
    load_kg: float | None = None
    stature_cm: float | None = None
    plate_mm: float | None = None

    def over(self, other: Labels) -> Labels:
        """These labels, and those of `other` where these do not say."""
        return replace(other, **self._known())

    def applied(self, options: Options) -> Options:
        """`options` with what is known of this clip."""
        return replace(options, **self._known())

    def _known(self) -> dict[str, Any]:
        each = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in each.items() if value is not None}


FIELDS = tuple(field.name for field in fields(Labels))

_OPEN_ENDED = 3
_NUMBER = r"\d+(?:[.,]\d+)?"
_SHAPES = {
    "athlete": r"[^/]+?",
    "date": r"\d{4}[-._]?\d{2}[-._]?\d{2}",
    "load_kg": _NUMBER,
    "stature_cm": _NUMBER,
    "plate_mm": _NUMBER,
}
_TOKEN = re.compile(r"\{([^{}]*)\}|\*|[{}]|[^{}*]+")


class NamePattern:
    """A pattern such as ``{athlete}/{date}_{load_kg}kg*``; ``*`` stands for any text but "/".

    It is held against the end of a clip's path: against as many of its last parts as the pattern
    has, with or without the suffix, upper and lower case alike.

    Raises:
        InputError: a field that there is not, one named twice, braces that do not close, or more
            of ``*`` than can be told apart.
    """

    def __init__(self, pattern: str) -> None:
        self._parts = pattern.count("/") + 1
        expression = ""
        named: set[str] = set()
        for token in _TOKEN.finditer(pattern):
            name, text = token[1], token[0]
            if text in "{}" and name is None:
                raise _bad(pattern, "a brace is not closed")
            if name is None:
                expression += "[^/]*?" if text == "*" else re.escape(text)
                continue
            if name not in _SHAPES:
                raise _bad(pattern, f"there is no {{{name}}}")
            if name in named:
                raise _bad(pattern, f"{{{name}}} stands in it twice")
            named.add(name)
            expression += f"(?P<{name}>{_SHAPES[name]})"
        if not named:
            raise _bad(pattern, "it names nothing")
        open_ended = max(part.count("*") + part.count("{athlete}") for part in pattern.split("/"))
        if open_ended > _OPEN_ENDED:  # each multiplies the ways to read a name that does not fit
            raise _bad(pattern, f"more than {_OPEN_ENDED} of * and {{athlete}} between two /")
        self._expression = re.compile(unicodedata.normalize("NFC", expression), re.IGNORECASE)

    def read(self, file: str) -> Labels | None:
        """What the path of a clip says; None where it does not have the pattern's form.

        A date that is not in the calendar or a number out of range does not have it either.
        """
        tail = "/".join(unicodedata.normalize("NFC", file).split("/")[-self._parts :])
        stem = tail.rpartition(".")[0]
        found = self._expression.fullmatch(stem) or self._expression.fullmatch(tail)
        if found is None:
            return None
        try:
            return labels(**found.groupdict())
        except ValueError:
            return None


def _bad(pattern: str, problem: str) -> InputError:
    names = ", ".join(f"{{{name}}}" for name in FIELDS)
    return InputError(f"--name-pattern {pattern}: {problem}; it may hold {names} and *")


def labels(**texts: str | None) -> Labels:
    """Labels from text; empty text says nothing. ValueError says what is wrong with which."""
    values: dict[str, Any] = {}
    for name, text in texts.items():
        said = (text or "").strip()
        if not said:
            continue
        if name == "athlete":
            values[name] = tidy_name(said)
        elif name == "date":
            values[name] = _day(said)
        else:
            values[name] = _number(name, said)
    return Labels(**values)


def tidy_name(name: str) -> str:
    """One spelling for names that look the same: composed letters, single spaces, no controls."""
    composed = unicodedata.normalize("NFC", name.replace("_", " "))
    shown = (c if c.isprintable() or "\udc80" <= c <= "\udcff" else " " for c in composed)
    return " ".join("".join(shown).split())


def _day(text: str) -> str:
    digits = re.sub(r"[-._/]", "", text)
    try:
        if not re.fullmatch(r"[0-9]{8}", digits):
            raise ValueError
        return date.fromisoformat(digits).isoformat()
    except ValueError:
        raise ValueError(f"date {text!r} is no day; write it as 2026-11-23") from None


def _number(name: str, text: str) -> float:
    low, high = RANGES[name]
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{name} {text!r} is not a number") from None
    if not low <= value <= high:
        raise ValueError(f"{name} {text} is not from {low:g} to {high:g}")
    return value
