"""A clip's sound beside pictures that were written anew."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

from cleanform.errors import InputError
from cleanform.video.source import open_video

if TYPE_CHECKING:
    from av.packet import Packet
    from numpy.typing import NDArray

    from cleanform.model import Clip

_RATE_HZ = 48_000
_BLOCK = 1024  # samples of one AAC packet
_FADE_S = 0.005  # at the ends of a piece, so that none of them clicks

#: From and to which time of the clip, and when that is heard in the film; seconds.
Piece = tuple[float, float, float]


def add_sound(film: Path, clip: Clip, pieces: Sequence[Piece]) -> str:
    """Put the sound of `clip` under `film`, piece by piece, with silence between.

    Returns "kept", or why there is none: "none" (the clip has no sound that can be read) or
    "slow motion" (sound would not fit pictures that play at another speed). The pictures are
    copied as they are. Raises InputError where the file cannot be written.
    """
    if clip.slow_motion_factor != 1.0:
        return "slow motion"
    heard = _read(clip, pieces[0][0], pieces[-1][1])
    if heard is None:
        return "none"
    end_s = pieces[-1][2] + pieces[-1][1] - pieces[-1][0]
    track = np.zeros((2, round(end_s * _RATE_HZ)), np.float32)
    for start_s, stop_s, at_s in pieces:
        part = heard[:, _samples(start_s - pieces[0][0]) : _samples(stop_s - pieces[0][0])].copy()
        at = _samples(at_s)
        part = part[:, : track.shape[1] - at]
        _fade(part)
        track[:, at : at + part.shape[1]] = part
    part_file = film.with_name(f".{film.name}.{os.getpid()}.part")
    try:
        _mux(film, part_file, track)
        os.replace(part_file, film)
    except (FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"{film.name}: cannot be written ({reason}); "
            "free some space or choose another output folder"
        ) from error
    finally:
        part_file.unlink(missing_ok=True)
    return "kept"


def _samples(seconds: float) -> int:
    return round(seconds * _RATE_HZ)


def _read(clip: Clip, start_s: float, stop_s: float) -> NDArray[np.float32] | None:
    """(2, N) samples from `start_s` to `stop_s` of the clip's time; None where there are none."""
    container, pictures = open_video(clip.path)
    with container:
        if not container.streams.audio:
            return None
        sound = container.streams.audio[0]
        # The clip's time begins with its first picture, the sound often a little before it.
        origin_s = float((pictures.start_time or 0) * (pictures.time_base or 0))
        heard = np.zeros((2, _samples(stop_s - start_s)), np.float32)
        resampler = AudioResampler(format="fltp", layout="stereo", rate=_RATE_HZ)
        found = False
        try:
            for frame in container.decode(sound):
                for block in resampler.resample(frame):
                    if block.time is None:
                        continue
                    at = _samples(block.time - origin_s - start_s)
                    if at >= heard.shape[1]:
                        return heard if found else None
                    samples = block.to_ndarray()[:, max(0, -at) :]
                    at = max(0, at)
                    samples = samples[:, : heard.shape[1] - at]
                    heard[:, at : at + samples.shape[1]] = samples
                    found = found or samples.shape[1] > 0
        except FFmpegError:
            pass  # a damaged end: what was heard until then is kept
        return heard if found else None


def _fade(part: NDArray[np.float32]) -> None:
    length = min(_samples(_FADE_S), part.shape[1] // 2)
    if length:
        ramp = np.linspace(0, 1, length, dtype=np.float32)
        part[:, :length] *= ramp
        part[:, -length:] *= ramp[::-1]


def _mux(film: Path, target: Path, track: NDArray[np.float32]) -> None:
    """The pictures of `film` as they are, with `track` beside them."""
    with (
        av.open(f"file:{film}") as source,
        av.open(f"file:{target}", "w", format="mp4", options={"movflags": "+faststart"}) as out,
    ):
        pictures = source.streams.video[0]
        copied = out.add_stream_from_template(pictures)
        sound = out.add_stream("aac", rate=_RATE_HZ)
        sound.layout = "stereo"
        waiting = _encoded(sound, track)
        ready = next(waiting, None)
        for packet in source.demux(pictures):
            if packet.dts is None:
                continue  # the one that ends the stream
            while ready is not None and _time_s(ready) <= _time_s(packet):
                out.mux(ready)
                ready = next(waiting, None)
            packet.stream = copied
            out.mux(packet)
        while ready is not None:
            out.mux(ready)
            ready = next(waiting, None)


def _encoded(sound: av.AudioStream, track: NDArray[np.float32]) -> Iterator[Packet[Any]]:
    for start in range(0, track.shape[1], _BLOCK):
        block = np.ascontiguousarray(track[:, start : start + _BLOCK])
        frame = AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = _RATE_HZ, start
        yield from sound.encode(frame)
    yield from sound.encode(None)


def _time_s(packet: Packet[Any]) -> float:
    return float((packet.dts or 0) * (packet.time_base or 0))
