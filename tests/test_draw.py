"""Marks land on the pixels that they say, in any size of picture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleanform import draw, palette
from cleanform.draw import Box, Canvas, Dot, Ellipse, Label, Stroke, paint
from cleanform.model import Mark, Phase, PhaseGroup, Verdict

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def blank(width=360, height=360, value=0):
    return np.full((height, width, 3), value, np.uint8)


def centroid(image, colour, slack=30):
    """Mean place of the pixels of about that colour; None where there are none."""
    near = np.abs(image.astype(int) - colour).max(axis=2) <= slack
    rows, columns = np.nonzero(near)
    return (columns.mean(), rows.mean()) if len(rows) else None


def changed(before, after):
    return np.any(before != after, axis=2)


# --- canvas -----------------------------------------------------------------------------------


@given(
    width=st.integers(16, 4000),
    height=st.integers(16, 4000),
    long_side=st.integers(16, 2000),
)
def test_the_whole_frame_fits_is_even_and_never_grows(width, height, long_side):
    canvas = Canvas.whole(width, height, long_side)
    assert canvas.width_px % 2 == canvas.height_px % 2 == 0
    assert max(canvas.width_px, canvas.height_px) <= max(long_side, 2) + 1
    assert canvas.scale <= 1
    # The last pixel of the clip is still inside.
    assert np.all(
        canvas.place([width, height]) <= (canvas.width_px + 1.01, canvas.height_px + 1.01)
    )


@pytest.mark.parametrize("window", [(40, 60, 200, 300), (-30, -20, 100, 150), (300, 100, 420, 380)])
@pytest.mark.parametrize("kept_scale", [1.0, 0.5])
def test_a_picture_and_its_marks_use_the_same_coordinates(window, kept_scale):
    """A bright spot of the clip lies where `place` says, whatever the crop and the kept size."""
    spot = ((window[0] + window[2]) / 2 + 7, (window[1] + window[3]) / 2 - 11)
    image = blank(int(400 * kept_scale), int(400 * kept_scale))
    x, y = (round(v * kept_scale) for v in spot)
    image[y - 3 : y + 4, x - 3 : x + 4] = 255
    canvas = Canvas.window(*window, short_side_px=320)
    picture = canvas.picture(image, kept_scale)
    rows, columns = np.nonzero(picture[..., 0] > 128)
    expected = canvas.place(((x + 0.5) / kept_scale, (y + 0.5) / kept_scale))
    assert picture.shape[:2] == (canvas.height_px, canvas.width_px)
    assert abs(columns.mean() + 0.5 - expected[0]) < 1.5 * canvas.scale / kept_scale
    assert abs(rows.mean() + 0.5 - expected[1]) < 1.5 * canvas.scale / kept_scale


# --- paint ------------------------------------------------------------------------------------


def test_paint_leaves_its_input_alone():
    image = blank()
    after = paint(image, [Box(0, 0, 50, 50, RED)])
    assert not image.any()
    assert after[10, 10].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("shape", "inside"),
    [
        (Stroke(np.array([[50.0, 100.0], [300.0, 100.0]]), RED, 4.0), [(175, 100), (60, 100)]),
        (Dot((120.0, 200.0), 6.0, RED), [(120, 200), (124, 200)]),
        (Ellipse((180.0, 180.0), 100.0, 60.0, RED, 4.0), [(230, 180), (130, 180), (180, 210)]),
        (Box(10, 20, 30, 40, RED), [(15, 25), (29, 39)]),
    ],
)
def test_shapes_cover_what_they_say(shape, inside):
    image = paint(blank(), [shape])
    for x, y in inside:
        assert image[y, x].tolist() == [255, 0, 0], (x, y)
    assert not changed(blank(), image)[300:, 300:].any()


def test_an_ellipse_is_hollow():
    image = paint(blank(), [Ellipse((180.0, 180.0), 100.0, 60.0, RED, 4.0)])
    assert not image[180, 180].any()


def test_lines_scale_with_the_picture():
    def thickness(size):
        y = size / 2
        line = Stroke(np.array([[0.0, y], [size, y]]), RED, 6.0, halo=0.0)
        return (paint(blank(size, size), [line])[:, size // 2, 0] > 128).sum()

    assert thickness(720) == pytest.approx(2 * thickness(360), abs=1)


def test_what_was_not_seen_is_not_drawn():
    nan = np.nan
    line = np.array([[10.0, 100.0], [100.0, 100.0], [nan, nan], [250.0, 100.0], [350.0, 100.0]])
    shapes = [
        Stroke(line, RED, 2.0),
        Dot((nan, 5.0), 5.0, RED),
        Label("x", (nan, 5.0)),
    ]
    image = paint(blank(), shapes)
    assert image[100, 50, 0] == 255
    assert image[100, 300, 0] == 255
    assert not image[:, 150:200].any()
    assert not image[:50].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 2), max_size=6))
def test_no_coordinate_breaks_it(points):
    xy = np.array(points, float).reshape(-1, 2)
    shapes = [Stroke(xy, RED, 3.0, dash=4.0), Stroke(xy, RED, 3.0, opacity=0.4)]
    canvas = Canvas(64, 64)
    for kind in ("angle", "line", "curve", "vertical", "gap", "nonsense"):
        shapes += draw.mark(canvas, Mark(kind, tuple(map(tuple, points)), "7°"), RED)
    assert paint(blank(64, 64), shapes).shape == (64, 64, 3)


def test_faint_means_blended():
    line = np.array([[0.0, 180.0], [360.0, 180.0]])
    image = paint(blank(value=100), [Stroke(line, (255, 255, 255), 6.0, opacity=0.5, halo=0.0)])
    assert 165 <= image[180, 180, 0] <= 190


# --- labels -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["27°", "knee ≈ 87°", "Żółć Ω б א ع", "✓ ✕", "\n\t weird \x00"])
def test_text_in_any_script_leaves_ink_on_a_dark_backing(text):
    image = paint(blank(value=255), [Label(text, (180.0, 180.0), 20.0, (255, 255, 0))])
    touched = changed(blank(value=255), image)
    rows, columns = np.nonzero(touched)
    assert abs(columns.mean() - 180) < 3
    assert abs(rows.mean() - 180) < 3
    assert (image[touched].max(axis=1) < 90).any(), "dark backing"
    assert centroid(image, (255, 255, 0)) is not None, "letters"


def test_degree_sign_is_one_letter_and_not_mojibake():
    def wide(text):
        image = paint(blank(value=255), [Label(text, (180.0, 180.0), 20.0)])
        return changed(blank(value=255), image).any(axis=0).sum()

    assert wide("27") < wide("27°") < wide("27WW")


def test_labels_stay_in_the_picture_and_make_way():
    spots = [(-50.0, -50.0), (500.0, 500.0), (180.0, 180.0), (180.0, 180.0), (180.0, 180.0)]
    image = paint(blank(value=255), [Label("knee 87°", spot, 14.0) for spot in spots])
    alone = paint(blank(value=255), [Label("knee 87°", (180.0, 180.0), 14.0)])
    area = changed(blank(value=255), alone).sum()
    assert changed(blank(value=255), image).sum() == pytest.approx(5 * area, rel=0.02)


def test_a_long_text_shrinks_to_fit():
    image = paint(blank(240, 240, 255), [Label("a very long caption " * 4, (120.0, 120.0), 30.0)])
    ink = image.min(axis=2).min(axis=0)
    assert (ink[:4] == 255).any() or (ink[-4:] < 255).any()  # spans the width, is not cut
    assert changed(blank(240, 240, 255), image).any(axis=1).sum() < 60


# --- figures ----------------------------------------------------------------------------------


def test_the_near_side_is_stronger_than_the_far_side():
    near = {"hip": np.array([100.0, 100.0]), "knee": np.array([100.0, 300.0])}
    far = {"hip": np.array([250.0, 100.0]), "knee": np.array([250.0, 300.0])}
    canvas = Canvas(360, 360)
    image = paint(blank(), draw.skeleton(canvas, near, far)).astype(int)
    colour = palette.rgb(palette.NEAR_SIDE)
    assert np.abs(image[200, 100] - colour).max() < 10
    assert 0 < image[200, 250].sum() < 0.7 * image[200, 100].sum()
    assert (image[200, 50:150].max(axis=1) > 60).sum() > (
        image[200, 200:300].max(axis=1) > 60
    ).sum()


def test_a_covered_joint_is_a_ring_and_its_bone_is_dashed():
    joints = {"knee": np.array([100.0, 50.0]), "ankle": np.array([100.0, 300.0])}
    canvas = Canvas(360, 360)

    def bone(hidden):
        return paint(blank(), draw.skeleton(canvas, joints, hidden=hidden))[60:290, 100].sum(axis=1)

    assert (bone({}) > 200).all()
    assert 0.3 < (bone({"ankle": True}) > 200).mean() < 0.8
    ring = paint(blank(), draw.skeleton(canvas, {"ankle": joints["ankle"]}, hidden={"ankle": True}))
    assert ring[300, 100].sum() < 100
    assert ring[295:306, 95:106].sum() > 0


def test_the_bar_path_is_coloured_by_speed():
    path = np.stack([np.full(50, 100.0), np.linspace(300.0, 60.0, 50)], 1)
    image = paint(blank(), draw.bar_path(Canvas(360, 360), path, np.linspace(0, 1, 50)))
    for row, share in ((295, 0.02), (65, 0.98)):
        assert np.abs(image[row, 100].astype(int) - palette.speed_colour(share)).max() < 30
    brightness = [np.dot(palette.speed_colour(s), (0.3, 0.6, 0.1)) for s in np.linspace(0, 1, 9)]
    assert np.all(np.diff(brightness) > 0)


@pytest.mark.parametrize("corner", [(180.0, 180.0)])
@pytest.mark.parametrize("turn_deg", [0, 45, 90, 135, 180, 270])
@pytest.mark.parametrize("angle_deg", [40, 90, 150])
def test_the_arc_lies_inside_the_angle(corner, turn_deg, angle_deg):
    start, end = np.radians(turn_deg), np.radians(turn_deg + angle_deg)
    points = [np.array(corner) + 100 * np.array([np.cos(a), np.sin(a)]) for a in (start, end)]
    shapes = draw.angle_arc(Canvas(360, 360), points[0], np.array(corner), points[1], "", RED)
    (arc,) = [shape for shape in shapes if isinstance(shape, Stroke)]
    away = arc.points_px - corner
    bearing = np.degrees(np.arctan2(away[:, 1], away[:, 0]) - start) % 360
    bearing = np.where(bearing > 359.9, 0, bearing)
    assert bearing.min() == pytest.approx(0, abs=0.5)
    assert bearing.max() == pytest.approx(angle_deg, abs=0.5)


@pytest.mark.parametrize(
    ("mark", "places"),
    [
        (Mark("vertical", ((120.0, 50.0),)), None),
        (Mark("line", ((50.0, 60.0), (250.0, 60.0))), [(150, 60)]),
        (Mark("curve", ((50.0, 200.0), (150.0, 150.0), (250.0, 200.0))), [(150, 150), (100, 175)]),
        (Mark("gap", ((100.0, 250.0), (200.0, 250.0))), [(150, 250), (100, 250), (200, 250)]),
        (Mark("angle", ((100.0, 100.0), (200.0, 100.0), (200.0, 200.0))), [(150, 100), (200, 150)]),
    ],
)
def test_marks_land_where_they_say(mark, places):
    image = paint(blank(), draw.mark(Canvas(360, 360), mark, RED))
    if places is None:  # dashed, full height, nowhere else
        red = image[..., 0] > 128
        assert 0.4 < red[:, 120].mean() < 0.8
        assert not red[:, :110].any()
        assert not red[:, 130:].any()
    else:
        for x, y in places:
            assert image[y, x].tolist() == [255, 0, 0]


def test_marks_follow_the_crop():
    mark = Mark("line", ((150.0, 160.0), (250.0, 160.0)))
    canvas = Canvas.window(100, 100, 300, 300, short_side_px=400)
    image = paint(blank(400, 400), draw.mark(canvas, mark, RED))
    assert image[120, 200].tolist() == [255, 0, 0]


def test_the_ribbon_fills_up_to_now():
    phases = [
        Phase("first pull", PhaseGroup.PULL, 1.0, 2.0),
        Phase("second pull", PhaseGroup.TRIPLE_EXTENSION, 2.0, 3.0),
    ]
    canvas = Canvas(360, 360)
    image = paint(blank(), draw.ribbon(canvas, phases, 1.5))
    pull = np.array(palette.rgb(palette.PHASE_GROUPS[PhaseGroup.PULL]))
    row = image[-3].astype(int)
    assert np.abs(row[40] - pull).max() < 5
    assert np.abs(row[40]).sum() > 2 * np.abs(row[140]).sum()


# --- palette ----------------------------------------------------------------------------------


def luminance(colour):
    parts = [v / 255 for v in palette.rgb(colour)]
    linear = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_verdicts_are_readable_in_both_themes(verdict):
    tone = palette.VERDICTS[verdict]
    assert contrast(tone.text, tone.tint) >= 4.5
    assert contrast(tone.text_dark, tone.tint_dark) >= 4.5
    assert contrast(tone.bright, palette.INK) >= 4.5


def deuteranope(colour):
    """How `colour` looks without green cones (Viénot, Brettel and Mollon 1999), linear RGB."""
    red, green, blue = (((v / 255) ** 2.2) for v in palette.rgb(colour))
    long_ = 17.8824 * red + 43.5161 * green + 4.11935 * blue
    short = 0.0299566 * red + 0.184309 * green + 1.46709 * blue
    medium = 0.494207 * long_ + 1.24827 * short
    return np.array(
        [
            0.0809444479 * long_ - 0.130504409 * medium + 0.116721066 * short,
            -0.0102485335 * long_ + 0.0540193266 * medium - 0.113614708 * short,
            -0.000365296938 * long_ - 0.00412161469 * medium + 0.693511405 * short,
        ]
    )


def test_verdicts_stay_apart_without_green_cones_and_have_symbols():
    tones = list(palette.VERDICTS.values())
    assert len({tone.symbol for tone in tones}) == len(tones)
    for one in tones:
        for other in tones:
            if one is not other:
                gap = np.abs(deuteranope(one.bright) - deuteranope(other.bright)).max()
                assert gap > 0.1, (one, other)
