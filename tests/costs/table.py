"""The costs of a test run, as tables for a page."""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tests.costs.accounting import Ended

_PROGRAMS, _TESTS = 25, 25


@dataclass(frozen=True)
class TestCost:
    """One test: its time, and the CPU time of everything that it started, in s."""

    __test__ = False

    test: str
    seconds: float
    cpu: float

    @property
    def file(self) -> str:
        """Its file, without the first folder."""
        return self.test.partition("::")[0].removeprefix("tests/")

    @property
    def folder(self) -> str:
        """Its folder."""
        return self.file.partition("/")[0]


@dataclass(frozen=True)
class Run:
    """One run of tests: its time in s, the tests, and the processes that have ended."""

    seconds: float
    tests: Sequence[TestCost]
    ended: Sequence[Ended]


def render(run: Run) -> str:
    """Return the tables as Markdown: by folder, by file, by test, by program."""
    cores = os.cpu_count() or 1
    cpu = sum(one.seconds for one in run.ended)
    head = (
        f"{date.today():%Y-%m-%d}, {cores} cores: {len(run.tests)} tests in {run.seconds:.0f} s, "
        f"{cpu:.0f} s of processor time ({cpu / run.seconds / cores:.0%} of it all), "
        f"{len(run.ended)} processes."
    )
    parts = [
        head,
        _grouped("folder", run.tests, lambda one: one.folder, 10),
        _grouped("file", run.tests, lambda one: one.file, _TESTS),
        _slowest(run.tests),
        _programs(run.ended),
    ]
    return "\n\n".join(parts)


def _grouped(
    what: str, tests: Iterable[TestCost], key: Callable[[TestCost], str], most: int
) -> str:
    groups: dict[str, list[TestCost]] = defaultdict(list)
    for one in tests:
        groups[key(one)].append(one)
    rows = sorted(groups.items(), key=lambda item: -sum(one.cpu for one in item[1]))
    return _table(
        (what, "tests", "s", "processor s"),
        (
            (name, len(listed), _sum(one.seconds for one in listed), _sum(x.cpu for x in listed))
            for name, listed in rows[:most]
        ),
    )


def _slowest(tests: Iterable[TestCost]) -> str:
    rows = sorted(tests, key=lambda one: -one.seconds)[:_TESTS]
    return _table(
        ("test", "s", "processor s"),
        ((f"{one.file}::{_name(one)}", _sum([one.seconds]), _sum([one.cpu])) for one in rows),
    )


def _programs(ended: Iterable[Ended]) -> str:
    groups: dict[str, list[float]] = defaultdict(list)
    for one in ended:
        groups[one.program].append(one.seconds)
    rows = sorted(groups.items(), key=lambda item: -sum(item[1]))[:_PROGRAMS]
    return _table(
        ("program", "started", "processor s", "each"),
        ((name, len(all_), _sum(all_), f"{sum(all_) / len(all_):.2f}") for name, all_ in rows),
    )


def _name(one: TestCost) -> str:
    return one.test.partition("::")[2].partition("[")[0]


def _sum(values: Iterable[float]) -> str:
    return f"{sum(values):.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---", *("---:" for _ in head[1:])], *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
