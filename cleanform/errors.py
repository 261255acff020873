"""What can go wrong, in words a lifter can act on.

Every message says what is wrong and what to do about it. The tree::

    CleanformError              anything a user can put right
    ├── InputError              the clip, an option or the output folder
    ├── MissingLibraryError     a system package that mediapipe or OpenCV needs
    ├── MissingModelError       a model file that is not where it should be
    └── ShapeError              an array handed to a noun of `cleanform.model` does not fit
"""

from __future__ import annotations


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
