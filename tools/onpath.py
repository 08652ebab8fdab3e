"""Programs on the user's PATH, and which of them can be used."""

import json
import os
import re
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.catalogue import OnPath, Probe, Program
from tools.processes import capture
from tools.versions import parse_release

_PROBE_SECONDS = 20.0


@dataclass(frozen=True)
class Found:
    """A program on PATH in a usable version."""

    path: Path
    version: str


def find_all(programs: list[Program], cache_root: Path) -> dict[str, Found]:
    """Return the programs that are on PATH in a usable version, by name.

    A program's answer is remembered with its path, time stamp and size, so it is asked only once.
    """
    candidates = {
        program.name: (path, program.on_path)
        for program in programs
        if program.on_path and (path := _which(program.name, cache_root)) is not None
    }
    if not candidates:
        return {}
    memory = ProbeMemory(cache_root / "probes.json")
    with ThreadPoolExecutor(max_workers=len(candidates)) as pool:
        answers = pool.map(lambda item: memory.ask(*item), candidates.values())
        versions = dict(zip(candidates, answers, strict=True))
    memory.save()
    return {
        name: Found(path, versions[name] or "")
        for name, (path, wanted) in candidates.items()
        if _fits(path, versions[name], wanted)
    }


def _which(name: str, cache_root: Path) -> Path | None:
    """Find a program on PATH, outside the toolchain's own folders."""
    own = cache_root.resolve()
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        folder = Path(entry)
        # A relative entry means another program in every folder.
        if not folder.is_absolute() or folder.resolve().is_relative_to(own):
            continue
        path = folder / name
        if path.is_file() and os.access(path, os.X_OK):
            return path
    return None


def _fits(path: Path, version: str | None, wanted: OnPath) -> bool:
    release = parse_release(version or "")
    if release is None or release not in wanted.versions:
        return False
    return all((path.resolve().parent / name).is_file() for name in wanted.companions)


class ProbeMemory:
    """The versions that programs stated, kept between runs."""

    def __init__(
        self, file: Path, probes: Mapping[Probe, Callable[[Path], str | None]] | None = None
    ) -> None:
        """Read `file`; a missing or damaged one counts as empty."""
        self._file = file
        self._probes = probes or PROBES
        self._changed = False
        try:
            self._answers: dict[str, str | None] = dict(json.loads(file.read_text()))
        except (OSError, ValueError):
            self._answers = {}

    def ask(self, path: Path, wanted: OnPath) -> str | None:
        """Return the version that a program states, or None if it states none."""
        real = path.resolve()
        status = real.stat()
        identity = f"{path} {real} {status.st_mtime_ns} {status.st_size}"
        if identity not in self._answers:
            self._answers[identity] = self._probes[wanted.probe](path)
            self._changed = True
        return self._answers[identity]

    def save(self) -> None:
        """Write what is new; if the cache cannot be written, that only costs time."""
        if not self._changed:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            temporary = self._file.with_suffix(f".{os.getpid()}")
            temporary.write_text(json.dumps(self._answers, indent=1))
            temporary.replace(self._file)
        except OSError:
            return


def _ask_pulumi(path: Path) -> str | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    return _strip(capture([str(path), "version"], timeout=_PROBE_SECONDS, env=environment))


def _ask_kubectl(path: Path) -> str | None:
    said = capture([str(path), "version", "--client", "-o", "json"], timeout=_PROBE_SECONDS)
    match = re.search(r'"gitVersion":\s*"([^"]+)"', said or "")
    return match.group(1) if match else None


def _ask_cilium(path: Path) -> str | None:
    said = capture([str(path), "version", "--client"], timeout=_PROBE_SECONDS)
    match = re.search(r"^cilium-cli: (\S+)", said or "", re.MULTILINE)
    return match.group(1) if match else None


# A provider has no flag for its version; it tells an engine that attaches to it. Pulumi's Python
# package has the client, and without that package no provider is needed either.
_ASK_PROVIDER = """
import subprocess, sys, grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc
provider = subprocess.Popen([sys.argv[1]], stdout=subprocess.PIPE, text=True)
try:
    port = int(provider.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        print(stub.GetPluginInfo(empty_pb2.Empty(), timeout=10).version)
finally:
    provider.kill()
"""


def _ask_provider(path: Path) -> str | None:
    command = [sys.executable, "-c", _ASK_PROVIDER, str(path)]
    return _strip(capture(command, timeout=_PROBE_SECONDS))


def _strip(text: str | None) -> str | None:
    return text.strip() if text else None


PROBES: dict[Probe, Callable[[Path], str | None]] = {
    Probe.PULUMI: _ask_pulumi,
    Probe.KUBECTL: _ask_kubectl,
    Probe.CILIUM: _ask_cilium,
    Probe.PROVIDER: _ask_provider,
}
