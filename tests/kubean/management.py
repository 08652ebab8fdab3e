"""A management cluster without nodes: an API server of `lab.nodeless` as the tests know it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab import nodeless
from lab.nodeless import Api, Json, Refusal
from tests.fake_api import server_pair
from tests.kubeconfigs import ca
from tools.toolchain import Toolchain

__all__ = ["Api", "Json", "Refusal"]

PROGRAMS = (*nodeless.PROGRAMS, "kubectl")
TOKEN = "canary-token-of-the-management-cluster"
CORE = "/api/v1"
KUBEAN = "/apis/kubean.io/v1alpha1"


def config_map(namespace: str, name: str) -> str:
    return f"{CORE}/namespaces/{namespace}/configmaps/{name}"


def secret(namespace: str, name: str) -> str:
    return f"{CORE}/namespaces/{namespace}/secrets/{name}"


def operation(name: str) -> str:
    return f"{KUBEAN}/clusteroperations/{name}"


def cluster(name: str) -> str:
    return f"{KUBEAN}/clusters/{name}"


@contextmanager
def running(folder: Path, toolchain: Toolchain) -> Iterator[Api]:
    """Run the API server; its files lie in the folder, its log in `kube-apiserver.log`."""
    pair = server_pair()
    identity = nodeless.Identity(
        cert=pair.cert, key=pair.key, ca=ca().cert, tokens={TOKEN: "admin"}
    )
    with nodeless.running(folder, toolchain, identity) as api:
        yield api.called("tests")


def kubeconfig(api: Api, token: str = TOKEN) -> Json:
    """The administrator's kubeconfig."""
    body = {"server": api.url, "certificate-authority-data": ca().cert_data}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "admin",
        "clusters": [{"name": "management", "cluster": body}],
        "users": [{"name": "admin", "user": {"token": token}}],
        "contexts": [{"name": "admin", "context": {"cluster": "management", "user": "admin"}}],
    }
