"""One lift against another: `cleanform.compare(a, b)`.

>>> import cleanform
>>> found = cleanform.compare("a.mp4", "b.mp4")  # doctest: +SKIP
>>> [(one.name, one.difference, one.sigma) for one in found.shown]  # doctest: +SKIP

The package is called like the function, so it is one: calling the module calls `compare`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from cleanform.compare.comparison import Comparison
from cleanform.compare.work import compare, default_folder, write

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Comparison", "compare", "default_folder", "write"]


class _Callable(ModuleType):
    """A module that can be called."""

    __call__: Callable[..., Any] = staticmethod(compare)


sys.modules[__name__].__class__ = _Callable
