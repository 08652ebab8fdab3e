"""A report of a stack that the real engine keeps: outputs, encrypted config, history."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from mesh.report.model import Report
from tests.engine.conftest import REPOSITORY, Project, new_clusters
from tests.fake_api import server_pair, serving
from tests.unit.mesh.stacks import CANARIES, FakeStack, fake_stack
from tests.unit.scripts.conftest import World
from tests.unit.scripts.test_verify import NAMES, join

PROGRAM = """
import json, pathlib, pulumi

for key, value in json.loads(pathlib.Path("outputs.json").read_text()).items():
    pulumi.export(key, pulumi.Output.secret(value) if key.startswith("kubeconfig") else value)
"""


@pytest.fixture
def stack(project: Project, tmp_path: Path) -> Iterator[FakeStack]:
    """Two clusters that are joined, and a stack of the engine that has them in its outputs."""
    clusters = new_clusters(tmp_path)
    world = World(clusters.state)
    join(world)
    (clusters.folder / "world.json").write_text(json.dumps(world.state))
    with ExitStack() as opened:
        made = fake_stack([opened.enter_context(serving(server_pair())) for _ in NAMES], world)
        (project.folder / "outputs.json").write_text(json.dumps(made.outputs))
        (project.folder / "__main__.py").write_text(PROGRAM)
        project.configure(timeouts=made.config["timeouts"])
        project.configure_secret("clusters", made.config["clusters"])
        assert project.up().returncode == 0
        yield made


def test_a_report_is_made_of_what_the_engine_has(project: Project, stack: FakeStack) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mesh", "report", "--stack", "test"],
        cwd=project.folder,
        env={**project.environment, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    folder = project.folder / ".report/test"
    assert done.stdout.rstrip().endswith(str(folder / "mesh-report.html"))
    report = Report.model_validate_json((folder / "mesh-report.json").read_text())
    assert "2 clusters, all connected, every route answers" in report.headline
    assert report.made.last_update is not None
    assert report.made.pulumi
    # The config was decrypted and loaded, so the checks ran, and all of them passed.
    assert not [one for one in report.findings if one.check == "config"]
    written = [done.stdout, done.stderr, *(file.read_text() for file in folder.iterdir())]
    assert not [canary for canary in CANARIES for text in written if canary in text]
    assert all(api.methods == {"GET"} for api in stack.apis)
