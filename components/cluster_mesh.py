"""A whole mesh as one component: what `__main__.py` makes of a stack, of arguments."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import pulumi

from . import children
from .cluster_mesh_args import ClusterMeshArgs
from .cluster_mesh_config import load
from .creating import create_clusters
from .demo import deploy_demo
from .joining import connect_all, enable_all, expose_api_servers, merge_kubeconfigs
from .kernels import upgrade_kernels
from .outputs import outputs
from .preflight import Preflight, PreflightArgs
from .proof import verify
from .provider_leftovers import sweep_at_exit
from .site import prepare


class MeshCluster(TypedDict):
    """A member of the mesh as it was joined."""

    name: str
    """The cluster's name."""
    id: int
    """The cluster's id."""
    pod_cidrs: Sequence[str]
    """The ranges that its Pods have."""
    service_cidrs: Sequence[str]
    """The ranges that its Services have."""
    api_server_url: str
    """Where its API server is reached, through the NodePort."""
    mesh_endpoint: str
    """Where the peers reach its clustermesh-apiserver; empty while its nodes were not read."""


class ClusterMesh(pulumi.ComponentResource):
    """Joins Kubernetes clusters that run Cilium into a mesh, and proves it with traffic.

    Everything that it is told has to be known before anything is made: values, not outputs of what
    the same update is yet to make. One in a stack: what it makes is named after the clusters.
    """

    clusters: pulumi.Output[Sequence[MeshCluster]]
    """The members, in the order in which they were given."""
    kubeconfig: pulumi.Output[str]
    """One kubeconfig for all members, each under its name, through their NodePorts; secret."""
    kubeconfigs: pulumi.Output[Mapping[str, str]]
    """By cluster name: its own kubeconfig with the entries of all members added; secret."""
    mesh: pulumi.Output[Mapping[str, Sequence[str]]]
    """By cluster name: the clusters that it is connected to."""
    verification: pulumi.Output[Mapping[str, Any]] | None
    """The proof: `matrix`, who answered whom and how fast, and `spec`, what was asked."""

    def __init__(
        self, name: str, args: ClusterMeshArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Check and join; raises pulumi.RunError with every fault of the arguments."""
        config = load(args, Path.cwd())
        super().__init__("cilium-clustermesh:index:ClusterMesh", name, None, children.own(opts))
        leftovers = sweep_at_exit(config)
        within = children.of(self, opts)
        preflight = Preflight("preflight", PreflightArgs(config=config), within)
        preflight.admit(create_clusters(config, preflight, leftovers))
        site = prepare(config, preflight)
        site = site.after(*upgrade_kernels(site))
        api_servers = expose_api_servers(site)
        kubeconfig = merge_kubeconfigs(site, api_servers)
        members = enable_all(site, api_servers)
        peers = connect_all(site, members)
        demo = deploy_demo(site, api_servers)
        verification = verify(site, kubeconfig, members, peers, demo)
        given = outputs(site, api_servers, kubeconfig, peers, verification)
        self.clusters = pulumi.Output.from_input(given["clusters"])
        self.kubeconfig = given["kubeconfig"]
        self.kubeconfigs = given["kubeconfigs"]
        self.mesh = pulumi.Output.from_input(given["mesh"])
        proof = given["verification"]
        self.verification = None if proof is None else pulumi.Output.from_input(proof)
        self.register_outputs(given)
