"""A program that breaks every rule of policy/, each once or in each of its ways."""

import json
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_command import local

CREDENTIALS = json.dumps({"users": [{"user": {"token": "of-an-administrator"}}]})


def provider(name: str, **settings: Any) -> pulumi.ResourceOptions:
    made = kubernetes.Provider(name, render_yaml_to_directory="rendered", **settings)
    return pulumi.ResourceOptions(provider=made)


def service(cluster: str, port: int, where: pulumi.ResourceOptions) -> None:
    kubernetes.core.v1.Service(
        cluster,
        metadata={"name": "shared", "annotations": {"service.cilium.io/global": "true"}},
        spec={"type": "LoadBalancer", "ports": [{"name": "http", "port": port}]},
        opts=where,
    )


kubernetes.core.v1.ConfigMap("somewhere", metadata={"name": "somewhere"})
kubernetes.Provider("ambient")
kubernetes.Provider("open", kubeconfig=CREDENTIALS)
local.Command("open", create="true", stdin=CREDENTIALS, environment={"API_TOKEN": "abc"})
local.Command("kept", create="true", stdin=pulumi.Output.secret(CREDENTIALS))
local.Command("echoed", create=pulumi.Output.secret("echo '-----BEGIN PRIVATE KEY-----'"))
local.Command("mesh", create="true", environment={"SERVICE_TYPE": "LoadBalancer"})
service("frankfurt", 80, provider("frankfurt"))
service("dublin", 8080, provider("dublin"))
pulumi.export(
    "clusters",
    [
        {"name": "frankfurt", "id": 1, "podCidrs": ["10.0.0.0/8"], "serviceCidrs": []},
        {"name": "dublin", "id": 1, "podCidrs": ["10.20.0.0/16"], "serviceCidrs": []},
        {"name": "dublin", "id": 3, "podCidrs": [], "serviceCidrs": ["192.168.0.0/16"]},
        {"name": "madrid", "id": 4, "podCidrs": [], "serviceCidrs": []},
    ],
)
