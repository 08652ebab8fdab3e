"""A kernel that Cilium runs on, on one node."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_command import remote

from .node import shell
from .node.access import Access, Endpoint
from .node.elrepo import Source
from .node.minimum import Minimum
from .plumbing.command import result, script_command
from .plumbing.options import child_options, component_options, merged_options


@dataclass(frozen=True, kw_only=True)
class NodeKernelArgs:
    """`kubeconfig` reaches the node's cluster; nothing here depends on what the node runs now.

    With `namespace`, that of Kubean's operator, it reaches the management cluster instead, where
    the node's cluster is looked up once it is made. So the inputs stay the same when the kernel has
    changed or the cluster has been made, and a second run does nothing.
    """

    cluster: str
    node: str
    access: Access = field(repr=False)
    kubeconfig: pulumi.Input[Mapping[str, Any]]
    namespace: str | None = None
    minimum: Minimum
    source: Source
    install_seconds: int = 900
    drain_seconds: int = 300
    reboot_seconds: int = 600
    request_seconds: int = 10


class NodeKernel(pulumi.ComponentResource):
    """Step 1 of the procedure for one node: install, drain, reboot, rejoin.

    Each of the four looks first and does nothing if the kernel is new enough. On delete nothing is
    undone but a cordon that an interrupted update left.
    """

    kernel: pulumi.Output[str]

    def __init__(
        self, name: str, args: NodeKernelArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Upgrade the node to a kernel that meets `args.minimum`, unless it has one."""
        super().__init__("cilium-clustermesh:index:NodeKernel", name, None, component_options(opts))
        options = child_options(self, opts)
        installed = result(
            remote_command(f"{name}-install", "install", args.access, _wanted(args), options)
        )
        environment: dict[str, pulumi.Input[str]] = {
            "CLUSTER": args.cluster,
            "NODE": args.node,
            "INSTALLED": installed.apply(lambda found: json.dumps(found, sort_keys=True)),
            "REQUEST_SECONDS": str(args.request_seconds),
            **({"NAMESPACE": args.namespace} if args.namespace is not None else {}),
        }
        drained = script_command(
            f"{name}-drain",
            "node",
            "drain",
            inverse="uncordon",
            environment={**environment, "DRAIN_SECONDS": str(args.drain_seconds)},
            secrets={"kubeconfig": args.kubeconfig},
            opts=options,
        )
        rebooted = remote_command(
            f"{name}-reboot",
            "reboot",
            args.access,
            {key: _part(installed, part) for key, part in _PARTS.items()},
            merged_options(options, depends_on=[drained]),
        )
        rejoined = script_command(
            f"{name}-rejoin",
            "node",
            "rejoin",
            environment={**environment, "REBOOT_SECONDS": str(args.reboot_seconds)},
            secrets={"kubeconfig": args.kubeconfig, "ssh": args.access.as_data()},
            opts=merged_options(options, depends_on=[rebooted]),
        )
        self.kernel = result(rejoined).apply(lambda found: str(found.get("kernel", "")))
        self.register_outputs({"kernel": self.kernel})


# Setting of reboot.sh: the key in the answer of install.sh.
_PARTS = {"STATE": "state", "WANTED": "wanted", "BOOT_ID": "bootId"}


def _wanted(args: NodeKernelArgs) -> dict[str, str]:
    build = args.minimum.rhel8_build
    return {
        **args.source.settings(),
        "MINIMUM": str(args.minimum.version),
        "RHEL8_BUILD": "" if build is None else str(build),
        "INSTALL_SECONDS": str(args.install_seconds),
    }


def _part(answer: pulumi.Output[Any], key: str) -> pulumi.Output[str]:
    return answer.apply(lambda found: str(found.get(key, "")))


# A node that is up answers the first.
_ATTEMPTS = 5


def remote_command(
    name: str,
    script: str,
    access: Access,
    settings: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> remote.Command:
    """Run the script on create and on every change of input; it has no inverse.

    The whole script goes in on stdin, its settings as its first lines: `environment` would need
    AcceptEnv on the node. The connection is secret in the state.
    """
    return remote.Command(
        name,
        connection=_connection(access),
        create=shell.AS_ROOT,
        stdin=pulumi.Output.all(**settings).apply(lambda told: shell.script(script, told)),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["connection"])
        ),
    )


def _connection(access: Access) -> remote.ConnectionArgs:
    # `hostKey` stays unused: older providers refuse it as unknown. Preflight has checked the host
    # key by then, and a key pair gives a false host nothing to steal.
    jump = access.jump
    proxy = remote.ProxyConnectionArgs(**_endpoint(jump, access)) if jump else None
    return remote.ConnectionArgs(**_endpoint(access.node, access), proxy=proxy)


def _endpoint(endpoint: Endpoint, access: Access) -> dict[str, pulumi.Input[object]]:
    key = endpoint.private_key
    return {
        "host": endpoint.address,
        "port": endpoint.port,
        "user": endpoint.user,
        "private_key": pulumi.Output.secret(key) if key else None,
        "per_dial_timeout": access.connect_seconds,
        "dial_error_limit": _ATTEMPTS,
    }
