"""A Command that runs one of the scripts in `components/scripts`."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi_command import local

from . import secrecy
from .created import once_created

_RUN = "exec sh components/scripts/run.sh"
# Pinned, so that the platform's default cannot differ between the machines that share a stack.
_INTERPRETER = ["/bin/sh", "-c"]


def script_command(
    name: str,
    script: str,
    action: str,
    *,
    environment: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, pulumi.Input[Any]] | pulumi.Output[Any],
    opts: pulumi.ResourceOptions,
    inverse: str | None = None,
) -> local.Command:
    """Run `action` of the script on create and on every change of input, `inverse` on delete.

    `secrets` go in on stdin and are encrypted in the state. The text of the command is short and
    the same on every machine, because any change of it runs the command again; `triggers` stay
    unused, because they would replace: delete after create, undoing the wanted state.
    """
    known = secrets if isinstance(secrets, pulumi.Output) else secrecy.joined(secrets)
    return local.Command(
        name,
        create=f"{_RUN} {script} {action}",
        delete=f"{_RUN} {script} {inverse}" if inverse else None,
        interpreter=_INTERPRETER,
        environment=environment,
        stdin=secrecy.secret(known).apply(json.dumps),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["stdin"])
        ),
    )


def again_after(operation: str | None) -> dict[str, str]:
    """Give what makes a Command run again after an operation of Kubean, if there is one."""
    return {"OPERATION": operation} if operation is not None else {}


def result(command: local.Command) -> pulumi.Output[Any]:
    """Give the one line of JSON that the script printed; it never holds a secret.

    Empty where the script failed and the update goes on nevertheless (--continue-on-error).
    """
    printed = pulumi.Output.unsecret(once_created(command, command.stdout))
    return printed.apply(lambda text: json.loads(text) if text else {})
