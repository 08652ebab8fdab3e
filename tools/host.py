"""What the machine offers: disk, memory, and the Debian packages that the lab uses."""

import os
import platform
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.catalogue import Module
from tools.errors import ToolchainError
from tools.golang import Go

GIB = 1024**3

# Linking a Kubernetes program peaks at about 1.5 GiB; compiling in parallel takes the rest.
MEMORY_ONE_WORKER_GIB = 3.0
MEMORY_TWO_WORKERS_GIB = 6.0
MEMORY_RELAXED_GIB = 12.0

# How a module's disk_gib is split: most is Go's build cache, then sources, then programs.
_BUILD_CACHE_SHARE = 0.58
_SOURCES_SHARE = 0.30
_PROGRAMS_SHARE = 0.12

# What the lab and the tests' nodes use: Debian package -> the programs that show it is installed,
# whatever their origin.
PACKAGES: Mapping[str, tuple[str, ...]] = {
    "conntrack": ("conntrack",),
    "containerd": ("containerd", "containerd-shim-runc-v2", "ctr"),
    "ethtool": ("ethtool",),
    "iproute2": ("ip", "tc"),
    "ipset": ("ipset",),
    "iptables": ("iptables",),
    "mount": ("mount", "umount"),
    "openssh-client": ("ssh", "ssh-keygen"),
    "openssh-server": ("sshd",),
    "procps": ("sysctl",),
    "runc": ("runc",),
    "socat": ("socat",),
    "util-linux": ("unshare", "nsenter", "pivot_root", "flock"),
}

# Package -> the service that its installation starts and nothing here needs.
_SERVICES = {"containerd": "containerd", "openssh-server": "ssh"}


def check_platform() -> None:
    """Raise if the toolchain has no programs for this machine.

    Raises:
        ToolchainError: the machine is not 64-bit x86 Linux.
    """
    system, machine = platform.system(), platform.machine()
    if (system, machine) != ("Linux", "x86_64"):
        raise ToolchainError(
            f"This machine is {system} on {machine}, but the toolchain and the lab are made for "
            f"Linux on x86_64: run them on such a machine or in such a virtual machine."
        )


def check_disk(modules: Iterable[Module], go: Go, cache_root: Path) -> None:
    """Raise if a build would fill the disk.

    Raises:
        ToolchainError: file systems lack the room; all of them are named.
    """
    total = sum(module.disk_gib for module in modules)
    shares = (
        (go.build_cache, _BUILD_CACHE_SHARE),
        (go.mod_cache, _SOURCES_SHARE),
        (cache_root, _PROGRAMS_SHARE),
    )
    needed: dict[int, float] = defaultdict(float)
    folders: dict[int, list[Path]] = defaultdict(list)
    for folder, share in shares:
        device = _existing(folder).stat().st_dev
        needed[device] += total * share
        folders[device].append(folder)
    faults = []
    for device, gib in needed.items():
        free = shutil.disk_usage(_existing(folders[device][0])).free / GIB
        if free < gib:
            names = ", ".join(str(folder) for folder in folders[device])
            faults.append(f"{gib:.1f} GiB are needed for {names}, and {free:.1f} GiB are free")
    if faults:
        raise ToolchainError(
            f"Too little disk space to build the toolchain: {'; '.join(faults)}. Free some, or "
            f"move the caches by XDG_CACHE_HOME, GOCACHE and GOMODCACHE; nothing was built."
        )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


RELAXED: Mapping[str, str] = {"GOGC": "400"}
"""Makes Go programs collect garbage less often, which saves up to 9 % of the CPU time."""


@dataclass(frozen=True)
class BuildPlan:
    """How many modules to build in parallel, and the settings of Go's own processes.

    `environment` only changes the speed, not the result.
    """

    workers: int
    environment: Mapping[str, str] = field(default_factory=dict)


def plan_build(available_gib: float | None = None) -> BuildPlan:
    """Return how to build within the available memory.

    Raises:
        ToolchainError: there is not enough memory for one module at a time.
    """
    available = available_memory_gib() if available_gib is None else available_gib
    if available < MEMORY_ONE_WORKER_GIB:
        raise ToolchainError(
            f"Too little memory to build the toolchain: {MEMORY_ONE_WORKER_GIB:.0f} GiB must be "
            f"available and {available:.1f} GiB are. Stop something large and run `make tools` "
            f"again; nothing was built."
        )
    return BuildPlan(
        workers=2 if available >= MEMORY_TWO_WORKERS_GIB else 1,
        environment=RELAXED if available >= MEMORY_RELAXED_GIB else {},
    )


def available_memory_gib() -> float:
    """Return the memory that a build can use, in GiB: the machine's or the container's limit."""
    fields = dict(
        line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines() if ":" in line
    )
    available = int(fields["MemAvailable"].split()[0]) * 1024
    limits = [available]
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        try:
            limits.append(int((Path("/sys/fs/cgroup") / name).read_text()))
        except (OSError, ValueError):
            continue
    return min(limits) / GIB


@dataclass(frozen=True)
class MissingPackages:
    """Debian packages that the lab needs and this machine lacks."""

    names: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command line that installs them."""
        names = " ".join(self.names)
        return f"apt-get update && apt-get install --yes --no-install-recommends {names}"


def missing_packages(packages: Mapping[str, tuple[str, ...]] = PACKAGES) -> MissingPackages:
    """Return the packages of the lab's programs that are not installed."""
    search = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
    return MissingPackages(
        tuple(
            package
            for package, programs in packages.items()
            if any(shutil.which(program, path=search) is None for program in programs)
        )
    )


def install_packages(missing: MissingPackages, log: Path) -> None:
    """Install Debian packages; needs root.

    Raises:
        ToolchainError: there is no apt-get, or it failed.
    """
    if shutil.which("apt-get") is None:
        raise ToolchainError(
            f"The lab needs the Debian packages {', '.join(missing.names)}, and this machine has "
            f"no apt-get: install their counterparts with your own package manager."
        )
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with log.open("wb") as output:
        code = subprocess.run(
            ["/bin/sh", "-c", missing.command],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
        ).returncode
    if code != 0:
        tail = "\n".join(
            f"    {line}" for line in log.read_text(errors="replace").splitlines()[-8:]
        )
        raise ToolchainError(
            f"apt-get could not install {', '.join(missing.names)}; its last lines:\n{tail}\n"
            f"  Full log: {log}\n  The command to run by hand: {missing.command}"
        )
    for package, service in _SERVICES.items():
        if package in missing.names:
            _stop_service(service)


def _stop_service(name: str) -> None:
    """Stop what a package's installation starts if systemd runs: the lab starts its own."""
    if Path("/run/systemd/system").is_dir():
        subprocess.run(["systemctl", "disable", "--now", name], capture_output=True, check=False)
