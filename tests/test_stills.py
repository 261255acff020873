"""What a still shows of the clip: one window for the six, a close-up for each proof."""

from __future__ import annotations

from dataclasses import replace

import examples
import numpy as np

from cleanform.draw import Canvas, Stroke
from cleanform.model import Mark
from cleanform.report import stills
from cleanform.report.scene import Scene


def parts(**how):
    analysis = examples.analysis(width_px=720, height_px=1280, **how)
    lift = analysis.lifts[0]
    scene = Scene(analysis)
    return analysis.recording.clip, lift, scene, stills._window(scene, analysis, lift)


def test_a_proof_shows_the_bent_lifter_larger_than_the_lift_s_own_window_does():
    clip, lift, scene, whole = parts()
    finding = lift.findings[0]
    close = stills._close_up(scene, clip, finding, finding.frame, whole)
    assert close.scale > 1.15 * whole.scale
    for places in (*scene.places(), np.array(finding.marks[0].points_px)):
        here = places[finding.frame] if len(places) == clip.frames else places
        x, y = np.atleast_2d(close.place(here)).T
        assert (x >= 0).all()
        assert (x <= close.width_px).all()
        assert (y >= 0).all()
        assert (y <= close.height_px).all()


def test_where_hardly_anything_is_seen_a_proof_keeps_the_lift_s_window():
    clip, lift, scene, whole = parts()
    finding = lift.findings[0]
    for places in scene._near_px.values():
        places[finding.frame] = np.nan
    assert stills._close_up(scene, clip, finding, finding.frame, whole) is whole


def test_a_mark_to_a_joint_that_the_plate_covers_is_dashed():
    """As in the rack, where the plate hides the shoulder."""
    _, lift, scene, _ = parts()
    motion = scene.analysis.motion
    frame = lift.rep.frame("catch_lowest")
    joints = ("shoulder", "hip", "knee")
    points = [motion.to_image_px(motion.joints_px[name][frame]) for name in joints]
    mark = Mark("angle", tuple((float(x), float(y)) for x, y in points), "170 deg")
    finding = replace(lift.findings[1], frame=frame, marks=(mark,))
    canvas = Canvas.whole(720, 1280)

    def dashes(covered):
        flags = np.zeros(len(motion.times_s), bool)
        flags[frame] = covered
        hidden = {**motion.hidden, "shoulder": flags}
        analysis = replace(scene.analysis, motion=replace(motion, hidden=hidden))
        shapes = Scene(analysis).marks(canvas, finding)
        return [shape.dash > 0 for shape in shapes if isinstance(shape, Stroke)]

    assert dashes(False) == [False, False]  # both sides in one, and the arc
    assert dashes(True) == [True, False, False]
