"""Where the components of a mesh go: what every step of the procedure needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi

from components import api_endpoint
from components.api_endpoint import ApiEndpoint
from components.cluster.facts import ClusterFacts
from components.config.models import ClusterConfig, MeshConfig
from components.mesh_endpoint import mesh_endpoint
from components.preflight import Preflight
from components.provider_leftovers import ProviderLeftovers
from components.providers import cluster_provider, command_provider, drift_provider


@dataclass(frozen=True)
class Site:
    """The checked config, the facts that were read, and the options of each cluster."""

    config: MeshConfig
    facts: Mapping[str, ClusterFacts]
    options: Mapping[str, pulumi.ResourceOptions]

    def on(self, cluster: ClusterConfig, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """Give the options of a component in this cluster that waits for others."""
        waiting = pulumi.ResourceOptions(depends_on=list(after))
        return pulumi.ResourceOptions.merge(self.options[cluster.name], waiting)

    def api_endpoint(self, cluster: ClusterConfig) -> ApiEndpoint:
        """Give the address at which the cluster's API server is exposed."""
        chosen = api_endpoint.choose(self.facts[cluster.name], cluster.api_server)
        # Without facts (api-reachable is only a warning): where it has been reached so far.
        known = urlsplit(str(cluster.document.cluster["server"])).hostname or ""
        return chosen or ApiEndpoint(known, cluster.api_server.tls_server_name)

    def mesh_endpoint(self, cluster: ClusterConfig) -> str:
        """Give where the peers reach the cluster's clustermesh-apiserver."""
        return mesh_endpoint(cluster, self.facts[cluster.name])


def prepare(config: MeshConfig, preflight: Preflight) -> Site:
    """Make the providers, one for each cluster and one each for Commands and drift."""
    scripts, drift = command_provider(), drift_provider()
    options = {}
    for name, kubeconfig in preflight.kubeconfigs.items():
        user = config.cluster(name).document.user
        leftovers = ProviderLeftovers(name, user, _options(scripts))
        swept = pulumi.ResourceOptions(depends_on=[leftovers])
        options[name] = _options(cluster_provider(name, kubeconfig, swept), scripts, drift)
    return Site(config, preflight.facts, options)


def _options(*providers: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(providers=list(providers))
