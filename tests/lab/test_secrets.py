"""No secret is anywhere in plain text; `mesh` searches after every other test too."""

import shutil
from pathlib import Path

import pytest
import yaml

from tests.lab.canaries import Canaries
from tests.lab.labs import Lab
from tests.lab.meshes import Mesh

CANARY = "a-canary-that-is-long-enough-to-be-looked-for"


def test_no_private_key_and_no_token_is_anywhere_in_the_clear(mesh: Mesh) -> None:
    """State, everything printed, outputs, arguments of every process, temporary files."""
    mesh.outputs()
    assert {"cluster01", "cluster02"} <= set(mesh.canaries.planted)
    assert not mesh.canaries.leaks()


def test_a_kubeconfig_that_the_config_has_in_the_clear_is_encrypted_in_the_state(
    mesh: Mesh, lab: Lab
) -> None:
    """Whoever writes it there has given it away already, and Pulumi's history copies the config."""
    other = Lab(lab.name, lab.folder / "in-the-clear")
    other.folder.mkdir()
    other.clone()
    document = yaml.safe_load(lab.stack_file.read_text())
    for number, entry in enumerate(document["config"]["cilium-clustermesh:clusters"], start=1):
        del entry["kubeconfig"]
        entry["kubeconfigContent"] = lab.kubeconfig(number).read_text()
    other.stack_file.write_text(yaml.safe_dump(document))
    mesh.up(folder=str(other.folder))
    shutil.rmtree(other.folder)
    mesh.outputs()
    leaks = mesh.canaries.leaks()
    assert not [leak for leak in leaks if not leak.endswith(".history.json")]
    # Otherwise the search after this test, which begins a second early, finds it too.
    for leak in leaks:
        Path(leak.partition(" in ")[2]).unlink(missing_ok=True)


@pytest.mark.parametrize("place", ["printed", "arguments", "state", "temporary"])
def test_the_search_finds_a_secret_that_is_in_the_clear(tmp_path: Path, place: str) -> None:
    """Otherwise it would be no proof that it finds none."""
    folders = {name: tmp_path / name for name in ("state", "temporary", "own")}
    for folder in folders.values():
        folder.mkdir()
    canaries = Canaries([folders["state"]], folders["temporary"], folders["own"])
    canaries.plant("somewhere", CANARY)
    assert not canaries.leaks()
    if place == "printed":
        canaries.printed.append(f"error: {CANARY}")
    elif place == "arguments":
        canaries.arguments.add(f"login\0--token={CANARY}")
    else:
        (folders[place] / "file").write_text(f"token: {CANARY}")
    (leak,) = canaries.leaks()
    assert leak.startswith("somewhere ")
