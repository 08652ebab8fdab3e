"""The program of the tests: the Commands of a mesh over the contexts of one kubeconfig."""

from typing import Any

import pulumi

from components.mesh_member import MeshMember, MeshMemberArgs
from components.mesh_peers import MeshPeers, MeshPeersArgs, Peer
from components.plumbing.providers import command_provider, drift_provider
from components.shared_ca import SharedCa, SharedCaArgs

config = pulumi.Config()
names: list[str] = config.require_object("names")
tokens: pulumi.Output[Any] = config.require_secret_object("tokens")
first_port = config.get_int("firstPort") or 32257
options = pulumi.ResourceOptions(providers=[command_provider(), drift_provider()])


def kubeconfig(*wanted: str) -> pulumi.Output[dict[str, Any]]:
    # Nobody listens there: what gets no answer is asked through the programs.
    nowhere = "https://127.0.0.1:1"

    def build(known: dict[str, str]) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": n, "cluster": {"server": nowhere}} for n in wanted],
            "users": [{"name": n, "user": {"token": known[n]}} for n in wanted],
            "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in wanted],
        }

    return tokens.apply(build)


def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[*resources]))


members: dict[str, MeshMember] = {}
for number, name in enumerate(names):
    before: list[pulumi.Resource] = []
    if members:
        shared = SharedCaArgs(
            cluster=name,
            kubeconfig=kubeconfig(names[0], name),
            source=names[0],
            after=members[names[0]].enabled,
        )
        before = [SharedCa(name, shared, options)]
    args = MeshMemberArgs(cluster=name, kubeconfig=kubeconfig(name), node_port=first_port + number)
    members[name] = MeshMember(name, args, after(*before))
for name in names:
    peers = {other: Peer() for other in names if other != name}
    joining = MeshPeersArgs(
        cluster=name,
        kubeconfig=kubeconfig(*names),
        own_kubeconfig=kubeconfig(name),
        peers=peers,
    )
    pulumi.export(name, MeshPeers(name, joining, after(*members.values())).result)
