"""IP addresses, endpoints, and texts that only begin like one."""

from typing import Any

import pytest

from components.common import addresses
from components.common.addresses import Endpoint, host_port


@pytest.mark.parametrize("text", ["172.30.0.1", "fd00::1", "::ffff:10.0.0.1", "2001:DB8::1"])
def test_an_address_is_parsed(text: str) -> None:
    assert str(addresses.parse(text)) == text.lower().replace("10.0.0.1", "a00:1")


@pytest.mark.parametrize(
    "said",
    [
        "172.30.0.1\n---\nkind: ConfigMap",
        "172.30.0.1\n",
        " 172.30.0.1",
        "172.30.0.1:80",
        "172.30.0",
        "172.030.0.1",
        "fe80::1%eth0",
        "fe80::1%\n---\nkind: ClusterRoleBinding",
        "[fd00::1]",
        "node1.example",
        "\u0661\u0662.1.1.1",
        "",
        None,
        5,
        ["172.30.0.1"],
    ],
)
def test_what_is_no_address_is_none(said: object) -> None:
    assert addresses.parse(said) is None


@pytest.mark.parametrize("text", ["172.30.0.1:32379", "[fd00::1]:1", "10.0.0.1:65535"])
def test_an_endpoint_is_written_as_it_was_read(text: str) -> None:
    assert str(addresses.endpoint(text)) == text


def test_an_endpoint_has_its_parts() -> None:
    found = addresses.endpoint("[fd00::1]:443")
    assert found == Endpoint(addresses.parse("fd00::1"), 443)  # type: ignore[arg-type]
    assert host_port("fd00::1", 443) == "[fd00::1]:443"


@pytest.mark.parametrize(
    "text",
    [
        "172.30.0.1",
        "172.30.0.1:",
        "172.30.0.1:0",
        "172.30.0.1:65536",
        "172.30.0.1:032379x",
        "172.30.0.1:80\n- ip: 10.0.0.1",
        "172.30.0.1\n---:80",
        "fd00::1:80",
        "[172.30.0.1]:80",
        "[fe80::1%eth0]:80",
        "name.example:80",
        "",
        ":80",
        "172.30.0.1:\u0661",
    ],
)
def test_what_is_no_endpoint_is_none(text: str) -> None:
    assert addresses.endpoint(text) is None


def node(*listed: Any) -> dict[str, Any]:
    return {"status": {"addresses": list(listed)}}


@pytest.mark.parametrize(
    "odd",
    [{}, {"status": None}, {"status": {"addresses": None}}, {"status": {"addresses": "x"}}]
    + [node(one) for one in (None, "x", {}, {"type": "Hostname", "address": "node1"})],
)
def test_a_node_of_any_shape_has_no_address_rather_than_an_exception(odd: dict[str, Any]) -> None:
    assert list(addresses.of_node(odd)) == []
    assert addresses.reached(odd) is None


def test_a_node_is_reached_by_its_external_address_if_it_has_one_that_is_one() -> None:
    inner = {"type": "InternalIP", "address": "10.0.0.1"}
    outer = {"type": "ExternalIP", "address": "192.0.2.1"}
    assert str(addresses.reached(node(inner, outer))) == "192.0.2.1"
    assert str(addresses.reached(node(inner, outer | {"address": "x"}))) == "10.0.0.1"
    assert addresses.reached(node({"type": "InternalIP"})) is None
