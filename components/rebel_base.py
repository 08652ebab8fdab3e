"""The demo's server: it answers with the name of its own cluster."""

import hashlib
import json
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from . import children, workload
from .object_meta import object_meta
from .workload import WorkloadArgs

APP = "rebel-base"
PORT = 80
SELECTOR = workload.selector(APP)
_RESPONSE = "rebel-base-response"


@dataclass(frozen=True, kw_only=True)
class RebelBaseArgs(WorkloadArgs):
    """`cluster` is what the Pods answer with."""

    cluster: str


class RebelBase(pulumi.ComponentResource):
    """Step 6 of the procedure: nginx with a fixed answer per cluster."""

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: RebelBaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the ConfigMap and the Deployment in the cluster of the given provider."""
        super().__init__("cilium-clustermesh:index:RebelBase", name, None, children.own(opts))
        message = answer(args.cluster)
        response = kubernetes.core.v1.ConfigMap(
            name,
            metadata=object_meta(_RESPONSE, args.namespace),
            data={"message": message},
            opts=children.of(self, opts),
        )
        made = workload.deployment(
            name,
            APP,
            args,
            _container(args.image),
            volumes=[_volume()],
            # A changed answer must restart the Pods: a mounted file follows only much later.
            annotations={"checksum/response": hashlib.sha256(message.encode()).hexdigest()},
            opts=pulumi.ResourceOptions.merge(
                children.of(self, opts), pulumi.ResourceOptions(depends_on=[response])
            ),
        )
        self.revision = workload.revision(made)
        self.register_outputs({})


def answer(cluster: str) -> str:
    """Give what a Pod of the cluster answers, as in the procedure."""
    return json.dumps({"Galaxy": "Alderaan", "Cluster": cluster}) + "\n"


def _volume() -> kubernetes.core.v1.VolumeArgs:
    return kubernetes.core.v1.VolumeArgs(
        name="html",
        config_map=kubernetes.core.v1.ConfigMapVolumeSourceArgs(
            name=_RESPONSE,
            items=[kubernetes.core.v1.KeyToPathArgs(key="message", path="index.html")],
        ),
    )


def _container(image: str) -> kubernetes.core.v1.ContainerArgs:
    return kubernetes.core.v1.ContainerArgs(
        name=APP,
        image=image,
        ports=[kubernetes.core.v1.ContainerPortArgs(name="http", container_port=PORT)],
        volume_mounts=[
            kubernetes.core.v1.VolumeMountArgs(name="html", mount_path="/usr/share/nginx/html/")
        ],
        liveness_probe=_probe(),
        readiness_probe=_probe(),
    )


def _probe() -> kubernetes.core.v1.ProbeArgs:
    return kubernetes.core.v1.ProbeArgs(
        http_get=kubernetes.core.v1.HTTPGetActionArgs(path="/", port=PORT),
        timeout_seconds=5,
    )
