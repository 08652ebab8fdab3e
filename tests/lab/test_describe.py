"""`python -m mesh describe` on real clusters reads back what they were created with."""

from pathlib import Path
from typing import Any

import yaml

from tests.lab.labs import Answer, Lab
from tests.lab.meshes import Mesh

CLUSTERS = "cilium-clustermesh:clusters"
KEYS = ("name", "id", "podCidrs", "serviceCidrs")


def describe(mesh: Mesh, folder: Path, stack: str) -> Answer:
    """Describe the two clusters into a folder that has no stack file yet."""
    python = str(mesh.stack.folder / ".venv/bin/python")
    files = [str(mesh.lab.kubeconfig(number)) for number in (1, 2)]
    where = (f"--chdir={folder}", f"PYTHONPATH={mesh.stack.folder}")
    words = (python, "-m", "mesh", "describe", "--stack", stack, *files)
    done = mesh.stack.run("env", *where, *words, quiet=True)
    mesh.canaries.printed += [done.stdout, done.stderr]
    return done


def clusters(stack_file: Path) -> list[dict[str, Any]]:
    listed = yaml.safe_load(stack_file.read_text())["config"][CLUSTERS]
    return [{key: one[key] for key in KEYS} for one in listed]


def test_the_stack_file_of_a_mesh_is_written_again_from_its_clusters(
    mesh: Mesh, lab: Lab, tmp_path: Path
) -> None:
    """Nothing is left to ask, and nothing would stop an update of their stack."""
    done = describe(mesh, tmp_path, lab.name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert clusters(tmp_path / lab.stack_file.name) == clusters(lab.stack_file)


def test_clusters_of_another_stack_are_told_with_its_name(
    mesh: Mesh, lab: Lab, tmp_path: Path
) -> None:
    done = describe(mesh, tmp_path, "elsewhere")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"cilium-clustermesh/{lab.name}" in done.stdout
    assert clusters(tmp_path / "Pulumi.elsewhere.yaml") == clusters(lab.stack_file)
