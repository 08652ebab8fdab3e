"""What is secret is in the clear nowhere; `mesh` looks for it after every other test as well."""

from pathlib import Path

import pytest

from tests.lab.canaries import Canaries
from tests.lab.labs import Lab
from tests.lab.meshes import Mesh

CANARY = "a-canary-that-is-long-enough-to-be-looked-for"


def test_no_private_key_and_no_token_is_anywhere_in_the_clear(mesh: Mesh) -> None:
    """State, all that was printed, outputs, arguments of every process, temporary files."""
    mesh.outputs()
    assert {"cluster01", "cluster02"} <= set(mesh.canaries.planted)
    assert not mesh.canaries.leaks()


def test_a_kubeconfig_that_the_config_has_in_the_clear_is_encrypted_in_the_state(
    mesh: Mesh, lab: Lab
) -> None:
    """Whoever writes it there has given it away himself; the state must not do so once more."""
    before = mesh.entries
    text = {number: lab.kubeconfig(number).read_text() for number in (1, 2)}
    mesh.entries = {
        number: {"kubeconfig": None, "kubeconfigContent": text[number]} for number in (1, 2)
    }
    mesh.configure(1, 2)
    mesh.up()
    mesh.outputs()
    assert not mesh.canaries.leaks()
    mesh.entries = before
    mesh.configure(1, 2)


@pytest.mark.parametrize("place", ["printed", "arguments", "state", "temporary"])
def test_the_search_finds_a_secret_that_is_in_the_clear(tmp_path: Path, place: str) -> None:
    """Else it would be no proof that it finds none."""
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
