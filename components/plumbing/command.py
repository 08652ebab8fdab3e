"""A Command that runs one of the scripts in `components/scripts`."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi_command import local

from . import outputs
from .outputs import once_created

_PACKAGE = Path(__file__).parents[1]
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
    run = f"exec sh {run_script(Path.cwd())} {script}"
    known = secrets if isinstance(secrets, pulumi.Output) else outputs.joined(secrets)
    return local.Command(
        name,
        create=f"{run} {action}",
        delete=f"{run} {inverse}" if inverse else None,
        interpreter=_INTERPRETER,
        environment=environment,
        stdin=outputs.secret(known).apply(json.dumps),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["stdin"])
        ),
    )


def run_script(project: Path) -> str:
    """Return the path of run.sh, relative to the project's folder, in which Commands run.

    In a clone the path is the same everywhere, and from another project in it too. If the package
    is installed, it stays so as long as the virtual environment keeps its place beside the project,
    and its version of Python.
    """
    own = project / "components"
    # A folder that is reached through a link has more than one name.
    package = "components" if own.is_dir() and own.samefile(_PACKAGE) else None
    # The folder's name beside its neighbours, which may be a link.
    named = _PACKAGE.parent.resolve() / _PACKAGE.name
    return f"{package or os.path.relpath(named, project.resolve())}/scripts/run.sh"


def again_after(operation: str | None) -> dict[str, str]:
    """Return the input that makes a Command run again after an operation of Kubean, if any."""
    return {"OPERATION": operation} if operation is not None else {}


def result(command: local.Command) -> pulumi.Output[Any]:
    """Return the one line of JSON that the script printed; it never holds a secret.

    Empty if the script failed and the update goes on nevertheless (--continue-on-error).
    """
    printed = pulumi.Output.unsecret(once_created(command, command.stdout))
    return printed.apply(lambda text: json.loads(text) if text else {})
