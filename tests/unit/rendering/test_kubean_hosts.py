"""The inventory for Kubespray."""

from typing import Any

import yaml

from components.rendering import kubean_hosts
from tests.unit.rendering.kubeans import ALL_ROLES, one_made, ssh_key


def inventory(**kubean: Any) -> dict[str, Any]:
    made = one_made(**kubean).cluster("cluster02").made_by
    return dict(yaml.safe_load(kubean_hosts.render(made))["all"])


def test_every_host_is_in_the_groups_that_it_has_roles_of_and_nowhere_else() -> None:
    found = inventory()
    assert found["children"] == {
        "kube_control_plane": {"hosts": {"node21": {}}},
        "kube_node": {"hosts": {"node21": {}, "node22": {}}},
        "etcd": {"hosts": {"node21": {}}},
        "k8s_cluster": {"children": {"kube_control_plane": {}, "kube_node": {}}},
        "calico_rr": {"hosts": {}},
    }
    assert list(found["hosts"]) == ["node21", "node22"]


def test_a_host_is_reached_as_the_config_says_and_no_password_is_in_it() -> None:
    found = inventory(ssh={"user": "admin", "port": 2222, "privateKey": ssh_key()})
    assert found["hosts"]["node22"] == {
        "ip": "192.0.2.22",
        "access_ip": "192.0.2.22",
        "ansible_host": "192.0.2.22",
        "ansible_port": 2222,
        "ansible_user": "admin",
        "ansible_connection": "ssh",
    }


def test_an_address_of_its_own_inside_the_cluster_is_told_apart_from_that_of_sshd() -> None:
    listed = [
        {"name": "a", "address": "203.0.113.7", "ip": "10.0.0.7", "roles": ALL_ROLES},
        {"name": "b", "address": "node-b.example.com"},
    ]
    found = inventory(hosts=listed)["hosts"]
    assert found["a"]["ansible_host"] == "203.0.113.7"
    assert found["a"]["ip"] == found["a"]["access_ip"] == "10.0.0.7"
    # Names that only DNS knows are left to the machine itself.
    assert "ip" not in found["b"]


def test_the_mesh_reaches_the_node_whose_name_comes_first() -> None:
    """As `clustermesh connect` does, which takes the first node that the API server lists."""
    listed = [
        {"name": "z", "address": "192.0.2.31", "roles": ALL_ROLES},
        {"name": "a", "address": "203.0.113.32", "ip": "10.0.0.32"},
    ]
    made = one_made(hosts=listed).cluster("cluster02").made_by
    assert kubean_hosts.mesh_address(made) == "10.0.0.32"
    assert kubean_hosts.first_control_plane(made) == "192.0.2.31"
