import base64
import json
from typing import Any

from tests.unit.scripts.conftest import World

FIRST_TO_SECOND = {"CLUSTER": "cluster02", "SOURCE": "cluster01"}
GIVEN = {"CLUSTER": "cluster02", "SOURCE": ""}
PEM = {
    "cert": "-----BEGIN CERTIFICATE-----\nabc\n",
    "key": "-----BEGIN KEY-----\ncanary-of-the-key\n",
}


def with_ca(world: World, cluster: str, text: str, **more: object) -> None:
    secret = {"data": {"ca.crt": text, "ca.key": f"canary-key-{text}"}, "type": "Opaque"} | more
    objects = world.clusters[cluster]["objects"] | {"secret/cilium-ca": secret}
    world.change(cluster, objects=objects)


def ca(world: World, cluster: str) -> dict[str, Any]:
    return dict(world.clusters[cluster]["objects"]["secret/cilium-ca"])


def test_the_first_clusters_ca_reaches_the_second(world: World) -> None:
    with_ca(world, "cluster01", "one")
    done = world.run("share_ca", "share", FIRST_TO_SECOND)
    assert done.returncode == 0, done.stderr
    assert ca(world, "cluster02")["data"] == ca(world, "cluster01")["data"]


def test_helm_can_take_the_shared_ca_over_and_never_deletes_it(world: World) -> None:
    with_ca(world, "cluster01", "one")
    world.run("share_ca", "share", FIRST_TO_SECOND)
    metadata = ca(world, "cluster02")["metadata"]
    assert metadata["labels"] == {"app.kubernetes.io/managed-by": "Helm"}
    assert metadata["annotations"] == {
        "meta.helm.sh/release-name": "cilium",
        "meta.helm.sh/release-namespace": "kube-system",
        "helm.sh/resource-policy": "keep",
    }


def test_sharing_twice_writes_once(world: World) -> None:
    with_ca(world, "cluster01", "one")
    world.run("share_ca", "share", FIRST_TO_SECOND)
    world.forget_calls()
    assert world.run("share_ca", "share", FIRST_TO_SECOND).returncode == 0
    assert all(call[3] == "get" for call in world.calls("kubectl"))


def test_a_ca_that_no_mesh_uses_yet_is_replaced(world: World) -> None:
    """A plain install creates one for Hubble in every cluster."""
    with_ca(world, "cluster01", "one")
    with_ca(world, "cluster02", "two", metadata={"name": "cilium-ca", "labels": {"a": "b"}})
    assert world.run("share_ca", "share", FIRST_TO_SECOND).returncode == 0
    assert ca(world, "cluster02")["data"]["ca.crt"] == "one"
    assert ca(world, "cluster02")["metadata"]["labels"]["a"] == "b"


def test_a_ca_in_use_is_refused_with_the_ways_out(world: World) -> None:
    with_ca(world, "cluster01", "one")
    with_ca(world, "cluster02", "two")
    objects = world.clusters["cluster02"]["objects"] | {"deployment/clustermesh-apiserver": {}}
    world.change("cluster02", objects=objects)
    done = world.run("share_ca", "share", FIRST_TO_SECOND)
    assert done.returncode == 1
    assert "ca.source" in done.stderr
    assert ca(world, "cluster02")["data"]["ca.crt"] == "two"


def test_a_giver_without_ca_is_told(world: World) -> None:
    done = world.run("share_ca", "share", FIRST_TO_SECOND)
    assert done.returncode == 1
    assert "cluster01 has no usable Secret kube-system/cilium-ca" in done.stderr


def test_a_ca_of_cert_manager_is_shared_too(world: World) -> None:
    secret = {"data": {"tls.crt": "one", "tls.key": "key"}}
    objects = world.clusters["cluster01"]["objects"] | {"secret/cilium-ca": secret}
    world.change("cluster01", objects=objects)
    world.run("share_ca", "share", FIRST_TO_SECOND)
    assert ca(world, "cluster02")["data"] == {"ca.crt": "one", "ca.key": "key"}


def test_a_ca_of_the_config_is_stored_as_it_was_given(world: World) -> None:
    done = world.run("share_ca", "share", GIVEN, ca=PEM)
    assert done.returncode == 0, done.stderr
    data = ca(world, "cluster02")["data"]
    assert base64.b64decode(data["ca.key"]).decode() == PEM["key"]
    assert base64.b64decode(data["ca.crt"]).decode() == PEM["cert"]


def test_no_key_shows_up_in_arguments_or_output(world: World) -> None:
    with_ca(world, "cluster01", "one")
    runs = [
        world.run("share_ca", "share", FIRST_TO_SECOND),
        world.run("share_ca", "share", GIVEN | {"CLUSTER": "cluster03"}, ca=PEM),
    ]
    assert "canary" not in json.dumps(world.calls("kubectl"))
    assert "canary" not in "".join(run.stdout + run.stderr for run in runs)
