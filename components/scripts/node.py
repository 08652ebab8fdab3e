"""A node's kernel upgrade on the cluster's side: drained before the reboot, back in it afterwards.

Environment: CLUSTER (also the context), NODE (the name of its Node object), INSTALLED (the answer
of components/node/scripts/install.sh), DRAIN_SECONDS, REBOOT_SECONDS, REQUEST_SECONDS. With
NAMESPACE, Kubean makes the cluster, and the kubeconfig reaches the management cluster.
stdin has `ssh`, the access to the node, for `rejoin`.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..node import shell, ssh, survey
from ..node.access import Access
from ..node.ssh import SshError
from ..node.state import NodeState
from .lib import deletion, management
from .lib.cli import CliError
from .lib.management import MANAGEMENT
from .lib.step import Step, StepError, main

# Marks the cordon as this program's, so that nobody else's is ever removed.
CORDONED = "cilium-clustermesh/cordoned-for-kernel"
_PAUSE_SECONDS = 2.0
_KEEP_SECONDS = 30


@dataclass(frozen=True)
class _Installed:
    """The answer of install.sh; `is_pending`: a kernel was installed and needs a reboot."""

    state: str
    kernel: str
    wanted: str
    boot_id: str

    @property
    def is_pending(self) -> bool:
        return self.state == "installed"


def drain(step: Step) -> dict[str, bool]:
    """Cordon and drain the node, if it is in the cluster and about to be rebooted."""
    installed = _installed(step)
    if not installed.is_pending:
        return {"drained": False}
    with management.entered(step) as inside:
        return {"drained": inside is not None and _drained(inside, installed)}


def _drained(step: Step, installed: _Installed) -> bool:
    node = _node(step)
    if node is None or _boot_id(node) != installed.boot_id:
        return False
    if not node.get("spec", {}).get("unschedulable"):
        _cordon(step, "true", True)
    seconds = step.seconds("DRAIN_SECONDS")
    step.say(f"draining {step.environment['NODE']}")
    try:
        step.cli.kubectl(
            step.cluster,
            "drain",
            step.environment["NODE"],
            "--ignore-daemonsets",
            # Eviction loses that data in any case; without the flag kubectl refuses.
            "--delete-emptydir-data",
            f"--timeout={seconds}s",
            timeout=seconds + 30,
        )
    except CliError as error:
        _release(step)
        raise StepError(
            f"{_name(step)} could not be drained: {error}. It was not rebooted: it runs kernel "
            f"{installed.kernel}, which stays the default, and takes Pods again. Fix what keeps "
            "the Pods there (a PodDisruptionBudget, a Pod without a controller), or allow more "
            "time (kernel.drainSeconds), and run again",
            is_explained=True,
        ) from None
    return True


def rejoin(step: Step) -> dict[str, str]:
    """Wait until the node is back with the wanted kernel, and let it take Pods again."""
    installed = _installed(step)
    if not installed.is_pending:
        return {"kernel": installed.kernel}
    until = time.monotonic() + step.seconds("REBOOT_SECONDS")
    access = Access.from_data(step.secrets["ssh"])
    step.say(f"waiting for {step.environment['NODE']} to come back")
    state = _await_boot(step, access, installed, until)
    if state.kernel != installed.wanted:
        raise StepError(_not_wanted(step, access, installed, state), is_explained=True)
    with management.entered(step) as inside:
        if inside is not None:
            _await_ready(inside, state, until)
            _release(inside)
    step.say(f"{step.environment['NODE']} runs kernel {state.kernel}")
    return {"kernel": state.kernel}


def uncordon(step: Step) -> None:
    """Let the node take Pods again if an interrupted update has left it cordoned."""
    stays = "its nodes stay as they are"
    if management.is_led_through(step) and deletion.is_given_up(
        replace(step, cluster=MANAGEMENT), stays
    ):
        return
    with management.entered(step) as inside:
        if inside is not None and not deletion.is_given_up(inside, stays):
            _release(inside)


def _installed(step: Step) -> _Installed:
    told = json.loads(step.environment["INSTALLED"])
    names = ("state", "kernel", "wanted", "bootId")
    return _Installed(*(str(told.get(name, "")) for name in names))


def _node(step: Step) -> dict[str, Any] | None:
    name = step.environment["NODE"]
    found = step.cli.read(step.cluster, "get", "node", name, "--ignore-not-found", "--output=json")
    return dict(json.loads(found)) if found.strip() else None


def _boot_id(node: Mapping[str, Any]) -> str:
    return str(node.get("status", {}).get("nodeInfo", {}).get("bootID", ""))


def _cordon(step: Step, mark: str | None, unschedulable: bool | None) -> None:
    patch = {
        "metadata": {"annotations": {CORDONED: mark}},
        "spec": {"unschedulable": unschedulable},
    }
    name = step.environment["NODE"]
    step.cli.read(
        step.cluster, "patch", "node", name, "--type=merge", f"--patch={json.dumps(patch)}"
    )


def _release(step: Step) -> None:
    """Remove the cordon, if it is ours."""
    node = _node(step)
    if node is not None and CORDONED in (node["metadata"].get("annotations") or {}):
        _cordon(step, None, None)


def _await_boot(step: Step, access: Access, installed: _Installed, until: float) -> NodeState:
    while True:
        answer = survey.read(access)
        if isinstance(answer, NodeState) and answer.boot_id != installed.boot_id:
            return answer
        if time.monotonic() > until:
            raise StepError(_not_back(step, answer), is_explained=True)
        time.sleep(_PAUSE_SECONDS)


def _not_back(step: Step, answer: NodeState | SshError) -> str:
    seconds = step.seconds("REBOOT_SECONDS")
    stays = "If it is in a cluster, it stays cordoned until a later run finds it back"
    if isinstance(answer, NodeState):
        return (
            f"{_name(step)} answers, but did not reboot within {seconds} s, and runs kernel "
            f"{answer.kernel}; look there with `journalctl -b` for what holds the reboot back, "
            f"reboot it by hand, and run again. {stays}"
        )
    return (
        f"{_name(step)} did not come back within {seconds} s after its reboot: {answer.text}; "
        f"look at its console, and run again when it is back, or allow more time "
        f"(kernel.rebootSeconds). {stays}"
    )


def _not_wanted(step: Step, access: Access, installed: _Installed, state: NodeState) -> str:
    """Make the kernel that was booted the default again; return the text that says so."""
    kept = f"kernel {state.kernel} is the default again"
    try:
        ssh.run(access, shell.script("keep"), _KEEP_SECONDS, as_root=True)
    except SshError as error:
        kept = f"the default kernel could not be set back ({error.text})"
    return (
        f"{_name(step)} came back with kernel {state.kernel} instead of {installed.wanted}, and "
        f"{kept}; look there with `journalctl -b -1` and at the boot menu for why the wanted one "
        "does not boot, and run again once it runs; docs/kernel.md says how to try again. If the "
        "node is in a cluster, it stays cordoned until then"
    )


def _await_ready(step: Step, state: NodeState, until: float) -> None:
    """Wait until the cluster has the node back as of this boot; without a Node, do not wait."""
    while True:
        said = _unready(step, state)
        if said is None:
            return
        if time.monotonic() > until:
            raise StepError(
                f"{_name(step)} runs kernel {state.kernel}, but was not ready in its cluster "
                f"within {step.seconds('REBOOT_SECONDS')} s: {said}; look at its kubelet, or allow "
                "more time (kernel.rebootSeconds), and run again. It stays cordoned until then",
                is_explained=True,
            )
        time.sleep(_PAUSE_SECONDS)


def _unready(step: Step, state: NodeState) -> str | None:
    try:
        node = _node(step)
    except CliError as error:
        # It may have been the API server's only node.
        return str(error)
    if node is None or (_boot_id(node) == state.boot_id and _is_ready(node)):
        return None
    return "its Node object does not say Ready for this boot"


def _is_ready(node: Mapping[str, Any]) -> bool:
    return any(
        condition.get("type") == "Ready" and condition.get("status") == "True"
        for condition in node["status"].get("conditions") or []
    )


def _name(step: Step) -> str:
    return f"the node {step.environment['NODE']}"


if __name__ == "__main__":
    main({"drain": drain, "rejoin": rejoin, "uncordon": uncordon})
