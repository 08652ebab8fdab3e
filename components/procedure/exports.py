"""The stack outputs; docs/outputs.md describes them, and other stacks rely on them.

components/common/outputs_schema.py holds their schema.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from ..api_server_service import ApiServerService
from ..common.outputs_schema import SCHEMA_VERSION
from ..config.models import ClusterConfig
from ..mesh_kubeconfig import MeshKubeconfig
from ..mesh_peers import MeshPeers
from ..mesh_verification import MeshVerification
from .site import Site


def outputs(
    site: Site,
    api_servers: Mapping[str, ApiServerService],
    kubeconfig: MeshKubeconfig,
    peers: Mapping[str, MeshPeers],
    verification: MeshVerification | None,
) -> dict[str, Any]:
    """Return everything by its documented name."""
    clusters = [
        _cluster(site, cluster, api_servers[cluster.name]) for cluster in site.config.clusters
    ]
    return {
        "schemaVersion": SCHEMA_VERSION,
        "clusters": clusters,
        "kubeconfig": kubeconfig.merged,
        "kubeconfigs": pulumi.Output.secret(kubeconfig.originals),
        "mesh": _mesh(peers, verification),
        "verification": _verification(verification),
    }


def _cluster(site: Site, cluster: ClusterConfig, api_server: ApiServerService) -> dict[str, Any]:
    return {
        "name": cluster.name,
        "id": cluster.id,
        "podCidrs": [str(cidr) for cidr in cluster.pod_cidrs],
        "serviceCidrs": [str(cidr) for cidr in cluster.service_cidrs],
        "apiServerUrl": api_server.url,
        "meshEndpoint": site.mesh_endpoint(cluster),
    }


def _mesh(peers: Mapping[str, MeshPeers], verification: MeshVerification | None) -> Any:
    """Return the peers of each cluster: proven if the mesh was verified, else as configured."""
    if verification is not None:
        return _part(verification.result, "connected")
    return {name: _part(one.result, "peers").apply(sorted) for name, one in peers.items()}


def _verification(verification: MeshVerification | None) -> dict[str, Any] | None:
    if verification is None:
        return None
    return {"matrix": _part(verification.result, "matrix"), "spec": verification.spec}


def _part(result: pulumi.Output[Any], key: str) -> pulumi.Output[Any]:
    return result.apply(lambda found: found.get(key, []))
