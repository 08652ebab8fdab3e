"""The machines of a cluster as Kubespray's inventory, `hosts.yml`."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

import yaml

from ..config.kubean import KubeanHost, KubeanMember

FILE = "hosts.yml"
GROUPS = ("kube_control_plane", "kube_node", "etcd")


def render(kubean: KubeanMember) -> str:
    """Return the inventory as YAML, hosts and groups in the order of the config."""
    groups = {group: {"hosts": _of_group(group, kubean.hosts)} for group in GROUPS}
    inventory = {
        "all": {
            "hosts": {host.name: _host(host, kubean) for host in kubean.hosts},
            "children": {
                **groups,
                "k8s_cluster": {"children": {"kube_control_plane": {}, "kube_node": {}}},
                "calico_rr": {"hosts": {}},
            },
        }
    }
    return yaml.safe_dump(inventory, sort_keys=False)


def node_ip(host: KubeanHost) -> str:
    """Return the address that the node will have in the cluster; "" if only its OS knows it."""
    return host.ip or (host.address if _is_ip(host.address) else "")


def mesh_address(kubean: KubeanMember) -> str:
    """Return the address that `clustermesh connect` will find: that of the first node by name."""
    by_name = sorted(kubean.hosts, key=lambda host: host.name)
    return next(filter(None, map(node_ip, by_name)), "")


def certificate_addresses(kubean: KubeanMember) -> list[str]:
    """Return the control planes' addresses that Kubespray does not put into the certificate itself.

    It knows `ip` and the machines' own names, not the addresses of their SSH servers.
    """
    return [
        host.address
        for host in kubean.hosts
        if "kube_control_plane" in host.roles and host.address != node_ip(host)
    ]


def first_control_plane(kubean: KubeanMember) -> str:
    """Return the address that identifies the cluster: no other has it, and it stays the longest."""
    listed = (host for host in kubean.hosts if "kube_control_plane" in host.roles)
    return next((host.address for host in listed), "")


def _of_group(group: str, hosts: Iterable[KubeanHost]) -> dict[str, Any]:
    return {host.name: {} for host in hosts if group in host.roles}


def _host(host: KubeanHost, kubean: KubeanMember) -> dict[str, Any]:
    ip = node_ip(host)
    return {
        **({"ip": ip, "access_ip": ip} if ip else {}),
        "ansible_host": host.address,
        "ansible_port": kubean.ssh.port,
        "ansible_user": kubean.ssh.user,
        "ansible_connection": "ssh",
    }


def _is_ip(address: str) -> bool:
    try:
        ip_address(address)
    except ValueError:
        return False
    return True
