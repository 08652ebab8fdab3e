"""The lab's clusters are real: what works on any kubeadm cluster works here."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.lab.labs import Lab, eventually

BOTH = pytest.mark.parametrize("number", [1, 2])

CLIENT = """
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: default}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: client
    image: docker.io/library/nginx:1.15.8
    readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
"""
API_SERVER_SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: lab-test-api-server, namespace: kube-system}
spec:
  type: NodePort
  selector: {component: kube-apiserver, tier: control-plane}
  ports: [{port: 6443, targetPort: 6443}]
"""


@pytest.fixture(scope="module", params=[1, 2])
def client(lab: Lab, request: pytest.FixtureRequest) -> int:
    """A Pod with nginx and curl in the cluster of the given number."""
    number: int = request.param
    lab.apply(number, CLIENT)
    lab.kubectl(number, "wait", "pod/client", "--for=condition=Ready", "--timeout=120s")
    return number


def test_a_pod_answers_logs_and_exec(lab: Lab, client: int) -> None:
    assert "curl" in lab.kubectl(client, "exec", "client", "--", "curl", "--version")
    lab.kubectl(client, "exec", "client", "--", "curl", "-sS", "-o", "/dev/null", "localhost")
    assert "GET / HTTP" in lab.kubectl(client, "logs", "client")


def test_dns_resolves_service_names(lab: Lab, client: int) -> None:
    name = "kubernetes.default.svc.cluster.local"
    curl = ("curl", "-sk", "-o", "/dev/null", "-w", "%{remote_ip}", f"https://{name}")
    assert lab.kubectl(client, "exec", "client", "--", *curl) == f"10.{client}1.0.1"


@BOTH
def test_a_node_port_on_the_api_server_s_pods_has_a_valid_certificate(
    lab: Lab, number: int
) -> None:
    """Step 3 of the procedure: kubectl validates the certificate for the node's own address."""
    lab.apply(number, API_SERVER_SERVICE)
    service = lab.get(number, "service", "lab-test-api-server", "-n", "kube-system")
    port = service["spec"]["ports"][0]["nodePort"]
    server = f"https://{_address(lab, number)}:{port}"
    answer = []

    def answers() -> bool:
        got = lab.try_kubectl(number, "--server", server, "--request-timeout=5s", "get", "nodes")
        answer.append(got.stdout + got.stderr)
        return got.returncode == 0

    eventually(answers, f"an answer at {server}", seconds=60)
    assert f"cluster0{number}-control-plane" in answer[-1]
    lab.kubectl(number, "delete", "service", "lab-test-api-server", "-n", "kube-system")


@BOTH
def test_the_control_plane_is_kubeadm_s_static_pods_with_its_labels(lab: Lab, number: int) -> None:
    selector = "component=kube-apiserver,tier=control-plane"
    pods = lab.get(number, "pods", "-n", "kube-system", "-l", selector)["items"]
    assert [pod["metadata"]["ownerReferences"][0]["kind"] for pod in pods] == ["Node"]


@BOTH
def test_every_kubeconfig_has_kubespray_s_names_and_is_private(lab: Lab, number: int) -> None:
    file = lab.kubeconfig(number)
    config = yaml.safe_load(file.read_text())
    assert file.stat().st_mode & 0o077 == 0
    assert config["clusters"][0]["name"] == "cluster.local"
    assert config["current-context"] == "kubernetes-admin@cluster.local"


@BOTH
def test_cilium_is_a_helm_release_with_its_own_name_and_id_and_no_mesh(
    lab: Lab, number: int
) -> None:
    config = lab.get(number, "configmap", "cilium-config", "-n", "kube-system")["data"]
    assert (config["cluster-name"], config["cluster-id"]) == (f"cluster0{number}", str(number))
    labels = "owner=helm,name=cilium,status=deployed"
    assert lab.get(number, "secrets", "-n", "kube-system", "-l", labels)["items"]
    missing = lab.try_kubectl(number, "get", "deploy", "clustermesh-apiserver", "-n", "kube-system")
    assert "NotFound" in missing.stderr


@BOTH
def test_pods_get_addresses_of_the_configured_pod_cidr(lab: Lab, number: int) -> None:
    pods = lab.get(number, "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns")["items"]
    assert all(pod["status"]["podIP"].startswith(f"10.{number}0.") for pod in pods)


def test_status_is_a_table_of_every_cluster(lab: Lab) -> None:
    answer = lab.run("status")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    for word in ("cluster01", "cluster02", "172.30.0.17:6443", "v1.18.4"):
        assert word in answer.stdout


def test_the_kubeconfig_command_names_the_file_of_the_stack(lab: Lab) -> None:
    answer = lab.run("kubeconfig", "cluster01")
    assert Path(answer.stdout.strip()) == lab.kubeconfig(1)


def test_a_second_up_changes_nothing(lab: Lab) -> None:
    before = _started(lab)
    lab.up()
    assert _started(lab) == before


def test_the_machine_s_own_network_namespace_knows_nothing_of_the_lab(lab: Lab) -> None:
    """Nodes are reached from the management namespace only."""
    assert "nodes:" in lab.exec("ip", "link", "show", "nodes").stdout
    assert "nodes" not in {link.name for link in Path("/sys/class/net").iterdir()}
    assert "172.30." not in subprocess.check_output(["ip", "route"], text=True)


def _address(lab: Lab, number: int) -> str:
    (node,) = lab.get(number, "nodes")["items"]
    addresses = node["status"]["addresses"]
    return next(str(each["address"]) for each in addresses if each["type"] == "InternalIP")


def _started(lab: Lab) -> list[str]:
    """When each container of the system Pods was started, and how often."""
    return [
        f"{pod['metadata']['name']} {status['restartCount']} {status['state']}"
        for number in (1, 2)
        for pod in lab.get(number, "pods", "-n", "kube-system")["items"]
        for status in pod["status"].get("containerStatuses", [])
    ]
