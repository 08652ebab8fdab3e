"""kubectl and the cilium CLI, run in the management namespace against one cluster."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.network import namespaces
from lab.paths import LabPaths
from lab.run import Word, attempt, run


class ClusterClient:
    """kubectl and cilium with a cluster's admin kubeconfig, where Pulumi and the CLIs run."""

    def __init__(self, paths: LabPaths, cluster: str, bin_dir: Path) -> None:
        """Name the cluster; nothing is contacted yet."""
        self._paths = paths
        self._kubeconfig = paths.kubeconfig(cluster)
        self._bin_dir = bin_dir

    def kubectl(self, *words: Word, timeout: float = 60, stdin: str | None = None) -> str:
        """Run kubectl and return its stdout; raises LabError if it fails."""
        return run(*self._command("kubectl", *words), timeout=timeout, stdin=stdin)

    def try_kubectl(self, *words: Word, timeout: float = 30) -> subprocess.CompletedProcess[str]:
        """Run kubectl if its failure is an answer too."""
        return attempt(*self._command("kubectl", *words), timeout=timeout)

    def get(self, *words: Word) -> list[dict[str, Any]]:
        """The objects that `kubectl get` finds; raises LabError if it fails."""
        answer: dict[str, Any] = json.loads(self.kubectl("get", "-o", "json", *words))
        items: list[dict[str, Any]] = answer.get("items", [answer])
        return items

    def cilium(self, *words: Word, timeout: float = 300) -> str:
        """Run the cilium CLI and return its stdout; raises LabError if it fails."""
        return run(*self._command("cilium", *words), timeout=timeout)

    def _command(self, program: str, *words: Word) -> list[Word]:
        kubeconfig = f"KUBECONFIG={self._kubeconfig}"
        return [*inside(self._paths, self._bin_dir), kubeconfig, program, *words]


def inside(paths: LabPaths, bin_dir: Path) -> list[Word]:
    """The prefix that runs a command in the management namespace, our programs first on PATH."""
    path = f"PATH={bin_dir}:{os.environ.get('PATH', '/usr/sbin:/usr/bin:/sbin:/bin')}"
    return ["ip", "netns", "exec", paths.management, "env", path]


def within(paths: LabPaths, bin_dir: Path, *command: Word) -> list[str]:
    """Return the line that runs a command in the management namespace; raises LabError if none."""
    if paths.management not in namespaces(paths):
        raise LabError(f"lab {paths.name!r} is not up; start it with `python -m lab up`")
    return [str(word) for word in (*inside(paths, bin_dir), *command)]
