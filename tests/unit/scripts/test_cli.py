import json
import subprocess
from typing import Any

import pytest

from components.scripts.cli import Cli, CliError, with_kubeconfig

FOUND = '{"kind": "ConfigMap", "metadata": {"name": "cilium-config"}}'
LOST = "Unable to connect to the server: dial tcp 192.0.2.1:6443: i/o timeout"


@pytest.mark.parametrize(("complaint", "asked"), [(LOST, 2), ("Error: forbidden", 1)])
def test_only_a_read_that_nobody_answers_is_made_twice(
    monkeypatch: pytest.MonkeyPatch, complaint: str, asked: int
) -> None:
    """Its source port alone may be the reason; an answer is an answer."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        first = len(calls) == 1
        return subprocess.CompletedProcess(command, int(first), "" if first else FOUND, complaint)

    monkeypatch.setattr(subprocess, "run", run)
    cli = Cli({}, (), ())
    if asked == 2:
        assert cli.get("cluster01", "configmap", "cilium-config") == json.loads(FOUND)
    else:
        with pytest.raises(CliError, match="forbidden"):
            cli.get("cluster01", "configmap", "cilium-config")
    assert len(calls) == asked


@pytest.mark.parametrize(("given", "seen"), [(None, "400"), ("50", "50")])
def test_the_programs_collect_garbage_seldom_unless_somebody_says_how_often(
    monkeypatch: pytest.MonkeyPatch, given: str | None, seen: str
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    if given is not None:
        monkeypatch.setenv("GOGC", given)
    with with_kubeconfig({}) as cli:
        assert cli.environment["GOGC"] == seen
