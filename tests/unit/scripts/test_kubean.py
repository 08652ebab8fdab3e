"""The script that waits for Kubean, against a kubectl that is plain data."""

import contextlib
import io
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from components.scripts import kubean
from components.scripts.lib import step
from tests.unit.scripts.conftest import Ran, kubeconfig

OPERATION = "cluster03-install-0123456789"
RESET = "cluster03-reset-0123456789"
JOB = {"namespace": "kubean-system", "name": f"kubean-{OPERATION}-job"}
TOLD = kubean.TOLD
RESET_MANIFEST = {
    "apiVersion": "kubean.io/v1alpha1",
    "kind": "ClusterOperation",
    "metadata": {"name": RESET},
    "spec": {"action": "reset.yml"},
}


@dataclass
class Management:
    """A management cluster; each look at an operation takes the next of its `course`."""

    operations: dict[str, Any] = field(default_factory=dict)
    course: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    cluster: dict[str, Any] | None = field(default_factory=lambda: {"spec": {}})
    config_maps: set[str] = field(default_factory=lambda: {"kubean-system/cluster03-kubeconf"})
    log: str = ""
    silences: int = 0
    silent_after: int | None = None
    calls: list[list[str]] = field(default_factory=list)

    def begin(self, name: str, *course: dict[str, Any], **annotations: str) -> None:
        self.operations[name] = {
            "apiVersion": "kubean.io/v1alpha1",
            "kind": "ClusterOperation",
            "metadata": {"name": name, "annotations": annotations, "labels": {"hasCompleted": "x"}},
            "spec": {"action": "cluster.yml", "hostsConfRef": {"name": "a-copy"}},
        }
        self.course[name] = list(course)

    def answer(
        self, command: list[str], env: Mapping[str, str], **options: Any
    ) -> subprocess.CompletedProcess[str]:
        words = [one for one in command[3:] if not one.startswith("--request-timeout")]
        assert command[:3] == ["kubectl", "--context", "management"]
        self.calls.append(words)
        if self.silent_after == len(self.calls):
            self.silences = 3
        if self.silences:
            self.silences -= 1
            text = "Unable to connect to the server: connection refused"
            return subprocess.CompletedProcess(command, 1, "", text)
        return subprocess.CompletedProcess(command, 0, self._said(words, options["input"]), "")

    def _said(self, words: list[str], stdin: str | None) -> str:
        match words:
            case ["get", "clusteroperations.kubean.io", name, *_]:
                return self._operation(name)
            case ["get", "clusters.kubean.io", *_]:
                return json.dumps(self.cluster) if self.cluster is not None else ""
            case ["-n", namespace, "get", "configmap", name, *_]:
                return "yes" if f"{namespace}/{name}" in self.config_maps else ""
            case ["-n", _, "logs", *_]:
                return self.log
            case ["annotate", "--overwrite", _, name, mark]:
                key, _, value = mark.partition("=")
                self.operations[name]["metadata"].setdefault("annotations", {})[key] = value
            case ["delete", _, name, *_]:
                self.operations.pop(name, None)
            case ["create", *_]:
                made = json.loads(stdin or "")
                self.operations[made["metadata"]["name"]] = made
        return ""

    def _operation(self, name: str) -> str:
        if name not in self.operations:
            return ""
        course = self.course.get(name) or [{}]
        status = course.pop(0) if len(course) > 1 else course[0]
        return json.dumps({**self.operations[name], "status": status})

    def run(self, action: str, **environment: str) -> Ran:
        settings = {
            "CLUSTER": "cluster03",
            "OPERATION": OPERATION,
            "NAMESPACE": "kubean-system",
            "TIMEOUT_SECONDS": "30",
            "REQUEST_SECONDS": "10",
            "RESET": json.dumps(RESET_MANIFEST),
            **environment,
        }
        stdin = json.dumps({"kubeconfig": kubeconfig("management")})
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = step.run(action, getattr(kubean, action), stdin, settings)
        return Ran(code, out.getvalue(), err.getvalue())

    def verbs(self) -> list[str]:
        return [words[0] for words in self.calls if words[0] in ("create", "delete")]


@pytest.fixture
def management(monkeypatch: pytest.MonkeyPatch) -> Management:
    made = Management()
    monkeypatch.setattr(subprocess, "run", made.answer)
    monkeypatch.setattr(kubean, "_PAUSE_SECONDS", 0)
    return made


def running() -> dict[str, Any]:
    return {"status": "Running", "jobRef": JOB}


def failed() -> dict[str, Any]:
    return {"status": "Failed", "jobRef": JOB}


def test_it_waits_until_the_operation_has_succeeded(management: Management) -> None:
    management.begin(OPERATION, {}, running(), running(), {"status": "Succeeded"})
    done = management.run("wait")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "cluster": "cluster03",
        "operation": OPERATION,
        "kubeconfig": "kubean-system/cluster03-kubeconf",
    }
    assert done.stderr.count("Running") == 1


def test_one_that_is_over_is_waited_for_no_more(management: Management) -> None:
    management.begin(OPERATION, {"status": "Succeeded"})
    assert management.run("wait").returncode == 0
    assert management.run("wait").stderr == ""
    assert management.verbs() == []


def test_a_failure_ends_the_waiting_with_the_last_lines_of_the_log(management: Management) -> None:
    lines = [f"ok: [node1] => task {number}" for number in range(100)]
    lines[40] = "fatal: [node2]: FAILED! => no space left, eyJhbGciOiJub25lIn0.e30.c2ln"
    management.log = "\n".join([*lines, "PLAY RECAP", "node2 : ok=40 unreachable=0 failed=1"])
    management.begin(OPERATION, running(), failed())
    done = management.run("wait")
    assert done.returncode == 1
    assert f"operation {OPERATION} of cluster cluster03 failed" in done.stderr
    assert "Job kubean-system/" in done.stderr
    assert "no space left, [secret]" in done.stderr
    assert "failed=1" in done.stderr and "task 99" in done.stderr
    assert "task 50" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failure_without_a_job_says_where_to_look(management: Management) -> None:
    management.begin(OPERATION, {"status": "Failed"})
    done = management.run("wait")
    assert done.returncode == 1
    assert "failed before it had a Job" in done.stderr
    assert "logs deployment/kubean" in done.stderr


def test_the_next_update_tries_a_failed_operation_again(management: Management) -> None:
    """It is reported once, so a failure is never repeated unseen."""
    management.begin(OPERATION, failed())
    assert management.run("wait").returncode == 1
    assert management.verbs() == []
    management.course[OPERATION] = [failed(), running(), {"status": "Succeeded"}]
    done = management.run("wait")
    assert done.returncode == 0, done.stderr
    assert management.verbs() == ["delete", "create"]
    again = management.operations[OPERATION]
    assert TOLD not in again["metadata"]["annotations"]
    assert again["spec"] == {"action": "cluster.yml"}
    assert "hasCompleted" not in again["metadata"]["labels"]


def test_a_silence_of_the_api_server_is_borne(management: Management) -> None:
    management.begin(OPERATION, running(), {"status": "Succeeded"})
    management.silent_after = 2
    done = management.run("wait")
    assert done.returncode == 0, done.stderr
    assert management.silences == 0


def test_a_silence_that_lasts_is_told(
    management: Management, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kubean, "_SILENCE_SECONDS", 0)
    management.begin(OPERATION, running())
    management.silences = 1000
    done = management.run("wait")
    assert done.returncode == 1
    assert "Likely cause: the API server does not answer" in done.stderr


def test_it_does_not_wait_longer_than_it_may_and_says_how_to_go_on(management: Management) -> None:
    management.begin(OPERATION, running())
    done = management.run("wait", TIMEOUT_SECONDS="0")
    assert done.returncode == 1
    assert f"operation {OPERATION} of cluster cluster03 was not finished after 0 s" in done.stderr
    assert "Kubean says Running" in done.stderr
    assert f"logs --follow job/{JOB['name']}" in done.stderr
    assert "Run the update again, which goes on waiting" in done.stderr


def test_an_operator_that_does_nothing_is_told_as_such(management: Management) -> None:
    management.begin(OPERATION, {})
    done = management.run("wait", TIMEOUT_SECONDS="0")
    assert "Kubean says nothing): is its operator running?" in done.stderr


def test_an_operation_that_somebody_deleted_is_told(management: Management) -> None:
    done = management.run("wait")
    assert done.returncode == 1
    assert "no longer exists: `pulumi up --refresh` makes it again" in done.stderr


def test_the_kubeconfig_is_looked_for_where_kubean_says_and_not_printed(
    management: Management,
) -> None:
    management.begin(OPERATION, {"status": "Succeeded"})
    management.cluster = {"spec": {"kubeconfRef": {"namespace": "other", "name": "theirs"}}}
    management.config_maps = {"other/theirs"}
    done = management.run("wait")
    assert json.loads(done.stdout)["kubeconfig"] == "other/theirs"
    asked = next(words for words in management.calls if "configmap" in words)
    assert asked[-1].startswith("--output=go-template=") and "yes" in asked[-1]


def test_a_kubeconfig_that_is_missing_is_told(management: Management) -> None:
    management.begin(OPERATION, {"status": "Succeeded"})
    management.config_maps = set()
    done = management.run("wait")
    assert done.returncode == 1
    assert "ConfigMap kubean-system/cluster03-kubeconf with the key config" in done.stderr


def test_a_reset_is_made_and_waited_for_once(management: Management) -> None:
    management.course[RESET] = [{}, running(), {"status": "Succeeded"}]
    done = management.run("reset")
    assert done.returncode == 0, done.stderr
    assert management.operations[RESET]["spec"] == {"action": "reset.yml"}
    assert management.run("reset").returncode == 0
    assert management.verbs() == ["create"]


def test_a_reset_that_failed_is_told_and_tried_again_by_the_next_destroy(
    management: Management,
) -> None:
    management.course[RESET] = [failed()]
    assert management.run("reset").returncode == 1
    management.course[RESET] = [failed(), {"status": "Succeeded"}]
    done = management.run("reset")
    assert done.returncode == 0, done.stderr
    assert management.verbs() == ["create", "delete", "create"]


def test_nothing_is_reset_of_a_cluster_that_kubean_does_not_know(management: Management) -> None:
    management.cluster = None
    done = management.run("reset")
    assert done.returncode == 0
    assert management.verbs() == []


def test_a_dead_management_cluster_is_given_up_only_when_told_so(management: Management) -> None:
    management.silences = 1
    done = management.run("reset")
    assert done.returncode == 1
    assert "the machines of cluster03 are not reset" in done.stderr
    management.silences = 1
    given_up = management.run("reset", PULUMI_K8S_DELETE_UNREACHABLE="true")
    assert given_up.returncode == 0
    assert management.verbs() == []
