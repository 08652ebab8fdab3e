"""The rule no-mesh-load-balancer: no LoadBalancer exposes anything of the mesh."""

from typing import Any

import pytest

from policy.rules.exposure import check
from policy.rules.resource import SERVICE, Resource


def service(type_: str = "LoadBalancer", **metadata: Any) -> Resource:
    spec = {"type": type_, "selector": metadata.pop("selector", {})}
    return Resource(SERVICE, "one", props={"metadata": metadata, "spec": spec})


def command(type_: str) -> Resource:
    return Resource("command:local:Command", "one", props={"environment": {"SERVICE_TYPE": type_}})


def release(type_: str) -> Resource:
    values = {"clustermesh": {"apiserver": {"service": {"type": type_}}}}
    return Resource("kubernetes:helm.sh/v3:Release", "one", props={"values": values})


EXPOSED = {
    "what enables the mesh": command("LoadBalancer"),
    "Cilium's release": release("LoadBalancer"),
    "the mesh's own Service": service(selector={"k8s-app": "clustermesh-apiserver"}),
    "an API server": service(labels={"app.kubernetes.io/part-of": "cilium-clustermesh"}),
    "a global Service": service(annotations={"service.cilium.io/global": "true"}),
}


@pytest.mark.parametrize("resource", EXPOSED.values(), ids=EXPOSED)
def test_a_load_balancer_of_the_mesh_is_told_unless_it_is_allowed(resource: Resource) -> None:
    (fault,) = check(resource, {})
    assert "exposes the mesh through a LoadBalancer" in fault.text
    assert "allow it in the pack's config" in fault.text
    assert list(check(resource, {"allowed": True})) == []


@pytest.mark.parametrize(
    "resource",
    [
        command("NodePort"),
        release("NodePort"),
        service("NodePort", selector={"k8s-app": "clustermesh-apiserver"}),
        service(labels={"app": "shop"}),
    ],
    ids=["what enables the mesh", "Cilium's release", "the mesh's own Service", "somebody else's"],
)
def test_a_node_port_and_what_is_not_of_the_mesh_are_fine(resource: Resource) -> None:
    assert list(check(resource, {})) == []
