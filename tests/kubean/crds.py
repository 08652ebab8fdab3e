"""Stand-in: definitions of Kubean's kinds with the fields that Kubean documents.

Written from its API types (kubean.io/v1alpha1 of v0.37): fields and which of them are required, and
no others, so the API server refuses an object with another field.
"""

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "format": "int64"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANYTHING: Schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}


def mapping(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    found: Schema = {"type": "object", "properties": properties}
    return found | ({"required": list(required)} if required else {})


def listed(items: Schema) -> Schema:
    return {"type": "array", "items": items}


REF = mapping(("name", "namespace"), name=TEXT, namespace=TEXT)
SOURCE = TEXT | {"default": "builtin"}
HOOK = mapping(
    ("action", "actionType"),
    action=TEXT,
    actionType=TEXT,
    actionSource=SOURCE,
    actionSourceRef=REF,
    extraArgs=TEXT,
)
CLUSTER = {
    "spec": mapping(
        ("hostsConfRef", "varsConfRef"),
        hostsConfRef=REF,
        varsConfRef=REF,
        kubeconfRef=REF,
        sshAuthRef=REF,
        preCheckRef=REF,
    ),
    "status": mapping(
        ("conditions",),
        conditions=listed(
            mapping(("clusterOps",), clusterOps=TEXT, status=TEXT, startTime=TIME, endTime=TIME)
        ),
    ),
}
OPERATION = {
    "spec": mapping(
        ("action", "actionType", "cluster", "image"),
        cluster=TEXT,
        image=TEXT,
        actionType=TEXT,
        action=TEXT,
        actionSource=SOURCE,
        actionSourceRef=REF,
        extraArgs=TEXT,
        preHook=listed(HOOK),
        postHook=listed(HOOK),
        resources=ANYTHING,
        activeDeadlineSeconds=NUMBER,
        hostsConfRef=REF,
        varsConfRef=REF,
        sshAuthRef=REF,
        entrypointSHRef=REF,
    ),
    "status": mapping(
        action=TEXT,
        jobRef=REF,
        status=TEXT,
        startTime=TIME,
        endTime=TIME,
        digest=TEXT,
        hasModified={"type": "boolean"},
    ),
}


def definitions() -> list[dict[str, Any]]:
    """Both, as they are to be created; they are cluster-scoped and have a status of their own."""
    return [_definition("Cluster", CLUSTER), _definition("ClusterOperation", OPERATION)]


def _definition(kind: str, properties: dict[str, Schema]) -> dict[str, Any]:
    singular = kind.lower()
    schema = mapping(("spec",), **properties)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{singular}s.kubean.io"},
        "spec": {
            "group": "kubean.io",
            "scope": "Cluster",
            "names": {
                "kind": kind,
                "listKind": f"{kind}List",
                "plural": f"{singular}s",
                "singular": singular,
            },
            "versions": [
                {
                    "name": "v1alpha1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    "subresources": {"status": {}},
                }
            ],
        },
    }
