"""Everything that one validation found, as JSON: what the page is written from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isnan, nan
from typing import Any

from cleanform.validate.figures import Response
from cleanform.validate.real import Difference, RealClip
from cleanform.validate.statistics import Figure

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Record:
    """Figures by name, the curves behind them, and how much was run."""

    cleanform_version: str
    counts: Mapping[str, int]  # level -> lifts or clips
    figures: Mapping[str, Figure]
    responses: Mapping[str, Sequence[Response]]  # level -> curves
    crashes: Sequence[str] = ()  # "case: error"
    not_made: Mapping[str, int] = field(default_factory=dict)  # level -> lifts no body could do
    real: Sequence[RealClip] = ()

    def to_json(self) -> dict[str, Any]:
        document = asdict(self) | {"schema_version": SCHEMA_VERSION}
        for figure in document["figures"].values():
            for name in ("value", "low", "high"):
                figure[name] = None if isnan(figure[name]) else round(figure[name], 4)
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Record:
        def figure(row: Mapping[str, Any]) -> Figure:
            numbers = {k: nan if row[k] is None else row[k] for k in ("value", "low", "high")}
            return Figure(unit=row["unit"], n=row["n"], **numbers)

        return cls(
            document["cleanform_version"],
            document["counts"],
            {name: figure(row) for name, row in document["figures"].items()},
            {k: [Response(**row) for row in rows] for k, rows in document["responses"].items()},
            document["crashes"],
            document["not_made"],
            [_real(row) for row in document["real"]],
        )


def _real(row: Mapping[str, Any]) -> RealClip:
    plain = dict(row)
    plain["differences"] = tuple(Difference(**each) for each in plain["differences"])
    for name in ("kinds_found", "verdicts"):
        plain[name] = tuple(plain[name])
    return RealClip(**plain)
