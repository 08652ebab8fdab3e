"""Counts of what is expensive in the tests, and each folder's budget of it.

Counts, not times: those depend on the machine. A test that needs more says so by raising its
folder's budget in docs/testing.md, where a reviewer sees it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/testing.md"
BEGIN, END = "<!-- budget -->\n", "<!-- end of budget -->\n"
_ENGINE = {"up", "preview", "destroy", "refresh"}
_TEST = re.compile(r"^(?:.*/)?tests/(\w+)/")


class Dear(StrEnum):
    """Something that a test should use as little as it can."""

    ENGINE = "engine starts"
    LAB = "lab `up`s"
    NODE = "nodes made"


Spent = Counter[tuple[str, str]]
"""How often, by folder of the tests and kind."""

spent: Spent = Counter()
"""The spending of this process' tests so far."""


def spend(what: Dear, count: int = 1) -> None:
    """Count it for the folder of the test that is running."""
    if count:
        spent[_folder(), what] += count


def spend_engine(words: Sequence[str]) -> None:
    """Count a run of pulumi if it starts the engine with its providers."""
    spend(Dear.ENGINE, int(bool(_ENGINE & set(words[:1]))))


def told() -> list[tuple[str, str, int]]:
    """Return what this process has spent, in the plain types that workers can exchange."""
    return [(folder, f"{what}", count) for (folder, what), count in spent.items()]


def allowed(page: str) -> Spent:
    """Return the budget from the table in the page; raises ValueError if there is none."""
    _, begun, rest = page.partition(BEGIN)
    table, ended, _ = rest.partition(END)
    if not (begun and ended):
        raise ValueError("the page has no budget")
    head, _, *rows = [_cells(line) for line in table.splitlines() if line.startswith("|")]
    return Counter(
        {
            (folder, what): int(count)
            for folder, *counts in rows
            for what, count in zip(head[1:], counts, strict=True)
        }
    )


def exceeded(found: Mapping[tuple[str, str], int], budget: Spent) -> Iterator[str]:
    """Yield a line for each folder that has spent more of something than it may."""
    for (folder, what), count in sorted(found.items()):
        if count > budget[folder, what]:
            yield (
                f"tests/{folder}: {count} {what}, more than the {budget[folder, what]} of its "
                "budget: let tests share one, or raise the budget in docs/testing.md and say why"
            )


def _folder() -> str:
    found = _TEST.match(os.environ.get("PYTEST_CURRENT_TEST", ""))
    return found[1] if found else "none"


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("`").removeprefix("tests/") for cell in line.strip("|").split("|")]
