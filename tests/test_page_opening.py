"""The page in a real browser: it opens at once, whole, on a phone and a laptop, in both themes."""

from __future__ import annotations

import os
import re
import shutil
import struct

import examples
import pytest
from pages import HOSTILE, LAPTOP, PHONE, SIZE, opened, ready

from cleanform import report
from cleanform.model import Options

pytestmark = pytest.mark.slow

SCREENS = [(PHONE, "light"), (PHONE, "dark"), (LAPTOP, "light"), (LAPTOP, "dark")]


@pytest.mark.parametrize(("size", "theme"), SCREENS)
def test_it_opens_and_fits(browser, pages, size, theme):
    options = Options(athlete="Zoë", load_kg=62.5, date="2026-11-20")
    with opened(browser, pages.page(options=options), size, color_scheme=theme) as page:
        ready(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        about = page.locator(".about").inner_text()
        for part in ("Zoë", "lift1.mp4", "power clean", "62.5 kg", "2026-11-20"):
            assert part in about
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        lightness = sum(int(part) for part in re.findall(r"\d+", background)[:3]) / 3
        assert (lightness > 128) is (theme == "light")


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_the_first_screen_holds_verdict_cues_and_stills(browser, pages, size):
    with opened(browser, pages.page(), size) as page:
        verdict = page.get_by_role("heading", level=1)
        assert verdict.inner_text() == "One thing to fix: back rounds off the floor (rounded)."
        cues = page.locator(".cue")
        assert cues.count() == 2
        for place in range(2):
            box = cues.nth(place).locator("img").bounding_box()
            assert box["y"] + 0.6 * box["height"] < size[1]
            drawn = "img => img.complete && img.naturalWidth > 100"
            assert cues.nth(place).locator("img").evaluate(drawn)
        assert "Hip lock-out" in page.locator(".well").inner_text()


def test_what_opens_on_demand(browser, pages):
    with opened(browser, pages.page()) as page:
        fault = page.locator("#lift1-rounded-back")
        why = fault.locator("details")
        assert not why.locator("p").first.is_visible()
        why.locator("summary").click()
        assert why.locator("p").first.is_visible()
        assert "10.1519" in why.inner_text() or "doi" in why.inner_text().lower()
        blind = page.locator("#lift1-catch-height")
        assert "To see it next time" in blind.inner_text()
        assert blind.locator(".next li").count() >= 1
        gauge = fault.locator("svg.gauge")
        assert gauge.get_attribute("aria-label").startswith("27 ± 3°")
        assert "5° past the fault limit" in fault.inner_text()
        assert "camera stands to the side" in fault.inner_text()


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_a_hostile_name_stays_a_name(browser, pages, size):
    name = HOSTILE.replace("/", "∕") + ".mp4"
    path = pages.page(options=Options(athlete=HOSTILE), name=name)
    with opened(browser, path, size) as page:
        ready(page)
        assert "owned" not in page.title().split("document")[0]
        assert page.title().startswith("<script>")
        assert page.locator(".about bdi").first.inner_text() == HOSTILE
        assert page.locator(".about bdi").nth(1).inner_text() == name
        # The right-to-left part turns nothing around it.
        assert page.locator(".about bdi").nth(2).inner_text() == "power clean"
        assert page.locator("script").count() == 3
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
@pytest.mark.parametrize("code", ["no_person", "no_lift", "not_a_clean"])
def test_a_refusal_says_why_and_what_to_do(browser, pages, size, code):
    with opened(browser, pages.page(refused=code), size) as page:
        assert page.locator("h1").is_visible()
        assert page.locator(".lead").is_visible()
        assert page.locator("#checks li").first.is_visible()
        assert page.locator("video").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


@pytest.mark.parametrize("size", [PHONE, LAPTOP])
def test_missing_events_are_said_and_the_rest_works(browser, pages, size):
    path = pages.page(missing=("catch_lowest", "stood_up"))
    with opened(browser, path, size) as page:
        ready(page)
        assert "not in the clip as a whole" in page.locator(".checks .note").inner_text()
        assert page.locator(".absent").count() == 2
        page.locator(".six .shot").first.click()
        assert page.locator(".phase").count() == 4


def free_box(size):
    """Bytes that a player skips."""
    return struct.pack(">I4s", size, b"free") + bytes(
        (i * 37 + i // 251) % 256 for i in range(size - 8)
    )


OPENING_MS = """async () => {
  const [one] = performance.getEntriesByType("navigation");
  const paint = await new Promise((done) => new PerformanceObserver(
    (list) => done(list.getEntries()[0].startTime)
  ).observe({ type: "paint", buffered: true }));
  return [one.domContentLoadedEventEnd, one.loadEventEnd, paint];
}"""


@pytest.mark.alone
def test_five_lifts_open_in_under_a_second_and_weigh_little(browser, pages, tmp_path):
    """With 8 MB of film inside, as much as five lifts of a phone clip take."""
    folder = shutil.copytree(pages.page(lifts=5).parent, tmp_path / "heavy")
    analysis = examples.analysis(pages.clip(5), lifts=5, **SIZE)
    film = folder / "overlay.mp4"
    film.write_bytes(film.read_bytes() + free_box(8_000_000))
    report.rewrite(analysis, folder)
    text = (folder / "report.html").read_text("utf-8")
    film_text = re.search(r'id="film-data">(.*?)</script>', text, re.S)[1]
    assert len(film_text) > 10_000_000
    stills = re.findall(r'src="data:image/jpeg;base64,[^"]*"', text)
    assert len(stills) >= 5 * 10
    rest = len(text.encode()) - len(film_text) - sum(len(still) for still in stills)
    assert rest < 1_000_000
    watch = browser.new_browser_cdp_session()
    tries = []
    for _ in range(4):
        before = processor_s(watch)
        with opened(browser, folder / "report.html", PHONE) as page:
            times_ms = page.evaluate(OPENING_MS)
            after = processor_s(watch)
            ready(page)
        assert min(times_ms) > 0
        used_ms = 1000 * max(spent - before.get(name, 0.0) for name, spent in after.items())
        tries.append([*times_ms, used_ms])
        # On a machine that is busy with something else the clock says nothing of the page.
        busy = os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1)
        if max(times_ms) < 1000 or (busy and used_ms < 1000):
            return
    pytest.fail(f"DOM ready, loaded, first paint, processor time (ms): {tries}")


def processor_s(watch):
    """Processor time that each renderer of the browser has used."""
    processes = watch.send("SystemInfo.getProcessInfo")["processInfo"]
    return {each["id"]: each["cpuTime"] for each in processes if each["type"] == "renderer"}
