"""The messages that docs/failures.md quotes are the program's own."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from components.config.models import TimeoutsConfig
from components.config.preflight_levels import DEFAULT_LEVELS

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/failures.md").read_text()
SEEN = ("what you see", "`likely: …`")
# Places where the program inserts a name or somebody else's word, as the document shows them.
FILLED_IN = re.compile(
    r"…|Likely cause: |clustermesh-apiserver(?:-remote-cert)?|\w+ (?=failed:)|ImagePullBackOff"
)
# Shorter fragments, between two names, would be found anywhere.
SHORTEST = 6


@cache
def texts() -> str:
    """Every text in the program and its scripts, one per line; of f-strings, the fixed parts."""
    files = [path for room in ("components", "mesh") for path in (ROOT / room).rglob("*.py")]
    trees = [ast.parse(path.read_text()) for path in files]
    found = [
        node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)
    ]
    scripts = [path.read_text() for path in (ROOT / "components").rglob("*.sh")]
    return "\n".join([*(text for text in found if isinstance(text, str)), *scripts])


def quoted() -> Iterator[str]:
    """The program's own texts in the columns that show what users see."""
    column = None
    for line in DOCUMENT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if not cells:
            column = None
        elif column is None:
            column = next((cells.index(one) for one in SEEN if one in cells), len(cells))
        elif column < len(cells):
            yield from re.findall("`([^`]+)`", cells[column])


@pytest.mark.parametrize("text", sorted(set(quoted())))
def test_every_quoted_text_stands_in_the_program(text: str) -> None:
    for fragment in (one.strip() for one in FILLED_IN.split(text)):
        if len(fragment) >= SHORTEST:
            assert fragment in texts()


def test_the_table_is_read_at_all() -> None:
    assert len(set(quoted())) > 100


def test_every_preflight_check_is_told() -> None:
    for name in DEFAULT_LEVELS:
        assert f"`{name}`" in DOCUMENT, name


def test_every_timeout_is_told() -> None:
    for field in TimeoutsConfig.model_fields.values():
        assert f"`{field.alias}`" in DOCUMENT, field.alias


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)]+)\)", DOCUMENT))))
def test_every_link_leads_somewhere(link: str) -> None:
    path, _, anchor = link.partition("#")
    assert (ROOT / "docs" / path).exists()
    if anchor:
        headings = [line.lstrip("# ") for line in DOCUMENT.splitlines() if line[:1] == "#"]
        assert anchor in [heading.lower().replace(" ", "-") for heading in headings]
