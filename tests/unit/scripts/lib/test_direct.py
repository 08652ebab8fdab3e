"""Reading without kubectl, from an API server on loopback with real TLS."""

import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from components.kube_api import writer
from components.kube_api.reader import Access, ApiReader
from components.kube_api.writer import ApiWriter
from components.scripts.lib.cli import CliError, with_kubeconfig
from components.scripts.lib.step import UNREACHABLE
from tests.fake_api import FakeApi, server_pair, serving
from tests.kubeconfigs import kubeadm

SYSTEM = "/api/v1/namespaces/kube-system"
SECRET = {"kind": "Secret", "metadata": {"name": "cilium-ca"}, "data": {"ca.crt": "eA=="}}


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(server_pair()) as served:
        served.objects[f"{SYSTEM}/secrets/cilium-ca"] = SECRET
        yield served


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The calls of kubectl; it finds a ConfigMap."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        is_list = any(word.startswith("--selector") for word in command)
        found = {"kind": "ConfigMap", "metadata": {"name": "cilium-config"}}
        said = json.dumps({"items": []} if is_list else found)
        return subprocess.CompletedProcess(command, 0, said, "")

    monkeypatch.setattr(subprocess, "run", run)
    return calls


def test_what_the_api_server_answers_takes_no_kubectl(api: FakeApi, asked: list[list[str]]) -> None:
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        found = cli.objects("cluster01", "secret/cilium-ca", "deployment/clustermesh-apiserver")
        assert found == {"secret/cilium-ca": SECRET}
        assert cli.get("cluster01", "secret", "cilium-ca") == SECRET
        assert cli.get("cluster01", "service", "clustermesh-apiserver") is None
    assert asked == []


def test_a_selector_is_left_to_the_api_server(api: FakeApi, asked: list[list[str]]) -> None:
    """It knows all forms of them, and sends nothing unwanted."""
    api.objects[f"{SYSTEM}/secrets"] = [SECRET]
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        assert cli.selected("cluster01", "secrets", "owner=helm,status!=superseded") == [SECRET]
    assert api.requests[-1][3]["labelSelector"] == ["owner=helm,status!=superseded"]
    assert asked == []


PODS = f"{SYSTEM}/pods"
MARK = {"cilium-clustermesh/revision": "3"}


def test_every_pod_that_a_selector_fits_is_annotated_without_kubectl(
    api: FakeApi, asked: list[list[str]]
) -> None:
    api.objects[PODS] = [{"metadata": {"name": name}} for name in ("cilium-1", "cilium-2")]
    api.objects |= {f"{PODS}/cilium-1": {"kind": "Pod"}, f"{PODS}/cilium-2": {"kind": "Pod"}}
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        cli.annotate("cluster01", "pods", "k8s-app in (cilium)", MARK)
    assert api.requests[0][3]["labelSelector"] == ["k8s-app in (cilium)"]
    written = [request for request in api.requests if request[0] == "PATCH"]
    assert [path for _, path, _, _ in written] == [f"{PODS}/cilium-1", f"{PODS}/cilium-2"]
    assert {one[2]["Content-Type"] for one in written} == {"application/merge-patch+json"}
    assert json.loads(api.bodies[-1]) == {"metadata": {"annotations": MARK}}
    assert asked == []


def test_a_pod_that_ends_meanwhile_keeps_no_other_from_its_annotation(
    api: FakeApi, asked: list[list[str]]
) -> None:
    api.objects[PODS] = [{"metadata": {"name": name}} for name in ("gone", "cilium-2")]
    api.objects[f"{PODS}/cilium-2"] = {"kind": "Pod"}
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        cli.annotate("cluster01", "pods", "k8s-app in (cilium)", MARK)
    assert api.paths == [PODS, f"{PODS}/gone", f"{PODS}/cilium-2"]
    assert asked == []


@pytest.mark.parametrize(("value", "mark"), [("3", "noted=3"), (None, "noted-")])
def test_what_may_not_be_annotated_kubectl_is_asked_to_explain(
    api: FakeApi, asked: list[list[str]], value: str | None, mark: str
) -> None:
    listed = {"items": [{"metadata": {"name": "cilium-1"}}]}
    refused = (403, {"kind": "Status", "message": "no"})
    api.answer = lambda path: (200, listed) if path == PODS else refused
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        cli.annotate("cluster01", "pods", "k8s-app in (cilium)", {"noted": value})
    assert api.methods == {"GET", "PATCH"}
    (call,) = asked
    assert "annotate" in call
    assert call[-1] == mark


def test_an_annotation_is_taken_away_by_its_absence(api: FakeApi, asked: list[list[str]]) -> None:
    api.objects[PODS] = [{"metadata": {"name": "cilium-1"}}]
    api.objects[f"{PODS}/cilium-1"] = {"kind": "Pod"}
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        cli.annotate("cluster01", "pods", "k8s-app in (cilium)", {"noted": None})
    assert json.loads(api.bodies[-1]) == {"metadata": {"annotations": {"noted": None}}}
    assert asked == []


@pytest.mark.parametrize("status", [401, 403, 500])
def test_what_is_refused_kubectl_is_asked_to_explain(
    api: FakeApi, asked: list[list[str]], status: int
) -> None:
    api.answer = lambda _: (status, {"kind": "Status", "message": "no"})
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        assert cli.get("cluster01", "configmap", "cilium-config") is not None
        assert cli.selected("cluster01", "secrets", "owner=helm") == []
    assert [call[0] for call in asked] == ["kubectl", "kubectl"]


def test_an_api_server_that_nobody_reaches_is_left_to_kubectl(asked: list[list[str]]) -> None:
    """Its error message is the one for which users find answers."""
    with with_kubeconfig(kubeadm("https://127.0.0.1:1", context="cluster01")) as cli:
        cli.get("cluster01", "configmap", "cilium-config")
    assert len(asked) == 1


def test_without_urllib3_kubectl_reads(
    api: FakeApi, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scripts need only the standard library: run.sh uses any Python if there is no other."""
    for name in ("reader", "writer"):
        monkeypatch.delitem(sys.modules, f"components.kube_api.{name}")
    monkeypatch.setitem(sys.modules, "urllib3", None)
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        cli.get("cluster01", "configmap", "cilium-config")
        cli.selected("cluster01", "secrets", "owner=helm")
    assert len(asked) == 2 and api.requests == []


def test_kinds_and_contexts_that_are_not_known_here_are_left_to_kubectl(
    api: FakeApi, asked: list[list[str]]
) -> None:
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        cli.selected("cluster01", "ciliumnodes", "a=b")
        cli.selected("cluster02", "secrets", "a=b")
    assert len(asked) == 2 and api.requests == []


def test_a_silent_api_server_is_waited_for_once_and_counts_as_unreachable(
    asked: list[list[str]],
) -> None:
    """Kubectl would wait once more. A delete asks what to do with a cluster that is dead."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"https://127.0.0.1:{listening.getsockname()[1]}"
        with (
            with_kubeconfig(kubeadm(url, context="cluster01"), request_seconds=1) as cli,
            pytest.raises(CliError) as error,
        ):
            cli.get("cluster01", "configmap", "cilium-config")
    assert re.search(UNREACHABLE, str(error.value))
    assert asked == []


def test_every_read_connects_anew_and_leaves_nothing_open(
    api: FakeApi, asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade of Cilium between two reads may break existing connections."""
    readers: list[ApiReader] = []

    class Kept(ApiWriter):
        def __init__(self, kubeconfig: Access, timeout: float) -> None:
            super().__init__(kubeconfig, timeout)
            readers.append(self)

    monkeypatch.setattr(writer, "ApiWriter", Kept)
    with with_kubeconfig(kubeadm(api.url, context="cluster01")) as cli:
        for _ in range(2):
            cli.get("cluster01", "secret", "cilium-ca")
    assert [len(reader._pool.pools) for reader in readers] == [0, 0]
    assert len(api.requests) == 2 and asked == []
