"""Everything that the documentation says to click, copy or type exists."""

import ast
import importlib.util
import json
import re
import subprocess
from collections.abc import Iterator

import pytest
import yaml

from mesh.__main__ import VERBS
from tests.unit.docs.pages import ROOT, Block, anchors, blocks, links, pages

_MAKE = re.compile(r"(?:^|`|&& |# )make ([a-z][a-z-]*)", re.MULTILINE)
_PATH = re.compile(
    r"`((?:bench|components|demo|docs|examples|lab|mesh|package|policy|tests|tools)/[\w./-]*)`"
)
_MODULE = re.compile(r"python3? -m ([\w.]+)(?: ([a-z]+))?")
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
# Other people's programs that a reader runs by `python -m`.
FOREIGN = {"pip", "venv", "pytest", "pre_commit"}
# Pages that keep the paths of their time.
HISTORY = ("CHANGELOG.md", "docs/decisions/", "bench/results/")
# Paths that a command on the page makes.
MADE = {"examples/consumer/.venv"}


@pytest.mark.parametrize(("page", "target"), sorted(set(links())))
def test_every_link_leads_to_a_file_and_a_heading_of_it(page: str, target: str) -> None:
    path, _, anchor = target.partition("#")
    found = (ROOT / page).parent / path if path else ROOT / page
    assert found.exists(), target
    if anchor:
        assert anchor in anchors(found), target


@pytest.mark.parametrize("block", list(blocks("sh", "bash")), ids=str)
def test_every_shell_block_is_one_that_a_shell_reads(block: Block) -> None:
    done = subprocess.run(["bash", "-n"], input=block.text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("block", list(blocks("python")), ids=str)
def test_every_python_block_is_python(block: Block) -> None:
    ast.parse(block.text)


@pytest.mark.parametrize("block", list(blocks("yaml")), ids=str)
def test_every_yaml_block_is_yaml(block: Block) -> None:
    assert list(yaml.safe_load_all(block.text))


@pytest.mark.parametrize("block", list(blocks("json")), ids=str)
def test_every_json_block_is_json(block: Block) -> None:
    json.loads(block.text)


def typed() -> Iterator[str]:
    for page in pages():
        yield from _MAKE.findall(page.read_text())


@pytest.mark.parametrize("target", sorted(set(typed())))
def test_every_make_target_that_a_page_names_is_there(target: str) -> None:
    assert target in TARGETS


def paths() -> Iterator[str]:
    for page in pages():
        if not str(page.relative_to(ROOT)).startswith(HISTORY):
            yield from _PATH.findall(page.read_text())


@pytest.mark.parametrize("path", sorted({*paths()} - MADE))
def test_every_path_that_a_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def modules() -> Iterator[tuple[str, str]]:
    for page in pages():
        yield from _MODULE.findall(page.read_text())


@pytest.mark.parametrize(("module", "word"), sorted(set(modules())))
def test_every_module_that_a_page_runs_is_there(module: str, word: str) -> None:
    if module not in FOREIGN:
        assert importlib.util.find_spec(module) is not None
    if module == "mesh" and word:
        assert word in VERBS
