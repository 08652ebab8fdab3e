"""The table that a run writes: Markdown for people, JSON for comparisons."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.samples import Samples

FOLDER = Path(__file__).with_name("results")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line: what was measured of whom, with its unit and its bar, if there is one.

    `bar` is the allowed maximum; nothing fails if it is exceeded, but the table says so.
    """

    what: str
    samples: Samples
    unit: str = "s"
    members: int | None = None
    bar: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the median is within the bar, as a word; empty if there is no bar."""
        if self.bar is None:
            return ""
        return "kept" if self.samples.median <= self.bar else "missed"

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "what": self.what,
            "members": self.members,
            "unit": self.unit,
            "median": round(self.samples.median, 4),
            "min": round(self.samples.least, 4),
            "max": round(self.samples.most, 4),
            "samples": [round(value, 4) for value in self.samples.values],
            "bar": self.bar,
            "verdict": self.verdict,
            "note": self.note,
        }


@dataclass(frozen=True)
class Section:
    """The results of one module; `about` says what the numbers include and what not."""

    title: str
    about: str
    rows: list[Row]


@dataclass(frozen=True)
class Results:
    """The results of one run, with its date, machine and versions."""

    date: str
    machine: dict[str, str]
    sections: Sequence[Section] = field(default_factory=tuple)

    def to_json(self) -> str:
        """Return everything as JSON, each single sample included."""
        sections = [
            {"title": one.title, "about": one.about, "rows": [row.to_dict() for row in one.rows]}
            for one in self.sections
        ]
        document = {"date": self.date, "machine": self.machine, "sections": sections}
        return json.dumps(document, indent=1) + "\n"

    def to_markdown(self) -> str:
        """Return the tables as Markdown."""
        facts = "; ".join(f"{key} {text}" for key, text in self.machine.items())
        lines = [f"# Measured on {self.date}", "", facts, ""]
        for one in self.sections:
            lines += [f"## {one.title}", "", one.about, "", *_table(one.rows), ""]
        return "\n".join(lines).rstrip() + "\n"

    def write(self, folder: Path = FOLDER) -> Path:
        """Write both files, named after the date; returns the Markdown's path."""
        folder.mkdir(parents=True, exist_ok=True)
        name = self.date.replace(":", "").replace(" ", "-")
        (folder / f"{name}.json").write_text(self.to_json())
        page = folder / f"{name}.md"
        page.write_text(self.to_markdown())
        return page


def _table(rows: Iterable[Row]) -> list[str]:
    lines = [
        "| what | members | median | min | max | runs | bar | note |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        members = str(row.members) if row.members is not None else ""
        numbers = (row.samples.median, row.samples.least, row.samples.most)
        cells = [
            row.what,
            members,
            *(shown(number, row.unit) for number in numbers),
            str(len(row.samples.values)),
            f"{shown(row.bar, row.unit)} {row.verdict}" if row.bar is not None else "",
            row.note,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def shown(number: float, unit: str) -> str:
    """Return a number with its unit, to three significant digits."""
    if unit == "":
        return f"{number:.0f}"
    if unit == "ratio":
        return f"{number:.2f}"
    return f"{number:.3g} {unit}" if abs(number) < 100 else f"{number:.0f} {unit}"
