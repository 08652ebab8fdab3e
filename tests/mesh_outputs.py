"""The outputs of a mesh's stack, as docs/outputs.md describes them, without a mesh."""

from typing import Any

from components.kubeconfig import merge, yaml_text
from components.kubeconfig.document import read_text
from tests.unit.config.configs import kubeconfig

SECRET = ("kubeconfig", "kubeconfigs")


def mesh_outputs(count: int = 2) -> dict[str, Any]:
    """The outputs of schemaVersion 1, for clusters whose API servers do not exist."""
    names = [f"cluster{number:02}" for number in range(1, count + 1)]
    documents = {name: read_text(kubeconfig(n), None) for n, name in enumerate(names, start=1)}
    merged = yaml_text.write(merge.as_given(documents))
    return {
        "schemaVersion": 1,
        "clusters": [_cluster(number, name) for number, name in enumerate(names, start=1)],
        "kubeconfig": merged,
        "kubeconfigs": dict.fromkeys(names, merged),
        "mesh": {name: [other for other in names if other != name] for name in names},
        "verification": {"matrix": [_cell(names)], "spec": {"clusters": names, "requests": 20}},
    }


def _cluster(number: int, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "apiServerUrl": f"https://192.0.2.{number}:31443",
        "meshEndpoint": f"192.0.2.{number}:32257",
    }


def _cell(names: list[str]) -> dict[str, Any]:
    return {
        "from": names[0],
        "to": names[-1],
        "path": "pod-ip",
        "ok": True,
        "milliseconds": 1.2,
        "answers": {names[-1]: 2},
    }
