"""The few unmarked frames that are kept, so that stills can be drawn again without the clip."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from cleanform.errors import InputError

if TYPE_CHECKING:
    from cleanform.draw.canvas import Image
    from cleanform.model import Analysis

FOLDER = "recording/frames"
INDEX = "index.json"
_QUALITY = 88
_AROUND = 2  # frames kept on either side of an event
_SEEN = 4  # pictures that show what was seen where nothing was judged


@dataclass
class KeptFrames:
    """Frames as JPEG in ``recording/frames``, with where the film starts and what it shows."""

    folder: Path  # the result folder
    scale: float = 1.0  # size of a kept frame relative to the clip
    files: dict[int, str] = field(default_factory=dict)  # clip frame -> file name
    film_times_s: tuple[float, ...] = ()  # clip time of each of the film's pictures
    film_at_s: tuple[float, ...] = ()  # when the film shows it
    film_sound: str = ""  # "", "kept", "none" or "slow motion": what became of the clip's sound
    film_shows: str = ""  # what was drawn into the film, to notice that it has changed

    def keep(self, frame: int, image_rgb: Image) -> None:
        """Write one picture; it stands for `frame`."""
        name = f"{frame:06d}.jpg"
        (self.folder / FOLDER / name).write_bytes(jpeg(image_rgb, _QUALITY))
        self.files[frame] = name

    def save(self) -> None:
        """Write the index."""
        document = {
            "scale": self.scale,
            "frames": {str(frame): name for frame, name in sorted(self.files.items())},
            "film_times_s": [round(time_s, 5) for time_s in self.film_times_s],
            "film_at_s": [round(at_s, 5) for at_s in self.film_at_s],
            "film_sound": self.film_sound,
            "film_shows": self.film_shows,
        }
        path = self.folder / FOLDER / INDEX
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> KeptFrames:
        """The index that `save` wrote. InputError where it is missing or damaged."""
        path = folder / FOLDER / INDEX
        try:
            document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            times_s = tuple(float(time_s) for time_s in document["film_times_s"])
            # Results of earlier versions have a film that never stands still.
            at_s = document.get("film_at_s", [time_s - times_s[0] for time_s in times_s])
            return cls(
                folder,
                float(document["scale"]),
                {int(frame): Path(name).name for frame, name in document["frames"].items()},
                times_s,
                tuple(float(each) for each in at_s),
                str(document.get("film_sound", "")),
                str(document["film_shows"]),
            )
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(
                f"{FOLDER}/{INDEX}: missing or damaged; run cleanform analyze again"
            ) from error

    def nearest(self, frame: int, reach: int = _AROUND) -> int | None:
        """The kept frame that is closest to `frame`, at most `reach` away."""
        near = min(self.files, key=lambda kept: (abs(kept - frame), kept), default=None)
        return near if near is not None and abs(near - frame) <= reach else None

    def picture(self, frame: int) -> Image:
        """A kept frame's pixels. InputError where the file is gone or damaged."""
        name = self.files[frame]
        try:
            packed = np.frombuffer((self.folder / FOLDER / name).read_bytes(), np.uint8)
            image = cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB)
        except (OSError, cv2.error):
            image = None
        if image is None:
            raise InputError(f"{FOLDER}/{name}: missing or damaged; run cleanform analyze again")
        return np.asarray(image, np.uint8)


def jpeg(image_rgb: Image, quality: int) -> bytes:
    """A picture as JPEG."""
    done, packed = cv2.imencode(
        ".jpg", cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    assert done
    return packed.tobytes()


def wanted(analysis: Analysis) -> list[int]:
    """The frames worth keeping: events and what is near them, findings, or what was seen."""
    clip = analysis.recording.clip
    chosen: set[int] = set()
    for lift in analysis.lifts:
        for event in lift.rep.events.values():
            if event.frame is not None:
                near = range(event.frame - _AROUND, event.frame + _AROUND + 1)
                chosen.update(f for f in near if 0 <= f < clip.frames and not clip.repeats[f])
                chosen.add(event.frame)
        chosen.update(finding.frame for finding in lift.findings if finding.frame is not None)
    if not analysis.lifts:
        chosen.update(seen(analysis))
    return sorted(frame for frame in chosen if 0 <= frame < clip.frames)


def seen(analysis: Analysis) -> list[int]:
    """A few frames, evenly spread, in which a person was found (any, where nobody was)."""
    pose = analysis.recording.pose
    frames = np.flatnonzero(np.any(np.isfinite(pose.xy_px), axis=(1, 2)))
    if len(frames) == 0:
        frames = np.arange(analysis.recording.clip.frames)
    if len(frames) == 0:
        return []
    spots = np.linspace(0, len(frames) - 1, _SEEN + 2)[1:-1]
    return sorted({int(frames[round(spot)]) for spot in spots})
