"""What holds for every config, not only for those that somebody thought of."""

from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from components.config.faults.fault import ConfigFaults
from components.config.loading import load
from tests.bad_configs.generated import junk
from tests.unit.config.configs import raw_cluster

# Sixteen disjoint /12 make room for a Pod and a Service CIDR of eight clusters.
_BLOCKS = list(IPv4Network("16.0.0.0/8").subnets(new_prefix=12))


@st.composite
def meshes(draw: st.DrawFn) -> dict[str, Any]:
    """Valid meshes of two to eight clusters; the names, ids and ranges are drawn."""
    count = draw(st.integers(2, 8))
    widest = draw(st.sampled_from([255, 511]))
    names = draw(st.lists(_names(), min_size=count, max_size=count, unique=True))
    ids = draw(st.lists(st.integers(1, widest), min_size=count, max_size=count, unique=True))
    blocks = draw(st.permutations(_BLOCKS))
    clusters = []
    for index in range(count):
        pods, services = (draw(_inside(blocks.pop())) for _ in range(2))
        clusters.append(
            raw_cluster(
                index + 1,
                name=names[index],
                id=ids[index],
                podCidrs=[str(pods)],
                serviceCidrs=[str(services)],
            )
        )
    return {"clusters": clusters, "maxConnectedClusters": widest}


def _names() -> st.SearchStrategy[str]:
    return st.from_regex(r"([a-z0-9][-a-z0-9]{0,30})?[a-z0-9]", fullmatch=True).filter(
        lambda name: name != "default"
    )


@st.composite
def _inside(draw: st.DrawFn, block: IPv4Network) -> IPv4Network:
    prefix = draw(st.integers(12, 28))
    start = draw(st.integers(0, 2 ** (prefix - 12) - 1))
    address = int(block.network_address) + start * 2 ** (32 - prefix)
    return IPv4Network((address, prefix))


def _keys(config: dict[str, Any]) -> set[str]:
    try:
        load(config, Path("/"))
    except ConfigFaults as refused:
        return {fault.key.partition(":")[2] for fault in refused.faults}
    return set()


@given(meshes())
@settings(max_examples=30)
def test_every_valid_mesh_passes(mesh: dict[str, Any]) -> None:
    assert _keys(mesh) == set()


@given(meshes(), st.data())
@settings(max_examples=30)
def test_an_overlap_put_anywhere_is_found_at_the_later_range(
    mesh: dict[str, Any], data: st.DataObject
) -> None:
    places = [
        (index, key)
        for index in range(len(mesh["clusters"]))
        for key in ("podCidrs", "serviceCidrs")
    ]
    one, other = sorted(
        data.draw(
            st.lists(st.sampled_from(range(len(places))), min_size=2, max_size=2, unique=True)
        )
    )
    (first, first_key), (second, second_key) = places[one], places[other]
    network = ip_network(mesh["clusters"][first][first_key][0])
    # A part of it, all of it, or what holds it: of its own block, so that nothing else is hit.
    prefix = data.draw(st.integers(12, 30))
    overlapping = ip_network((network.network_address, prefix), strict=False)
    mesh["clusters"][second][second_key] = [str(overlapping)]
    assert _keys(mesh) == {f"clusters[{second}].{second_key}[0]"}


@given(meshes(), st.sampled_from(["name", "id"]), st.data())
@settings(max_examples=30)
def test_a_name_or_id_given_twice_is_found(
    mesh: dict[str, Any], key: str, data: st.DataObject
) -> None:
    last = len(mesh["clusters"]) - 1
    source = data.draw(st.integers(0, last - 1))
    mesh["clusters"][last][key] = mesh["clusters"][source][key]
    found = _keys(mesh)
    assert f"clusters[{last}].{key}" in found
    assert found <= {f"clusters[{last}].{key}", f"clusters[{last}].mesh.nodePort"}


@given(junk)
@settings(max_examples=100)
def test_whatever_the_config_is_only_faults_are_raised(config: Any) -> None:
    _load_junk(config)


@given(st.dictionaries(st.sampled_from(["clusters", "ca", "preflight", "demo", "id"]), junk))
@settings(max_examples=100)
def test_whatever_stands_under_known_keys_only_faults_are_raised(config: dict[str, Any]) -> None:
    _load_junk(config)


@given(st.integers(0, 1), st.sampled_from(sorted(raw_cluster(1))), junk)
@settings(max_examples=100)
def test_junk_in_one_value_of_a_good_mesh_never_escapes_the_report(
    index: int, key: str, value: Any
) -> None:
    clusters = [raw_cluster(1), raw_cluster(2)]
    clusters[index][key] = value
    _load_junk({"clusters": clusters})


def _load_junk(config: Any) -> None:
    try:
        load(config, Path("/nowhere"))
    except ConfigFaults as refused:
        assert refused.faults
        # It can be printed, whatever characters the config holds.
        str(refused).encode()
