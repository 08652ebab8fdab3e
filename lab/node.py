"""A node: network, mount, UTS, IPC, PID and cgroup namespaces of its own on this machine."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Protocol

from lab import cgroups, network
from lab.errors import LabError
from lab.paths import LabPaths
from lab.run import Word, attempt, run
from lab.spec import LabSpec, NodeSpec
from tools.host import RELAXED

_SCRIPTS = Path(__file__).parent / "scripts"
_CONTAINERD_CONFIG = """\
version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause}"
  # Without CAP_SYS_RESOURCE runc may not lower a score, and fails if containerd asks it to.
  restrict_oom_score_adj = true
"""


class Images(Protocol):
    """The images as a node needs them: a containerd root with all of them unpacked."""

    def clone_to(self, dest: Path) -> None:
        """Make `dest` a containerd root with every image."""


class Node:
    """One node of a lab, running or not."""

    def __init__(self, lab: LabSpec, spec: NodeSpec) -> None:
        """Name the node; nothing is started or read yet."""
        self.lab = lab
        self.spec = spec
        self.paths = LabPaths(lab.name)
        self.folder = self.paths.node(spec.name)

    @property
    def _cgroup(self) -> str:
        return self.paths.node_cgroup(self.spec.name)

    @property
    def log(self) -> Path:
        """The kubelet's log, the first place to look if a node does not become Ready."""
        return self.folder / "upper/var/log/kubelet.log"

    @property
    def init(self) -> int | None:
        """The pid on this machine of the node's PID 1, or None if the node does not run."""
        pid_file = self.folder / "init.pid"
        if not pid_file.exists():
            return None
        pid, started = pid_file.read_text().split()
        return int(pid) if _start_time(int(pid)) == started else None

    @property
    def is_running(self) -> bool:
        """Whether PID 1 is alive and the node still has its network."""
        namespace = self.paths.network_namespace(self.spec.name)
        return self.init is not None and namespace in network.namespaces(self.paths)

    def create(self, images: Images, programs: dict[str, Path], pause: str) -> None:
        """Create the node's folder, with all images unpacked; raises LabError if it exists."""
        building = self.folder.with_name(self.folder.name + ".new")
        shutil.rmtree(building, ignore_errors=True)
        for name in ("upper", "work", "root", "bin", "fs/etc/containerd", "fs/var/lib"):
            (building / name).mkdir(parents=True)
        for name, program in programs.items():
            _link(program, building / "bin" / name)
        config = building / "fs/etc/containerd/config.toml"
        config.write_text(_CONTAINERD_CONFIG.format(pause=pause))
        images.clone_to(building / "fs/var/lib/containerd")
        building.rename(self.folder)

    def start(self) -> None:
        """Start a stopped node with a new network namespace, /run and cgroups.

        With the old ones, Pods of a restarted node stay unready for ever, so only disks are kept.
        """
        self.stop()
        network.attach(self.lab, self.paths, self.spec)
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        (self.folder / "work").mkdir()
        folders = cgroups.create(self._cgroup)
        launcher = self._launch(folders)
        init = self._await_init(launcher)
        (self.folder / "init.pid").write_text(f"{init} {_start_time(init)}\n")
        self._await_containerd(init)

    def stop(self) -> None:
        """Kill every process of the node at once, as a power cut would, and free its namespaces."""
        cgroups.kill(self._cgroup)
        cgroups.remove(self._cgroup)
        network.detach(self.paths, self.spec)
        (self.folder / "init.pid").unlink(missing_ok=True)

    def delete(self) -> None:
        """Stop the node and remove its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.folder.with_name(self.folder.name + ".new"), ignore_errors=True)

    def run(self, *command: Word, timeout: float = 120, stdin: str | None = None) -> str:
        """Run a program inside the node; raises LabError if it fails or the node is down."""
        return run(*self.inside(*command), timeout=timeout, stdin=stdin)

    def inside(self, *command: Word) -> list[str]:
        """The command line that runs `command` inside the node."""
        init = self.init
        if init is None:
            raise LabError(f"node {self.spec.name} is down; `python -m lab up` starts it again")
        worlds = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
        path = "PATH=/opt/lab/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        words = ("nsenter", "-t", str(init), *worlds, "--wd=/", "env", "-i", path, "HOME=/root")
        return [*words, *(str(word) for word in command)]

    def _launch(self, cgroup_folders: list[Path]) -> subprocess.Popen[bytes]:
        command: list[Word] = [
            "sh",
            _SCRIPTS / "start-node.sh",
            self.paths.network_namespace(self.spec.name),
            _SCRIPTS / "node-init.sh",
            self.folder,
            self.spec.name,
            str(self.lab.gateway),
            str(self.spec.address),
            *cgroup_folders,
        ]
        with (self.folder / "init.log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                env={"PATH": os.environ["PATH"], **RELAXED},
            )

    def _await_init(self, launcher: subprocess.Popen[bytes]) -> int:
        """Return the node's PID 1: the one child of `unshare`, which stays as its parent."""
        children = Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            self._raise_if_ended(launcher)
            words = children.read_text().split()
            if words and _command(launcher.pid) == "unshare":
                return int(words[0])
            time.sleep(0.02)
        raise LabError(f"node {self.spec.name} did not start; see {self.folder / 'init.log'}")

    def _await_containerd(self, init: int) -> None:
        socket = "/run/containerd/containerd.sock"
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if _start_time(init) is None:
                said = (self.folder / "init.log").read_text().strip()[-800:]
                raise LabError(f"node {self.spec.name} did not stay up: {said or 'no message'}")
            probe = self.inside("ctr", "--address", socket, "--timeout", "2s", "version")
            if attempt(*probe).returncode == 0:
                return
            time.sleep(0.2)
        raise LabError(
            f"containerd of node {self.spec.name} does not answer; "
            f"see {self.folder}/upper/var/log/containerd.log"
        )

    def _raise_if_ended(self, launcher: subprocess.Popen[bytes]) -> None:
        if launcher.poll() is not None:
            said = (self.folder / "init.log").read_text().strip()[-800:]
            raise LabError(f"node {self.spec.name} could not be started: {said}")


def _start_time(pid: int) -> str | None:
    """A process' start time in clock ticks: tells a reused pid from the process we started."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _link(source: Path, dest: Path) -> None:
    """Link a file, which costs no space; across file systems, copy it."""
    try:
        dest.hardlink_to(source.resolve())
    except OSError:
        shutil.copy2(source, dest)
