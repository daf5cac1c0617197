"""One measured figure beside what was asked for."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `values` are those of the rounds, of which the median counts; `unit` is theirs and the asked one's.
    `at_most`: less is better. `asked` None: it stands there to be compared with."""

    what: str
    values: Sequence[float]
    unit: str
    asked: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def measured(self) -> float:
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """How many times as good as asked; below 1 it is missed."""
        if self.asked is None:
            return None
        return self.asked / self.measured if self.at_most else self.measured / self.asked

    @property
    def missed(self) -> bool:
        return self.ratio is not None and self.ratio < 1


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all (0 to 1) do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def written(value: float, unit: str) -> str:
    """As many digits as are worth reading: 23,400 events/s, 8.4 ms."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".strip()
