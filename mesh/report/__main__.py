"""Show the state of a stack's mesh: as a page, as JSON, as Markdown and on the terminal.

It reads the stack and its clusters, sends the requests of the proof once more, and changes nothing.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from ..stack import StackError, open_stack
from . import html, markdown, terminal
from .collecting import collect
from .model import Report

_NAME = "mesh-report"


def main(words: Sequence[str]) -> int:
    """Make the report; return 0 whatever it says, and 2 if there is nothing to report."""
    options = _parser().parse_args(words)
    try:
        stack = open_stack(options.stack, Path.cwd())
        with Console(stderr=True).status(f"Looking at the mesh of {stack.name} …"):
            now = datetime.now(UTC).replace(microsecond=0)
            report = collect(stack, now, send_traffic=not options.recorded)
    except StackError as error:
        print(error, file=sys.stderr)
        return 2
    page = write(report, options.output or stack.folder / ".report" / stack.short_name)
    console = Console()
    terminal.show(report, console)
    console.print(f"\nThe page: {page}", markup=False, highlight=False, soft_wrap=True)
    return 0


def write(report: Report, folder: Path) -> Path:
    """Write the three files into the folder, creating it if necessary; return the page."""
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"{_NAME}.html"
    texts = {
        page: html.render(report),
        page.with_suffix(".md"): markdown.render(report),
        page.with_suffix(".json"): report.model_dump_json(by_alias=True, indent=2) + "\n",
    }
    for file, text in texts.items():
        file.write_text(text, encoding="utf-8")
    return page


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mesh report", description=__doc__)
    parser.add_argument("--stack", required=True, help="the stack to report on")
    where = "the folder to write into (default: .report/STACK in the project's folder)"
    parser.add_argument("--output", type=Path, metavar="DIR", help=where)
    recorded = "send no requests: show the proof that the stack has recorded"
    parser.add_argument("--recorded", action="store_true", help=recorded)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
