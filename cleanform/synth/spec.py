"""What lift is wanted: its kind, its size, its speed and its faults, each by dose."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from cleanform.errors import InputError
from cleanform.synth.skeleton import AVERAGE, Proportions

#: Lifts that are cleans, then the ones that are not.
KINDS = (
    "power clean",
    "clean",
    "hang power clean",
    "hang clean",
    "clean pull",
    "deadlift",
    "snatch",
    "front squat",
    "jump",
    "walk",
    "press",
    "stand",
)

#: What may follow a clean.
JERKS = ("none", "push", "split")


@dataclass(frozen=True)
class LiftSpec:
    """One lift to make. Every fault is a dose; 0 is the good lift.

    Doses are departures from what *this* lifter does in the good lift, so the truth's own
    measures (`Truth.measures`) say where the lift ended up on a rule's scale.
    """

    kind: str = "power clean"
    fps: float = 60.0
    seed: int = 0  # of the jitter of frame times
    jitter_s: float = 0.0  # frame times vary by up to this, either way
    stature_m: float = 1.75
    proportions: Proportions = AVERAGE  # of segments, against the average lifter
    facing: int = 1  # +1: the lifter faces the image's right
    reps: int = 1
    stand_first_s: float = 0.0  # standing upright before bending to the bar; 0: starts bent
    still_before_s: float = 0.8
    still_after_s: float = 0.8
    touch_and_go: bool = False  # no pause on the floor between reps
    slowing_share: float = 0.0  # of the flight's rise, lost evenly from the first rep to the last
    doses_grow: bool = False  # none of `GROWING` in the first rep, the whole dose in the last
    jerk: str = "none"  # after a clean, one of JERKS; no part of the rep that is judged
    dropped: bool = False  # the last rep ends with the bar let fall
    cut_in_pull: bool = False  # the clip begins in the first pull
    cut_before_catch: bool = False  # the clip ends in the turnover

    # --- how it is done; all of these are good lifts
    tempo: float = 1.0  # speed of the first pull against the second, 0.6..1.25
    flight_deceleration_m_s2: float = 5.0  # constant part; with the catch it sets the peak speed
    start_trunk_deg: float = 34.0
    #: second knee bend; 0: not visible, and knee pass and power position are no turning points
    rebend_deg: float = 12.0
    catch_knee_deg: float = 102.0  # at the lowest point; a full clean's own depth is taken there
    meet_drop_m: float = 0.04  # bar's fall from its highest point until it is met

    # --- faults
    start_upright_deg: float = 0.0  # trunk at the start, over this lifter's own; negative: flatter
    lumbar_flexion_deg: float = 0.0  # against this lifter's neutral, set-up to knee pass
    hip_short_deg: float = 0.0  # short of lock-out at the end of the second pull
    stand_short_deg: float = 0.0  # hips and knees, each, in the final stand
    bar_forward_m: float = 0.0  # first pull: off the shins and forward of its line
    bar_swing_m: float = 0.0  # second pull and flight: away from the body
    early_arm_bend_deg: float = 0.0  # elbows, in the pull
    hips_first_deg: float = 0.0  # trunk falls by this early in the first pull
    slow_elbows_s: float = 0.0  # elbows come through this much later
    low_elbows_deg: float = 0.0  # upper arm in the rack, below where it should be
    jump_forward_m: float = 0.0  # feet, between extension and catch; negative: back
    #: of all these only a camera in front or behind sees much
    grip_wide_m: float = 0.0  # each hand, outward of where this lifter's should be
    stance_wide_m: float = 0.0  # each foot
    bar_tilt_deg: float = 0.0  # the far hand higher, once the bar is off the floor
    uneven_elbows_deg: float = 0.0  # the far elbow hangs in the rack, as by `low_elbows_deg`

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"no lift is called {self.kind!r}; choose one of: {', '.join(KINDS)}")
        if self.jerk not in JERKS:
            raise InputError(f"no jerk is called {self.jerk!r}; choose one of: {', '.join(JERKS)}")
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            if not (isfinite(value) and low <= value <= high):
                raise InputError(f"{name} is {value}; choose {low:g} to {high:g}")
        if self.facing not in (-1, 1):
            raise InputError(f"facing is {self.facing}; choose 1 (right) or -1 (left)")


#: Faults by dose, 0 is none, that a rep can have more or less of than the one before.
GROWING = (
    "lumbar_flexion_deg",
    "hip_short_deg",
    "stand_short_deg",
    "bar_forward_m",
    "bar_swing_m",
    "early_arm_bend_deg",
    "hips_first_deg",
    "slow_elbows_s",
    "jump_forward_m",
)

_BOUNDS: dict[str, tuple[float, float]] = {
    "fps": (5, 1000),
    "jitter_s": (0, 0.02),
    "stature_m": (1.2, 2.2),
    "reps": (1, 20),
    "stand_first_s": (0, 60),
    "slowing_share": (0, 0.3),
    "still_before_s": (0, 60),
    "still_after_s": (0, 60),
    "tempo": (0.6, 1.25),
    "flight_deceleration_m_s2": (3.0, 9.0),
    "start_trunk_deg": (25, 50),
    "rebend_deg": (0, 25),
    "catch_knee_deg": (38, 172),
    "meet_drop_m": (0.005, 0.35),
    "start_upright_deg": (-25, 40),
    "lumbar_flexion_deg": (0, 60),
    "hip_short_deg": (0, 50),
    "stand_short_deg": (0, 40),
    "bar_forward_m": (0, 0.2),
    "bar_swing_m": (0, 0.25),
    "early_arm_bend_deg": (0, 60),
    "hips_first_deg": (0, 25),
    "slow_elbows_s": (0, 0.4),
    "low_elbows_deg": (0, 70),
    "jump_forward_m": (-0.4, 0.4),
    "grip_wide_m": (-0.12, 0.30),
    "stance_wide_m": (-0.10, 0.40),
    "bar_tilt_deg": (0, 28),
    "uneven_elbows_deg": (0, 70),
}


def bounds(name: str) -> tuple[float, float]:
    """The least and the largest that a numeric field of `LiftSpec` may be."""
    return _BOUNDS[name]
