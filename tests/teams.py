"""A team with a season behind it, straight into its tables: for tests of what is read from them."""

from __future__ import annotations

import copy
import json
import random
from contextlib import closing
from dataclasses import asdict
from datetime import date, timedelta

import batch_jobs
import examples
from PIL import Image

from cleanform import __version__, archive, rules
from cleanform.batch import pages, tables
from cleanform.batch.discover import Found, Listing
from cleanform.batch.store import Store
from cleanform.batch.tasks import Outcome, Task
from cleanform.model import Options

NAMES = (
    "Anna", "Ben", "Chloé", "Dimitri", "Edda", "Farid", "Greta", "Hamza", "Ida", "Jonas", "Kira",
    "Luis", "Mara", "Noor", "Otto", "Pia", "Quentin", "Rosa", "Samir", "Tove", "Uma", "Viktor",
    "Wanda", "Xenia", "Yusuf",
)  # fmt: skip


def make_team(
    team,
    lifts=500,
    names=NAMES,
    seed=1,
    extra=True,
    thumbnail=None,
    sets=False,
    units="metric",
    every_check=False,
):
    """A folder with tables and pages of `lifts` lifts; every tenth clip holds a set of four.

    With `sets` something is said of each such set, too; with `every_check` each lift has a finding
    of every rule that there is, not of four.
    """
    dice = random.Random(seed)
    team.mkdir(parents=True, exist_ok=True)
    basis = archive.to_json(examples.analysis("lift.mp4", width_px=480, height_px=272))
    if every_check:
        held = basis["lifts"][0]["findings"]
        known = {finding["rule"] for finding in held}
        further = [rule for rule in rules.all_rules() if rule.id not in known]
        held += [held[0] | {"rule": rule.id, "title": rule.title} for rule in further]
    with closing(Store(team)) as store:
        batch = store.begin_batch("f")
        store._db.execute("PRAGMA synchronous = OFF")
        count = clip = 0
        while count < lifts:
            name = names[clip % len(names)]
            skill = (hash_of(name) % 100) / 100
            turn = clip // len(names)
            day = date(2026, 9, 1) + timedelta(days=5 * (turn // 4) + hash_of(name) % 2)
            load = 40 + 2.5 * (hash_of(name) % 16) + 2.5 * (turn % 4) + turn // 4
            reps = min(4 if clip % 10 == 9 else 1, lifts - count)
            options = Options(athlete=name, load_kg=load, date=day.isoformat(), units=units)
            document = one_clip(basis, options, dice, skill, reps)
            if sets and reps > 1:
                document["set"]["findings"] = [said_of_a_set(document["lifts"][-1], count)]
            put(store, team, document, options, clip, thumbnail)
            count += reps
            clip += 1
        if extra:
            _extra(store)
        store.note_listing(batch, Listing((), {".jpg": 3, ".txt": 1, "hidden": 2}), 1)
        store.end_batch(batch)
        tables.write(store, team)
        pages.write(store, team)
    return team


def hash_of(text):
    return sum(ord(letter) * (place + 7) for place, letter in enumerate(text))


def one_clip(basis, options, dice, skill, reps=1):
    """analysis.json of a set, its verdicts thrown by dice; the skilled throw better ones."""
    document = copy.deepcopy(basis)
    document["options"] = asdict(options)
    lift = document["lifts"][0]
    lift["metrics"] = {
        "peak_bar_speed": {"value": round(dice.gauss(1.7, 0.12), 2), "unit": "m/s", "sigma": 0.04},
        "bar_apex_height": {"value": round(dice.gauss(98, 5), 1), "unit": "cm", "sigma": 2.0},
        "bar_drop_to_catch": {"value": round(dice.gauss(8, 3), 1), "unit": "cm", "sigma": 1.0},
        "thigh_at_catch_lowest": {"value": round(dice.gauss(25, 8)), "unit": "deg", "sigma": 4.0},
    }
    document["lifts"] = [copy.deepcopy(lift) for _ in range(reps)]
    for index, each in enumerate(document["lifts"]):
        each["index"] = index
        for place, finding in enumerate(each["findings"]):
            bad = 1 - skill if place == int(4 * skill) else 0.12
            throw = dice.random()
            verdict = (
                "fault" if throw < 0.55 * bad else "watch" if throw < bad
                else "cannot tell" if throw > 0.95 else "ok"
            )  # fmt: skip
            finding["verdict"] = verdict
            finding["value"] = None if verdict == "cannot tell" else finding["value"] or 5.0
            if finding["value"] is not None:
                finding["value"] = round(finding["value"] * dice.uniform(0.4, 1.3), 1)
            if verdict == "ok":
                finding["cue"] = finding["reason"] = ""
            elif verdict == "cannot tell":
                finding["reason"] = "The joint is behind the plate."
            elif not finding["cue"]:
                finding["cue"] = "Stand tall before you go under the bar."
    return document


def said_of_a_set(lift, number):
    """The bar slows down; a fault to look at in every other set."""
    slow = number % 2
    return lift["findings"][0] | {
        "rule": "speed_loss",
        "title": "The bar slows down over the set",
        "verdict": "watch" if slow else "ok",
        "value": 14.0 if slow else 4.0,
        "unit": "%",
        "sigma": 2.0,
        "limit": "at most 10 %",
        "part": "loss",
        "outcome": "",
        "reason": f"The last lift was {14 if slow else 4} % slower than the best.",
        "cue": "End the set while the bar is quick." if slow else "",
    }


def put(store, team, document, options, number, thumbnail=None):
    sha256 = f"{number:064x}"
    home = team / "clips" / f"lift-{number:08x}"
    (home / "recording").mkdir(parents=True)
    if thumbnail is None:
        picture = Image.new("RGB", (124, 220), (30 + number % 200, 90, 140))
        picture.save(home / "recording/thumbnail.jpg")
    else:
        (home / "recording/thumbnail.jpg").write_bytes(thumbnail[number % len(thumbnail)])
    (home / "report.html").write_text("<title>a lift</title>")
    source = {
        "key": "0", "cleanform_version": __version__, "sha256": sha256, "folder": "f",
        "file": f"{options.athlete}/{options.date}_{options.load_kg:g}kg_{number}.mp4",
        "options": asdict(options), "recorded": None, "seconds": 20.0, "peak_mb": 500.0,
        "finished": "2026-11-23T10:00:00Z",
    }  # fmt: skip
    (home / "analysis.json").write_text(json.dumps(document), "utf-8")
    (home / "recording/source.json").write_text(json.dumps(source))
    result = home.relative_to(team).as_posix()
    store.put_result(document, source, result, f"{result}/recording/thumbnail.jpg")


def _extra(store):
    """What a folder holds besides lifts: failures, a clip without a name, copies."""
    for number, (file, reason) in enumerate(
        (
            ("broken/half a clip.mp4", "the video ends in the middle; copy it again"),
            ("broken/text.mp4", "this is not a video that can be read"),
            ("empty.mov", "The file is empty."),
        )
    ):
        task = Task(file, "", f"{number:060x}fail", "f", Options())
        store.put_failure(Outcome(task, reason, 1.0))
    found = [Found(name, batch_jobs.Path(name), 1, 1) for name in ("Anna/a.mp4", "a (copy).mp4")]
    store.note_sources("f", [(each, "same") for each in found], [f"{n:060x}fail" for n in range(3)])
