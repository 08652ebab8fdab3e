"""The procedure, step by step; docs/components.md says what each step makes."""

from typing import Any

import pulumi

from ..config.models import MeshConfig
from ..plumbing.sdk import begin_registering
from ..preflight import Preflight, PreflightArgs
from ..provider_leftovers import sweep_at_exit
from .demo import deploy_demo
from .exports import outputs
from .joining import connect_all, enable_all, expose_api_servers, merge_kubeconfigs
from .kernels import upgrade_kernels
from .kubean import create_clusters
from .proof import verify
from .site import prepare


def run(
    config: MeshConfig,
    opts: pulumi.ResourceOptions | None = None,
    preflight: PreflightArgs | None = None,
) -> dict[str, Any]:
    """Join the clusters of a checked config, and return everything by its documented name.

    Tests give a `preflight` with other readers. Raises pulumi.RunError, with nothing registered,
    if preflight stops the update.
    """
    leftovers = sweep_at_exit(config)
    checked = Preflight("preflight", preflight or PreflightArgs(config=config), opts)

    # Steps 1 and 2: the clusters that Kubean makes, checked like all others once they are there.
    checked.admit(create_clusters(config, checked, leftovers))
    site = prepare(config, checked)
    begin_registering()

    # Step 1: a kernel that Cilium runs on, one node after the other, and all else after them.
    site = site.after(*upgrade_kernels(site))

    # Steps 3 and 4: reach every API server through a NodePort, with one kubeconfig for all.
    api_servers = expose_api_servers(site)
    kubeconfig = merge_kubeconfigs(site, api_servers)

    # Step 5: enable ClusterMesh, with one CA, and connect every cluster to every other.
    members = enable_all(site, api_servers)
    peers = connect_all(site, members)

    # Steps 6 and 7: workloads that name their cluster, behind a global Service.
    demo = deploy_demo(site, api_servers)

    # Step 8: the proof, between every ordered pair of clusters.
    verification = verify(site, kubeconfig, members, peers, demo)

    return outputs(site, api_servers, kubeconfig, peers, verification)
