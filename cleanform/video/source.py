"""Open a video file, or say in one line why that cannot be done."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from cleanform.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

#: Containers that hold video. Play lists and network formats are left out on purpose: a text
#: file renamed .mp4 must not be able to make FFmpeg open other files or a connection.
_CONTAINERS = "mov,mp4,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg,mp3,wav,aac,flac"

#: 8192 x 8192; a larger frame is a damaged header, not a phone clip.
_MAX_PIXELS = 1 << 26

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"avif")
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free")


def shown_name(path: Path) -> str:
    """The file's name, fit for one line of a message."""
    name = path.name or str(path)
    text = name.encode("utf-8", "replace").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """The open container and the stream to decode.

    Raises `InputError` for anything that is not a readable video file.
    """
    head = _first_bytes(path)
    name = shown_name(path)
    if _is_picture(head):
        raise InputError(f"{name}: this is a picture, not a video; give the clip itself")
    try:
        # "file:" keeps a name such as "http:x.mp4" from being read as an address.
        container = av.open(
            f"file:{path}",
            metadata_errors="replace",
            options={"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"},
        )
    except (FFmpegError, OSError, ValueError) as error:
        raise InputError(f"{name}: {_why_not(head)}") from error
    try:
        if not len(container.streams):
            raise InputError(f"{name}: {_why_not(head)}")
        return container, _video_stream(container, name)
    except BaseException:
        container.close()
        raise


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    streams = [
        stream
        for stream in container.streams.video
        if not stream.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        if container.streams.audio:
            raise InputError(f"{name}: holds sound but no picture; give the video clip")
        raise InputError(f"{name}: holds no video; give the clip itself")
    stream = max(streams, key=_pixels)  # some phones store a small preview beside the clip
    if stream.codec_context is None:
        raise InputError(f"{name}: its video codec is unknown here; convert the clip to H.264")
    if _pixels(stream) > _MAX_PIXELS:
        raise InputError(f"{name}: its frames are too large; export it at 4K or less")
    stream.thread_type = "AUTO"
    return stream


def _pixels(stream: VideoStream) -> int:
    context = stream.codec_context
    return 0 if context is None else context.width * context.height


def _first_bytes(path: Path) -> bytes:
    name = shown_name(path)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{name}: this is a folder; give the video file itself")
        if not stat.S_ISREG(mode):
            raise InputError(f"{name}: this is not a regular file; give the video file itself")
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise InputError(f"{name}: {_os_reason(error)}") from error
    except ValueError as error:  # a NUL inside the name
        raise InputError(f"{name}: not a file name; check the path") from error
    if not head:
        raise InputError(f"{name}: the file is empty; copy or record the clip again")
    return head


def _os_reason(error: OSError) -> str:
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return "there is no such file; check the name and the folder"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "you may not read this file; change its permissions or copy it to your own folder"
    return f"the file cannot be read ({os.strerror(error.errno or 0)}); copy it again"


def _is_picture(head: bytes) -> bool:
    webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    still = head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS
    return webp or still or head.startswith(_PICTURES)


def _why_not(head: bytes) -> str:
    """Why FFmpeg could not open a file that exists and can be read."""
    if head[4:8] in _MP4_BOXES:
        return (
            "the video is cut off or damaged, its index is missing; "
            "copy it again from the phone, whole"
        )
    return "this is not a video that can be read; give an .mp4, .mov, .m4v, .webm or .avi clip"
