"""Answers of API servers for clusters that match a stack file."""

from typing import Any

from tests.unit.facts.test_reading import SYSTEM, control_plane, healthy


def answers(cluster: dict[str, Any]) -> dict[str, Any]:
    """The API server's answers for a cluster that matches its entry."""
    found, number = healthy(), cluster["id"]
    (node,) = found["/api/v1/nodes"]
    node["metadata"]["name"] = f"{cluster['name']}-1"
    node["status"]["addresses"] = [{"type": "InternalIP", "address": f"192.0.2.{number}"}]
    found["/api/v1/namespaces"][1]["metadata"]["uid"] = f"uid of {cluster['name']}"
    cilium = found[f"{SYSTEM}/configmaps/cilium-config"]["data"]
    cilium |= {"cluster-name": cluster["name"], "cluster-id": str(number)}
    flags = {"service-cluster-ip-range": "serviceCidrs", "cluster-cidr": "podCidrs"}
    found[f"{SYSTEM}/pods"] = [
        control_plane(f"--{flag}={cluster[key][0]}") for flag, key in flags.items()
    ]
    node["spec"]["podCIDRs"] = [cluster["podCidrs"][0].replace("/16", "/24")]
    return found
