"""A no-op is a no-op: if nothing has changed, there is nothing to do, wherever it runs."""

import shutil
import sys
from pathlib import Path

import pytest
import yaml

from tests.lab.labs import Lab
from tests.lab.meshes import Mesh


@pytest.fixture
def elsewhere(mesh: Mesh, lab: Lab) -> Path:
    """Another clone, with the kubeconfigs in another place, as on another machine."""
    other = Lab(lab.name, lab.folder / "elsewhere")
    (other.folder / "moved").mkdir(parents=True)
    other.clone()
    document = yaml.safe_load(lab.stack_file.read_text())
    for number, entry in enumerate(document["config"]["cilium-clustermesh:clusters"], start=1):
        moved = other.folder / f"moved/{number}.yaml"
        shutil.copy(lab.kubeconfig(number), moved)
        entry["kubeconfig"] = str(moved)
    other.stack_file.write_text(yaml.safe_dump(document))
    return other.folder


@pytest.mark.parametrize("flags", [(), ("--refresh",)], ids=["plain", "refresh"])
def test_nothing_is_to_be_done_from_another_clone_with_programs_and_files_elsewhere(
    mesh: Mesh, elsewhere: Path, flags: tuple[str, ...]
) -> None:
    (temporary := elsewhere / "tmp").mkdir()
    (bin_dir := elsewhere / "bin").mkdir()
    for program in ("cilium", "kubectl"):
        found = mesh.stack.run("sh", "-c", f"command -v {program}", quiet=True).stdout.strip()
        shutil.copy(Path(found).resolve(), bin_dir / program)
    path = mesh.stack.run("printenv", "PATH", quiet=True).stdout.strip()
    around = {"TMPDIR": str(temporary), "PATH": f"{bin_dir}:{path}", "KUBECONFIG": "/nowhere"}
    done = mesh.preview("--expect-no-changes", *flags, folder=str(elsewhere), **around)
    shutil.rmtree(elsewhere)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_summary_says_so_and_shows_who_reached_whom(mesh: Mesh) -> None:
    command = (sys.executable, "-m", "mesh", "summary", "--stack", mesh.stack.name)
    done = mesh.stack.run(*command, "--refresh", "--exit-code", quiet=True)
    mesh.canaries.printed += [done.stdout, done.stderr]
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"### Mesh `{mesh.stack.name}`: nothing to do" in done.stdout
    assert "At the last `pulumi up` all 6 routes worked." in done.stdout
    assert "| **cluster02** | ✅ " in done.stdout
