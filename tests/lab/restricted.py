"""Kubeconfigs with the rights of docs/rbac.yaml and no more, beside the lab's own."""

from pathlib import Path
from typing import Any

import yaml

from tests.lab.labs import REPOSITORY, Lab
from tests.lab.meshes import Mesh

MANIFEST = REPOSITORY / "docs/rbac.yaml"
ACCOUNT = "cilium-clustermesh"
USER = f"system:serviceaccount:kube-system:{ACCOUNT}"
# Longer than any run of the tests.
_DURATION = "--duration=4h"


def restricted_kubeconfig(lab: Lab, number: int) -> Path:
    """Grant the program's rights to a ServiceAccount and write a kubeconfig with its token.

    The entries have the lab's names, so only the rights differ. `python -m lab up` writes the
    administrator's kubeconfig to the paths in the stack file: bring the lab up first.
    """
    lab.kubectl(number, "apply", "-f", str(MANIFEST))
    token = lab.kubectl(number, "create", "token", ACCOUNT, "-n", "kube-system", _DURATION).strip()
    assert token.count(".") == 2, "kubectl gave no token"
    document = yaml.safe_load(lab.kubeconfig(number).read_text())
    for entry in document["users"]:
        entry["user"] = {"token": token}
    file = lab.kubeconfig(number).with_suffix(".restricted.kubeconfig")
    file.touch(mode=0o600)
    file.write_text(yaml.safe_dump(document))
    return file


def entry(lab: Lab, file: Path) -> dict[str, Any]:
    """What a cluster's entry in the stack file needs to point to such a kubeconfig."""
    return {"kubeconfig": str(file.relative_to(lab.folder))}


def signature_of(file: Path) -> str:
    """Return the part of such a kubeconfig that only this token has, as a canary.

    The part before it is the same in tokens of the same account of another lab.
    """
    (user,) = yaml.safe_load(file.read_text())["users"]
    return str(user["user"]["token"]).rpartition(".")[2]


def may(lab: Lab, file: Path, *words: str) -> bool:
    """Whether the kubeconfig's user may do what the words of `kubectl auth can-i` say."""
    answer = lab.exec("kubectl", "--kubeconfig", str(file), "auth", "can-i", *words)
    said = answer.stdout.strip()
    assert said in ("yes", "no"), answer.stderr
    return said == "yes"


def restrict(mesh: Mesh, *numbers: int) -> None:
    """From now on, connect to these clusters with only the rights in the manifest."""
    for number in numbers:
        file = restricted_kubeconfig(mesh.lab, number)
        mesh.canaries.plant(f"token of cluster0{number}", signature_of(file))
        mesh.entries[number] = {**mesh.entries.get(number, {}), **entry(mesh.lab, file)}
