"""Parts of a file, as a browser asks for them when it seeks in a film (RFC 9110, section 14)."""

from __future__ import annotations

import re

_ONE_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def asked_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None where the whole file is to be sent.

    Raises:
        ValueError: the range lies outside the file.
    """
    found = _ONE_RANGE.fullmatch((header or "").strip())
    if found is None or not (found[1] or found[2]):
        return None  # none, several or another unit: RFC 9110 lets us send the whole
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    if start >= stop:
        raise ValueError(header)
    return start, stop
