"""`python -m tests.costs [pytest's words]`: run the tests and print where the CPU time goes."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.costs.accounting import accounting
from tests.costs.plugin import FOLDER
from tests.costs.table import Run, TestCost, render

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs/testing.md"
BEGIN, END = "<!-- costs: made by `make test-profile` -->\n", "<!-- end of costs -->\n"


def main(words: list[str]) -> int:
    """Run all tests, or the named ones; the table of all of them goes into the page."""
    with tempfile.TemporaryDirectory(prefix="test-costs-") as folder:
        started = time.monotonic()
        with accounting(Path(folder, "accounting")) as noted:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-p", "tests.costs.plugin", *(words or _all())],
                env={**os.environ, FOLDER: folder},
                cwd=REPOSITORY,
                check=False,
            )
        run = Run(time.monotonic() - started, list(_tests(Path(folder))), list(noted.ended()))
    table = render(run)
    print(table)
    if not words and done.returncode == 0:
        PAGE.write_text(_replaced(PAGE.read_text(), table))
    return done.returncode


def _all() -> list[str]:
    # The same as in `make test`.
    count = str(os.cpu_count() or 1)
    return ["-n", count, "--dist", "loadgroup", "--no-loadscope-reorder", "tests"]


def _tests(folder: Path) -> list[TestCost]:
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text().splitlines()]
    return [TestCost(**json.loads(line)) for line in lines]


def _replaced(page: str, table: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table}\n{END}{after}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
