import contextlib
import importlib
import io
import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components.scripts import observe
from components.scripts.lib import step, traffic, writer
from tests.unit.scripts import fake_clis

TOKEN = "canary-token-of-"
SECONDS = {
    f"{step}_SECONDS": "30"
    for step in ("ENABLE", "DISABLE", "CONNECT", "DISCONNECT", "REQUEST", "STATUS", "TRAFFIC")
}


@dataclass(frozen=True)
class Ran:
    """The result of a script: its exit code and output."""

    returncode: int
    stdout: str
    stderr: str


@dataclass
class World:
    """Clusters that are plain data, and the scripts run against them."""

    state: dict[str, Any]
    commands: list[list[str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def clusters(self) -> dict[str, Any]:
        return deepcopy(self.state)

    def change(self, name: str, **state: object) -> None:
        self.state[name] |= state

    def release(self, name: str) -> dict[str, Any]:
        return dict(deepcopy(self.state[name]["release"]))

    def peers(self, name: str) -> dict[str, str]:
        config = self.release(name)["config"]["clustermesh"]["config"]
        return {peer["name"]: f"{peer['ips'][0]}:{peer['port']}" for peer in config["clusters"]}

    def calls(self, program: str) -> list[list[str]]:
        return [command[3:] for command in self.commands if command[0] == program]

    def forget_calls(self) -> None:
        self.commands.clear()

    def run(
        self,
        script: str,
        action: str,
        environment: Mapping[str, str],
        contexts: Sequence[str] = ("cluster01", "cluster02", "cluster03"),
        **secrets: object,
    ) -> Ran:
        function = getattr(importlib.import_module(f"components.scripts.{script}"), action)
        stdin = json.dumps({"kubeconfig": kubeconfig(*contexts), **secrets})
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = step.run(action, function, stdin, SECONDS | dict(environment))
        return Ran(code, out.getvalue(), err.getvalue())

    def observe(self, script: str, environment: Mapping[str, str]) -> dict[str, str]:
        """The drift of what the script keeps."""
        names = [name for name in self.state if name.startswith("cluster")]
        return dict(observe.drift(script, SECONDS | dict(environment), kubeconfig(*names)))

    def answer(
        self, command: list[str], env: Mapping[str, str], **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Stand in for subprocess.run when the scripts call a program."""
        known = json.loads(Path(env["KUBECONFIG"]).read_text())
        if writer.is_ours(command[0]):
            command = ["cilium", *command[1:]]
        try:
            with self.lock:
                self.commands.append(command)
                said = fake_clis.run(self.state, command, options["input"] or "", known)
        except fake_clis.Refused as refusal:
            return subprocess.CompletedProcess(command, 1, refusal.stdout, str(refusal))
        return subprocess.CompletedProcess(command, 0, said, "")


def kubeconfig(*names: str) -> dict[str, Any]:
    # Nobody listens there: what gets no answer is asked through the programs.
    nowhere = "https://127.0.0.1:1"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": n, "cluster": {"server": nowhere}} for n in names],
        "users": [{"name": n, "user": {"token": TOKEN + n}} for n in names],
        "contexts": [{"name": n, "context": {"cluster": n, "user": n}} for n in names],
    }


def new_cluster(name: str, number: int) -> dict[str, Any]:
    return {
        "name": name,
        "address": f"172.30.0.{number}",
        "objects": {"configmap/cilium-config": {"data": {"cluster-name": name}}},
        "release": {
            "version": 1,
            "status": "deployed",
            "config": {"cluster": {"name": name, "id": number}, "clustermesh": {"config": {}}},
        },
    }


def new_world() -> dict[str, Any]:
    names = ("cluster01", "cluster02", "cluster03")
    return {name: new_cluster(name, number) for number, name in enumerate(names, start=1)}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(new_world())
    monkeypatch.setattr(subprocess, "run", made.answer)
    monkeypatch.setattr(traffic, "_PAUSE_SECONDS", 0)
    return made
