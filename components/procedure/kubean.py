"""Steps 1 and 2 of the procedure, for the clusters that Kubean makes."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pulumi

from ..config.models import ClusterConfig, MeshConfig
from ..facts.cluster import ClusterFacts
from ..facts.endpoints import node_address
from ..kubean_cluster import KubeanCluster, KubeanClusterArgs
from ..kubeconfig import merge
from ..kubeconfig.document import Kubeconfig, read_text
from ..kubeconfig.problem import KubeconfigError
from ..mesh_identity import MeshIdentity
from ..plumbing import outputs
from ..plumbing.options import merged_options, renamed_options
from ..plumbing.providers import cluster_provider, command_provider, drift_provider
from ..preflight import Preflight
from ..provider_leftovers import ProviderLeftovers, Sweep
from ..rendering import kubean_hosts, kubean_operation, kubean_variables
from ..rendering.chart_values import Endpoints
from ..scripts.lib.management import MANAGEMENT
from .guard import Guard, Place
from .kernels import prepare_machines

# A name that no cluster can have, because theirs have no dots.
PROVIDER = "kubean.management"


def create_clusters(
    config: MeshConfig, preflight: Preflight, swept: Sweep
) -> Mapping[str, pulumi.Output[Kubeconfig]]:
    """Make every cluster that Kubean has to make, once its machines have a suitable kernel.

    Returns their kubeconfigs, which are secret. The users whose credentials the Kubernetes provider
    leaves behind are added to `swept`.
    """
    if not config.made_clusters:
        return {}
    kubeconfig = outputs.secret(merge.as_given({MANAGEMENT: config.management}))
    swept.add(config.management.user)
    scripts, objects = _providers(config, kubeconfig, preflight)
    beside = preflight.beside
    kernels = prepare_machines(config, kubeconfig, merged_options(beside, providers=[scripts]))
    guarded = pulumi.ResourceOptions.merge(beside, _guard(config, preflight).options(PROVIDER))
    options = merged_options(guarded, providers=[objects, scripts])
    return {
        cluster.name: KubeanCluster(
            cluster.name,
            _args(config, cluster, kubeconfig, _endpoints(config, cluster, preflight)),
            _options(cluster, options, kernels[cluster.name]),
        ).kubeconfig.apply(partial(_read, cluster.name, swept))
        for cluster in config.made_clusters
    }


def _providers(
    config: MeshConfig, kubeconfig: pulumi.Output[Mapping[str, Any]], preflight: Preflight
) -> tuple[pulumi.ProviderResource, pulumi.ProviderResource]:
    """Make the providers of Commands and of objects in the management cluster.

    They wait until it is clear that no cluster has changed its name or id. The comparison of all
    members comes too late: a new cluster has no uid before it is there. So these are identified by
    the address of their first control plane.
    """
    beside = preflight.beside
    looking = pulumi.ResourceOptions(parent=preflight, provider=drift_provider(beside, "kubean"))
    addresses = {
        one.name: kubean_hosts.first_control_plane(one.made_by) for one in config.made_clusters
    }
    identity = MeshIdentity("kubean", config.made_clusters, addresses, looking)
    scripts = command_provider(merged_options(beside, depends_on=[identity]), "kubean")
    sweeping = merged_options(beside, providers=[scripts])
    leftovers = ProviderLeftovers(PROVIDER, config.management.user, sweeping)
    waiting = merged_options(beside, depends_on=[identity, leftovers])
    return scripts, cluster_provider(PROVIDER, kubeconfig, waiting)


def _guard(config: MeshConfig, preflight: Preflight) -> Guard:
    place = Place("the management cluster", config.management)
    return Guard({PROVIDER: place}, preflight.stack, config.timeouts.request_seconds)


def _options(
    cluster: ClusterConfig, base: pulumi.ResourceOptions, kernels: Sequence[pulumi.Resource]
) -> pulumi.ResourceOptions:
    own = merged_options(
        renamed_options(cluster.name, cluster.former_name), depends_on=list(kernels)
    )
    return pulumi.ResourceOptions.merge(base, own)


def _args(
    config: MeshConfig,
    cluster: ClusterConfig,
    kubeconfig: pulumi.Output[Mapping[str, Any]],
    peers: Endpoints,
) -> KubeanClusterArgs:
    kubean = cluster.made_by
    return KubeanClusterArgs(
        kubeconfig=kubeconfig,
        hosts=kubean_hosts.render(kubean),
        variables=kubean_variables.render(cluster, config, peers),
        ssh_private_key=kubean.ssh.private_key.get_secret_value(),
        operation=kubean_operation.wanted(cluster, config),
        reset=kubean_operation.reset(cluster, config) if kubean.reset else None,
        namespace=config.kubean.namespace,
        protect=kubean.protect,
        timeout_seconds=kubean.timeout_seconds,
        request_seconds=config.timeouts.request_seconds,
    )


def _endpoints(config: MeshConfig, cluster: ClusterConfig, preflight: Preflight) -> Endpoints:
    """Return the endpoints of the peers, as far as they are known before the peers are made."""
    return {
        peer.name: (_address(peer, preflight), peer.mesh_node_port)
        for peer in config.peers_of(cluster.name)
    }


def _address(peer: ClusterConfig, preflight: Preflight) -> str:
    if peer.kubean is not None:
        return peer.mesh.address or kubean_hosts.mesh_address(peer.kubean)
    facts = preflight.facts[peer.name]
    return node_address(peer, facts) if isinstance(facts, ClusterFacts) else ""


def _read(name: str, swept: Sweep, text: str) -> Kubeconfig:
    try:
        document = read_text(text, None)
    except KubeconfigError as error:
        raise pulumi.RunError(
            f"{name}: the kubeconfig that Kubean has written cannot be used: {error}"
        ) from None
    swept.add(document.user)
    return document
