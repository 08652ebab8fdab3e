"""The objects that the program makes in a member, and how to tell them from other people's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .labels import LABELS

# The label that marks an object as ours; others have `managed-by: pulumi`, too.
_MARK = "app.kubernetes.io/part-of"
MARK = f"{_MARK}={LABELS[_MARK]}"
_COLLECTIONS = {
    ("v1", "ConfigMap"): "/api/v1/namespaces/{}/configmaps",
    ("v1", "Secret"): "/api/v1/namespaces/{}/secrets",
    ("v1", "Service"): "/api/v1/namespaces/{}/services",
    ("apps/v1", "Deployment"): "/apis/apps/v1/namespaces/{}/deployments",
    ("kubean.io/v1alpha1", "Cluster"): "/apis/kubean.io/v1alpha1/clusters",
    ("kubean.io/v1alpha1", "ClusterOperation"): "/apis/kubean.io/v1alpha1/clusteroperations",
}


@dataclass(frozen=True, slots=True)
class ObjectName:
    """The name of one Kubernetes object; `namespace` is "" if it has none."""

    api_version: str
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """Return its kind and name, for people."""
        place = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind} {place}"

    @property
    def path(self) -> str:
        """Its path on an API server; raises LookupError for a kind that is not made here."""
        collection = _COLLECTIONS[self.api_version, self.kind]
        return f"{collection.format(self.namespace)}/{self.name}"


API_SERVER = ObjectName("v1", "Service", "kube-system", "cilium-clustermesh-api-server")
REBEL_BASE, X_WING, RESPONSE = "rebel-base", "x-wing", "rebel-base-response"


def of_demo(namespace: str) -> tuple[ObjectName, ...]:
    """Return the names of the demo's objects."""
    return (
        ObjectName("apps/v1", "Deployment", namespace, REBEL_BASE),
        ObjectName("apps/v1", "Deployment", namespace, X_WING),
        ObjectName("v1", "ConfigMap", namespace, RESPONSE),
        ObjectName("v1", "Service", namespace, REBEL_BASE),
    )


def is_ours(metadata: Mapping[str, Any]) -> bool:
    """Whether an object carries the mark of this program."""
    labels = metadata.get("labels")
    return isinstance(labels, Mapping) and labels.get(_MARK) == LABELS[_MARK]
