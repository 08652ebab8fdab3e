"""Step 1 in the whole program: which resources, in which order, with which secrets."""

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from components.config.loading import load
from components.node.access import Access
from components.node.survey import Answer, Place
from tests.components.conftest import COMMAND, TOKEN, Recorded, Registered, Run
from tests.components.programs import program, run_steps
from tests.unit.config.configs import raw_cluster
from tests.unit.node.test_node import EL8
from tests.unit.rendering.kubeans import raw_made, raw_mesh

REMOTE, LOCAL = "command:remote:Command", COMMAND
PRIVATE_KEY = (
    Ed25519PrivateKey.generate()
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )
    .decode()
)
UPGRADE = {"upgrade": True}


def clusters(*names: str) -> list[dict[str, Any]]:
    """Two clusters, the first with nodes of these names."""
    nodes = [{"name": name, "address": f"192.0.2.1{number}"} for number, name in enumerate(names)]
    return [raw_cluster(1, nodes=nodes), raw_cluster(2)]


def run_program(
    run: Run,
    *names: str,
    kernel: str = EL8.kernel,
    settings: Mapping[str, Any] = UPGRADE,
    **changes: Any,
) -> Recorded:
    """Run the program over nodes with this kernel; `settings` are the config's `kernel`."""

    def read(nodes: Mapping[Place, Access]) -> dict[Place, Answer]:
        return dict.fromkeys(nodes, replace(EL8, kernel=kernel))

    told: dict[str, Any] = {"ssh": {"privateKey": PRIVATE_KEY}, "kernel": dict(settings), **changes}
    return run(lambda: program(read_nodes=read, clusters=clusters(*names), **told))


def run_made(run: Run, *, upgrade: bool = True, **kubean: Any) -> Recorded:
    """The same, with a second cluster of two machines, one of them managed."""

    def read(nodes: Mapping[Place, Access]) -> dict[Place, Answer]:
        return dict.fromkeys(nodes, EL8)

    nodes = {"nodes": [{"name": "node21", "address": "192.0.2.21"}]}
    settings = {"kernel": {"upgrade": upgrade}, "ssh": {"privateKey": PRIVATE_KEY}}
    raw = raw_mesh(raw_cluster(1), raw_made(2, nodes, **kubean), **settings)
    return run(lambda: run_steps(load(raw, Path("/")), read_nodes=read))


def commands(recorded: Recorded) -> dict[str, Registered]:
    return {
        one.name: one
        for one in recorded.resources
        if one.type in (REMOTE, LOCAL) and one.parent.startswith(f"{TOKEN}NodeKernel")
    }


def test_without_nodes_or_where_it_is_not_allowed_nothing_is_registered(run: Run) -> None:
    assert not commands(run_program(run))
    assert not commands(run_program(run, "node1", settings={"upgrade": False}, kernel="6.1.0"))


def test_a_node_is_installed_on_drained_rebooted_and_let_back_in_this_order(run: Run) -> None:
    found = commands(run_program(run, "node1"))
    steps = [f"cluster01-node1-{step}" for step in ("install", "drain", "reboot", "rejoin")]
    assert list(found) == steps
    for before, after in pairwise(steps):
        assert any(one.endswith(f"::{before}") for one in found[after].dependencies)


def test_the_next_node_waits_for_the_one_before_and_all_else_for_the_last(run: Run) -> None:
    recorded = run_program(run, "node1", "node2")
    found = commands(recorded)
    assert f"{LOCAL}::cluster01-node1-rejoin" in found["cluster01-node2-install"].dependencies
    for one in recorded.resources:
        if one.type in ("kubernetes:core/v1:Service", LOCAL) and "MeshMember" in one.parent:
            assert f"{LOCAL}::cluster01-node2-rejoin" in one.dependencies


def test_what_a_node_runs_now_is_no_input_so_that_the_next_run_changes_nothing(run: Run) -> None:
    old, new = (commands(run_program(run, "node1", kernel=text)) for text in ("4.18.0", "6.1.77"))
    assert {name: one.inputs for name, one in old.items()} == {
        name: one.inputs for name, one in new.items()
    }


def test_the_key_is_a_secret_wherever_it_goes_and_never_in_a_command_line(run: Run) -> None:
    for command in commands(run_program(run, "node1")).values():
        if command.type == REMOTE:
            assert "connection" in command.secret_inputs & command.secret_outputs
        if command.type == LOCAL:
            assert "stdin" in command.secret_inputs & command.secret_outputs
        open_inputs = {
            key: value for key, value in command.inputs.items() if key not in command.secret_inputs
        }
        assert "PRIVATE KEY" not in json.dumps(open_inputs)


def test_only_what_every_provider_knows_is_said_of_a_connection(run: Run) -> None:
    """Older ones refuse `hostKey`, `logging` and `addPreviousOutputInEnv` as unknown."""
    ssh = {"privateKey": PRIVATE_KEY, "jump": {"address": "bastion.example"}}
    for command in commands(run_program(run, "node1", ssh=ssh)).values():
        assert not {"logging", "addPreviousOutputInEnv", "triggers"} & command.inputs.keys()
        if command.type == REMOTE:
            assert command.inputs.keys() == {"connection", "create", "stdin"}
            connection = command.inputs["connection"]
            assert "hostKey" not in connection and "hostKey" not in connection["proxy"]


def test_only_a_drain_has_an_inverse(run: Run) -> None:
    found = commands(run_program(run, "node1"))
    inverse = {name: one.inputs["delete"] for name, one in found.items() if "delete" in one.inputs}
    assert inverse == {"cluster01-node1-drain": "exec sh components/scripts/run.sh node uncordon"}


def test_an_unknown_cilium_is_asked_for_before_a_node_is_touched(run: Run) -> None:
    def read(nodes: Mapping[Place, Access]) -> dict[Place, Answer]:
        return dict.fromkeys(nodes, EL8)

    unknown = {"cluster01": {"cilium_version": None}}
    with pytest.raises(pulumi.RunError, match=r"kernel\.ciliumVersion"):
        run(
            lambda: program(
                changes=unknown, read_nodes=read, clusters=clusters("node1"), kernel=UPGRADE
            )
        )


def test_the_machines_of_a_cluster_get_their_kernel_before_kubean_makes_it(run: Run) -> None:
    recorded = run_made(run)
    rejoined = f"{LOCAL}::cluster02-node21-rejoin"
    made = [one for one in recorded.resources if one.parent == f"{TOKEN}KubeanCluster::cluster02"]
    assert len(made) > 5
    assert all(rejoined in one.dependencies for one in made), made


def test_they_are_led_to_the_cluster_through_the_management_cluster(run: Run) -> None:
    """Before it is created there is no other way, and another one afterwards would be a change."""
    found = commands(run_made(run))
    for step in ("drain", "rejoin"):
        inputs = found[f"cluster02-node21-{step}"].inputs
        assert inputs["environment"]["NAMESPACE"] == "kubean-system"
        (context,) = json.loads(inputs["stdin"])["kubeconfig"]["contexts"]
        assert context["name"] == "management"


def test_they_get_the_kernel_for_the_cilium_that_kubespray_installs(run: Run) -> None:
    def minimum(**kubean: Any) -> str:
        install = commands(run_made(run, **kubean))["cluster02-node21-install"]
        assert "MINIMUM=" in install.inputs["stdin"]
        return str(install.inputs["stdin"].partition("MINIMUM=")[2].splitlines()[0])

    assert minimum(kubesprayVersion="2.28") == "5.4.0"
    assert minimum(kubesprayVersion="2.31") == "5.10.0"
    assert minimum(kubesprayVersion="2.28", extraVars={"cilium_version": "1.18.1"}) == "5.10.0"


def test_where_upgrades_are_not_allowed_old_machines_stop_the_update(run: Run) -> None:
    with pytest.raises(
        pulumi.RunError, match=r"cluster02: node node21: .* kernel\.upgrade is false"
    ):
        run_made(run, upgrade=False)
