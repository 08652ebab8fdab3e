"""The kubeconfigs of the mesh: one with all members, and each cluster's own with them added."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pulumi

from .kubeconfig import merge, yaml_text
from .kubeconfig.document import Kubeconfig
from .kubeconfig.merge import Member
from .plumbing import outputs
from .plumbing.options import component_options
from .plumbing.outputs import Later


@dataclass(frozen=True, kw_only=True)
class MeshKubeconfigMember:
    """One cluster: its original kubeconfig, and the URL that leads to it through its NodePort.

    `tls_server_name`: needed if the URL's address is not in the certificate.
    """

    name: str
    original: Later[Kubeconfig] = field(repr=False)
    server: pulumi.Input[str]
    tls_server_name: Later[str | None] = None


@dataclass(frozen=True, kw_only=True)
class MeshKubeconfigArgs:
    """The members, in the order of the merged kubeconfig."""

    members: Sequence[MeshKubeconfigMember]


class MeshKubeconfig(pulumi.ComponentResource):
    """Step 4 of the procedure; every output is secret and nothing is written to a file.

    `merged` is `members` as YAML.
    """

    members: pulumi.Output[dict[str, Any]]
    merged: pulumi.Output[str]
    originals: Mapping[str, pulumi.Output[str]]

    def __init__(
        self, name: str, args: MeshKubeconfigArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Merge the members' kubeconfigs."""
        super().__init__(
            "cilium-clustermesh:index:MeshKubeconfig", name, None, component_options(opts)
        )
        known = [
            pulumi.Output.all(one.original, one.server, one.tls_server_name).apply(
                partial(_member, one.name)
            )
            for one in args.members
        ]
        members: pulumi.Output[Any] = outputs.secret(outputs.together(known))
        self.members = members.apply(merge.merged)
        self.merged = self.members.apply(yaml_text.write)
        self.originals = {
            one.name: outputs.together([one.original, members]).apply(_augmented)
            for one in args.members
        }
        # Not the originals: they grow with the square of the members, and the stack's outputs
        # already have them.
        self.register_outputs({"merged": self.merged})


def _augmented(known: Sequence[Any]) -> str:
    original, members = known
    return yaml_text.write(merge.augmented(original.data, members))


def _member(name: str, known: Sequence[Any]) -> Member:
    original, server, tls_server_name = known
    return merge.member(name, original, server, tls_server_name)
