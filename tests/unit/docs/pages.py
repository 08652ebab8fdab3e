"""The Markdown pages of the project, with their code blocks, links and anchors."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_NOT_IN_ANCHORS = re.compile(r"[^\w\- ]")


@dataclass(frozen=True)
class Block:
    """A code block: its page and line, its language, its text."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Return its place, for the name of a test."""
        return f"{self.page}:{self.line}"


def pages() -> list[Path]:
    """Every page in git, and those not ignored by it."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).exists()]


def blocks(*languages: str) -> Iterator[Block]:
    """Yield the code blocks in these languages."""
    for page in pages():
        text = page.read_text()
        for found in _BLOCK.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            if found[1] in languages:
                yield Block(str(page.relative_to(ROOT)), line, found[1], found[2])


def links() -> Iterator[tuple[str, str]]:
    """Yield (page, target) of every link that stays within the project."""
    for page in pages():
        for target in _LINK.findall(_BLOCK.sub("", page.read_text())):
            if "://" not in target and not target.startswith("mailto:"):
                yield str(page.relative_to(ROOT)), target


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes from a page's headings."""
    headings = _HEADING.findall(_BLOCK.sub("", page.read_text()))
    return {_NOT_IN_ANCHORS.sub("", one.lower()).strip().replace(" ", "-") for one in headings}
