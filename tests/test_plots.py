"""The graphs: right numbers, no invented metres, SVG that lives in a page with others."""

import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import examples
import numpy as np
import pytest

from cleanform import palette, plots
from cleanform.model import Scale


@pytest.fixture(scope="module")
def scaled():
    return examples.analysis()


@pytest.fixture(scope="module")
def unscaled():
    return examples.analysis(scaled=False)


def figures(analysis):
    motion, rep = analysis.motion, analysis.lifts[0].rep
    unit = plots.length_unit(motion, analysis.recording.bar)
    return {
        "path": plots.bar_path(motion, [rep], unit),
        "speed": plots.bar_speed(motion, rep, unit),
        "angles": plots.joint_angles(motion, rep),
    }


def texts(svg):
    return " | ".join(re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S))


def test_lengths_are_metres_only_where_the_scale_is_known(scaled, unscaled):
    bar = scaled.recording.bar
    assert plots.length_unit(scaled.motion, bar).name == "m"
    in_plates = plots.length_unit(unscaled.motion, bar)
    assert in_plates.name == "plate diameters"
    assert in_plates.per_px * bar.height_px[0] == pytest.approx(1.0)
    hands = replace(bar, source="hands", height_px=np.full(len(bar.height_px), np.nan))
    assert plots.length_unit(unscaled.motion, hands) == plots.LengthUnit(1.0, "px")
    # A scale of the body alone says nothing about the plate's plane.
    body = replace(scaled.motion, scale=Scale(np.nan, 0.003, "stature 1.78 m", 0.03))
    assert plots.length_unit(body, hands).name == "px"


def test_without_a_scale_no_metre_is_printed(scaled, unscaled):
    for name, figure in figures(unscaled).items():
        assert not re.search(r"\bm\b|m/s", texts(plots.svg(figure))), name
    assert "m/s" in texts(plots.svg(figures(scaled)["speed"]))


def test_the_path_starts_at_lift_off_and_rises_as_the_bar_does(scaled):
    motion, rep = scaled.motion, scaled.lifts[0].rep
    unit = plots.length_unit(motion, scaled.recording.bar)
    path, frames = plots.lifted_path(motion, rep, unit)
    assert frames[0] == rep.frame("lift_off")
    assert path[0] == pytest.approx([0, 0])
    apex = rep.frame("bar_apex") - frames[0]
    rise_px = motion.bar_px[rep.frame("bar_apex"), 1] - motion.bar_px[frames[0], 1]
    assert path[apex, 1] == pytest.approx(rise_px * motion.scale.m_per_px_plate)


def test_the_path_has_equal_axes_and_shows_all_of_itself(scaled):
    figure = figures(scaled)["path"]
    axes = figure.axes[0]
    box = axes.get_window_extent()
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert (right - left) / box.width == pytest.approx((top - bottom) / box.height)
    unit = plots.length_unit(scaled.motion, scaled.recording.bar)
    path, _ = plots.lifted_path(scaled.motion, scaled.lifts[0].rep, unit)
    assert left < path[:, 0].min() < path[:, 0].max() < right
    assert bottom < path[:, 1].min() < path[:, 1].max() < top


def test_the_highest_speed_is_written_at_its_place(scaled):
    motion, rep = scaled.motion, scaled.lifts[0].rep
    pulled = motion.bar_velocity_px_s[rep.frames("lift_off", "bar_apex"), 1]
    speed = pulled.max() * motion.scale.m_per_px_plate
    assert f"{speed:.2f} m/s" in texts(plots.svg(figures(scaled)["speed"]))


def test_phases_and_angles_are_named(scaled):
    drawn = texts(plots.svg(figures(scaled)["angles"]))
    for word in ("pull", "extension", "catch", "knee", "hip", "trunk", "elbow", "deg"):
        assert word in drawn


def test_missing_events_and_unseen_bars_still_draw():
    analysis = examples.analysis(missing=("catch_lowest", "stood_up", "lift_off"))
    motion = analysis.motion
    blind = replace(
        motion,
        bar_px=np.full_like(motion.bar_px, np.nan),
        bar_velocity_px_s=np.full_like(motion.bar_px, np.nan),
    )
    for seen in (motion, blind):
        for figure in figures(replace(analysis, motion=seen)).values():
            ElementTree.fromstring(plots.svg(figure))


def test_a_graph_does_not_reach_over_a_camera_cut(scaled):
    rep = scaled.lifts[0].rep
    cut = rep.span.start - 3
    motion = replace(scaled.motion, segments=(slice(0, cut), slice(cut, 270)))
    left = plots.joint_angles(motion, rep).axes[0].get_xlim()[0]
    assert left == pytest.approx(motion.times_s[cut])


def test_several_svgs_share_a_page(scaled):
    """No id twice, every reference to its own picture, no style sheet, nothing from outside."""
    svgs = {name: plots.svg(figure) for name, figure in figures(scaled).items()}
    page = "".join(plots.inline(svg, name, f"{name} <b>") for name, svg in svgs.items())
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    wanted = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)
    assert wanted
    assert {one or other for one, other in wanted} <= set(ids)
    assert "http" not in page
    assert "<style" not in page
    assert "<b>" not in page
    ElementTree.fromstring(f"<div>{page}</div>")


def test_the_page_swaps_the_inks_for_its_theme(scaled):
    svg = plots.svg(figures(scaled)["angles"])
    inline = plots.inline(svg, "a", "angles")
    for ink in (palette.PLOT_INK, palette.PLOT_MUTED, palette.PLOT_GRID):
        assert ink in svg
        assert ink not in inline
    assert "var(--ink)" in inline


def test_the_same_lift_gives_the_same_file(scaled, tmp_path):
    for name in ("one", "two"):
        plots.save(figures(scaled)["speed"], tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert (tmp_path / "one.png").read_bytes()[:4] == b"\x89PNG"


def test_the_box_of_the_axes_is_where_the_data_is(scaled):
    figure = figures(scaled)["speed"]
    left, top, width, height = plots.axes_box(figure)
    start, end, low, high = plots.data_limits(figure)
    x, y = figure.axes[0].transData.transform(((start + end) / 2, (low + high) / 2))
    assert x / figure.bbox.width == pytest.approx(left + width / 2)
    assert 1 - y / figure.bbox.height == pytest.approx(top + height / 2)


def test_pyplot_stays_out():
    """Pyplot keeps global state and may open a display."""
    code = "import cleanform.plots, sys; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("lifts", [2, 5, 8])
def test_the_legend_of_several_lifts_stands_clear(lifts):
    analysis = examples.analysis(lifts=lifts)
    unit = plots.length_unit(analysis.motion, analysis.recording.bar)
    figure = plots.bar_path(analysis.motion, [lift.rep for lift in analysis.lifts], unit)
    figure.canvas.draw()
    axes = figure.axes[0]
    legend, below = axes.get_legend().get_window_extent(), axes.xaxis.label.get_window_extent()
    assert legend.y1 <= below.y0
    assert legend.y0 >= 0
    assert legend.x1 - legend.x0 <= figure.bbox.width
    names = [text.get_text() for text in axes.get_legend().get_texts()]
    assert names == [f"lift {number}" for number in range(1, lifts + 1)]


def test_imperial_lengths_are_the_same_lengths():
    analysis = examples.analysis()
    metres = plots.length_unit(analysis.motion, analysis.recording.bar)
    inches = plots.length_unit(analysis.motion, analysis.recording.bar, "in")
    feet = plots.length_unit(analysis.motion, analysis.recording.bar, "ft")
    assert inches.per_px / metres.per_px == pytest.approx(39.3701, abs=1e-3)
    assert inches.per_px / feet.per_px == pytest.approx(12)
    drawn = texts(plots.svg(plots.bar_speed(analysis.motion, analysis.lifts[0].rep, feet)))
    assert "ft/s" in drawn
    assert "m/s" not in drawn
