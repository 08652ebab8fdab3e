"""One stack from a host list to a mesh: a cluster that Kubean creates joins an existing one.

The management cluster's API server is real, Kubean is a stand-in, and the clusters of the mesh are
the ones in a file that the fake CLIs act on.
"""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.engine.conftest import Answer, FakeClusters, Project, new_clusters
from tests.engine.kubeans import (
    CLUSTER_TOKEN,
    configure,
    hosts_project,
    made_kubeconfig,
    outputs,
)
from tests.kubean import management as places
from tests.kubean.management import Api
from tests.kubean.stand_in import Operator
from tools.toolchain import Toolchain

OPERATIONS = f"{places.KUBEAN}/clusteroperations"
MEMBER = "cilium-clustermesh:index:MeshMember$command:local:Command::cluster02-enable"
# One kubectl for both: the real one goes to the management cluster.
KUBECTL = """#!/bin/sh
case "$2" in
  management) exec "{real}" "$@" ;;
  *) exec "{python}" -S -E "{fake}" kubectl "$@" ;;
esac
"""


@pytest.fixture
def clusters(tmp_path: Path, kubean_toolchain: Toolchain) -> FakeClusters:
    made = new_clusters(tmp_path)
    for number in (1, 2):
        made.change(f"cluster0{number}", address=f"192.0.2.{number}")
    path = tmp_path / "bin/kubectl"
    fake = path.read_text().partition('-E "')[2].partition('"')[0]
    real = kubean_toolchain.path("kubectl")
    path.write_text(KUBECTL.format(real=real, python=sys.executable, fake=fake))
    return made


@pytest.fixture
def project(
    tmp_path: Path,
    kubean_toolchain: Toolchain,
    api: Api,
    operator: Operator,
    clusters: FakeClusters,
) -> Project:
    operator.kubeconfig = made_kubeconfig()
    made = hosts_project(tmp_path, kubean_toolchain, api, "kubean_whole.py")
    made.configure(verification={"enabled": False})
    configure(made, "cluster02")
    return made


@pytest.fixture(autouse=True)
def _nothing_left(api: Api, operator: Operator) -> Iterator[None]:
    """The next test creates that cluster again; the garbage collector removes the rest."""
    yield
    api.delete(places.cluster("cluster02"))
    until = time.monotonic() + 60
    while any(one["spec"]["cluster"] == "cluster02" for one in api.items(OPERATIONS)):
        assert time.monotonic() < until, "the operations of the cluster are still there"


def ok(answer: Answer) -> str:
    said = answer.stdout + answer.stderr
    assert answer.returncode == 0, said
    return said


def test_the_first_preview_plans_all_of_it_and_touches_nothing(
    project: Project, clusters: FakeClusters, api: Api
) -> None:
    """What is unknown until the cluster exists is no error, and no reason to ask for anything."""
    planned = project.planned()
    assert set(planned.values()) == {"create", "read"}
    assert MEMBER in planned
    assert api.get(places.cluster("cluster02")) is None
    assert clusters.calls() == []


def test_one_update_makes_the_cluster_and_joins_it(
    project: Project, clusters: FakeClusters, operator: Operator
) -> None:
    ok(project.up())
    assert clusters.peers("cluster01") == {"cluster02"}
    assert clusters.peers("cluster02") == {"cluster01"}
    shown = outputs(project)
    assert shown["clusters"][1]["meshEndpoint"] == "192.0.2.2:32002"
    assert shown["kubeconfig"] == "[secret]"
    merged = yaml.safe_load(outputs(project, "--show-secrets")["kubeconfig"])
    assert [one["name"] for one in merged["contexts"]] == ["cluster01", "cluster02"]
    assert CLUSTER_TOKEN not in project.everything_written()

    ok(project.up("--expect-no-changes"))
    clusters.forget_calls()
    configure(project, "cluster02", extraVars={"kube_proxy_mode": "ipvs"})
    planned = project.planned()
    assert "replace" not in planned.values(), planned
    ok(project.up())
    # Kubespray may have installed Cilium anew, without the mesh.
    assert planned[MEMBER] == "update"
    assert "cluster02" in {call[2] for call in clusters.calls()}
    assert len(operator.played) == 2

    ok(project.destroy())
    assert clusters.peers("cluster01") == set()
    assert project.state() == []


def test_a_made_cluster_that_does_not_fit_stops_the_update_with_the_report(
    project: Project, clusters: FakeClusters
) -> None:
    facts = json.dumps({"cluster02": {"release": None}})
    answer = project.up(FACTS=facts)
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "Preflight looked at cluster01, cluster02: 1 error" in said
    assert "cluster02: Cilium has no Helm release" in said
    assert "Traceback" not in said, said
    assert clusters.verbs() == []
    # The cluster exists now, so the next update says it before anything is planned.
    again = project.pulumi("preview", FACTS=facts)
    assert again.returncode != 0
    assert "cluster02: Cilium has no Helm release" in again.stdout + again.stderr
    ok(project.up())
    assert clusters.peers("cluster02") == {"cluster01"}


def test_a_cluster_that_is_there_is_checked_before_kubean_is_asked(
    project: Project, api: Api
) -> None:
    answer = project.up(FACTS=json.dumps({"cluster01": {"release": None}}))
    assert answer.returncode != 0
    assert "Preflight looked at cluster01: 1 error" in answer.stdout + answer.stderr
    assert api.get(places.cluster("cluster02")) is None
