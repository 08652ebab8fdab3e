import json
import subprocess
from typing import Any

import pytest

from components.kubeconfig import yaml_text
from mesh import verify
from tests.unit.scripts.conftest import World, kubeconfig
from tests.unit.scripts.test_verify import DEMO, NAMES, mesh, status

__all__ = ["mesh"]


def outputs(**changes: Any) -> dict[str, Any]:
    spec = {
        "clusters": NAMES,
        "demo": DEMO,
        "requests": 4,
        "statusSeconds": 1,
        "trafficSeconds": 0,
    }
    return {
        "kubeconfig": yaml_text.write(kubeconfig(*NAMES)),
        "verification": {"matrix": [], "spec": spec},
    } | changes


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, mesh: World) -> dict[str, Any]:
    """A stack whose outputs the test may change."""
    stored = outputs()

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if command[0] == "pulumi":
            return subprocess.CompletedProcess(command, 0, json.dumps(stored), "")
        return mesh.answer(command, **options)

    monkeypatch.setattr(subprocess, "run", run)
    return stored


@pytest.mark.usefixtures("stack")
def test_a_stack_is_verified_from_its_outputs_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main(["--stack", "dev"]) == 0
    table = capsys.readouterr().out
    assert "Pod IP" in table
    assert "global Service" in table


@pytest.mark.usefixtures("stack")
def test_a_broken_mesh_gives_exit_code_1(
    mesh: World,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mesh.change("cluster01", meshStatus=status("cluster02", connected=0))
    assert verify.main([]) == 1
    assert "not connected" in capsys.readouterr().err


def test_a_stack_without_verification_is_told(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    stack["verification"] = None
    assert verify.main([]) == 2
    assert "pulumi up" in capsys.readouterr().err


def test_no_credential_is_printed(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    verify.main([])
    written = capsys.readouterr()
    assert "canary" not in written.out + written.err
    assert "canary" in stack["kubeconfig"]
