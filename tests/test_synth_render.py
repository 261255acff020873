"""The drawn lifter against the numbers it was drawn from."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from cleanform.errors import InputError
from cleanform.outline import trace
from cleanform.synth import Camera, LiftSpec, lift
from cleanform.synth.body import BODIES, Body
from cleanform.synth.figure import Figure, skeleton_of

pytest.importorskip("numba", reason="drawing needs the extra [synth]")

from cleanform.synth.clip import Film, frames
from cleanform.synth.render import BAR, BYSTANDER, NEAR_PLATE, PERSON, Renderer
from cleanform.synth.stage import Bystander, Look

CAMERA = Camera(distance_m=4.5, look_at_m=(0.0, 0.95), width_px=320, height_px=240)
BONES = {
    "hip": "upperleg01",
    "knee": "lowerleg01",
    "ankle": "foot",
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
}
SPEC = LiftSpec(fps=10, still_before_s=0.2, still_after_s=0.4)


@pytest.fixture(scope="module")
def bare() -> Renderer:
    """No plates, so that nothing hides the lifter."""
    return Renderer(CAMERA, look=Look(plates=False), samples=1)


@pytest.fixture(scope="module")
def loaded() -> Renderer:
    return Renderer(CAMERA, samples=1)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("lumbar", [0.0, 35.0])
def test_the_body_is_where_the_lift_is(name, lumbar):
    body = Body(name)
    figure = Figure(body)
    truth = lift(LiftSpec(lumbar_flexion_deg=lumbar), skeleton_of(body))
    to_body = np.array([[0, 0, -1], [-1, 0, 0], [0, 1, 0]], float)
    for event, time in truth.events_s[0].items():
        now = np.array([time])
        near, far, _ = truth.timeline.joints(now)
        row = truth.timeline.state(now).rows[0]
        right, left = ({k: to_body @ v[0] for k, v in side.items()} for side in (near, far))
        pose = figure.pose(left, right, row[5], row[3])
        heads = body.bone_heads_m(pose.turned, pose.moved)
        for side, joints in ((".L", left), (".R", right)):
            for joint, bone in BONES.items():
                miss = np.linalg.norm(heads[body.index[bone + side]] - joints[joint])
                limit = 3e-3 if joint == "shoulder" else 1e-3  # the spine's bend is a fit
                assert miss < limit, (event, side, joint)


def test_bone_rotations_are_rotations():
    body = Body("female")
    truth = lift(SPEC, skeleton_of(body))
    near, far, _ = truth.timeline.joints(np.array([1.0]))
    to_body = np.array([[0, 0, -1], [-1, 0, 0], [0, 1, 0]], float)
    right, left = ({k: to_body @ v[0] for k, v in side.items()} for side in (near, far))
    turned = Figure(body).pose(left, right, 10.0, 0.0).turned
    assert np.allclose(turned @ turned.transpose(0, 2, 1), np.eye(3), atol=1e-9)
    assert np.allclose(np.linalg.det(turned), 1.0)


def test_joints_lie_inside_the_drawn_person(bare):
    truth = lift(SPEC, bare.skeleton)
    events = truth.events_s[0]
    for event in ("lift_off", "knee_pass", "full_extension", "catch_lowest", "stood_up"):
        mask = bare.draw(truth, events[event]).mask
        near, _, _ = truth.timeline.joints(np.array([events[event]]))
        for joint in ("ankle", "knee", "hip", "shoulder", "elbow"):
            x, y = CAMERA.project(near[joint][0]).astype(int)
            around = mask[y - 1 : y + 2, x - 1 : x + 2]
            assert np.any(around == PERSON), (event, joint)


def test_the_lifter_is_as_tall_as_the_camera_says(bare):
    spec = LiftSpec(kind="jump", fps=10)
    mask = bare.draw(lift(spec, bare.skeleton), 0.0).mask
    rows = np.nonzero((mask == PERSON).any(axis=1))[0]
    hair = CAMERA.project(np.array([0.0, bare.body.stature_m + 0.01, 0.0]))[1]
    near_sole = CAMERA.project(np.array([0.0, 0.0, bare.skeleton.ankle_z_m + 0.05]))[1]
    assert rows[0] == pytest.approx(hair, abs=2)
    assert rows[-1] == pytest.approx(near_sole, abs=2)
    assert not np.any(mask == BAR)


@pytest.mark.parametrize("facing", [1, -1])
def test_the_drawn_plate_is_where_the_truth_projects_it(facing):
    renderer = Renderer(CAMERA, facing=facing, samples=1)
    truth = lift(LiftSpec(fps=10, facing=facing), renderer.skeleton)
    time = truth.events_s[0]["knee_pass"]
    mask = renderer.draw(truth, time).mask
    _, _, bar = truth.timeline.joints(np.array([time]))
    centre = CAMERA.project(np.array([*bar[0], 0.73]), facing)  # the outer face
    radius = 0.225 * CAMERA.focal_px / (CAMERA.distance_m - 0.73)
    y, x = np.mgrid[0:240, 0:320] + 0.5
    apart = np.hypot(x - centre[0], y - centre[1])
    assert np.all(np.isin(mask[apart < radius - 1.5], (BAR, NEAR_PLATE)))
    ring = (apart > radius + 1.5) & (apart < radius + 6)
    assert np.mean(mask[ring] > 0) < 0.35  # the far plate and the bar may show


@pytest.mark.parametrize("event", ["lift_off", "knee_pass", "bar_apex", "catch_lowest"])
def test_the_near_plate_s_mask_has_the_centre_and_size_of_the_truth(loaded, event):
    truth = lift(SPEC, loaded.skeleton)
    time = truth.events_s[0][event]
    mask = loaded.draw(truth, time).mask
    rows, columns = np.nonzero(mask == NEAR_PLATE)
    middle = (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2
    _, _, bar = truth.timeline.joints(np.array([time]))
    # the outline is the outer face's rim, 3 cm before the plate's middle
    centre, size = CAMERA.disc(np.array([[*bar[0], 0.73]]), 0.225)
    assert middle == pytest.approx(centre[0], abs=1.0)
    assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == pytest.approx(size[0], abs=1.5)


def test_another_person_is_not_the_lifter():
    behind = Bystander(x_m=0.5, z_m=-1.2, heading_deg=90.0)
    passing = Bystander(body="male", x_m=0.0, z_m=1.2, heading_deg=0.0, passes_s=1.0)
    alone = Renderer(CAMERA, look=Look(plates=False), samples=1)
    crowded = Renderer(CAMERA, look=Look(plates=False, bystanders=(behind, passing)), samples=1)
    truth = lift(SPEC, alone.skeleton)
    lone = alone.draw(truth, 0.2).mask
    shown = crowded.draw(truth, 0.2).mask
    others = shown == BYSTANDER
    assert others.sum() > 0.5 * (lone == PERSON).sum()
    assert np.array_equal(lone[~others] == PERSON, shown[~others] == PERSON)
    # the one in front walks: he hides other parts of the lifter later, and not for ever
    seen = [(crowded.draw(truth, t).mask == PERSON).sum() for t in (0.2, 1.0)]
    assert seen[1] < 0.75 * seen[0]


@pytest.mark.parametrize("held", ["dumbbells", "kettlebell"])
def test_what_is_held_is_in_the_hands(held):
    renderer = Renderer(CAMERA, look=Look(implement=held), samples=1)
    truth = lift(SPEC, renderer.skeleton)
    time = truth.events_s[0]["knee_pass"]
    mask = renderer.draw(truth, time).mask
    near, _, _ = truth.timeline.joints(np.array([time]))
    x, y = CAMERA.project(near["hand"][0])
    rows, columns = np.nonzero(mask == BAR)
    assert np.hypot(columns - x, rows - y).min() < 8
    assert not np.any(mask == NEAR_PLATE)


def test_smaller_plates_stand_on_blocks():
    small = Renderer(CAMERA, look=Look(plate_radius_m=0.16), samples=1)
    truth = lift(SPEC, small.skeleton)
    rows, _ = np.nonzero(small.draw(truth, 0.0).mask == NEAR_PLATE)
    height = (np.ptp(rows) + 1) * (CAMERA.distance_m - 0.73) / CAMERA.focal_px
    assert height == pytest.approx(0.32, abs=0.03)


def test_a_bar_pressed_against_the_thighs_is_seen_in_front():
    """From in front the whole shaft shows between the hands, wherever the bar is."""
    front = Camera(yaw_deg=90.0, distance_m=4.5, look_at_m=(0.0, 0.95), width_px=320, height_px=240)
    renderer = Renderer(front, look=Look(plates=False), samples=1)
    truth = lift(SPEC, renderer.skeleton)
    begin, end = truth.events_s[0]["lift_off"], truth.events_s[0]["full_extension"]
    for time in np.linspace(begin, end, 8):
        mask = renderer.draw(truth, float(time)).mask
        _, _, bar = truth.timeline.joints(np.array([time]))
        ends = [front.project(np.array([*bar[0], z])) for z in (-0.15, 0.15)]
        for x, y in np.linspace(*ends, 9):
            around = mask[int(y) - 2 : int(y) + 3, int(x)]
            assert np.any(around == BAR), time


@pytest.mark.parametrize("body", BODIES)
def test_a_neutral_back_is_as_flat_at_the_set_up_as_standing(body):
    """The drawn back's outline, read by the outline stage from the exact mask and the joints."""
    camera = Camera(distance_m=4.2, field_of_view_deg=30, width_px=720, height_px=720)
    renderer = Renderer(camera, body, Look(plates=False), samples=1)
    turns = {}
    for flexion in (0.0, 40.0):
        spec = LiftSpec(stand_first_s=0.5, lumbar_flexion_deg=flexion)
        truth = lift(spec, renderer.skeleton)
        for time in (0.1, truth.events_s[0]["lift_off"]):
            picture = renderer.draw(truth, time)
            near, _, _ = truth.timeline.joints(np.array([time]))
            joints = {name: camera.project(joint[0]) for name, joint in near.items()}
            back = trace(
                picture.rgb,
                picture.mask == PERSON,
                hip_px=joints["hip"],
                shoulder_px=joints["shoulder"],
                facing=1,
                plate=None,
                arm_px=np.stack([joints[name] for name in ("shoulder", "elbow", "wrist")]),
            )
            turns[flexion, time == 0.1] = back.turn_deg
    assert abs(turns[0.0, False] - turns[0.0, True]) < 5
    assert turns[40.0, False] - turns[40.0, True] > 18


def test_the_toes_point_where_the_lifter_faces():
    """A lifter who faces left is drawn facing left: the toes point that way."""
    left = Renderer(CAMERA, facing=-1, look=Look(plates=False), samples=1)
    truth = lift(LiftSpec(kind="jump", fps=10, facing=-1), left.skeleton)
    mask = left.draw(truth, 0.0).mask
    rows = np.nonzero((mask == PERSON).any(axis=1))[0]
    feet = np.nonzero(mask[rows[-1] - 3 : rows[-1]] == PERSON)[1]
    shins = np.nonzero(mask[rows[-1] - 40 : rows[-1] - 30] == PERSON)[1]
    assert feet.min() < shins.min() - 4
    assert feet.max() < shins.max() + 4


def test_same_seed_same_pixels(loaded):
    truth = lift(LiftSpec(fps=5, seed=3), loaded.skeleton)
    first, again = (next(frames(truth, loaded, Film(grain=4))) for _ in range(2))
    assert np.array_equal(first, again)
    other = lift(LiftSpec(fps=5, seed=4), loaded.skeleton)
    assert not np.array_equal(first, next(frames(other, loaded, Film(grain=4))))


def test_an_open_shutter_blurs_what_moves(loaded):
    truth = lift(LiftSpec(fps=5, still_before_s=0.0), loaded.skeleton)
    frame = int(np.searchsorted(truth.times_s, truth.events_s[0]["full_extension"]))
    pictures = []
    for shutter in (0.0, 1.0):
        film = Film(grain=0, shutter=shutter, exposures=3)
        for index, picture in enumerate(frames(truth, loaded, film)):
            if index == frame:
                pictures.append(picture.astype(float))
                break
    change = np.abs(pictures[1] - pictures[0]).max(axis=2)
    x, y = CAMERA.project(np.array([*truth.bar_m[frame], 0.73])).astype(int)
    assert np.mean(change[y - 40 : y + 40, x - 30 : x + 30] > 20) > 0.05
    assert change[:60, :60].max() <= 1


def test_without_numba_the_extra_is_named():
    code = (
        "import sys; sys.modules['numba'] = None\n"
        "from cleanform.errors import MissingLibraryError\n"
        "from cleanform.synth import lift, LiftSpec\n"
        "lift(LiftSpec())\n"
        "try:\n    import cleanform.synth.render\n"
        "except MissingLibraryError as error:\n    print(error)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert "cleanform[synth]" in out


def test_no_such_body():
    with pytest.raises(InputError, match="male, female"):
        Body("giant")
