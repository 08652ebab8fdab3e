"""Each preflight check: what passes, what is refused, and the message."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from components.checks.registry import CHECKS, check
from components.checks.report import Finding, PreflightReport
from components.common.own_objects import API_SERVER, of_demo
from components.common.versions import Version
from components.config.preflight_levels import DEFAULT_LEVELS, Level
from components.facts.cilium_cli import CliFacts
from components.facts.cluster import ClusterFacts, NamedObject, ReleaseFacts
from components.facts.management import ManagementFacts
from components.kube_api.errors import ApiError, Kind
from components.node.minimum import minimum_for
from tests.unit.config.configs import config, raw_cluster
from tests.unit.facts.known import CLI, cilium, facts, node

RELEASE = ReleaseFacts(4, "deployed", Version(1, 18, 4))
X_WING = of_demo("default")[1]
FORBIDDEN = ApiError(Kind.FORBIDDEN, "the kubeconfig's user may not read it", "give it the rights")


def report(
    second: ClusterFacts | None = None, cli: CliFacts = CLI, **changes: Any
) -> PreflightReport:
    return check(config(2, **changes), [facts(1), second or facts(2)], cli)


def only(found: PreflightReport) -> Finding:
    assert len(found.findings) == 1, found.render()
    return found.findings[0]


def nets(*texts: str) -> tuple[Any, ...]:
    return tuple(ip_network(text) for text in texts)


def test_every_check_of_the_catalogue_exists_and_every_check_has_a_level() -> None:
    assert CHECKS.keys() == DEFAULT_LEVELS.keys()


def test_a_healthy_mesh_has_no_findings() -> None:
    found = report()
    assert found.is_ok and not found.findings
    assert found.render() == "Preflight looked at cluster01, cluster02: nothing found."


def changed(**changes: Any) -> ClusterFacts:
    return facts(2, **changes)


def configured(**changes: Any) -> ClusterFacts:
    return facts(2, cilium=cilium(2, **changes))


@pytest.mark.parametrize(
    ("second", "name", "text"),
    [
        (
            ClusterFacts("cluster02", unreachable=ApiError(Kind.TIMEOUT, "no answer", "look")),
            "api-reachable",
            "no answer",
        ),
        (changed(release=None), "cilium-release", "no Helm release named cilium"),
        (
            changed(cilium=None, unread={"cilium": ApiError(Kind.NOT_FOUND, "x", "y")}),
            "cilium-release",
            "Cilium is not installed",
        ),
        (configured(name="default"), "cluster-name", "is 'default', the config says 'cluster02'"),
        (configured(id=0), "cluster-id", "is 0, the config says 2"),
        (changed(pod_cidrs=nets("10.99.0.0/16")), "pod-cidr", "10.99.0.0/16, the config says"),
        (
            changed(pod_cidrs=(), allocated_pod_cidrs=nets("10.99.0.0/24")),
            "pod-cidr",
            "outside the configured",
        ),
        (changed(service_cidrs=nets("10.98.0.0/16")), "service-cidr", "the config says"),
        (changed(nodes=(node(1),)), "node-address-overlap", "also that of a node of cluster01"),
        (
            changed(nodes=(node(2, internal_ips=(ip_address("10.10.0.9"),)),)),
            "node-address-overlap",
            "lies in the Pod CIDR 10.10.0.0/16 of cluster01",
        ),
        (configured(tunnel_protocol="geneve"), "datapath-mode", "geneve tunnels"),
        (configured(tunnel_port=8473), "datapath-mode", "on port 8473"),
        (configured(max_connected_clusters=511), "max-connected-clusters", "is 511"),
        (configured(identity_mode="kvstore"), "identity-mode", "is kvstore, not crd"),
        (configured(encryption="WireGuard"), "encryption", "its encryption is WireGuard"),
        (changed(cilium_version=Version(1, 16, 9)), "cilium-version-skew", "more than one minor"),
        (
            changed(nodes=(node(2, kernel="4.19.0-amd64"),)),
            "kernel",
            "too old for Cilium 1.18, which needs 5.10 or newer",
        ),
        (
            changed(node_ports={32258: "shop/web"}),
            "node-port",
            "NodePort 32258 already belongs to Service shop/web",
        ),
        (
            changed(nodes=(node(2, no_addresses=("ExternalIP 'x'",)),)),
            "node-address",
            "or that other clusters cannot reach: 'node2' has ExternalIP 'x'",
        ),
        (
            changed(release=replace(RELEASE, refusal="its chart is 'x', not Cilium's own")),
            "cilium-chart",
            "Cilium's Helm release cannot be managed: its chart is 'x', not Cilium's own",
        ),
        (
            changed(named=(NamedObject(X_WING, False), NamedObject(API_SERVER, True))),
            "foreign-object",
            "somebody else's Deployment default/x-wing is there: it lacks the label",
        ),
        (
            changed(namespaces={"kube-system": "uid"}),
            "demo-namespace",
            "the demo's namespace default does not exist",
        ),
    ],
)
def test_what_breaks_a_mesh_stops_it_and_is_said_once(
    second: ClusterFacts, name: str, text: str
) -> None:
    # Cilium 1.16 was not tested with Kubernetes 1.33, which is not the subject here.
    found = only(report(second, preflight={"kubernetes-version": "off"}))
    assert (found.check, found.level) == (name, Level.ERROR)
    assert text in found.text and found.remedy


@pytest.mark.parametrize(
    ("second", "name", "text"),
    [
        (changed(kubernetes_version=Version(1, 29, 0)), "kubernetes-version", "only with 1.30"),
        (changed(nodes=(node(2, is_ready=False),)), "nodes-ready", "not ready: node2"),
        (
            changed(release=ReleaseFacts(4, "pending-upgrade", None)),
            "cilium-release-pending",
            "revision 4 of Cilium's Helm release is pending-upgrade",
        ),
    ],
)
def test_what_may_pass_by_itself_is_a_warning(second: ClusterFacts, name: str, text: str) -> None:
    found = only(report(second))
    assert (found.check, found.level) == (name, Level.WARN) and text in found.text


@pytest.mark.parametrize(
    ("second", "name"),
    [
        (changed(cilium=None, unread={"cilium": FORBIDDEN}), "cilium-release"),
        (changed(release=None, unread={"release": FORBIDDEN}), "cilium-release"),
        (changed(pod_cidrs=(), allocated_pod_cidrs=()), "pod-cidr"),
        (changed(service_cidrs=(), unread={"service_cidrs": FORBIDDEN}), "service-cidr"),
        (changed(nodes=(), unread={"nodes": FORBIDDEN}), "kernel"),
        (changed(cilium_version=None), "cilium-version-skew"),
        (changed(namespaces={}, unread={"namespaces": FORBIDDEN}), "demo-namespace"),
    ],
)
def test_what_cannot_be_checked_warns_and_says_why_but_never_stops(
    second: ClusterFacts, name: str
) -> None:
    found = only(report(second))
    assert (found.check, found.level) == (name, Level.WARN)
    assert "could not be checked" in found.text
    if second.unread:
        assert FORBIDDEN.text in found.text and found.remedy == FORBIDDEN.remedy


@pytest.mark.parametrize(
    "second",
    [
        changed(cilium_version=Version(1, 17, 0)),
        changed(pod_cidrs=nets("10.20.0.0/17", "10.20.128.0/17")),
        changed(pod_cidrs=()),
        changed(node_ports={32258: "kube-system/clustermesh-apiserver"}),
        changed(release=ReleaseFacts(4, "failed", None)),
        changed(nodes=(node(2, kernel="4.18.0-553.el8_10.x86_64"),)),
    ],
)
def test_what_does_no_harm_is_not_mentioned(second: ClusterFacts) -> None:
    assert not report(second, preflight={"kubernetes-version": "off"}).findings


def test_the_cluster_that_differs_from_most_is_the_one_that_is_named() -> None:
    three = [facts(1, cilium=cilium(1, tunnel_protocol="geneve")), facts(2), facts(3)]
    found = only(check(config(3), three, CLI))
    assert found.cluster == "cluster01"


def test_the_demo_needs_its_namespace_in_every_cluster_and_where_it_is_off_none() -> None:
    found = report(demo={"namespace": "shop"})
    assert [one.cluster for one in found.errors] == ["cluster01", "cluster02"]
    assert all("kubectl create namespace shop" in one.remedy for one in found.errors)
    assert not report(demo={"namespace": "shop", "enabled": False}).findings


def test_native_routing_needs_a_range_over_the_pods_of_all_clusters() -> None:
    def native(number: int, *cidrs: str, masquerades: bool = True) -> ClusterFacts:
        mode = {"routing_mode": "native", "native_cidrs": nets(*cidrs), "masquerades": masquerades}
        return facts(number, cilium=cilium(number, **mode))

    wide, own = native(1, "10.0.0.0/8"), native(2, "10.20.0.0/16")
    found = only(check(config(2), [wide, own], CLI))
    assert found.check == "native-routing-cidr" and "10.10.0.0/16" in found.text
    unmasked = native(2, masquerades=False)
    assert not check(config(2), [wide, unmasked], CLI).findings


def test_real_overlaps_are_found_even_where_the_config_hides_them() -> None:
    second = facts(2, service_cidrs=nets("10.10.64.0/18"))
    found = report(second)
    assert {finding.check for finding in found.errors} == {"service-cidr", "cidr-overlap"}
    assert "overlaps the Pod CIDR 10.10.0.0/16 of cluster01" in found.render()


def test_a_node_port_of_the_api_server_that_another_service_has_is_named_by_its_key() -> None:
    clusters = [raw_cluster(1, apiServer={"nodePort": 31443}), raw_cluster(2)]
    taken = facts(1, node_ports={31443: "shop/web"})
    found = only(check(config(0, clusters=clusters), [taken, facts(2)], CLI))
    assert "apiServer.nodePort" in found.remedy
    own = facts(1, node_ports={31443: "kube-system/cilium-clustermesh-api-server"})
    assert not check(config(0, clusters=clusters), [own, facts(2)], CLI).findings


@pytest.mark.parametrize(
    ("cli", "level", "text"),
    [
        (CliFacts(None), Level.ERROR, "not on PATH"),
        (CliFacts("/x", Version(0, 16, 19), "v0.16.19"), Level.ERROR, "0.16.20 or newer"),
        (CliFacts("/x", None, "(devel)"), Level.WARN, "does not report its version ((devel))"),
    ],
)
def test_the_cli_must_be_there_and_new_enough(cli: CliFacts, level: Level, text: str) -> None:
    found = only(report(cli=cli))
    assert (found.check, found.level, found.cluster) == ("cli-version", level, "")
    assert text in found.text


def test_a_mismatching_ca_needs_a_cli_that_can_allow_it() -> None:
    cli = CliFacts("/x", Version(0, 19, 0), "v0.19.0")
    assert not report(cli=cli).findings
    assert "0.19.1 or newer" in only(report(cli=cli, ca={"source": "mismatched"})).text


def test_a_level_of_the_config_replaces_the_default() -> None:
    second = changed(release=None)
    assert not report(second, preflight={"cilium-release": "off"}).findings
    assert report(second, preflight={"cilium-release": "warn"}).is_ok
    stopped = report(changed(nodes=(node(2, is_ready=False),)), preflight={"nodes-ready": "error"})
    assert not stopped.is_ok


def test_one_report_covers_all_clusters_errors_first() -> None:
    first = facts(1, nodes=(node(1, is_ready=False),))
    second = facts(2, release=None, cilium=replace(cilium(2), id=9))
    found = check(config(2), [first, second], CliFacts(None))
    assert [one.check for one in found.findings] == [
        "cli-version",
        "cilium-release",
        "cluster-id",
        "nodes-ready",
    ]
    text = found.render()
    assert "3 errors, 1 warning" in text and "preflight.<check>" in text
    assert all(one.remedy in text for one in found.findings)


@pytest.mark.parametrize(
    ("kernel", "minor", "enough"),
    [
        ("4.9.17", 13, True),
        ("4.9.16", 13, False),
        ("4.19.57", 14, True),
        ("4.19.56-generic", 15, False),
        ("4.18.0-193.el8.x86_64", 15, True),
        ("5.4.0-100-generic", 17, True),
        ("5.3.18-default", 16, False),
        ("4.18.0-372.9.1.el8.x86_64", 16, True),
        ("4.18.0-348.el8.x86_64", 17, False),
        ("5.10.0", 18, True),
        ("5.4.278-1.el7.elrepo.x86_64", 18, False),
        ("4.18.0-553.el8_10.x86_64", 18, True),
        ("4.18.0-513.5.1.el8_9.x86_64", 18, False),
        ("4.18.0-553-generic", 18, False),
        ("5.14.0-427.13.1.el9_4.x86_64", 20, True),
        ("3.10.0-1160.el7.x86_64", 13, False),
        ("", 18, False),
    ],
)
def test_a_kernel_is_judged_as_ciliums_requirements_do(
    kernel: str, minor: int, enough: bool
) -> None:
    assert minimum_for(Version(1, minor)).is_met_by(kernel) is enough


def test_the_wanted_kernel_is_said_with_its_exception() -> None:
    assert str(minimum_for(Version(1, 18, 4))) == "5.10 or newer, or RHEL 8's 4.18.0-553"
    assert str(minimum_for(Version(1, 14))) == "4.19.57 or newer, or RHEL 8's 4.18.0"
    assert str(minimum_for(Version(1, 12))) == "4.9.17 or newer"


OWNED = {"install": True, "version": "1.18.4"}
NO_CILIUM = {"cilium": ApiError(Kind.NOT_FOUND, "x", "y")}


def fresh(**changes: Any) -> ClusterFacts:
    """A cluster without Cilium, whose nodes cannot be ready."""
    return facts(
        2,
        **{
            "cilium": None,
            "cilium_version": None,
            "release": None,
            "unread": NO_CILIUM,
            "nodes": (node(2, is_ready=False),),
            "pod_cidrs": (),
            "allocated_pod_cidrs": (),
            **changes,
        },
    )


def released(places: frozenset[tuple[str, ...]] = frozenset(), **changes: Any) -> ClusterFacts:
    version = changes.pop("version", Version(1, 18, 4))
    found = ReleaseFacts(3, "deployed", version, places=places, **changes)
    return facts(2, release=found, cilium_version=version)


def test_a_cluster_without_cilium_passes_where_it_is_to_be_installed() -> None:
    assert not report(fresh(), cilium=OWNED).findings
    assert {one.check for one in report(fresh()).findings} >= {"cilium-release", "nodes-ready"}


def test_what_is_to_be_installed_is_judged_by_its_version() -> None:
    found = report(fresh(nodes=(node(2, kernel="4.9.0"),)), cilium=OWNED)
    assert only(found).check == "kernel"
    skewed = report(
        facts(2),
        cilium=OWNED,
        clusters=[raw_cluster(1), raw_cluster(2, cilium={"install": True, "version": "1.19.1"})],
    )
    assert not skewed.errors


def test_a_cilium_without_a_release_is_refused_although_it_is_to_be_owned() -> None:
    assert only(report(changed(release=None), cilium=OWNED)).check == "cilium-release"


@pytest.mark.parametrize(
    ("running", "text"),
    [(Version(1, 16, 2), "one minor at a time"), (Version(1, 19, 0), "cannot go back")],
)
def test_a_step_between_versions_that_is_not_tested_is_refused(running: Version, text: str) -> None:
    found = [one for one in report(released(version=running), cilium=OWNED).errors]
    assert [one.check for one in found] == ["cilium-upgrade"]
    assert text in found[0].text
    assert not [one for one in report(released(version=running)).errors if "upgrade" in one.check]


def test_a_takeover_that_would_lose_values_or_peers_is_refused_by_name() -> None:
    places = frozenset({("routingMode",), ("hubble", "enabled"), ("cluster", "id")})
    cilium = {**OWNED, "values": {"hubble": {"enabled": False}}}
    second = released(places, peers={"cluster01": "1.2.3.4:1", "stranger": "1.2.3.5:1"})
    strangers, lost = report(second, cilium=cilium).errors
    assert lost.check == strangers.check == "cilium-values"
    assert lost.text.endswith(": routingMode")
    assert strangers.text.endswith(": stranger")


def test_a_null_says_that_the_default_is_meant() -> None:
    second = released(frozenset({("hubble", "enabled")}))
    assert not report(second, cilium={**OWNED, "values": {"hubble": None}}).findings


def test_what_the_program_wrote_itself_the_config_may_change() -> None:
    second = released(frozenset({("routingMode",)}), is_ours=True, peers={"gone": "1.2.3.4:1"})
    assert not report(second, cilium=OWNED).findings


def test_without_an_owned_release_its_values_are_nobodys_concern() -> None:
    assert not report(released(frozenset({("routingMode",)}))).findings


@pytest.mark.parametrize(
    ("found", "level", "text"),
    [
        (
            ManagementFacts(unreachable=ApiError(Kind.TIMEOUT, "no answer", "look")),
            Level.ERROR,
            "the management cluster cannot be read: no answer",
        ),
        (ManagementFacts(missing=("clusters.kubean.io",)), Level.ERROR, "clusters.kubean.io"),
        (ManagementFacts(forbidden=("secrets in namespace x",)), Level.ERROR, "may not create"),
        (ManagementFacts(unread=FORBIDDEN), Level.WARN, "could not be checked"),
    ],
)
def test_a_management_cluster_that_cannot_make_clusters_is_told(
    found: ManagementFacts, level: Level, text: str
) -> None:
    told = only(check(config(2), [facts(1), facts(2)], CLI, of_kubean=found))
    assert (told.check, told.level, told.cluster) == ("management-cluster", level, "")
    assert text in told.text and told.remedy


def test_one_that_can_is_not_mentioned() -> None:
    assert not check(config(2), [facts(1), facts(2)], CLI, of_kubean=ManagementFacts()).findings


@pytest.mark.parametrize(("owner", "asking"), [("", "mesh/prod"), ("mesh/prod", "mesh/prod")])
def test_a_cluster_of_nobody_or_of_the_stack_itself_is_let_pass(owner: str, asking: str) -> None:
    found = check(config(2), [facts(1), facts(2, stack=owner)], CLI, stack=asking)
    assert not found.findings


def test_a_cluster_of_another_stack_is_refused_with_its_name() -> None:
    found = only(check(config(2), [facts(1), facts(2, stack="mesh/prod")], CLI, stack="mesh/dev"))
    assert (found.cluster, found.check, found.level) == ("cluster02", "other-stack", Level.ERROR)
    assert "stack 'mesh/prod'" in found.text and "mesh/dev" not in found.text
