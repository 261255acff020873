"""Who lifted what: names, patterns and rosters, good and bad."""

from __future__ import annotations

import re
import time

import pytest

from cleanform.batch.labels import Labels, NamePattern, labels, tidy_name
from cleanform.batch.plan import Labeller
from cleanform.batch.roster import load_roster
from cleanform.errors import InputError
from cleanform.model import Options

# --- patterns -------------------------------------------------------------------------------------

SEASON = "{athlete}/{date}_{load_kg}kg*"


@pytest.mark.parametrize(
    ("pattern", "file", "said"),
    [
        (SEASON, "Anna/2026-11-02_60kg.mp4", Labels("Anna", "2026-11-02", 60.0)),
        (SEASON, "2026/autumn/Anna/20261102_62.5kg set 2.MOV", Labels("Anna", "2026-11-02", 62.5)),
        (SEASON, "ANNA_LEE/2026_11_02_62,5KG.mp4", Labels("ANNA LEE", "2026-11-02", 62.5)),
        (SEASON, "Zoe\u0308/2026.11.02_60kg.mp4", Labels("Zo\u00eb", "2026-11-02", 60.0)),
        ("{athlete}", "ben.mp4", Labels("ben")),
        ("{athlete}", "folder/ben.b.mp4", Labels("ben.b")),
        ("{athlete}-{stature_cm}-{plate_mm}", "a-180-450.mp4", Labels("a", None, None, 180, 450)),
        ("*_{load_kg}*", "IMG_7_60kg.mp4", Labels(load_kg=7.0)),
        ("(a+b) {athlete}.mp4", "(a+b) c.mp4", Labels("c")),
        (SEASON, "2026-11-02_60kg.mp4", None),  # no folder for the name
        (SEASON, "Anna/2026-13-02_60kg.mp4", None),  # no such month
        (SEASON, "Anna/2026-11-02_0kg.mp4", None),  # no such bar
        (SEASON, "Anna/2026-11-02.mp4", None),
        ("{athlete}.mov", "ben.mp4", None),
    ],
)  # fmt: skip
def test_a_pattern_reads_the_end_of_a_path(pattern, file, said):
    assert NamePattern(pattern).read(file) == said


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{name}/*", "there is no {name}"),
        ("{athlete}/{athlete}", "{athlete} stands in it twice"),
        ("{athlete", "a brace is not closed"),
        ("athlete}", "a brace is not closed"),
        ("*", "it names nothing"),
        ("", "it names nothing"),
        ("*a*a*{athlete}", "more than 3 of * and {athlete}"),
    ],
)
def test_a_bad_pattern_says_what_is_wrong(pattern, problem):
    with pytest.raises(InputError, match=re.escape(problem)):
        NamePattern(pattern)


def test_a_long_name_of_wildcards_does_not_take_forever():
    start_s = time.perf_counter()
    assert NamePattern("*a*{athlete}b").read("a" * 250 + ".mp4") is None
    assert time.perf_counter() - start_s < 5


def test_names_that_look_the_same_are_the_same():
    assert tidy_name("  Zoe\u0308 \t M\u200bu\u0308ller_x ") == "Zoë M üller x"
    with pytest.raises(ValueError, match="is no day"):
        labels(date="next Monday")


# --- rosters --------------------------------------------------------------------------------------


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding))
    return load_roster(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_roster_as_spreadsheets_write_it(tmp_path, encoding, separator):
    text = "File;Athlete;Load_kg;Date\r\na/x.mp4;Zoë;62.5;2026-11-02\r\n\r\ny.mp4;Ben;;\r\n"
    read = roster(tmp_path, text.replace(";", separator), encoding).read
    assert read("a/x.mp4") == Labels("Zoë", "2026-11-02", 62.5)
    assert read("deep/down/y.mp4") == Labels("Ben")
    assert read("z.mp4") == Labels()


def test_rows_with_wildcards_stand_behind_exact_ones(tmp_path):
    text = (
        "file,athlete,stature_cm,load_kg\n*,Nobody,,50\nanna/*,Anna,171,\nanna/heavy.mp4,,,80\n"
        "anna\\back.mp4,Anna,,90\n"
    )
    read = roster(tmp_path, text).read
    assert read("anna/x.mp4") == Labels("Anna", None, 50.0, 171.0)
    assert read("anna/heavy.mp4") == Labels("Anna", None, 80.0, 171.0)
    assert read("anna/back.mp4") == Labels("Anna", None, 90.0, 171.0)
    assert read("ben/x.mp4") == Labels("Nobody", None, 50.0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1 must name the columns"),
        ("athlete,load_kg\nAnna,60\n", "line 1 must name the columns, file among them"),
        ("file,weight\na.mp4,60\n", "line 1: there is no column 'weight'"),
        ("file,date,date\n", "line 1: the column date stands there twice"),
        ("file,load_kg\na.mp4,60\nb.mp4,heavy\n", "line 3: load_kg 'heavy' is not a number"),
        ("file,load_kg\n\n\na.mp4,-5\n", "line 4: load_kg -5 is not from 0.1 to 1000"),
        ("file,stature_cm\na.mp4,1.80\n", "line 2: stature_cm 1.80 is not from 100 to 230"),
        ("file,date\na.mp4,02/11/2026\n", "line 2: date '02/11/2026' is no day"),
        ("file,date\na.mp4,2026-02-30\n", "line 2: date '2026-02-30' is no day"),
        ("file,athlete\na.mp4,Anna\na.mp4,Ben\n", "line 3: a.mp4 stands in it twice"),
        ("file,athlete\n,Anna\n", "line 2: no file"),
        ("file,athlete\na.mp4,Anna,60\n", "line 2: more cells than columns"),
        ('file,athlete\n"a\nb.mp4",Anna\nc.mp4,x\nc.mp4,y\n', "line 5: c.mp4 stands in it twice"),
        ("file,plate_mm\n" + "".join(f"{n}.mp4,x\n" for n in range(5)), "; and 2 more"),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path, text, problem):
    with pytest.raises(InputError, match=re.escape(problem)):
        roster(tmp_path, text)


def test_a_roster_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_roster(tmp_path / "none.csv")


def test_rows_without_a_clip_are_told_and_two_clips_of_one_name_refused(tmp_path):
    listed = roster(tmp_path, "file,athlete\na.mp4,Anna\nb/c.mp4,Ben\nd.mp4,Dan\n*.mov,E\n")
    assert listed.unmatched(["x/a.mp4", "b/c.mp4"]) == ["d.mp4"]
    with pytest.raises(InputError, match=r"a\.mp4 stands for 2 clips"):
        listed.unmatched(["x/a.mp4", "y/a.mp4"])


def test_roster_before_name_before_options(tmp_path):
    listed = roster(tmp_path, "file,load_kg\na.mp4,70\n")
    said = Labeller(NamePattern("{athlete}/{date}*"), listed)
    options = said.read("Anna/2026-11-02.mp4").applied(Options(load_kg=50, athlete="team"))
    assert (options.athlete, options.date, options.load_kg) == ("Anna", "2026-11-02", 50)
    assert said.read("b/a.mp4").applied(Options(load_kg=50)).load_kg == 70.0
