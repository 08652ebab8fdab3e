"""This release updates the state of an earlier one, and replaces nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.baseline.__main__ import SECRET, SECRET_KEY
from tests.engine.conftest import Project, short
from tests.engine.test_preview import whole_program
from tools.toolchain import Toolchain

STATE = Path(__file__).parent / "baseline/state.json"
CONFIG = Path(__file__).parent / "baseline/config.yaml"


@pytest.fixture
def updated(tmp_path: Path, toolchain: Toolchain) -> Project:
    """The whole program over a stack that has the earlier release's state."""
    made = whole_program(tmp_path, toolchain)
    made.configure(**yaml.safe_load(CONFIG.read_text()))
    salt = yaml.safe_load((made.folder / "Pulumi.test.yaml").read_text())["encryptionsalt"]
    exported = json.loads(STATE.read_text())
    passphrase = {"type": "passphrase", "state": {"salt": salt}}
    exported["deployment"]["secrets_providers"] = passphrase
    done = made.pulumi("stack", "import", stdin=json.dumps(exported))
    assert done.returncode == 0, done.stderr
    return made


def test_state_of_the_release_before_is_updated_without_a_replacement(updated: Project) -> None:
    """Every resource is found, under its name or by an alias, and none is created again."""
    steps = updated.steps("--show-sames")
    planned = {short(step["urn"]): step["op"] for step in steps}
    assert "update" in planned.values(), "the clusters do not answer, so something must differ"
    wrong = {name: op for name, op in planned.items() if op not in ("same", "update", "create")}
    assert not wrong
    baseline = json.loads(STATE.read_text())["deployment"]["resources"]
    found = {step["oldState"]["urn"]: step["urn"] for step in steps if step["op"] != "create"}
    assert {short(urn) for urn in found} == {short(one["urn"]) for one in baseline}
    created = {step["newState"]["type"] for step in steps if step["op"] == "create"}
    assert not created & {one["type"] for one in baseline}, created
    # In this baseline each step of a component has the component's bare name.
    after = [step["newState"] for step in steps]
    renamed = {short(one["urn"]) for one in after if former_urn(one) != one["urn"]}
    assert len(renamed) == 23
    assert {short(new) for old, new in found.items() if short(old) != short(new)} == renamed


def former_urn(resource: dict[str, Any]) -> str:
    """The URN that a resource had until 0.2.0: a step had the bare name of its component."""
    types, _, name = resource["urn"].rpartition("::")
    component = resource.get("parent", "").rpartition("::")[2]
    return f"{types}::{component}" if name.startswith(f"{component}-") else str(resource["urn"])


def test_the_baseline_holds_no_secret() -> None:
    text = STATE.read_text()
    assert "ciphertext" not in text
    assert "PRIVATE KEY" not in text
    assert text.count(SECRET) == text.count('"plaintext": "\\"{}\\""') > 0
    assert SECRET_KEY in text
