"""The installed Go, and its command lines."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools.catalogue import Program
from tools.errors import ToolchainError
from tools.paths import MODULES_DIR

_VARIABLES = ("GOVERSION", "GOOS", "GOARCH", "GOAMD64", "GOMODCACHE", "GOCACHE")


@dataclass(frozen=True)
class Go:
    """What `go env` says about the installed Go."""

    version: str
    goos: str
    goarch: str
    goamd64: str
    mod_cache: Path
    build_cache: Path

    @property
    def identity(self) -> str:
        """Everything that decides which machine code the same sources become."""
        return f"{self.version} {self.goos}/{self.goarch} {self.goamd64}"


def build_environment() -> dict[str, str]:
    """Return the environment for every call of Go, which prints each package that it compiles.

    GOPROXY and the caches stay the user's own. The checksum database is not used because it does
    not know every version pinned here; the committed go.sum files vouch for the sources, and
    -mod=readonly refuses whatever they do not list.
    """
    environment = dict(os.environ)
    environment.update(
        CGO_ENABLED="0",
        GOFLAGS="-mod=readonly",
        GOSUMDB="off",
        GOTOOLCHAIN="local",
        GOWORK="off",
    )
    return environment


def find_go() -> Go:
    """Return what the installed Go says about itself.

    Raises:
        ToolchainError: there is no Go, or it is older than the modules require.
    """
    if shutil.which("go") is None:
        raise ToolchainError(
            f"Go is not installed (no `go` on PATH), and the toolchain is built from Go modules: "
            f"install Go {required_go()} or newer and run `make tools` again."
        )
    answer = subprocess.run(
        ["go", "env", "-json", *_VARIABLES],
        env=build_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise ToolchainError(f"`go env` failed: {answer.stderr.strip()}")
    found = json.loads(answer.stdout)
    go = Go(
        version=found["GOVERSION"],
        goos=found["GOOS"],
        goarch=found["GOARCH"],
        goamd64=found["GOAMD64"],
        mod_cache=Path(found["GOMODCACHE"]),
        build_cache=Path(found["GOCACHE"]),
    )
    _refuse_old(go.version)
    return go


def _refuse_old(version: str) -> None:
    numbers = _numbers(version)
    needed = required_go()
    if numbers and numbers < _numbers(needed):
        raise ToolchainError(
            f"Go {needed} or newer is needed, but the `go` on PATH is "
            f"{version.removeprefix('go')}: install a newer one and run `make tools` again."
        )


def required_go() -> str:
    """Return the newest `go` directive of our modules; an older Go refuses to build them."""
    directives = (
        match.group(1)
        for path in MODULES_DIR.glob("*/go.mod")
        if (match := re.search(r"^go (\S+)$", path.read_text(), re.MULTILINE))
    )
    return max(directives, key=_numbers)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def build_command(program: Program, output: Path) -> list[str]:
    """Return the command line that builds one program, to be run in its module's folder."""
    # The linker drops debug information (-w), so the compiler need not produce it.
    command = ["go", "build", "-v", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"]
    if program.tags:
        command += ["-tags", ",".join(program.tags)]
    command += ["-ldflags", " ".join(("-s", "-w", *program.ldflags))]
    return [*command, "-o", str(output), program.package]


def module_dir(module: str, gomod: str) -> Path:
    """Return the folder with a Go module's sources, in the version that `gomod` pins.

    `gomod` is the name of a folder under tools/modules. The sources are fetched if they are not in
    Go's module cache yet; the folder is read-only.

    Raises:
        ToolchainError: the module cannot be fetched or is not pinned there.
    """
    answer = subprocess.run(
        ["go", "mod", "download", "-json", module],
        cwd=MODULES_DIR / gomod,
        env=build_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(answer.stdout) if answer.stdout.strip() else {}
    if answer.returncode != 0 or "Dir" not in found:
        reason = found.get("Error") or answer.stderr.strip() or "go gave no reason"
        raise ToolchainError(
            f"The sources of {module} (pinned in tools/modules/{gomod}/go.mod) cannot be fetched: "
            f"{reason}. Check that the proxy in `go env GOPROXY` is reachable and try again."
        )
    return Path(found["Dir"])
