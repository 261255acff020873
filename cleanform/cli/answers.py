"""What a command gives back: exit codes, one-line complaints, JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cleanform.model import Analysis

EXIT_OK, EXIT_BELOW_FLOOR, EXIT_BAD_INPUT = 0, 1, 2
EXIT_INTERRUPTED, EXIT_BROKEN_PIPE = 130, 141

#: What is left to do once the command line has been read; gives the exit code.
Work = Callable[[], int]


def complain(message: str) -> int:
    from cleanform.console import printable

    print(f"cleanform: {printable(message)}", file=sys.stderr)
    return EXIT_BAD_INPUT


def document(analysis: Analysis) -> dict[str, Any]:
    from cleanform.archive import to_json

    return to_json(analysis)


def print_json(document: object) -> None:
    from cleanform.archive import to_text

    print(to_text(document, ascii_only=True))
