"""The words that a user sees, from `texts.toml`: one file to translate.

What rules say of a lift is not here: a rule keeps its own words, `coaching.toml` the cues.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any


@cache
def _catalogue() -> Mapping[str, Any]:
    text = resources.files("cleanform").joinpath("texts.toml").read_text("utf-8")
    return tomllib.loads(text)


def say(key: str, **values: object) -> str:
    """The text of "table.name" with its {names} filled in. KeyError where there is none."""
    table, _, name = key.partition(".")
    text = _catalogue()[table][name]
    return str(text).format(**values) if values else str(text)


def table(name: str) -> Mapping[str, str]:
    """A whole table: what things of one kind are called, by their names in the code."""
    return MappingProxyType(_catalogue()[name])


def lines(key: str) -> tuple[str, ...]:
    """The sentences of "table.name"."""
    table_name, _, name = key.partition(".")
    return tuple(_catalogue()[table_name][name])
