"""The mesh moves to a release that the program owns and back, and loses no peer or request."""

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from components.cilium.helm_release import Release
from components.config.reserved import value_conflicts
from tests.lab import charts, strikes
from tests.lab.labs import Lab
from tests.lab.loops import pod_url, requests
from tests.lab.meshes import Mesh, helm_release, is_pending, upgrade_by_hand
from tests.lab.test_interrupted import TIMEOUTS

SYSTEM = ("-n", "kube-system")
CHART = "./charts/cilium"
NEXT_CHART = f"./charts/cilium-{charts.NEXT}"
PEERS = {1: {"cluster02"}, 2: {"cluster01"}}
# Each has its tag in the chart; the nodes have no other images than the lab's own.
IMAGES = (
    ("image",),
    ("operator", "image"),
    ("clustermesh", "apiserver", "image"),
    ("certgen", "image"),
)


@pytest.fixture(scope="module")
def chart(lab: Lab) -> str:
    """The chart that runs, in a folder, as there is no way to a repository."""
    return charts.running(lab, lab.folder / CHART)


def test_a_mesh_moves_to_the_program_without_a_lost_request(
    mesh: Mesh, lab: Lab, chart: str
) -> None:
    before = {number: (helm_release(lab, number), _agents(lab, number)) for number in PEERS}
    _own(mesh, lab, chart, 1, 2)
    shown = mesh.preview("--diff")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "import" in shown.stdout
    with requests(lab, 1, pod_url(lab, 2)) as loop:
        mesh.up()
    assert loop.codes
    assert loop.lost == 0, loop.codes
    assert mesh.is_whole("cluster01", "cluster02")
    for number, (known, agents) in before.items():
        found = helm_release(lab, number)
        assert (found.revision, found.is_ours) == (known.revision + 1, True)
        assert found.peers == known.peers
        assert _users(found) == _users(known)
        assert _agents(lab, number) == agents


def test_a_second_up_changes_nothing(mesh: Mesh) -> None:
    mesh.up("--refresh", "--expect-no-changes")


def test_a_third_member_joins_by_values_alone(mesh: Mesh, lab: Lab, chart: str) -> None:
    assert "cluster03" in lab.up_with(1, 2, 3)
    _own(mesh, lab, chart, 1, 2, 3)
    mesh.up()
    assert mesh.is_whole("cluster01", "cluster02", "cluster03")
    mesh.canaries.plant_keys(lab, 3)
    assert set(helm_release(lab, 1).peers) == {"cluster02", "cluster03"}
    assert helm_release(lab, 3).is_ours


def test_a_member_leaves_the_mesh_and_keeps_its_cilium(mesh: Mesh, lab: Lab, chart: str) -> None:
    ca = lab.get(3, "secret", "cilium-ca", *SYSTEM)["data"]
    _own(mesh, lab, chart, 1, 2)
    with requests(lab, 1, pod_url(lab, 2)) as loop:
        mesh.up()
    assert loop.codes
    assert loop.lost == 0, loop.codes
    assert mesh.is_whole("cluster01", "cluster02")
    assert {number: set(helm_release(lab, number).peers) for number in PEERS} == PEERS
    left = helm_release(lab, 3)
    assert left.peers == {}
    assert not left.value("clustermesh", "useAPIServer")
    assert lab.get(3, "daemonset", "cilium", *SYSTEM)["status"]["numberReady"] == 1
    assert lab.get(3, "secret", "cilium-ca", *SYSTEM)["data"] == ca


def test_peers_that_somebodys_upgrade_dropped_are_named_and_set_again(mesh: Mesh, lab: Lab) -> None:
    upgrade_by_hand(lab, 2, {"clustermesh": {"config": {"clusters": []}}})
    shown = mesh.preview("--refresh", "--diff")
    said = shown.stdout + shown.stderr
    assert shown.returncode == 0, said
    assert "of the Helm release is not Pulumi's" in said
    assert "cluster01: it is no longer a peer in the Helm release" in said
    mesh.up("--refresh")
    assert helm_release(lab, 2).is_ours
    assert mesh.is_whole("cluster01", "cluster02")
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_value_that_would_be_lost_is_refused_by_name(mesh: Mesh, lab: Lab, chart: str) -> None:
    upgrade_by_hand(lab, 1, {"debug": {"enabled": False}})
    refused = mesh.preview()
    assert refused.returncode != 0
    said = refused.stdout + refused.stderr
    assert "cilium.values lacks values that Cilium's Helm release has here: debug.enabled" in said
    mesh.entries[1]["cilium"]["values"]["debug"] = None
    mesh.configure(1, 2, cilium=_settings(chart))
    mesh.up("--refresh")
    assert "debug" not in helm_release(lab, 1).values


def test_an_upgrade_to_the_next_patch_that_is_killed_is_completed_by_the_next_update(
    mesh: Mesh, lab: Lab, chart: str
) -> None:
    """A real chart; the images stay, as the lab has those of one version only."""
    charts.following(lab.folder / NEXT_CHART)
    for number in PEERS:
        values = mesh.entries[number]["cilium"]["values"]
        for place in IMAGES:
            _put_in(values, (*place, "tag"), helm_release(lab, number).value(*place, "tag"))
    mesh.configure(1, 2, cilium=_settings(charts.NEXT, NEXT_CHART), timeouts=TIMEOUTS)
    said = strikes.in_a_pending_release(mesh.stack, lab, strikes.kill_pulumi)
    mesh.canaries.printed.append(said)

    mesh.resume()
    assert mesh.is_whole("cluster01", "cluster02")
    for number, peers in PEERS.items():
        found = helm_release(lab, number)
        assert found.chart["metadata"]["version"] == charts.NEXT
        assert (set(found.peers), found.is_ours) == (peers, True)
        assert not is_pending(lab, number)
    done = mesh.preview("--refresh", "--expect-no-changes")
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_goes_back_to_the_cli_without_a_write(mesh: Mesh, lab: Lab) -> None:
    before = {number: helm_release(lab, number) for number in PEERS}
    for entry in mesh.entries.values():
        entry.pop("cilium", None)
    mesh.configure(1, 2)
    with requests(lab, 1, pod_url(lab, 2)) as loop:
        mesh.up()
    assert loop.codes
    assert loop.lost == 0, loop.codes
    assert {number: helm_release(lab, number) for number in PEERS} == before
    assert mesh.is_whole("cluster01", "cluster02")
    assert mesh.preview("--refresh", "--expect-no-changes").returncode == 0
    # What the program's release leaves behind is Cilium's own from now on.
    mesh.remember(1, 2)


def _own(mesh: Mesh, lab: Lab, chart: str, *numbers: int) -> None:
    """Describe the mesh of these clusters with releases that the program owns."""
    mesh.entries.pop(3, None)
    for number in numbers:
        values = _users(helm_release(lab, number))
        mesh.entries[number] = {**mesh.entries.get(number, {}), "cilium": {"values": values}}
    mesh.configure(*numbers, cilium=_settings(chart))


def _settings(version: str, chart: str = CHART) -> dict[str, Any]:
    return {"install": True, "version": version, "chart": chart}


def _users(found: Release) -> dict[str, Any]:
    """A release's values without the mesh's, as its owner would write them."""
    values = copy.deepcopy(found.values)
    for place, _ in value_conflicts(found.values):
        _take_out(values, place)
    return values


def _take_out(values: dict[str, Any], place: tuple[str, ...]) -> None:
    key, *rest = place
    if rest:
        _take_out(values[key], tuple(rest))
    if not rest or not values[key]:
        del values[key]


def _put_in(values: dict[str, Any], place: tuple[str, ...], value: object) -> None:
    *parents, last = place
    for key in parents:
        values = values.setdefault(key, {})
    values[last] = value


def _agents(lab: Lab, number: int) -> set[str]:
    """The agents' Pods, which change at a restart."""
    pods: list[Mapping[str, Any]] = lab.get(number, "pods", "-l", "k8s-app=cilium", *SYSTEM)[
        "items"
    ]
    return {one["metadata"]["uid"] for one in pods}
