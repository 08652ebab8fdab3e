"""The demo's server: it answers with the name of its own cluster."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pulumi

from .common.own_objects import REBEL_BASE, RESPONSE
from .plumbing import workload
from .plumbing.kubernetes import KubernetesObject, object_meta
from .plumbing.options import child_options, component_options, merged_options
from .plumbing.workload import WorkloadArgs

APP = REBEL_BASE
PORT = 80
SELECTOR = workload.selector(APP)


@dataclass(frozen=True, kw_only=True)
class RebelBaseArgs(WorkloadArgs):
    """`cluster` is the name that the Pods answer with."""

    cluster: str


class RebelBase(pulumi.ComponentResource):
    """Step 6 of the procedure: nginx with a fixed answer per cluster."""

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: RebelBaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the ConfigMap and the Deployment in the cluster of the given provider."""
        super().__init__("cilium-clustermesh:index:RebelBase", name, None, component_options(opts))
        message = answer(args.cluster)
        manifest = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": object_meta(RESPONSE, args.namespace),
            "data": {"message": message},
        }
        options = child_options(self, opts, name)
        response = KubernetesObject(f"{name}-rebel-base-response", manifest, options)
        made = workload.deployment(
            f"{name}-rebel-base",
            APP,
            args,
            _container(args.image),
            volumes=[_volume()],
            # A changed answer must restart the Pods: a mounted file follows only much later.
            annotations={"checksum/response": hashlib.sha256(message.encode()).hexdigest()},
            opts=merged_options(options, depends_on=[response]),
        )
        self.revision = workload.revision(made)
        self.register_outputs({})


def answer(cluster: str) -> str:
    """Return the answer of the cluster's Pods, as in the procedure."""
    return json.dumps({"Galaxy": "Alderaan", "Cluster": cluster}) + "\n"


def _volume() -> dict[str, Any]:
    items = [{"key": "message", "path": "index.html"}]
    return {"name": "html", "configMap": {"name": RESPONSE, "items": items}}


def _container(image: str) -> dict[str, Any]:
    return {
        "name": APP,
        "image": image,
        "ports": [{"name": "http", "containerPort": PORT}],
        "volumeMounts": [{"name": "html", "mountPath": "/usr/share/nginx/html/"}],
        "livenessProbe": _probe(),
        "readinessProbe": _probe(),
    }


def _probe() -> dict[str, Any]:
    return {"httpGet": {"path": "/", "port": PORT}, "timeoutSeconds": 5}
