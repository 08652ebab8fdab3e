"""The comments of the stack file: what each key means, from the models."""

from pydantic import BaseModel

from components.config.models import ClusterConfig, MeshConfig
from mesh.reference.example import comment
from mesh.reference.keys import PROJECT, fields

HEAD = """\
Written by `python -m mesh describe` from what the clusters said. Pulumi.example.yaml has every key.
"?" is a question to answer, "!" is something to fix before the clusters can be a mesh."""

# Of the 100 columns of a line, those that a comment in a cluster's entry has for its text.
_WIDTH = 92


def _explained(model: type[BaseModel], path: str, *keys: str) -> dict[str, str]:
    known = fields(model)
    return {key: "\n".join(comment(known[key], f"{path}{key}", _WIDTH)) for key in keys}


OF_MESH = _explained(MeshConfig, f"{PROJECT}:", "clusters", "maxConnectedClusters")
OF_CLUSTER = _explained(
    ClusterConfig,
    f"{PROJECT}:clusters[0].",
    "name",
    "id",
    "podCidrs",
    "serviceCidrs",
    "kubeconfig",
    "kubeconfigContent",
    "context",
    "apiServer",
    "mesh",
)
