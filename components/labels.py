"""The labels and annotations of every object of this project: a person finds them all by these."""

STACK = "cilium-clustermesh/stack"
"""The annotation of the API server's Service that says whose the cluster is: `project/stack`."""

LABELS = {
    "app.kubernetes.io/managed-by": "pulumi",
    "app.kubernetes.io/part-of": "cilium-clustermesh",
}

OWNED = {"pulumi.com/patchForce": "true"}
"""The annotation by which the provider takes back what somebody else wrote to a field of ours.

That somebody may be we: the provider has a new field manager for every create, and the object that
a killed update has created is that of another one, which its state does not know.
"""
