"""The demo's Deployments; their Pods are found by the name of the app."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from ..common.labels import LABELS
from .kubernetes import KubernetesObject, object_meta
from .outputs import once_created


@dataclass(frozen=True, kw_only=True)
class WorkloadArgs:
    """Arguments of every workload of the demo; `pull_secrets` are in its namespace."""

    image: str
    namespace: str = "default"
    replicas: int = 2
    pull_secrets: Sequence[str] = ()


def selector(app: str) -> dict[str, str]:
    """Return the labels by which an app's Pods are found."""
    return {"name": app}


def deployment(
    name: str,
    app: str,
    args: WorkloadArgs,
    container: Mapping[str, Any],
    *,
    opts: pulumi.ResourceOptions,
    volumes: Sequence[Mapping[str, Any]] = (),
    annotations: Mapping[str, str] | None = None,
) -> KubernetesObject:
    """Make the Deployment of an app with one container; `annotations` are those of its Pods."""
    labels = {**selector(app), **LABELS}
    pods: dict[str, Any] = {
        "metadata": {"labels": labels, **({"annotations": annotations} if annotations else {})},
        "spec": {
            "imagePullSecrets": [{"name": secret} for secret in args.pull_secrets],
            "containers": [container],
            **({"volumes": volumes} if volumes else {}),
        },
    }
    manifest = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": object_meta(app, args.namespace),
        "spec": {
            "replicas": args.replicas,
            "selector": {"matchLabels": selector(app)},
            "template": pods,
        },
    }
    return KubernetesObject(name, manifest, opts)


def revision(made: KubernetesObject) -> pulumi.Output[str]:
    """Return a text that changes when the Deployment does; its status does not count."""
    return once_created(made, made.metadata).apply(_revision)


def _revision(metadata: Mapping[str, Any]) -> str:
    # Numbers come through the engine as floats.
    generation = metadata.get("generation")
    told = int(generation) if generation is not None else None
    return f"{metadata.get('uid')}/{told}"
