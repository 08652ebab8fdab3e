"""The bad configurations beside this file, one per YAML file, each with every fault that it has.

`config` is the stack config without namespace. `files` are further files that it points to;
`one.kubeconfig` to `three.kubeconfig` are good ones and always there. `faults` maps keys to a part
of what must be said about them; a key with several faults has a list. `engine` is a part of the
engine's own message, if the types in Pulumi.yaml let it refuse before the program runs.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.kubeconfigs import as_text, ca, kubeadm
from tests.unit.rendering.kubeans import ssh_key

FOLDER = Path(__file__).parent
NAMESPACE = "cilium-clustermesh"
GOOD = {
    "one.kubeconfig": ("https://192.0.2.1:6443", "ca of cluster01"),
    "two.kubeconfig": ("https://192.0.2.2:6443", "ca of cluster02"),
    "three.kubeconfig": ("https://192.0.2.3:6443", "ca of cluster03"),
}


@dataclass(frozen=True)
class Case:
    """One bad configuration; `faults` holds (key, part of the text) for every fault."""

    name: str
    config: dict[str, Any]
    files: dict[str, str]
    faults: tuple[tuple[str, str], ...]
    engine: str | None

    def lay_out(self, folder: Path) -> None:
        """Write the files that the config points to."""
        lay_out_good(folder)
        for name, content in self.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(filled_in(content))

    def stack_file(self) -> str:
        """The content of a `Pulumi.<stack>.yaml`."""
        keyed = {f"{NAMESPACE}:{key}": value for key, value in self.config.items()}
        return yaml.safe_dump({"config": keyed}, sort_keys=False)


def lay_out_good(folder: Path) -> None:
    """Write the good kubeconfigs."""
    for name, (server, issuer) in GOOD.items():
        (folder / name).write_text(as_text(kubeadm(server, issuer)))


def config_of_two() -> dict[str, Any]:
    """A config of two of the good kubeconfigs, without a fault."""
    clusters = [
        {
            "name": f"cluster0{number}",
            "id": number,
            "podCidrs": [f"10.{number}0.0.0/16"],
            "serviceCidrs": [f"10.{number}1.0.0/16"],
            "kubeconfig": file,
        }
        for number, file in enumerate(list(GOOD)[:2], start=1)
    ]
    return {"clusters": clusters}


def filled_in(content: str) -> str:
    """Put a CA in place of `CA_DATA`: keys and certificates are not stored in files."""
    return content.replace("CA_DATA", ca("ca of cluster01").cert_data)


def _with_key(value: Any) -> Any:
    """Put a private key in place of `SSH_KEY`."""
    if isinstance(value, dict):
        return {key: _with_key(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_key(inner) for inner in value]
    return ssh_key() if value == "SSH_KEY" else value


def cases() -> Iterator[Case]:
    """All cases, by name."""
    for path in sorted(FOLDER.glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        yield Case(
            name=path.stem,
            config=_with_key(document["config"]),
            files=document.get("files", {}),
            faults=tuple(_faults(document["faults"])),
            engine=document.get("engine"),
        )


def _faults(document: dict[str, str | list[str]]) -> Iterator[tuple[str, str]]:
    for key, texts in document.items():
        for text in [texts] if isinstance(texts, str) else texts:
            yield f"{NAMESPACE}:{key}", text
