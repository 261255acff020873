"""Takes a mean of the weights that two rounds of training ended with.

    python models/plate_finder/blend.py EARLIER.pt LATER.pt OUT.onnx [--share 0.75] [--height 0.965]

Boxes are made `--height` times as high: drawn oblique plates teach it to see them too tall.
Writes the mean as ONNX and, to go on training from, beside it as .pt.
The later round sees plates lent and strewn about and learns which of many is the lifter's. It also
forgets some of what the earlier one knew of oblique views, of which the pictures hold few. A
mean keeps the most of either (Wortsman et al. 2022, arXiv:2109.01903).
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import torch
from network import SIZE, PlateNetwork
from torch import Tensor
from train import export


def blended(earlier: dict[str, Tensor], later: dict[str, Tensor], share: float) -> PlateNetwork:
    """The network on the straight line between both, at `share` of the way to `later`."""
    network = PlateNetwork().eval()
    network.load_state_dict(
        {
            name: torch.lerp(weight, later[name], share) if weight.is_floating_point() else weight
            for name, weight in earlier.items()
        }
    )
    return network


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("earlier", type=Path)
    parser.add_argument("later", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=float, default=0.75, help="of the later weights")
    parser.add_argument("--height", type=float, default=0.965, help="share of a box's height")
    asked = parser.parse_args()
    earlier, later = (torch.load(path, weights_only=True) for path in (asked.earlier, asked.later))
    network = blended(earlier, later, asked.share)
    with torch.no_grad():
        network.answer.bias[SIZE][1] += math.log(asked.height)
    export(network, asked.out)
    torch.save(network.state_dict(), asked.out.with_suffix(".pt"))


if __name__ == "__main__":
    main()
