"""Steps 3 to 5 of the procedure, for all clusters: expose, merge, enable, connect."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pulumi

from ..api_server_service import ApiServerService, ApiServerServiceArgs
from ..config.models import ClusterConfig
from ..mesh_kubeconfig import MeshKubeconfig, MeshKubeconfigArgs, MeshKubeconfigMember
from ..mesh_member import MeshMember, MeshMemberArgs
from ..mesh_peers import MeshPeers, MeshPeersArgs, Peer
from ..plumbing.outputs import then
from ..rendering.kubean_operation import name_of
from ..shared_ca import CaPair, SharedCa, SharedCaArgs
from .release import own_release
from .site import Site

T = TypeVar("T")
# Keyed by cluster name, in the order of the config.
PerCluster = dict[str, T]


def expose_api_servers(site: Site) -> PerCluster[ApiServerService]:
    """Step 3: a NodePort Service for every API server."""
    return {
        cluster.name: ApiServerService(
            cluster.name,
            ApiServerServiceArgs(
                address=site.api_address(cluster),
                node_port=cluster.api_server.node_port,
                selector=cluster.api_server.selector,
            ),
            site.on(cluster),
        )
        for cluster in site.config.clusters
    }


def merge_kubeconfigs(site: Site, api_servers: Mapping[str, ApiServerService]) -> MeshKubeconfig:
    """Step 4: one kubeconfig for the mesh, and each cluster's own with the others added."""
    members = [
        MeshKubeconfigMember(
            name=cluster.name,
            original=site.documents[cluster.name],
            server=_server(site, cluster, api_servers[cluster.name]),
            tls_server_name=site.tls_server_name(cluster),
        )
        for cluster in site.config.clusters
    ]
    return MeshKubeconfig("mesh", MeshKubeconfigArgs(members=members), site.beside)


def enable_all(site: Site, api_servers: Mapping[str, ApiServerService]) -> PerCluster[MeshMember]:
    """Step 5, first half: ClusterMesh enabled everywhere, with certificates that all others trust.

    The CA must be there before ClusterMesh is enabled: certificates that were made from another
    one would have to be made again and their users restarted. This waits for step 3, which is
    short and would take three times as long beside it.
    """
    members: PerCluster[MeshMember] = {}
    for cluster in site.config.clusters:
        exposed = [] if site.is_silent(cluster) else [api_servers[cluster.name]]
        before = [*exposed, *_share_ca(site, cluster, members, exposed)]
        release = own_release(site, cluster, _peers(site, cluster), before)
        members[cluster.name] = MeshMember(
            cluster.name,
            MeshMemberArgs(
                cluster=cluster.name,
                kubeconfig=site.reaching(cluster.name),
                node_port=cluster.mesh_node_port,
                service_type=site.config.service_type,
                enable_seconds=site.config.timeouts.enable_seconds,
                disable_seconds=site.config.timeouts.disable_seconds,
                request_seconds=site.config.timeouts.request_seconds,
                operation=name_of(cluster, site.config),
                release=release.revision if release else None,
            ),
            site.on(cluster, *before, *([release] if release else [])),
        )
    return members


def connect_all(site: Site, members: Mapping[str, MeshMember]) -> PerCluster[MeshPeers]:
    """Step 5, second half: every cluster connected to every other, all at the same time."""
    return {
        cluster.name: MeshPeers(
            cluster.name,
            MeshPeersArgs(
                cluster=cluster.name,
                kubeconfig=_reaching_the_asked(site, cluster),
                own_kubeconfig=site.reaching(cluster.name),
                peers=_peers(site, cluster),
                allow_mismatching_ca=site.config.ca.source == "mismatched",
                connect_seconds=site.config.timeouts.connect_seconds,
                disconnect_seconds=site.config.timeouts.disconnect_seconds,
                request_seconds=site.config.timeouts.request_seconds,
                operation=name_of(cluster, site.config),
                release=members[cluster.name].release,
            ),
            site.on(cluster, members[cluster.name], *_answering(site, members)),
        )
        for cluster in site.config.clusters
    }


def _peers(site: Site, cluster: ClusterConfig) -> dict[str, Peer]:
    return {
        peer.name: Peer(endpoint=site.mesh_endpoint(peer), override=peer.mesh.address is not None)
        for peer in site.config.peers_of(cluster.name)
    }


def _reaching_the_asked(site: Site, cluster: ClusterConfig) -> pulumi.Output[Mapping[str, Any]]:
    """Return a kubeconfig for the cluster and the peers that a connect has to ask.

    All peers for each would put N times N credentials into the state (docs/decisions/0008).
    """
    peers = _peers(site, cluster)
    is_mismatched = site.config.ca.source == "mismatched"

    def asked(*endpoints: str) -> list[str]:
        listed = zip(peers, endpoints, strict=True)
        return [name for name, endpoint in listed if is_mismatched or not endpoint]

    names = then(asked, *(peer.endpoint for peer in peers.values()))
    return pulumi.Output.from_input(names).apply(lambda known: site.reaching(cluster.name, *known))


def _server(site: Site, cluster: ClusterConfig, api_server: ApiServerService) -> pulumi.Input[str]:
    """Return the NodePort's URL; for a cluster that is dead (and let pass), its former URL.

    Whatever waits for a dead cluster's Service would never run, in the healthy ones either.
    """
    return str(cluster.document.cluster["server"]) if site.is_silent(cluster) else api_server.url


def _answering(site: Site, members: Mapping[str, MeshMember]) -> list[MeshMember]:
    answering = [one for one in site.config.clusters if not site.is_silent(one)]
    return [members[cluster.name] for cluster in answering]


def _share_ca(
    site: Site,
    cluster: ClusterConfig,
    enabled: Mapping[str, MeshMember],
    exposed: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Return the resource that brings the mesh's CA into the cluster, if it comes from elsewhere.

    It waits until the cluster is exposed and so claimed, since it may be another mesh's.
    """
    ca = site.config.ca
    first = site.config.clusters[0].name
    if ca.source == "mismatched" or (ca.source == "firstCluster" and cluster.name == first):
        return []
    pair = CaPair(cert=ca.cert, key=ca.key.get_secret_value()) if ca.cert and ca.key else None
    giver = None if pair else first
    is_owned = site.config.release_of(cluster) is not None
    return [
        SharedCa(
            cluster.name,
            SharedCaArgs(
                cluster=cluster.name,
                kubeconfig=site.reaching(cluster.name, *([giver] if giver else [])),
                source=giver,
                after=enabled[giver].enabled if giver else None,
                ca=pair,
                rendered=is_owned and pair is not None,
                request_seconds=site.config.timeouts.request_seconds,
            ),
            site.on(cluster, *exposed),
        )
    ]
