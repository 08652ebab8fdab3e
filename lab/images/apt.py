"""Debian packages for images, chosen and fetched by apt as for an empty machine.

apt works on folders of its own: what is installed here and this machine's package lists play no
part and do not change. The archives are those that this machine is configured for.
"""

import re
import tempfile
from collections.abc import Collection
from pathlib import Path

from lab.errors import LabError
from lab.run import attempt, run

_PLANNED = re.compile(r"^Inst (\S+) \((\S+) ", re.MULTILINE)
_TIMEOUT = 900


class Apt:
    """apt with its own state, in a folder that goes away with it."""

    def __init__(self) -> None:
        """Fetch nothing yet: most runs find every layer in the cache."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._complaint = ""
        self._plans: dict[tuple[str, ...], dict[str, str]] = {}

    def plan(self, packages: Collection[str]) -> dict[str, str]:
        """The packages and everything they depend on, as name -> version.

        Raises LabError if the machine's archives lack one.
        """
        wanted = tuple(sorted(packages))
        if wanted not in self._plans:
            planned = self._apt("install", "--simulate", *wanted)
            self._plans[wanted] = dict(_PLANNED.findall(planned))
        return self._plans[wanted]

    def fetch(self, packages: dict[str, str]) -> list[Path]:
        """Download packages, in the order of their names.

        A package without a version is fetched in the newest one. Raises LabError.
        """
        wanted = [f"{name}={version}" if version else name for name, version in packages.items()]
        dest = self._state() / "archives"
        if wanted:
            self._apt("download", *wanted)
        return [_only(dest, name) for name in sorted(packages)]

    def close(self) -> None:
        """Remove everything that was fetched."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _state(self) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="lab-apt-")
            state = Path(self._folder.name)
            for name in ("lists/partial", "cache/archives/partial", "archives"):
                (state / name).mkdir(parents=True)
            (state / "status").touch()
            # If one archive does not answer, another may still have the package.
            update = attempt("apt-get", *_options(state), "update", timeout=_TIMEOUT)
            self._complaint = update.stderr.strip()
        return Path(self._folder.name)

    def _apt(self, *words: str) -> str:
        state = self._state()
        command = ("env", f"--chdir={state / 'archives'}", "apt-get", *_options(state), *words)
        try:
            return run(*command, timeout=_TIMEOUT)
        except LabError as error:
            before = f" `apt-get update` said before: {self._complaint}" if self._complaint else ""
            raise LabError(
                f"the Debian packages for the lab's images are not available: {error}.{before} "
                "Check this machine's apt sources and network, then run the same command again"
            ) from error


def _options(state: Path) -> list[str]:
    settings = {
        "Dir::State": state,
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
        "Dir::Cache": state / "cache",
        # Container images of Debian switch these off; planning takes twice as long without them.
        "Dir::Cache::pkgcache": "pkgcache.bin",
        "Dir::Cache::srcpkgcache": "srcpkgcache.bin",
        "Acquire::GzipIndexes": "false",
        "Acquire::Languages": "none",
        "APT::Install-Recommends": "false",
        # The sandbox user may not enter a folder in root's /tmp, and adds no verification.
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "true",
    }
    options = [f"--option={name}={value}" for name, value in settings.items()]
    return ["--quiet=2", "--yes", *options]


def _only(folder: Path, package: str) -> Path:
    found = sorted(folder.glob(f"{package}_*.deb"))
    if len(found) != 1:
        raise LabError(
            f"apt fetched {len(found)} files instead of one for package {package} into {folder}"
        )
    return found[0]
