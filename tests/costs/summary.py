"""The end of every run: its slowest tests, the time of each folder, and the budget of counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from tests.costs import budget

_SLOWEST = 20
_WORTH_SECONDS = 1.0
_KEY = "spent"


class Summary:
    """Adds up what the workers have spent, and prints it at the end of the run."""

    def __init__(self) -> None:
        """Start with nothing spent."""
        self._spent: budget.Spent = Counter()
        self._seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a test's time, including its fixtures."""
        self._seconds[report.nodeid] += report.duration

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker of xdist has spent; one that crashed reports nothing."""
        told = getattr(node, "workeroutput", None) or {}
        self._spent.update({(folder, what): n for folder, what, n in told.get(_KEY, ())})

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Report to the process that hands out tests, or fail the run if too much was spent."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_KEY] = budget.told()
            return
        self._spent.update(budget.spent)
        if self._exceeded() and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print all of it, if the run was long enough to be worth it."""
        slowest = [one for one in _longest(self._seconds)[:_SLOWEST] if one[1] > _WORTH_SECONDS]
        for title, lines in (
            ("slowest tests", [f"{seconds:7.1f} s  {test}" for test, seconds in slowest]),
            ("folders", list(_by_folder(self._seconds, self._spent)) if slowest else []),
            ("over budget", self._exceeded()),
        ):
            if lines:
                terminalreporter.section(title)
                terminalreporter.write_line("\n".join(lines))

    def _exceeded(self) -> list[str]:
        return list(budget.exceeded(self._spent, budget.allowed(budget.PAGE.read_text())))


def _by_folder(seconds: Mapping[str, float], spent: budget.Spent) -> Iterable[str]:
    folders: dict[str, float] = defaultdict(float)
    for test, one in seconds.items():
        folders["/".join(test.split("/")[:2])] += one
    for folder, total in _longest(folders):
        counts = [(n, what) for (of, what), n in sorted(spent.items()) if f"tests/{of}" == folder]
        yield f"{total:7.1f} s  {folder}" + "".join(f", {n} {what}" for n, what in counts)


def _longest(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=lambda item: -item[1])
