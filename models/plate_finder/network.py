"""The plate finder's network: a small encoder and decoder that paints heat maps.

Convolutions halve the picture five times and add it back up to a quarter of the input's size.
For every cell of that map it says:

====== =======================================================================================
plane  meaning
====== =======================================================================================
0      logit: a near plate is centred here
1      logit: a sleeve's end is centred here
2, 3   x and y of the plate's centre, counted from the cell's top left corner, in cells
4, 5   natural logarithm of the plate's width and height, each divided by `SIZE_UNIT_PX`
====== =======================================================================================

Centres as peaks of a heat map after "Objects as Points" (Zhou, Wang and Kraehenbuehl 2019,
arXiv:1904.07850).
"""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor, nn

STRIDE_PX = 4
SIZE_UNIT_PX = 32.0
PLANES = 6
PLATE, SLEEVE, OFFSET, SIZE = slice(0, 1), slice(1, 2), slice(2, 4), slice(4, 6)

#: Input shapes (height, width), all of about the same cost: one suits every clip.
SHAPES = ((160, 288), (288, 160), (224, 224), (192, 256), (256, 192))
#: Those that all rounds of training but the last were made with, at a third more cost.
FORMER_SHAPES = ((192, 320), (320, 192), (256, 256), (224, 288), (288, 224))


def _normed(inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _separable(inputs: int, outputs: int, stride: int = 1) -> nn.Module:
    """A 3x3 filter for each plane, then a blend of the planes."""
    return nn.Sequential(
        _normed(inputs, inputs, 3, stride, groups=inputs), _normed(inputs, outputs, 1)
    )


class PlateNetwork(nn.Module):
    """(N, 3, H, W) RGB as 0..1 minus 0.5, H and W multiples of 32 -> (N, PLANES, H/4, W/4)."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        w2, w4 = 2 * width, 4 * width
        self.quarter = nn.Sequential(
            _normed(3, 16, 3, 2), _normed(16, width, 3, 2), _separable(width, width)
        )
        self.eighth = nn.Sequential(
            _separable(width, w2, 2), _separable(w2, w2), _separable(w2, w2)
        )
        self.sixteenth = nn.Sequential(
            _separable(w2, w4, 2), _separable(w4, w4), _separable(w4, w4), _separable(w4, w4)
        )
        self.deepest = nn.Sequential(_separable(w4, w4, 2), _separable(w4, w4), _separable(w4, w4))
        self.to_sixteenth = nn.Conv2d(w4, w4, 1)
        self.to_eighth = nn.Conv2d(w4, w2, 1)
        self.to_quarter = nn.Conv2d(w2, width, 1)
        self.head = nn.Sequential(_separable(width, width), _separable(width, width))
        self.answer = nn.Conv2d(width, PLANES, 1)
        nn.init.zeros_(self.answer.bias)
        with torch.no_grad():
            self.answer.bias[:2] = -4.0  # hardly any cell holds a centre

    def forward(self, image: Tensor) -> Tensor:
        quarter = self.quarter(image)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        sixteenth = sixteenth + _doubled(self.to_sixteenth(self.deepest(sixteenth)))
        eighth = eighth + _doubled(self.to_eighth(sixteenth))
        quarter = quarter + _doubled(self.to_quarter(eighth))
        answer: Tensor = self.answer(self.head(quarter))
        return answer


def _doubled(planes: Tensor) -> Tensor:
    return functional.interpolate(planes, scale_factor=2.0, mode="nearest")
