"""How true the bar is on rendered lifts alone: what `cleanform validate` counts, lift by lift.

    python benchmarks/bar_accuracy.py [--lifts 14] [--work FOLDER]

Draws side views of 24 to 240 frames a second with blur and compression (`cleanform[synth]`), reads
each file as any clip is read, and holds path, peak speed and apex against the truth. Drawn clips
are kept in FOLDER. Exits with 1 where an aim is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from cleanform.validate import rendered
from cleanform.validate.figures import figures
from cleanform.validate.limits import limit_of
from cleanform.validate.outcome import Outcome


def _said(outcome: Outcome) -> str:
    if outcome.bar_bias_mm is None or outcome.bar_followed is None:
        return (
            f"{outcome.case.name}: no plate, {outcome.crash or outcome.refusal or 'not followed'}"
        )
    forward, up = outcome.bar_bias_mm
    return (
        f"{outcome.case.name}: followed {outcome.bar_followed:.0%}, bias forward {forward:+.1f}, "
        f"up {up:+.1f} mm, RMSE {outcome.bar_rmse_mm:.1f} mm, "
        f"peak {outcome.peak_speed_error_m_s} m/s, apex {outcome.apex_error_cm} cm"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--lifts", type=int, default=len(rendered.BAR_CLIPS))
    parser.add_argument("--work", type=Path, help="folder to keep the drawn clips in")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as nowhere:
        clips = rendered.of_the_bar(asked.work or Path(nowhere))[: asked.lifts]
        outcomes = []
        for clip in clips:
            outcomes.append(rendered.judge(clip))
            print(_said(outcomes[-1]), flush=True)
    missed = False
    for name, figure in figures("rendered", outcomes).items():
        if name.startswith("rendered/bar/"):
            aim = limit_of(name).aim
            missed |= aim is not None and not aim.holds(figure.value)
            print(f"{name}: {figure.value:.3g} {figure.unit} (n {figure.n}), aim {aim or 'none'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
