"""Looks at a phone clip of a power clean and says what was good, what to fix, and how sure it is.

>>> import cleanform
>>> analysis = cleanform.analyze("clip.mp4")  # doctest: +SKIP
>>> [finding.verdict for finding in analysis.lifts[0].findings]  # doctest: +SKIP

Every public name is loaded on first use, so that ``import cleanform`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cleanform.archive import load as load
    from cleanform.compare import compare as compare
    from cleanform.errors import CleanformError as CleanformError
    from cleanform.model import Analysis as Analysis
    from cleanform.model import Options as Options
    from cleanform.pipeline import analyze as analyze

__version__ = "0.1.0"

_HOMES = {
    "analyze": "cleanform.pipeline",
    "Analysis": "cleanform.model",
    "CleanformError": "cleanform.errors",
    "compare": "cleanform.compare",
    "load": "cleanform.archive",
    "Options": "cleanform.model",
}

__all__ = ["Analysis", "CleanformError", "Options", "__version__", "analyze", "compare", "load"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(_HOMES[name])
    # `compare` is the name of a package, too; that one can be called.
    value = home if home.__name__ == f"{__name__}.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
