"""The cache of built programs, and the keys that name their folders."""

import contextlib
import fcntl
import hashlib
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tools import prepare
from tools.catalogue import Module, Program
from tools.errors import InterruptedBuildError, ToolchainError
from tools.golang import build_command
from tools.paths import MODULES_DIR

_KEY_LENGTH = 16
_POLL_SECONDS = 0.2


def module_key(module: Module, go_identity: str, modules_dir: Path = MODULES_DIR) -> str:
    """Return the hash of everything that a module's programs are built from."""
    digest = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for part in parts:
            data = part.encode() if isinstance(part, str) else part
            digest.update(len(data).to_bytes(8, "big") + data)

    add(go_identity if module.kind == "go" else module.kind)
    for program in module.programs:
        add(program.name, *build_command(program, Path("out")))
        for entry in program.files:
            add(*entry)
    for folder in (module.name, *module.inputs_from):
        for path in sorted((modules_dir / folder).rglob("*")):
            if path.is_file():
                add(str(path.relative_to(modules_dir)), path.read_bytes())
    if module.prepare:
        add(module.prepare, Path(prepare.__file__).read_bytes())
    return digest.hexdigest()[:_KEY_LENGTH]


class Cache:
    """The folder in the user's cache that holds programs, logs, locks and work copies."""

    def __init__(self, root: Path) -> None:
        """Use `root`; it is created when something is first built."""
        self.root = root

    def module(self, module: Module, key: str) -> Path:
        """Return the folder of one build of a module."""
        return self.root / f"{module.name}-{key}"

    def program(self, module: Module, key: str, name: str) -> Path:
        """Return the path of a program, built or not."""
        return self.module(module, key) / "bin" / name

    def has(self, module: Module, key: str, program: Program) -> bool:
        """Whether a program and the files it needs beside it are there."""
        names = (program.name, *(file[0] for file in program.files))
        return all(self.program(module, key, name).is_file() for name in names)

    def log(self, module: Module, program: Program) -> Path:
        """Return the path of the log of a program's last build."""
        return self.root / "logs" / f"{module.name}-{program.name}.log"

    @contextlib.contextmanager
    def lock(
        self, module: Module, key: str, stop: threading.Event, waiting: Callable[[], None]
    ) -> Iterator[None]:
        """Hold the lock for building a module; call `waiting` once if another process has it.

        The kernel releases the lock of a process that dies.

        Raises:
            InterruptedBuildError: `stop` was set while waiting.
        """
        path = self.root / "locks" / f"{module.name}-{key}"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w") as file:
            told = False
            while not _try_lock(file.fileno()):
                if not told:
                    waiting()
                told = True
                if stop.wait(_POLL_SECONDS):
                    raise InterruptedBuildError(f"stopped while waiting for {module.name}")
            yield

    @contextlib.contextmanager
    def no_builds(self) -> Iterator[None]:
        """Hold the locks of all builds, so that none is running.

        Raises:
            ToolchainError: a build is running.
        """
        with contextlib.ExitStack() as held:
            for path in sorted((self.root / "locks").glob("*")):
                if not _try_lock(held.enter_context(path.open("w")).fileno()):
                    raise ToolchainError(
                        f"A build of {path.name} is running: wait for it or stop it, then run "
                        f"this again. Nothing was removed."
                    )
            yield

    @contextlib.contextmanager
    def work_folder(self, module: Module, key: str) -> Iterator[Path]:
        """Yield an empty folder on the cache's file system; call it with the lock held.

        What a killed build of the same module left behind is removed first.
        """
        parent = self.root / "work"
        parent.mkdir(parents=True, exist_ok=True)
        prefix = f"{module.name}-{key}-"
        for stale in parent.glob(f"{prefix}*"):
            shutil.rmtree(stale, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, built: Path, module: Module, key: str, name: str) -> Path:
        """Move a finished file into place in one step, so that nobody sees half of it."""
        target = self.program(module, key, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        built.chmod(0o755)
        return built.replace(target)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
