"""The program under test on the lab's clusters: a Pulumi stack as a user has it."""

import base64
import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from components.scripts import release
from demo.engine import LabStack
from tests.lab.labs import Lab

Answer = subprocess.CompletedProcess[str]


@dataclass
class Mesh:
    """A stack over a lab, with everything that its runs printed."""

    lab: Lab
    stack: LabStack
    printed: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.time)
    before: dict[int, dict[str, Any]] = field(default_factory=dict)

    def remember(self, *numbers: int) -> None:
        """Keep what Cilium's Helm release says in these clusters before the program changes it."""
        self.before |= {number: beside_the_mesh(self.lab, number) for number in numbers}

    def run(self, *words: str) -> Answer:
        """Run pulumi to its end, whatever it says."""
        done = self.stack.run("pulumi", *words, quiet=True)
        self.printed += [done.stdout, done.stderr]
        return done

    def up(self, *words: str) -> str:
        """Update the stack; fails the test when the update fails."""
        done = self.run("up", "--yes", "--skip-preview", "--stack", self.stack.name, *words)
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        return done.stdout

    def preview(self, *words: str) -> Answer:
        """Preview the stack, whatever it says."""
        return self.run("preview", "--stack", self.stack.name, *words)

    def outputs(self, *, secrets: bool = False) -> dict[str, Any]:
        """The stack outputs."""
        shown = ("--show-secrets",) if secrets else ()
        done = self.stack.run(
            *("pulumi", "stack", "output", "--json", "--stack", self.stack.name, *shown),
            quiet=True,
        )
        assert done.returncode == 0, done.stderr
        if not secrets:
            self.printed += [done.stdout, done.stderr]
        outputs: dict[str, Any] = json.loads(done.stdout)
        return outputs

    def matrix(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """The reachability matrix by (from, to, path)."""
        cells = self.outputs()["verification"]["matrix"]
        return {(cell["from"], cell["to"], cell["path"]): cell for cell in cells}

    def configure(self, *numbers: int, **settings: object) -> None:
        """Describe the mesh of these clusters, with more settings of the project by key."""
        self.lab.describe(*numbers)
        document = yaml.safe_load(self.lab.stack_file.read_text())
        images = {"xWing": "quay.io/cilium/json-mock:v1.3.3"}
        document["config"]["cilium-clustermesh:demo"] = {"images": images}
        for key, value in settings.items():
            document["config"][f"cilium-clustermesh:{key}"] = value
        document |= self._encryption()
        self.lab.stack_file.write_text(yaml.safe_dump(document))

    def _encryption(self) -> dict[str, Any]:
        """The salt stays in its file: another one could not read what is encrypted already."""
        file = self.stack.home / "salt.yaml"
        return yaml.safe_load(file.read_text()) if file.exists() else {}

    def keep_encryption(self) -> None:
        """Remember the salt that pulumi wrote into the stack file."""
        document = yaml.safe_load(self.lab.stack_file.read_text())
        salt = {key: value for key, value in document.items() if key.startswith("encryption")}
        (self.stack.home / "salt.yaml").write_text(yaml.safe_dump(salt))


def beside_the_mesh(lab: Lab, number: int) -> dict[str, Any]:
    """The Helm values of Cilium that are no ClusterMesh's: not ours to change."""
    labels = "owner=helm,name=cilium,status=deployed"
    (revision,) = lab.get(number, "secret", "-n", "kube-system", "-l", labels)["items"]
    values = release.decode(revision["data"]["release"]).values
    return {key: value for key, value in values.items() if key not in ("clustermesh", "tls")}


def restart_agents(lab: Lab, number: int) -> None:
    """Restart Cilium on every node; fails the test where an agent does not come back."""
    agents = ("daemonset/cilium", "-n", "kube-system")
    lab.kubectl(number, "rollout", "restart", *agents)
    lab.kubectl(number, "rollout", "status", *agents, "--timeout=120s", timeout=150)


def private_keys(lab: Lab, *numbers: int) -> list[str]:
    """Every private key of these clusters, in each form in which it could show up somewhere."""
    found = []
    for number in numbers:
        secret = lab.get(number, "secret", "cilium-ca", "-n", "kube-system")
        file = lab.kubeconfig(number)
        (user,) = yaml.safe_load(file.read_text())["users"]
        found += _forms(secret["data"]["ca.key"]) + _forms(user["user"]["client-key-data"])
    return found


def _forms(encoded: str) -> list[str]:
    """As base64, and line by line of the PEM inside."""
    lines = base64.b64decode(encoded).decode().splitlines()
    body = [line for line in lines if re.fullmatch(r"[A-Za-z0-9+/=]{24,}", line)]
    assert body, "no key to look for"
    # From the middle: the beginning of a PEM file in base64 is the same in every key.
    return [encoded[120:180], *(line[:40] for line in body[1:3] or body)]


def files_with(needles: list[str], since: float, *folders: Path) -> list[str]:
    """The files below these folders, written after `since`, that hold one of the needles."""
    wanted = [needle.encode() for needle in needles]
    return [
        str(path)
        for folder in folders
        for path in folder.rglob("*")
        if _written_after(path, since) and any(needle in path.read_bytes() for needle in wanted)
    ]


def _written_after(path: Path, since: float) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_mtime >= since


@contextmanager
def watched_arguments() -> Iterator[set[str]]:
    """Collect the arguments of every process of the machine while the block runs."""
    seen: set[str] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.update(_arguments())
            stop.wait(0.1)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


def _arguments() -> Iterator[str]:
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield file.read_bytes().decode(errors="replace")
        except OSError:
            continue
