"""Step 1 of the procedure, run by the real engine on nodes with a real sshd; needs root."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bad_configs.cases import config_of_two, lay_out_good
from tests.engine.conftest import REPOSITORY, Project, new_project
from tests.nodes.fake_nodes import FakeNode, Fleet, fleet, install_programs
from tools.toolchain import Toolchain, ensure

PROGRAMS = ("pulumi", "pulumi-language-python", "pulumi-resource-command")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs the engine, root and an sshd."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.nodes)


@pytest.fixture(scope="session")
def toolchain() -> Toolchain:
    return ensure(PROGRAMS)


@dataclass
class Nodes:
    """A project whose first cluster has the nodes of a fleet."""

    project: Project
    fleet: Fleet

    @property
    def clusters(self) -> list[dict[str, Any]]:
        """The clusters in the stack config as it is now."""
        stack = yaml.safe_load((self.project.folder / "Pulumi.test.yaml").read_text())
        return list(stack["config"]["cilium-clustermesh:clusters"])

    def configure(self, *nodes: FakeNode, kernel: dict[str, Any], **ssh: Any) -> None:
        """Write the nodes into the stack config, with the key as a secret."""
        clusters = config_of_two()["clusters"]
        clusters[0]["nodes"] = [node.config() for node in nodes]
        settings = {"rebootSeconds": 30, "upgrade": True, **kernel}
        self.project.configure(clusters=clusters, kernel=settings, ssh={"connectSeconds": 2, **ssh})
        path = "cilium-clustermesh:ssh.privateKey"
        command = ("config", "set", "--secret", "--path", path)
        answer = self.project.pulumi(*command, stdin=self.fleet.private_key)
        assert answer.returncode == 0, answer.stderr


@pytest.fixture
def nodes(tmp_path: Path, toolchain: Toolchain) -> Iterator[Nodes]:
    with fleet(tmp_path / "nodes") as made:
        install_programs(made, tmp_path / "bin", toolchain.bin_dir)
        project = new_project(tmp_path, toolchain)
        project.environment["NODES"] = str(made.folder)
        project.environment.pop("SSH_AUTH_SOCK", None)
        (project.folder / "tests").symlink_to(REPOSITORY / "tests")
        shutil.copy(Path(__file__).parent / "program.py", project.folder / "__main__.py")
        lay_out_good(project.folder)
        yield Nodes(project, made)
