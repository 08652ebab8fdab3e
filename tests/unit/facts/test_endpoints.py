from typing import Any

import pytest

from components.config.models import ApiServerConfig
from components.facts.cluster import ClusterFacts
from components.facts.endpoints import ApiEndpoint, api_endpoint, covers
from tests.unit.facts.known import facts, node

DEFAULT = ApiServerConfig()


def cluster(*nodes: Any, names: tuple[str, ...] | None = (), server: str = "vip") -> ClusterFacts:
    return facts(1, nodes=nodes, certificate_names=names, server=f"https://{server}:6443")


def addressed(number: int, ip: str, external: str = "", control_plane: bool = True) -> Any:
    externals = (external,) if external else ()
    return node(number, internal_ips=(ip,), external_ips=externals, is_control_plane=control_plane)


def test_the_node_that_the_kubeconfig_leads_to_is_known_to_be_reached() -> None:
    found = cluster(
        addressed(1, "10.0.0.1"),
        addressed(2, "10.0.0.2"),
        names=("10.0.0.1", "10.0.0.2"),
        server="10.0.0.2",
    )
    assert api_endpoint(found, DEFAULT) == ApiEndpoint("10.0.0.2", None)


def test_an_address_that_the_certificate_covers_goes_before_all_others() -> None:
    found = cluster(
        addressed(1, "10.0.0.1"),
        addressed(2, "10.0.0.2", external="192.0.2.2"),
        names=("192.0.2.2", "kubernetes.default.svc"),
        server="10.0.0.1",
    )
    assert api_endpoint(found, DEFAULT) == ApiEndpoint("192.0.2.2", None)


def test_control_plane_nodes_go_before_workers() -> None:
    found = cluster(addressed(1, "10.0.0.1", control_plane=False), addressed(2, "10.0.0.2"))
    assert api_endpoint(found, DEFAULT) == ApiEndpoint("10.0.0.2", None)


def test_where_the_certificate_covers_no_address_a_name_that_it_has_is_used() -> None:
    names = ("kubernetes", "kubernetes.default.svc", "10.96.0.1")
    found = cluster(addressed(1, "10.0.0.1"), names=names)
    assert api_endpoint(found, DEFAULT) == ApiEndpoint("10.0.0.1", "kubernetes.default.svc")
    odd = cluster(addressed(1, "10.0.0.1"), names=("*.example", "api.example"))
    assert api_endpoint(odd, DEFAULT) == ApiEndpoint("10.0.0.1", "api.example")


def test_where_the_certificate_is_unknown_the_name_of_every_api_server_is_used() -> None:
    found = cluster(addressed(1, "10.0.0.1"), names=None)
    assert api_endpoint(found, DEFAULT) == ApiEndpoint("10.0.0.1", "kubernetes.default.svc")


def test_the_config_decides_over_everything() -> None:
    found = cluster(addressed(1, "10.0.0.1"), names=("10.0.0.1", "kubernetes.default.svc"))
    address = ApiServerConfig.model_validate({"address": "nat.example"})
    assert api_endpoint(found, address) == ApiEndpoint("nat.example", "kubernetes.default.svc")
    name = ApiServerConfig.model_validate({"tlsServerName": "x.example"})
    assert api_endpoint(found, name) == ApiEndpoint("10.0.0.1", "x.example")


def test_without_a_node_there_is_nothing_to_choose() -> None:
    assert api_endpoint(cluster(), DEFAULT) is None


@pytest.mark.parametrize(
    ("name", "address", "is_covered"),
    [
        ("10.0.0.1", "10.0.0.1", True),
        ("fd00:0:0:0:0:0:0:1", "fd00::1", True),
        ("Api.Example", "api.example.", True),
        ("*.example", "api.example", True),
        ("*.example", "a.b.example", False),
        ("*.example", "example", False),
        ("10.0.0.1", "10.0.0.10", False),
    ],
)
def test_a_certificate_covers_as_tls_does(name: str, address: str, is_covered: bool) -> None:
    assert covers([name], address) is is_covered
