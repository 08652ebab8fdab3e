"""Step 5 of the procedure if the program owns Cilium's Helm release, with the mesh in it."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi

from ..cilium_release import CiliumRelease, CiliumReleaseArgs
from ..common import addresses
from ..common.foreign_text import shown
from ..config.models import ClusterConfig, MeshConfig
from ..facts.cluster import ClusterFacts, ReleaseFacts
from ..mesh_peers import Peer
from ..plumbing.outputs import Later, then
from ..rendering import chart_values
from .site import Site

_PENDING = "pending-"
_INSTALLING = "pending-install"


def own_release(
    site: Site,
    cluster: ClusterConfig,
    peers: Mapping[str, Peer],
    before: Sequence[pulumi.Resource],
) -> CiliumRelease | None:
    """Own Cilium's release in the cluster; None if the CLI writes it."""
    release = site.config.release_of(cluster)
    if release is None:
        return None
    found = _found(site, cluster)
    return CiliumRelease(
        cluster.name,
        CiliumReleaseArgs(
            cluster=cluster.name,
            kubeconfig=site.kubeconfigs[cluster.name],
            chart=release.chart,
            values=_values(site.config, cluster, peers, found),
            peers=peers,
            node_port=cluster.mesh_node_port,
            service_type=site.config.service_type,
            # A release whose first installation was broken off is removed and made again.
            exists=found is not None and found.status != _INSTALLING,
            pending=found.revision if found and found.status.startswith(_PENDING) else None,
            enable_seconds=site.config.timeouts.enable_seconds,
            request_seconds=site.config.timeouts.request_seconds,
        ),
        site.on(cluster, *before),
    )


def _found(site: Site, cluster: ClusterConfig) -> ReleaseFacts | None:
    facts = site.facts[cluster.name]
    return facts.release if isinstance(facts, ClusterFacts) else None


def _values(
    config: MeshConfig,
    cluster: ClusterConfig,
    peers: Mapping[str, Peer],
    found: ReleaseFacts | None,
) -> pulumi.Input[Mapping[str, Any]]:
    # A peer that does not answer keeps its endpoint in the release, which must not be lost.
    known = [found.peers.get(name, "") if found else "" for name in peers]
    asked: list[Later[str]] = [peer.endpoint for peer in peers.values()]
    return then(partial(_wanted, config, cluster, list(peers), known), *asked)


def _wanted(
    config: MeshConfig,
    cluster: ClusterConfig,
    names: Sequence[str],
    known: Sequence[str],
    *endpoints: str,
) -> dict[str, Any]:
    found = [asked or before for asked, before in zip(endpoints, known, strict=True)]
    for name, text in zip(names, found, strict=True):
        if text and addresses.endpoint(text) is None:
            raise pulumi.RunError(
                f"{cluster.name}: the endpoint of its peer {name} could not be found, and Cilium's"
                f" Helm release has it at {shown(text)}, which is not an IP address and a port:"
                f" set mesh.address of {name}"
            )
    places = {name: chart_values.endpoint(text) for name, text in zip(names, found, strict=True)}
    return chart_values.wanted(cluster, config, places)
