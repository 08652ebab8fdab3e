"""Members without nodes: API servers that hold Cilium's objects and its Helm release, no agents.

For everything but the datapath: enabling, connecting, previews. See `missing_controllers` for what
the times leave out.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import audit, missing_controllers
from bench.audit import AuditLog, Counts, Request
from bench.errors import BenchError
from lab import nodeless
from lab.cilium import VERSION
from lab.nodeless import Api, Identity, Json
from tests.kubeconfigs import ca, leaf
from tools.toolchain import Toolchain

PROGRAMS = (*nodeless.PROGRAMS, "kubectl", "cilium")
_TOKEN = "token-of-the-administrator"
_CONTROLLERS = "token-of-the-controllers"
_AT_ONCE = 2


@dataclass(frozen=True)
class Member:
    """One control plane; `name` is that of the cluster and of its context."""

    number: int
    folder: Path
    api: Api
    audit: AuditLog

    @property
    def name(self) -> str:
        """The cluster's name."""
        return f"cluster{self.number:02}"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig."""
        return self.folder / "kubeconfig"

    def entry(self) -> Json:
        """The cluster's entry in a stack file."""
        return {
            "name": self.name,
            "id": self.number,
            "podCidrs": [pod_cidr(self.number)],
            "serviceCidrs": [service_cidr(self.number)],
            "kubeconfig": str(self.kubeconfig),
        }


@dataclass(frozen=True)
class Members:
    """All members; `environment` has the CLIs first on PATH, and KUBECONFIG with every context."""

    listed: Sequence[Member]
    folder: Path
    environment: dict[str, str] = field(repr=False)

    @property
    def names(self) -> list[str]:
        """The names of the clusters, in the order of their ids."""
        return [one.name for one in self.listed]

    def first(self, count: int) -> "Members":
        """Return only the first ones."""
        return Members(self.listed[:count], self.folder, self.environment)

    def mark(self) -> None:
        """Restart all counts."""
        for one in self.listed:
            one.audit.mark()

    def requests(self) -> list[Request]:
        """Return the requests to all API servers since the mark."""
        return [request for one in self.listed for request in one.audit.requests()]

    def counts(self) -> Counts:
        """Count the requests to all API servers since the mark."""
        return Counts.of(self.requests())

    def run(self, *command: str) -> str:
        """Run a CLI to its end and return its stdout; raises BenchError if it fails."""
        return run(self.environment, *command)

    def everywhere(self, action: Callable[[Member], object]) -> None:
        """Run an action for every member, a few at a time."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(action, self.listed))


def pod_cidr(number: int) -> str:
    """The Pod CIDR of the member with that number, at most 99."""
    return f"10.{number}.0.0/16"


def service_cidr(number: int) -> str:
    """The Service CIDR of the member with that number, at most 99."""
    return f"10.{100 + number}.0.0/16"


def run(environment: dict[str, str], *command: str) -> str:
    """Run a command to its end and return its stdout; raises BenchError if it fails."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip()[-1500:] or done.stdout.strip()[-1500:]
        raise BenchError(f"`{' '.join(command)[:200]}` failed: {said}")
    return done.stdout


@contextmanager
def members(folder: Path, count: int, toolchain: Toolchain) -> Iterator[Members]:
    """Run that many control planes with Cilium installed, not yet in a mesh."""
    planes = [_member(folder, number, toolchain) for number in range(1, count + 1)]
    # Starting one is mostly waiting.
    with ExitStack() as stack, ThreadPoolExecutor(_AT_ONCE) as pool:
        listed = list(pool.map(stack.enter_context, planes))
        merged = folder / "kubeconfig"
        _write(merged, _kubeconfig({one.name: one.api for one in listed}))
        path = f"{toolchain.bin_dir}:{os.environ['PATH']}"
        environment = {**os.environ, "PATH": path, "KUBECONFIG": str(merged)}
        made = Members(listed, folder, environment)
        made.everywhere(lambda one: _install(one, environment))
        yield made


@contextmanager
def _member(folder: Path, number: int, toolchain: Toolchain) -> Iterator[Member]:
    own = folder / f"cluster{number:02}"
    own.mkdir()
    pair = leaf("kube-apiserver", None, ("127.0.0.1", "kubernetes.default.svc"))
    tokens = {_TOKEN: "administrator", _CONTROLLERS: missing_controllers.NAME}
    identity = Identity(cert=pair.cert, key=pair.key, ca=ca().cert, tokens=tokens)
    policy, log = own / "audit-policy.json", own / "audit.jsonl"
    policy.write_text(json.dumps(audit.policy(missing_controllers.NAME)))
    flags = [
        f"--audit-policy-file={policy}",
        f"--audit-log-path={log}",
        # Cilium's agents are privileged.
        "--allow-privileged=true",
        f"--service-cluster-ip-range={service_cidr(number)}",
    ]
    with ExitStack() as stack:
        api = stack.enter_context(nodeless.running(own, toolchain, identity, flags))
        controllers = Api(api.url, _CONTROLLERS, api.pool, missing_controllers.NAME)
        stack.enter_context(missing_controllers.acting(controllers))
        _make_node(controllers, number)
        made = Member(number, own, api, AuditLog(log))
        _write(made.kubeconfig, _kubeconfig({made.name: api}))
        yield made


def _make_node(api: Api, number: int) -> None:
    """Create the Node: it has the address for NodePorts and the kernel version, and is ready."""
    name = f"cluster{number:02}-control-plane"
    labels = {"node-role.kubernetes.io/control-plane": ""}
    block = {"podCIDR": f"10.{number}.0.0/24", "podCIDRs": [f"10.{number}.0.0/24"]}
    api.create("/api/v1/nodes", {"metadata": {"name": name, "labels": labels}, "spec": block})
    status = {
        "addresses": [{"type": "InternalIP", "address": f"192.0.2.{number}"}],
        "conditions": [{"type": "Ready", "status": "True"}],
        "nodeInfo": {"kernelVersion": "6.1.0", "osImage": "Debian", "kubeletVersion": "v1.33.4"},
    }
    api.ask("PATCH", f"/api/v1/nodes/{name}/status", {"status": status}, "merge-patch+json")


def _install(member: Member, environment: dict[str, str]) -> None:
    values = {
        "cluster": {"name": member.name, "id": member.number},
        "ipam": {"mode": "kubernetes"},
        "kubeProxyReplacement": True,
        "k8sServiceHost": "127.0.0.1",
        "k8sServicePort": 6443,
        "envoy": {"enabled": False},
        "hubble": {"enabled": False},
        "operator": {"replicas": 1},
    }
    file = member.folder / "values.json"
    file.write_text(json.dumps(values))
    install = ("install", f"--version={VERSION}", f"--values={file}")
    run(environment, "cilium", "--context", member.name, *install)


def _kubeconfig(apis: dict[str, Api]) -> dict[str, Any]:
    clusters = [
        {
            "name": name,
            "cluster": {"server": api.url, "certificate-authority-data": ca().cert_data},
        }
        for name, api in apis.items()
    ]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": next(iter(apis)),
        "clusters": clusters,
        "users": [{"name": name, "user": {"token": api.token}} for name, api in apis.items()],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in apis],
    }


def _write(file: Path, kubeconfig: dict[str, Any]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(kubeconfig))
