"""Video in and out: every frame upright, with its true time, and H.264 back to disk.

* `FrameReader` runs once over a whole clip and ends in a `cleanform.model.Clip`;
* `read_frames` fetches some of those frames again, by their number;
* `VideoWriter` writes pictures with their times.

Everything FFmpeg may say about a bad file becomes one line in an `InputError`, or, where only
the end of the clip is damaged, an entry in `FrameReader.warnings`.
"""

from cleanform.video.again import read_frames
from cleanform.video.encode import VideoWriter
from cleanform.video.frame import Frame
from cleanform.video.reader import FrameReader, Looks

__all__ = ["Frame", "FrameReader", "Looks", "VideoWriter", "read_frames"]
