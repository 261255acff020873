"""What can go wrong, in words a lifter can act on.

Every message says what is wrong and what to do about it. The tree::

    CleanformError              anything a user can put right
    ├── InputError              the clip, an option or the output folder
    ├── MissingLibraryError     a system package that mediapipe or OpenCV needs
    ├── MissingModelError       a model file that is not where it should be
    └── ShapeError              an array handed to a noun of `cleanform.model` does not fit
"""

from __future__ import annotations

import re


class CleanformError(Exception):
    """Base of every error that cleanform raises on purpose."""


class InputError(CleanformError):
    """The clip, an option or the output folder cannot be used."""


class MissingLibraryError(CleanformError):
    """A system library is missing; the message names the package to install."""


class MissingModelError(CleanformError):
    """A model file is missing or damaged; the message says how to get it."""


class ShapeError(CleanformError, ValueError):
    """An array does not have the shape or order that its noun declares."""


#: System library -> Debian package, for those that mediapipe and OpenCV load at import.
_DEBIAN_PACKAGES = {
    "libEGL": "libegl1",
    "libGLESv2": "libgles2",
    "libGL": "libgl1",
    "libglib-2.0": "libglib2.0-0",
    "libgthread-2.0": "libglib2.0-0",
}

_LOADER_COMPLAINT = re.compile(r"\b(lib[\w.+-]*?)\.so[\w.]*: cannot open shared object file")


def missing_library(error: BaseException) -> MissingLibraryError | None:
    """The system library that an import failed on, as an error that names its Debian package.

    `error` is what importing mediapipe or OpenCV raised (or the error it was raised from); None
    where that was about something else.
    """
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and link not in chain:  # a chain of causes may close on itself
        complaint = _LOADER_COMPLAINT.search(str(link))
        if complaint and isinstance(link, ImportError | OSError):
            return MissingLibraryError(_install_hint(complaint[1]))
        chain.append(link)
        link = link.__cause__ or link.__context__
    return None


def _install_hint(library: str) -> str:
    missing = f"The system library {library} is missing."
    package = _DEBIAN_PACKAGES.get(library)
    if package is None:
        return f"{missing} Install the system package that holds it."
    others = dict.fromkeys(_DEBIAN_PACKAGES.values())
    return f"{missing} It is in {package}; install all of them: apt-get install {' '.join(others)}"
