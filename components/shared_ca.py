"""One CA for the mesh: every cluster must trust the certificates of all others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from .plumbing import outputs
from .plumbing.command import script_command
from .plumbing.options import child_options, component_options
from .plumbing.outputs import without_dependencies


@dataclass(frozen=True, kw_only=True)
class CaPair:
    """A CA from the secret config, in PEM."""

    cert: pulumi.Input[str]
    key: pulumi.Input[str]


@dataclass(frozen=True, kw_only=True)
class SharedCaArgs:
    """`kubeconfig` reaches the receiver and the giver (`source`); `ca` stands in for a giver.

    `after`: what must be done before. `rendered`: the values of Cilium's chart hold the CA too.
    """

    cluster: str
    kubeconfig: pulumi.Input[Mapping[str, Any]]
    source: str | None = None
    after: pulumi.Input[Any] = None
    ca: CaPair | None = None
    rendered: bool = False
    request_seconds: int = 10


class SharedCa(pulumi.ComponentResource):
    """Gives one cluster the mesh's `cilium-ca`, before ClusterMesh is enabled in it.

    Destroy leaves every CA in place, so nothing has to outlive this resource.
    """

    ready: pulumi.Output[str]

    def __init__(
        self, name: str, args: SharedCaArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Share it with the cluster of that name; raises ValueError unless it has one origin."""
        super().__init__("cilium-clustermesh:index:SharedCa", name, None, component_options(opts))
        if (args.source is None) == (args.ca is None):
            raise ValueError("SharedCa takes its CA either from a cluster or from the config")
        source = pulumi.Output.all(args.source or "", args.after).apply(lambda known: str(known[0]))
        secrets: dict[str, pulumi.Input[Any]] = {"kubeconfig": args.kubeconfig}
        if args.ca:
            secrets["ca"] = {"cert": args.ca.cert, "key": args.ca.key}
        command = script_command(
            f"{name}-shared-ca",
            "share_ca",
            "share",
            environment={
                "CLUSTER": args.cluster,
                "SOURCE": without_dependencies(source),
                "REQUEST_SECONDS": str(args.request_seconds),
                **({"RENDERED": "true"} if args.rendered else {}),
            },
            secrets=without_dependencies(outputs.joined(secrets)),
            opts=child_options(self, opts, name),
        )
        self.ready = command.id
        self.register_outputs({})
