"""The rules unique-clusters and disjoint-cidrs, on what a stack says about its mesh."""

from typing import Any

import pytest

from policy.rules.clusters import disjoint, members, unique
from policy.rules.resource import STACK, UNKNOWN, Resource
from tests.mesh_outputs import mesh_outputs

REFERENCE = "cilium-clustermesh:index:MeshReference"
IDENTITY = "pulumi-python:dynamic/cilium-clustermesh:MeshIdentity"


def mesh(*clusters: dict[str, Any], type_: str = STACK) -> list[Resource]:
    return [Resource(type_, "mesh", urn="urn", props={"clusters": list(clusters)})]


def cluster(name: str, id: Any, *pods: Any, services: Any = ()) -> dict[str, Any]:
    return {"name": name, "id": id, "podCidrs": list(pods), "serviceCidrs": list(services)}


@pytest.mark.parametrize("type_", [STACK, REFERENCE])
def test_the_documented_outputs_are_understood_and_fine(type_: str) -> None:
    resources = mesh(*mesh_outputs(3)["clusters"], type_=type_)
    ((first, *_),) = members(resources)
    assert (first.name, first.id) == ("cluster01", 1)
    assert first.cidrs == ("10.10.0.0/16", "10.11.0.0/16")
    assert [*unique(resources, {}), *disjoint(resources, {})] == []


def test_a_shared_name_and_a_shared_id_are_both_told() -> None:
    resources = mesh(cluster("a", 1), cluster("b", 1.0), cluster("a", 2))
    same_id, same_name = sorted(fault.text for fault in unique(resources, {}))
    assert "a and b have the same id 1" in same_id
    assert "two clusters are called a" in same_name


def test_ids_are_also_known_from_what_the_program_records() -> None:
    identities = {"a": {"uid": "1", "id": 7}, "b": {"uid": "2", "id": 7}}
    resources = [Resource(IDENTITY, "mesh", props={"identities": identities})]
    (fault,) = unique(resources, {})
    assert "a and b have the same id 7" in fault.text


def test_two_meshes_may_use_the_same_names() -> None:
    resources = [*mesh(cluster("a", 1)), *mesh(cluster("a", 1), type_=REFERENCE)]
    assert list(unique(resources, {})) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (cluster("a", 1, "10.0.0.0/8"), cluster("b", 2, "10.1.0.0/16")),
        (cluster("a", 1, "10.0.0.0/16"), cluster("b", 2, services=["10.0.0.0/20"])),
        (cluster("a", 1, "fd00::/48"), cluster("b", 2, "fd00:0:0:1::/64")),
        (cluster("a", 1, "10.0.0.0/16", services=["10.0.0.0/16"]), cluster("b", 2)),
    ],
    ids=["Pods", "Pods and Services", "IPv6", "within a cluster"],
)
def test_ranges_that_overlap_are_told(one: dict[str, Any], other: dict[str, Any]) -> None:
    (fault,) = disjoint(mesh(one, other), {})
    assert "overlap" in fault.text
    assert fault.urn == "urn"


def test_nothing_is_said_of_what_is_not_known_yet_or_is_of_another_shape() -> None:
    unknown = mesh(cluster("a", UNKNOWN, UNKNOWN), cluster("b", UNKNOWN, "no network"))
    elsewhere = mesh(cluster("a", 1), cluster("a", 1), type_="example:index:Fleet")
    odd = [Resource(STACK, "s", props={"clusters": props}) for props in (UNKNOWN, "x", ["y", {}])]
    for resources in (unknown, elsewhere, odd):
        assert [*unique(resources, {}), *disjoint(resources, {})] == []
