"""Cilium's Helm release as the program's own, without an engine, in a preview and in an update."""

from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest

from components.facts.cluster import ReleaseFacts
from components.kube_api.errors import ApiError, Kind
from components.preflight import Preflight
from tests.components.conftest import (
    COMMAND,
    DRIFT,
    RELEASE,
    TOKEN,
    Recorded,
    Registered,
    Run,
)
from tests.components.programs import CILIUM, preflight_args, program
from tests.kubeconfigs import ca
from tests.unit.config.configs import config, raw_cluster

INSTALL = {"install": True, "version": "1.18.4"}
SHARED = ca("shared")
CA = {"source": "config", "cert": SHARED.cert, "key": SHARED.key}
UP = Run(preview=False)


def recorded(run: Run, facts: dict[str, Any] | None = None, **settings: Any) -> Recorded:
    return run(lambda: program(2, facts, **{"cilium": INSTALL, **settings}))


def child(found: Recorded, component: str, kind: str, name: str = "cluster01") -> Registered:
    return found.of_cluster(kind, component)[name]


def environment(found: Recorded, component: str) -> dict[str, Any]:
    return dict(child(found, component, COMMAND).inputs["environment"])


def test_each_cluster_has_one_release_with_the_other_as_its_peer(run: Run) -> None:
    releases = recorded(run).of_cluster(RELEASE)
    assert releases.keys() == {"cluster01", "cluster02"}
    for name, one in releases.items():
        assert (one.inputs["name"], one.inputs["namespace"]) == ("cilium", "kube-system")
        assert f"pulumi:providers:kubernetes::{name}::" in one.provider
        other = {"cluster01": "cluster02", "cluster02": "cluster01"}[name]
        (peer,) = one.inputs["values"]["clustermesh"]["config"]["clusters"]
        assert peer["name"] == other
        assert one.inputs["repositoryOpts"] == {"repo": "https://helm.cilium.io"}


@pytest.mark.parametrize("chart", ["oci://registry.example/charts/cilium", "charts/cilium.tgz"])
def test_a_chart_from_elsewhere_asks_no_repository(run: Run, chart: str) -> None:
    for one in recorded(run, cilium={**INSTALL, "chart": chart}).of_type(RELEASE).values():
        assert one.inputs["chart"] == chart
        assert "repositoryOpts" not in one.inputs


def test_values_are_secret_and_no_key_is_elsewhere(run: Run) -> None:
    found = recorded(run, ca=CA)
    for one in found.of_type(RELEASE).values():
        assert "values" in one.secret_inputs & one.secret_outputs
    # As Helm stores it and in plain text, from the middle of the key.
    canary = SHARED.key.splitlines()[1][:40]
    for one in found.resources:
        plain = {key: value for key, value in one.inputs.items() if key not in one.secret_inputs}
        assert canary not in str(plain)


def test_a_release_outlives_its_removal(run: Run) -> None:
    assert all(one.retain for one in recorded(run).of_type(RELEASE).values())


def test_one_that_is_there_is_taken_over_and_one_that_is_not_is_made(run: Run) -> None:
    absent = {"cilium": ApiError(Kind.NOT_FOUND, "no cilium-config", "install it")}
    fresh = {"cilium": None, "cilium_version": None, "release": None, "unread": absent}
    found = recorded(run, {"cluster02": fresh})
    imported = {name: one.imported for name, one in found.of_cluster(RELEASE).items()}
    assert imported == {"cluster01": "kube-system/cilium", "cluster02": ""}


def test_an_installation_that_was_broken_off_is_made_again(run: Run) -> None:
    pending = ReleaseFacts(1, "pending-install", CILIUM)
    found = recorded(run, {"cluster01": {"release": pending}})
    assert found.of_cluster(RELEASE)["cluster01"].imported == ""
    assert child(found, "CiliumRelease", DRIFT).inputs["broken"] == "revision 1"


def test_an_upgrade_that_was_broken_off_is_a_repair(run: Run) -> None:
    assert "broken" not in child(recorded(run), "CiliumRelease", DRIFT).inputs
    pending = ReleaseFacts(5, "pending-upgrade", CILIUM)
    busy = child(recorded(run, {"cluster01": {"release": pending}}), "CiliumRelease", DRIFT)
    assert busy.inputs["broken"] == "revision 5"


def test_member_and_peers_stay_and_only_look(run: Run) -> None:
    """So that nothing of the mesh is undone when the owner of the release changes."""
    before = recorded(run, cilium={"install": False})
    after = recorded(run)
    for component in ("MeshMember", "MeshPeers"):
        one, other = (child(found, component, COMMAND) for found in (before, after))
        assert (one.name, one.inputs["delete"]) == (other.name, other.inputs["delete"])
        assert "RELEASE" not in one.inputs["environment"]
        drifts = [found for found in after.resources if found.type == DRIFT]
        assert not [found for found in drifts if found.parent.startswith(f"{TOKEN}{component}")]
    assert not before.of_type(RELEASE)


def test_they_look_again_at_every_revision() -> None:
    found = recorded(UP)
    for component in ("MeshMember", "MeshPeers"):
        assert environment(found, component)["RELEASE"] == "3"


def test_the_release_hangs_on_what_makes_way_for_it() -> None:
    found = recorded(UP)
    release = found.of_cluster(RELEASE)["cluster01"]
    assert release.inputs["description"].startswith("by cilium-clust")
    assert child(found, "CiliumRelease", COMMAND).urn in release.dependencies


def test_before_cilium_is_there_nothing_goes_through_a_node_port() -> None:
    """Without a kube-proxy, NodePorts come with Cilium."""
    found = recorded(UP)
    for component, name in (("CiliumRelease", "cluster01"), ("SharedCa", "cluster02")):
        stdin = str(child(found, component, COMMAND, name).inputs["stdin"])
        assert ":6443" in stdin
        assert ":31443" not in stdin


def test_a_mesh_can_be_moved_cluster_by_cluster(run: Run) -> None:
    clusters = [raw_cluster(1, cilium=INSTALL), raw_cluster(2)]
    found = recorded(run, cilium={}, clusters=clusters)
    assert found.of_cluster(RELEASE).keys() == {"cluster01"}


def test_a_peer_that_does_not_answer_stays_where_it_was(run: Run) -> None:
    known = ReleaseFacts(1, "deployed", CILIUM, peers={"cluster02": "192.0.2.9:32258"})
    silent: dict[str, Any] = {"nodes": ()}
    found = recorded(run, {"cluster01": {"release": known}, "cluster02": silent})
    values = found.of_cluster(RELEASE)["cluster01"].inputs["values"]
    (peer,) = values["clustermesh"]["config"]["clusters"]
    assert (peer["ips"], peer["port"]) == (["192.0.2.9"], 32258)


@pytest.mark.parametrize(("demo", "place"), [({}, "default"), ({"enabled": False}, None)])
def test_preflight_is_told_where_the_demo_is_to_be(demo: dict[str, Any], place: str | None) -> None:
    args = preflight_args(config(2, demo=demo))
    read = Mock(wraps=args.read_clusters)

    def program() -> None:
        Preflight("preflight", replace(args, read_clusters=read))

    UP(program)
    ((_, _, told), _) = read.call_args
    assert told == place
