"""Changes to a running cluster by its administrator, which the mesh has to follow."""

from lab.cluster import is_ready
from tests.lab.labs import Lab, eventually
from tests.lab.meshes import restart_agents, upgrade_by_hand

_FLAGS = "/var/lib/kubelet/kubeadm-flags.env"
_CONFIG = "/etc/kubernetes/kubeadm.yaml"
_PKI = "/etc/kubernetes/pki"


def move_node(lab: Lab, number: int, address: str) -> None:
    """Change the InternalIP of the cluster's node; the former one still answers."""
    node = f"cluster0{number}-control-plane"
    _inside(lab, node, f"ip addr add {address}/16 dev eth0")
    _inside(lab, node, f"sed -i 's/--node-ip=[0-9.]*/--node-ip={address}/' {_FLAGS}")
    _inside(lab, node, "pkill -x kubelet")
    eventually(lambda: address in _internal_ips(lab, number), f"{address} as the node's address")
    restart_agents(lab, number)


def renew_api_certificate(lab: Lab, number: int, address: str) -> None:
    """Renew the API server's certificate, for one more address, and restart the server."""
    node = f"cluster0{number}-control-plane"
    _inside(lab, node, f"rm {_PKI}/apiserver.crt {_PKI}/apiserver.key")
    names = f"apiServer:\\n  certSANs: [{address}]"
    _inside(lab, node, f"sed -i 's/^apiServer:$/{names}/' {_CONFIG}")
    _inside(lab, node, f"kubeadm init phase certs apiserver --config={_CONFIG}")
    _inside(lab, node, "pkill -x kube-apiserver")
    eventually(lambda: not _is_ready(lab, number), "an API server that restarts", seconds=30)
    eventually(lambda: _is_ready(lab, number), "an API server that is back")
    eventually(lambda: _is_served(lab, number), "an API server to which its Service leads again")


def rename_cluster(lab: Lab, number: int, name: str) -> None:
    """Change Cilium's cluster name and restart what knows it, as its documentation says."""
    upgrade_by_hand(lab, number, {"cluster": {"name": name}})
    system = ("-n", "kube-system")
    lab.kubectl(number, "rollout", "restart", "deployment/cilium-operator", *system)
    mesh = ("deployment/clustermesh-apiserver", *system)
    lab.kubectl(number, "rollout", "restart", *mesh)
    restart_agents(lab, number)
    lab.kubectl(number, "rollout", "status", *mesh, "--timeout=120s", timeout=150)
    lab.kubectl(number, "rollout", "restart", "deployment/rebel-base", "deployment/x-wing")


def _inside(lab: Lab, node: str, line: str) -> None:
    done = lab.exec("sh", "-c", line, node=node)
    assert done.returncode == 0, f"{line}: {done.stderr}"


def _internal_ips(lab: Lab, number: int) -> list[str]:
    nodes = lab.get(number, "nodes")["items"]
    addresses = [one for node in nodes for one in node["status"]["addresses"]]
    return [one["address"] for one in addresses if one["type"] == "InternalIP"]


def _is_ready(lab: Lab, number: int) -> bool:
    ready = ("get", "--raw", "/readyz", "--request-timeout=2s")
    return lab.try_kubectl(number, *ready).returncode == 0


def _is_served(lab: Lab, number: int) -> bool:
    """Whether its node and its Pod are reported ready, which decides whether a Service uses it."""
    pods = ("pods", "-n", "kube-system", "-l", "component=kube-apiserver")
    found = [*lab.get(number, "nodes")["items"], *lab.get(number, *pods)["items"]]
    return all(is_ready(one) for one in found)
