"""Numbers as they are shown: decimals, signs, and the reader's units."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from cleanform import texts

#: unit -> decimals
_DECIMALS = {"deg": 0, "cm": 1, "m": 2, "m/s": 2, "s": 2, "W": 0, "px": 0, "in": 1, "ft/s": 2}
_DECIMALS |= {"%": 0, "lifts": 0}
#: metric unit -> imperial unit, how many of it make one
_IMPERIAL = {
    "mm": ("in", 1 / 25.4),
    "cm": ("in", 1 / 2.54),
    "m": ("in", 1 / 0.0254),
    "m/s": ("ft/s", 1 / 0.3048),
    "kg": ("lb", 1 / 0.45359237),
}
_MEASURE = re.compile(r"(?<![\w.])([-−]?\d+(?:\.\d+)?) (mm|cm|m/s|m|kg)\b(?!\w)")
_MINUS_NOTHING = re.compile(r"(?<![\w.])[-−](0(?:\.0+)?)(?![\d.])")


@dataclass(frozen=True)
class Measures:
    """The units that somebody reads; what is kept and judged stays metric."""

    system: str = "metric"  # or "imperial"

    @property
    def imperial(self) -> bool:
        return self.system == "imperial"

    def convert(self, value: float, unit: str) -> tuple[float, str]:
        """`value` in the reader's unit, and that unit."""
        if self.imperial and unit in _IMPERIAL:
            name, factor = _IMPERIAL[unit]
            return value * factor, name
        return value, unit

    def quantity(self, value: float | None, unit: str, sigma: float | None = None) -> str:
        """A value as it is shown: "27 ± 3°", "5.6 cm", or a dash where there is no number."""
        if value is None or not math.isfinite(value):
            return "–"
        shown, name = self.convert(value, unit)
        decimals = _DECIMALS.get(name, 2)
        text = _signed(shown, decimals)
        if sigma is not None and math.isfinite(sigma):
            text += f" ± {self.convert(sigma, unit)[0]:.{decimals}f}"
        units = texts.table("units")
        return text + units.get(name, f" {name}" if name else "")

    def load(self, load_kg: float) -> str:
        """A weight on the bar: "62.5 kg", "137.8 lb"."""
        shown, name = self.convert(load_kg, "kg")
        return f"{round(shown, 1):g}{texts.table('units')[name]}"

    def text(self, text: str) -> str:
        """What a rule says, in the reader's units, with its "27 deg" as "27°"."""
        text = _MINUS_NOTHING.sub(r"\1", text)
        if self.imperial:
            text = _MEASURE.sub(self._converted, text)
        return re.sub(r"(?<=\d) deg\b", texts.table("units")["deg"], text)

    def _converted(self, found: re.Match[str]) -> str:
        value, name = self.convert(float(found[1].replace("−", "-")), found[2])
        return f"{value:.{_DECIMALS.get(name, 1)}f} {name}"


def _signed(value: float, decimals: int) -> str:
    text = f"{value + 0.0:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", "−")
