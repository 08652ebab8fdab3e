"""The budget of a folder of tests, and the message if it is exceeded."""

from collections import Counter

import execnet
import pytest

from tests.costs import budget
from tests.costs.budget import Dear, allowed, exceeded

PAGE = f"""# The tests
{budget.BEGIN}| folder | engine starts | nodes made |
|---|---:|---:|
| `tests/engine` | 5 | 0 |
| `tests/lab` | 10 | 3 |
{budget.END}
"""


def test_the_budget_is_read_from_the_page() -> None:
    assert allowed(PAGE) == Counter(
        {("engine", Dear.ENGINE): 5, ("lab", Dear.ENGINE): 10, ("lab", Dear.NODE): 3}
    )


def test_a_page_without_one_is_refused() -> None:
    with pytest.raises(ValueError, match="no budget"):
        allowed("# The tests\n")


def test_what_is_spent_within_it_is_fine_and_one_more_is_named() -> None:
    spent: budget.Spent = Counter({("engine", Dear.ENGINE): 5, ("lab", Dear.NODE): 3})
    assert list(exceeded(spent, allowed(PAGE))) == []
    spent["lab", Dear.NODE] += 1
    (line,) = exceeded(spent, allowed(PAGE))
    assert line.startswith("tests/lab: 4 nodes made, more than the 3 of its budget")


def test_a_folder_that_the_page_does_not_have_may_have_nothing() -> None:
    assert len(list(exceeded({("page", Dear.LAB): 1}, allowed(PAGE)))) == 1


def test_it_is_spent_by_the_folder_whose_test_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "spent", Counter())
    monkeypatch.setenv("PYTEST_CURRENT_TEST", "tests/lab/test_x.py::test_y[1]@lab (setup)")
    budget.spend(Dear.NODE, 2)
    budget.spend_engine(("up", "--yes"))
    budget.spend_engine(("config", "set", "up"))
    assert budget.spent == {("lab", Dear.NODE): 2, ("lab", Dear.ENGINE): 1}


def test_what_a_worker_has_spent_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By execnet, which only accepts plain types."""
    monkeypatch.setattr(budget, "spent", Counter({("lab", Dear.NODE): 2}))
    assert execnet.loads(execnet.dumps(budget.told())) == [("lab", "nodes made", 2)]


def test_the_page_of_this_project_has_a_budget() -> None:
    assert allowed(budget.PAGE.read_text())
