"""A node as its cluster sees it: drained once, uncordoned, and nobody else's cordon touched."""

import json
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pytest

from components.node import ssh, survey
from components.node.access import Access, Endpoint
from components.node.ssh import SshError
from components.node.survey import Answer
from components.scripts import node
from components.scripts.lib import step
from tests.unit.node.test_node import EL8
from tests.unit.scripts.conftest import kubeconfig

INSTALLED = {"state": "installed", "kernel": "4.18.0", "wanted": "6.1.77", "bootId": "one"}
BACK = replace(EL8, kernel="6.1.77", boot_id="two")
SILENT = SshError("it does not answer", "check it")
OURS = {node.CORDONED: "true"}


@dataclass
class Kubernetes:
    """kubectl over one Node object, and the node's answers over SSH, in order."""

    boot_id: str = "one"
    annotations: dict[str, str] = field(default_factory=dict)
    spec: dict[str, Any] = field(default_factory=dict)
    exists: bool = True
    is_ready: bool = True
    refuses: str = ""
    answers: list[Answer] = field(default_factory=lambda: [BACK])
    asked: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    said: str = ""

    def run(self, action: Callable[[step.Step], object], **installed: str) -> int:
        environment = {
            "CLUSTER": "cluster01",
            "NODE": "node1",
            "INSTALLED": json.dumps(INSTALLED | installed),
            "DRAIN_SECONDS": "1",
            "REBOOT_SECONDS": "0",
            "REQUEST_SECONDS": "1",
        }
        access = Access(node=Endpoint(address="192.0.2.1")).as_data()
        stdin = json.dumps({"kubeconfig": kubeconfig("cluster01"), "ssh": access})
        return step.run("step", action, stdin, environment)

    def kubectl(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        words = [word for word in command[3:] if not word.startswith("-")]
        words = [word for word in words if word != "kube-system"]
        self.asked.append(words[0])
        if words[0] == "drain" and self.refuses:
            return subprocess.CompletedProcess(command, 1, "", self.refuses)
        if words[0] == "patch":
            patch = json.loads(next(word[8:] for word in command if word.startswith("--patch=")))
            self.annotations |= patch["metadata"]["annotations"]
            self.annotations = {key: text for key, text in self.annotations.items() if text}
            self.spec = {"unschedulable": True} if patch["spec"]["unschedulable"] else {}
        return subprocess.CompletedProcess(command, 0, self._object() if self.exists else "", "")

    def _object(self) -> str:
        status = {
            "nodeInfo": {"bootID": self.boot_id},
            "conditions": [{"type": "Ready", "status": str(self.is_ready)}],
        }
        metadata = {"annotations": self.annotations}
        return json.dumps({"metadata": metadata, "spec": self.spec, "status": status})

    def answer(self, _: Access) -> Answer:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def keep(self, _: Access, script: str, __: float, *, as_root: bool) -> str:
        assert as_root
        self.kept.append(script)
        return ""


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kubernetes]:
    made = Kubernetes()
    monkeypatch.setattr(subprocess, "run", made.kubectl)
    monkeypatch.setattr(survey, "read", made.answer)
    monkeypatch.setattr(ssh, "run", made.keep)
    monkeypatch.setattr(node, "_PAUSE_SECONDS", 0)
    yield made


def test_a_node_that_is_about_to_be_rebooted_is_cordoned_by_name_and_drained(
    cluster: Kubernetes,
) -> None:
    assert cluster.run(node.drain) == 0
    assert cluster.asked == ["get", "patch", "drain"]
    assert cluster.annotations == OURS and cluster.spec == {"unschedulable": True}


@pytest.mark.parametrize(
    ("state", "boot_id", "exists"),
    [("enough", "one", True), ("installed", "two", True), ("installed", "one", False)],
    ids=["needs-nothing", "rebooted-meanwhile", "not-in-the-cluster"],
)
def test_nothing_is_drained_that_is_not_about_to_be_rebooted(
    cluster: Kubernetes, state: str, boot_id: str, exists: bool
) -> None:
    """Otherwise renewed credentials, which run the Command again, would drain the node again."""
    cluster.boot_id, cluster.exists = boot_id, exists
    assert cluster.run(node.drain, state=state) == 0
    assert not {"patch", "drain"} & set(cluster.asked)


def test_a_cordon_of_somebody_else_is_respected_throughout(cluster: Kubernetes) -> None:
    cluster.spec = {"unschedulable": True}
    assert cluster.run(node.drain) == 0
    cluster.boot_id = "two"
    assert cluster.run(node.rejoin) == 0
    assert cluster.run(node.uncordon) == 0
    assert cluster.spec == {"unschedulable": True} and "patch" not in cluster.asked


def test_a_drain_that_fails_is_taken_back(
    cluster: Kubernetes, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.refuses = "Cannot evict pod"
    assert cluster.run(node.drain) == 1
    assert cluster.annotations == {} and cluster.spec == {}
    said = capsys.readouterr().err
    assert "Cannot evict pod" in said and "It was not rebooted" in said


def test_a_node_is_given_back_when_it_runs_the_wanted_kernel_and_is_ready(
    cluster: Kubernetes, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.annotations, cluster.spec, cluster.boot_id = dict(OURS), {"unschedulable": True}, "two"
    assert cluster.run(node.rejoin) == 0
    assert cluster.annotations == {} and cluster.spec == {}
    assert json.loads(capsys.readouterr().out) == {"kernel": "6.1.77"}


@pytest.mark.parametrize(
    ("answers", "boot_id", "is_ready", "said"),
    [
        ([SILENT], "one", True, "did not come back within 0 s"),
        ([replace(BACK, boot_id="one")], "one", True, "did not reboot within 0 s"),
        ([replace(BACK, kernel="4.18.0")], "two", True, "4.18.0 is the default again"),
        ([BACK], "two", False, "was not ready in its cluster"),
        ([BACK], "one", True, "was not ready in its cluster"),
    ],
)
def test_a_node_that_is_not_back_as_wanted_stays_cordoned(
    cluster: Kubernetes,
    capsys: pytest.CaptureFixture[str],
    answers: list[Answer],
    boot_id: str,
    is_ready: bool,
    said: str,
) -> None:
    cluster.annotations, cluster.spec = dict(OURS), {"unschedulable": True}
    cluster.answers, cluster.boot_id, cluster.is_ready = answers, boot_id, is_ready
    assert cluster.run(node.rejoin) == 1
    assert cluster.annotations == OURS and cluster.spec == {"unschedulable": True}
    assert said in capsys.readouterr().err
    assert bool(cluster.kept) is ("default again" in said)


def test_what_needs_no_reboot_is_not_waited_for(cluster: Kubernetes) -> None:
    assert cluster.run(node.rejoin, state="enough") == 0
    assert cluster.asked == []


def test_a_delete_takes_away_a_cordon_that_was_left(cluster: Kubernetes) -> None:
    cluster.annotations, cluster.spec = dict(OURS), {"unschedulable": True}
    assert cluster.run(node.uncordon) == 0
    assert cluster.annotations == {} and cluster.spec == {}


@dataclass
class ThroughManagement(Kubernetes):
    """The same node in a cluster that Kubean creates; `context`: the last one that was used."""

    is_made: bool = True
    text: str = "kept by Kubean"
    contexts: list[str] = field(default_factory=list)

    def kubectl(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        self.contexts.append(command[2])
        if command[2] == "cluster01":
            return super().kubectl(command, **options)
        said = ""
        if command[2] == "":
            entries = kubeconfig("kubernetes-admin@cluster.local")
            said = json.dumps({**entries, "current-context": "kubernetes-admin@cluster.local"})
        elif "clusters.kubean.io" in command:
            said = json.dumps({"spec": {}}) if self.is_made else ""
        elif "cluster01-kubeconf" in command and self.text:
            said = json.dumps({"data": {"config": self.text}})
        return subprocess.CompletedProcess(command, 0, said, "")

    def run(self, action: Callable[[step.Step], object], **installed: str) -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(step, "run", partial(_led_through, step.run))
            return super().run(action, **installed)


def _led_through(
    run: Callable[..., int], name: str, action: object, stdin: str, environment: dict[str, str]
) -> int:
    told = json.dumps({**json.loads(stdin), "kubeconfig": kubeconfig("management")})
    return run(name, action, told, {**environment, "NAMESPACE": "kubean-system"})


@pytest.fixture
def made(cluster: Kubernetes, monkeypatch: pytest.MonkeyPatch) -> ThroughManagement:
    through = ThroughManagement()
    monkeypatch.setattr(subprocess, "run", through.kubectl)
    monkeypatch.setattr(survey, "read", through.answer)
    return through


def test_a_machine_whose_cluster_is_not_there_is_rebooted_without_a_drain(
    made: ThroughManagement, capsys: pytest.CaptureFixture[str]
) -> None:
    made.is_made = False
    assert made.run(node.drain) == 0
    assert made.run(node.rejoin) == 0
    assert made.run(node.uncordon) == 0
    assert set(made.contexts) == {"management"} and made.asked == []
    drained, joined = capsys.readouterr().out.splitlines()
    assert (drained, joined) == ('{"drained":false}', '{"kernel":"6.1.77"}')


def test_nor_is_it_where_kubean_has_begun_and_keeps_no_kubeconfig_yet(
    made: ThroughManagement,
) -> None:
    made.text = ""
    assert made.run(node.drain) == 0
    assert set(made.contexts) == {"management"}


def test_once_kubean_has_made_the_cluster_its_own_kubeconfig_leads_to_the_node(
    made: ThroughManagement,
) -> None:
    assert made.run(node.drain) == 0
    assert made.asked == ["get", "patch", "drain"] and made.annotations == OURS
    made.boot_id = "two"
    assert made.run(node.rejoin) == 0
    assert made.annotations == {} and made.spec == {}


def test_what_needs_no_reboot_is_no_reason_to_ask_the_management_cluster(
    made: ThroughManagement,
) -> None:
    assert made.run(node.drain, state="enough") == 0
    assert made.run(node.rejoin, state="enough") == 0
    assert made.contexts == []
