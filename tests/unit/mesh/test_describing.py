"""What clusters say becomes values, questions and findings."""

from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from components.facts.cluster import ClusterFacts
from components.kube_api.errors import ApiError, Kind
from mesh.describe.config import config
from mesh.describe.sources import Source, split
from tests.unit.facts.known import cilium, facts
from tests.unit.mesh.described import FOLDER, described, judged, raw, source

GONE = ApiError(Kind.TIMEOUT, "https://192.0.2.2:6443 did not answer within 10 s", "look")
NOT_THERE = ApiError(Kind.NOT_FOUND, "there is no cilium-config", "install it")
FORBIDDEN = ApiError(Kind.FORBIDDEN, "the kubeconfig's user may not read it", "give it the rights")


def nets(*texts: str) -> tuple[Any, ...]:
    return tuple(ip_network(text) for text in texts)


def keys(second: ClusterFacts) -> list[str]:
    """The questions about the second of two clusters."""
    return [gap.key for gap in described(facts(1), second)[1].gaps]


def test_what_healthy_clusters_say_is_complete_and_nothing_stops_an_update() -> None:
    found = described(facts(1), facts(2))
    assert [dict(entry.values) for entry in found] == [
        {
            "name": f"cluster0{number}",
            "id": number,
            "podCidrs": [f"10.{number}0.0.0/16"],
            "serviceCidrs": [f"10.{number}1.0.0/16"],
        }
        for number in (1, 2)
    ]
    assert not any(entry.gaps for entry in found)
    assert not judged(found).stops


@pytest.mark.parametrize(
    ("second", "asked"),
    [
        (facts(2, cilium=cilium(2, name="default")), ["name"]),
        (facts(2, cilium=cilium(2, id=0)), ["id"]),
        (facts(2, cilium=None, unread={"cilium": NOT_THERE}), ["name", "id"]),
        (facts(2, pod_cidrs=()), ["podCidrs"]),
        (facts(2, service_cidrs=(), unread={"service_cidrs": FORBIDDEN}), ["serviceCidrs"]),
        (facts(2, nodes=(), unread={"nodes": FORBIDDEN}), ["apiServer.address", "mesh.address"]),
        (ClusterFacts("1", unreachable=GONE), ["name", "id", "podCidrs", "serviceCidrs"]),
    ],
)
def test_what_a_cluster_does_not_say_is_asked(second: ClusterFacts, asked: list[str]) -> None:
    assert keys(second) == asked


def test_a_question_says_why_it_is_asked_and_what_is_known() -> None:
    unnamed, silent, ranges = described(
        facts(1, cilium=cilium(1, name="default")),
        ClusterFacts("1", unreachable=GONE),
        facts(3, pod_cidrs=()),
    )
    assert "set cluster.name in its Helm values" in unnamed.gaps[0].question
    assert GONE.text in silent.gaps[0].question
    assert "Its nodes were given 10.30.0.0/24" in ranges.gaps[0].question


def test_a_gap_is_no_finding_as_well() -> None:
    """The judged config has no value there that anybody gave."""
    found = described(facts(1), facts(2, cilium=cilium(2, id=0), pod_cidrs=(), service_cidrs=()))
    judgement = judged(found)
    assert not judgement.report.findings and not judgement.faults


@pytest.mark.parametrize(
    ("second", "check"),
    [
        (ClusterFacts("1", unreachable=GONE), "api-reachable"),
        (facts(2, cilium=None, unread={"cilium": NOT_THERE}), "cilium-release"),
        (facts(2, pod_cidrs=nets("10.10.128.0/17")), "cidr-overlap"),
        (facts(2, cilium=cilium(2, max_connected_clusters=511)), "max-connected-clusters"),
        (facts(2, node_ports={32258: "shop/web"}), "node-port"),
        (facts(2, stack="cilium-clustermesh/staging"), "other-stack"),
    ],
)
def test_what_preflight_would_stop_is_found(second: ClusterFacts, check: str) -> None:
    judgement = judged(described(facts(1), second))
    assert check in {finding.check for finding in judgement.report.errors}
    assert judgement.stops


def test_clusters_of_the_same_name_and_id_are_told_apart_and_told_what_to_do() -> None:
    found = described(facts(1), replace(facts(2), cilium=cilium(1)))
    assert [entry.label for entry in found] == ["cluster01", "cluster01 (2)"]
    assert raw(found)["clusters"][1]["name"] == "cluster01"
    judgement = judged(found)
    remedies = {fault.key.rpartition(".")[2]: fault.remedy for fault in judgement.faults}
    assert remedies.keys() == {"name", "id"}
    assert all("all its Pods must restart" in remedy for remedy in remedies.values())
    assert not judgement.report.errors


def test_an_overlap_is_told_once() -> None:
    inside = nets("10.10.128.0/17")
    second = facts(2, pod_cidrs=inside, allocated_pod_cidrs=inside)
    judgement = judged(described(facts(1), second))
    assert [fault.problem.partition(" the ")[0] for fault in judgement.faults] == ["it overlaps"]
    assert not judgement.told_apart
    (finding,) = judgement.report.errors
    assert "recreate one of the clusters" in finding.remedy


def test_one_cluster_is_no_mesh() -> None:
    (fault,) = judged(described(facts(1))).told_apart
    assert "at least two clusters" in fault.problem


def test_the_limit_is_that_of_most_clusters() -> None:
    wide = [facts(number, cilium=cilium(number, max_connected_clusters=511)) for number in (1, 2)]
    assert raw(described(*wide, facts(3)))["maxConnectedClusters"] == 511
    assert raw(described(facts(1), facts(2)))["maxConnectedClusters"] == 255


def test_the_context_is_written_even_where_it_is_the_current_one() -> None:
    """Whoever uses the kubeconfig may make another the current one."""
    first = config(described(facts(1)), FOLDER, is_embedded=False)["clusters"][0]
    assert first["kubeconfig"] == "/kube/file1.yaml"
    assert first["context"] == "kubernetes-admin@cluster.local"


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/project/kube/one.yaml", "kube/one.yaml"),
        ("/home/somebody/.kube/one.yaml", "~/.kube/one.yaml"),
        ("/etc/kube/one.yaml", "/etc/kube/one.yaml"),
    ],
)
def test_a_path_is_written_so_that_it_fits_elsewhere(
    path: str, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert Source(Path(path), source(1).kubeconfig).written(FOLDER) == written


def test_file_and_context_are_split_where_the_file_ends(tmp_path: Path) -> None:
    """Names of EKS contexts are full of colons, and a file's name may have one."""
    plain, odd = tmp_path / "one.yaml", tmp_path / "two:2.yaml"
    for path in (plain, odd):
        path.touch()
    arn = "arn:aws:eks:eu-central-1:123456789012:cluster/one"
    assert split(f"{plain}:{arn}") == (plain, arn)
    assert split(str(odd)) == (odd, None)
    assert split(f"{odd}:admin") == (odd, "admin")
    assert split("nowhere.yaml:admin") == (Path("nowhere.yaml"), "admin")
