"""No key, token or certificate in the clear: not in a Command, not in a provider's kubeconfig.

Whatever is in the clear ends up in the state, in every diff and in the log of a run that fails.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .resource import KUBERNETES_PROVIDER, Fault, Resource, SecretText

_COMMANDS = ("command:local:Command", "command:remote:Command")
# Printed as they are when a Command fails, encrypted in the state or not.
_SCRIPTS = ("create", "update", "delete")
_TELLING_NAME = re.compile(r"TOKEN|PASSWORD|PASSPHRASE|SECRET|PRIVATE_?KEY|API_?KEY", re.IGNORECASE)
_MATERIAL = {
    "a key or certificate in PEM": re.compile(r"-----BEGIN [A-Z0-9 ]+-----"),
    "a key or certificate in base64": re.compile(r"LS0tLS1CRUdJTi"),
    "the credentials of a kubeconfig": re.compile(
        r"""["']?(client-key-data|token|password)["']?\s*:\s*["']?[^\s"'{}\[\],]"""
    ),
    "a token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.|\b[Bb]earer\s+[\w.~+/-]{8,}"),
}


def check(resource: Resource, _: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield what looks like a secret and is not kept as one."""
    if resource.type in _COMMANDS:
        yield from _of_command(resource)
    if resource.type == KUBERNETES_PROVIDER:
        yield from _in_the_clear(resource, ("kubeconfig",), resource.props.get("kubeconfig"))


def kind_of_secret(text: str) -> str | None:
    """Return what kind of secret a text seems to contain, None if none."""
    return next((kind for kind, pattern in _MATERIAL.items() if pattern.search(text)), None)


def _of_command(command: Resource) -> Iterator[Fault]:
    for key, value in command.props.items():
        if key in _SCRIPTS:
            yield from _in_a_script(command, key, value)
        else:
            yield from _in_the_clear(command, (key,), value)
    for name, text in command.texts("environment").items():
        is_open = text and not isinstance(text, SecretText) and not kind_of_secret(text)
        if is_open and _TELLING_NAME.search(name):
            yield _fault(command, f"environment.{name}", "a secret, going by its name,")


def _in_a_script(command: Resource, key: str, value: object) -> Iterator[Fault]:
    kind = kind_of_secret(value) if isinstance(value, str) else None
    if kind:
        yield Fault(
            f"the Command {command.name} has {kind} in the text of {key}: a Command that fails"
            " prints its whole text, secret or not; pass it on stdin, as a secret"
        )


def _in_the_clear(resource: Resource, path: tuple[str, ...], value: object) -> Iterator[Fault]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _in_the_clear(resource, (*path, key), inner)
    elif isinstance(value, str) and not isinstance(value, SecretText):
        kind = kind_of_secret(value)
        if kind:
            yield _fault(resource, ".".join(path), kind)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from _in_the_clear(resource, (*path, str(index)), inner)


def _fault(resource: Resource, where: str, kind: str) -> Fault:
    what = "provider" if resource.type == KUBERNETES_PROVIDER else "Command"
    return Fault(
        f"the {what} {resource.name} has {kind} in the clear in {where}: it would be readable in"
        " the state and in every diff; wrap it with Output.secret"
    )
