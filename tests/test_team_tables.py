"""The tables of a team: what a spreadsheet and a database reader find, as docs/team.md says."""

from __future__ import annotations

import csv
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import teams

from cleanform.batch import habits, tables
from cleanform.batch.store import Store
from cleanform.batch.tables import metric_column
from cleanform.batch.team import read_team
from cleanform.errors import InputError

DOC = Path(__file__).parents[1] / "docs/team.md"


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    names = ("Anna", "=HYPERLINK(1)", "-Ben", "@cleo", "+1", "Zoë; \"the\tbar\", 'x'\nnext")
    return teams.make_team(tmp_path_factory.mktemp("tables") / "team", 60, names)


def read(path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def in_doc(section):
    """The names in the first column of a section's table, in their order."""
    text = DOC.read_text("utf-8").split(f"## {section}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in re.findall(r"`(\w+)`", row)]


def test_the_columns_are_those_of_the_doc(team):
    lifts, findings = read(team / "lifts.csv"), read(team / "findings.csv")
    fixed = in_doc("lifts.csv")
    metrics = [name for name in lifts[0] if name not in fixed]
    assert [name for name in lifts[0] if name in fixed] == fixed
    assert list(findings[0]) == in_doc("findings.csv")
    assert metrics == [
        "bar_apex_height_cm", "bar_apex_height_sigma", "bar_drop_to_catch_cm",
        "bar_drop_to_catch_sigma", "peak_bar_speed_m_s", "peak_bar_speed_sigma",
        "thigh_at_catch_lowest_deg", "thigh_at_catch_lowest_sigma",
    ]  # fmt: skip
    place = list(lifts[0]).index(metrics[0])
    assert list(lifts[0])[place - 1] == "view"


def test_the_tables_are_those_of_the_doc(team):
    text = DOC.read_text("utf-8").split("## team.sqlite\n")[1]
    said, table = {}, ""
    for line in text.splitlines():
        cells = line.split("|")
        if len(cells) == 5 and cells[1].strip() not in ("table", "---"):
            table = cells[1].strip().strip("`") or table
            said.setdefault(table, []).extend(re.findall(r"`(\w+)`", cells[2]))
    with closing(sqlite3.connect(team / "team.sqlite")) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        held = {
            name: [row[1] for row in database.execute(f"PRAGMA table_info({name})")]
            for (name,) in names
        }
        query = text.split("```sql\n")[1].split("```")[0]
        assert len(database.execute(query).fetchall()) > 10
    assert {name: sorted(columns) for name, columns in said.items()} == {
        name: sorted(columns) for name, columns in held.items()
    }


def test_one_row_a_lift_and_one_a_finding(team):
    lifts, findings = read(team / "lifts.csv"), read(team / "findings.csv")
    assert len(lifts) == 60
    assert len(findings) == 60 * 4
    for row in lifts:
        assert re.fullmatch(r"2026-\d\d-\d\d", row["date"])
        assert float(row["load_kg"]) > 20
        assert 1 < float(row["peak_bar_speed_m_s"]) < 2.5
        mine = [f for f in findings if (f["file"], f["lift"]) == (row["file"], row["lift"])]
        assert int(row["faults"]) == sum(f["verdict"] == "fault" for f in mine)
        order = ("fault", "watch", "cannot tell", "ok")
        assert row["verdict"] == next(v for v in order if v in [f["verdict"] for f in mine])


def test_what_is_said_of_a_set_has_its_row_and_its_cell(tmp_path):
    made = teams.make_team(tmp_path / "team", 65, ("Anna", "Ben"), extra=False, sets=True)
    findings = read(made / "findings.csv")
    together = [row for row in findings if row["kind"] == "set"]
    sets = {row["file"] for row in read(made / "lifts.csv") if row["lift"] == "2"}
    assert {row["file"] for row in together} == sets
    assert len(together) == len(sets) >= 4
    for row in together:
        before = findings[findings.index(row) - 1]
        assert (row["lift"], row["check"], row["unit"]) == ("", "speed_loss", "%")
        assert (before["file"], before["lift"]) == (row["file"], "4")
    with closing(Store(made)) as store:
        team = read_team(store, ("rounded_back",))
    assert team.rules[-1] == "speed_loss"
    cells = [cell for athlete in team.athletes if (cell := athlete.cells().get("speed_loss"))]
    assert cells
    for cell in cells:
        assert cell.counted in ("set", "sets")
        assert cell.lift.number == 4
        assert cell.lift.link("speed_loss").endswith("report.html#together")
        assert cell.lift.count(cell.verdict) == sum(
            check.verdict is cell.verdict
            for rule, check in cell.lift.checks.items()
            if rule != "speed_loss"
        )


def test_tables_of_an_earlier_schema_are_taken_over(tmp_path):
    made = teams.make_team(tmp_path / "team", 8, extra=False)
    with closing(sqlite3.connect(made / "team.sqlite")) as database, database:
        database.execute("DROP TABLE set_findings")
        database.execute("UPDATE team SET value = '1' WHERE name = 'schema_version'")
        salt = database.execute("SELECT value FROM team WHERE name = 'salt'").fetchone()
    with closing(Store(made)) as store:
        assert store.table("set_findings") == []
        assert (store.fact("schema_version"), store.fact("salt")) == ("2", *salt)
        assert len(store.table("lifts")) == 8


def test_no_cell_is_a_formula_and_no_number_is_text(team):
    for name in ("lifts.csv", "findings.csv"):
        assert (team / name).read_bytes().startswith(b"\xef\xbb\xbf")
        for row in read(team / name):
            for column, cell in row.items():
                assert "\n" not in cell
                if cell and cell[0] in "=+-@\t|%":
                    assert column not in ("athlete", "file", "title", "reason", "cue")
                    float(cell)
    athletes = {row["athlete"] for row in read(team / "lifts.csv")}
    assert athletes == {
        "Anna", "'=HYPERLINK(1)", "'-Ben", "'@cleo", "'+1", "Zoë; \"the bar\", 'x' next",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"), ("  =1+1", "'=1+1"), ("\t=1", "'=1"), ("\r\n@x", "'@x"),
        ("−1", "−1"), ("＝1", "'＝1"), ("a=b", "a=b"), ("", ""), ("|calc", "'|calc"),
    ],
)  # fmt: skip
def test_formulas_are_defused(text, cell):
    assert tables._cell(text) == cell
    assert tables._cell(-1.5) == -1.5
    assert tables._cell(None) is None


def test_a_metrics_column_ends_in_its_unit():
    assert metric_column("peak_bar_speed", "m/s") == "peak_bar_speed_m_s"
    assert metric_column("first_pull_duration", "s") == "first_pull_duration_s"
    assert metric_column("bar_x", "plate diameters") == "bar_x_plate_diameters"


def test_another_schema_version_is_refused(team, tmp_path):
    with closing(Store(tmp_path)) as store, store.transaction():
        store._db.execute("UPDATE team SET value = '99' WHERE name = 'schema_version'")
    with pytest.raises(InputError, match="schema version 99"):
        Store(tmp_path)


def test_a_transaction_is_written_whole_or_not_at_all(team):
    with closing(Store(team)) as store:
        before = [tuple(row) for row in store.clips()]
        row = before[0]
        document = {"options": {"athlete": None, "load_kg": None}, "lifts": [{"index": 0}]}
        source = {"sha256": store.clips()[0]["sha256"], "recorded": None}
        with pytest.raises(KeyError):
            store.put_result(document, source, "x", None)
        assert next(tuple(each) for each in store.clips()) == row


# --- whom to talk to first, and notes -------------------------------------------------------------


def test_attention_goes_to_the_last_session_with_most_faults(tmp_path):
    made = teams.make_team(tmp_path / "team", 200, extra=False)
    with closing(Store(made)) as store:
        team = read_team(store, ())
    scores = [athlete.score for athlete in team.athletes]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[-1]
    for athlete in team.athletes:
        newest = max(lift.clip.date for lift in athlete.lifts)
        by_hand = 0.0
        for rule in team.rules:
            said = [x.checks[rule].verdict for x in athlete.lifts if x.clip.date == newest]
            judged = [verdict for verdict in said if verdict != "cannot tell"]
            faults, watches = judged.count("fault"), judged.count("watch")
            by_hand += (3 * faults if faults else watches) / max(len(judged), 1)
        assert athlete.score == pytest.approx(by_hand)
        best = athlete.best_lift()
        assert all(best.count("fault") <= lift.count("fault") for lift in athlete.lifts)


def test_names_that_differ_in_case_are_one_athlete(tmp_path):
    made = teams.make_team(tmp_path / "team", 30, ("anna", "Anna", "ANNA", "Ben"), extra=False)
    with closing(Store(made)) as store:
        assert len(read_team(store, ()).athletes) == 2


def test_rules_of_thumb_speak_only_where_the_days_allow():
    week = ["2026-11-16", "2026-11-18", "2026-11-20"]
    assert habits.notes(week, {}) == [
        "3 sessions in the week of 2026-11-16; the rule of thumb is one or two."
    ]
    assert habits.notes(["2026-11-16", "2026-11-19", "2026-11-23"], {"a": 6}) == []
    assert habits.notes(["2026-11-01", "2026-11-02"], {}) == [  # two weeks, one night between
        "Sessions on consecutive days (2026-11-01 and 2026-11-02); "
        "the rule of thumb is a day between."
    ]
    assert habits.notes([], {"a.mp4": 7}) == [
        "7 reps in one set (a.mp4); the rule of thumb is six at most."
    ]
    assert habits.notes([], {}) == []
