"""Projects of their own, run by the real engine with a backend of their own; no cluster."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.costs import budget
from tests.kubean import management, stand_in
from tests.kubean.management import Api
from tests.kubean.stand_in import Operator
from tests.unit.scripts import fake_clis
from tests.unit.scripts.conftest import new_world
from tools.host import RELAXED
from tools.toolchain import Toolchain, ensure

REPOSITORY = Path(__file__).parents[2]
PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-resource-command",
    "pulumi-resource-kubernetes",
)
Answer = subprocess.CompletedProcess[str]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the engine; tests that share a costly thing share a process.

    That is the API server, or a stack that is updated once and copied for each test of a file.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)
            fixtures = getattr(item, "fixturenames", ())
            if "api" in fixtures:
                item.add_marker(pytest.mark.xdist_group("api"))
            elif "template" in fixtures:
                item.add_marker(pytest.mark.xdist_group(item.path.stem))


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    return ensure(PROGRAMS)


@dataclass
class Project:
    """A Pulumi project in a folder of its own, with this repository's components."""

    folder: Path
    environment: dict[str, str] = field(repr=False)
    said: list[str] = field(default_factory=list)

    def configure(self, **config: Any) -> None:
        """Change the stack's config; the keys get the project's namespace."""
        path = self.folder / "Pulumi.test.yaml"
        known = yaml.safe_load(path.read_text()) if path.exists() else {}
        own = {f"cilium-clustermesh:{key}": value for key, value in config.items()}
        settings = {**known.get("config", {}), "pulumi:disable-default-providers": ["*"], **own}
        path.write_text(yaml.safe_dump({**known, "config": settings}))

    def configure_secret(self, key: str, value: object) -> None:
        """Encrypt a value into the stack's config."""
        answer = self.pulumi("config", "set", "--secret", key, stdin=json.dumps(value))
        assert answer.returncode == 0, answer.stderr

    def pulumi(
        self, *words: str, cwd: Path | None = None, stdin: str = "", **environment: str
    ) -> Answer:
        """Run pulumi to its end, even if it fails."""
        budget.spend_engine(words)
        answer = subprocess.run(
            ["pulumi", *words, "--non-interactive", "--color=never"],
            cwd=cwd or self.folder,
            env={**self.environment, **environment},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.said.append(answer.stdout + answer.stderr)
        return answer

    def up(self, *words: str, **options: Any) -> Answer:
        return self.pulumi("up", "--yes", "--skip-preview", *words, **options)

    def destroy(self) -> Answer:
        return self.pulumi("destroy", "--yes", "--skip-preview")

    def planned(self, *words: str, cwd: Path | None = None) -> dict[str, str]:
        """What a preview would do, by `type::name`, without what stays the same."""
        steps = self.steps(*words, cwd=cwd)
        return {short(step["urn"]): step["op"] for step in steps if step["op"] != "same"}

    def steps(self, *words: str, cwd: Path | None = None) -> list[dict[str, Any]]:
        """Every step of a preview, each with the state before and after."""
        answer = self.pulumi("preview", "--json", *words, cwd=cwd)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        return list(json.loads(answer.stdout)["steps"])

    def state(self) -> list[dict[str, Any]]:
        exported = json.loads(self.pulumi("stack", "export").stdout)
        return list(exported["deployment"].get("resources") or [])

    def everything_written(self) -> str:
        """Everything that the engine showed or stored, in one text."""
        stored = [
            path.read_text(errors="replace")
            for part in ("project", "state", "tmp")
            for path in (self.folder.parent / part).rglob("*")
            if path.is_file()
        ]
        return "\n".join([*self.said, *stored])


def short(urn: str) -> str:
    """`type::name` of a URN; the type begins with its parents'."""
    type_, _, name = urn.rpartition("::")
    return f"{type_.rpartition('::')[2]}::{name}"


def new_project(folder: Path, toolchain: Toolchain) -> Project:
    """Create an empty project and its backend in the folder, without a program."""
    made = open_project(folder, toolchain)
    for part in ("state", "tmp"):
        (folder / part).mkdir()
    made.folder.mkdir()
    runtime = {"name": "python", "options": {"virtualenv": sys.prefix}}
    settings = {"name": "cilium-clustermesh", "runtime": runtime}
    (made.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    (made.folder / "components").symlink_to(REPOSITORY / "components")
    (made.folder / ".venv").symlink_to(sys.prefix)
    created = made.pulumi("stack", "init", "test")
    assert created.returncode == 0, created.stderr
    return made


def open_project(folder: Path, toolchain: Toolchain) -> Project:
    """Return the project in a folder that `new_project` made, or in a copy of it."""
    environment = {
        **{key: os.environ[key] for key in ("HOME", "PATH", "LANG") if key in os.environ},
        **RELAXED,
        **toolchain.pulumi_environment(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_STACK": "test",
        "TMPDIR": str(folder / "tmp"),
        "WORLD": str(folder / "world"),
    }
    environment["PATH"] = f"{folder / 'bin'}:{toolchain.bin_dir}:{environment['PATH']}"
    return Project(folder / "project", environment)


@pytest.fixture
def project(tmp_path: Path, toolchain: Toolchain) -> Project:
    return new_project(tmp_path, toolchain)


@dataclass
class FakeClusters:
    """Clusters in a file, and the two programs that act on them on the project's PATH."""

    folder: Path

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "world.json").read_text()))

    def change(self, name: str, **changes: object) -> None:
        state = self.state
        state[name] |= changes
        (self.folder / "world.json").write_text(json.dumps(state))

    def peers(self, name: str) -> set[str]:
        mesh = self.state[name]["release"]["config"]["clustermesh"]
        return {peer["name"] for peer in mesh["config"].get("clusters", [])}

    def calls(self) -> list[list[str]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def verbs(self) -> list[tuple[str, str]]:
        """The calls of the cilium CLI, as (cluster, verb)."""
        told = [call for call in self.calls() if call[0] == "cilium"]
        return [(call[2], call[4] if call[3] == "clustermesh" else call[3]) for call in told]

    def forget_calls(self) -> None:
        (self.folder / "calls.jsonl").unlink(missing_ok=True)

    def install(self, bin_dir: Path) -> None:
        bin_dir.mkdir(exist_ok=True)
        for program in ("kubectl", "cilium"):
            path = bin_dir / program
            fake = fake_clis.__file__
            path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E "{fake}" {program} "$@"\n')
            path.chmod(0o755)


def new_clusters(folder: Path) -> FakeClusters:
    """Make three clusters in the folder, and the programs that act on them."""
    made = FakeClusters(folder / "world")
    made.folder.mkdir()
    (made.folder / "world.json").write_text(json.dumps(new_world()))
    made.install(folder / "bin")
    return made


@pytest.fixture(scope="session")
def kubean_toolchain() -> Toolchain:
    return ensure((*PROGRAMS, *management.PROGRAMS))


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory, kubean_toolchain: Toolchain) -> Iterator[Api]:
    """A management cluster without nodes."""
    with management.running(tmp_path_factory.mktemp("management"), kubean_toolchain) as made:
        yield made


@pytest.fixture(scope="session")
def operating(api: Api) -> Iterator[Operator]:
    """The stand-in for Kubean's operator in it, for fixtures that outlive a test."""
    with stand_in.operating(api) as made:
        yield made


@pytest.fixture
def operator(operating: Operator) -> Iterator[Operator]:
    """The same, with nothing decided yet by the test."""
    operating.reset()
    yield operating
    operating.reset()
    assert operating.errors == []
