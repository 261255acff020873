"""Who lifts and when: what of a clip is worth a close look, and at whom."""

from cleanform.scout.person import Person, in_front, person_at, person_of
from cleanform.scout.tracker import LifterTracker, Plate
from cleanform.scout.when import Look, lively, stretches
from cleanform.scout.who import Lifted, is_his, lifted, whose

__all__ = [
    "Lifted",
    "LifterTracker",
    "Look",
    "Person",
    "Plate",
    "in_front",
    "is_his",
    "lifted",
    "lively",
    "person_at",
    "person_of",
    "stretches",
    "whose",
]
