"""The demo's server: it answers with the name of its own cluster."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components import children
from components.created import once_created
from components.labels import LABELS

APP = "rebel-base"
PORT = 80
SELECTOR = {"name": APP}


@dataclass(frozen=True, kw_only=True)
class RebelBaseArgs:
    """`cluster` is what the Pods answer with."""

    cluster: str
    image: str
    namespace: str = "default"
    replicas: int = 2
    pull_secrets: Sequence[str] = ()


class RebelBase(pulumi.ComponentResource):
    """Step 6 of the procedure: nginx with a fixed answer per cluster."""

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: RebelBaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the ConfigMap and the Deployment in the cluster of the given provider."""
        super().__init__("cilium-clustermesh:index:RebelBase", name, None, opts)
        message = answer(args.cluster)
        response = kubernetes.core.v1.ConfigMap(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name="rebel-base-response", namespace=args.namespace, labels=LABELS
            ),
            data={"message": message},
            opts=children.of(self, opts),
        )
        deployment = kubernetes.apps.v1.Deployment(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=APP, namespace=args.namespace, labels=LABELS
            ),
            spec=kubernetes.apps.v1.DeploymentSpecArgs(
                replicas=args.replicas,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
                template=_pod_template(args, message),
            ),
            opts=pulumi.ResourceOptions.merge(
                children.of(self, opts), pulumi.ResourceOptions(depends_on=[response])
            ),
        )
        self.revision = once_created(deployment, deployment.metadata).apply(
            lambda metadata: f"{metadata.uid}/{metadata.generation}"
        )
        self.register_outputs({})


def answer(cluster: str) -> str:
    """Give what a Pod of the cluster answers, as in the procedure."""
    return json.dumps({"Galaxy": "Alderaan", "Cluster": cluster}) + "\n"


def _pod_template(args: RebelBaseArgs, message: str) -> kubernetes.core.v1.PodTemplateSpecArgs:
    checksum = hashlib.sha256(message.encode()).hexdigest()
    return kubernetes.core.v1.PodTemplateSpecArgs(
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            labels={**SELECTOR, **LABELS},
            # A changed answer must restart the Pods: a mounted file follows only much later.
            annotations={"checksum/response": checksum},
        ),
        spec=kubernetes.core.v1.PodSpecArgs(
            image_pull_secrets=[
                kubernetes.core.v1.LocalObjectReferenceArgs(name=secret)
                for secret in args.pull_secrets
            ],
            containers=[_container(args.image)],
            volumes=[
                kubernetes.core.v1.VolumeArgs(
                    name="html",
                    config_map=kubernetes.core.v1.ConfigMapVolumeSourceArgs(
                        name="rebel-base-response",
                        items=[kubernetes.core.v1.KeyToPathArgs(key="message", path="index.html")],
                    ),
                )
            ],
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
