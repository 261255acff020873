"""A coach's own limits: read from TOML, checked against the rules, put in their place."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from cleanform.errors import InputError
from cleanform.model import Limits
from cleanform.rules.engine import Check, all_checks, in_words, is_nested

#: Rule -> part -> the limits that are not the rule's own, in the rule's unit.
Overrides = Mapping[str, Mapping[str, Mapping[str, float]]]

_Some = TypeVar("_Some", bound=Check)

_BOUNDS = ("ok_min", "ok_max", "fault_min", "fault_max")


def read_limits(path: str | Path) -> dict[str, dict[str, dict[str, float]]]:
    """The limits in a TOML file, one table a part::

        [bar_drift.swing]
        unit = "cm"        # may be left out; must be the rule's
        ok_max = 4
        fault_max = 6

    Raises InputError where the file cannot be read, where a rule, part, key or unit is not known
    (naming the nearest that is), and where the good band would not lie inside the fault limits.
    """
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(f"{path}: cannot be read ({reason}); name a TOML file") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: is not TOML ({error}); see docs/rules.md") from error
    try:
        return _checked(document)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def with_limits(rules: Iterable[_Some], overrides: Overrides) -> tuple[_Some, ...]:
    """The rules, held to these limits where there are any. Raises InputError as `read_limits`."""
    changed = _checked(overrides)
    return tuple(
        replace(each, parts=MappingProxyType(_parts(each, changed[each.id])))
        if each.id in changed
        else each
        for each in rules
    )


def limits_in_words(overrides: Overrides) -> tuple[str, ...]:
    """What was set, a sentence a part, with what the rule itself says."""
    own = {each.id: each for each in all_checks()}
    return tuple(
        f"{own[each.id].title} ({part}): held to {in_words(limits)}, not to "
        f"{in_words(own[each.id].parts[part])}."
        for each in with_limits(all_checks(), overrides)
        if each.id in overrides
        for part, limits in each.parts.items()
        if part in overrides[each.id]
    )


def _parts(rule: Check, changed: Mapping[str, Mapping[str, float]]) -> dict[str, Limits]:
    return {part: _moved(band, changed.get(part, {})) for part, band in rule.parts.items()}


def _moved(band: Limits, numbers: Mapping[str, Any]) -> Limits:
    return replace(band, **numbers)


def _checked(document: Mapping[str, Any]) -> dict[str, dict[str, dict[str, float]]]:
    by_name = {each.id: each for each in all_checks()}
    out: dict[str, dict[str, dict[str, float]]] = {}
    for name, parts in document.items():
        rule = by_name.get(name)
        if rule is None:
            raise InputError(_unknown("check", name, by_name))
        if not isinstance(parts, Mapping):
            raise InputError(
                f"{name} is no table; write [{name}.{_quoted(next(iter(rule.parts)))}]"
            )
        for part, numbers in parts.items():
            if part not in rule.parts:
                raise InputError(_unknown(f"part of {name}", part, rule.parts))
            if not isinstance(numbers, Mapping):
                raise InputError(f"{name}.{part} is no table; write [{name}.{_quoted(part)}]")
            out.setdefault(name, {})[part] = _numbers(f"{name}.{part}", rule.parts[part], numbers)
    return out


def _numbers(where: str, own: Limits, numbers: Mapping[str, Any]) -> dict[str, float]:
    """The bounds of one part. A side that the rule does not judge stays without a limit."""
    known = [key for key in _BOUNDS if isfinite(getattr(own, key))]
    found: dict[str, float] = {}
    for key, value in numbers.items():
        if key == "unit":
            if value != own.unit:
                raise InputError(f"{where} is measured in {own.unit}, not in {value!r}")
        elif key not in known:
            raise InputError(_unknown(f"limit of {where}", key, [*known, "unit"]))
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
            raise InputError(f"{where}: {key} is {value!r}; give a number in {own.unit}")
        else:
            found[key] = float(value)
    if not is_nested(_moved(own, found)):
        raise InputError(
            f"{where}: {in_words(_moved(own, found))} leaves no order; "
            "the good band must lie inside the fault limits"
        )
    return found


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.0)
    return f"there is no {what} {name!r}; did you mean {near[0]!r}?"


def _quoted(part: str) -> str:
    return f'"{part}"' if " " in part else part
