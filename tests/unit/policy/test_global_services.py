"""The rule identical-global-services: the same Service, wherever it is requested."""

from typing import Any

import pytest

from policy.rules.global_services import check
from policy.rules.resource import SERVICE, STACK, UNKNOWN, Resource

GLOBAL = {"service.cilium.io/global": "true"}


def service(cluster: str, port: Any = 80, **annotations: str) -> Resource:
    spelled = {f"service.cilium.io/{key}": text for key, text in annotations.items()}
    metadata = {"name": "web", "namespace": "shop", "annotations": GLOBAL | spelled}
    ports = [{"name": "http", "port": port, "targetPort": 8080}]
    return Resource(
        SERVICE, cluster, provider=cluster, props={"metadata": metadata, "spec": {"ports": ports}}
    )


def mesh(*names: str) -> Resource:
    return Resource(STACK, "mesh", props={"clusters": [{"name": name} for name in names]})


def texts(*resources: Resource, **settings: Any) -> list[str]:
    return [fault.text for fault in check(resources, settings)]


def test_the_same_in_every_cluster_is_fine_whatever_it_prefers() -> None:
    assert texts(mesh("a", "b"), service("a", affinity="local"), service("b")) == []


def test_a_cluster_without_it_is_named() -> None:
    (text,) = texts(mesh("a", "b", "c"), service("a"))
    assert "shop/web is not in b, c" in text


def test_without_a_mesh_the_clusters_are_those_that_have_any_global_service() -> None:
    other = service("b")
    other.props["metadata"]["name"] = "another"
    assert len(texts(service("a"), other)) == 2
    assert texts(service("a")) == []


def test_other_ports_are_told_and_where_they_are() -> None:
    (text,) = texts(service("a"), service("b", 8080))
    assert "has different ports in b than in a" in text


def test_other_annotations_are_told_unless_they_may_differ() -> None:
    services = service("a", shared="true"), service("b", shared="false")
    (text,) = texts(*services)
    assert "has different annotations in b than in a" in text
    assert texts(*services, mayDiffer=["service.cilium.io/shared"]) == []


def test_what_tools_note_down_for_themselves_is_no_difference() -> None:
    noted = service("b")
    noted.props["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = "x"
    assert texts(service("a"), noted) == []


def test_both_spellings_of_cilium_make_a_service_global() -> None:
    old = service("a")
    old.props["metadata"]["annotations"] = {"io.cilium/global-service": "true"}
    assert texts(mesh("a", "b"), old)


def test_other_services_are_not_looked_at() -> None:
    local = service("a")
    local.props["metadata"]["annotations"] = {}
    assert texts(mesh("a", "b"), local) == []


@pytest.mark.parametrize("ports", [UNKNOWN, None])
def test_nothing_is_said_of_ports_that_are_not_known_yet(ports: Any) -> None:
    later = service("b")
    later.props["spec"]["ports"] = ports
    assert texts(service("a"), later) == []
