"""The elbows come through late."""

from __future__ import annotations

from collections.abc import Iterator
from math import hypot

import numpy as np

from cleanform.model import Limits, Mark, Measurement, Motion, Rep, Unseen, Verdict
from cleanform.rules._reading import clearly_seen, joint_marks, why_missing
from cleanform.rules.engine import rule

#: How well the end of the extension is known.
EXTENSION_SIGMA_S = 0.02
#: The elbows are looked for until this long after the rack.
LATE_S = 0.4
#: Fewer pictures a second than this are too few for a fault.
MIN_RATE_HZ = 50.0

_NOT_THROUGH = "Your elbows were not seen to come in front of the bar."


@rule(
    title="Elbows come through late",
    parts={"turnover": Limits("s", ok_max=0.32, fault_max=0.42)},
    views=(20, 30),
    sources=(
        "Guide to power cleans for runners (coaches Tamir, Jeffers, Dickinson): the elbows rotate "
        "fast under the bar; the limits are cleanform's",
        "Free fall: dropping 25 to 30 cm under the bar takes at least 0.23 to 0.25 s, so the "
        "elbows of a quick lifter are through soon after",
    ),
    fault={"slow_elbows_s": 0.26},
)
def slow_elbows(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """How long after full extension the elbows pass in front of the bar.

    **Why it matters.** A bar that arrives before the elbows lands on the hands instead of the
    shoulders.

    **How it is measured.** The time from full extension until the near elbow is in front of the
    bar for good. It lies between the last picture in which the elbow is seen behind the bar and
    the first in which it is seen in front; the middle is taken, and half the stretch between
    them is the uncertainty.

    **When not to trust it.** A full-size plate covers the elbow for most of the way round, so
    from straight beside the check often says *cannot tell*. Under 50 pictures a second it says
    *watch* at most. The bar has to be placed among the joints, for which the hands are needed.
    """
    missing = why_missing(rep, "full_extension", "rack")
    start, rack = rep.frame("full_extension"), rep.frame("rack")
    if start is None or rack is None:
        yield Unseen("turnover", missing)
        return
    times_s = motion.times_s
    window = (times_s >= times_s[start]) & (times_s <= times_s[rack] + LATE_S)
    elbow, bar = motion.joints_px["elbow"], motion.bar_working_px
    with np.errstate(invalid="ignore"):
        ahead = elbow[:, 0] - bar[:, 0]
    seen = window & np.isfinite(ahead) & clearly_seen(motion, "elbow")
    frames = np.flatnonzero(seen)
    behind = frames[ahead[frames] <= 0]
    last = int(behind[-1]) if len(behind) else start
    after = frames[(frames > last) & (ahead[frames] > 0)]
    if not len(after):
        covered = motion.hidden["elbow"][window].any()
        why = "The plate covers your elbow while it turns over." if covered else _NOT_THROUGH
        yield Unseen("turnover", why)
        return
    frame = int(after[0])
    between_s = float(times_s[frame] - times_s[last])
    through_s = float((times_s[frame] + times_s[last]) / 2 - times_s[start])
    rate_hz = 1 / float(np.median(np.diff(times_s)))
    sure = rate_hz >= MIN_RATE_HZ and np.isfinite(motion.bar_body_px[frame]).all()
    points = motion.to_image_px(bar[frame][None])
    yield Measurement(
        "turnover",
        through_s,
        hypot(between_s / 2, EXTENSION_SIGMA_S),
        frame,
        (
            *joint_marks(motion, "upper_arm", frame, f"{through_s:.2f} s"),
            Mark("vertical", ((float(points[0, 0]), float(points[0, 1])),), "bar"),
        ),
        cap=None if sure else Verdict.WATCH,
        note=f"Your elbows were in front of the bar {through_s:.2f} s after full extension.",
    )
