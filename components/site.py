"""Where the components of a mesh go: what every step of the procedure needs to know."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import pulumi

from components import api_endpoint, renaming
from components.api_endpoint import ApiEndpoint
from components.cluster.facts import ClusterFacts
from components.config.models import ClusterConfig, MeshConfig
from components.mesh_endpoint import mesh_endpoint
from components.mesh_identity import MeshIdentity
from components.preflight import Preflight
from components.provider_leftovers import ProviderLeftovers
from components.providers import cluster_provider, command_provider, drift_provider


@dataclass(frozen=True)
class Site:
    """The checked config, what was read, the options of each cluster, the provider of Commands."""

    config: MeshConfig
    facts: Mapping[str, ClusterFacts]
    options: Mapping[str, pulumi.ResourceOptions]
    kubeconfigs: Mapping[str, pulumi.Output[Mapping[str, Any]]]
    scripts: pulumi.ProviderResource

    def on(self, cluster: ClusterConfig, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """Give the options of a component in this cluster that waits for others."""
        waiting = pulumi.ResourceOptions(depends_on=list(after))
        return pulumi.ResourceOptions.merge(self.options[cluster.name], waiting)

    def after(self, *resources: pulumi.Resource) -> "Site":
        """Give the same site, where everything in a cluster waits for these resources."""
        waiting = {
            name: _options(options, depends_on=list(resources))
            for name, options in self.options.items()
        }
        return replace(self, options=waiting)

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
    """Make the providers, one for each cluster and one each for Commands and drift.

    All but the last wait until it is clear that every cluster is still who it was.
    """
    drift = drift_provider()
    at_preflight = pulumi.ResourceOptions(parent=preflight, provider=drift)
    identity = MeshIdentity("mesh", config.clusters, preflight.facts, at_preflight)
    scripts = command_provider(pulumi.ResourceOptions(depends_on=[identity]))
    options = {}
    for cluster in config.clusters:
        kubeconfig, renamed = preflight.kubeconfigs[cluster.name], renaming.of(cluster)
        sweeping = _options(renamed, providers=[scripts])
        leftovers = ProviderLeftovers(cluster.name, cluster.document.user, sweeping)
        waiting = _options(renamed, depends_on=[identity, leftovers])
        provider = cluster_provider(cluster.name, kubeconfig, waiting)
        options[cluster.name] = _options(renamed, providers=[provider, scripts, drift])
    return Site(config, preflight.facts, options, preflight.kubeconfigs, scripts)


def _options(base: pulumi.ResourceOptions, **more: Any) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(base, pulumi.ResourceOptions(**more))
