"""README.zh.md says the same as README.md: what both write alike is compared."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.docs.pages import ROOT, blocks

ENGLISH, CHINESE = "README.md", "README.zh.md"
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"\s*(?:^|\s)# .*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:make|python -m|pulumi) ")


def prose(page: str) -> str:
    """A page without its code blocks."""
    return _BLOCK.sub("", (ROOT / page).read_text())


def sections(page: str) -> list[int]:
    """The levels of the headings, in their order."""
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]


def code_blocks(page: str) -> list[str]:
    """The code blocks without their comments, which are translated."""
    return [_COMMENT.sub("", one.text) for one in blocks("", "bash", "sh") if one.page == page]


def rows(page: str) -> list[tuple[list[str], list[str]]]:
    """What every row of a table has in code, and where it leads."""
    lines = [line for line in prose(page).splitlines() if line.startswith("|")]
    return [(sorted(_CODE.findall(line)), sorted(_LINK.findall(line))) for line in lines]


def commands(page: str) -> set[str]:
    """The commands in running text."""
    return {code for code in _CODE.findall(prose(page)) if _COMMAND.match(code)}


def links(page: str) -> set[str]:
    """Where the page leads, the other language not counted."""
    return {*_LINK.findall(prose(page))} - {ENGLISH, CHINESE}


@pytest.mark.parametrize("of", [sections, code_blocks, rows, commands, links])
def test_both_languages_have_the_same(of: Callable[[str], Any]) -> None:
    assert of(ENGLISH)
    assert of(ENGLISH) == of(CHINESE)
