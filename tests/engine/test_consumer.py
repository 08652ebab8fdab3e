"""examples/consumer on the outputs of another stack, taken by the engine itself."""

from pathlib import Path

import pytest

from tests.engine.conftest import REPOSITORY, Project, new_project
from tests.engine.consumers import beside, export, rendering
from tests.mesh_outputs import mesh_outputs
from tools.toolchain import Toolchain

NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"


@pytest.fixture
def mesh(tmp_path: Path, toolchain: Toolchain) -> Project:
    """A stack that exports what docs/outputs.md says."""
    made = new_project(tmp_path, toolchain)
    export(made, mesh_outputs())
    return made


def test_it_is_made_in_every_cluster_of_the_mesh_and_goes_again(mesh: Project) -> None:
    """It breaks no policy, its secrets stay secret, other outputs are refused in a sentence."""
    consumer = beside(mesh)
    planned = consumer.planned("--policy-pack", str(REPOSITORY / "policy"))
    assert set(planned.values()) == {"create", "read"}
    for name in ("cluster01", "cluster02"):
        own = [f"cilium-clustermesh:index:{kind}" for kind in ("RebelBase", "GlobalService")]
        assert {f"{kind}::{name}" for kind in (NAMESPACE, *own)} <= planned.keys()
    rendering(consumer)
    answer = consumer.up()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert set(consumer.planned().values()) == {"read"}
    services = [one for one in consumer.state() if one["type"] == SERVICE]
    assert {one["outputs"]["metadata"]["namespace"] for one in services} == {"hoth"}
    assert "client-key-data" not in consumer.everything_written()
    destroyed = consumer.destroy()
    assert destroyed.returncode == 0, destroyed.stdout + destroyed.stderr
    assert consumer.state() == []
    export(mesh, mesh_outputs() | {"schemaVersion": 2})
    newer = consumer.pulumi("preview")
    assert newer.returncode != 0
    assert "outputs of schemaVersion 2, this program reads 1" in newer.stdout
    assert "Traceback" not in newer.stdout + newer.stderr
