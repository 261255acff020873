"""One decoded picture with its place in the clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a clip. `image_rgb` may be shared: copy it before drawing on it."""

    index: int  # counts the frames that were kept, from 0
    time_s: float  # presentation time, first frame at 0, slow motion divided out
    image_rgb: NDArray[np.uint8]  # (H, W, 3) upright, square pixels, contiguous
    repeat: bool  # the same picture as the frame before
    cut: bool  # the first frame after a camera cut


@dataclass(frozen=True)
class Looks:
    """Only a picture now and then, and a small one: enough to see what goes on in a clip."""

    every_s: float  # at least so long between two of them
    long_side_px: int
