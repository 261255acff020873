"""The start of a new check: its file, its coaching and its test, ready to be filled in."""

from __future__ import annotations

import re
from keyword import iskeyword
from pathlib import Path
from string import Template

from cleanform.errors import InputError
from cleanform.rules.engine import all_checks

_PACKAGE = Path(__file__).parent.parent

_RULE = Template('''"""$title: say in one line what the check looks at."""

from __future__ import annotations

from collections.abc import Iterator

from cleanform.model import Limits, Measurement, Motion, Rep, Unseen
from cleanform.rules._reading import angle_sigma_deg, joint_marks, visible, why_missing
from cleanform.rules.engine import rule

#: What is read, and when: a name of `Motion.ANGLES` and one of `cleanform.model.EVENTS`.
ANGLE, EVENT = "trunk", "setup"


@rule(
    title="$title",
    parts={"angle": Limits("deg", ok_max=10, fault_max=20)},  # each limit with its reason
    views=(15, 30),
    sources=("Author year, journal, DOI: what it says that the limits are made from",),
    fault={},  # fields of `cleanform.synth.LiftSpec` that trip this check and no other
)
def $name(motion: Motion, rep: Rep) -> Iterator[Measurement | Unseen]:
    """What is measured, in one sentence.

    **Why it matters.** What it does to the lift.

    **How it is measured.** Which points, which moment, what is subtracted.

    **When not to trust it.** What hides it, from where it cannot be seen.
    """
    frame = rep.frame(EVENT)
    if frame is None:
        yield Unseen("angle", why_missing(rep, EVENT))
        return
    if not visible(motion, ANGLE)[frame]:
        yield Unseen("angle", f"Your {ANGLE} was not seen at the {EVENT.replace('_', ' ')}.")
        return
    value_deg = float(motion.angles_deg[ANGLE][frame])
    yield Measurement(
        "angle",
        value_deg,
        angle_sigma_deg(motion, ANGLE, frame),
        frame,
        joint_marks(motion, ANGLE, frame, f"{value_deg:.0f} deg"),
        note=f"Your {ANGLE} was at {value_deg:.0f} deg.",
    )
''')

_COACHING = Template("""
[$name]
cause = "What usually causes it."
cue = "The one thing to think of."
drills = ["What to practise"]
source = "Who says so"
""")

_TEST = Template('''"""$title: a good lift is ok, its own fault is one.

What every check must do (views, blindness, limits, mirrored and resampled clips) is in
test_rules.py, which finds this check by itself.
"""

from __future__ import annotations

import lifts_for_rules as lifts
import pytest

from cleanform.rules.$name import $name
from cleanform.synth import LiftSpec


@pytest.mark.parametrize(
    ("spec", "verdict"),
    [
        (LiftSpec(), "ok"),
        (LiftSpec(**$name.fault), "fault"),  # type: ignore[arg-type]
    ],
)
def test_$name(spec: LiftSpec, verdict: str) -> None:
    assert str($name.check(*lifts.exact(spec)).verdict) == verdict
''')  # fmt: skip


def start_rule(name: str, package: Path = _PACKAGE, tests: Path | None = None) -> dict[str, Path]:
    """Write the beginnings of a check called `name`; returns what was written, by what it is.

    The check goes into `package`/rules, its coaching to the end of `package`/coaching.toml, its
    test into `tests` (the folder beside the package unless given; left out where there is none).
    Raises InputError for a name that is no lower-case Python name or is taken, and where the
    files cannot be written. Nothing that exists is overwritten.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) or iskeyword(name):
        raise InputError(f"{name!r} cannot name a check; use lower-case words like low_rack")
    tests = package.parent / "tests" if tests is None else tests
    made = {"rule": package / "rules" / f"{name}.py"}
    if tests.is_dir():
        made["test"] = tests / f"test_rule_{name}.py"
    taken = {each.id for each in all_checks()} | {"engine"}
    if name in taken or any(path.exists() for path in made.values()):
        raise InputError(f"there is a check {name!r} already; choose another name")
    words = {"name": name, "title": name.replace("_", " ").capitalize()}
    try:
        made["rule"].write_text(_RULE.substitute(words), "utf-8")
        if "test" in made:
            made["test"].write_text(_TEST.substitute(words), "utf-8")
        made["coaching"] = package / "coaching.toml"
        with made["coaching"].open("a", encoding="utf-8") as file:
            file.write(_COACHING.substitute(words))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise InputError(
            f"{made['rule'].parent}: cannot be written ({reason}); work in a checkout that is yours"
        ) from error
    return made
