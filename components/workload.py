"""A Deployment of the demo, found by the name of its app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from .created import once_created
from .labels import LABELS
from .object_meta import object_meta


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """What every workload of the demo can be told; `pull_secrets` are in its namespace."""

    image: str
    namespace: str = "default"
    replicas: int = 2
    pull_secrets: Sequence[str] = ()


def selector(app: str) -> dict[str, str]:
    """Give the labels that the Pods of an app are found by."""
    return {"name": app}


def deployment(
    name: str,
    app: str,
    args: WorkloadArgs,
    container: kubernetes.core.v1.ContainerArgs,
    *,
    opts: pulumi.ResourceOptions,
    volumes: Sequence[kubernetes.core.v1.VolumeArgs] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> kubernetes.apps.v1.Deployment:
    """Make the Deployment of an app with one container; `annotations` are those of its Pods."""
    meta = kubernetes.meta.v1
    pull_secrets = [kubernetes.core.v1.LocalObjectReferenceArgs(name=s) for s in args.pull_secrets]
    return kubernetes.apps.v1.Deployment(
        name,
        metadata=object_meta(app, args.namespace),
        spec=kubernetes.apps.v1.DeploymentSpecArgs(
            replicas=args.replicas,
            selector=meta.LabelSelectorArgs(match_labels=selector(app)),
            template=kubernetes.core.v1.PodTemplateSpecArgs(
                metadata=meta.ObjectMetaArgs(
                    labels={**selector(app), **LABELS}, annotations=annotations
                ),
                spec=kubernetes.core.v1.PodSpecArgs(
                    image_pull_secrets=pull_secrets, containers=[container], volumes=volumes
                ),
            ),
        ),
        opts=opts,
    )


def revision(made: kubernetes.apps.v1.Deployment) -> pulumi.Output[str]:
    """Give a text that changes when the Deployment does; its status is no part of it."""
    return once_created(made, made.metadata).apply(
        lambda metadata: f"{metadata.uid}/{metadata.generation}"
    )
