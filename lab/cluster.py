"""One cluster of the lab, brought from whatever state it is in to healthy, step by step."""

import time
from collections.abc import Callable
from pathlib import Path

from lab import cilium, kubeadm
from lab.errors import LabError
from lab.kubectl import ClusterClient
from lab.node import Images, Node
from lab.paths import LabPaths
from lab.progress import Progress
from lab.spec import ClusterSpec, LabSpec

_NODE_PROGRAMS = ("kubelet", "kubeadm", "kubectl")
CLUSTER_PROGRAMS = (*_NODE_PROGRAMS, "cilium")
"""The programs that clusters need besides the images."""

_POLL_SECONDS = 0.5
READY_TIMEOUT = 300.0


class Cluster:
    """A cluster and the steps that make it."""

    def __init__(self, lab: LabSpec, spec: ClusterSpec, bin_dir: Path, progress: Progress) -> None:
        """Name the cluster; nothing is started or read yet."""
        self.lab = lab
        self.spec = spec
        self.paths = LabPaths(lab.name)
        self.nodes = [Node(lab, node) for node in spec.nodes]
        self.client = ClusterClient(self.paths, spec.name, bin_dir)
        self._bin_dir = bin_dir
        self._progress = progress

    @property
    def control_plane(self) -> Node:
        """The node with the control plane."""
        return self.nodes[0]

    def up(self, images: Images) -> None:
        """Bring the cluster up, or repair it; raises a LabError that names the step it hung at."""
        self.paths.cluster(self.spec.name).mkdir(parents=True, exist_ok=True)
        self._drop_unfinished()
        for node in self.nodes:
            self._start(node, images)
        self._initialise()
        self._await("the API server to answer", self._api_answers)
        self._install_cilium()
        for node in self.nodes[1:]:
            self._join(node)
        self._await("the nodes to be Ready", self._unready_nodes)
        self._await("the system Pods to be Ready", self._unready_pods)
        self._progress.say(self.spec.name, "waits for `cilium status` to be ok")
        self.client.cilium("status", "--wait", "--wait-duration", "4m", timeout=270)
        self._progress.say(self.spec.name, "healthy")

    def stop(self) -> None:
        """Cut the power of every node; the disks stay."""
        for node in self.nodes:
            node.stop()

    def unready_pods(self) -> str:
        """The system Pods that are not Ready, in words; empty if all are."""
        return self._unready_pods()

    def _drop_unfinished(self) -> None:
        """Delete a control plane that kubeadm did not finish: it is rebuilt from scratch."""
        node = self.control_plane
        if node.folder.exists() and not kubeadm.is_initialised(node):
            for each in self.nodes:
                each.delete()

    def _start(self, node: Node, images: Images) -> None:
        if not node.folder.exists():
            self._progress.say(self.spec.name, f"makes node {node.spec.name}")
            programs = {name: self._bin_dir / name for name in _NODE_PROGRAMS}
            node.create(images, programs, kubeadm.PAUSE_IMAGE)
        if node.is_running:
            return
        self._progress.say(self.spec.name, f"starts node {node.spec.name}")
        node.start()

    def _initialise(self) -> None:
        node = self.control_plane
        if not kubeadm.is_initialised(node):
            self._progress.say(self.spec.name, "kubeadm makes the control plane")
            kubeadm.init(node, self.spec)
            kubeadm.mark_initialised(node)
        self._hand_out_kubeconfig(kubeadm.admin_kubeconfig(node))

    def _hand_out_kubeconfig(self, text: str) -> None:
        for path in (self.paths.kubeconfig(self.spec.name), self.spec.kubeconfig):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(text)

    def _install_cilium(self) -> None:
        if cilium.is_installed(self.client):
            return
        self._progress.say(self.spec.name, "the cilium CLI installs Cilium")
        cilium.discard_unfinished(self.client)
        cilium.install(self.client, self.spec, self.paths)

    def _join(self, node: Node) -> None:
        if kubeadm.is_initialised(node):
            return
        self._progress.say(self.spec.name, f"kubeadm joins {node.spec.name}")
        kubeadm.join(node, self.spec)
        kubeadm.mark_initialised(node)

    def _await(self, what: str, missing: Callable[[], str]) -> None:
        """Wait until `missing` returns an empty string; until then it says what is missing."""
        deadline = time.monotonic() + READY_TIMEOUT
        left = missing()
        while left:
            self._progress.say(self.spec.name, f"waits for {what}: {left}")
            if time.monotonic() > deadline:
                raise LabError(
                    f"{self.spec.name} waited {READY_TIMEOUT:.0f} s for {what}: {left}; look at "
                    f"{self.control_plane.log} and `python -m lab status`"
                )
            time.sleep(_POLL_SECONDS)
            left = missing()

    def _api_answers(self) -> str:
        answer = self.client.try_kubectl("get", "--raw", "/readyz", "--request-timeout=5s")
        return "" if answer.returncode == 0 else "no answer at " + self.spec.api_server

    def _unready_nodes(self) -> str:
        ready = {node["metadata"]["name"] for node in self.client.get("nodes") if is_ready(node)}
        return ", ".join(node.spec.name for node in self.nodes if node.spec.name not in ready)

    def _unready_pods(self) -> str:
        pods = self.client.get("pods", "-n", "kube-system")
        waiting = sorted(
            pod["metadata"]["name"]
            for pod in pods
            if pod["status"].get("phase") != "Succeeded" and not is_ready(pod)
        )
        return ", ".join(waiting) if pods else "no Pod is there yet"


def is_ready(thing: dict[str, dict[str, object]]) -> bool:
    """Whether a Node or a Pod reports itself Ready."""
    conditions = thing["status"].get("conditions", [])
    assert isinstance(conditions, list)
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
