"""The folder that a coach opens: page, stills and film say what was measured, and nothing leaks."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from itertools import pairwise

import cv2
import examples
import numpy as np
import pytest

from cleanform import report, texts
from cleanform.draw import Label
from cleanform.errors import InputError
from cleanform.model import Finding, Limits, Options, Verdict, View
from cleanform.report import film, frames, gauge, reel, words
from cleanform.report.limits import limits_of
from cleanform.report.measures import Measures
from cleanform.report.scene import Scene
from cleanform.video import VideoWriter

SIZE = {"width_px": 480, "height_px": 272}
HOSTILE = "<script>alert(1)</script>\"'&amp;{{7*7}} 💪 \u202eevil\u202c عربى"


def shoot_clip(path, analysis):
    with VideoWriter(path, **SIZE) as writer:
        for index, time_s in enumerate(analysis.recording.clip.times_s):
            writer.write(examples.grey_frame(index, **SIZE), time_s)


@pytest.fixture(scope="module")
def clip_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "lift.mp4"
    shoot_clip(path, examples.analysis(path, **SIZE))
    return path


@pytest.fixture(scope="module")
def analysis(clip_path):
    return examples.analysis(clip_path, athlete="Zoë", **SIZE)


@pytest.fixture(scope="module")
def written(analysis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("result")
    told = []
    report.write(analysis, folder, lambda stage, share: told.append((stage, share)))
    assert told[-1][1] == 1.0
    return folder


@pytest.fixture
def copied(written, tmp_path):
    return shutil.copytree(written, tmp_path / "copy")


class Page(HTMLParser):
    """Tags with their attributes, and the text that a reader sees."""

    def __init__(self, folder):
        super().__init__()
        self.source = (folder / "report.html").read_text("utf-8")
        self.tags, self.words, self._inside = [], [], []
        self.feed(self.source)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style", "title"):
            self._inside.append(tag)

    def handle_endtag(self, tag):
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data):
        if not self._inside:
            self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    def with_class(self, name):
        return [a for _, a in self.tags if name in (a.get("class") or "").split()]


@pytest.fixture(scope="module")
def page(written):
    return Page(written)


# --- what is in the folder ----------------------------------------------------------------------


def test_the_six_stills_and_one_for_each_finding(written):
    names = {path.name for path in (written / "stills").iterdir()}
    assert names == {
        "lift1_1_setup.jpg",
        "lift1_2_knee.jpg",
        "lift1_3_power_position.jpg",
        "lift1_4_full_extension.jpg",
        "lift1_5_catch.jpg",
        "lift1_6_stood_up.jpg",
        "lift1_rounded_back.jpg",
        "lift1_hip_lockout.jpg",
        "lift1_bar_drift.jpg",
        "lift1_catch_height.jpg",
    }


def test_plots_as_svg_and_png(written):
    names = {path.name for path in (written / "plots").iterdir()}
    stems = ("lift1_bar_path", "lift1_bar_speed", "lift1_joint_angles")
    assert names == {f"{stem}.{kind}" for stem in stems for kind in ("svg", "png")}


def coloured(image_bgr):
    """Share of pixels that the grey frames cannot have."""
    spread = image_bgr.max(axis=2).astype(int) - image_bgr.min(axis=2)
    return (spread > 60).mean()


def test_stills_are_marked_and_the_kept_frames_are_not(written):
    for path in (written / "stills").iterdir():
        assert coloured(cv2.imread(str(path))) > 0.002, path.name
    kept = sorted((written / "recording" / "frames").glob("*.jpg"))
    assert len(kept) >= 9
    for path in kept:
        assert coloured(cv2.imread(str(path))) < 0.0005, path.name


def test_a_findings_still_has_the_colour_of_its_verdict(written):
    def share(name, colour):
        image = cv2.imread(str(written / "stills" / name))[..., ::-1].astype(int)
        return (np.abs(image - colour).max(axis=2) < 45).mean()

    fault, watch = (255, 93, 71), (255, 193, 69)
    assert share("lift1_rounded_back.jpg", fault) > 2 * share("lift1_bar_drift.jpg", fault)
    assert share("lift1_bar_drift.jpg", watch) > 2 * share("lift1_rounded_back.jpg", watch)


def probe(path, *what):
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", *what, str(path)],
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)


needs_ffprobe = pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not installed")


@needs_ffprobe
def test_the_film_plays_everywhere_at_true_times(written, analysis):
    path = written / "overlay.mp4"
    stream = probe(path, "-show_streams")["streams"][0]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert (stream["width"], stream["height"]) == (480, 272)
    packed = path.read_bytes()
    assert packed.index(b"moov") < packed.index(b"mdat"), "faststart"
    shown = probe(path, "-show_entries", "frame=pts_time", "-select_streams", "v")["frames"]
    times_s = np.array([float(frame["pts_time"]) for frame in shown])
    clip = analysis.recording.clip
    chosen = reel.film_frames(analysis)
    assert times_s == pytest.approx(clip.times_s[chosen] - clip.times_s[chosen[0]], abs=2e-3)
    assert float(stream["duration"]) == pytest.approx(times_s[-1] + 1 / 60, abs=1 / 60)


def test_the_film_shows_the_lift_with_marks(written):
    film_in = cv2.VideoCapture(str(written / "overlay.mp4"))
    found = []
    while True:
        more, image = film_in.read()
        if not more:
            break
        found.append(image)
    assert min(coloured(image) for image in found[::20]) > 0.002


# --- which frames -------------------------------------------------------------------------------


def test_the_film_reaches_a_second_around_the_lift(analysis):
    clip, rep = analysis.recording.clip, analysis.lifts[0].rep
    chosen = reel.film_frames(analysis)
    assert clip.times_s[chosen[0]] == pytest.approx(clip.times_s[rep.span.start] - 1.0, abs=0.02)
    assert clip.times_s[chosen[-1]] == pytest.approx(
        min(clip.times_s[-1], clip.times_s[rep.span.stop - 1] + 1.0), abs=0.02
    )


def test_the_film_stops_at_a_cut_and_leaves_repeats_out(analysis):
    recording = analysis.recording
    rep = analysis.lifts[0].rep
    cut = rep.span.start - 10
    repeats = np.zeros(recording.clip.frames, bool)
    repeats[100:103] = True
    repeats[150:180] = True
    clip = replace(recording.clip, cuts=(cut,), repeats=repeats)
    chosen = reel.film_frames(replace(analysis, recording=replace(recording, clip=clip)))
    assert chosen[0] == cut
    assert not {100, 101, 102} & set(chosen)
    # A long freeze still moves on now and then, so that players have something to seek to.
    assert 3 <= len(set(range(150, 180)) & set(chosen)) <= 6


def test_a_240_fps_clip_gives_a_film_that_screens_can_show(analysis):
    recording = analysis.recording
    fast = replace(recording.clip, times_s=recording.clip.times_s / 4)
    rep = replace(analysis.lifts[0].rep)
    lifts = (replace(analysis.lifts[0], rep=rep),)
    chosen = reel.film_frames(
        replace(analysis, recording=replace(recording, clip=fast), lifts=lifts)
    )
    assert np.diff(fast.times_s[chosen]).min() > 1 / 63


def test_frames_near_events_are_kept_and_no_more(analysis):
    kept = frames.wanted(analysis)
    events = [event.frame for event in analysis.lifts[0].rep.events.values()]
    for frame in events:
        assert {frame - 2, frame, frame + 2} <= set(kept)
    findings = [finding.frame for finding in analysis.lifts[0].findings]
    assert all(min(abs(k - f) for f in [*events, *findings]) <= 2 for k in kept)


# --- the page ----------------------------------------------------------------------------------


def test_nothing_is_asked_of_the_network(page):
    for tag, attrs in page.tags:
        for name in ("src", "href", "srcset", "poster", "data", "action", "xlink:href"):
            value = attrs.get(name)
            if value:
                assert value.startswith(("data:", "#")) or value == film.FILE, (tag, value[:80])
    style = "".join(re.findall(r"<style>(.*?)</style>", page.source, re.S))
    assert "url(" not in style
    assert "@import" not in style
    assert "http" not in re.sub(r"data:[^\"]+", "", style)
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv"))
    assert "default-src 'none'" in policy


def test_every_finding_is_there_worst_first(page, analysis):
    order = [a["class"].split()[-1] for a in page.with_class("check")]
    assert order == ["fault", "watch", "cannot-tell", "ok"]
    for finding in analysis.lifts[0].findings:
        assert words.heading(finding) in page.text
        assert Measures().text(finding.reason) in page.text
        assert finding.cue in page.text
    for value in ("27 ± 3°", "5.6 ± 0.7 cm", "4 ± 4°"):
        assert value in page.text


def test_the_first_screen_says_what_matters_most(page):
    assert "One thing to fix" in page.text
    heads = page.with_class("cue")
    assert [a["class"].split()[-1] for a in heads] == ["fault", "watch"]
    start = page.source.index('class="cues"')
    assert "data:image/jpeg" in page.source[start : page.source.index("</header>", start)]


def test_cannot_tell_is_never_called_good(written, analysis):
    blind = tuple(
        Finding(rule, rule, Verdict.CANNOT_TELL, reason="The plate hides it.")
        for rule in ("rounded_back", "hip_lockout")
    )
    good = Finding("bar_drift", "Bar drifts", Verdict.OK, 1.0, "cm", 0.5)
    lift = analysis.lifts[0]
    none = words.verdict_sentence((replace(lift, findings=blind),))
    assert "good" not in none.lower()
    some = words.verdict_sentence((replace(lift, findings=(*blind, good)),))
    assert "good" not in some.lower()
    assert "One of three checks" in some
    assert "good" in words.verdict_sentence((replace(lift, findings=(good,)),)).lower()


def test_a_good_check_is_not_headed_with_its_fault():
    fault = Finding("hip_lockout", "Hips not locked out", Verdict.FAULT, 30.0, "deg", 3.0)
    assert words.heading(fault) == "Hips not locked out"
    for verdict in (Verdict.OK, Verdict.CANNOT_TELL):
        assert words.heading(replace(fault, verdict=verdict)) == "Hip lock-out"
    unknown = Finding("jumps_forward", "Jumps forward", Verdict.OK)
    assert words.heading(unknown) == "Jumps forward"


def test_the_page_is_readable_without_eyes(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(a.get("alt") for a in page.all("img"))
    assert all(a.get("aria-label") for a in page.all("svg"))
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("main")
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        if link["href"].startswith("#"):
            assert link["href"][1:] in ids


def test_every_still_and_finding_leads_into_the_film(page, analysis):
    seeks = {float(a["data-seek"]) for _, a in page.tags if "data-seek" in a}
    data = json.loads(re.search(r'id="data">(.*?)</script>', page.source, re.S)[1])
    times = data["times"]
    clip = analysis.recording.clip
    assert times[0] == pytest.approx(clip.times_s[reel.film_frames(analysis)[0]], abs=1e-3)
    assert all(times[0] <= seek <= times[-1] for seek in seeks)
    for finding in analysis.lifts[0].findings:
        assert any(abs(seek - finding.time_s) < 1e-3 for seek in seeks)


def test_metres_are_not_printed_without_a_scale(clip_path, tmp_path):
    unscaled = examples.analysis(clip_path, scaled=False, **SIZE)
    report.write(unscaled, tmp_path, video=False)
    page = Page(tmp_path)
    assert "plate diameters" in page.text
    visible = page.text.replace("3 to 5 metres away", "").replace("nothing is given in metres", "")
    for finding in unscaled.lifts[0].findings:
        visible = visible.replace(Measures().text(finding.limit), "")
    own = visible[: visible.index("How to film it")]
    own = re.sub(r"Why, and how it is measured.*?(?=▶|$)", "", own)
    assert not re.search(r"\d\s?(m|m/s|cm)\b", own), re.search(r".{30}\d\s?(m|m/s|cm)\b", own)[0]
    assert not (tmp_path / "overlay.mp4").exists()
    assert not page.all("video")
    assert len(list((tmp_path / "stills").iterdir())) == 10


def test_hostile_names_stay_text(analysis, copied):
    clip = replace(analysis.recording.clip, path=copied / HOSTILE.replace("/", "∕"))
    hostile = replace(
        analysis,
        options=Options(athlete=HOSTILE),
        recording=replace(analysis.recording, clip=clip),
        notes=(HOSTILE,),
        lifts=(
            replace(
                analysis.lifts[0],
                findings=(
                    Finding(
                        "x</script>", HOSTILE, Verdict.FAULT, 1.0, HOSTILE, 0.1, HOSTILE, 80,
                        1.35, HOSTILE, HOSTILE, HOSTILE,
                    ),
                ),
            ),
        ),
    )  # fmt: skip
    report.rewrite(hostile, copied)
    page = Page(copied)
    assert "alert(1)" not in "".join(re.findall(r"<script[^>]*>(.*?)</script>", page.source, re.S))
    assert page.source.count("<script") == 3
    assert HOSTILE.split("💪")[0].split("&amp;")[0] in page.text
    assert "{{7*7}}" in page.text
    assert not any("onerror" in attrs or "onload" in attrs for _, attrs in page.tags)
    assert str(copied) not in page.source


def test_a_file_name_that_is_not_utf8_does_not_stop_the_page(analysis, copied):
    clip = replace(analysis.recording.clip, path=copied / "b\udcffad.mp4")
    report.rewrite(replace(analysis, recording=replace(analysis.recording, clip=clip)), copied)
    assert "ad.mp4" in Page(copied).text


def test_no_path_is_written_into_the_folder(written, clip_path):
    for path in written.rglob("*"):
        if path.suffix in (".html", ".json", ".svg"):
            assert str(clip_path.parent) not in path.read_text("utf-8"), path.name


# --- drawn again --------------------------------------------------------------------------------


def test_rewriting_needs_no_clip_and_changes_what_changed(analysis, copied):
    gone = replace(analysis.recording.clip, path=copied / "gone.mp4")
    film_before = (copied / "overlay.mp4").read_bytes()
    still_before = (copied / "stills" / "lift1_hip_lockout.jpg").read_bytes()
    (copied / "stills" / "lift1_old_rule.jpg").write_bytes(b"x")
    (copied / "stills" / "mine.txt").write_text("kept")
    findings = tuple(
        replace(finding, verdict=Verdict.FAULT, cue="Stand tall.")
        if finding.rule == "hip_lockout"
        else finding
        for finding in analysis.lifts[0].findings
    )
    changed = replace(
        analysis,
        recording=replace(analysis.recording, clip=gone),
        lifts=(replace(analysis.lifts[0], findings=findings),),
    )
    report.rewrite(changed, copied)
    page = Page(copied)
    assert "Two things to fix" in page.text
    assert "have changed since this film was drawn" in page.text
    assert (copied / "overlay.mp4").read_bytes() == film_before
    assert (copied / "stills" / "lift1_hip_lockout.jpg").read_bytes() != still_before
    assert not (copied / "stills" / "lift1_old_rule.jpg").exists()
    assert (copied / "stills" / "mine.txt").exists()


def test_rewriting_the_same_gives_the_same(analysis, written, copied):
    report.rewrite(analysis, copied)
    assert (copied / "report.html").read_bytes() == (written / "report.html").read_bytes()
    assert "have changed since" not in Page(copied).text


@pytest.mark.parametrize("damage", ["{", "[]", '{"scale": 1}', None])
def test_a_damaged_index_is_one_line(analysis, copied, damage):
    index = copied / "recording" / "frames" / "index.json"
    index.unlink() if damage is None else index.write_text(damage)
    with pytest.raises(InputError, match="analyze again"):
        report.rewrite(analysis, copied)


def test_an_older_result_has_a_film_that_never_stands_still(analysis, copied):
    index = copied / "recording" / "frames" / "index.json"
    document = json.loads(index.read_text())
    del document["film_at_s"], document["film_sound"]
    index.write_text(json.dumps(document))
    report.rewrite(analysis, copied)
    data = json.loads(re.search(r'id="data">(.*?)</script>', Page(copied).source, re.S)[1])
    steps = [at_s - time_s for at_s, time_s in zip(data["at"], data["times"], strict=True)]
    assert steps == pytest.approx([-data["times"][0]] * len(steps), abs=2e-4)


def test_an_index_cannot_lead_out_of_the_folder(analysis, copied):
    index = copied / "recording" / "frames" / "index.json"
    document = json.loads(index.read_text())
    document["frames"] = dict.fromkeys(document["frames"], "../../../etc/passwd")
    index.write_text(json.dumps(document))
    with pytest.raises(InputError, match="frames/passwd"):
        report.rewrite(analysis, copied)


# --- other analyses -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["no_person", "no_lift", "not_a_clean"])
def test_a_refusal_says_why_and_what_to_do(clip_path, tmp_path, code):
    refused = examples.refused(clip_path, code, person=code != "no_person", **SIZE)
    report.write(refused, tmp_path)
    page = Page(tmp_path)
    assert texts.table("refusals")[code] in page.text
    assert refused.refusal.message in page.text
    assert texts.lines(f"what_to_do.{code}")[0] in page.text
    assert not (tmp_path / "overlay.mp4").exists()
    assert 1 <= len(list((tmp_path / "stills").glob("seen_*.jpg"))) <= 4
    assert not page.with_class("check") or "checks" in page.source
    report.rewrite(refused, tmp_path)


def test_events_that_are_not_shown_say_so(clip_path, tmp_path):
    cut = examples.analysis(clip_path, missing=("catch_lowest", "stood_up"), **SIZE)
    report.write(cut, tmp_path, video=False)
    page = Page(tmp_path)
    assert "not in the clip as a whole" in page.text
    assert page.text.count("the clip ends before it") >= 2
    assert len(page.with_class("absent")) == 2
    assert not (tmp_path / "stills" / "lift1_5_catch.jpg").exists()


def test_several_lifts_are_apart_and_together(tmp_path):
    path = tmp_path / "two.mp4"
    two = examples.analysis(path, lifts=2, **SIZE)
    shoot_clip(path, two)
    folder = tmp_path / "result"
    folder.mkdir()
    report.write(two, folder)
    page = Page(folder)
    names = {still.name for still in (folder / "stills").iterdir()}
    assert {"lift1_1_setup.jpg", "lift2_1_setup.jpg", "lift2_rounded_back.jpg"} <= names
    assert (folder / "plots" / "lifts_bar_paths.svg").exists()
    assert "Two lifts, one thing to fix" in page.text
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert {a["data-lift"] for a in page.all("button") if "data-lift" in a} == {"0", "1", "all"}


def test_a_large_film_lies_beside_the_page(analysis, copied, monkeypatch):
    monkeypatch.setattr("cleanform.report.page.LARGEST_INSIDE_BYTES", 1000)
    report.rewrite(analysis, copied)
    page = Page(copied)
    assert page.all("video")[0]["src"] == "overlay.mp4"
    assert 'id="film-data"' not in page.source


# --- words and gauges ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "sigma", "text"),
    [
        (27.4, "deg", 3.1, "27 ± 3°"),
        (-0.04, "cm", None, "0.0 cm"),
        (-4.26, "cm", 0.5, "−4.3 ± 0.5 cm"),
        (1.844, "m/s", 0.05, "1.84 ± 0.05 m/s"),
        (None, "deg", None, "–"),
        (float("nan"), "deg", None, "–"),
        (3.0, "furlongs", None, "3.00 furlongs"),
    ],
)
def test_quantities(value, unit, sigma, text):
    assert Measures().quantity(value, unit, sigma) == text


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("at most 12 deg; fault above 22 deg", Limits("deg", ok_max=12, fault_max=22)),
        ("at least 30 deg; fault below -5 deg", Limits("deg", ok_min=30, fault_min=-5)),
        (
            "at least 2.5 cm and at most 4 cm; fault below 1 cm or above 7 cm",
            Limits("cm", ok_min=2.5, ok_max=4, fault_min=1, fault_max=7),
        ),
        ("at most 15 deg; never a fault", Limits("deg", ok_max=15)),
        ("", None),
        ("as the coach likes", None),
        ("at most 22 deg; fault above 12 deg", None),
    ],
)
def test_limits_are_read_from_their_words(limit, expected):
    unit = "cm" if "cm" in limit else "deg"
    finding = Finding("x", "X", Verdict.OK, 1.0, unit, 0.1, limit)
    assert limits_of(finding) == expected


def test_the_engines_words_are_understood():
    from cleanform.rules import all_rules
    from cleanform.rules.engine import in_words

    for rule in all_rules():
        for limits in rule.parts.values():
            finding = Finding(rule.id, rule.title, Verdict.OK, 1.0, limits.unit, 0.1)
            assert limits_of(replace(finding, limit=in_words(limits))) == limits


@pytest.mark.parametrize("value", [-80.0, -3.0, 0.0, 11.0, 14.0, 30.0, 400.0])
def test_the_pointer_stands_in_the_band_of_its_value(value):
    limits = Limits("deg", ok_max=12, fault_max=22)
    finding = Finding("x", "X", Verdict.OK, value, "deg", 3.0, "at most 12 deg; fault above 22 deg")
    drawn = gauge.svg(finding, Measures())
    bars = [
        (float(x), float(x) + float(w), fill)
        for x, w, fill in re.findall(
            r'<rect x="([\d.-]+)".*?width="([\d.]+)".*?fill="(#\w+)"', drawn
        )
    ]
    at = float(re.search(r'<circle cx="([\d.-]+)"', drawn)[1])
    low, high = min(left for left, _, _ in bars), max(right for _, right, _ in bars)
    assert low <= at <= high + 1.5
    from cleanform import palette

    expected = (
        Verdict.OK if value <= limits.ok_max
        else Verdict.WATCH if value <= limits.fault_max
        else Verdict.FAULT
    )  # fmt: skip
    under = [fill for left, right, fill in bars if left <= at <= right + 1.6]
    assert palette.VERDICTS[expected].bright in under


def test_clock_of_a_long_clip():
    assert words.clock(1.346) == "1.35 s"
    assert words.clock(float(Fraction(754, 10))) == "1:15.40"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_the_page_comes_alive_in_a_browser(written, tmp_path):
    """The film is loaded from inside the page, a still leads to its moment, nothing complains."""
    probe_code = """<script>
    const complaints = [];
    addEventListener("error", (e) => complaints.push(String(e.message)), true);
    addEventListener("securitypolicyviolation", (e) => complaints.push(e.violatedDirective));
    addEventListener("load", () => setTimeout(() => {
      document.querySelector(".check .shot").click();
      setTimeout(() => {
        const video = document.getElementById("film");
        document.documentElement.innerHTML = `<pre>${JSON.stringify({
          complaints, source: video.src.slice(0, 5), at: video.currentTime})}</pre>`;
      }, 2000);
    }, 2000));
    </script></head>"""
    text = (written / "report.html").read_text("utf-8")
    page = tmp_path / "probed.html"
    page.write_text(text.replace("</head>", probe_code, 1), "utf-8")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--virtual-time-budget=9000 --dump-dom"
    ).split()
    profile = tmp_path / "profile"
    done = subprocess.run(
        ["chromium", *flags, f"--user-data-dir={profile}", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
    )
    seen = json.loads(re.search(r"<pre>(.*)</pre>", done.stdout)[1])
    assert seen["complaints"] == []
    assert seen["source"] == "blob:"
    # Time is virtual here, so decoding may lag; where the film was sent is known at once.
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S)[1])
    times_s = np.array(data["times"])
    shown_s = times_s[times_s <= times_s[0] + seen["at"]][-1]
    assert abs(shown_s - 1.35) <= 0.51 * np.diff(times_s).max()  # the picture nearest to it


def labels_at(analysis, frame, names):
    canvas = film.canvas_of(analysis)
    shapes = Scene(analysis).angles(canvas, frame, names)
    return [shape.text for shape in shapes if isinstance(shape, Label)]


def test_angles_are_numbered_only_where_the_picture_shows_them(analysis):
    motion = analysis.motion
    seen = {name: np.zeros(len(motion.times_s), bool) for name in motion.hidden}
    covered = np.ones(len(motion.times_s), bool)
    clear = replace(analysis, motion=replace(motion, hidden=seen))
    value = Measures().quantity(motion.angles_deg["knee"][100], "deg")
    assert labels_at(clear, 100, ("knee",)) == [f"knee {value}"]
    one_end = replace(motion, hidden={**seen, "ankle": covered})
    assert labels_at(replace(analysis, motion=one_end), 100, ("knee",)) == [f"knee ≈{value}"]
    for joints in (("knee",), ("hip", "ankle")):
        hidden = replace(motion, hidden={**seen, **dict.fromkeys(joints, covered)})
        assert labels_at(replace(analysis, motion=hidden), 100, ("knee",)) == []
    for yaw_deg in (50.0, float("nan")):
        turned = replace(motion, hidden=seen, view=View(yaw_deg, "three-quarter front", 0.8))
        assert labels_at(replace(analysis, motion=turned), 100, ("knee", "trunk")) == []


@pytest.mark.parametrize(
    ("time_s", "shown"),
    [
        (0.6, ()),  # walking up
        (1.25, ("trunk", "knee")),
        (1.7, ("trunk", "knee")),
        (2.2, ("hip", "knee")),
        (2.5, ()),  # nobody can read a number in the turnover
        (2.75, ("knee", "thigh")),
        (3.0, ("knee", "thigh")),  # the catch stays to be read
        (3.3, ()),
        (3.6, ("hip", "knee")),
        (4.2, ()),
    ],
)
def test_angles_are_shown_only_while_they_matter(analysis, time_s, shown):
    frame = int(np.searchsorted(analysis.recording.clip.times_s, time_s))
    assert tuple(Scene(analysis).angles_at(frame, analysis.lifts[0])) == shown


def test_a_finding_is_not_drowned_by_other_numbers(analysis):
    """While a fault's own marks are drawn, no other angle is written beside them."""
    fault = analysis.lifts[0].findings[0]
    canvas = film.canvas_of(analysis)
    there = film.film_shapes(Scene(analysis), canvas, fault.frame)
    labels = [shape.text for shape in there if isinstance(shape, Label)]
    assert "27°" in labels
    assert not any(label.startswith(("knee", "trunk")) for label in labels)
    later = film.film_shapes(Scene(analysis), canvas, fault.frame + 8)
    labels = [shape.text for shape in later if isinstance(shape, Label)]
    assert any(label.startswith("trunk") for label in labels)
