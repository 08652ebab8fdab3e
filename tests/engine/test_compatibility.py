"""State that an earlier release wrote is updated by this one, and nothing is replaced."""

import json
from pathlib import Path

import pytest
import yaml

from tests.engine.baseline.__main__ import SECRET, SECRET_KEY
from tests.engine.conftest import Project
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
    planned = updated.planned()
    assert planned, "the clusters of the baseline do not answer, so something must differ"
    assert set(planned.values()) <= {"update", "create"}, planned
    known = {one["type"] for one in json.loads(STATE.read_text())["deployment"]["resources"]}
    created = {name.partition("::")[0] for name, step in planned.items() if step == "create"}
    assert not {kind.rpartition("$")[2] for kind in created} & known, created


def test_the_baseline_holds_no_secret() -> None:
    text = STATE.read_text()
    assert "ciphertext" not in text
    assert "PRIVATE KEY" not in text
    assert text.count(SECRET) == text.count('"plaintext": "\\"{}\\""') > 0
    assert SECRET_KEY in text
