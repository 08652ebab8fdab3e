"""A Command that runs one of the scripts in `components/node/scripts` on a node, as root."""

from collections.abc import Mapping

import pulumi
from pulumi_command import remote

from .node import shell
from .node.access import Access, Endpoint

# One attempt after the other; a node that is there answers the first.
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
    AcceptEnv on the node. How the node is reached is secret in the state.
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
    # `hostKey` stays unused: older providers refuse it as unknown. Preflight has checked the
    # host key by then, and a key pair gives a false host nothing to take away.
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
