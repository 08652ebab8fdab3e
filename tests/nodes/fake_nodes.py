"""Nodes with a real sshd in namespaces of their own, over an EL-like userland of stand-ins.

Real: sshd and ssh, pulumi-command's SSH client, sh, the scripts, the engine. Stand-ins, in
`standins/`: rpm, yum and dnf, grubby, systemctl, systemd-run, mokutil, uname, timeout, kubectl.
A node is a folder: its files say what it is and how it fails, `calls` lists its calls.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
_START_SECONDS = 20

CENTOS_7 = {
    "os-release": 'ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n'
    'PRETTY_NAME="CentOS Linux 7 (Core)"\n',
    "kernel": "3.10.0-1160.119.1.el7.x86_64",
    "available": "kernel-ml 6.9.7-1.el7.elrepo.x86_64\nkernel-lt 5.4.278-1.el7.elrepo.x86_64\n",
}
ROCKY_8 = {
    "os-release": 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.5"\n'
    'PRETTY_NAME="Rocky Linux 8.5 (Green Obsidian)"\n',
    "kernel": "4.18.0-348.el8.0.2.x86_64",
    "available": "kernel-lt 5.15.148-1.el8.elrepo.x86_64\nkernel-ml 7.1.2-1.el8.elrepo.x86_64\n",
}
ALMA_9 = {
    "os-release": 'ID="almalinux"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.4"\n'
    'PRETTY_NAME="AlmaLinux 9.4 (Seafoam Ocelot)"\n',
    # Nobody has this: EL 9's own kernel is new enough.
    "kernel": "4.19.0-1.el9.x86_64",
    "available": "kernel-lt 6.1.77-1.el9.elrepo.x86_64\nkernel-ml 7.1.2-1.el9.elrepo.x86_64\n",
}
RHEL_10 = {
    "os-release": 'ID="rhel"\nID_LIKE="centos fedora"\nVERSION_ID="10.0"\n'
    'PRETTY_NAME="Red Hat Enterprise Linux 10.0 (Coughlan)"\n',
    "kernel": "4.19.0-1.el10.x86_64",
    "available": "kernel-ml 7.1.2-1.el10.elrepo.x86_64\n",
}
DEBIAN = {
    "os-release": 'ID=debian\nVERSION_ID="10"\nPRETTY_NAME="Debian GNU/Linux 10 (buster)"\n',
    "kernel": "4.19.0-27-amd64",
    "available": "",
}


@dataclass
class FakeNode:
    """One node; its name is that of its folder."""

    folder: Path
    address: str
    public_key: str
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def host_key(self) -> str:
        kind, key, *_ = (self.folder / "host_key.pub").read_text().split()
        return f"{kind} {key}"

    @property
    def kernel(self) -> str:
        return self.read("kernel")

    @property
    def default_kernel(self) -> str:
        return self.read("default").removeprefix("/boot/vmlinuz-")

    @property
    def boot_id(self) -> str:
        return self.read("boot_id")

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def node_object(self) -> dict[str, dict[str, object]]:
        """The part of its Node object that is kept."""
        return dict(json.loads(self.read("object.json")))

    def called(self, program: str) -> list[str]:
        return [call for call in self.calls if call.split()[0] == program]

    def read(self, name: str) -> str:
        return (self.folder / name).read_text().strip()

    def write(self, name: str, text: str = "") -> None:
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def repair(self, name: str) -> None:
        (self.folder / name).unlink()

    def forget_calls(self) -> None:
        (self.folder / "calls").unlink(missing_ok=True)

    def config(self, **changes: object) -> dict[str, object]:
        """The node's entry in the stack config."""
        known = {"name": self.name, "address": self.address, "hostKey": self.host_key}
        return known | changes

    def start(self, namespace: str) -> None:
        """Boot it and wait until its sshd listens."""
        command = ["ip", "netns", "exec", namespace, "unshare", "--mount", "--pid", "--fork"]
        command += ["--kill-child", "--mount-proc", "--propagation", "private"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "sh", str(FOLDER / "init.sh")],
                env={**os.environ, "NODE": str(self.folder)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + _START_SECONDS
        while "Server listening" not in self.read("log"):
            if time.monotonic() > until or self._process.poll() is not None:
                raise AssertionError(f"{self.name} does not start: {self.read('log')}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


@dataclass
class Fleet:
    """All nodes of a test, in one network namespace, and the key for them."""

    folder: Path
    namespace: str
    nodes: list[FakeNode] = field(default_factory=list)

    @property
    def private_key(self) -> str:
        return (self.folder / "key").read_text()

    @property
    def kubectl_calls(self) -> list[str]:
        path = self.folder / "kubectl.calls"
        return path.read_text().splitlines() if path.exists() else []

    def add(
        self, what: dict[str, str], *, is_in_cluster: bool = True, uefi: bool = False
    ) -> FakeNode:
        """Make a node and boot it."""
        number = len(self.nodes) + 1
        node = FakeNode(
            self.folder / f"node{number}",
            f"127.0.0.{10 + number}",
            (self.folder / "key.pub").read_text(),
        )
        self.nodes.append(node)
        shutil.copytree(FOLDER / "standins", node.folder / "bin", symlinks=True)
        if 'VERSION_ID="7"' in what["os-release"]:
            (node.folder / "bin/dnf").unlink()
        for name, text in what.items():
            node.write(name, text)
        node.write("arch", "x86_64")
        node.write("installed")
        node.write("default", f"/boot/vmlinuz-{what['kernel']}")
        node.write("authorized_keys", node.public_key)
        node.write("log")
        if uefi:
            node.write("uefi")
        if is_in_cluster:
            node.write("object.json", json.dumps({"metadata": {"annotations": {}}, "spec": {}}))
        _keygen(node.folder / "host_key")
        node.write("sshd_config", _sshd_config(node))
        node.start(self.namespace)
        return node


def _sshd_config(node: FakeNode) -> str:
    folder = node.folder
    path = f"{folder / 'bin'}:/usr/sbin:/usr/bin:/sbin:/bin"
    return (
        f"ListenAddress {node.address}:22\nHostKey {folder / 'host_key'}\n"
        f"AuthorizedKeysFile {folder / 'authorized_keys'}\nStrictModes no\nUsePAM no\n"
        "PidFile none\nPasswordAuthentication no\nLogLevel VERBOSE\n"
        f"SetEnv PATH={path} NODE={folder} HOME={folder}\n"
    )


def _keygen(path: Path) -> None:
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(command, check=True)


@contextmanager
def fleet(folder: Path) -> Iterator[Fleet]:
    """Create an empty fleet in the folder; all of it is removed at the end."""
    folder.mkdir()
    _keygen(folder / "key")
    namespace = f"nodes-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    made = Fleet(folder, namespace)
    try:
        up = ["ip", "-n", namespace, "link", "set", "lo", "up"]
        subprocess.run(up, check=True)
        yield made
    finally:
        for node in made.nodes:
            node.stop()
        subprocess.run(["ip", "netns", "del", namespace], check=True)


def install_programs(fleet: Fleet, bin_dir: Path, toolchain_bin: Path) -> None:
    """Put kubectl, and pulumi to run in the nodes' network, into a folder for PATH."""
    bin_dir.mkdir()
    pulumi = bin_dir / "pulumi"
    real = toolchain_bin / "pulumi"
    pulumi.write_text(f'#!/bin/sh\nexec ip netns exec {fleet.namespace} "{real}" "$@"\n')
    kubectl = bin_dir / "kubectl"
    source = FOLDER / "standins/kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{source}" "$@"\n')
    for program in (pulumi, kubectl):
        program.chmod(0o755)
