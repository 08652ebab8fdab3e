"""Steps 6 and 7 of the procedure in all clusters: the demo workloads and their global Service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from .. import rebel_base
from ..api_server_service import ApiServerService
from ..config.models import ClusterConfig
from ..global_service import GlobalService, GlobalServiceArgs, GlobalServicePort
from ..mesh_verification import DemoSpec
from ..plumbing.workload import WorkloadArgs
from ..rebel_base import RebelBase, RebelBaseArgs
from ..x_wing import XWing
from .site import Site


@dataclass(frozen=True)
class Demo:
    """The demo as the verification needs it; `revisions` change when an object does."""

    spec: DemoSpec
    resources: Sequence[pulumi.Resource]
    revisions: Sequence[pulumi.Output[str]]


def deploy_demo(site: Site, api_servers: Mapping[str, ApiServerService]) -> Demo | None:
    """Make the demo in every cluster; None if it is switched off.

    It needs nothing of the mesh, and starts while that is made; but after step 3, which is short
    and would take half as long again beside it.
    """
    if not site.config.demo.enabled:
        return None
    places = [(one, site.on(one, api_servers[one.name])) for one in site.config.clusters]
    servers = [_rebel_base(site, cluster, options) for cluster, options in places]
    clients = [_x_wing(site, cluster, options) for cluster, options in places]
    services = [_global_service(site, cluster, options) for cluster, options in places]
    return Demo(
        spec=DemoSpec(
            namespace=site.config.demo.namespace,
            port=site.config.demo.service_port,
            affinity=site.config.demo.affinity,
            shared=site.config.demo.shared,
        ),
        resources=[*servers, *clients, *services],
        revisions=[
            *(one.revision for one in servers),
            *(one.revision for one in clients),
            *(one.revision for one in services),
        ],
    )


def _rebel_base(site: Site, cluster: ClusterConfig, options: pulumi.ResourceOptions) -> RebelBase:
    images = site.config.demo_images(cluster)
    args = RebelBaseArgs(
        cluster=cluster.name,
        image=images.rebel_base,
        namespace=site.config.demo.namespace,
        replicas=site.config.demo.replicas,
        pull_secrets=images.pull_secrets,
    )
    return RebelBase(cluster.name, args, options)


def _x_wing(site: Site, cluster: ClusterConfig, options: pulumi.ResourceOptions) -> XWing:
    images = site.config.demo_images(cluster)
    args = WorkloadArgs(
        image=images.x_wing,
        namespace=site.config.demo.namespace,
        replicas=site.config.demo.replicas,
        pull_secrets=images.pull_secrets,
    )
    return XWing(cluster.name, args, options)


def _global_service(
    site: Site, cluster: ClusterConfig, options: pulumi.ResourceOptions
) -> GlobalService:
    demo = site.config.demo
    port = GlobalServicePort(name="http", port=demo.service_port, target_port=rebel_base.PORT)
    args = GlobalServiceArgs(
        service=rebel_base.APP,
        namespace=demo.namespace,
        selector=rebel_base.SELECTOR,
        ports=[port],
        affinity=demo.affinity,
        shared=demo.shared,
    )
    return GlobalService(cluster.name, args, options)
