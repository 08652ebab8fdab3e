"""docs/pull-requests.md shows what the code writes, and names only what exists."""

import re
from pathlib import Path

from mesh.post import __main__ as post
from mesh.summary import __main__ as summary
from mesh.summary.document import document
from tests.unit.mesh.recorded import of_the_lab, preview_of

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs/pull-requests.md").read_text()


def quoted(name: str) -> str:
    """The quotation under the marker of that name in the document."""
    lines = DOCUMENT.partition(f"<!-- sample: {name} -->\n")[2].splitlines()
    taken = []
    for line in lines:
        if not line.startswith(">"):
            break
        taken.append(line.removeprefix(">").removeprefix(" "))
    return "\n".join(taken)


def test_the_samples_are_what_a_summary_looks_like() -> None:
    assert quoted("joins") == document("prod", preview_of("joins"), of_the_lab()).rstrip()
    assert quoted("refused") == document("prod", preview_of("refused"), of_the_lab()).rstrip()


def test_every_option_that_is_named_exists() -> None:
    known = summary._parser().format_help() + post._parser().format_help()
    named = set(re.findall(r"`(--[a-z-]+)", DOCUMENT))
    assert named
    assert not [option for option in named if option not in known]


def test_every_variable_of_the_workflows_is_explained() -> None:
    texts = [path.read_text() for path in (ROOT / ".github/workflows").glob("*.yaml")]
    texts.append((ROOT / ".gitlab-ci.yml").read_text())
    asked = set(re.findall(r"(?:vars|secrets)\.([A-Z_]+)|\$(MESH_[A-Z_]+)", "\n".join(texts)))
    names = {name for pair in asked for name in pair if name}
    assert {"MESH_STACKS", "MESH_IMAGE", "PULUMI_CONFIG_PASSPHRASE"} <= names
    assert not [name for name in names if f"`{name}`" not in DOCUMENT]


def test_every_exit_code_is_told() -> None:
    codes = {0, summary.EXIT_FAILED, summary.EXIT_WRONG_USE, summary.EXIT_CHANGES}
    rows = re.findall(r"^\| `(\d)` \|", DOCUMENT, re.MULTILINE)
    assert {int(row) for row in rows} == codes
