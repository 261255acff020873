"""Video in and out: every frame upright, with its true time, and H.264 back to disk.

* `FrameReader` runs once over a whole clip and ends in a `cleanform.model.Clip`;
* `ClipSkimmer` looks through a clip at half the cost, and `read_part` reads parts of it closely;
* `read_frames` fetches some of those frames again, by their number;
* `VideoWriter` writes pictures with their times.

Everything FFmpeg may say about a bad file becomes one line in an `InputError`, or, where only
the end of the clip is damaged, an entry in `FrameReader.warnings`.
"""

from cleanform.video.again import read_frames, read_part
from cleanform.video.encode import VideoWriter
from cleanform.video.frame import Frame, Looks
from cleanform.video.reader import FrameReader
from cleanform.video.skim import ClipSkimmer
from cleanform.video.timeline import UnsteadyFileError

__all__ = [
    "ClipSkimmer",
    "Frame",
    "FrameReader",
    "Looks",
    "UnsteadyFileError",
    "VideoWriter",
    "read_frames",
    "read_part",
]
