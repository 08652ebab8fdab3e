"""A stack whose clusters are API servers on the loopback, and whose pulumi is plain data."""

import base64
import json
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from components.kubeconfig import merge
from components.kubeconfig.document import read_text
from mesh.stack import Stack
from tests.fake_api import FakeApi
from tests.kubeconfigs import as_text, ca, kubeadm, leaf
from tests.unit.facts.test_reading import SYSTEM, control_plane, healthy
from tests.unit.scripts.conftest import TOKEN, World
from tests.unit.scripts.test_verify import DEMO, NAMES

# Later than any certificate that a test makes, in a run of hours too.
NOW = datetime.now(UTC) + timedelta(hours=12)
CERTS = f"{SYSTEM}/secrets/clustermesh-apiserver"
# Secrets that must not get into a report: from programs' output, and beside certificates.
CANARIES = (TOKEN, "c4n4ry", leaf("clustermesh").key_data, leaf("kubernetes-admin", ca()).key_data)


@dataclass
class FakeStack:
    """What pulumi says of a stack named prod; the rest of the programs act on the world."""

    apis: list[FakeApi]
    world: World
    outputs: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    refused: str = ""

    def run(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Stand in for subprocess.run."""
        if command[0] != "pulumi":
            return self.world.answer(command, **options)
        if self.refused:
            return subprocess.CompletedProcess(command, 255, "", f"error: {self.refused}\n")
        return subprocess.CompletedProcess(command, 0, self._said(command[1:]), "")

    def _said(self, words: list[str]) -> str:
        match words[:2]:
            case ["stack", "output"]:
                return json.dumps(self.outputs)
            case ["stack", "history"]:
                return json.dumps(self.history)
            case ["config", _]:
                return json.dumps(self._encoded())
        return "v3.215.0\n"

    def _encoded(self) -> dict[str, Any]:
        """Values as `pulumi config --json` has them."""
        return {
            f"cilium-clustermesh:{key}": {
                "value": value if isinstance(value, str) else json.dumps(value),
                "secret": key == "clusters",
            }
            for key, value in self.config.items()
        } | {"pulumi:disable-default-providers": {"value": '["*"]', "secret": False}}


def prod(folder: Path) -> Stack:
    (folder / "Pulumi.yaml").write_text("name: cilium-clustermesh\n")
    return Stack("prod", folder)


def fake_stack(apis: list[FakeApi], world: World) -> FakeStack:
    """Return a stack of two joined clusters, with their API servers."""
    for number, api in enumerate(apis, start=1):
        api.objects |= objects(number)
    return FakeStack(
        apis=apis,
        world=world,
        outputs=_outputs(apis),
        config={
            "clusters": [_entry(number, api) for number, api in enumerate(apis, start=1)],
            "maxConnectedClusters": "255",
            "timeouts": {"requestSeconds": 2},
        },
        history=[
            {"version": 9, "kind": "refresh", "result": "succeeded", "endTime": _moment(9)},
            {"version": 8, "kind": "update", "result": "failed", "endTime": _moment(8)},
            {"version": 7, "kind": "update", "result": "succeeded", "endTime": _moment(7)},
        ],
    )


def objects(number: int) -> dict[str, Any]:
    """What the API server of a member has if everything is as the config says."""
    found = healthy()
    (node,) = found["/api/v1/nodes"]
    node["metadata"]["name"] = f"node-of-{NAMES[number - 1]}"
    node["status"]["addresses"] = [{"type": "InternalIP", "address": f"192.0.2.{number}"}]
    node["spec"]["podCIDRs"] = [f"10.{number}0.0.0/24"]
    cilium = found[f"{SYSTEM}/configmaps/cilium-config"]["data"]
    cilium |= {"cluster-name": NAMES[number - 1], "cluster-id": str(number)}
    found[f"{SYSTEM}/pods"] = [
        control_plane(f"--service-cluster-ip-range=10.{number}1.0.0/16"),
        control_plane(f"--cluster-cidr=10.{number}0.0.0/16"),
    ]
    annotations = {"service.cilium.io/global": "true"}
    metadata = {"namespace": "default", "name": "rebel-base", "annotations": annotations}
    found["/api/v1/services"].append({"metadata": metadata, "spec": {"ports": []}})
    for use in ("server", "remote"):
        found[f"{CERTS}-{use}-cert"] = _certificate_secret()
    return found


def merged(apis: list[FakeApi]) -> str:
    """The stack's own kubeconfig: a context for each cluster, named after it."""
    members = [
        merge.member(name, read_text(_kubeconfig(api), None), api.url)
        for name, api in zip(NAMES, apis, strict=True)
    ]
    document = merge.merged(members)
    for name, entry in zip(NAMES, document["users"], strict=True):
        # The stand-in for kubectl prints it when it fails.
        entry["user"]["token"] = TOKEN + name
    return yaml.safe_dump(document)


def _kubeconfig(api: FakeApi) -> str:
    return as_text(kubeadm(api.url))


def _entry(number: int, api: FakeApi) -> dict[str, Any]:
    return {
        "name": NAMES[number - 1],
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "kubeconfigContent": _kubeconfig(api),
    }


def _outputs(apis: list[FakeApi]) -> dict[str, Any]:
    clusters = [
        {
            "name": name,
            "id": number,
            "podCidrs": [f"10.{number}0.0.0/16"],
            "serviceCidrs": [f"10.{number}1.0.0/16"],
            "apiServerUrl": f"https://192.0.2.{number}:3193{number}",
            "meshEndpoint": f"192.0.2.{number}:3225{number}",
        }
        for number, name in enumerate(NAMES, start=1)
    ]
    spec = {
        "clusters": NAMES,
        "demo": DEMO,
        "requests": 4,
        "statusSeconds": 1,
        "trafficSeconds": 0,
    }
    route = {"from": NAMES[0], "to": NAMES[1], "path": "pod-ip", "ok": True, "milliseconds": 77.7}
    return {
        "schemaVersion": 1,
        "clusters": clusters,
        "kubeconfig": merged(apis),
        "kubeconfigs": {},
        "mesh": {},
        "verification": {"matrix": [{**route, "answers": {NAMES[1]: 2}}], "spec": spec},
    }


def _certificate_secret() -> dict[str, Any]:
    pair = leaf("clustermesh")
    data = {"tls.crt": pair.cert_data, "tls.key": pair.key_data, "ca.crt": ca().cert_data}
    return {"data": data | {"else": base64.b64encode(b"c4n4ry").decode()}}


def _moment(hour: int) -> str:
    return f"2026-11-26T0{hour}:00:00.000Z"
