"""Cilium's Helm release in one real API server; `owned: false` is a stack without it."""

import pulumi
from pulumi_kubernetes import Provider

from components.cilium_release import CiliumRelease, CiliumReleaseArgs
from components.config.chart import Chart
from components.mesh_peers import Peer
from components.plumbing.providers import command_provider, drift_provider

config = pulumi.Config()
kubeconfig = config.require_secret("kubeconfig")
peers: dict[str, str] = config.require_object("peers")

if config.require_bool("owned"):
    provider = Provider("cluster01", kubeconfig=kubeconfig, cluster_identifier="cluster01")
    release = CiliumRelease(
        "cluster01",
        CiliumReleaseArgs(
            cluster="cluster01",
            kubeconfig=kubeconfig.apply(pulumi.Output.json_loads),
            chart=Chart("./chart", config.require("version")),
            values=config.require_secret_object("values"),
            peers={name: Peer(endpoint=text) for name, text in peers.items()},
            node_port=32257,
            exists=config.require_bool("exists"),
            pending=config.get_int("pending") or None,
            enable_seconds=1,
        ),
        pulumi.ResourceOptions(providers=[provider, command_provider(), drift_provider()]),
    )
    pulumi.export("revision", release.revision)
