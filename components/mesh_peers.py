"""The connections of one cluster to all its peers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi

from . import drift
from .plumbing.command import again_after, result, script_command
from .plumbing.options import child_options, component_options
from .plumbing.outputs import Later, then


@dataclass(frozen=True, kw_only=True)
class Peer:
    """How a peer is reached: `endpoint` is `address:port`, "" if unknown.

    `override`: the CLI would not find the endpoint itself.
    """

    endpoint: Later[str] = ""
    override: bool = False


@dataclass(frozen=True, kw_only=True)
class MeshPeersArgs:
    """`own_kubeconfig` holds this cluster alone, `kubeconfig` also the peers that must be asked.

    Those are the peers whose endpoint is unknown or, with `allow_mismatching_ca`, all of them.
    `peers` is keyed by cluster name. `operation` is Kubean's last one, which may have reinstalled
    Cilium. `release` is the revision of Cilium's Helm release if Pulumi owns that; nothing is
    written to it then.
    """

    cluster: str
    kubeconfig: pulumi.Input[Mapping[str, Any]]
    own_kubeconfig: pulumi.Input[Mapping[str, Any]]
    peers: Mapping[str, Peer]
    allow_mismatching_ca: bool = False
    connect_seconds: int = 300
    disconnect_seconds: int = 120
    request_seconds: int = 10
    operation: str | None = None
    release: pulumi.Input[str] | None = None


class MeshPeers(pulumi.ComponentResource):
    """`cilium clustermesh connect` to all peers at once; its inverse is `disconnect`.

    It writes its own cluster's Helm release and no other, so the clusters run in parallel.
    """

    result: pulumi.Output[Any]

    def __init__(
        self, name: str, args: MeshPeersArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Connect the cluster of that name."""
        super().__init__("cilium-clustermesh:index:MeshPeers", name, None, component_options(opts))
        environment: dict[str, pulumi.Input[str]] = {
            "CLUSTER": args.cluster,
            "PEERS": peers_text(args.peers),
            "ALLOW_MISMATCHING_CA": json.dumps(args.allow_mismatching_ca),
            "CONNECT_SECONDS": str(args.connect_seconds),
            "DISCONNECT_SECONDS": str(args.disconnect_seconds),
            "REQUEST_SECONDS": str(args.request_seconds),
        }
        options = child_options(self, opts, name)
        watched = drift.watched(
            f"{name}-peers-drift", "peers", environment, args.own_kubeconfig, options, args.release
        )
        command = script_command(
            f"{name}-peers",
            "peers",
            "connect",
            inverse="disconnect",
            environment={**environment, **watched, **again_after(args.operation)},
            secrets={"kubeconfig": args.kubeconfig},
            opts=options,
        )
        self.result = result(command)
        # The Command's state has the result; here it would be one more write of the whole state.
        self.register_outputs({})


def peers_text(peers: Mapping[str, Peer]) -> Later[str]:
    """Return the peers as the scripts read them."""
    return then(partial(_peers, peers), *(peer.endpoint for peer in peers.values()))


def _peers(peers: Mapping[str, Peer], *endpoints: str) -> str:
    told = {
        name: {"endpoint": endpoint, "override": peer.override}
        for (name, peer), endpoint in zip(peers.items(), endpoints, strict=True)
    }
    return json.dumps(told, sort_keys=True)
