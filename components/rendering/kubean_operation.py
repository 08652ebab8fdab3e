"""What Kubean does with a cluster: a ClusterOperation, which runs once and never again.

So its name contains a hash of everything that goes into it: any edit makes another operation.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..common.labels import LABELS
from ..config.models import ClusterConfig, MeshConfig
from . import kubean_hosts, kubean_variables

API_VERSION = "kubean.io/v1alpha1"
KIND = "ClusterOperation"
# The operator deletes old operations, those with the highest score first (its cluster controller).
# The newest of ours must stay: a refresh would miss it, and the next update would run it again.
ANNOTATIONS = {"kubean.io/eliminate-score": "-1"}

Action = Literal["install", "scale", "upgrade", "reset"]
_PLAYBOOKS: Mapping[Action, str] = {
    "install": "cluster.yml",
    "scale": "scale.yml",
    "upgrade": "upgrade-cluster.yml",
    "reset": "reset.yml",
}
# Job names have at most 63 characters: kubean-<32 of the cluster>-<7 of the action>-<10>-job.
_HASH_CHARACTERS = 10


@dataclass(frozen=True, slots=True)
class Operation:
    """The name and spec of a ClusterOperation; `spec` contains no secret."""

    name: str
    spec: Mapping[str, Any] = field(repr=False)

    @property
    def manifest(self) -> dict[str, Any]:
        """The whole object, ready to be created."""
        metadata = {"name": self.name, "labels": LABELS, "annotations": ANNOTATIONS}
        return {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": metadata,
            "spec": dict(self.spec),
        }


def wanted(cluster: ClusterConfig, mesh: MeshConfig) -> Operation:
    """Return the operation that brings the cluster to what the config says.

    It does not include the peers: a new member is no reason to run Kubespray in all the others,
    whose connections are made without it.
    """
    return _operation(cluster, mesh, cluster.made_by.action)


def reset(cluster: ClusterConfig, mesh: MeshConfig) -> Operation:
    """Return the operation that removes Kubernetes from the cluster's machines."""
    return _operation(cluster, mesh, "reset")


def name_of(cluster: ClusterConfig, mesh: MeshConfig) -> str | None:
    """Return the name of the wanted operation; None for a cluster that Kubean does not make."""
    return wanted(cluster, mesh).name if cluster.kubean is not None else None


def _operation(cluster: ClusterConfig, mesh: MeshConfig, action: Action) -> Operation:
    kubean = cluster.made_by
    limit = ",".join(kubean.limit) if action == "scale" else ""
    spec = {
        "cluster": cluster.name,
        "image": kubean.image,
        "actionType": "playbook",
        "action": _PLAYBOOKS[action],
        **({"extraArgs": f"--limit={limit}"} if limit else {}),
        **(_hooks(action, is_limited=bool(limit)) if action != "reset" else {}),
    }
    content = [spec, kubean_hosts.render(kubean), kubean_variables.render(cluster, mesh, {})]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return Operation(f"{cluster.name}-{action}-{digest[:_HASH_CHARACTERS]}", spec)


def _hooks(action: Action, *, is_limited: bool) -> dict[str, Any]:
    # A limited play knows the other nodes only if their facts were gathered before
    # (Kubespray's docs/operations/nodes.md).
    facts = ["facts.yml"] if is_limited else []
    firewall = ["disable-firewalld.yml"] if action != "upgrade" else []
    # The kubeconfig is fetched after every action: an upgrade renews the certificate in it.
    after = ["kubeconfig.yml", "cluster-info.yml"]
    return {
        "preHook": [_playbook(name) for name in ("ping.yml", *firewall, *facts)],
        "postHook": [_playbook(name) for name in after],
    }


def _playbook(name: str) -> dict[str, str]:
    return {"actionType": "playbook", "action": name}
