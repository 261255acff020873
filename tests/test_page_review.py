"""The handles of the review's page, in a browser: everything that a person can take hold of."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from corrected import DECOY_PX, recording
from pages import LAPTOP, PHONE, until

from cleanform import archive, history, pipeline, report
from cleanform.corrections import (
    ChosenLifter,
    ClickedPlate,
    KnownLength,
    MovedEvent,
    PlateSize,
    WrongVerdict,
)
from cleanform.model import Options
from cleanform.report.film import canvas_of
from cleanform.report.frames import FOLDER, KeptFrames
from cleanform.review import ReviewServer, Session
from cleanform.video import FrameReader, VideoWriter

SAMPLE = Path(__file__).parents[1] / "samples/power_clean_side.mp4"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """A reviewable result whose film is grey: its frames are where they are, and that is all."""
    home = tmp_path_factory.mktemp("review") / "lift.cleanform"
    (home / FOLDER).mkdir(parents=True)
    analysis = pipeline.judge(recording(), Options())
    archive.save(analysis, home)
    times_s = recording().clip.times_s
    kept = KeptFrames(home, film_times_s=tuple(times_s[10:230].tolist()))
    kept.film_at_s = tuple(t - kept.film_times_s[0] for t in kept.film_times_s)
    canvas = canvas_of(analysis)
    grey = np.full((canvas.height_px, canvas.width_px, 3), 90, np.uint8)
    with VideoWriter(home / "overlay.mp4", canvas.width_px, canvas.height_px) as writer:
        for at_s in kept.film_at_s:
            writer.write(grey, at_s)
    kept.keep(131, grey)
    kept.save()
    report.rewrite(analysis, home)
    return home


class Opened:
    """A review in a browser window."""

    def __init__(self, page, server):
        self.page, self.server = page, server

    @property
    def session(self):
        return self.server.session

    def said(self):
        return [entry.what for entry in self.session.analysis.corrections.in_force()]

    def judged(self, revision):
        """Wait until the page shows that revision, film and handles included."""
        there = self.page.locator(f'html[data-revision="{revision}"][data-took-ms]')
        there.wait_for(state="attached", timeout=60_000)

    def panel(self, name):
        self.page.locator(f'[data-panel="{name}"]').click()
        self.page.locator(f"#edit-{name}").wait_for(state="visible")

    def film(self):
        until(self.page, "document.getElementById('film').readyState >= 2")

    def at_frame(self, frame):
        """Let the film show a frame of the clip."""
        self.film()
        self.page.evaluate(
            """(frame) => {
              const data = JSON.parse(document.getElementById("data").textContent);
              const i = data.times.findIndex((t) => t >= data.edit.frames[frame] - 1e-4);
              document.getElementById("film").currentTime = data.at[i] + 0.005;
            }""",
            frame,
        )
        until(self.page, "!document.getElementById('film').seeking")

    def in_film(self, x_share, y_share):
        """Where in the window a point of the picture is."""
        box = self.page.locator(".pick").bounding_box()
        return box["x"] + x_share * box["width"], box["y"] + y_share * box["height"]


#: What is done with a finger too; the rest is the same at every width.
BOTH = pytest.mark.parametrize("review", [PHONE, LAPTOP], ids=["phone", "laptop"], indirect=True)


@contextmanager
def opened(browser, folder, size):
    """A review of that result in a window of that size, where nothing is complained of."""
    session = Session(folder)
    with ReviewServer(session) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            has_touch=size == PHONE,
            reduced_motion="reduce",
        )
        page = context.new_page()
        complaints, asked = [], []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        try:
            page.goto(server.url)
            yield Opened(page, server)
            # A refusal, or none at all, is an answer too, which a browser reports all the same.
            expected = ("status of 422", "ERR_INTERNET_DISCONNECTED")
            assert [text for text in complaints if not any(e in text for e in expected)] == []
            assert [url for url in asked if not url.startswith((server.url, "data:"))] == []
        finally:
            context.close()
            server.shutdown()
            thread.join()
            session.close()


@pytest.fixture
def review(request, browser, result, tmp_path):
    folder = shutil.copytree(result, tmp_path / "lift.cleanform")
    with opened(browser, folder, getattr(request, "param", LAPTOP)) as it:
        yield it


def frame_of(review, event):
    return review.session.analysis.lifts[0].rep.frame(event)


@BOTH
def test_an_event_is_dragged_in_a_graph_and_undone(review):
    page = review.page
    before = frame_of(review, "catch_lowest")
    span = review.session.analysis.lifts[0].rep.span
    middle = (span.start + span.stop) // 2
    graph = page.locator('[data-name="lift1_bar_speed"]')
    mark = graph.locator('[data-mark="catch_lowest"]')
    mark.scroll_into_view_if_needed()
    knob, plane = mark.locator("i").bounding_box(), graph.locator(".plane").bounding_box()
    left, right = (float(v) for v in graph.get_attribute("data-limits").split()[:2])
    wide = float(graph.get_attribute("data-box").split()[2]) * plane["width"]
    x, y = knob["x"] + knob["width"] / 2, knob["y"] + knob["height"] / 2
    by_s = 0.1
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 6, y)
    page.mouse.move(x + wide * by_s / (right - left), y, steps=4)
    # While it is held it says where it is, and the film shows that picture.
    assert mark.locator("span").is_visible()
    page.mouse.up()
    review.judged(1)
    now = frame_of(review, "catch_lowest")
    assert now - before == pytest.approx(60 * by_s, abs=2)
    assert review.said() == [MovedEvent(middle, "catch_lowest", now)]
    assert page.locator(".by-hand").first.inner_text() == "Corrected by hand: catch."
    assert mark.get_attribute("class").split()[-1] != "mark"
    assert float(mark.get_attribute("aria-valuenow")) == pytest.approx(
        recording().clip.times_s[now], abs=0.006
    )
    review.panel("made")
    page.locator('[data-undo="1"]').click()
    review.judged(2)
    assert frame_of(review, "catch_lowest") == before
    assert page.locator("p.by-hand").count() == 0


def test_an_event_is_moved_by_keys_a_frame_at_a_time_and_keeps_the_focus(review):
    page = review.page
    before = frame_of(review, "stood_up")
    mark = page.locator('[data-name="lift1_joint_angles"] [data-mark="stood_up"]')
    mark.focus()
    review.film()
    stood = page.evaluate("document.getElementById('film').currentTime")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    assert mark.get_attribute("aria-valuetext") == f"{(before + 2) / 60:.2f} s"
    page.keyboard.press("Enter")
    review.judged(1)
    assert frame_of(review, "stood_up") == before + 2
    assert page.evaluate("document.activeElement.dataset.mark") == "stood_up"
    until(page, f"Math.abs(document.getElementById('film').currentTime - {stood}) > 0.5")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    assert mark.get_attribute("aria-valuetext") == f"{(before + 2) / 60:.2f} s"
    page.wait_for_timeout(1000)
    assert review.session.revision == 1


def test_an_event_is_moved_in_the_list_set_here_and_taken_out(review):
    page = review.page
    review.panel("events")
    before = frame_of(review, "rack")
    row = page.locator('[data-event="rack"]')
    row.get_by_role("button", name="Bar on the shoulders: one frame later").click()
    review.judged(1)
    assert frame_of(review, "rack") == before + 1
    assert page.locator("#edit-events").is_visible()
    assert "set by hand" in row.inner_text()
    review.at_frame(before + 3)
    row.get_by_role("button", name="at the picture that the film shows").click()
    review.judged(2)
    assert frame_of(review, "rack") == before + 3
    row.get_by_role("button", name="not to be seen").click()
    review.judged(3)
    assert frame_of(review, "rack") is None
    assert page.locator('[data-mark="rack"]').count() == 0
    assert row.locator("[data-step]").first.is_disabled()
    review.panel("made")
    assert page.locator(".made li").count() == 3
    assert page.locator(".made .past").count() == 2
    page.locator("[data-undo-all]").click()
    review.judged(4)
    assert frame_of(review, "rack") == before


def test_an_impossible_place_is_refused_in_words_and_put_back(review):
    page = review.page
    review.panel("events")
    row = page.locator('[data-event="lift_off"]')
    shown = row.locator("output").inner_text()
    review.at_frame(frame_of(review, "catch_lowest") + 4)
    row.locator("[data-here]").click()
    status = page.locator("#edit-status.problem")
    status.wait_for()
    assert "Lift-off cannot be here" in status.inner_text()
    assert row.locator("output").inner_text() == shown
    assert review.session.revision == 0


@BOTH
def test_the_plate_is_clicked_in_the_film(review):
    page, clip = review.page, recording().clip
    review.panel("plate")
    review.at_frame(100)
    page.locator('[data-pick="plate"]').click()
    x_px, y_px = recording().bar.xy_px[100] * (0.0, 1.0) + DECOY_PX
    page.mouse.click(*review.in_film(x_px / clip.width_px, y_px / clip.height_px))
    review.judged(1)
    (what,) = review.said()
    assert isinstance(what, ClickedPlate)
    assert (what.frame, what.height_share) == (100, None)
    assert what.x_share == pytest.approx(x_px / clip.width_px, abs=0.01)
    track = review.session.analysis.recording.bar
    assert np.nanmedian(track.xy_px[:, 0]) == pytest.approx(DECOY_PX[0], abs=2.0)
    assert page.locator(".pick").count() == 0


def test_a_plate_that_was_not_found_is_drawn(review):
    page, clip = review.page, recording().clip
    review.panel("plate")
    review.at_frame(100)
    page.locator('[data-pick="plate"]').click()
    page.mouse.click(*review.in_film(0.8, 0.8))
    page.locator("#edit-status.problem").wait_for()
    assert "No plate was found" in page.locator("#edit-status").inner_text()
    page.locator('[data-pick="plate"]').click()
    x_px, y_px = recording().bar.xy_px[100] * (0.0, 1.0) + DECOY_PX
    page.mouse.move(*review.in_film(x_px / clip.width_px, y_px / clip.height_px))
    page.mouse.down()
    page.mouse.move(*review.in_film(x_px / clip.width_px, (y_px + 70) / clip.height_px), steps=3)
    page.mouse.up()
    review.judged(1)
    (what,) = review.said()
    assert what.height_share == pytest.approx(140 / clip.height_px, abs=0.02)


def test_the_film_is_pointed_at_by_keys_and_left_by_escape(review):
    page = review.page
    review.panel("lifter")
    review.at_frame(60)
    pick = page.locator('[data-pick="lifter"]')
    pick.click()
    shown = page.evaluate("document.getElementById('film').currentTime")
    page.keyboard.press("Escape")
    assert page.locator(".pick").count() == 0
    assert page.evaluate("document.activeElement.dataset.pick") == "lifter"
    page.keyboard.press("Enter")
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.getElementById('film').currentTime") == shown
    page.keyboard.press("Enter")
    review.judged(1)
    (what,) = review.said()
    assert isinstance(what, ChosenLifter)
    assert (what.x_share, what.y_share) == pytest.approx((0.48, 0.55))
    assert what.time_s == pytest.approx(1.0, abs=0.001)
    assert "lift.mp4 is not beside the result" in page.locator("#edit-lifter").inner_text()


@pytest.fixture(scope="module")
def two_lifters(tmp_path_factory):
    """A sample with its mirror image beside it, analyzed; beside the clip, as it is found later."""
    clip = tmp_path_factory.mktemp("two") / "two.mp4"
    with (
        FrameReader(SAMPLE) as frames,
        VideoWriter(clip, frames.width_px, frames.height_px // 2) as writer,
    ):
        for frame in frames:
            small = frame.image_rgb[::2, ::2]
            writer.write(np.hstack([small, small[:, ::-1]]), frame.time_s)
    pipeline.analyze(clip, Options(), folder=clip.with_suffix(".cleanform"))
    return clip.with_suffix(".cleanform")


def test_another_lifter_is_chosen_and_the_clip_looked_at_again(browser, two_lifters):
    with opened(browser, two_lifters, LAPTOP) as review:
        page, before = review.page, review.session.analysis
        clip = before.recording.clip
        (lift,) = before.lifts
        frame = lift.rep.frame("lift_off")
        hip_px = before.recording.pose.of("left_hip")[frame]
        other_px = (clip.width_px - hip_px[0], hip_px[1])
        review.panel("lifter")
        review.at_frame(frame)
        page.locator('[data-pick="lifter"]').click()
        page.mouse.click(*review.in_film(other_px[0] / clip.width_px, other_px[1] / clip.height_px))
        review.judged(1)
        assert "this needs the clip" in page.locator("main").inner_text()
        page.locator("#look-again").click()
        page.locator("#looking").wait_for(state="visible")
        page.locator('html[data-revision="2"]').wait_for(state="attached", timeout=180_000)
        assert "looked at again" in page.locator("#edit-status").inner_text()
        after = review.session.analysis
        assert isinstance(review.said()[0], ChosenLifter)
        followed_px = np.nanmedian(after.recording.pose.of("left_hip")[:, 0])
        middle_px = clip.width_px / 2
        assert (followed_px > middle_px) == (other_px[0] > middle_px) != (hip_px[0] > middle_px)
        assert [one.rep.kind for one in after.lifts] == [lift.rep.kind]
        mirrored = {"left": "right", "right": "left"}
        assert after.motion.near_side == mirrored[before.motion.near_side]
        review.film()


def test_the_scale_is_set_by_the_plate_and_by_a_length(review):
    page = review.page
    review.panel("scale")
    page.get_by_label("Diameter of the near plate, mm").fill("400")
    page.locator("#plate-size button").click()
    review.judged(1)
    assert review.said() == [PlateSize(400.0)]
    assert "0.400 m" in page.locator("dl").inner_text()
    assert page.get_by_label("Diameter of the near plate, mm").input_value() == "400"
    review.film()
    page.get_by_label("Or a length that you know, cm").fill("45")
    page.locator('[data-pick="length"]').click()
    page.mouse.click(*review.in_film(0.5, 0.7))
    assert page.locator(".pick p").inner_text() == "Click the other end."
    page.mouse.click(*review.in_film(0.5, 0.9))
    review.judged(2)
    (what,) = review.said()
    assert isinstance(what, KnownLength)
    assert what.length_mm == 450.0
    assert what.to_y_share - what.from_y_share == pytest.approx(0.2, abs=0.01)
    assert "length of 0.450 m" in page.locator(".more").inner_text()


def test_a_verdict_is_marked_as_wrong_with_a_note_and_taken_back(review):
    page = review.page
    check = page.locator("#lift1-hip-lockout")
    assert check.locator("header .chip").inner_text().endswith("ok")
    check.locator(".wrong summary").click()
    note = "<b>not</b> “straight” 💪"
    check.get_by_label("What is it really?").fill(note)
    check.get_by_role("button", name="Mark as wrong").click()
    review.judged(1)
    (what,) = review.said()
    assert isinstance(what, WrongVerdict)
    assert (what.rule, what.said, what.note) == ("hip_lockout", "ok", note)
    assert check.locator("header .chip").inner_text().endswith("cannot tell")
    assert note in check.inner_text()
    check.get_by_role("button", name="It was right after all").click()
    review.judged(2)
    assert check.locator("header .chip").inner_text().endswith("ok")


def test_a_later_report_keeps_what_was_corrected(review):
    review.panel("scale")
    review.page.get_by_label("Diameter of the near plate, mm").fill("400")
    review.page.locator("#plate-size button").click()
    review.judged(1)
    review.session.close()
    folder = review.session.folder
    pipeline.rejudge(folder)
    assert "Corrected by hand: scale." in (folder / "report.html").read_text("utf-8")
    assert json.loads((folder / "analysis.json").read_text())["scale"]["source"] == "plate 0.400 m"
    assert history.load(folder, recording().clip).scale() == PlateSize(400.0)


@BOTH
def test_nothing_is_wider_than_the_window_and_everything_has_a_name(review):
    page = review.page
    for name in ("events", "plate", "lifter", "scale", "made"):
        review.panel(name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        panel = page.locator(f"#edit-{name}")
        assert panel.evaluate("(el) => el.scrollWidth <= el.clientWidth")
    for button in page.locator(".edit button").all():
        assert (button.get_attribute("aria-label") or button.inner_text()).strip()
    for mark in page.locator(".mark").all():
        assert mark.get_attribute("aria-label")
        assert mark.get_attribute("aria-valuetext")


def test_when_the_review_has_ended_the_page_says_so(review):
    review.panel("scale")
    review.page.context.set_offline(True)
    review.page.locator("#plate-size button").click()
    review.page.locator("#edit-status.problem").wait_for()
    assert "has the review ended" in review.page.locator("#edit-status").inner_text()
    assert review.session.revision == 0
