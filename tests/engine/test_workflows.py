"""The workflows for GitHub and GitLab, checked by the usual linters."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.conftest import REPOSITORY
from tools.toolchain import ensure

WORKFLOWS = REPOSITORY / ".github"
SCHEMAS = {
    "vendor.github-workflows": [*WORKFLOWS.glob("workflows/*.yaml")],
    "vendor.github-actions": [*WORKFLOWS.glob("actions/*/action.yaml")],
    "vendor.gitlab-ci": [REPOSITORY / ".gitlab-ci.yml"],
}


def check(*command: str | Path) -> None:
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_finds_nothing() -> None:
    actionlint = ensure(["actionlint"]).path("actionlint")
    # Not every machine has these two, and the scripts in the steps are short.
    check(actionlint, "-shellcheck=", "-pyflakes=", *SCHEMAS["vendor.github-workflows"])


def test_zizmor_finds_nothing() -> None:
    check(Path(sys.executable).with_name("zizmor"), "--offline", "--quiet", WORKFLOWS)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_they_are_what_the_schemas_of_the_forges_ask_for(schema: str) -> None:
    assert SCHEMAS[schema]
    transform = ["--data-transform=gitlab-ci"] if "gitlab" in schema else []
    module = [sys.executable, "-m", "check_jsonschema", f"--builtin-schema={schema}"]
    check(*module, *transform, *SCHEMAS[schema])
