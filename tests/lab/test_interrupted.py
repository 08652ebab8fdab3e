"""The next update completes one that was interrupted in any phase, without a manual step."""

from collections.abc import Callable, Iterator

import pytest

from tests.lab import strikes
from tests.lab.labs import Lab, eventually
from tests.lab.meshes import Mesh, helm_release, is_pending
from tests.lab.strikes import Running

# How long a struck step may continue; the default of the stack is 300 s.
TIMEOUTS = {
    "enableSeconds": 45,
    "disableSeconds": 45,
    "connectSeconds": 45,
    "disconnectSeconds": 45,
}

VERIFY = ("components.scripts.verify",)
# While a cluster is being connected, the CLI is that of its connect.
CONNECT = ("components.scripts.peers connect", strikes.CLI)

# In the order of an update's phases; what has to be running, and the strike.
PHASES: dict[str, tuple[tuple[str, ...], Callable[[Running, Lab], None]]] = {
    "kill-pulumi-in-preflight": (("pulumi-language-python-exec",), strikes.kill_pulumi),
    "interrupt-in-enable": (("clustermesh enable",), strikes.interrupt),
    "kill-all-in-enable": (("clustermesh enable",), strikes.kill_all),
    "kill-cli-in-connect": (CONNECT, strikes.kill_cli),
    "kill-api-server-in-connect": (CONNECT, strikes.kill_api_server),
    "kill-pulumi-in-verify": (VERIFY, strikes.kill_pulumi),
}


@pytest.fixture(scope="module")
def clean(lab: Lab, joined: Mesh) -> Iterator[None]:
    """Two clusters without a mesh, and short timeouts."""
    assert joined.destroy().returncode == 0
    joined.configure(1, 2, timeouts=TIMEOUTS)
    yield
    joined.configure(1, 2)


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("words", "strike"), PHASES.values(), ids=PHASES)
def test_an_update_that_is_struck_comes_to_its_phase_again(
    mesh: Mesh, lab: Lab, words: tuple[str, ...], strike: Callable[[Running, Lab], None]
) -> None:
    """Each update continues where the one before was struck, up to its own phase."""
    if words == VERIFY:
        # An update that survived its strike has verified already: make it due once more.
        mesh.configure(1, 2, timeouts=TIMEOUTS, verification={"requests": 21})
    update = strikes.start(mesh.stack)
    eventually(lambda: update.runs(*words) or not update.goes_on, " and ".join(words), 300)
    assert update.goes_on, update.log.read_text()[-4000:]
    strike(update, lab)
    said = update.wait()
    mesh.canaries.printed.append(said)
    assert "Traceback" not in said


@pytest.mark.usefixtures("clean")
def test_the_next_update_completes_what_was_struck(mesh: Mesh, lab: Lab) -> None:
    """No peer is lost, and nothing is left to do."""
    mesh.resume()
    assert mesh.is_whole("cluster01", "cluster02")
    for number, peer in ((1, "cluster02"), (2, "cluster01")):
        found = helm_release(lab, number)
        assert set(found.peers) == {peer}
        assert found.status == "deployed"
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.usefixtures("clean")
def test_a_pending_release_is_recovered_and_the_message_says_so(mesh: Mesh, lab: Lab) -> None:
    """As a killed Helm leaves it, which here waits for a Job that no node takes."""
    mesh.entries[1] = {**mesh.entries.get(1, {}), "mesh": {"nodePort": 32111}}
    mesh.configure(1, 2, timeouts=TIMEOUTS)
    said = strikes.in_a_pending_release(mesh.stack, lab, strikes.kill_cli)
    mesh.canaries.printed.append(said)

    said = mesh.up()
    assert "is pending-upgrade and was broken off" in said
    assert "the program that wrote it has ended: removing it and going back" in said
    assert mesh.is_whole("cluster01", "cluster02")
    assert not is_pending(lab, 1)
