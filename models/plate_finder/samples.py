"""The labelled gym pictures, and the ways in which training varies them."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Floats = NDArray[np.float64]


#: Logarithm of width over height that an oblique camera gives a plate.
SQUEEZE = (-0.4, 0.08)


@dataclass(frozen=True)
class Picture:
    """One RGB image with its boxes: rows of centre x, centre y, width, height in pixels."""

    name: str
    clip: str
    image: Image
    plates: Floats  # (P, 4)
    sleeves: Floats  # (S, 4)


def is_rendered(picture: Picture) -> bool:
    """Whether `rendered.py` drew it."""
    return picture.clip.startswith("rendered_")


def load(folder: Path) -> list[Picture]:
    """All pictures that ``boxes.csv`` of `folder` names; SystemExit where it is missing."""
    table = folder / "boxes.csv"
    if not table.is_file():
        raise SystemExit(
            f"{table} is missing: this script expects a folder with train/ and valid/, each "
            "holding pictures and a boxes.csv with the columns image, clip, label, cx_px, cy_px, "
            "w_px, h_px (label: plate or sleeve_end)."
        )
    boxes: dict[str, dict[str, list[list[float]]]] = {}
    clips: dict[str, str] = {}
    with table.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            clips[row["image"]] = row["clip"]
            of_image = boxes.setdefault(row["image"], {"plate": [], "sleeve_end": []})
            of_image[row["label"]].append(
                [float(row[key]) for key in ("cx_px", "cy_px", "w_px", "h_px")]
            )
    pictures = []
    for name in sorted(boxes):
        image = cv2.cvtColor(cv2.imread(str(folder / name)), cv2.COLOR_BGR2RGB)
        plates, sleeves = (
            np.array(boxes[name][label], np.float64).reshape(-1, 4)
            for label in ("plate", "sleeve_end")
        )
        pictures.append(Picture(name, clips[name], image, plates, sleeves))
    return pictures


def chances(pictures: list[Picture], shape: tuple[int, int], rendered_share: float) -> Floats:
    """Chance of each picture to be drawn for an input of `shape`.

    A clip counts by the root of its number of pictures; upright pictures go mostly into upright
    inputs and wide ones into wide inputs, as they do at run time. All rendered pictures together
    get `rendered_share` of the draws.
    """
    count = Counter(picture.clip for picture in pictures)
    weight = np.array([count[picture.clip] ** -0.5 for picture in pictures])
    drawn = np.array([is_rendered(picture) for picture in pictures])
    if drawn.any() and not drawn.all():
        part = rendered_share / (1 - rendered_share)
        weight[drawn] *= part * weight[~drawn].sum() / weight[drawn].sum()
    upright = np.array([picture.image.shape[0] > picture.image.shape[1] for picture in pictures])
    if shape[0] != shape[1]:
        weight[upright != (shape[0] > shape[1])] *= 0.2
    return weight / weight.sum()


def varied(
    picture: Picture,
    shape: tuple[int, int],
    rng: np.random.Generator,
    lenders: Sequence[Picture] = (),
) -> tuple[Image, Floats, Floats]:
    """`picture` moved, scaled, recoloured, blurred and half hidden, as an image of `shape`.

    Plates of `lenders` take the place of the labelled one, and lie or hang about as plates that
    nobody lifts: those stay without a box. In a gym many plates are in view, some nearer than the
    lifter's; only what is around a plate tells which one is his.

    Returns the image (H, W, 3) and the moved boxes of plates and of sleeve ends.
    """
    image, plates, sleeves = _moved(picture, shape, rng)
    if len(plates) and rng.random() < 0.08:
        image, whole = _without(image, plates, rng)
        if whole:
            if lenders and rng.random() < 0.5:
                image = _strewn(image, plates, lenders, rng)
            return _degraded(image, rng), plates[:0], sleeves[:0]
    if lenders and rng.random() < 0.4:
        image = _strewn(image, plates, lenders, rng)
    for plate in plates:
        if lenders and rng.random() < 0.25:
            image = _lent(image, plate, lenders, rng)
        if rng.random() < 0.4:
            image = _recoloured(image, plate, rng)
        if rng.random() < 0.25:
            image = _smeared(image, plate, rng)
        if rng.random() < 0.25:
            image = _half_hidden(image, plate, rng)
    return _degraded(image, rng), plates, sleeves


def _lent(
    image: Image, plate: Floats, lenders: Sequence[Picture], rng: np.random.Generator
) -> Image:
    """The plate of another picture, laid into the ellipse `plate` (centre, size)."""
    lender = lenders[rng.integers(len(lenders))]
    source = lender.plates[rng.integers(len(lender.plates))]
    scale = plate[2:] / source[2:]
    flip = -1.0 if rng.random() < 0.5 else 1.0
    linear = np.diag([scale[0] * flip, scale[1]])
    part = _around(image, plate, 1.0)
    high, wide = part[0].stop - part[0].start, part[1].stop - part[1].start
    if high < 3 or wide < 3:
        return image
    shrink = 1
    pixels = lender.image
    while max(scale) * shrink < 0.5:
        shrink *= 2
    if shrink > 1:
        pixels = cv2.resize(
            pixels, None, fx=1 / shrink, fy=1 / shrink, interpolation=cv2.INTER_AREA
        )
    corner = np.array([part[1].start, part[0].start])
    shift = plate[:2] - corner - linear @ source[:2]
    affine = np.column_stack([linear * shrink, shift])
    laid = cv2.warpAffine(
        pixels, affine, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    tone = rng.uniform(0.7, 1.25)
    return _blend(image, part, laid.astype(np.float64) * tone, _disc(image, plate, part))


def _strewn(
    image: Image, plates: Floats, lenders: Sequence[Picture], rng: np.random.Generator
) -> Image:
    """One to three plates of other pictures where no labelled plate is."""
    high, wide = image.shape[:2]
    size = float(np.median(plates[:, 3])) if len(plates) else 0.3 * min(high, wide)
    for _ in range(rng.integers(1, 4)):
        tall = size * np.exp(rng.uniform(-0.6, 0.45))
        # No more oblique than `_moved` leaves the labelled ones: else oblique means nobody's.
        across = tall * (np.exp(rng.uniform(*SQUEEZE)) if rng.random() < 0.4 else 1.0)
        # Mostly low, where plates stand; some hang on a rack.
        down = rng.beta(3, 2) if rng.random() < 0.7 else rng.uniform(0, 1)
        other = np.array([rng.uniform(0, 1) * wide, down * high, across, tall])
        clear = (plates[:, 2:].max(axis=1) + tall) / 2
        if np.all(np.hypot(*(plates[:, :2] - other[:2]).T) > 0.95 * clear):
            image = _lent(image, other, lenders, rng)
            if rng.random() < 0.3:
                image = _recoloured(image, other, rng)
    return image


def _moved(
    picture: Picture, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[Image, Floats, Floats]:
    high, wide = shape
    image = picture.image
    fit = min(high / image.shape[0], wide / image.shape[1])
    far = rng.random() < 0.1
    scale = fit * np.exp(rng.uniform(-1.0, -0.4) if far else rng.uniform(-0.3, 0.85))
    if len(picture.plates):
        plate = picture.plates[rng.integers(len(picture.plates))]
        size = float(np.sqrt(plate[2] * plate[3]))
        scale = float(np.clip(scale, 9.0 / size, max(9.0 / size, 0.85 * min(shape) / size)))
        focus = plate[:2]
    else:
        focus = np.array([image.shape[1], image.shape[0]]) / 2
    if rng.random() < 0.25:  # the plate anywhere in the frame, also cut by its edge
        goal = rng.uniform((0.02, 0.02), (0.98, 0.98)) * (wide, high)
    else:  # about where it was
        share = focus / (image.shape[1], image.shape[0])
        goal = np.clip(share + rng.uniform(-0.15, 0.15, 2), 0.02, 0.98) * (wide, high)
    flip = -1.0 if rng.random() < 0.5 else 1.0
    # A plate seen from the side is round; seen from the front quarter it is narrow.
    squeeze = np.exp(rng.uniform(*SQUEEZE)) if rng.random() < 0.4 else 1.0
    turn = np.deg2rad(rng.normal(0, 4))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = np.diag([scale * squeeze * flip, scale]) @ rotation
    if scale < 0.5 and rng.random() < 0.7:  # without this, small pictures would all be aliased
        half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        affine = np.column_stack([linear * 2, goal - linear @ focus])
    else:
        half, affine = image, np.column_stack([linear, goal - linear @ focus])
    moved = cv2.warpAffine(
        half,
        affine,
        (wide, high),
        flags=cv2.INTER_LINEAR,
        borderValue=tuple(rng.uniform(0, 255, 3)) if rng.random() < 0.5 else (114, 114, 114),
    )
    offset = goal - linear @ focus
    size_scale = np.array([scale * squeeze, scale])

    def boxes(source: Floats) -> Floats:
        centres = source[:, :2] @ linear.T + offset
        inside = np.all((centres >= 0) & (centres < (wide, high)), axis=1)
        return np.column_stack([centres, source[:, 2:] * size_scale])[inside]

    return np.asarray(moved, np.uint8), boxes(picture.plates), boxes(picture.sleeves)


def _around(image: Image, plate: Floats, grow: float) -> tuple[slice, slice]:
    """The rows and columns within `grow` half sizes of the plate's centre."""
    low = np.maximum(0, plate[:2] - grow * plate[2:] / 2 - 3).astype(int)
    high = np.minimum((image.shape[1], image.shape[0]), plate[:2] + grow * plate[2:] / 2 + 4)
    return slice(low[1], int(high[1])), slice(low[0], int(high[0]))


def _disc(image: Image, plate: Floats, part: tuple[slice, slice], grow: float = 1.0) -> Floats:
    """Soft-edged mask 0..1 (h, w, 1) of the plate's ellipse, for `part` of the image."""
    mask = np.zeros((part[0].stop - part[0].start, part[1].stop - part[1].start), np.float32)
    centre = (float(plate[0] - part[1].start), float(plate[1] - part[0].start))
    cv2.ellipse(mask, (centre, (float(plate[2] * grow), float(plate[3] * grow)), 0.0), 1.0, -1)
    return np.asarray(cv2.GaussianBlur(mask, (3, 3), 0))[..., None]


def _blend(image: Image, part: tuple[slice, slice], over: Floats, share: Floats) -> Image:
    """`image` with `over` laid on one part of it, as strong as `share` says."""
    out = image.copy()
    out[part] = np.clip(image[part] * (1 - share) + over * share, 0, 255)
    return out


def _recoloured(image: Image, plate: Floats, rng: np.random.Generator) -> Image:
    """The plate in another colour, sometimes only its ring: most gyms' plates are black."""
    part = _around(image, plate, 1.0)
    mask = _disc(image, plate, part)
    grey = image[part].mean(axis=2, keepdims=True)
    middle = float((grey * mask).sum() / max(1e-6, float(mask.sum())))
    painted = rng.uniform(10, 245, 3) + rng.uniform(0.3, 1.0) * (grey - middle)
    if rng.random() < 0.4:
        mask = mask * (1 - _disc(image, plate, part, rng.uniform(0.35, 0.75)))
    return _blend(image, part, painted, mask * rng.uniform(0.5, 1.0))


def _smeared(image: Image, plate: Floats, rng: np.random.Generator) -> Image:
    """The plate alone blurred by its own motion, mostly up or down."""
    length = int(rng.uniform(0.08, 0.45) * plate[3])
    if length < 2:
        return image
    kernel = np.zeros((2 * length + 1, 2 * length + 1), np.float32)
    lean = np.deg2rad(rng.normal(0, 20))
    reach = np.array([np.sin(lean), np.cos(lean)]) * length / 2
    ends = [tuple(int(v) for v in np.round(length + sign * reach)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    kernel /= kernel.sum()
    part = _around(image, plate, 1.6)
    mask = _disc(image, plate, part)
    share = cv2.filter2D(mask[..., 0], -1, kernel)[..., None]
    moved = cv2.filter2D((image[part] * mask).astype(np.float32), -1, kernel)
    return _blend(image, part, moved / np.maximum(share, 1e-3), share)


def _half_hidden(image: Image, plate: Floats, rng: np.random.Generator) -> Image:
    """A limb, a post or a patch in front of a part of the plate."""
    centre, size = plate[:2], plate[2:]
    colour = image[rng.integers(image.shape[0]), rng.integers(image.shape[1])].tolist()
    out = image.copy()
    start = centre + rng.uniform(-0.6, 0.6, 2) * size
    lean = rng.uniform(0, np.pi)
    end = start + np.array([np.cos(lean), np.sin(lean)]) * rng.uniform(0.5, 2.0) * size[1]
    thick = max(1, int(rng.uniform(0.08, 0.3) * size[1]))
    ends = [tuple(int(v) for v in point) for point in (start, end)]
    cv2.line(out, ends[0], ends[1], colour, thick, cv2.LINE_AA)
    return out


def _without(image: Image, plates: Floats, rng: np.random.Generator) -> tuple[Image, bool]:
    """The picture with its plates covered by what is beside them; False where nothing is."""
    out = image.copy()
    for plate in plates:
        shift = int(rng.choice([-1, 1]) * rng.uniform(1.25, 2.0) * max(plate[2], 8.0))
        part = _around(image, plate, 1.2)
        columns = np.arange(part[1].start, part[1].stop) - shift
        if columns[0] < 0 or columns[-1] >= image.shape[1]:
            return image, False
        out = _blend(out, part, image[part[0], columns], _disc(image, plate, part, 1.2))
    return out, True


def _degraded(image: Image, rng: np.random.Generator) -> Image:
    """Light, colour, camera shake, focus, noise and compression."""
    tone = np.linspace(0, 1, 256) ** np.exp(rng.normal(0, 0.25))
    tone = 255 * tone * rng.uniform(0.65, 1.35) + rng.uniform(-25, 25)
    draw = rng.random()
    if draw < 0.12:
        image = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    elif draw < 0.35:
        image = image[..., rng.permutation(3)]
    tint = rng.uniform(0.85, 1.15, 3) if draw > 0.65 else np.ones(3)
    table = np.clip(tone[:, None] * tint, 0, 255).astype(np.uint8)[None]
    out = cv2.LUT(np.ascontiguousarray(image), table)
    if rng.random() < 0.2:
        length = int(rng.integers(3, 10))
        size = (1, length) if rng.random() < 0.7 else (length, 1)
        out = cv2.blur(out, size)
    elif rng.random() < 0.2:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.5:
        noise = np.empty(out.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(1 << 30)))
        cv2.randn(noise, (0.0,) * 3, (rng.uniform(1, 8),) * 3)
        out = cv2.add(out, noise, dtype=cv2.CV_8U)
    if rng.random() < 0.3:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 80))]
        out = cv2.imdecode(cv2.imencode(".jpg", out, quality)[1], cv2.IMREAD_COLOR)
    return np.asarray(out, np.uint8)
