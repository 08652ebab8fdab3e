"""A Helm release of the program's own: the real engine, provider and API server; a small chart.

tests/lab/test_release.py has what it does on existing clusters.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.cilium import helm_release
from tests.engine.conftest import Answer, Project, new_project
from tests.kubean import management
from tests.kubean.management import CORE, Api
from tools.toolchain import Toolchain

SECRETS = f"{CORE}/namespaces/kube-system/secrets"
RELEASES = f"{SECRETS}?labelSelector=owner%3Dhelm%2Cname%3Dcilium"
CANARY = "canary-key-of-a-ca"
RELEASE = "cilium-clustermesh:index:CiliumRelease$kubernetes:helm.sh/v3:Release::cluster01-cilium"
TEMPLATE = """
apiVersion: v1
kind: Secret
metadata: {name: cilium-clustermesh, namespace: kube-system}
data:
  {{- range .Values.clustermesh.config.clusters }}
  {{ .name }}: {{ index .ips 0 | b64enc }}
  {{- end }}
---
apiVersion: v1
kind: Secret
metadata: {name: clustermesh-apiserver-remote-cert, namespace: kube-system}
---
apiVersion: v1
kind: Service
metadata: {name: clustermesh-apiserver, namespace: kube-system}
spec:
  type: NodePort
  ports: [{port: 2379, nodePort: {{ .Values.clustermesh.apiserver.service.nodePort }}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: clustermesh-apiserver, namespace: kube-system}
spec:
  selector: {matchLabels: {app: x}}
  template:
    metadata: {labels: {app: x}}
    spec: {containers: [{name: x, image: x}]}
"""


def values(*peers: str) -> dict[str, Any]:
    clusters = [{"name": name, "ips": ["192.0.2.2"], "port": 32258} for name in peers]
    return {
        "clustermesh": {
            "useAPIServer": True,
            "config": {"enabled": True, "clusters": clusters},
            "apiserver": {"service": {"type": "NodePort", "nodePort": 32257}},
        },
        "tls": {"ca": {"key": CANARY}},
    }


def write_chart(project: Project, version: str) -> None:
    folder = project.folder / "chart"
    (folder / "templates").mkdir(parents=True, exist_ok=True)
    chart = {"apiVersion": "v2", "name": "cilium", "version": version}
    (folder / "Chart.yaml").write_text(yaml.safe_dump(chart))
    (folder / "templates/all.yaml").write_text(TEMPLATE)


def configure(project: Project, *peers: str, **settings: Any) -> None:
    project.configure(peers={name: "192.0.2.2:32258" for name in peers}, **settings)
    project.configure_secret("cilium-clustermesh:values", values(*peers))


@pytest.fixture
def project(tmp_path: Path, kubean_toolchain: Toolchain, api: Api) -> Project:
    made = new_project(tmp_path, kubean_toolchain)
    (made.folder / "__main__.py").write_text(Path(__file__).with_name("released.py").read_text())
    write_chart(made, "1.18.4")
    document = management.kubeconfig(api)
    document["contexts"][0]["name"] = document["current-context"] = "cluster01"
    answer = made.pulumi(
        *("config", "set", "--secret", "cilium-clustermesh:kubeconfig"),
        stdin=json.dumps(document),
    )
    assert answer.returncode == 0, answer.stderr
    configure(made, "cluster02", owned=True, exists=False, version="1.18.4")
    return made


@pytest.fixture(autouse=True)
def _nothing_left(api: Api) -> Iterator[None]:
    yield
    for one in api.items(RELEASES):
        api.delete(f"{SECRETS}/{one['metadata']['name']}")
    for name in ("cilium-clustermesh", "clustermesh-apiserver-remote-cert"):
        api.delete(f"{SECRETS}/{name}")
    api.delete(f"{CORE}/namespaces/kube-system/services/clustermesh-apiserver")
    api.delete("/apis/apps/v1/namespaces/kube-system/deployments/clustermesh-apiserver")


def ok(answer: Answer) -> str:
    said = answer.stdout + answer.stderr
    assert answer.returncode == 0, said
    return said


def newest(api: Api) -> dict[str, Any]:
    return max(api.items(RELEASES), key=lambda one: int(one["metadata"]["labels"]["version"]))


def found(api: Api) -> helm_release.Release:
    return helm_release.decode(newest(api)["data"]["release"])


def known_to_agents(api: Api) -> set[str]:
    secret = api.get(f"{SECRETS}/cilium-clustermesh")
    assert secret is not None
    return set(secret.get("data") or {})


def rewrite(api: Api, **changes: Any) -> None:
    """What somebody else, or a Helm that was killed, leaves of the newest revision."""
    secret = newest(api)
    packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
    stored = json.loads(gzip.decompress(packed))
    stored["info"] |= changes.get("info", {})
    stored["config"] |= changes.get("config", {})
    again = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(stored).encode())))
    secret["data"]["release"] = again.decode()
    secret["metadata"]["labels"]["status"] = stored["info"]["status"]
    api.ask("PUT", f"{SECRETS}/{secret['metadata']['name']}", secret)


def test_a_new_release_is_planned_made_and_then_left_alone(project: Project, api: Api) -> None:
    assert project.planned()[RELEASE] == "create"
    assert api.items(RELEASES) == []
    ok(project.up())
    first = found(api)
    assert (first.revision, first.status, first.is_ours) == (1, "deployed", True)
    assert first.peers == {"cluster02": "192.0.2.2:32258"}
    # From the next update on, the existing release counts as taken over.
    project.configure(exists=True)
    ok(project.up("--expect-no-changes"))
    ok(project.up("--refresh", "--expect-no-changes"))
    assert found(api).revision == 1
    assert CANARY not in project.everything_written()


def test_a_release_leaves_and_is_taken_over_again_without_losing_a_peer(
    project: Project, api: Api
) -> None:
    ok(project.up())
    project.configure(owned=False)
    ok(project.up())
    assert not [one for one in project.state() if one["type"] == "kubernetes:helm.sh/v3:Release"]
    assert found(api).revision == 1
    assert known_to_agents(api) == {"cluster02"}
    # It is somebody else's now, with their own values.
    rewrite(api, info={"description": "Upgrade complete"}, config={"routingMode": "native"})

    project.configure(owned=True, exists=True)
    shown = ok(project.pulumi("preview"))
    assert "import" in shown
    assert "will fail" not in shown
    assert found(api).revision == 1
    ok(project.up())
    taken = found(api)
    assert (taken.revision, taken.status, taken.is_ours) == (2, "deployed", True)
    assert "routingMode" not in taken.values
    assert known_to_agents(api) == {"cluster02"}
    ok(project.up("--refresh", "--expect-no-changes"))
