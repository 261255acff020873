"""The command line, with the stages behind it replaced: words, exit codes, streams, folders.

`test_cli_real.py` runs the same commands on real files.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import examples
import jsonschema
import pytest

from cleanform import archive, cli
from cleanform.errors import InputError, MissingModelError
from cleanform.model import EVENTS, Analysis, Finding, Mark, Options, Verdict

TESTS = Path(__file__).parent


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """Replace the stages by canned results; the clip's name chooses which."""
    made: list[SimpleNamespace] = []

    def analyze(path: Path, options: Options, folder: Path, progress: object) -> Analysis:
        made.append(SimpleNamespace(path=path, options=options, folder=folder, progress=progress))
        if "bad" in path.name:
            raise InputError(f"{path.name}: is empty; copy it again")
        if "interrupted" in path.name:
            raise KeyboardInterrupt
        if "deadlift" in path.name:
            return examples.refused(path, code="not_a_clean")
        return examples.analysis(path)

    def rejudge(folder: Path, progress: object, options: object = None) -> Analysis:
        made.append(SimpleNamespace(folder=folder, progress=progress, options=options))
        return examples.analysis()

    stand_in = SimpleNamespace(analyze=analyze, rejudge=rejudge)
    monkeypatch.setitem(sys.modules, "cleanform.pipeline", stand_in)
    return made


def run(*arguments: str | Path) -> int:
    return cli.main([str(argument) for argument in arguments])


# --- what it prints ---------------------------------------------------------------------------


def test_a_lift_is_told_in_full(calls: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "lift.mp4") == 0
    out, err = capsys.readouterr()
    assert err == ""
    for event in EVENTS:
        assert event.replace("_", " ") in out or event == "lift_off"
    assert "lift-off 1.35 s" in out
    lines = {line.split("  ")[1].strip(): line for line in out.splitlines() if "  " in line}
    back = next(line for line in lines.values() if "Back rounds" in line)
    assert "fault" in back
    assert "27 ± 3 deg" in back
    assert "at most 12 deg; fault above 22 deg" in back
    hidden = next(line for line in lines.values() if "Height of the catch" in line)
    assert "cannot tell" in hidden
    assert "The plate hides the hip" in hidden
    assert out.count("Work on this first:") == 1
    assert "Chest up, hips back" in out
    assert "Drag the bar" not in out
    assert "Written to lift.cleanform" in out


def test_a_missing_event_says_why(
    calls: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sys.modules["cleanform.pipeline"],
        "analyze",
        lambda path, *_, **__: examples.analysis(path, missing=("rack", "stood_up")),
    )
    assert run("analyze", "lift.mp4") == 0
    out = capsys.readouterr().out
    assert "no rack, stood up: the clip ends before it" in out
    assert "not shown to its end" in out


def test_a_refusal_is_a_result(calls: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "deadlift.mp4") == 0
    out, err = capsys.readouterr()
    assert "This is a deadlift" in out
    assert err == ""


def test_markup_in_names_is_only_text(calls: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "[bold]x[nope] :smile:.mp4") == 0
    assert "[bold]x[nope] :smile:.mp4" in capsys.readouterr().out


def test_quiet_prints_nothing_but_errors(
    calls: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", "-q", "lift.mp4", "bad.mp4") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "cleanform: bad.mp4: is empty; copy it again\n"


def test_json_of_one_clip_is_one_object(
    calls: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", "--json", "lift.mp4") == 0
    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, archive.schema())
    assert document == json.loads(json.dumps(archive.to_json(examples.analysis())))


def test_json_of_several_is_an_array_of_the_good_ones(
    calls: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", "--json", "lift.mp4", "bad.mp4", "deadlift.mp4") == 2
    out, err = capsys.readouterr()
    assert [each["clip"]["path"] for each in json.loads(out)] == ["lift.mp4", "deadlift.mp4"]
    assert err.count("\n") == 1


def test_json_of_one_bad_clip_is_silence(
    calls: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", "--json", "bad.mp4") == 2
    assert capsys.readouterr().out == ""


def test_no_progress_bar_without_a_terminal(calls: list[Any]) -> None:
    assert run("analyze", "lift.mp4") == 0
    assert calls[0].progress is None


def test_progress_bar_on_a_terminal(
    calls: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    shown: list[object] = []

    def analyze(path: Path, options: Options, folder: Path, progress: Any) -> Analysis:
        progress("watching the clip", 0.5)
        shown.append(progress)
        return examples.analysis(path)

    monkeypatch.setattr(sys.modules["cleanform.pipeline"], "analyze", analyze)
    assert run("analyze", "[red]lift.mp4") == 0
    out, err = capsys.readouterr()
    assert shown
    assert "watching the clip" in err
    assert "watching the clip" not in out
    monkeypatch.setattr(
        sys.modules["cleanform.pipeline"],
        "analyze",
        lambda path, *_, progress, **__: shown.append(progress) or examples.analysis(path),
    )
    assert run("analyze", "-q", "lift.mp4") == 0
    assert shown[-1] is None


def test_report_judges_again(calls: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("report", "lift.cleanform") == 0
    assert calls[0].folder == Path("lift.cleanform")
    assert "Back rounds" in capsys.readouterr().out
    assert run("report", "--json", "lift.cleanform") == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), archive.schema())


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rules") == 0
    listed = capsys.readouterr().out
    for rule in ("rounded_back", "hip_lockout", "bar_drift", "catch_height"):
        assert rule in listed
        assert run("rules", "--explain", rule) == 0
        assert rule in capsys.readouterr().out
    assert run("rules", "--markdown") == 0
    assert "# The checks" in capsys.readouterr().out
    assert run("rules", "--explain", "rounded_bakc") == 2
    err = capsys.readouterr().err
    assert "rounded_back" in err
    assert err.count("\n") == 1


# --- what it was asked ------------------------------------------------------------------------


def test_every_option_reaches_the_stages(calls: list[Any], tmp_path: Path) -> None:
    code = run(
        *"analyze lift.mp4 --model lite --plate-mm 320 --stature-cm 178 --slow-motion 4".split(),
        *"--load-kg 62.5 --athlete Zoë --no-video -q -o".split(),
        tmp_path / "out",
    )
    assert code == 0
    assert calls[0].options == Options("lite", 320, 178, 4, 62.5, "Zoë", video=False)
    assert calls[0].folder == tmp_path / "out"


def test_every_option_of_page_and_film_reaches_them(calls: list[Any]) -> None:
    shown = "--date 2026-11-23 --units imperial --blur-faces --linked --freeze --slow 4 --audio"
    assert run("analyze", "lift.mp4", "-q", *shown.split()) == 0
    assert calls[0].options == Options(
        date="2026-11-23",
        units="imperial",
        blur_faces=True,
        linked=True,
        freeze=True,
        slow=4,
        audio=True,
    )


@pytest.mark.parametrize("option", ["--freeze", "--audio", "--slow=2"])
def test_a_film_that_is_not_written_has_no_options(
    calls: list[Any], capsys: pytest.CaptureFixture[str], option: str
) -> None:
    assert run("analyze", "lift.mp4", "--no-video", option) == 2
    assert "--no-video" in capsys.readouterr().err
    assert calls == []


def test_defaults_are_those_of_options(calls: list[Any]) -> None:
    assert run("analyze", "-q", "lift.mp4") == 0
    assert calls[0].options == Options()


@pytest.mark.parametrize(
    ("option", "bad", "good"),
    [
        ("--plate-mm", ["99", "601", "-450", "nan", "inf", "0", "x", ""], ["100", "600"]),
        ("--stature-cm", ["1.78", "99.9", "231", "nan", "tall"], ["100", "230"]),
        ("--slow-motion", ["0.5", "0", "-1", "nan", "inf"], ["1", "8"]),
        ("--load-kg", ["0", "-5", "nan", "inf", "1e9"], ["0.5", "200"]),
        ("--model", ["medium", "", "FULL", "../full"], ["lite", "heavy"]),
        ("--slow", ["0.5", "17", "-4", "nan", "x"], ["1", "4", "16"]),
        ("--units", ["miles", "", "Metric"], ["metric", "imperial"]),
        ("--date", ["23.11.2026", "2026-13-01", "2026-02-30", "", "today"], ["2026-11-23"]),
    ],
)
def test_option_values(
    calls: list[Any],
    capsys: pytest.CaptureFixture[str],
    option: str,
    bad: list[str],
    good: list[str],
) -> None:
    for value in bad:
        assert run("analyze", "lift.mp4", f"{option}={value}") == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("cleanform: ")
        assert option in err
        assert err.count("\n") == 1
    assert calls == []
    for value in good:
        assert run("analyze", "-q", "lift.mp4", f"{option}={value}") == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["analyse", "lift.mp4"],
        ["analyze", "--plates", "3", "lift.mp4"],
        ["analyze", "lift.mp4", "-o"],
        ["report"],
        ["report", "a", "b"],
        ["rules", "x"],
        ["--nope"],
    ],
)
def test_what_was_typed_wrong(
    calls: list[Any], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cleanform: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("command", [[], ["analyze"], ["report"], ["rules"]])
def test_every_command_and_option_has_help(
    capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    assert run(*command, "--help") == 0
    text = capsys.readouterr().out
    assert "Usage: cleanform" in text
    options = text.split("Options:")[1].split("Commands:")[0].splitlines()
    starts = [line for line in options if line.startswith("  -")]
    assert len(starts) >= 2
    for line in starts:
        assert len(line.strip().split("  ")) > 1, f"no help for {line}"


def test_no_command_is_a_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert "analyze" in capsys.readouterr().out
    assert run("--version") == 0
    assert capsys.readouterr().out == "cleanform 0.1.0\n"


# --- where results go -------------------------------------------------------------------------


def folders(calls: list[Any]) -> list[str]:
    return [str(call.folder) for call in calls]


def test_beside_each_clip(calls: list[Any]) -> None:
    assert run("analyze", "-q", "a/one.mp4", "b/two.x.mov") == 0
    assert folders(calls) == ["a/one.cleanform", "b/two.x.cleanform"]


def test_o_is_the_folder_of_one_and_the_parent_of_several(calls: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("analyze", "-q", "-o", out, "a/one.mp4") == 0
    assert run("analyze", "-q", "-o", out, "a/one.mp4", "./a/one.mp4") == 0
    assert folders(calls) == [str(out)] * 2
    calls.clear()
    assert run("analyze", "-q", "-o", out, "a/one.mp4", "b/two.mov") == 0
    assert folders(calls) == [f"{out}/one.cleanform", f"{out}/two.cleanform"]


def test_no_two_clips_share_a_folder(calls: list[Any], tmp_path: Path) -> None:
    clips = ["a/x.mp4", "a/x.mov", "b/x.mp4", "c/x.mp4"]
    assert run("analyze", "-q", "-o", tmp_path, *clips) == 0
    assert len(set(folders(calls))) == 4
    calls.clear()
    assert run("analyze", "-q", *clips) == 0
    assert folders(calls) == [
        "a/x.cleanform", "a/x.mov.cleanform", "b/x.cleanform", "c/x.cleanform",
    ]  # fmt: skip


def test_a_parent_that_was_made_in_vain_is_removed(calls: list[Any], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("analyze", "-q", "-o", out, "bad1.mp4", "bad2.mp4") == 2
    assert not out.exists()
    assert run("analyze", "-q", "-o", out / "deeper", "one.mp4", "two.mp4") == 2
    assert not out.exists()


# --- how it ends ------------------------------------------------------------------------------


def test_a_bad_clip_does_not_stop_the_others(
    calls: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("analyze", "bad.mp4", "lift.mp4", "bad2.mp4", "deadlift.mp4") == 2
    out, err = capsys.readouterr()
    assert len(calls) == 4
    assert out.count("Written to") == 2
    assert [line.split(":")[1] for line in err.splitlines()] == [" bad.mp4", " bad2.mp4"]


def test_every_error_of_ours_is_one_line(
    calls: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MissingModelError("The model file\nis missing. Install again.")

    monkeypatch.setattr(sys.modules["cleanform.pipeline"], "analyze", fail)
    assert run("analyze", "lift.mp4") == 2
    assert capsys.readouterr().err == "cleanform: The model file is missing. Install again.\n"


def test_a_missing_system_library_is_named(
    calls: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "libEGL.so.1: cannot open shared object file: No such file or directory"
    for error in (ImportError(said), OSError(said)):
        monkeypatch.setattr(sys.modules["cleanform.pipeline"], "analyze", raiser(error))
        assert run("analyze", "lift.mp4", "deadlift.mp4") == 2
        err = capsys.readouterr().err
        assert err.count("\n") == 1
        assert "libegl1" in err
    for error in (ImportError("No module named 'numpy'"), OSError("strange")):
        monkeypatch.setattr(sys.modules["cleanform.pipeline"], "analyze", raiser(error))
        with pytest.raises(type(error)):
            run("analyze", "lift.mp4")


def raiser(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_interrupting(calls: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert run("analyze", "interrupted.mp4", "lift.mp4") == 130
    assert len(calls) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_mistake_of_ours_is_not_hidden(calls: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["cleanform.pipeline"], "analyze", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run("analyze", "lift.mp4")


# --- streams of a real process ----------------------------------------------------------------

STAND_IN = """
import sys
from types import SimpleNamespace
sys.path.insert(0, {tests!r})
import examples
stand_in = SimpleNamespace(analyze=lambda path, *_, **__: examples.analysis(path, lifts={lifts}))
sys.modules["cleanform.pipeline"] = stand_in
from cleanform.cli import main
sys.exit(main())
"""


def process(*arguments: str | bytes, lifts: int = 1, **options: Any) -> subprocess.Popen[bytes]:
    code = STAND_IN.format(tests=str(TESTS), lifts=lifts)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.Popen([sys.executable, "-c", code, *arguments], **pipes)


ODD_NAMES = (
    "Zoë 🏋️ lift.mp4".encode(),
    b"caf\xe9.mp4",  # not UTF-8
    b"two\nlines\x1b[31m.mp4",
    b"\x1b]0;owned\x07.mp4",
    b"-o.mp4",
)


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_any_name_on_any_stream(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    with process(b"analyze", b"--", *ODD_NAMES, env=environment) as done:
        out, err = done.communicate(timeout=60)
    assert done.returncode == 0, err
    assert err == b""
    text = out.decode(encoding)
    assert text.count("Written to") == len(ODD_NAMES)
    assert ("27 ± 3" in text) == (encoding == "utf-8")
    assert ("27 +- 3" in text) == (encoding != "utf-8")
    assert "lift-off" in text
    assert not set(text) & {"\x1b", "\x07"}
    assert "two lines [31m.mp4" in text


@pytest.mark.parametrize("encoding", ["ascii"])
def test_json_on_any_stream(encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    with process(b"analyze", b"--json", "Zoë \n".encode() + b"\xe9.mp4", env=environment) as done:
        out, err = done.communicate(timeout=60)
    assert (done.returncode, err) == (0, b"")
    jsonschema.validate(json.loads(out), archive.schema())


def test_a_reader_that_goes_away_is_no_error() -> None:
    with process("analyze", "--json", "a.mp4", lifts=30) as done:
        assert done.stdout is not None
        assert done.stderr is not None
        done.stdout.read(1)
        done.stdout.close()
        assert done.stderr.read() == b""
        assert done.wait(60) == 141


# --- speed ------------------------------------------------------------------------------------


def least_s(command: list[str], times: int = 9) -> float:
    """Processor time of the cheapest of several runs: not what else the machine does."""
    taken = []
    for _ in range(times):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        taken.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(taken)


def test_help_is_quick() -> None:
    """Under 0.3 s, or five interpreter starts on a machine where those alone take long."""
    script = Path(sys.executable).with_name("cleanform")
    command = [str(script)] if script.exists() else [sys.executable, "-m", "cleanform.cli"]
    bare_s = least_s([sys.executable, "-c", "pass"])
    help_s = least_s([*command, "--help"])
    assert help_s < max(0.3, 5 * bare_s)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from cleanform.cli import main\n"
        "main(['--help'])\n"
        "print(sorted({'rich', 'numpy', 'scipy', 'cv2', 'av', 'mediapipe'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_signals_end_like_ctrl_c(calls: list[Any]) -> None:
    assert run("rules") == 0
    for number in (signal.SIGTERM, signal.SIGHUP):
        handler = signal.getsignal(number)
        assert callable(handler)
        with pytest.raises(KeyboardInterrupt):
            handler(number, None)


def test_finding_without_unit_or_sigma(
    calls: list[Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finding = Finding("x", "Title", Verdict.WATCH, -0.001, "", None, marks=(Mark("gap", ()),))
    monkeypatch.setattr(
        sys.modules["cleanform.pipeline"],
        "analyze",
        lambda path, *_, **__: examples.analysis(path, findings=(finding,)),
    )
    assert run("analyze", "lift.mp4") == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "Title" in line)
    assert row.split() == ["Title", "!", "watch", "0.0"]
