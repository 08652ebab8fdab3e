"""The program under test on the lab's clusters: a Pulumi stack like a user's."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import permutations
from pathlib import Path
from typing import Any

import yaml

from components.cilium.helm_release import Release, decode
from components.scripts.lib import release
from demo.engine import LabStack
from tests.costs import budget
from tests.lab.canaries import Canaries
from tests.lab.labs import Answer, Lab

Matrix = dict[tuple[str, str, str], dict[str, Any]]


@dataclass
class Mesh:
    """A stack over a lab, with everything that its runs printed.

    `entries` are changes to the clusters' entries in the stack file, by number.
    """

    lab: Lab
    stack: LabStack
    canaries: Canaries
    entries: dict[int, dict[str, Any]] = field(default_factory=dict)
    before: dict[int, dict[str, Any]] = field(default_factory=dict)

    def remember(self, *numbers: int) -> None:
        """Record these clusters' Helm releases of Cilium before the program changes them."""
        self.before |= {number: beside_the_mesh(self.lab, number) for number in numbers}

    def run(self, *words: str, folder: str = "", **environment: str) -> Answer:
        """Run pulumi to its end, even if it fails, from another folder if one is given."""
        budget.spend_engine(words)
        variables = [f"{key}={value}" for key, value in environment.items()]
        where = (f"--chdir={folder or self.stack.folder}", *variables)
        done = self.stack.run("env", *where, "pulumi", *words, quiet=True)
        self.canaries.printed += [done.stdout, done.stderr]
        return done

    def try_up(self, *words: str, **environment: str) -> Answer:
        """Update the stack, even if that fails."""
        stack = ("--stack", self.stack.name)
        return self.run("up", "--yes", "--skip-preview", *stack, *words, **environment)

    def up(self, *words: str, **environment: str) -> str:
        """Update the stack; fails the test if the update fails."""
        done = self.try_up(*words, **environment)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def resume(self) -> None:
        """Update the stack as `make up` does, even if an update was killed before."""
        self.stack.prepare()
        self.up()

    def preview(self, *words: str, **options: str) -> Answer:
        """Preview the stack, even if that fails."""
        return self.run("preview", "--stack", self.stack.name, *words, **options)

    def destroy(self, *words: str, **environment: str) -> Answer:
        """Destroy the stack, even if that fails."""
        stack = ("--stack", self.stack.name)
        return self.run("destroy", "--yes", "--skip-preview", *stack, *words, **environment)

    def outputs(self, stack: str = "", *, secrets: bool = False) -> dict[str, Any]:
        """The outputs of this stack, or of another one in its folder."""
        shown = ("--show-secrets",) if secrets else ()
        done = self.stack.run(
            *("pulumi", "stack", "output", "--json", "--stack", stack or self.stack.name, *shown),
            quiet=True,
        )
        assert done.returncode == 0, done.stderr
        if not secrets:
            self.canaries.printed += [done.stdout, done.stderr]
        outputs: dict[str, Any] = json.loads(done.stdout)
        return outputs

    def state(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        return list(self.export()["deployment"].get("resources") or [])

    def export(self) -> dict[str, Any]:
        """The whole state; its secrets are encrypted."""
        done = self.run("stack", "export", "--stack", self.stack.name)
        assert done.returncode == 0, done.stderr
        exported: dict[str, Any] = json.loads(done.stdout)
        return exported

    def import_state(self, exported: Mapping[str, Any]) -> None:
        """Replace the state by another one."""
        words = ("pulumi", "stack", "import", "--stack", self.stack.name)
        done = self.stack.run(*words, quiet=True, stdin=json.dumps(exported))
        assert done.returncode == 0, done.stderr

    def repairs(self) -> dict[tuple[str, str], int]:
        """How often each Command with a watch for drift made a repair, by component."""
        counts = {}
        for one in self.state():
            environment = one.get("inputs", {}).get("environment", {})
            if one["type"] == "command:local:Command" and "REPAIRS" in environment:
                kind, _, name = one["parent"].rpartition("::")
                counts[kind.rpartition(":")[2], name] = int(environment["REPAIRS"])
        return counts

    def matrix(self) -> Matrix:
        """The reachability matrix by (from, to, path)."""
        cells = self.outputs()["verification"]["matrix"]
        return {(cell["from"], cell["to"], cell["path"]): cell for cell in cells}

    def is_whole(self, *names: str) -> bool:
        """Whether the matrix has every route of a mesh of these clusters, all answered."""
        matrix = self.matrix()
        return set(matrix) == complete(names) and all(cell["ok"] for cell in matrix.values())

    def configure(self, *numbers: int, **settings: object) -> None:
        """Describe the mesh of these clusters, with more settings of the project by key."""
        self.lab.describe(*numbers)
        document = yaml.safe_load(self.lab.stack_file.read_text())
        config = document["config"]
        for number, entry in zip(numbers, config["cilium-clustermesh:clusters"], strict=True):
            entry |= self.entries.get(number, {})
        images = {"xWing": "quay.io/cilium/json-mock:v1.3.3"}
        config["cilium-clustermesh:demo"] = {"images": images}
        for key, value in settings.items():
            config[f"cilium-clustermesh:{key}"] = value
        document |= self._encryption()
        self.lab.stack_file.write_text(yaml.safe_dump(document))

    def change(self, number: int, settings: Mapping[str, object]) -> None:
        """Write more settings into a cluster's entry of the mesh of cluster01 and cluster02."""
        self.entries[number] = {**self.entries.get(number, {}), **settings}
        self.configure(1, 2)

    def _encryption(self) -> Mapping[str, Any]:
        """The salt stays in its file: another one could not decrypt the existing secrets."""
        file = self.stack.home / "salt.yaml"
        return yaml.safe_load(file.read_text()) if file.exists() else {}

    def keep_encryption(self) -> None:
        """Remember the salt that pulumi wrote into the stack file."""
        document = yaml.safe_load(self.lab.stack_file.read_text())
        salt = {key: value for key, value in document.items() if key.startswith("encryption")}
        (self.stack.home / "salt.yaml").write_text(yaml.safe_dump(salt))

    def merged_kubeconfig(self) -> Path:
        """Write the stack's merged kubeconfig to a private file; the caller removes it."""
        file = self.lab.folder / "merged.kubeconfig"
        return private(file, self.outputs(secrets=True)["kubeconfig"])


def complete(names: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Every route that a mesh of these clusters must have."""
    pods = {(one, other, "pod-ip") for one, other in permutations(names, 2)}
    return pods | {(one, other, "global-service") for one in names for other in names}


def private(file: Path, text: str) -> Path:
    """Write a file that nobody else can read."""
    file.touch(mode=0o600)
    file.write_text(text)
    return file


def helm_release(lab: Lab, number: int) -> Release:
    """Cilium's Helm release as it stands in the cluster."""
    labels = "owner=helm,name=cilium,status=deployed"
    (revision,) = lab.get(number, "secret", "-n", "kube-system", "-l", labels)["items"]
    return decode(revision["data"]["release"])


def is_pending(lab: Lab, number: int) -> bool:
    """Whether Helm works on Cilium's release, or did so when it was killed."""
    labels = "owner=helm,name=cilium,status=pending-upgrade"
    return bool(lab.get(number, "secrets", "-n", "kube-system", "-l", labels)["items"])


def beside_the_mesh(lab: Lab, number: int) -> dict[str, Any]:
    """Cilium's Helm values except ClusterMesh's: not ours to change."""
    values = helm_release(lab, number).values
    return {key: value for key, value in values.items() if key not in ("clustermesh", "tls")}


def own_objects(lab: Lab, number: int) -> set[str]:
    """The program's own objects in the cluster, without Helm's, by uid."""
    found = objects_of_ours(lab, number)
    assert found
    return found


def objects_of_ours(lab: Lab, number: int) -> set[str]:
    """The same, if there may be none."""
    kinds, labels = (
        "services,deployments,configmaps",
        "app.kubernetes.io/part-of=cilium-clustermesh",
    )
    items = lab.get(number, kinds, "-A", "-l", labels)["items"]
    return {f"{one['kind']} {one['metadata']['uid']}" for one in items}


def upgrade_by_hand(lab: Lab, number: int, values: Mapping[str, Any]) -> None:
    """Upgrade like somebody else with Helm, to the release's own chart: there is no network."""
    found = helm_release(lab, number)
    chart = lab.folder / f"chart-{time.time_ns()}"
    release.write_chart(found.chart, chart)
    # Repeated, because the CLI fills in what is unset.
    own = {key: found.value(key) for key in ("k8sServiceHost", "k8sServicePort")}
    upgrade_to(lab, number, chart, {**own, **values}, "--reuse-values")


def upgrade_to(lab: Lab, number: int, chart: Path, values: Mapping[str, Any], reuse: str) -> None:
    """Upgrade to a chart in a folder; `reuse` says what happens to the former values."""
    file = lab.folder / "values.yaml"
    file.write_text(yaml.safe_dump(dict(values)))
    done = lab.exec(
        *("cilium", "--kubeconfig", str(lab.kubeconfig(number)), "upgrade", reuse),
        *(f"--chart-directory={chart}", f"--values={file}", "--namespace=kube-system"),
    )
    assert done.returncode == 0, done.stderr


def restart_agents(lab: Lab, number: int) -> None:
    """Restart Cilium on every node; fails the test if an agent does not come back."""
    agents = ("daemonset/cilium", "-n", "kube-system")
    lab.kubectl(number, "rollout", "restart", *agents)
    lab.kubectl(number, "rollout", "status", *agents, "--timeout=120s", timeout=150)


def everything(lab: Lab, number: int) -> list[str]:
    """The objects that the program could change in a cluster, with their versions."""
    kinds = "services,secrets,configmaps,deployments,daemonsets"
    items = lab.get(number, kinds, "-A")["items"]
    return [f"{one['kind']} {one['metadata']['uid']} {_version(one)}" for one in items]


def _version(item: Mapping[str, Mapping[str, str]]) -> str:
    """The generation for workloads, whose status changes all the time; it counts changed specs."""
    return item["metadata"].get("generation") or item["metadata"]["resourceVersion"]
