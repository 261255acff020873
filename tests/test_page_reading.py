"""The page for every reader: contrast, names for a screen reader, paper."""

from __future__ import annotations

import re

import pytest
from pages import LAPTOP, PHONE, opened

from cleanform.model import Options

pytestmark = pytest.mark.slow

#: Contrast of every piece of text that is shown with what lies behind it, as WCAG 2.2 computes it
#: (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio); text on pictures is not reached by this.
CONTRASTS = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return [r, g, b, a];
  };
  const over = ([r, g, b, a], ground) =>
    [...[r, g, b].map((value, i) => value * a + ground[i] * (1 - a)), 1];
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (el) => {
    const layers = [];
    for (; el; el = el.parentElement) {
      const colour = parse(getComputedStyle(el).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) break;
    }
    return layers.reverse().reduce((ground, layer) => over(layer, ground), [255, 255, 255, 1]);
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim()) continue;
    if (!el.checkVisibility({ checkOpacity: true })) continue;
    if (el.closest("script, style, noscript, video")) continue;
    const style = getComputedStyle(el);
    const inSvg = el.closest("svg");
    const colour = parse(inSvg ? style.fill : style.color);
    const ground = behind(inSvg ? inSvg.parentElement : el);
    const [a, b] = [light(over(colour, ground)), light(ground)].sort((x, y) => y - x);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    found.push([(a + 0.05) / (b + 0.05), large, walk.currentNode.textContent.trim().slice(0, 40)]);
  }
  return found;
}"""

PAGES = {
    "one": {},
    "several": {"lifts": 5},
    "refused": {"refused": "not_a_clean"},
    "missing": {"missing": ("catch_lowest", "stood_up")},
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("what", PAGES)
def test_all_text_has_the_contrast_of_wcag_aa(browser, pages, what, theme):
    with opened(browser, pages.page(**PAGES[what]), PHONE, color_scheme=theme) as page:
        page.evaluate("document.querySelectorAll('details').forEach((el) => { el.open = true; })")
        found = page.evaluate(CONTRASTS)
        assert len(found) > (10 if what == "refused" else 80)
        poor = [each for each in found if each[0] < (3.0 if each[1] else 4.5)]
        assert poor == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_lines_and_marks_of_graphs_stand_out(browser, pages, theme):
    """Curves need 3 to 1 against the card they are drawn on (WCAG 1.4.11)."""
    from cleanform import palette

    def light(colour):
        parts = [value / 255 for value in colour]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    with opened(browser, pages.page(), color_scheme=theme) as page:
        card = page.locator(".card").first.evaluate("el => getComputedStyle(el).backgroundColor")
    ground = light([int(part) for part in re.findall(r"\d+", card)[:3]])
    for colour in [*palette.ANGLES.values(), *palette.LIFTS]:
        low, high = sorted([light(palette.rgb(colour)), ground])
        assert (high + 0.05) / (low + 0.05) >= 3.0, (colour, theme)


@pytest.mark.parametrize("what", PAGES)
def test_everything_that_can_be_used_has_a_name(browser, pages, what):
    with opened(browser, pages.page(**PAGES[what]), LAPTOP) as page:
        nameless = page.evaluate(
            """() => [...document.querySelectorAll(
                "button, a, video, summary, img, svg, [role], [tabindex]"
              )]
              .filter((el) => el.checkVisibility() && !el.closest("[aria-hidden=true]"))
              .filter((el) => !(el.getAttribute("aria-label") || el.getAttribute("alt")
                || el.getAttribute("aria-labelledby") || el.textContent.trim()))
              .map((el) => el.outerHTML.slice(0, 80))"""
        )
        assert nameless == []
        lost = page.evaluate(
            """() => [...document.querySelectorAll("[aria-labelledby]")]
              .flatMap((el) => el.getAttribute("aria-labelledby").split(" "))
              .filter((id) => !document.getElementById(id))"""
        )
        assert lost == []


def test_a_screen_reader_hears_the_page_in_order(browser, pages):
    with opened(browser, pages.page(), LAPTOP) as page:
        heard = page.locator("body").aria_snapshot()
        places = [
            heard.index(part)
            for part in (
                'heading "One thing to fix',
                'heading "Done well',
                'heading "The film"',
                'heading "Every check"',
                'heading "The lift in six pictures"',
                'heading "Graphs"',
                'slider "Bar speed: time in the film"',
                'heading "Numbers"',
                'heading "What was assumed"',
            )
        ]
        assert places == sorted(places)
        assert "fault" in heard
        assert "cannot tell" in heard


@pytest.mark.parametrize("what", ["one", "several"])
def test_it_prints_without_film_and_with_all_that_is_said(browser, pages, tmp_path, what):
    options = Options(athlete="Zoë")
    with opened(browser, pages.page(options=options, **PAGES[what]), LAPTOP) as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert not page.locator(".film").is_visible()
        assert not page.locator(".jump").first.is_visible()
        sections = page.locator(".checks .of-lift")
        assert all(sections.nth(place).is_visible() for place in range(sections.count()))
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background == "rgb(255, 255, 255)", "paper is white, whatever the screen is"
        poor = [each for each in page.evaluate(CONTRASTS) if each[0] < (3.0 if each[1] else 4.5)]
        assert poor == []
        page.pdf(path=tmp_path / "page.pdf", format="A4")
    packed = (tmp_path / "page.pdf").read_bytes()
    sheets = len(re.findall(rb"/Type\s*/Page\b", packed))
    assert 2 <= sheets <= (5 if what == "one" else 16)
