"""Several lifts in one clip: pick one, all at once, and let the film follow."""

from __future__ import annotations

import pytest
from pages import LAPTOP, PHONE, clip_time_s, opened, ready

pytestmark = pytest.mark.slow


@pytest.fixture(params=[PHONE, LAPTOP], ids=["phone", "laptop"])
def page(request, browser, pages):
    with opened(browser, pages.page(lifts=5), request.param) as page:
        ready(page)
        yield page


def visible_lifts(page):
    sections = page.locator(".checks .of-lift")
    return [place for place in range(sections.count()) if sections.nth(place).is_visible()]


def test_one_lift_at_a_time_or_all(page):
    assert visible_lifts(page) == [0]
    page.get_by_role("navigation").get_by_role("button", name="Lift 3").click()
    assert visible_lifts(page) == [2]
    assert page.locator(".ribbon:visible").count() == 1
    assert page.locator(".graphs.of-lift:visible").count() == 1
    assert page.locator('[data-name="lift3_bar_path"]').is_visible()
    # The film goes to that lift's start.
    assert clip_time_s(page) == pytest.approx(1.35 + 8.0, abs=0.04)
    page.get_by_role("navigation").get_by_role("button", name="All").click()
    assert visible_lifts(page) == [0, 1, 2, 3, 4]


def test_the_table_has_a_column_a_lift_that_leads_to_it(page):
    head = page.get_by_role("region", name="Numbers").locator("thead th")
    assert head.count() == 1 + 5
    head.nth(4).get_by_role("button").click()
    assert visible_lifts(page) == [3]
    assert head.nth(4).get_by_role("button").get_attribute("aria-pressed") == "true"


def test_all_bar_paths_lie_over_one_another_and_lead_into_the_film(page):
    graph = page.locator('[data-name="lifts_bar_paths"]')
    plane = graph.locator(".plane")
    plane.scroll_into_view_if_needed()
    drawn = graph.locator("svg").inner_html()
    for number in range(1, 6):
        assert f"lift {number}" in drawn
    course = page.evaluate(
        "JSON.parse(document.getElementById('data').textContent).paths.lifts_bar_paths"
    )
    assert {int(time_s // 4) for time_s, _, _ in course} == {0, 1, 2, 3, 4}
    box = plane.bounding_box()
    _, x, y = course[30]
    plane.click(position={"x": x * box["width"], "y": y * box["height"]})
    near = [time_s for time_s, cx, cy in course if abs(cx - x) + abs(cy - y) < 0.03]
    now_s = clip_time_s(page)
    assert min(abs(now_s - time_s) for time_s in near) < 0.15
    graph.locator(".cursor").wait_for(state="visible")


def test_the_cues_count_the_lifts_and_bring_the_right_one_back(page):
    assert "in 5 of 5 lifts" in page.locator(".cue").first.inner_text()
    assert "5 of 5 lifts" in page.locator(".well").inner_text()
    page.get_by_role("navigation").get_by_role("button", name="Lift 4").click()
    page.locator(".cue a").first.click()
    assert visible_lifts(page) == [0]
    assert page.locator("#lift1-rounded-back").is_visible()


def test_the_verdict_speaks_of_all_lifts(page):
    assert page.locator("h1").inner_text().startswith("Five lifts, one thing to fix")
