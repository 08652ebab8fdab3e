"""The places of a lab's files, and the names of its kernel objects."""

from dataclasses import dataclass
from pathlib import Path

STATE_HOME = Path("/var/lib/cilium-clustermesh-lab")
"""Not a home folder: nodes belong to root, and containerd's snapshots need a plain file system."""

CGROUP_HOME = "cilium-clustermesh-lab"
_NETNS_PREFIX = "ccm"


@dataclass(frozen=True)
class LabPaths:
    """Every name on the machine that belongs to the lab called `name`, and to no other lab."""

    name: str

    @property
    def state(self) -> Path:
        """The folder that holds all files of this lab."""
        return STATE_HOME / self.name

    @property
    def lock(self) -> Path:
        """The file that one `up` or `down` at a time holds."""
        return STATE_HOME / f".{self.name}.lock"

    @property
    def management(self) -> str:
        """The network namespace in which Pulumi and the CLIs run."""
        return self.network_namespace("mgmt")

    def network_namespace(self, node: str) -> str:
        """The network namespace of a node. A lab's name has no dot, so names never collide."""
        return f"{_NETNS_PREFIX}.{self.name}.{node}"

    def owns_namespace(self, namespace: str) -> bool:
        """Whether a network namespace belongs to this lab."""
        return namespace.startswith(self.network_namespace(""))

    @property
    def cgroup(self) -> str:
        """This lab's folder in every cgroup hierarchy."""
        return f"{CGROUP_HOME}/{self.name}"

    def node(self, node: str) -> Path:
        """The folder of one node."""
        return self.state / "nodes" / node

    def nodes(self, cluster: str) -> list[Path]:
        """The folders of the nodes that a cluster has now, whatever the stack file says."""
        folder = self.state / "nodes"
        workers = folder.glob(f"{cluster}-worker[0-9]*")
        return [*folder.glob(f"{cluster}-control-plane"), *sorted(workers)]

    def node_cgroup(self, node: str) -> str:
        """The cgroup of one node, in every hierarchy."""
        return f"{self.cgroup}/{node}"

    def cluster(self, cluster: str) -> Path:
        """The folder with the lab's own files on one cluster."""
        return self.state / "clusters" / cluster

    def kubeconfig(self, cluster: str) -> Path:
        """The admin kubeconfig that kubeadm wrote."""
        return self.cluster(cluster) / "admin.conf"
