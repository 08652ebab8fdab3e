"""The measured program: a Pulumi stack of its own, with or without members."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bench import events, peak
from bench.errors import BenchError
from bench.events import Event
from bench.peak import Peak
from lab.nodeless import Json
from tools.toolchain import Toolchain

REPOSITORY = Path(__file__).parents[1]
PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-resource-command",
    "pulumi-resource-kubernetes",
)
NAME = "bench"
_PROJECT = ("Pulumi.yaml", "__main__.py", "requirements.txt", ".venv", "components")
_QUIET = ("--non-interactive", "--color=never")
_UP = ("up", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Stack:
    """A stack with a backend of its own; `environment` is that of every run."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)

    @property
    def file(self) -> Path:
        """The stack file."""
        return self.folder / f"Pulumi.{NAME}.yaml"

    def configure(self, clusters: Sequence[Json], **settings: object) -> None:
        """Write these clusters, and further settings of the project by key, to the stack file."""
        known = yaml.safe_load(self.file.read_text()) if self.file.exists() else {}
        wanted = {"clusters": list(clusters), **settings}
        config = {f"cilium-clustermesh:{key}": value for key, value in wanted.items()}
        self.file.write_text(yaml.safe_dump({**known, "config": config}))

    def pulumi(self, *words: str) -> str:
        """Run pulumi to its end and return its stdout; raises BenchError if it fails."""
        done = self.run("pulumi", *words, *_QUIET)
        if done.returncode:
            said = (done.stdout + done.stderr).strip()[-3000:]
            raise BenchError(f"`pulumi {' '.join(words)}` failed: {said}")
        return done.stdout

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the project's folder; its failure is not an error."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def peak(self, *words: str) -> Peak:
        """Run pulumi to its end and return the memory that it took; raises BenchError."""
        process = subprocess.Popen(
            ["pulumi", *words, *_QUIET],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with peak.watching(process.pid) as found:
            said, _ = process.communicate()
        if process.returncode:
            raise BenchError(f"`pulumi {' '.join(words)}` failed: {said.strip()[-3000:]}")
        return found

    def up(self, *words: str) -> None:
        """Update; raises BenchError if that fails."""
        self.pulumi(*_UP, *words)

    def up_peak(self) -> Peak:
        """Update and return the memory that it took; raises BenchError."""
        return self.peak(*_UP)

    def timed_up(self) -> list[Event]:
        """Update and return its events; raises BenchError."""
        command = ["pulumi", *_UP, "--json", *_QUIET]
        return events.follow(command, self.folder, self.environment)

    def disconnect(self) -> None:
        """Remove every peer from every member, and leave the rest of the mesh as it is."""
        connections = "--target=**:MeshPeers$**"
        self.pulumi("destroy", "--yes", "--skip-preview", connections, "--target-dependents")

    def keep(self, name: str) -> Callable[[], None]:
        """Copy the state under that name; returns the function that restores it."""
        state, kept = self.folder.parent / "state", self.folder.parent / f"kept-{name}"
        shutil.copytree(state, kept)

        def bring_back() -> None:
            shutil.rmtree(state)
            shutil.copytree(kept, state)

        return bring_back

    def state(self) -> Json:
        """Return the whole state; its secrets are encrypted."""
        exported: Json = json.loads(self.pulumi("stack", "export"))
        return exported

    def resources(self) -> list[dict[str, Any]]:
        """Return the resources in the state."""
        return list(self.state()["deployment"].get("resources") or [])


def new_stack(folder: Path, toolchain: Toolchain, program: Path | None = None) -> Stack:
    """Create a stack in the folder, of this project or of another program in its place."""
    project = folder / "project"
    project.mkdir(parents=True)
    (folder / "state").mkdir()
    (folder / "tmp").mkdir()
    for name in _PROJECT:
        (project / name).symlink_to(REPOSITORY / name)
    if program is not None:
        (project / "__main__.py").unlink()
        (project / "__main__.py").symlink_to(program)
    made = Stack(
        project,
        {
            **{key: os.environ[key] for key in ("HOME", "LANG") if key in os.environ},
            **toolchain.pulumi_environment(folder / "home"),
            "PATH": f"{toolchain.bin_dir}:{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": NAME,
            "PULUMI_STACK": NAME,
            "TMPDIR": str(folder / "tmp"),
        },
    )
    made.pulumi("stack", "init", NAME)
    return made
