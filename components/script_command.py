"""A Command that runs one of the scripts in `components/scripts`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi_command import local

from .created import once_created

_HERE = "components"
_RUNNER = "scripts/run.sh"
# Pinned, so that the platform's default cannot differ between the machines that share a stack.
_INTERPRETER = ["/bin/sh", "-c"]


def script_command(
    name: str,
    script: str,
    action: str,
    *,
    environment: Mapping[str, pulumi.Input[str]],
    secrets: pulumi.Input[Mapping[str, Any]],
    opts: pulumi.ResourceOptions,
    inverse: str | None = None,
) -> local.Command:
    """Run `action` of the script on create and on every change of input, `inverse` on delete.

    `secrets` go in on stdin and are encrypted in the state. The text of the command is short and
    the same on every machine, because any change of it runs the command again; `triggers` stay
    unused, because they would replace: delete after create, undoing the wanted state.
    """
    run = f"exec sh {components_folder(Path.cwd())}/{_RUNNER} {script}"
    return local.Command(
        name,
        create=f"{run} {action}",
        delete=f"{run} {inverse}" if inverse else None,
        interpreter=_INTERPRETER,
        environment=environment,
        stdin=pulumi.Output.secret(secrets).apply(json.dumps),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["stdin"])
        ),
    )


def components_folder(project_dir: Path) -> str:
    """Give the way to these components from a project's folder, where its Commands are run.

    `components` in a clone. From a project that uses the Pulumi package of a clone it leads through
    the folders that both are in, so it is the same wherever the two stay together.
    """
    if (project_dir / _HERE / _RUNNER).is_file():
        return _HERE
    own = Path(__file__).parent
    return os.path.relpath(own.parent.resolve() / own.name, project_dir.resolve())


def again_after(operation: str | None) -> dict[str, str]:
    """Give what makes a Command run again after an operation of Kubean, if there is one."""
    return {"OPERATION": operation} if operation is not None else {}


def result(command: local.Command) -> pulumi.Output[Any]:
    """Give the one line of JSON that the script printed; it never holds a secret.

    Empty where the script failed and the update goes on nevertheless (--continue-on-error).
    """
    printed = pulumi.Output.unsecret(once_created(command, command.stdout))
    return printed.apply(lambda text: json.loads(text) if text else {})
