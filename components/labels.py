"""The labels that every object of this project carries, so that a person can find them all."""

LABELS = {
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "cilium-clustermesh",
}
