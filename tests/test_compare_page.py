"""The comparison as it is seen: its film as a file, its page in a real browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import lifts_to_compare as made
import numpy as np
import pytest
from pages import HOSTILE, LAPTOP, PHONE, clip_time_s, opened, ready, until

from cleanform import cli
from cleanform.compare import comparison, film, page, pictures, sides
from cleanform.compare.panels import Panels
from cleanform.video import FrameReader

pytestmark = pytest.mark.slow

GOOD = made.GOOD
SWING = replace(GOOD, bar_swing_m=0.14, meet_drop_m=0.07, tempo=0.8)
NAME = HOSTILE.replace("/", "∕").replace("document.title='owned'", "")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two clips with their results, one of them with a hostile name, compared from the shell."""
    home = tmp_path_factory.mktemp("compare")
    a = made.result_folder(home, "good", load_kg=60.0)
    b = made.result_folder(home, NAME, SWING, athlete=HOSTILE, load_kg=62.5)
    assert cli.main(["compare", str(a), str(b), "-o", str(home / "both.compare"), "-q"]) == 0
    return home


@pytest.fixture(scope="module")
def result(home):
    return home / "both.compare"


def side(folder):
    return sides.with_clip(sides.side(sides.read(folder, made.Options()), None, folder))


def judged(home, **how):
    return comparison.judge(side(home / "good.cleanform"), side(home / f"{NAME}.cleanform"), **how)


# --- the film -------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")
def test_the_film_plays_anywhere_and_is_as_long_as_it_says(result):
    asked = [
        "-show_entries",
        "stream=codec_name,pix_fmt,width,height,side_data_list:format=duration",
    ]
    probe = ["ffprobe", "-v", "error", "-of", "json", *asked, str(result / film.FILE)]
    found = json.loads(subprocess.run(probe, capture_output=True, check=True).stdout)
    (stream,) = found["streams"]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert stream["width"] % 2 == stream["height"] % 2 == 0
    assert "side_data_list" not in stream
    content = (result / film.FILE).read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    text = (result / page.FILE).read_text("utf-8")
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert float(found["format"]["duration"]) == pytest.approx(data["at"][-1] + 1 / 30, abs=1 / 30)


def test_both_reach_every_event_in_the_same_picture(home):
    found = judged(home)
    both = tuple(pictures.source_of(one) for one in found.sides)
    grid_s = film.shared_times_s(found, both)
    assert (np.diff(grid_s) > 0).all()
    for place, event in enumerate(found.alignment.events):
        at = np.flatnonzero(np.isclose(grid_s, found.alignment.common_s[place]))
        assert len(at) == 1, event
        for n, one in enumerate(found.sides):
            frame = film.nearest_frames(found, both[n], n, grid_s)[at[0]]
            assert abs(frame - one.rep.frame(event)) <= 1


def test_both_lifters_stand_on_one_spot_in_one_size(home):
    found = judged(home)
    panels = Panels(found, tuple(pictures.source_of(one) for one in found.sides))
    a, b = panels.canvases
    assert (a.width_px, a.height_px) == (b.width_px, b.height_px)
    places = []
    for one, canvas in zip(found.sides, panels.canvases, strict=True):
        bar_px = one.motion.to_image_px(one.motion.bar_px)
        places.append(canvas.place(bar_px[one.rep.frame("lift_off")]))
        assert canvas.scale / one.motion.scale.m_per_px_plate > 0
    assert places[0] == pytest.approx(places[1], abs=1.0)
    sizes = [c.scale / s.motion.scale.m_per_px_plate
             for c, s in zip(panels.canvases, found.sides, strict=True)]  # fmt: skip
    assert sizes[0] == pytest.approx(sizes[1], rel=1e-6)


def test_a_vertical_clip_stays_vertical(tmp_path):
    tall = made.synth.Camera(width_px=360, height_px=640, distance_m=4.5, field_of_view_deg=40.0)
    a, b = made.side(camera=tall), made.side(SWING, camera=tall, name="b")
    found = comparison.judge(a, b)
    panels = Panels(found, ())
    assert panels.canvases[0].height_px > panels.canvases[0].width_px


def test_hidden_heads_are_hidden_in_both_panels(home):
    found = judged(home, blur_faces=True)
    both = tuple(pictures.source_of(one) for one in found.sides)
    images = tuple(next(iter(one.fetch([100]))) for one in both)
    panels = Panels(found, both)
    veiled = panels.picture(images, (100, 100), 0.5)
    plain = Panels(judged(home), both).picture(images, (100, 100), 0.5)
    width = panels.canvases[0].width_px
    for half in (slice(0, width), slice(width + 6, None)):
        assert (veiled[:, half] != plain[:, half]).any(axis=2).sum() > 100


def test_without_the_clip_the_overlay_gives_the_pictures_and_without_both_none(tmp_path):
    a = made.result_folder(tmp_path, "a", film=True, clip=False)
    made.result_folder(tmp_path, "b", SWING)
    source = pictures.source_of(side(a))
    assert source.drawn
    few = list(source.frames[5:40:7])
    assert len(list(source.fetch(few))) == len(few)
    c = made.result_folder(tmp_path, "c", replace(GOOD, tempo=0.7), clip=False)
    assert cli.main(["compare", str(c), str(tmp_path / "b.cleanform"), "-q"]) == 0
    left = tmp_path / "c vs b.compare"
    assert sorted(path.name for path in left.iterdir()) == ["compare.html", "compare.json"]
    text = (left / page.FILE).read_text("utf-8")
    assert "There is no film: c.mp4 is not beside its result folder" in text


# --- the command ----------------------------------------------------------------------------------


def test_json_is_all_that_is_printed(home, capsys, tmp_path):
    names = [str(home / "good.cleanform"), str(home / f"{NAME}.cleanform")]
    where = ["-o", str(tmp_path / "x.compare")]
    assert cli.main(["compare", *names, *where, "--json", "--no-video"]) == 0
    out = capsys.readouterr()
    assert json.loads(out.out) == json.loads(
        (tmp_path / "x.compare/compare.json").read_text("utf-8")
    )
    assert out.err == ""
    assert not (tmp_path / "x.compare/compare.mp4").exists()
    # A comparison gives way to another; anything else does not.
    assert cli.main(["compare", *names, *where, "--no-video"]) == 0
    assert "New in B: bar swings out" in capsys.readouterr().out
    (tmp_path / "x.compare/mine.txt").write_text("mine")
    assert cli.main(["compare", *names, *where, "--no-video"]) == 2
    assert "mine.txt" in capsys.readouterr().err


def test_a_set_is_compared_within_itself(tmp_path, capsys):
    folder = made.result_folder(tmp_path, "set", replace(GOOD, reps=3))
    assert cli.main(["compare", str(folder), "--no-video"]) == 0
    assert "A: lift 1 of set.mp4\nB: lift 3 of set.mp4" in capsys.readouterr().out
    assert (tmp_path / "set 1 vs 3.compare").is_dir()
    assert cli.main(["compare", f"{folder}:2", f"{folder}:2"]) == 2
    assert "are the same lift" in capsys.readouterr().err


# --- the page -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "theme"), [(PHONE, "light"), (PHONE, "dark"), (LAPTOP, "light"), (LAPTOP, "dark")]
)
def test_it_opens_and_fits_and_a_hostile_name_stays_a_name(browser, result, size, theme):
    with opened(browser, result / page.FILE, size, color_scheme=theme) as view:
        ready(view)
        assert view.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert view.locator("h1").inner_text().startswith("New in B: bar swings out")
        assert view.locator(".who").nth(1).inner_text() == f"{NAME}.mp4"
        assert HOSTILE in view.locator(".about.side bdi").all_inner_texts()
        assert view.locator("script").count() == 3
        assert "owned" not in view.title().replace(NAME, "")
        assert view.locator(".cue img").first.evaluate("img => img.naturalWidth") > 300


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_every_element_leads_into_the_film(browser, result, size):
    with opened(browser, result / page.FILE, size) as view:
        ready(view)
        data = json.loads(view.locator("#data").text_content())
        for what in (".cue .shot", ".jump", ".phase >> nth=2", ".moment .shot >> nth=3"):
            target = view.locator(what).first
            wanted_s = float(target.get_attribute("data-seek"))
            target.click()
            assert clip_time_s(view) == pytest.approx(wanted_s, abs=1 / 30)
        at_s = clip_time_s(view)
        for dot, name in ((".cursor >> nth=0", "bar_paths"), (".cursor.second", "bar_paths 2")):
            # The film stands somewhere in the picture that begins at this time.
            near = [x for t, x, _ in data["paths"][name] if abs(t - at_s) <= 0.05]
            shown = view.locator(f'[data-name="bar_paths"] {dot}')
            shown.wait_for(state="visible")
            left = shown.evaluate("dot => parseFloat(dot.style.left)")
            assert any(left == pytest.approx(100 * x, abs=0.1) for x in near)
        speed = view.locator('[data-name="bar_speed"] .plane')
        speed.focus()
        view.keyboard.press("End")
        assert clip_time_s(view) == data["times"][-1]
        view.keyboard.press("ArrowLeft")
        assert clip_time_s(view) == data["times"][-2]
        view.locator("#film").evaluate("film => { film.currentTime = 0; return film.play(); }")
        until(view, "document.getElementById('film').currentTime > 0.2")


def test_it_prints_without_film_and_with_all_that_was_found(browser, result):
    with opened(browser, result / page.FILE, LAPTOP) as view:
        ready(view)
        view.emulate_media(media="print")
        assert not view.locator("video").is_visible()
        for what in ("h1", ".check", ".moment img", ".graph svg", ".numbers"):
            assert view.locator(what).first.is_visible(), what
        assert len(view.pdf(format="A4")) > 50_000


def test_every_picture_of_the_film_is_there(result):
    with FrameReader(result / film.FILE) as reader:
        count = sum(1 for _ in reader)
    text = (result / page.FILE).read_text("utf-8")
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert count == len(data["at"]) == len(data["times"])
    assert Path(result / film.FILE).stat().st_size < 12_000_000
