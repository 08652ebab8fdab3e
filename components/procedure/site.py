"""The site of a mesh: its clusters and providers, as every step of the procedure needs them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pulumi

from ..config.models import ClusterConfig, MeshConfig
from ..facts.cluster import ClusterFacts
from ..facts.endpoints import ApiEndpoint, api_endpoint, mesh_endpoint
from ..kubeconfig import merge
from ..kubeconfig.document import Kubeconfig
from ..mesh_identity import MeshIdentity
from ..plumbing import outputs
from ..plumbing.options import merged_options, renamed_options
from ..plumbing.outputs import Later, then
from ..plumbing.providers import cluster_provider, command_provider, drift_provider
from ..preflight import Preflight
from ..provider_leftovers import ProviderLeftovers
from .guard import Guard, Place


@dataclass(frozen=True)
class Site:
    """The checked config, what was read, the options of each cluster, the provider of Commands.

    For clusters still to be created, kubeconfigs and facts are Outputs. `beside` are the options
    of resources that belong to no cluster.
    """

    config: MeshConfig
    documents: Mapping[str, Later[Kubeconfig]] = field(repr=False)
    facts: Mapping[str, Later[ClusterFacts]]
    options: Mapping[str, pulumi.ResourceOptions]
    kubeconfigs: Mapping[str, pulumi.Output[Mapping[str, Any]]]
    scripts: pulumi.ProviderResource
    beside: pulumi.ResourceOptions = field(default_factory=pulumi.ResourceOptions)

    def on(self, cluster: ClusterConfig, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        """Return the options of a component in this cluster that waits for others."""
        waiting = pulumi.ResourceOptions(depends_on=list(after))
        return pulumi.ResourceOptions.merge(self.options[cluster.name], waiting)

    def reaching(self, *names: str) -> pulumi.Output[dict[str, Any]]:
        """Return a kubeconfig that reaches these clusters as their own do, and waits for no other.

        Not through their NodePorts: if a machine uses both ways into a node, Cilium loses some of
        its connections to the API server's own address, for minutes (cilium#37566).
        """
        listed = [one.name for one in self.config.clusters if one.name in names]
        documents = outputs.joined({name: self.documents[name] for name in listed})
        return outputs.secret(documents.apply(merge.as_given))

    def after(self, *resources: pulumi.Resource) -> "Site":
        """Return the same site, but with everything in a cluster waiting for these resources."""
        waiting = {
            name: merged_options(options, depends_on=list(resources))
            for name, options in self.options.items()
        }
        return replace(self, options=waiting)

    def is_silent(self, cluster: ClusterConfig) -> bool:
        """Whether the cluster is dead and was let pass, so that nothing may wait for it.

        A cluster still to be created is not: everything waits for it anyway.
        """
        facts = self.facts[cluster.name]
        return isinstance(facts, ClusterFacts) and not facts.is_reachable

    def api_address(self, cluster: ClusterConfig) -> Later[str]:
        """Return the address at which the cluster's API server is exposed."""
        return then(lambda facts: _endpoint(cluster, facts).address, self.facts[cluster.name])

    def tls_server_name(self, cluster: ClusterConfig) -> Later[str | None]:
        """Return a name in the certificate, if the certificate does not cover that address."""
        return then(
            lambda facts: _endpoint(cluster, facts).tls_server_name, self.facts[cluster.name]
        )

    def mesh_endpoint(self, cluster: ClusterConfig) -> Later[str]:
        """Return the endpoint at which the peers reach the cluster's clustermesh-apiserver."""
        return then(partial(mesh_endpoint, cluster), self.facts[cluster.name])


def prepare(config: MeshConfig, preflight: Preflight) -> Site:
    """Make the providers, one for each cluster and one each for Commands and drift.

    All but the last wait until it is clear that every cluster is still the same member.
    """
    beside = preflight.beside
    drift = drift_provider(beside)
    at_preflight = pulumi.ResourceOptions(parent=preflight, provider=drift)
    uids = {name: then(lambda known: known.uid, facts) for name, facts in preflight.facts.items()}
    identity = MeshIdentity("mesh", config.clusters, uids, at_preflight)
    scripts = command_provider(merged_options(beside, depends_on=[identity]))
    guard = _guard(config, preflight)
    options = {}
    for cluster in config.clusters:
        kubeconfig = preflight.kubeconfigs[cluster.name]
        renamed = pulumi.ResourceOptions.merge(
            beside, renamed_options(cluster.name, cluster.former_name)
        )
        sweeping = merged_options(renamed, providers=[scripts])
        user = then(lambda document: document.user, preflight.documents[cluster.name])
        leftovers = ProviderLeftovers(cluster.name, user, sweeping)
        waiting = merged_options(renamed, depends_on=[identity, leftovers])
        provider = cluster_provider(cluster.name, kubeconfig, waiting)
        guarded = pulumi.ResourceOptions.merge(renamed, guard.options(cluster.name))
        options[cluster.name] = merged_options(guarded, providers=[provider, scripts, drift])
    return Site(
        config,
        preflight.documents,
        preflight.facts,
        options,
        preflight.kubeconfigs,
        scripts,
        beside,
    )


def _guard(config: MeshConfig, preflight: Preflight) -> Guard:
    places = {
        one.name: Place(one.name, preflight.documents[one.name], preflight.facts[one.name])
        for one in config.clusters
    }
    return Guard(places, preflight.stack, config.timeouts.request_seconds)


def _endpoint(cluster: ClusterConfig, facts: ClusterFacts) -> ApiEndpoint:
    chosen = api_endpoint(facts, cluster.api_server)
    # Without facts (api-reachable is only a warning), the address that was used so far.
    known = urlsplit(facts.server).hostname or ""
    return chosen or ApiEndpoint(known, cluster.api_server.tls_server_name)
