"""The place of a resource: its component and its name."""

from dataclasses import dataclass

_PACKAGE = "cilium-clustermesh:index:"
# What a step's name adds to its component's, by component and kind. Up to 0.2.0 nothing.
STEPS = {
    ("ApiServerService", "Service"): "api-server",
    ("CiliumRelease", "Command"): "settle",
    ("CiliumRelease", "Drift"): "cilium-drift",
    ("CiliumRelease", "Release"): "cilium",
    ("GlobalService", "Service"): "global-service",
    ("KubeanCluster", "Command"): "kubean",
    ("MeshMember", "Command"): "enable",
    ("MeshMember", "Drift"): "enable-drift",
    ("MeshPeers", "Command"): "peers",
    ("MeshPeers", "Drift"): "peers-drift",
    ("MeshVerification", "Command"): "proof",
    ("MeshVerification", "Drift"): "proof-drift",
    ("ProviderLeftovers", "Command"): "sweep",
    ("RebelBase", "ConfigMap"): "rebel-base-response",
    ("RebelBase", "Deployment"): "rebel-base",
    ("SharedCa", "Command"): "shared-ca",
    ("XWing", "Deployment"): "x-wing",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place; `component` is "" outside of ours, `kind` is the last word of the resource's type.

    `name` is the component's, which begins with the cluster's; without a component, the resource's.
    """

    component: str
    kind: str
    name: str

    @property
    def is_component(self) -> bool:
        """Whether it is the component itself, which does nothing."""
        return bool(self.component) and self.component == self.kind


def of(urn: str) -> Place:
    """Read the place from a URN: `urn:pulumi:stack::project::parent$type::name`."""
    types, _, name = urn.split("::", 2)[-1].rpartition("::")
    *parents, own = types.split("$")
    ours = [one.removeprefix(_PACKAGE) for one in (*parents, own) if one.startswith(_PACKAGE)]
    kind = own.rpartition(":")[2].rpartition("/")[2]
    component = ours[-1] if ours else ""
    step = STEPS.get((component, kind))
    return Place(component, kind, name.removesuffix(f"-{step}") if step else name)
