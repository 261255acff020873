"""Film and page are tied together: every still, finding, phase and graph leads into the film."""

from __future__ import annotations

import json
import re

import pytest
from pages import LAPTOP, PHONE, clip_time_s, opened, ready, until

from cleanform.model import Options

pytestmark = pytest.mark.slow

STEP_S = 1 / 30  # calm parts of the film have every second picture of the 60 a second


@pytest.fixture(params=[PHONE, LAPTOP], ids=["phone", "laptop"])
def page(request, browser, pages):
    with opened(browser, pages.page(), request.param) as page:
        ready(page)
        yield page


def data_of(page):
    return json.loads(page.locator("#data").text_content())


def test_the_film_plays_from_inside_the_page(page):
    video = page.locator("#film")
    assert video.evaluate("film => film.src").startswith("blob:")
    video.evaluate("film => film.play()")
    until(page, "document.getElementById('film').currentTime > 0.4")
    shown = video.evaluate("film => film.getVideoPlaybackQuality().totalVideoFrames")
    assert shown > 3
    assert video.evaluate("film => film.videoWidth") == 480
    assert video.evaluate("film => film.videoHeight") == 272
    data = data_of(page)
    length_s = video.evaluate("film => film.duration")
    assert length_s == pytest.approx(data["at"][-1] + STEP_S, abs=STEP_S)


@pytest.mark.parametrize(
    ("what", "to_s"),
    [
        (".cue .shot >> nth=0", 1.35),
        (".cue .shot >> nth=1", 1.7),
        ("#lift1-rounded-back > .shot", 1.35),
        ("#lift1-hip-lockout .jump", 2.28),
        (".six .shot >> nth=4", 2.8),
        (".phase >> nth=2", 2.1),
    ],
)
def test_each_element_leads_to_its_moment(page, what, to_s):
    page.locator(what).click()
    assert clip_time_s(page) == pytest.approx(to_s, abs=STEP_S)
    box = page.locator("#film").bounding_box()
    middle = box["y"] + box["height"] / 2
    assert 0 < middle < page.viewport_size["height"], "the film is in sight"
    assert page.locator("#clock").inner_text() == f"{clip_time_s(page):.2f} s"


def test_a_phase_opens_with_its_own_picture(page):
    for place in range(6):
        phase = page.locator(".phase").nth(place)
        phase.click()
        start_s, end_s = (float(phase.get_attribute(f"data-{end}")) for end in ("start", "end"))
        assert start_s - 1e-3 <= clip_time_s(page) < end_s
        until(page, f"document.querySelectorAll('.phase')[{place}].ariaCurrent === 'true'")


@pytest.mark.parametrize("name", ["lift1_bar_speed", "lift1_joint_angles"])
def test_a_click_on_a_graph_leads_to_that_time(page, name):
    graph = page.locator(f'[data-name="{name}"]')
    left, _, wide, _ = map(float, graph.get_attribute("data-box").split())
    start_s, end_s, *_ = map(float, graph.get_attribute("data-limits").split())
    plane = graph.locator(".plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    share = 0.5
    plane.click(position={"x": box["width"] * (left + wide * share), "y": box["height"] * 0.3})
    asked_s = start_s + share * (end_s - start_s)
    assert clip_time_s(page) == pytest.approx(asked_s, abs=STEP_S + 0.01)
    cursor = graph.locator(".cursor")
    cursor.wait_for(state="visible")
    at = cursor.bounding_box()
    box = plane.bounding_box()
    assert at["x"] + at["width"] / 2 - box["x"] == pytest.approx(
        box["width"] * (left + wide * share), abs=8
    )


def test_a_click_on_the_bar_path_leads_to_when_the_bar_was_there(page):
    graph = page.locator('[data-name="lift1_bar_path"]')
    time_s, x, y = data_of(page)["paths"]["lift1_bar_path"][40]
    plane = graph.locator(".plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    plane.click(position={"x": x * box["width"], "y": y * box["height"]})
    assert clip_time_s(page) == pytest.approx(time_s, abs=0.15)
    graph.locator(".cursor").wait_for(state="visible")


def test_keys_step_play_and_reach_the_graphs(page):
    page.locator(".phase >> nth=1").click()
    start_s = clip_time_s(page)
    times = data_of(page)["times"]
    at = times.index(start_s)
    for key, by in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        assert clip_time_s(page) == times[at + by]
    plane = page.locator('[data-name="lift1_bar_speed"] .plane')
    plane.focus()
    page.keyboard.press("End")
    assert clip_time_s(page) == times[-1]
    page.keyboard.press("Home")
    assert clip_time_s(page) == times[0]
    until(
        page,
        "document.querySelector('[data-name=lift1_bar_speed] .plane')"
        f".getAttribute('aria-valuetext') === '{times[0]:.2f} s'",
    )
    page.keyboard.press(" ")
    until(page, "!document.getElementById('film').paused")
    page.keyboard.press(" ")
    until(page, "document.getElementById('film').paused")


def test_every_control_is_reached_with_the_tab_key_and_shows_it(browser, pages):
    with opened(browser, pages.page(), LAPTOP) as page:
        ready(page)
        seen = []
        for _ in range(60):
            page.keyboard.press("Tab")
            seen.append(
                page.evaluate(
                    """() => {
                      const el = document.activeElement, style = getComputedStyle(el);
                      const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth);
                      const name = el.id || el.className || el.tagName;
                      return [name, ring >= 2 || el.tagName === "VIDEO"];
                    }"""
                )
            )
        reached = {name for name, _ in seen}
        for name in ("skip", "shot", "film", "back", "on", "slow", "loop", "jump", "plane"):
            assert any(name in each for each in reached), name
        assert "phase pull" in reached
        unseen = [name for name, shown in seen if not shown and name not in ("BODY", "HTML")]
        assert unseen == []


def test_a_quarter_of_the_speed(page):
    page.locator("#slow").click()
    assert page.locator("#film").evaluate("film => film.playbackRate") == 0.25
    assert page.locator("#slow").get_attribute("aria-pressed") == "true"
    page.locator("#slow").click()
    assert page.locator("#film").evaluate("film => film.playbackRate") == 1


def test_a_phase_runs_round(page):
    page.locator(".phase >> nth=2").click()  # 2.1 to 2.28 s
    page.locator("#loop").click()
    assert page.locator("#loop").get_attribute("aria-pressed") == "true"
    page.evaluate(
        """() => {
          window.seen = [];
          const film = document.getElementById("film");
          const watch = () => { window.seen.push(film.currentTime); requestAnimationFrame(watch); };
          watch();
        }"""
    )
    until(page, "window.seen.some((t, i) => i && t < window.seen[i - 1] - 0.1)")
    data = data_of(page)
    ahead_s = page.evaluate("Math.max(...window.seen)") + data["times"][0]
    assert ahead_s < 2.28 + 0.25  # a busy machine notices the end late
    page.locator("#loop").click()
    assert page.locator("#loop").get_attribute("aria-pressed") == "false"


def test_on_a_phone_the_film_comes_along_and_goes_back(browser, pages):
    with opened(browser, pages.page(), PHONE) as page:
        ready(page)
        height = page.evaluate("document.documentElement.scrollHeight")
        page.locator("#lift1-bar-drift .jump").click()
        assert "pinned" in page.locator(".film").get_attribute("class")
        assert page.evaluate("document.documentElement.scrollHeight") == height
        page.locator("#unpin").click()
        assert "pinned" not in page.locator(".film").get_attribute("class")
        page.locator("#lift1-bar-drift .jump").click()
        page.evaluate("document.querySelector('.home').scrollIntoView({behavior: 'instant'})")
        until(page, "!document.querySelector('.film').classList.contains('pinned')")


def test_a_film_beside_the_page_plays(browser, pages):
    path = pages.page(options=Options(linked=True))
    assert "film-data" not in re.sub(
        r"<script>.*?</script>", "", path.read_text("utf-8"), flags=re.S
    )
    with opened(browser, path) as page:
        ready(page)
        assert page.locator("#film").evaluate("film => film.currentSrc").endswith("/overlay.mp4")
        page.locator(".phase >> nth=2").click()
        assert clip_time_s(page) == pytest.approx(2.1, abs=STEP_S)


def test_a_film_that_is_gone_is_said(browser, pages):
    import shutil

    path = pages.page(options=Options(linked=True))
    folder = shutil.copytree(path.parent, path.parent.with_name("gone"), dirs_exist_ok=True)
    (folder / "overlay.mp4").unlink()
    context = browser.new_context()
    page = context.new_page()
    page.goto((folder / "report.html").as_uri())
    page.locator("#no-film").wait_for(state="visible")
    context.close()


def test_time_stands_still_where_the_film_does(browser, pages):
    """With --freeze the film is longer than the clip; cursor, clock and steps follow the clip."""
    with opened(browser, pages.page(options=Options(freeze=True))) as page:
        ready(page)
        data = data_of(page)
        assert data["at"][-1] > data["times"][-1] - data["times"][0] + 2
        page.locator("#lift1-rounded-back .jump").click()
        assert clip_time_s(page) == pytest.approx(1.35, abs=STEP_S)
        now_s = clip_time_s(page)
        page.keyboard.press("ArrowRight")
        assert now_s < clip_time_s(page) < now_s + 2 * STEP_S
        page.locator(".six .shot >> nth=4").click()  # behind the freeze
        assert clip_time_s(page) == pytest.approx(2.8, abs=STEP_S)
        assert page.locator("#clock").inner_text() == f"{clip_time_s(page):.2f} s"
