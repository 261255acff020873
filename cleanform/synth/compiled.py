"""numba, which compiles the loops over pixels and vertices; without it nothing can be drawn."""

from __future__ import annotations

from cleanform.errors import MissingLibraryError

try:
    import numba
except ImportError as error:
    raise MissingLibraryError(
        "Drawing the rendered lifter needs numba; install it with: pip install 'cleanform[synth]'"
    ) from error

__all__ = ["numba"]
