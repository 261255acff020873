"""`cleanform review`: one result, its corrections, and who may ask for what."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
import time
from email.message import Message
from pathlib import Path

import pytest
from corrected import recording, said

from cleanform import archive, history, pipeline, report
from cleanform.cli import main
from cleanform.corrections import MovedEvent, PlateSize
from cleanform.errors import InputError
from cleanform.locking import RESULT_LOCK, TEAM_FILE, result_lock, team_lock
from cleanform.model import Options
from cleanform.report.frames import FOLDER, KeptFrames
from cleanform.review import ReviewServer, Session
from cleanform.review.guard import LARGEST_BODY_BYTES, Guard, is_loopback
from cleanform.review.ranges import asked_range
from cleanform.review.session import StaleError

FILM = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def analysis():
    return pipeline.judge(recording(), Options())


@pytest.fixture(scope="module")
def result(tmp_path_factory, analysis):
    """A result without pictures: what a review needs of one."""
    home = tmp_path_factory.mktemp("result") / "lift.cleanform"
    (home / FOLDER).mkdir(parents=True)
    archive.save(analysis, home)
    kept = KeptFrames(home, film_times_s=tuple(recording().clip.times_s[30:200].tolist()))
    kept.film_at_s = tuple(t - kept.film_times_s[0] for t in kept.film_times_s)
    kept.save()
    (home / "overlay.mp4").write_bytes(FILM)
    report.rewrite(analysis, home)
    return home


@pytest.fixture
def folder(tmp_path, result):
    return shutil.copytree(result, tmp_path / "lift.cleanform")


@pytest.fixture
def session(folder):
    made = Session(folder)
    yield made
    made.close()


def tree(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


MOVED = {"kind": "event", "lift_frame": 60, "event": "full_extension", "frame": 91}


# --- the session --------------------------------------------------------------------------------


def test_a_correction_is_on_the_disk_before_it_is_answered(session, folder):
    session.correct(MOVED, 0)
    now = json.loads((folder / "analysis.json").read_text())
    assert now["lifts"][0]["events"]["full_extension"]["frame"] == 91
    assert now["corrections"][0]["kind"] == "event"
    kept = history.load(folder, recording().clip)
    assert [entry.what for entry in kept.entries] == [MovedEvent(60, "full_extension", 91)]
    assert session.revision == 1


def test_later_runs_keep_it_and_undoing_brings_everything_back(session, folder, analysis):
    before = json.loads((folder / "analysis.json").read_text())
    session.correct(MOVED, 0)
    session.correct({"kind": "plate size", "plate_mm": 400}, 1)
    session.close()
    again = pipeline.rejudge(folder)
    assert again.lifts[0].rep.frame("full_extension") == 91
    assert again.motion.scale.source == "plate 0.400 m"
    assert "Corrected by hand: full extension, scale." in (folder / "report.html").read_text()
    second = Session(folder)
    second.undo(1, 0)
    assert second.analysis.lifts[0].rep.frame("full_extension") == analysis.lifts[0].rep.frame(
        "full_extension"
    )
    second.undo(None, 1)
    second.close()
    assert json.loads((folder / "analysis.json").read_text()) == before
    assert "Corrected by hand" not in (folder / "report.html").read_text()
    assert [e.undone is None for e in history.load(folder, recording().clip).entries] == [False] * 2


def test_pictures_and_page_follow_at_the_latest_when_the_review_ends(folder):
    before = (
        (folder / "report.html").read_bytes(),
        (folder / "plots/lift1_bar_speed.svg").read_bytes(),
    )
    session = Session(folder)
    session.correct(MOVED, 0)
    session.close()
    after = (
        (folder / "report.html").read_bytes(),
        (folder / "plots/lift1_bar_speed.svg").read_bytes(),
    )
    assert before[0] != after[0]
    assert before[1] != after[1]


def test_it_writes_nowhere_but_in_the_folder(session, folder):
    (folder.parent / "mine.txt").write_text("mine")
    outside = {p for p in folder.parent.rglob("*") if folder not in (p, *p.parents)}
    session.correct(MOVED, 0)
    session.close()
    assert {p for p in folder.parent.rglob("*") if folder not in (p, *p.parents)} == outside
    names = {path.name for path in folder.iterdir()}
    assert names <= {
        "analysis.json", "corrections.json", "recording", "overlay.mp4", "plots", "report.html",
        "stills",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (None, "no object"),
        ({"kind": "event"}, "other fields"),
        ({**MOVED, "frame": 10**6}, "past the end"),
        ({**MOVED, "event": "lunch"}, "not one that is known"),
        ({**MOVED, "frame": 140}, "cannot be here"),
        ({**MOVED, "lift_frame": 5}, "no lift"),
        ({"kind": "plate size", "plate_mm": 5}, "no number from 100"),
        ({"kind": "plate", "frame": 9, "x_share": 0.0, "y_share": 0.0, "height_share": None},
         "No plate was found"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_a_sentence_and_changes_nothing(
    session, folder, document, words
):
    before = tree(folder)
    with pytest.raises(InputError, match=words):
        session.correct(document, 0)
    assert tree(folder) == before
    assert session.revision == 0


def test_verdicts_and_graphs_are_there_within_two_seconds(session):
    """Processor time, as other work on the machine is not ours: judged, drawn, page made."""
    session.page()
    took_s = []
    for revision in range(3):
        start_s = time.process_time()
        session.correct({**MOVED, "frame": 90 + revision}, revision)
        assert b"set by hand" in session.page()
        took_s.append(time.process_time() - start_s)
    assert sorted(took_s)[1] < 2.0


def test_two_windows_do_not_overwrite_each_other(session):
    session.correct(MOVED, 0)
    with pytest.raises(StaleError, match="another window"):
        session.correct({**MOVED, "frame": 92}, 0)
    with pytest.raises(InputError, match="undone before"):
        session.undo(7, 1)


def test_a_lifter_is_kept_though_it_needs_the_clip(session, folder):
    session.correct({"kind": "lifter", "time_s": 1.0, "x_share": 0.5, "y_share": 0.5}, 0)
    assert "this needs the clip" in session.analysis.notes[0]
    with pytest.raises(InputError, match=r"lift\.mp4 is not beside the folder.*--clip"):
        session.look_again(1)
    assert "--clip FILE" in session.page().decode()


def test_the_clip_is_found_beside_the_folder_or_where_it_is_named(folder, tmp_path):
    other = tmp_path / "elsewhere.mp4"
    with pytest.raises(InputError, match="no such file"):
        Session(folder, other)
    (tmp_path / "lift.mp4").write_bytes(b"no clip at all")
    for clip in (None, tmp_path / "lift.mp4"):
        session = Session(folder, clip)
        before = tree(folder)
        session.look_again(0)
        for _ in range(600):
            if not session.look.running:
                break
            threading.Event().wait(0.05)
        assert session.look.problem
        session.close()
        assert tree(folder) == before


# --- locks ----------------------------------------------------------------------------------------


def test_one_review_at_a_time_and_no_report_meanwhile(folder, capsys):
    with result_lock(folder):
        assert main(["review", str(folder), "--no-open"]) == 2
        assert "another cleanform review" in capsys.readouterr().err
        before = tree(folder)
        assert main(["report", str(folder)]) == 2
        assert "open in cleanform review" in capsys.readouterr().err
        assert tree(folder) == before
    assert main(["report", str(folder), "-q"]) == 0
    assert not (folder / RESULT_LOCK).exists() or result_lock(folder)


def test_no_batch_works_on_a_team_while_a_result_of_it_is_reviewed(folder, tmp_path):
    team = tmp_path / "team"
    home = team / "clips" / "lift-1"
    home.parent.mkdir(parents=True)
    (team / TEAM_FILE).write_bytes(b"")
    folder.rename(home)
    (home.parent / "lift-2").mkdir()
    with result_lock(home):
        with pytest.raises(InputError, match="another cleanform is at work"), team_lock(team):
            pass
        with result_lock(home.parent / "lift-2"):  # two results are two things
            pass
    with team_lock(team), pytest.raises(InputError, match="at work"), result_lock(home):
        pass


# --- the guard ------------------------------------------------------------------------------------

TOKEN = "secret-token"
US = "127.0.0.1:8000"
POST = {
    "Host": US, "Origin": f"http://{US}", "Content-Type": "application/json",
    "Content-Length": "10", "Sec-Fetch-Site": "same-origin",
}  # fmt: skip


def refused(method="GET", path=f"/{TOKEN}/", host="127.0.0.1", **headers):
    message = Message()
    for name, value in headers.items():
        if value is not None:
            message[name.replace("_", "-")] = value
    return Guard(TOKEN, host, 8000).refusal(method, path, message)


def test_our_own_page_is_answered():
    assert refused(Host=US) is None
    assert refused(Host="localhost:8000", Sec_Fetch_Site="none") is None
    post = {name.replace("-", "_"): value for name, value in POST.items()}
    assert refused("POST", f"/{TOKEN}/api/correct", **post) is None


@pytest.mark.parametrize(
    "path", ["/", "", "/secret", "/secret-tokem/", f"/{TOKEN}", f"//{TOKEN}/", f"/x/{TOKEN}/"]
)
def test_without_the_token_there_is_nothing(path):
    assert refused(path=path, Host=US) == 404


@pytest.mark.parametrize(
    "host", ["", "evil.example:8000", "127.0.0.1", "127.0.0.1:9", "127.0.0.1.evil.example:8000",
             "evil.example", "10.0.0.7:8000", "127.0.0.1:8000@evil.example"],
)  # fmt: skip
def test_another_name_for_us_is_refused(host):
    assert refused(Host=host) == 421


def test_bound_to_others_only_numbers_and_our_own_name_are_us():
    for host in ("192.168.1.9:8000", "[fe80::1]:8000", "0.0.0.0:8000"):
        assert refused(host="0.0.0.0", Host=host) is None
    assert refused(host="0.0.0.0", Host="evil.example:8000") == 421
    assert refused(host="coach.local", Host="coach.local:8000") is None
    assert refused(host="coach.local", Host="evil.example:8000") == 421
    assert [is_loopback(h) for h in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "coach")] == [
        True, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("site", ["cross-site", "same-site", "anything"])
def test_no_other_page_reads_or_changes_anything(site):
    assert refused(Host=US, Sec_Fetch_Site=site) == 403
    post = {name.replace("-", "_"): value for name, value in POST.items()}
    assert refused("POST", f"/{TOKEN}/api/correct", **{**post, "Sec_Fetch_Site": site}) == 403


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": f"https://{US}"}, 403),
        ({"Origin": f"http://{US}.evil.example"}, 403),
        ({"Content_Type": None}, 415),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "multipart/form-data; x=application/json"}, 415),
        ({"Content_Length": None}, 411),
        ({"Content_Length": "-1"}, 411),
        ({"Content_Length": "1_0"}, 411),
        ({"Transfer_Encoding": "chunked"}, 411),
        ({"Content_Length": str(LARGEST_BODY_BYTES + 1)}, 413),
        ({"Content_Length": "9" * 5000}, 413),
    ],
)
def test_a_change_comes_from_our_page_as_small_json(change, status):
    post = {name.replace("-", "_"): value for name, value in POST.items()}
    assert refused("POST", f"/{TOKEN}/api/correct", **{**post, **change}) == status


def test_other_methods_are_not_known():
    for method in ("PUT", "DELETE", "OPTIONS", "PATCH"):
        assert refused(method, Host=US) == 405


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        (None, None), ("", None), ("bytes=", None), ("bytes=-", None), ("items=0-4", None),
        ("bytes=0-4,6-8", None), ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 20)),
        ("bytes=90-500", (90, 100)), ("bytes=-10", (90, 100)), ("bytes=-500", (0, 100)),
        ("bytes=99-99", (99, 100)),
    ],
)  # fmt: skip
def test_ranges(header, wanted):
    assert asked_range(header, 100) == wanted


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=20-10", "bytes=-0"])
def test_ranges_outside(header):
    with pytest.raises(ValueError, match="bytes"):
        asked_range(header, 100)


# --- over real sockets --------------------------------------------------------------------------


@pytest.fixture
def server(session):
    with ReviewServer(session) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(server, method="GET", name="", body=None, *, token=None, **headers):
    """One request as our page would send it, less what `headers` changes; None leaves one out."""
    host = f"127.0.0.1:{server.server_port}"
    sent = {"Host": host}
    if method == "POST":
        sent |= {"Origin": f"http://{host}", "Content-Type": "application/json"}
    sent |= {key.replace("_", "-"): value for key, value in headers.items()}
    connection = http.client.HTTPConnection(host, timeout=20)
    path = f"/{token or server.guard.token}/{name}"
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    body = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    if body is not None and "Content-Length" not in sent:
        sent["Content-Length"] = str(len(body))
    for key, value in sent.items():
        if value is not None:
            connection.putheader(key, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def correction(server, **change):
    return {"correction": MOVED, "revision": server.session.revision, **change}


def test_the_page_the_state_and_a_change(server, folder):
    answer, page = ask(server)
    assert answer.status == 200
    assert b'id="edit-events"' in page
    assert b"connect-src 'self'" in page
    answer, content = ask(server, "POST", "api/correct", correction(server))
    assert (answer.status, json.loads(content)["revision"]) == (200, 1)
    assert json.loads(ask(server, name="api/state")[1]) == {
        "revision": 1, "looking": False, "stage": "", "share": 0.0, "problem": "",
    }  # fmt: skip
    assert b"set by hand" in ask(server)[1]
    answer, content = ask(server, "POST", "api/undo", {"number": 1, "revision": 1})
    assert answer.status == 200
    answer, content = ask(server, "POST", "api/undo-all", {"revision": 2})
    assert answer.status == 200
    assert history.load(folder, recording().clip).entries[0].undone


def test_what_is_refused_says_why_and_what_is_stale_too(server):
    answer, content = ask(
        server, "POST", "api/correct", correction(server, correction={**MOVED, "frame": 140})
    )
    assert answer.status == 422
    assert "cannot be here" in json.loads(content)["problem"]
    answer, content = ask(server, "POST", "api/correct", correction(server, revision=9))
    assert answer.status == 409


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"token": "x" * 32}, 404),
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": None}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Length": "99999999"}, 413),
        ({"Transfer_Encoding": "chunked"}, 411),
    ],
)
def test_a_change_that_is_not_ours_changes_nothing(server, folder, headers, status):
    before = tree(folder)
    answer, content = ask(server, "POST", "api/correct", correction(server), **headers)
    assert answer.status == status
    assert server.guard.token.encode() not in content
    assert tree(folder) == before
    assert server.session.revision == 0


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 50_000, b'{"revision": 0}']
)
def test_a_body_that_is_not_understood_changes_nothing(server, folder, body):
    before = tree(folder)
    answer, _ = ask(server, "POST", "api/correct", body)
    assert answer.status in (400, 422)
    assert tree(folder) == before


@pytest.mark.parametrize(
    "name",
    ["analysis.json", "corrections.json", "report.html", "recording/recording.npz", "../lift.mp4",
     "..%2flift.mp4", "%2e%2e/lift.mp4", "./overlay.mp4", "overlay.mp4/", "overlay.mp4%00",
     "/etc/passwd", "stills/../overlay.mp4", "api/", "api/correct", "API/STATE", "\\overlay.mp4"],
)  # fmt: skip
def test_nothing_but_what_has_a_name_is_served(server, name):
    answer, content = ask(server, name=name)
    assert (answer.status, content) == (404, b"Not Found\n")


def test_a_link_in_the_place_of_the_film_leads_nowhere(server, folder, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (folder / "overlay.mp4").unlink()
    (folder / "overlay.mp4").symlink_to(tmp_path / "secret")
    assert ask(server, name="overlay.mp4")[0].status == 404


def test_no_answer_lets_another_page_in(server):
    for answer, _ in (
        ask(server), ask(server, name="api/state"), ask(server, name="nothing"),
        ask(server, "POST", "api/correct", correction(server)),
    ):  # fmt: skip
        names = {name.lower() for name in dict(answer.headers)}
        assert not {name for name in names if name.startswith("access-control-")}
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    for method in ("OPTIONS", "PUT", "DELETE", "TRACE"):
        assert ask(server, method)[0].status in (405, 501)


def test_the_film_is_sent_in_parts(server):
    answer, content = ask(server, name="overlay.mp4")
    assert (answer.status, content) == (200, FILM)
    assert answer.headers["Accept-Ranges"] == "bytes"
    answer, content = ask(server, name="overlay.mp4", Range="bytes=100-199")
    assert (answer.status, content) == (206, FILM[100:200])
    assert answer.headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"
    answer, content = ask(server, name="overlay.mp4", Range=f"bytes={len(FILM)}-")
    assert answer.status == 416
    answer, content = ask(server, "HEAD", "overlay.mp4", Range="bytes=0-9")
    assert (answer.status, content, answer.headers["Content-Length"]) == (206, b"", "10")


def test_the_token_is_new_every_time_and_long(session):
    with ReviewServer(session) as one, ReviewServer(session) as other:
        assert one.guard.token != other.guard.token
        assert len(one.guard.token) >= 32
        assert one.url == f"http://127.0.0.1:{one.server_port}/{one.guard.token}/"
        assert one.server_address[0] == "127.0.0.1"
        with pytest.raises(InputError, match="choose another --port"):
            ReviewServer(session, port=one.server_port + 70_000)


# --- in a team ------------------------------------------------------------------------------------


def test_a_reviewed_result_of_a_team_is_read_anew_by_its_next_report(folder, tmp_path):
    team = tmp_path / "team"
    home = team / "clips" / "lift-1"
    home.parent.mkdir(parents=True)
    (team / TEAM_FILE).write_bytes(b"")
    folder.rename(home)
    session = Session(home)
    assert not (home / history.REVIEWED_FILE).exists()
    session.correct(MOVED, 0)
    session.close()
    assert (home / history.REVIEWED_FILE).exists()


# --- the command ----------------------------------------------------------------------------------


def test_a_folder_that_is_no_result_is_one_line(tmp_path, capsys):
    assert main(["review", str(tmp_path), "--no-open"]) == 2
    assert "holds no analysis.json" in capsys.readouterr().err
    (tmp_path / TEAM_FILE).write_bytes(b"")
    assert main(["review", str(tmp_path), "--no-open"]) == 2
    assert "name one of its results" in capsys.readouterr().err


def test_broken_corrections_are_one_line_and_stay(folder, capsys):
    path = Path(folder, history.FILE)
    path.write_text("{")
    assert main(["review", str(folder), "--no-open"]) == 2
    assert "corrections.json" in capsys.readouterr().err
    assert path.read_text() == "{"


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_it_prints_where_and_ends_with_ctrl_c(folder, capsys, monkeypatch, host, warned):
    def interrupted(self, poll_interval):
        self.session.correct({"kind": "plate size", "plate_mm": 400.0}, 0)
        raise KeyboardInterrupt

    monkeypatch.setattr(ReviewServer, "serve_forever", interrupted)
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["review", str(folder), "--host", host]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("http://127.0.0.1:")
    assert opened == [out.splitlines()[0]]
    assert bool(err) is warned
    assert "plate 0.400 m" in (folder / "analysis.json").read_text()
    kept = history.load(folder, recording().clip)
    assert kept.entries[0].what == said(PlateSize(400.0)).entries[0].what
    assert main(["review", str(folder), "--no-open", "--port", "0", "-q"]) in (0, 2)
    assert len(opened) == 1
