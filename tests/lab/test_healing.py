"""What is killed comes back: by Kubernetes itself, or by the next `up`."""

import signal

from tests.lab.labs import Lab, eventually


def test_killing_etcd_heals_by_itself(lab: Lab) -> None:
    before = _restarts(lab, "component=etcd")
    _kill(lab, "etcd")
    eventually(lambda: _restarts(lab, "component=etcd") > before, "a restart of etcd")
    eventually(lambda: _all_ready(lab), "all system Pods Ready after etcd's restart")


def test_killing_the_agent_heals_by_itself(lab: Lab) -> None:
    before = _restarts(lab, "k8s-app=cilium")
    _kill(lab, "cilium-agent")
    eventually(lambda: _restarts(lab, "k8s-app=cilium") > before, "a restart of the agent")
    eventually(lambda: _all_ready(lab), "all system Pods Ready after the agent's restart")


def test_up_starts_a_node_again_whose_processes_are_gone(lab: Lab) -> None:
    lab.exec("sh", "-c", f"kill -{signal.SIGTERM} 1", node="cluster02-control-plane")
    eventually(lambda: lab.run("status").returncode != 0, "a status that tells of the dead node")
    assert "up" in lab.run("status").stdout
    lab.up()
    assert _all_ready(lab, 2)


def _kill(lab: Lab, program: str) -> None:
    """Only inside the node's own PID namespace, so nobody else's processes are hit."""
    answer = lab.exec("pkill", "-KILL", "-x", program, node="cluster01-control-plane")
    assert answer.returncode == 0, answer.stderr


def _restarts(lab: Lab, selector: str) -> int:
    answer = lab.try_kubectl(
        *(1, "get", "pods", "-n", "kube-system", "-l", selector),
        *("-o", "jsonpath={.items[*].status.containerStatuses[*].restartCount}"),
    )
    return sum(int(word) for word in answer.stdout.split()) if answer.returncode == 0 else -1


def _all_ready(lab: Lab, number: int = 1) -> bool:
    answer = lab.try_kubectl(
        # The Pod of a finished Job is never Ready again.
        *(number, "get", "pods", "-n", "kube-system", "--field-selector=status.phase!=Succeeded"),
        *("-o", "jsonpath={.items[*].status.containerStatuses[*].ready}"),
    )
    return answer.returncode == 0 and set(answer.stdout.split()) == {"true"}
