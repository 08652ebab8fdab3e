"""The Kubespray variables of a mesh member, against what Kubespray documents."""

import base64
from typing import Any

import pytest

from components.config.reserved import RESERVED_VARIABLES, variable_conflicts
from components.rendering import kubean_variables
from components.rendering.chart_values import Endpoints
from tests.kubeconfigs import ca
from tests.unit.config.configs import raw_cluster
from tests.unit.rendering.kubeans import ALL_ROLES, mesh, one_made, raw_made

PEERS: Endpoints = {"cluster01": ("192.0.2.1", 32257), "cluster03": ("", 32259)}
SHARED = ca("shared")
CA = {"source": "config", "cert": SHARED.cert, "key": SHARED.key}

# Where Kubespray documents each variable: its defaults (roles/kubespray_defaults and
# roles/network_plugin/cilium of v2.28.0, v2.29.0, v2.30.0 and v2.31.0, read one by one) and docs.
DOCUMENTED = {
    "kube_network_plugin": "docs/CNI/cni.md",
    "kube_owner": "docs/CNI/cilium.md",
    "kube_version": "docs/operations/upgrades.md",
    "kube_pods_subnet": "docs/ansible/vars.md",
    "kube_pods_subnet_ipv6": "docs/ansible/vars.md",
    "kube_service_addresses": "docs/ansible/vars.md",
    "kube_service_addresses_ipv6": "docs/ansible/vars.md",
    "ipv4_stack": "docs/ansible/vars.md",
    "ipv6_stack": "docs/ansible/vars.md",
    "supplementary_addresses_in_ssl_keys": "docs/operations/ha-mode.md",
    "cilium_cluster_id": "roles/network_plugin/cilium/defaults/main.yml",
    "cilium_cluster_name": "roles/network_plugin/cilium/defaults/main.yml",
    "cilium_identity_allocation_mode": "docs/CNI/cilium.md",
    "cilium_tunnel_mode": "roles/network_plugin/cilium/defaults/main.yml",
    "cilium_extra_values": "roles/network_plugin/cilium/defaults/main.yml, from v2.29.0 on",
}


FIRST = raw_cluster(1)


def of_member(
    cluster: dict[str, Any] | None = None,
    ca: dict[str, Any] | None = None,
    first: dict[str, Any] = FIRST,
    **kubean: Any,
) -> dict[str, Any]:
    settings = {"ca": ca} if ca else {}
    config = mesh(first, raw_made(2, cluster, **kubean), **settings)
    return kubean_variables.of_member(config.cluster("cluster02"), config, PEERS)


def test_a_member_has_its_name_id_and_ranges_and_what_the_mesh_needs() -> None:
    assert of_member(kubesprayVersion="2.28.1", kubernetesVersion="v1.32.5") == {
        "kube_network_plugin": "cilium",
        "kube_owner": "root",
        "cilium_cluster_id": 2,
        "cilium_cluster_name": "cluster02",
        "cilium_identity_allocation_mode": "crd",
        "cilium_tunnel_mode": "vxlan",
        "ipv4_stack": True,
        "ipv6_stack": False,
        "kube_pods_subnet": "10.20.0.0/16",
        "kube_service_addresses": "10.21.0.0/16",
        "supplementary_addresses_in_ssl_keys": [],
        # Kubespray from 2.28 on writes it without the v.
        "kube_version": "1.32.5",
    }


def test_every_variable_is_one_that_kubespray_documents() -> None:
    pods, services = ["10.20.0.0/16", "fd20::/56"], ["10.21.0.0/16", "fd21::/112"]
    both = {"podCidrs": pods, "serviceCidrs": services}
    rendered = of_member(both, CA, kubernetesVersion="1.34.1")
    assert rendered.keys() == DOCUMENTED.keys()


def test_what_is_rendered_cannot_be_told_otherwise() -> None:
    rendered = of_member(kubernetesVersion="1.34.1")
    assert rendered.keys() - {"cilium_extra_values"} <= RESERVED_VARIABLES.keys()
    for name in RESERVED_VARIABLES:
        assert list(variable_conflicts({name: "x"}))
    own = of_member(ca=CA)["cilium_extra_values"]
    assert {place[1:] for place, _ in variable_conflicts({"cilium_extra_values": own})} == {
        ("tls", "ca", "cert"),
        ("tls", "ca", "key"),
        ("clustermesh", "maxConnectedClusters"),
        ("clustermesh", "useAPIServer"),
        ("clustermesh", "apiserver", "service", "type"),
        ("clustermesh", "apiserver", "service", "nodePort"),
        ("clustermesh", "apiserver", "tls", "auto", "enabled"),
        ("clustermesh", "apiserver", "tls", "auto", "method"),
        ("clustermesh", "config", "enabled"),
        ("clustermesh", "config", "clusters"),
    }


@pytest.mark.parametrize("values", [{"clustermesh": None}, {"tls": {}}, {"cluster": {"id": 7}}])
def test_a_value_above_or_below_one_of_ours_is_a_conflict(values: dict[str, Any]) -> None:
    assert list(variable_conflicts({"cilium_extra_values": values}))


def test_other_values_and_variables_of_the_user_are_taken_as_they_are() -> None:
    more = {
        "kube_proxy_mode": "ipvs",
        "cilium_extra_values": {
            "hubble": {"enabled": True},
            "clustermesh": {"apiserver": {"replicas": 2}},
        },
    }
    found = of_member(ca=CA, extraVars=more)
    assert found["kube_proxy_mode"] == "ipvs"
    values = found["cilium_extra_values"]
    assert values["hubble"] == {"enabled": True}
    assert values["clustermesh"]["apiserver"]["replicas"] == 2
    assert values["clustermesh"]["apiserver"]["service"] == {"type": "NodePort", "nodePort": 32258}


def test_two_families_have_a_variable_each() -> None:
    six = {"podCidrs": ["fd20::/56"], "serviceCidrs": ["fd21::/112"]}
    first = raw_cluster(1, podCidrs=["fd10::/56"], serviceCidrs=["fd11::/112"])
    found = of_member(six, first=first)
    assert (found["ipv4_stack"], found["ipv6_stack"]) == (False, True)
    assert found["kube_pods_subnet_ipv6"] == "fd20::/56"
    assert found["kube_service_addresses_ipv6"] == "fd21::/112"
    assert "kube_pods_subnet" not in found


def test_the_certificate_covers_what_kubespray_would_not_put_in_by_itself() -> None:
    listed = [
        {"name": "a", "address": "203.0.113.7", "ip": "10.0.0.7", "roles": ALL_ROLES},
        {"name": "b", "address": "203.0.113.8", "ip": "10.0.0.8"},
    ]
    found = of_member(
        {"apiServer": {"address": "api.example.com"}},
        hosts=listed,
        supplementaryAddresses=["198.51.100.1", "203.0.113.7"],
    )
    expected = ["203.0.113.7", "api.example.com", "198.51.100.1"]
    assert found["supplementary_addresses_in_ssl_keys"] == expected


def test_where_the_ca_is_known_the_cluster_is_a_member_from_the_start() -> None:
    values = of_member(ca=CA)["cilium_extra_values"]
    assert base64.b64decode(values["tls"]["ca"]["cert"]).decode() == SHARED.cert
    assert base64.b64decode(values["tls"]["ca"]["key"]).decode() == SHARED.key
    config = values["clustermesh"]["config"]
    # A peer whose address is not known yet is connected later, by the CLI.
    peers = [{"name": "cluster01", "ips": ["192.0.2.1"], "port": 32257}]
    assert config == {"enabled": True, "clusters": peers}


def test_where_the_ca_is_not_known_clustermesh_is_left_to_the_steps_after() -> None:
    """With certificates from another CA the cluster could not get the mesh's any more."""
    assert of_member()["cilium_extra_values"] == {"clustermesh": {"maxConnectedClusters": 255}}


@pytest.mark.parametrize(
    ("kubean", "is_map"),
    [
        ({}, False),
        ({"kubesprayVersion": "2.32"}, True),
        ({"extraVars": {"cilium_version": "1.20.1"}}, True),
        ({"kubesprayVersion": "2.32", "extraVars": {"cilium_version": "1.19.3"}}, False),
    ],
)
def test_the_peers_are_written_as_that_version_of_the_chart_does(
    kubean: dict[str, Any], is_map: bool
) -> None:
    values = of_member(ca=CA, **kubean)["cilium_extra_values"]
    assert isinstance(values["clustermesh"]["config"]["clusters"], dict) is is_map


def test_a_wide_mesh_is_told_to_the_chart() -> None:
    config = mesh(raw_cluster(1), raw_made(2), maxConnectedClusters=511)
    found = kubean_variables.of_member(config.cluster("cluster02"), config, {})
    assert found["cilium_extra_values"]["clustermesh"]["maxConnectedClusters"] == 511


def test_a_cluster_that_is_there_already_has_no_variables() -> None:
    config = one_made()
    with pytest.raises(LookupError, match="cluster01 is not made by Kubean"):
        kubean_variables.of_member(config.cluster("cluster01"), config, {})
