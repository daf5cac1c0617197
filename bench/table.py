"""The table of figures: on the terminal, and in `docs/performance.md` between its two markers, where a line stays until it is
measured again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, written

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"
HEAD = ("what", "measured", "asked", "ratio", "rounds", "day")


def shown(figures: Sequence[Figure]) -> str:
    """For a terminal."""
    rows = [HEAD[:-1], *(_row(figure)[:-1] for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def write(figures: Sequence[Figure], machine: str) -> None:
    """Puts the figures into the page; those of other benches stay as they were."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    kept = {row[0]: row for line in table.splitlines() if (row := _cells(line)) and row[0] not in ("what", "---")}
    kept |= {figure.what: _row(figure) for figure in figures}
    lines = [_line(HEAD), _line(["---"] * len(HEAD)), *(_line(row) for row in kept.values())]
    PAGE.write_text("\n".join([before + BEGIN, "", *lines, "", machine, "", END + after]), encoding="utf-8")


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = figure.ratio
    asked = "" if figure.asked is None else f"{'≤' if figure.at_most else '≥'} {written(figure.asked, figure.unit)}"
    spread = f"{written(min(figure.values), '')} … {written(max(figure.values), '')}" if len(figure.values) > 1 else "1"
    return (
        figure.what,
        written(figure.measured, figure.unit) + (f" ({figure.note})" if figure.note else ""),
        asked,
        "" if ratio is None else f"{ratio:.2f}{' ✗' if figure.missed else ''}",
        spread,
        datetime.now(UTC).date().isoformat(),
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip("|").split("|")) if line.startswith("|") else ()
