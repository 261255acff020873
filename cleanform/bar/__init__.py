"""The bar in the picture: find the near plate in every frame, then follow it over time."""

from cleanform.bar.finder import PlateFinder
from cleanform.bar.follow import Clicked, follow
from cleanform.bar.looks import PlateWatcher

__all__ = ["Clicked", "PlateFinder", "PlateWatcher", "follow"]
