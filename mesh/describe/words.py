"""The comments of the stack file: those of Pulumi.example.yaml, key by key."""

HEAD = """\
Written by `python -m mesh describe` from what the clusters said. Pulumi.example.yaml has every key.
"?" is a question to answer, "!" what has to be mended before the clusters can be a mesh."""

CLUSTERS = """\
The members of the mesh, two or more. The order matters in one place: with ca.source firstCluster
the first one's CA becomes everybody's."""

OF_CLUSTER = {
    "name": """\
As the cluster's own cilium-config has it (cluster-name): at most 32 of a-z, 0-9 and "-", not
"default", unique in the mesh. It names the context in the merged kubeconfig, too.""",
    "id": """\
As cilium-config has it (cluster-id): 1 to 255, or to 511; unique in the mesh.""",
    "podCidrs": """\
The ranges that the cluster was made with. No range of the mesh may overlap another.""",
    "kubeconfig": """\
An admin kubeconfig: a path, absolute, below ~, or relative to this folder …""",
    "kubeconfigContent": """\
… or its content as a secret, where there is no file (CI):
  pulumi config set --secret --path 'cilium-clustermesh:clusters[0].kubeconfigContent' \\
    < frankfurt.yaml""",
    "context": """\
The context in it. Default: its current-context.""",
    "apiServer": """\
How the other clusters' operators reach this API server, through the NodePort Service that is
made for it. Default: a node address that the API server's certificate covers, a NodePort
that Kubernetes chooses, and the selector of kubeadm and Kubespray.""",
    "mesh": """\
Where the other clusters' agents reach this clustermesh-apiserver. Default: the first node's
ExternalIP or InternalIP, and NodePort 32256 + id: its own in every cluster, because before
Cilium 1.19 two clusters with kube-proxy replacement must not share one.""",
}

MAX_CONNECTED = """\
How many clusters Cilium was installed for, the same in all: 255 or 511. It cannot be changed."""
