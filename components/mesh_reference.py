"""The mesh as another stack sees it: its members, and a provider for each."""

import atexit
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi.runtime.sync_await import _sync_await
from pydantic import TypeAdapter, ValidationError

from .common.outputs_schema import SCHEMA_VERSION, MeshCluster
from .kubeconfig import merge
from .kubeconfig.document import Kubeconfig, read_text
from .kubeconfig.problem import KubeconfigError
from .plumbing import outputs
from .plumbing.providers import cluster_provider, command_provider
from .provider_leftovers import ProviderLeftovers, Sweep

_CLUSTERS = TypeAdapter(tuple[MeshCluster, ...])


@dataclass(frozen=True, kw_only=True)
class MeshReferenceArgs:
    """`stack`: the full name of the mesh's stack, as in `organization/cilium-clustermesh/prod`."""

    stack: str


class MeshReference(pulumi.ComponentResource):
    """The outputs of a mesh's stack: `clusters` in their order, `providers` by cluster name.

    Clusters are known at once, so that a program can loop over them without an `apply`. The
    providers reach them over their NodePorts; the kubeconfigs that these leave are swept away.
    """

    clusters: tuple[MeshCluster, ...]
    providers: Mapping[str, kubernetes.Provider]

    def __init__(
        self, name: str, args: MeshReferenceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Read the stack; raises pulumi.RunError if its outputs cannot be used."""
        super().__init__("cilium-clustermesh:index:MeshReference", name, None, opts)
        inside = pulumi.ResourceOptions(parent=self)
        found = _Found(args.stack, pulumi.StackReference(name, args.stack, inside))
        self.clusters = found.clusters()
        kubeconfigs = found.kubeconfigs([cluster.name for cluster in self.clusters])
        _sweep_at_exit(kubeconfigs)
        scripts = command_provider(inside, name)
        self.providers = {
            cluster: self._way_to(cluster, kubeconfig, scripts)
            for cluster, kubeconfig in kubeconfigs.items()
        }
        listed = [cluster.model_dump(by_alias=True) for cluster in self.clusters]
        self.register_outputs({"clusters": listed})

    def _way_to(
        self, name: str, kubeconfig: Kubeconfig, scripts: pulumi.ProviderResource
    ) -> kubernetes.Provider:
        sweeping = pulumi.ResourceOptions(parent=self, providers=[scripts])
        leftovers = ProviderLeftovers(name, outputs.secret(kubeconfig.user), sweeping)
        waiting = pulumi.ResourceOptions(parent=self, depends_on=[leftovers])
        return cluster_provider(name, merge.as_given({name: kubeconfig}), waiting)


class _Found:
    """The outputs of a stack, read at once and checked."""

    def __init__(self, stack: str, reference: pulumi.StackReference) -> None:
        self._stack, self._reference = stack, reference
        version = self._read("schemaVersion")
        if version is None:
            raise pulumi.RunError(
                f"stack {stack} has no output schemaVersion, so it is not a mesh, or was never"
                " updated: name the stack of a mesh, or run `pulumi up` there first"
            )
        if version != SCHEMA_VERSION:
            # Numbers come through the engine as floats.
            told = f"{version:g}" if isinstance(version, float) else version
            raise pulumi.RunError(
                f"stack {stack} has outputs of schemaVersion {told}, this program reads"
                f" {SCHEMA_VERSION}: install the cilium-clustermesh that the stack was made with,"
                " or update the stack with the one installed here"
            )

    def clusters(self) -> tuple[MeshCluster, ...]:
        try:
            return _CLUSTERS.validate_python(self._read("clusters"))
        except ValidationError as error:
            places = [".".join(map(str, ("clusters", *one["loc"]))) for one in error.errors()]
            raise pulumi.RunError(
                f"stack {self._stack}: {', '.join(places)} does not match schemaVersion"
                f" {SCHEMA_VERSION}: update the stack with the current cilium-clustermesh"
            ) from None

    def kubeconfigs(self, names: list[str]) -> dict[str, Kubeconfig]:
        text = self._read("kubeconfig")
        try:
            return {name: read_text(str(text), name) for name in names}
        except KubeconfigError:
            raise pulumi.RunError(
                f"stack {self._stack}: its secret output kubeconfig cannot be read here: give this"
                " run the passphrase or the key that the stack's secrets are encrypted with"
            ) from None

    def _read(self, name: str) -> Any:
        # pulumi_kubernetes awaits what it must know at once in this way too; none is public.
        details = _sync_await(self._reference.get_output_details(name))
        return details.secret_value if details.value is None else details.value


def _sweep_at_exit(kubeconfigs: Mapping[str, Kubeconfig]) -> None:
    swept = Sweep()
    swept.add(*(kubeconfig.user for kubeconfig in kubeconfigs.values()))
    atexit.register(swept.now)
