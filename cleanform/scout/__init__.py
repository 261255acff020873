"""Who lifts: which of the people in the picture is looked at, and how he is kept."""

from cleanform.scout.person import Person, person_at, person_of
from cleanform.scout.tracker import LifterTracker

__all__ = ["LifterTracker", "Person", "person_at", "person_of"]
