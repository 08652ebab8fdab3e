"""The labels of every object of this project, by which a person can find them all."""

STACK = "cilium-clustermesh/stack"
"""The annotation of the API server's Service that names the owning stack: `project/stack`."""

LABELS = {
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "cilium-clustermesh",
}


def full_name(project: str, stack: str) -> str:
    """Return the name by which a stack is known in its clusters."""
    return f"{project}/{stack}"
