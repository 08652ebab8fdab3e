"""Facts of a cluster, read from an API server on loopback."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from components.common.labels import LABELS, STACK
from components.common.own_objects import API_SERVER, RESPONSE
from components.common.versions import Version, of_image, parse
from components.facts.reading import cilium_config, flag, networks, read, read_all
from components.kube_api.errors import Kind
from components.kubeconfig.document import Kubeconfig, read_text
from tests.fake_api import Answer, FakeApi, server_pair, serving
from tests.kubeconfigs import as_text, kubeadm

SYSTEM = "/api/v1/namespaces/kube-system"
SECONDS = 10


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving(server_pair()) as served:
        served.objects |= healthy()
        yield served


def kubeconfig(api: FakeApi) -> Kubeconfig:
    return read_text(as_text(kubeadm(api.url)), None)


def release_secret(
    revision: int, status: str = "deployed", chart: str = "1.18.4", **metadata: Any
) -> Any:
    stored = {
        "version": revision,
        "info": {"status": status},
        "config": {"tls": {"ca": {"key": "c4n4ry"}}},
        "chart": {"metadata": {"name": "cilium", "version": chart, **metadata}},
    }
    packed = base64.b64encode(gzip.compress(json.dumps(stored).encode()))
    return {
        "metadata": release_metadata(revision),
        "data": {"release": base64.b64encode(packed).decode()},
    }


def release_metadata(revision: int) -> Any:
    return {
        "name": f"sh.helm.release.v1.cilium.v{revision}",
        "labels": {"version": str(revision), "status": "deployed"},
    }


def control_plane(*arguments: str) -> Any:
    container = {"command": ["kube-apiserver", *arguments]}
    return {"metadata": {"name": "kube-apiserver-node1"}, "spec": {"containers": [container]}}


def healthy() -> dict[str, Any]:
    return {
        "/version": {"gitVersion": "v1.33.4"},
        "/api/v1/nodes": [
            {
                "metadata": {
                    "name": "node1",
                    "labels": {"node-role.kubernetes.io/control-plane": ""},
                },
                "spec": {"podCIDRs": ["10.10.0.0/24"]},
                "status": {
                    "addresses": [
                        {"type": "InternalIP", "address": "172.30.0.1"},
                        {"type": "Hostname", "address": "node1"},
                    ],
                    "conditions": [{"type": "Ready", "status": "True"}],
                    "nodeInfo": {"kernelVersion": "6.1.0", "osImage": "Debian"},
                },
            }
        ],
        "/api/v1/services": [
            {
                "metadata": {"namespace": "shop", "name": "web"},
                "spec": {"ports": [{"port": 80, "nodePort": 30080}, {"port": 81}]},
            }
        ],
        "/api/v1/namespaces": [
            {"metadata": {"name": "default", "uid": "de-fa"}},
            {"metadata": {"name": "kube-system", "uid": "5y-5t"}},
            {"metadata": {"name": "leaving", "deletionTimestamp": "2026-01-01T00:00:00Z"}},
        ],
        f"{SYSTEM}/configmaps/cilium-config": {
            "data": {
                "cluster-name": "cluster01",
                "cluster-id": "1",
                "routing-mode": "tunnel",
                "tunnel-protocol": "vxlan",
                "max-connected-clusters": "255",
                "identity-allocation-mode": "crd",
                "ipam": "kubernetes",
                "kube-proxy-replacement": "true",
            }
        },
        f"{SYSTEM}/secrets": [{"metadata": release_metadata(n)} for n in (2, 10, 9)],
        f"{SYSTEM}/secrets/sh.helm.release.v1.cilium.v10": release_secret(10),
        f"{SYSTEM}/pods": [
            control_plane("--service-cluster-ip-range=10.11.0.0/16"),
            control_plane("--cluster-cidr=10.10.0.0/16"),
        ],
        "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium": {
            "spec": {
                "template": {
                    "spec": {
                        "containers": [
                            {
                                "name": "cilium-agent",
                                "image": "quay.io/cilium/cilium:v1.18.4@sha256:0",
                            }
                        ]
                    }
                }
            }
        },
    }


def test_everything_that_the_checks_need_is_read(api: FakeApi) -> None:
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.is_reachable and not facts.unread
    assert facts.certificate_names == ("127.0.0.1", "kubernetes.default.svc")
    assert facts.kubernetes_version == Version(1, 33, 4)
    assert facts.cilium_version == Version(1, 18, 4)
    assert facts.cilium is not None
    assert (facts.cilium.name, facts.cilium.id) == ("cluster01", 1)
    assert facts.cilium.datapath == "vxlan tunnels"
    assert facts.release is not None
    assert (facts.release.revision, facts.release.status) == (10, "deployed")
    assert facts.pod_cidrs == networks(["10.10.0.0/16"])
    assert facts.allocated_pod_cidrs == networks(["10.10.0.0/24"])
    assert facts.service_cidrs == networks(["10.11.0.0/16"])
    assert facts.node_ports == {30080: "shop/web"}
    assert facts.namespaces == {"default": "de-fa", "kube-system": "5y-5t"}
    assert facts.uid == "5y-5t"
    (node,) = facts.nodes
    assert (node.name, node.kernel) == ("node1", "6.1.0")
    assert node.internal_ips == (ip_address("172.30.0.1"),)
    assert node.is_ready and node.is_control_plane


def test_reading_changes_nothing_and_asks_for_each_object_once(api: FakeApi) -> None:
    read("cluster01", kubeconfig(api), SECONDS)
    assert api.methods == {"GET"}
    assert len(api.paths) == len(set(api.paths))


def test_the_stack_is_read_from_the_projects_own_service_alone(api: FakeApi) -> None:
    services = api.objects["/api/v1/services"]
    mark = {STACK: "cilium-clustermesh/prod"}
    services[0]["metadata"]["annotations"] = mark
    assert read("cluster01", kubeconfig(api), SECONDS).stack == ""
    services.append({"metadata": {"namespace": "kube-system", "name": "x", "annotations": mark}})
    assert read("cluster01", kubeconfig(api), SECONDS).stack == "cilium-clustermesh/prod"


def test_of_the_release_only_the_newest_secret_is_read_and_its_values_are_dropped(
    api: FakeApi,
) -> None:
    facts = read("cluster01", kubeconfig(api), SECONDS)
    secrets = [path for path in api.paths if "/secrets/" in path]
    assert secrets == [f"{SYSTEM}/secrets/sh.helm.release.v1.cilium.v10"]
    assert "c4n4ry" not in repr(facts)


HOSTILE = "172.30.0.2\n---\napiVersion: v1\nkind: ConfigMap"


def test_what_is_no_address_is_told_and_none_of_the_nodes_addresses(api: FakeApi) -> None:
    addresses = api.objects["/api/v1/nodes"][0]["status"]["addresses"]
    addresses[:0] = [
        {"type": "ExternalIP", "address": HOSTILE},
        {"type": "InternalIP", "address": "fe80::1%\n---"},
        {"type": "ExternalIP"},
        {"type": "ExternalIP", "address": ""},
        {"type": "ExternalIP", "address": "127.0.0.1"},
    ]
    (node,) = read("cluster01", kubeconfig(api), SECONDS).nodes
    assert (node.internal_ips, node.external_ips) == ((ip_address("172.30.0.1"),), ())
    assert node.no_addresses == (
        r"ExternalIP '172.30.0.2\n---\napiVersion: v1\nkind: ConfigMap'",
        r"InternalIP 'fe80::1%\n---'",
        "ExternalIP '127.0.0.1'",
    )


def test_a_revision_that_failed_is_judged_with_the_one_that_helm_builds_on(api: FakeApi) -> None:
    """Somebody ran `helm upgrade` with Cilium's own chart over a wrapper, and it failed."""
    before, failed = release_metadata(11), release_metadata(12)
    before["labels"]["status"], failed["labels"]["status"] = "deployed", "failed"
    api.objects[f"{SYSTEM}/secrets"] += [{"metadata": one} for one in (before, failed)]
    wrapper, own_chart = release_secret(11, dependencies=[{"name": "cilium"}]), release_secret(12)
    api.objects[f"{SYSTEM}/secrets/{before['name']}"] = wrapper
    api.objects[f"{SYSTEM}/secrets/{failed['name']}"] = own_chart
    found = read("cluster01", kubeconfig(api), SECONDS).release
    assert found is not None and found.revision == 12 and found.refusal is not None
    assert "has the sub-charts 'cilium'" in found.refusal


def test_a_release_of_a_wrapper_is_read_with_why_it_cannot_be_upgraded(api: FakeApi) -> None:
    newest = f"{SYSTEM}/secrets/sh.helm.release.v1.cilium.v10"
    api.objects[newest] = release_secret(10, dependencies=[{"name": "cilium"}])
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.release is not None and facts.release.refusal is not None
    assert "has the sub-charts 'cilium'" in facts.release.refusal


def own(labels: object, namespace: str = "shop", name: str = "x") -> Any:
    return {"metadata": {"namespace": namespace, "name": name, "labels": labels}}


@pytest.mark.parametrize(
    ("labels", "is_ours"), [(LABELS, True), ({"app": "x"}, False), (None, False)]
)
def test_what_has_the_names_of_our_objects_is_read_with_whose_it_is(
    api: FakeApi, labels: object, is_ours: bool
) -> None:
    x_wing, response = "/apis/apps/v1/namespaces/shop/deployments/x-wing", RESPONSE
    api.objects[x_wing] = own(labels)
    api.objects[f"/api/v1/namespaces/shop/configmaps/{response}"] = own(labels)
    api.objects["/api/v1/services"] += [
        own(labels, "shop", "rebel-base"),
        own(labels, "kube-system", API_SERVER.name),
        own(labels, "default", "rebel-base"),
    ]
    facts = read("cluster01", kubeconfig(api), SECONDS, "shop")
    assert {str(one.name): one.is_ours for one in facts.named} == {
        f"Service kube-system/{API_SERVER.name}": is_ours,
        "Deployment shop/x-wing": is_ours,
        f"ConfigMap shop/{response}": is_ours,
        "Service shop/rebel-base": is_ours,
    }


def test_without_a_demo_its_names_are_anybodys(api: FakeApi) -> None:
    api.objects["/apis/apps/v1/namespaces/default/deployments/x-wing"] = own(None)
    assert read("cluster01", kubeconfig(api), SECONDS).named == ()


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_cluster_that_refuses_everything_gives_facts_that_say_so(
    api: FakeApi, status: int
) -> None:
    api.answer = lambda _: (status, {})
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.unreachable is not None and not facts.is_reachable


def test_what_may_not_be_read_is_noted_by_name_and_the_rest_is_read(api: FakeApi) -> None:
    def answer(path: str) -> Answer:
        if path in (f"{SYSTEM}/secrets", "/api/v1/nodes"):
            return 403, {}
        return api_reply(path)

    def api_reply(path: str) -> Answer:
        found = api.objects.get(path)
        if found is None:
            return 404, {}
        return 200, {"items": found} if isinstance(found, list) else found

    api.answer = answer
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert {name: error.kind for name, error in facts.unread.items()} == {
        "release": Kind.FORBIDDEN,
        "nodes": Kind.FORBIDDEN,
    }
    assert facts.service_cidrs and facts.cilium is not None


def test_without_cilium_its_config_is_noted_as_not_there(api: FakeApi) -> None:
    del api.objects[f"{SYSTEM}/configmaps/cilium-config"]
    del api.objects["/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"]
    api.objects[f"{SYSTEM}/secrets"] = []
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.unread["cilium"].kind is Kind.NOT_FOUND
    assert facts.release is None and "release" not in facts.unread


def test_with_cluster_pools_the_pod_ranges_are_those_of_cilium(api: FakeApi) -> None:
    """Kubespray fills spec.podCIDRs of the nodes too, with ranges that no Pod gets."""
    data = api.objects[f"{SYSTEM}/configmaps/cilium-config"]["data"]
    data |= {"ipam": "cluster-pool", "cluster-pool-ipv4-cidr": "10.40.0.0/16 10.41.0.0/16"}
    api.objects["/apis/cilium.io/v2/ciliumnodes"] = [
        {"spec": {"ipam": {"podCIDRs": ["10.40.3.0/24"]}}}
    ]
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.pod_cidrs == networks(["10.40.0.0/16", "10.41.0.0/16"])
    assert facts.allocated_pod_cidrs == networks(["10.40.3.0/24"])


def test_service_ranges_come_from_objects_where_there_are_no_control_plane_pods(
    api: FakeApi,
) -> None:
    api.objects[f"{SYSTEM}/pods"] = []
    path = "/apis/networking.k8s.io/v1/servicecidrs"
    api.objects[path] = [{"spec": {"cidrs": ["10.11.0.0/16", "fd00::/112"]}}]
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.service_cidrs == networks(["10.11.0.0/16", "fd00::/112"])


def test_ranges_come_from_kubeadm_where_nothing_else_tells(api: FakeApi) -> None:
    api.objects[f"{SYSTEM}/pods"] = []
    networking = "networking: {podSubnet: 10.10.0.0/16, serviceSubnet: 10.11.0.0/16}"
    api.objects[f"{SYSTEM}/configmaps/kubeadm-config"] = {
        "data": {"ClusterConfiguration": networking}
    }
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert facts.pod_cidrs == networks(["10.10.0.0/16"])
    assert facts.service_cidrs == networks(["10.11.0.0/16"])


@pytest.mark.parametrize("data", [{}, {"release": ""}, {"release": "AAAA"}, {"release": "c4n4ry"}])
def test_a_release_that_cannot_be_decoded_is_noted_without_its_content(
    api: FakeApi, data: dict[str, str]
) -> None:
    api.objects[f"{SYSTEM}/secrets/sh.helm.release.v1.cilium.v10"]["data"] = data
    facts = read("cluster01", kubeconfig(api), SECONDS)
    assert "revision 10" in facts.unread["release"].text
    assert "c4n4ry" not in facts.unread["release"].text


def test_the_version_is_the_charts_where_the_image_does_not_tell_one(api: FakeApi) -> None:
    path = "/apis/apps/v1/namespaces/kube-system/daemonsets/cilium"
    spec = api.objects[path]["spec"]["template"]["spec"]
    spec["containers"][0]["image"] = "mirror.example/cilium@sha256:0"
    assert read("cluster01", kubeconfig(api), SECONDS).cilium_version == Version(1, 18, 4)


def test_clusters_are_read_side_by_side_in_the_order_given(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are asked before any has answered: the barrier opens only for all."""
    barrier = threading.Barrier(3, timeout=20)

    def waiting(path: str) -> Answer:
        if path == "/version":
            barrier.wait()
        return 404, {}

    api.answer = waiting
    names = ("c", "a", "b")
    found = read_all(dict.fromkeys(names, kubeconfig(api)), 30)
    assert tuple(facts.name for facts in found) == names
    assert not barrier.broken


def test_a_dead_cluster_does_not_keep_the_others_from_being_read(api: FakeApi) -> None:
    dead = read_text(as_text(kubeadm("https://127.0.0.1:1")), None)
    first, second = read_all({"dead": dead, "alive": kubeconfig(api)}, SECONDS)
    assert not first.is_reachable and second.is_reachable


def test_no_clusters_give_no_facts() -> None:
    assert read_all({}, SECONDS) == ()


@pytest.mark.parametrize(
    ("data", "datapath"),
    [
        ({}, "vxlan tunnels"),
        ({"tunnel": "geneve"}, "geneve tunnels"),
        ({"tunnel": "disabled"}, "native routing"),
        ({"routing-mode": "native"}, "native routing"),
        ({"routing-mode": "tunnel", "tunnel-protocol": "geneve"}, "geneve tunnels"),
        ({"tunnel-port": "8473"}, "vxlan tunnels on port 8473"),
    ],
)
def test_the_datapath_is_told_for_old_and_new_config_keys(
    data: dict[str, str], datapath: str
) -> None:
    assert cilium_config(data).datapath == datapath


@pytest.mark.parametrize(
    ("data", "encryption"),
    [
        ({}, "none"),
        ({"enable-wireguard": "true"}, "WireGuard"),
        ({"enable-ipsec": "true"}, "IPsec"),
        ({"enable-ipsec": "false", "enable-wireguard": "false"}, "none"),
    ],
)
def test_encryption_is_told(data: dict[str, str], encryption: str) -> None:
    assert cilium_config(data).encryption == encryption


def test_a_config_without_name_and_id_has_ciliums_defaults() -> None:
    found = cilium_config({"cluster-id": "x"})
    assert (found.name, found.id, found.max_connected_clusters) == ("default", None, 255)


def test_a_flag_is_found_in_commands_and_arguments_one_word_or_two() -> None:
    wanted = networks(["10.11.0.0/16", "fd00::/112"])
    one = {"spec": {"containers": [{"args": ["--range=10.11.0.0/16,fd00::/112"]}]}}
    two = {"spec": {"containers": [{"command": ["x", "--range", "10.11.0.0/16,fd00::/112"]}]}}
    assert flag([{}, one], "--range") == flag([two], "--range") == wanted
    assert flag([{"spec": {"containers": [{"args": ["--other-range=1"]}]}}], "--range") == ()


def test_networks_leave_out_what_is_none_and_what_was_there() -> None:
    assert networks(["10.0.0.0/8", None, "", "x", "10.0.0.0/8"]) == (ip_network("10.0.0.0/8"),)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("quay.io/cilium/cilium:v1.18.4", Version(1, 18, 4)),
        ("localhost:5000/cilium:v1.16.0-rc.1@sha256:0", Version(1, 16, 0)),
        ("localhost:5000/cilium", None),
        ("cilium:latest", None),
        ("cilium@sha256:18", None),
    ],
)
def test_a_version_is_read_from_an_images_tag(image: str, version: Version | None) -> None:
    assert of_image(image) == version


def test_versions_compare_as_numbers() -> None:
    nine, ten = parse("v1.9.0"), parse("1.10")
    assert nine is not None and ten is not None and nine < ten
    assert parse("devel") is None


def test_every_request_is_bounded(api: FakeApi) -> None:
    api.drip_seconds = 0.2
    facts = read("cluster01", kubeconfig(api), 0.5)
    assert facts.unreachable is not None and facts.unreachable.kind is Kind.TIMEOUT
