"""Every word that report, stills and overlay show, in one place.

Numbers are formatted here too, so that a value reads the same on a still, in the film and on the
page. What rules say (titles, reasons, cues) comes with the findings and is not repeated here.
"""

from __future__ import annotations

import math
import re

from cleanform.model import Finding, Lift, Motion, Verdict

EVENTS = {
    "setup": "Set-up",
    "lift_off": "Lift-off",
    "knee_pass": "Bar at the knee",
    "power_position": "Power position",
    "full_extension": "Full extension",
    "bar_apex": "Bar at its highest",
    "rack": "Bar on the shoulders",
    "catch_lowest": "Catch",
    "stood_up": "Stood up",
}
#: What a check looks at. A title names the fault, which a good lift must not be headed with.
SUBJECTS = {
    "rounded_back": "Back",
    "hip_lockout": "Hip lock-out",
    "bar_drift": "Bar close to you",
    "catch_height": "Height of the catch",
}
OUTCOMES = {
    "over-pulled": "caught too high (over-pulled)",
    "under-pulled": "caught too low (under-pulled)",
    "swings out": "bar swings out",
    "not stood up": "not stood up to the end",
}
#: Phases in a strip that is as wide as a phone.
SHORT_PHASES = {"first pull": "1st pull", "second pull": "2nd pull"}
#: Beyond this much off the side, angles in the picture are not the lifter's; none are printed.
#: At 35 deg a segment that lies level looks 18 % short.
FARTHEST_YAW_DEG = 35.0
BEFORE, AFTER = "Set-up", "Stood up"

REFUSALS = {
    "no_person": "Nobody found in this clip",
    "no_lift": "No lift found in this clip",
    "not_a_clean": "This is not a power clean",
    "unjudgeable": "This clip cannot be judged",
}
WHAT_TO_DO = {
    "no_person": (
        "Film the whole lifter, head to feet, from set-up to standing.",
        "Use good light, and stand 3 to 5 metres away.",
        "Keep other people out of the picture where you can.",
    ),
    "no_lift": (
        "Start the film before the bar leaves the floor and stop it after you stand.",
        "Keep the whole lifter and the near plate in the picture.",
        "If there is a lift in this clip, film it again from the side, camera at hip height.",
    ),
    "not_a_clean": (
        "Give it a clip of a clean or a power clean, from the floor or from the hang.",
        "If this is one, film it again from the side, whole body and plate in the picture.",
        "Let the film run until you stand with the bar on your shoulders.",
    ),
    "unjudgeable": (
        "Film from the side, camera at hip height, 3 to 5 metres away.",
        "Keep the whole lifter and the near plate in the picture throughout.",
        "Use 60 pictures a second or more, and do not move the camera.",
    ),
}
HOW_TO_FILM = (
    "Stand the camera straight to the lifter's side, at hip height, 3 to 5 metres away.",
    "Keep the whole lifter and the near plate in the picture, from before the bar moves until "
    "the lifter stands.",
    "Use 60 pictures a second or more, in good light. Slow motion is fine.",
    "Put the phone on something steady. Do not pan, zoom or cut.",
    "Full-size plates (450 mm) give the scale; tucked-in clothes show the back.",
)

#: unit -> (decimals, how it follows the number)
_UNITS = {
    "deg": (0, "°"),
    "cm": (1, " cm"),
    "m": (2, " m"),
    "m/s": (2, " m/s"),
    "s": (2, " s"),
    "W": (0, " W"),
    "px": (0, " px"),
    "plate diameters": (2, " plate diameters"),
}


def quantity(value: float | None, unit: str, sigma: float | None = None) -> str:
    """A value as it is shown: "27 ± 3°", "5.6 cm", or a dash where there is no number."""
    if value is None or not math.isfinite(value):
        return "–"
    decimals, suffix = _UNITS.get(unit, (2, f" {unit}" if unit else ""))
    text = f"{value + 0.0:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    text = text.replace("-", "−")
    if sigma is not None and math.isfinite(sigma):
        text += f" ± {sigma:.{decimals}f}"
    return text + suffix


def degrees(text: str) -> str:
    """What a rule says, with its "27 deg" as "27°"."""
    return re.sub(r"(?<=\d) deg\b", "°", text)


def heading(finding: Finding) -> str:
    """What a check is called: its fault where there is one, else what it looks at."""
    if finding.verdict in (Verdict.FAULT, Verdict.WATCH):
        name = finding.title
        if finding.outcome:
            name = OUTCOMES.get(finding.outcome, f"{name} ({finding.outcome})")
        return name[:1].upper() + name[1:]
    return SUBJECTS.get(finding.rule, finding.rule.replace("_", " ").capitalize())


def finding_line(finding: Finding) -> str:
    """One finding in a caption: what, and how much."""
    if finding.verdict is Verdict.CANNOT_TELL or finding.value is None:
        return f"{heading(finding)}: {finding.verdict.value}"
    return f"{heading(finding)}: {quantity(finding.value, finding.unit)}"


def verdict_sentence(lifts: tuple[Lift, ...]) -> str:
    """The lift, or all lifts together, in one sentence; `cannot tell` is never called good."""
    findings = [finding for lift in lifts for finding in lift.findings]
    faults = _named(findings, Verdict.FAULT)
    watch = _named(findings, Verdict.WATCH)
    blind = _named(findings, Verdict.CANNOT_TELL)
    several = len(lifts) > 1
    if faults:
        things = "one thing" if len(faults) == 1 else f"{_count(len(faults))} things"
        start = f"{_count(len(lifts))} lifts, {things}" if several else things
        return f"{start[:1].upper()}{start[1:]} to fix: {_list(faults)}."
    if watch:
        return f"No clear fault. To watch: {_list(watch)}."
    checks = {finding.rule for finding in findings}
    if blind and len(blind) == len(checks):
        return "The lift was found, but this clip does not allow a single check."
    if blind:
        made = _count(len(checks) - len(blind))
        return f"{made.capitalize()} of {_count(len(checks))} checks could be made: no fault there."
    if not findings:
        return "The lift was found, and there was nothing to check."
    return "All checks are good." if not several else "All checks are good in every lift."


def reasons(lift: Lift) -> list[str]:
    """Why events are missing: "Catch, stood up: the clip ends before"; one line a reason."""
    missing: dict[str, list[str]] = {}
    for name, event in lift.rep.events.items():
        if event.frame is None:
            missing.setdefault(event.reason or "not seen", []).append(EVENTS[name].lower())
    return [
        f"{', '.join(names).capitalize()}: {reason.rstrip('.')}."
        for reason, names in missing.items()
    ]


def from_the_side(motion: Motion | None) -> bool:
    """Whether angles and forward distances in the picture are about those of the lifter."""
    return motion is not None and motion.view.yaw_deg <= FARTHEST_YAW_DEG


def metric_name(name: str) -> str:
    """`knee_at_catch_lowest` -> "Knee, catch"."""
    part, at, event = name.partition("_at_")
    if at and event in EVENTS:
        return f"{part.replace('_', ' ').capitalize()}, {EVENTS[event].lower()}"
    return name.replace("_", " ").capitalize()


def clock(seconds: float | None) -> str:
    """A time in the clip: "1.35 s"; minutes from one minute on."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{int(seconds // 60)}:{seconds % 60:05.2f}"


def _named(findings: list[Finding], verdict: Verdict) -> list[str]:
    """What the findings of one verdict are about, each rule once, in their order."""
    found: dict[str, str] = {}
    for finding in findings:
        if finding.verdict is verdict:
            name = heading(finding)
            found.setdefault(finding.rule, name[:1].lower() + name[1:])
    return list(found.values())


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, and {names[-1]}"


def _count(number: int) -> str:
    words = "no one two three four five six seven eight nine ten".split()
    return words[number] if number < len(words) else str(number)
