"""The demo's client: Pods with curl, from which the mesh is tried."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components import children
from components.created import once_created
from components.labels import LABELS

APP = "x-wing"
SELECTOR = {"name": APP}


@dataclass(frozen=True, kw_only=True)
class XWingArgs:
    """The client's image must have curl."""

    image: str
    namespace: str = "default"
    replicas: int = 2
    pull_secrets: Sequence[str] = ()


class XWing(pulumi.ComponentResource):
    """Step 6 of the procedure: json-mock, whose Pods have the curl that nginx:1.15.8 lacks."""

    revision: pulumi.Output[str]

    def __init__(
        self, name: str, args: XWingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Make the Deployment in the cluster of the given provider."""
        super().__init__("cilium-clustermesh:index:XWing", name, None, opts)
        deployment = kubernetes.apps.v1.Deployment(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=APP, namespace=args.namespace, labels=LABELS
            ),
            spec=kubernetes.apps.v1.DeploymentSpecArgs(
                replicas=args.replicas,
                selector=kubernetes.meta.v1.LabelSelectorArgs(match_labels=SELECTOR),
                template=kubernetes.core.v1.PodTemplateSpecArgs(
                    metadata=kubernetes.meta.v1.ObjectMetaArgs(labels={**SELECTOR, **LABELS}),
                    spec=_pod(args),
                ),
            ),
            opts=children.of(self, opts),
        )
        self.revision = once_created(deployment, deployment.metadata).apply(
            lambda metadata: f"{metadata.uid}/{metadata.generation}"
        )
        self.register_outputs({})


def _pod(args: XWingArgs) -> kubernetes.core.v1.PodSpecArgs:
    return kubernetes.core.v1.PodSpecArgs(
        image_pull_secrets=[
            kubernetes.core.v1.LocalObjectReferenceArgs(name=secret) for secret in args.pull_secrets
        ],
        containers=[
            kubernetes.core.v1.ContainerArgs(
                name=APP, image=args.image, liveness_probe=_probe(), readiness_probe=_probe()
            )
        ],
    )


def _probe() -> kubernetes.core.v1.ProbeArgs:
    return kubernetes.core.v1.ProbeArgs(
        exec_=kubernetes.core.v1.ExecActionArgs(
            command=["curl", "-sS", "-o", "/dev/null", "localhost"]
        ),
        timeout_seconds=5,
    )
