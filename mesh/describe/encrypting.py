"""Kubeconfigs encrypted by pulumi for a stack, in the form of its stack file."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.common.scrubbing import scrub
from components.config.faults.fault import key_path
from mesh.describe.target import Refusal

_KEY = "kubeconfigContent"


@dataclass(frozen=True, slots=True)
class Encrypted:
    """The `{"secure": …}` of each text, in order, and the settings that belong to them."""

    values: tuple[Mapping[str, str], ...]
    encryption: Mapping[str, str]


def encrypt(
    texts: Sequence[str], stack: str, folder: Path, encryption: Mapping[str, str]
) -> Encrypted:
    """Encrypt texts with the stack's settings; a new passphrase stack has none yet.

    Every text goes through a pipe. Raises Refusal.
    """
    descriptor, name = tempfile.mkstemp(".yaml", ".describe-", folder)
    file = Path(name)
    try:
        os.close(descriptor)
        file.write_text(yaml.safe_dump(dict(encryption)) if encryption else "")
        for index, text in enumerate(texts):
            _set(key_path("clusters", index, _KEY), text, stack, file)
        written: dict[str, Any] = yaml.safe_load(file.read_text())
    finally:
        file.unlink(missing_ok=True)
    (clusters,) = written.pop("config").values()
    return Encrypted(tuple(one[_KEY] for one in clusters), written)


def _set(key: str, text: str, stack: str, file: Path) -> None:
    place = ("--stack", stack, "--config-file", str(file), "--non-interactive")
    try:
        done = subprocess.run(
            ["pulumi", "config", "set", "--secret", "--path", key, *place],
            cwd=file.parent,
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise Refusal("pulumi is not on PATH: install it and run again") from None
    if done.returncode:
        said = scrub(" ".join(done.stderr.split()))
        raise Refusal(
            f"the kubeconfigs cannot be encrypted for stack {stack}: {said}; create the stack first"
            f" with `pulumi stack init {stack}` and the --secrets-provider of your choice"
        )
