import json
import subprocess
from typing import Any

import pytest

from components.scripts.lib.cli import Cli, CliError, with_kubeconfig
from components.scripts.lib.step import Step, StepError, run

FOUND = '{"kind": "ConfigMap", "metadata": {"name": "cilium-config"}}'
LOST = "Unable to connect to the server: dial tcp 192.0.2.1:6443: i/o timeout"


@pytest.mark.parametrize(("complaint", "asked"), [(LOST, 2), ("Error: forbidden", 1)])
def test_only_a_read_that_nobody_answers_is_made_twice(
    monkeypatch: pytest.MonkeyPatch, complaint: str, asked: int
) -> None:
    """Its source port alone may be the reason; an answer is an answer."""
    calls: list[list[str]] = []

    def ask(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        first = len(calls) == 1
        return subprocess.CompletedProcess(command, int(first), "" if first else FOUND, complaint)

    monkeypatch.setattr(subprocess, "run", ask)
    cli = Cli({}, ())
    if asked == 2:
        assert cli.get("cluster01", "configmap", "cilium-config") == json.loads(FOUND)
    else:
        with pytest.raises(CliError, match="forbidden"):
            cli.get("cluster01", "configmap", "cilium-config")
    assert len(calls) == asked


SECRET_JSON = '{"kind":"Secret","data":{"ca.key":"LS0tLS1CRUdJTiBFQyBQUklWQVRFIEtFWS0tLS0t"}}'


@pytest.mark.parametrize(
    ("code", "stderr", "text"),
    [
        (-9, "", "`kubectl get secret` was killed by signal 9 (out of memory?): it said nothing"),
        (-15, "", "`kubectl get secret` was killed by signal 15: it said nothing"),
        (1, " \n", "`kubectl get secret` failed with exit code 1: it said nothing"),
        (1, f"bad: {SECRET_JSON}", "`kubectl get secret` failed with exit code 1: bad: "),
    ],
)
def test_what_a_program_had_read_is_in_no_error(
    monkeypatch: pytest.MonkeyPatch, code: int, stderr: str, text: str
) -> None:
    """A kubectl that is killed after writing a Secret leaves nothing but its stdout."""
    done = subprocess.CompletedProcess([], code, SECRET_JSON, stderr)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(CliError) as error:
        Cli({}, ()).kubectl("cluster01", "get", "secret")
    assert str(error.value).startswith(text)
    assert "LS0t" not in str(error.value) and "LS0t" not in error.value.said


@pytest.mark.parametrize("field", ["token", "password"])
def test_a_credential_is_in_no_error_however_short_it_is(
    monkeypatch: pytest.MonkeyPatch, field: str
) -> None:
    users = [{"name": "u", "user": {"username": "admin", field: "hunter2"}}]
    done = subprocess.CompletedProcess([], 1, "", "admin may not (hunter2)")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with with_kubeconfig({"users": users}) as cli, pytest.raises(CliError) as error:
        cli.kubectl("cluster01", "get", "pods")
    assert str(error.value).endswith("admin may not ([secret])")


@pytest.mark.parametrize("kind", [StepError, CliError])
def test_every_error_of_a_script_is_scrubbed_once_more(
    capsys: pytest.CaptureFixture[str], kind: type[Exception]
) -> None:
    """Whoever wrote it: a cluster's text that a step repeats, or Python's own."""

    def action(step: Step) -> None:
        step.say(f"look: {SECRET_JSON}")
        raise kind(f"cannot use {SECRET_JSON} or the-passphrase")

    stdin = json.dumps({"kubeconfig": {}, "ca": {"key": "the-passphrase"}})
    assert run("share", action, stdin, {}) == 1
    said = capsys.readouterr().err
    assert said.count("[secret]") == 3
    assert "LS0t" not in said and "passphrase" not in said


@pytest.mark.parametrize(("given", "seen"), [(None, "400"), ("50", "50")])
def test_the_programs_collect_garbage_seldom_unless_somebody_says_how_often(
    monkeypatch: pytest.MonkeyPatch, given: str | None, seen: str
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    if given is not None:
        monkeypatch.setenv("GOGC", given)
    with with_kubeconfig({}) as cli:
        assert cli.environment["GOGC"] == seen
