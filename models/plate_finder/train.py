"""Trains the plate finder from scratch and writes it as ONNX.

    python models/plate_finder/train.py DATA_FOLDER OUT.onnx [--rendered FOLDER]
                                        [--resume WEIGHTS.pt --round N]

DATA_FOLDER holds train/ and valid/ (see `samples.load`); the pictures are not part of this
repository. FOLDER is what `rendered.py` wrote. One clip in nine of train/ is kept out of the
training to choose by; valid/ is only ever measured with, by `evaluate.py`. Needs torch, onnx,
numpy and OpenCV. Every draw is seeded by its step, so that the same data give the same figures
within the noise of floating-point sums. After each round its weights are kept beside OUT.onnx;
`--resume` goes on from there.
"""

from __future__ import annotations

import argparse
import copy
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from network import (
    FORMER_SHAPES,
    OFFSET,
    PLANES,
    PLATE,
    SHAPES,
    SIZE,
    SIZE_UNIT_PX,
    SLEEVE,
    STRIDE_PX,
    PlateNetwork,
)
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from samples import Floats, Picture, chances, is_rendered, load, varied

BATCH = 8
SEED = 20
SLEEVE_WEIGHT = 0.3
SIZE_WEIGHT = 4.0
EXPORT_EVERY = 200
#: Each round begins with small inputs, at a third of the cost, and ends at full size.
COARSE = ((96, 192), (192, 96), (128, 128), (128, 160), (160, 128))

Planes = NDArray[np.float32]


@dataclass(frozen=True)
class Round:
    """A stretch of training in which the learning rate rises once and dies away."""

    first: int
    full_size_from: int
    stop: int
    learning_rate: float = 2e-3
    rendered_share: float = 0.15  # of the pictures drawn for training
    smaller: bool = False  # full size is `SHAPES`, not `FORMER_SHAPES`


#: The last round goes on from the even mean of what the second and the third ended with, and sees
#: twice as many rendered pictures, now of oblique lifts. The committed weights are 0.75 of what it
#: ended with and 0.25 of the second's, with flatter boxes (`blend.py`, docs/plate_finder.md).
ROUNDS = (
    Round(0, 5950, 7000),
    Round(7000, 10500, 11500),
    Round(11500, 14500, 18500, 1e-3),
    Round(18500, 18900, 20500, 6e-4, 0.35, smaller=True),
)


class Batches(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Batches of varied pictures; each depends on the seed and its step alone."""

    def __init__(self, pictures: list[Picture], part: Round) -> None:
        super().__init__()
        self.pictures, self.part = pictures, part
        self.lenders = [picture for picture in pictures if len(picture.plates)]
        self.full = SHAPES if part.smaller else FORMER_SHAPES
        self.chances = {
            shape: chances(pictures, shape, part.rendered_share) for shape in self.full + COARSE
        }

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        for step in range(self.part.first, self.part.stop):
            rng = np.random.default_rng((SEED, step))
            shapes = COARSE if step < self.part.full_size_from else self.full
            shape = shapes[rng.choice(len(shapes), p=(0.3, 0.3, 0.2, 0.1, 0.1))]
            chosen = rng.choice(len(self.pictures), BATCH, p=self.chances[shape])
            images, targets, weights = [], [], []
            for index in chosen:
                image, plates, sleeves = varied(self.pictures[index], shape, rng, self.lenders)
                target, weight = painted(shape, plates, sleeves)
                images.append(as_input(image))
                targets.append(target)
                weights.append(weight)
            yield tuple(  # type: ignore[misc]
                torch.from_numpy(np.stack(parts)) for parts in (images, targets, weights)
            )


def as_input(image: NDArray[np.uint8]) -> Planes:
    """(H, W, 3) uint8 RGB -> (3, H, W) float, 0..1 minus 0.5."""
    return np.ascontiguousarray(image.transpose(2, 0, 1).astype(np.float32) / 255 - 0.5)


def painted(shape: tuple[int, int], plates: Floats, sleeves: Floats) -> tuple[Planes, Planes]:
    """What the network should say (PLANES, H/4, W/4), and where centre and size count (H/4, W/4).

    A centre is a Gaussian hill of exactly 1 at its cell; its spread grows with the plate.
    """
    high, wide = shape[0] // STRIDE_PX, shape[1] // STRIDE_PX
    target = np.zeros((PLANES, high, wide), np.float32)
    weight = np.zeros((high, wide), np.float32)
    rows, columns = np.mgrid[:high, :wide]
    for plane, boxes, least in ((PLATE, plates, 1.0), (SLEEVE, sleeves, 0.8)):
        for x_px, y_px, w_px, h_px in boxes:
            x, y = x_px / STRIDE_PX, y_px / STRIDE_PX
            spread = max(least, 0.08 * min(w_px, h_px) / STRIDE_PX)
            row, column = int(y), int(x)
            hill = np.exp(-((columns - column) ** 2 + (rows - row) ** 2) / (2 * spread**2)).astype(
                np.float32
            )
            if plane is PLATE:
                near = (hill > 0.5) & (hill > weight)
                weight[near] = hill[near]
                target[OFFSET][:, near] = np.stack([x - columns[near], y - rows[near]])
                target[SIZE][:, near] = np.log([[w_px / SIZE_UNIT_PX], [h_px / SIZE_UNIT_PX]])
            target[plane][0] = np.maximum(target[plane][0], hill)
    return target, weight


def hill_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Focal loss on heat maps (Zhou, Wang and Kraehenbuehl 2019, equation 1), per centre."""
    chance = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    centre = (target == 1).float()
    found = centre * (1 - chance) ** 2 * chance.log()
    empty = (1 - centre) * (1 - target) ** 4 * chance**2 * (1 - chance).log()
    return -(found + empty).sum() / centre.sum().clamp(min=1)


def loss_of(answer: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    weight = weight[:, None]
    total = weight.sum().clamp(min=1)
    offset = ((answer[:, OFFSET] - target[:, OFFSET]).abs() * weight).sum() / total
    size = ((answer[:, SIZE] - target[:, SIZE]).abs() * weight).sum() / total
    plates = hill_loss(answer[:, PLATE], target[:, PLATE])
    sleeves = hill_loss(answer[:, SLEEVE], target[:, SLEEVE])
    return plates + SLEEVE_WEIGHT * sleeves + 0.5 * offset + SIZE_WEIGHT * size


def best_shape(image: NDArray[np.uint8]) -> tuple[int, int]:
    """The input shape into which `image` fits largest."""
    high, wide = image.shape[:2]
    return max(SHAPES, key=lambda shape: min(shape[0] / high, shape[1] / wide))


def is_held_out(clip: str) -> bool:
    """Whether a clip of train/ is one of those to choose by."""
    return zlib.crc32(clip.encode()) % 9 == 0


@torch.no_grad()
def blend_in(average: PlateNetwork, network: PlateNetwork, step: int) -> None:
    """Keeps `average` the running mean of the last few hundred steps: steadier than any one."""
    share = max(0.002, 1 / step) if step < 100 else max(0.002, 10 / (10 + step))
    for kept, new in zip(average.state_dict().values(), network.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, share)
        else:
            kept.copy_(new)


@torch.no_grad()
def check(network: PlateNetwork, pictures: list[Picture]) -> str:
    """Share found, share of confident wrong finds, median errors: a quick look while training."""
    network.eval()
    errors, sizes, wrong = [], [], 0
    for picture in pictures:
        shape = best_shape(picture.image)
        scale = min(shape[0] / picture.image.shape[0], shape[1] / picture.image.shape[1])
        affine = np.array([[scale, 0, 0], [0, scale, 0]])
        small = cv2.warpAffine(
            picture.image, affine, shape[::-1], flags=cv2.INTER_LINEAR, borderValue=(114,) * 3
        )
        answer = network(torch.from_numpy(as_input(np.asarray(small, np.uint8))[None]))[0]
        heat = torch.sigmoid(answer[PLATE])[0]
        row, column = divmod(int(heat.argmax()), heat.shape[1])
        offset, size = answer[OFFSET, row, column].numpy(), answer[SIZE, row, column].numpy()
        centre = (np.array([column, row]) + offset) * STRIDE_PX / scale
        near = picture.plates[np.argmin(np.hypot(*(picture.plates[:, :2] - centre).T))]
        error = float(np.hypot(*(near[:2] - centre)) / near[2])
        if error < 0.25:
            errors.append(error)
            sizes.append(float(np.abs(size - np.log(near[2:] * scale / SIZE_UNIT_PX)).max()))
        elif heat[row, column] > 0.3:
            wrong += 1
    network.train()
    count = len(pictures)
    return (
        f"found {len(errors) / count:.3f} wrong {wrong / count:.3f} "
        f"centre {np.median(errors):.4f} size {np.median(sizes):.4f}"
    )


def export(network: PlateNetwork, path: Path) -> None:
    """Writes `network` as ONNX with free height and width."""
    still = copy.deepcopy(network).eval()
    torch.onnx.export(
        still,
        (torch.zeros(1, 3, *SHAPES[0]),),
        str(path),
        dynamo=False,
        opset_version=13,
        input_names=["image"],
        output_names=["maps"],
        dynamic_axes={"image": {2: "height", 3: "width"}, "maps": {2: "rows", 3: "columns"}},
    )


def train(
    network: PlateNetwork,
    training: list[Picture],
    held: list[Picture],
    part: Round,
    out: Path,
) -> None:
    """One round; writes the running mean of the weights to `out` every `EXPORT_EVERY` steps."""
    average = copy.deepcopy(network)
    optimizer = torch.optim.AdamW(network.parameters(), part.learning_rate, weight_decay=2e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, part.learning_rate, total_steps=part.stop - part.first, pct_start=0.05
    )
    batches = Batches(training, part)
    loader = DataLoader(batches, batch_size=None, num_workers=1, prefetch_factor=4)
    start_s, recent = time.monotonic(), 0.0
    for step, (image, target, weight) in enumerate(loader, start=part.first + 1):
        image = image.contiguous(memory_format=torch.channels_last)
        loss = loss_of(network(image), target, weight)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        blend_in(average, network, step - part.first)
        recent += float(loss.detach())
        if step % 100 == 0:
            print(f"{step} {time.monotonic() - start_s:.0f} s loss {recent / 100:.3f}", flush=True)
            recent = 0.0
        if step % EXPORT_EVERY == 0 or step == part.stop:
            print(step, "check", check(average, held), flush=True)
            export(average, out)
    torch.save(network.state_dict(), _after(part, out))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rendered", type=Path, help="folder that rendered.py wrote")
    parser.add_argument("--resume", type=Path, help="weights that a round ended with")
    parser.add_argument("--round", type=int, default=1, help="with which round --resume goes on")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    cv2.setNumThreads(0)  # its threads would not survive the fork of the loading process
    torch.manual_seed(SEED)
    torch.set_num_threads(asked.threads)
    real = load(asked.data / "train")
    training = [picture for picture in real if not is_held_out(picture.clip)]
    held = [picture for picture in real if is_held_out(picture.clip)]
    if asked.rendered:
        training += load(asked.rendered)
    drawn = sum(is_rendered(picture) for picture in training)
    print(f"{len(training)} pictures to train on, {drawn} of them rendered; {len(held)} to check")
    network = PlateNetwork().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    if asked.resume:
        network.load_state_dict(torch.load(asked.resume, weights_only=True))
    for part in ROUNDS[asked.round if asked.resume else 0 :]:
        train(network, training, held, part, asked.out)


def _after(part: Round, out: Path) -> Path:
    """Where the weights are kept that a round ended with."""
    return out.with_name(f"{out.stem}_{part.stop}.pt")


if __name__ == "__main__":
    main()
