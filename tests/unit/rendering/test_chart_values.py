"""The values of Cilium's Helm release if the program owns it."""

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.checks.release import version_refusal
from components.common.nested import leaves, merged, touches
from components.common.versions import Version
from components.config.chart import Chart, version_in
from components.config.loading import load
from components.config.models import MeshConfig
from components.config.reserved import RESERVED_VALUES, value_conflicts
from components.rendering.chart_values import endpoint, wanted
from tests.kubeconfigs import ca
from tests.unit.config.configs import config, raw_cluster

PEERS = {"cluster02": ("172.30.0.2", 32258)}
SHARED = ca("shared")
keys = st.sampled_from(["cluster", "name", "clustermesh", "config", "clusters", "hubble", "tls"])
trees = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
values = st.dictionaries(keys, trees, max_size=4)


def owned(version: str = "1.18.4", **changes: Any) -> MeshConfig:
    settings = {"install": True, "version": version, **changes.pop("cilium", {})}
    return config(2, cilium=settings, **changes)


def of_first(mesh: MeshConfig) -> dict[str, Any]:
    return wanted(mesh.clusters[0], mesh, PEERS)


def test_the_mesh_stands_in_the_values_of_the_release() -> None:
    assert of_first(owned()) == {
        "cluster": {"name": "cluster01", "id": 1},
        "identityAllocationMode": "crd",
        "ipv4": {"enabled": True},
        "ipv6": {"enabled": False},
        "ipam": {"operator": {"clusterPoolIPv4PodCIDRList": ["10.10.0.0/16"]}},
        "clustermesh": {
            "useAPIServer": True,
            "maxConnectedClusters": 255,
            "apiserver": {
                "service": {"type": "NodePort", "nodePort": 32257},
                "tls": {"auto": {"enabled": True, "method": "cronJob"}},
            },
            "config": {
                "enabled": True,
                "clusters": [{"name": "cluster02", "ips": ["172.30.0.2"], "port": 32258}],
            },
        },
    }


@pytest.mark.parametrize(("version", "kind"), [("1.19.9", list), ("1.20.0", dict)])
def test_the_form_of_the_peers_is_the_charts(version: str, kind: type) -> None:
    clusters = of_first(owned(version))["clustermesh"]["config"]["clusters"]
    assert isinstance(clusters, kind)
    assert "cluster02" in str(clusters)


def test_a_peer_that_nobody_knows_is_left_out() -> None:
    mesh = owned()
    found = wanted(mesh.clusters[0], mesh, {"cluster02": endpoint("")})
    assert found["clustermesh"]["config"]["clusters"] == []


@pytest.mark.parametrize(
    ("text", "place"),
    [("10.0.0.1:32258", ("10.0.0.1", 32258)), ("[fd00::1]:1", ("fd00::1", 1)), ("", ("", 0))],
)
def test_an_endpoint_is_taken_apart(text: str, place: tuple[str, int]) -> None:
    assert endpoint(text) == place


def test_a_ca_of_the_config_is_in_the_values_and_a_shared_one_is_not() -> None:
    assert "tls" not in of_first(owned())
    pair = {"source": "config", "cert": SHARED.cert, "key": SHARED.key}
    found = of_first(owned(ca=pair))["tls"]["ca"]
    assert base64.b64decode(found["key"]).decode() == SHARED.key
    assert base64.b64decode(found["cert"]).decode() == SHARED.cert


def test_where_nodes_hand_out_the_addresses_no_pool_is_set() -> None:
    mesh = owned(cilium={"values": {"ipam": {"mode": "kubernetes"}}})
    assert of_first(mesh)["ipam"] == {"mode": "kubernetes"}


def test_a_clusters_own_settings_go_before_the_common_ones() -> None:
    own = {"version": "1.17.9", "values": {"hubble": {"relay": True}}}
    common = {"install": True, "version": "1.18.4", "values": {"hubble": {"ui": True}}}
    raw = {"clusters": [raw_cluster(1, cilium=own), raw_cluster(2)], "cilium": common}
    mesh = load(raw, Path("/"))
    first, second = (mesh.release_of(one) for one in mesh.clusters)
    assert first and second
    assert (first.chart.text, second.chart.text) == ("1.17.9", "1.18.4")
    assert first.values == {"hubble": {"ui": True, "relay": True}}
    assert second.values == {"hubble": {"ui": True}}


@pytest.mark.parametrize("common", [True, False])
def test_a_cluster_can_be_moved_alone(common: bool) -> None:
    raw = {
        "clusters": [raw_cluster(1, cilium={"install": not common}), raw_cluster(2)],
        "cilium": {"install": common, "version": "1.18.4"},
    }
    mesh = load(raw, Path("/"))
    assert [mesh.release_of(one) is not None for one in mesh.clusters] == [not common, common]


def test_the_values_are_in_no_text_of_the_config() -> None:
    mesh = owned(cilium={"values": {"hubble": {"password": "canary"}}})
    release = mesh.release_of(mesh.clusters[0])
    assert "canary" not in repr(mesh) + repr(release)


@given(values)
def test_every_conflict_is_named_and_nothing_else(own: dict[str, Any]) -> None:
    named = {place for place, _ in value_conflicts(own)}
    assert named <= set(leaves(own))
    assert all(touches(place, RESERVED_VALUES) for place in named)
    # The allowed values change nothing of ours.
    let_through = [place for place in leaves(own) if place not in named]
    assert not [
        place for place in let_through if any(place[: len(o)] == o for o in RESERVED_VALUES)
    ]


@given(values)
def test_what_is_no_conflict_leaves_the_mesh_as_it_is(own: dict[str, Any]) -> None:
    plain = of_first(owned())
    if list(value_conflicts(own)):
        return
    found = of_first(owned(cilium={"values": own}))
    assert {place: _at(found, place) for place in RESERVED_VALUES} == {
        place: _at(plain, place) for place in RESERVED_VALUES
    }


@given(values, values)
def test_merged_values_have_all_places_of_what_goes_before(one: Any, other: Any) -> None:
    assert merged(one, {}) == one
    found = merged(one, other)
    for place in leaves(other):
        value = _at(other, place)
        assert _at(found, place) == value or value == {}


@pytest.mark.parametrize(
    ("running", "version", "text"),
    [
        ((1, 18, 4), (1, 18, 4), None),
        ((1, 18, 4), (1, 18, 1), None),
        ((1, 18, 4), (1, 19, 0), None),
        ((1, 18, 4), (1, 20, 0), "one minor at a time"),
        ((1, 18, 4), (1, 17, 9), "cannot go back"),
        ((1, 18, 4), (2, 0, 0), "one minor at a time"),
        ((2, 0, 0), (1, 18, 4), "cannot go back"),
    ],
)
def test_cilium_goes_one_minor_forward_and_none_back(
    running: tuple[int, int, int], version: tuple[int, int, int], text: str | None
) -> None:
    found = version_refusal(Version(*running), Version(*version))
    assert found is None if text is None else found is not None and text in found[0]


@pytest.mark.parametrize(
    ("name", "is_local", "is_in_repository"),
    [
        ("cilium", False, True),
        ("oci://registry.example/charts/cilium", False, False),
        ("./charts/cilium", True, False),
        ("charts/cilium", True, False),
        ("cilium-1.18.4.tgz", True, False),
    ],
)
def test_a_chart_is_where_its_name_says(name: str, is_local: bool, is_in_repository: bool) -> None:
    found = Chart(name, "1.18.4")
    assert (found.is_local, found.is_in_repository) == (is_local, is_in_repository)


@pytest.mark.parametrize("text", [": [", "- 1", "name: x", "\x00"])
def test_a_folder_without_a_usable_chart_has_no_version(tmp_path: Path, text: str) -> None:
    assert version_in(tmp_path) is None
    (tmp_path / "Chart.yaml").write_text(text)
    assert version_in(tmp_path) is None


def _at(tree: Any, place: tuple[str, ...]) -> Any:
    for key in place:
        tree = tree.get(key) if isinstance(tree, dict) else None
    return tree
