"""A report says what the stack and its clusters say, except for secrets."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from components.common.labels import STACK
from components.config.faults.fault import NAMESPACE as PROJECT
from mesh.report import collecting, seeing
from mesh.report.__main__ import write
from mesh.report.collecting import collect
from mesh.report.model import Level, Link, Report, State, Use
from mesh.stack import Stack, StackError
from tests.fake_api import Answer, server_pair, serving
from tests.unit.facts.known import CLI
from tests.unit.mesh.stacks import CANARIES, NOW, FakeStack, fake_stack, prod
from tests.unit.scripts.conftest import World, world
from tests.unit.scripts.test_verify import mesh, status

__all__ = ["mesh", "world"]

CHECK = "other-stack"


@pytest.fixture
def fake(mesh: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    with ExitStack() as stack:
        apis = [stack.enter_context(serving(server_pair())) for _ in range(2)]
        made = fake_stack(apis, mesh)
        monkeypatch.setattr(subprocess, "run", made.run)
        monkeypatch.setattr(collecting, "read_cli", lambda: CLI)
        monkeypatch.setattr(seeing, "_TRAFFIC_SECONDS", 0)
        yield made


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return prod(tmp_path)


def checks(report: Report) -> set[tuple[str, str]]:
    return {(one.check, one.cluster) for one in report.findings}


@pytest.mark.usefixtures("fake")
def test_of_a_whole_mesh_everything_is_told(stack: Stack) -> None:
    report = collect(stack, NOW, send_traffic=True)
    assert report.headline == "Mesh prod: 2 clusters, all connected, every route answers"
    assert report.state is State.WHOLE
    assert {one.state for one in report.connections} == {Link.CONNECTED}
    assert len(report.routes) == 6
    assert report.answers_of("cluster01") == {"cluster01": 2, "cluster02": 2}
    one = report.clusters[0]
    assert (one.kubernetes, one.cilium, one.datapath) == ("1.33.4", "1.18.4", "vxlan tunnels")
    assert one.nodes[0].kernel == "6.1.0"
    (service,) = report.services
    assert (service.full_name, service.clusters) == (
        "default/rebel-base",
        ("cluster01", "cluster02"),
    )
    assert report.made.pulumi == "3.215.0"
    assert report.made.last_update is not None
    assert report.made.last_update.version == 7


@pytest.mark.usefixtures("fake")
def test_certificates_of_the_api_server_and_of_the_mesh_are_told_and_warned_of(
    stack: Stack,
) -> None:
    """Those of the tests expire in 30 days, one of which has begun; their CA in a year."""
    report = collect(stack, NOW, send_traffic=False)
    days = {(one.cluster, one.use): one.days for one in report.certificates}
    assert {use for _, use in days} == set(Use)
    assert days["cluster01", Use.API_SERVER] == days["cluster01", Use.MESH_CLIENT] == 29
    assert days["cluster02", Use.MESH_CA] in (364, 365)
    warned = [one.text for one in report.findings if one.check == "certificate"]
    assert len(warned) == 6
    assert all("expires in 29 days" in text for text in warned)


def test_the_recorded_proof_is_shown_without_a_request(fake: FakeStack, stack: Stack) -> None:
    report = collect(stack, NOW, send_traffic=False)
    assert report.proof.origin == "recorded"
    assert [route.milliseconds for route in report.routes] == [77.7]
    assert "in the last proof" in report.headline
    assert not [call for call in fake.world.calls("kubectl") if "exec" in call]


def test_a_missing_connection_is_told_once_and_not_again_for_every_route(
    fake: FakeStack, stack: Stack
) -> None:
    for name, peer in (("cluster01", "cluster02"), ("cluster02", "cluster01")):
        fake.world.change(name, meshStatus=status(peer, connected=0), answers={})
    report = collect(stack, NOW, send_traffic=True)
    assert report.state is State.BROKEN
    assert "2 of 2 connections are missing" in report.headline
    assert "6 of 6 routes get no answer" in report.headline
    errors = [one for one in report.findings if one.level is Level.ERROR]
    assert errors[0].check == "connection"
    assert not [one for one in errors if one.check == "traffic" and "cluster02 by Pod" in one.text]


def test_a_cluster_that_does_not_answer_is_named_and_the_rest_is_told(
    fake: FakeStack, stack: Stack
) -> None:
    fake.apis[1].answer = lambda _: (401, {"message": "who?"})
    fake.world.change("cluster02", up=False)
    report = collect(stack, NOW, send_traffic=True)
    assert report.headline.startswith("Mesh prod: 1 of 2 clusters does not answer")
    assert report.findings[0].check == "api-reachable"
    assert report.findings[0].cluster == "cluster02"
    assert [one.state for one in report.connections] == [Link.CONNECTED, Link.UNKNOWN]
    asked = {(way.source, way.target, way.path.value): way.ok for way in report.routes}
    assert asked["cluster01", "cluster02", "global-service"] is True
    assert asked["cluster01", "cluster02", "pod-ip"] is None
    assert asked["cluster02", "cluster02", "global-service"] is None


def test_a_config_that_cannot_be_read_is_a_finding_and_the_rest_is_told(
    fake: FakeStack, stack: Stack
) -> None:
    fake.config["clusters"][0]["id"] = 0
    report = collect(stack, NOW, send_traffic=True)
    assert ("config", "") in checks(report)
    assert report.state is State.WHOLE
    assert all(cluster.is_reachable for cluster in report.clusters)


def test_what_differs_between_config_and_mesh_is_told(fake: FakeStack, stack: Stack) -> None:
    fake.outputs["clusters"].pop()
    fake.outputs["verification"]["spec"]["clusters"] = ["cluster01"]
    report = collect(stack, NOW, send_traffic=True)
    (found,) = [one for one in report.findings if one.check == "config"]
    assert found.text == "cluster02: in the config but not in the mesh"


def test_preflight_has_its_say(fake: FakeStack, stack: Stack) -> None:
    fake.apis[0].objects["/api/v1/nodes"][0]["status"]["conditions"] = []
    assert ("nodes-ready", "cluster01") in checks(collect(stack, NOW, send_traffic=True))


def test_a_global_service_that_one_cluster_lacks_is_told(fake: FakeStack, stack: Stack) -> None:
    fake.apis[1].objects["/api/v1/services"].pop()
    report = collect(stack, NOW, send_traffic=True)
    (found,) = [one for one in report.findings if one.check == "global-service"]
    assert "default/rebel-base" in found.text
    assert found.text.endswith("not in cluster02")


@pytest.mark.parametrize(
    ("verification", "why"),
    [(None, "verification.enabled"), ({"spec": {"demo": None}}, "demo.enabled")],
)
def test_a_stack_that_proves_nothing_says_why_and_its_connections_are_told(
    fake: FakeStack, stack: Stack, verification: dict[str, Any] | None, why: str
) -> None:
    fake.outputs["verification"] = verification
    report = collect(stack, NOW, send_traffic=True)
    assert report.headline.endswith("all connected, no traffic was sent")
    assert why in report.proof.why


def test_certificates_that_may_not_be_read_are_told(fake: FakeStack, stack: Stack) -> None:
    api = fake.apis[0]
    answers = dict(api.objects)

    def refuse(path: str) -> Answer:
        if path.endswith("-cert"):
            return 403, {"message": "no"}
        return (200, answers[path]) if path in answers else (404, {})

    api.answer = refuse
    report = collect(stack, NOW, send_traffic=False)
    told = [one.text for one in report.findings if one.cluster == "cluster01"]
    assert any(
        "certificates could not be read: the kubeconfig's user may not" in one for one in told
    )


@pytest.mark.parametrize("is_broken", [False, True])
def test_no_secret_is_in_any_form_of_a_report(
    fake: FakeStack, stack: Stack, tmp_path: Path, is_broken: bool
) -> None:
    """Neither from the kubeconfigs and Secrets that it reads, nor from what a program prints."""
    if is_broken:
        # The API answers, but kubectl and the CLI fail and print their token.
        fake.world.change("cluster02", up=False)
    page = write(collect(stack, NOW, send_traffic=True), tmp_path / "out")
    files = list(page.parent.iterdir())
    assert {file.suffix for file in files} == {".html", ".md", ".json"}
    for file in files:
        assert not [canary for canary in CANARIES if canary in file.read_text()]
        assert "PRIVATE KEY" not in file.read_text()
    if is_broken:
        assert "[secret]" in page.with_suffix(".json").read_text()


def test_json_can_be_read_back_and_has_the_keys_of_the_outputs(
    fake: FakeStack, stack: Stack, tmp_path: Path
) -> None:
    report = collect(stack, NOW, send_traffic=True)
    text = write(report, tmp_path).with_suffix(".json").read_text()
    assert Report.model_validate_json(text) == report
    for key in (
        '"schemaVersion": 1',
        '"state": "whole"',
        '"from": "cluster01"',
        '"path": "pod-ip"',
    ):
        assert key in text
    assert fake.apis[0].methods <= {"GET"}


def test_a_stack_that_pulumi_does_not_know_or_that_was_never_updated_is_told(
    fake: FakeStack, stack: Stack
) -> None:
    fake.outputs = {}
    with pytest.raises(StackError, match="run `pulumi up` first"):
        collect(stack, NOW, send_traffic=True)
    fake.refused = "no stack named 'prod' found"
    with pytest.raises(StackError, match="outputs cannot be read: no stack named 'prod' found"):
        collect(stack, NOW, send_traffic=True)


@pytest.mark.parametrize(("owner", "is_told"), [("prod", False), ("staging", True)])
def test_only_the_mark_of_another_stack_is_a_finding_and_its_name_is_shown(
    fake: FakeStack, stack: Stack, owner: str, is_told: bool
) -> None:
    mark = {"namespace": "kube-system", "name": "api", "annotations": {STACK: f"{PROJECT}/{owner}"}}
    fake.apis[0].objects["/api/v1/services"].append({"metadata": mark, "spec": {"ports": []}})
    told = [one for one in collect(stack, NOW, send_traffic=False).findings if one.check == CHECK]
    assert [one.cluster for one in told] == (["cluster01"] if is_told else [])
    assert all("cilium-clustermesh/staging" in one.text for one in told)
