"""The page of a result with handles to correct it by hand, served on this machine alone."""

from cleanform.review.server import ReviewServer
from cleanform.review.session import Session

__all__ = ["ReviewServer", "Session"]
