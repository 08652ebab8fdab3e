"""KubeanCluster under the real engine, with a real API server and a stand-in for Kubean."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import Answer, Project
from tests.engine.kubeans import (
    CLUSTER_TOKEN,
    SHARED,
    configure,
    hosts_project,
    made_kubeconfig,
    outputs,
)
from tests.kubean import management as places
from tests.kubean.management import KUBEAN, TOKEN, Api
from tests.kubean.stand_in import NAMESPACE, Operator
from tests.unit.rendering.kubeans import raw_kubean, ssh_key
from tools.toolchain import Toolchain

PROGRAM = "kubean_hosts.py"


@pytest.fixture(scope="module")
def made(
    tmp_path_factory: pytest.TempPathFactory,
    kubean_toolchain: Toolchain,
    api: Api,
    operating: Operator,
) -> Project:
    """A stack whose cluster has been created and not changed since."""
    operating.kubeconfig = made_kubeconfig()
    project = hosts_project(tmp_path_factory.mktemp("made"), kubean_toolchain, api, PROGRAM)
    configure(project, "made")
    ok(project.pulumi("preview", "--diff"))
    assert "made" not in clusters(api)
    ok(project.up("--diff"))
    return project


@pytest.fixture
def project(tmp_path: Path, kubean_toolchain: Toolchain, api: Api, operator: Operator) -> Project:
    operator.kubeconfig = made_kubeconfig()
    return hosts_project(tmp_path, kubean_toolchain, api, PROGRAM)


def ok(answer: Answer) -> str:
    said = answer.stdout + answer.stderr
    assert answer.returncode == 0, said
    return said


def fails(answer: Answer) -> str:
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0, said
    assert "Traceback" not in said, said
    return said


def clusters(api: Api) -> list[str]:
    return [one["metadata"]["name"] for one in api.items(f"{KUBEAN}/clusters")]


def operations(api: Api, cluster: str) -> list[dict[str, Any]]:
    listed = api.items(f"{KUBEAN}/clusteroperations")
    return [one for one in listed if one["spec"]["cluster"] == cluster]


def data(api: Api, path: str) -> dict[str, str]:
    found = api.get(path)
    assert found is not None, path
    return dict(found["data"])


def test_kubean_gets_the_hosts_the_variables_and_the_key(made: Project, api: Api) -> None:
    found = api.ask("GET", places.cluster("made"))["spec"]
    names = {key: found[f"{key}Ref"]["name"] for key in ("hostsConf", "varsConf", "sshAuth")}
    inventory = yaml.safe_load(
        data(api, places.config_map(NAMESPACE, names["hostsConf"]))["hosts.yml"]
    )
    assert inventory["all"]["hosts"]["node21"]["ansible_host"] == "192.0.2.21"
    variables = data(api, places.config_map(NAMESPACE, names["varsConf"]))["group_vars.yml"]
    assert yaml.safe_load(variables)["cilium_cluster_name"] == "made"
    secret = api.ask("GET", places.secret(NAMESPACE, names["sshAuth"]))
    assert secret["type"] == "kubernetes.io/ssh-auth"
    assert base64.b64decode(secret["data"]["ssh-privatekey"]).decode() == ssh_key()
    (operation,) = operations(api, "made")
    assert operation["status"]["status"] == "Succeeded"
    assert operation["spec"]["action"] == "cluster.yml"


def test_the_kubeconfig_is_handed_on_as_a_secret(made: Project) -> None:
    assert outputs(made)["made"] == "[secret]"
    shown = outputs(made, "--show-secrets")["made"]
    assert yaml.safe_load(shown)["users"][0]["user"] == {"token": CLUSTER_TOKEN}


def test_what_the_operator_writes_is_no_difference(
    made: Project, api: Api, operator: Operator
) -> None:
    """Refs, labels, annotations and owners: even after a refresh has seen them."""
    (operation,) = operations(api, "made")
    assert operation["metadata"]["ownerReferences"]
    assert {"hostsConfRef", "entrypointSHRef"} <= operation["spec"].keys()
    assert api.ask("GET", places.cluster("made"))["spec"]["kubeconfRef"]
    ok(made.up("--refresh", "--diff", "--expect-no-changes"))
    ok(made.up("--expect-no-changes"))
    assert operator.played == []
    assert [one["metadata"]["uid"] for one in operations(api, "made")] == [
        operation["metadata"]["uid"]
    ]


def test_nothing_secret_is_shown_or_stored_in_the_clear(made: Project) -> None:
    made.pulumi("stack", "export")
    written = made.everything_written()
    key = ssh_key().splitlines()[2]
    ca_key = base64.b64encode(SHARED.key.encode()).decode()
    for canary in (TOKEN, CLUSTER_TOKEN, key, ca_key, SHARED.key.splitlines()[1]):
        assert canary not in written
        assert base64.b64encode(canary.encode()).decode()[:-4] not in written


def test_an_edited_variable_a_node_more_and_an_upgrade_are_operations_of_their_own(
    project: Project, api: Api, operator: Operator
) -> None:
    configure(project, "edited")
    ok(project.up())
    ok(project.pulumi("refresh", "--yes", "--skip-preview"))
    (before,) = operations(api, "edited")
    configure(project, "edited", extraVars={"kube_proxy_mode": "ipvs"})
    planned = project.planned()
    own = {name.rpartition("$")[2]: op for name, op in planned.items()}
    asked = "kubernetes:kubean.io/v1alpha1:ClusterOperation"
    names = [name for name in own if name.startswith(asked)]
    assert sorted(own.pop(name) for name in names) == ["create", "delete"]
    assert own == {
        "kubernetes:core/v1:ConfigMap::edited-vars": "update",
        "command:local:Command::edited-kubean": "update",
        "kubernetes:core/v1:ConfigMap::edited-kubeconf": "read",
    }
    ok(project.up())
    assert [action for action, _ in operator.played] == ["cluster.yml", "cluster.yml"]
    (after,) = operations(api, "edited")
    assert after["metadata"]["name"] != before["metadata"]["name"]
    assert after["spec"]["varsConfRef"] != before["spec"]["varsConfRef"]
    copied = data(api, places.config_map(NAMESPACE, after["spec"]["varsConfRef"]["name"]))
    assert "kube_proxy_mode: ipvs" in copied["group_vars.yml"]
    ok(project.up("--expect-no-changes"))

    more = [*raw_kubean(2)["hosts"], {"name": "node23", "address": "192.0.2.23"}]
    configure(project, "edited", hosts=more, action="scale", limit=["node23"])
    ok(project.up())
    configure(project, "edited", hosts=more, action="upgrade", kubernetesVersion="1.34.2")
    ok(project.up())
    played = [action for action, _ in operator.played]
    assert played == ["cluster.yml", "cluster.yml", "scale.yml", "upgrade-cluster.yml"]


def test_a_failure_is_told_with_the_jobs_last_lines_and_the_next_update_tries_again(
    project: Project, api: Api, operator: Operator
) -> None:
    operator.outcomes["cluster.yml"] = "Failed"
    operator.logs["cluster.yml"] = "TASK [disk]\nfatal: [node22]: FAILED! => no space left\nRECAP"
    configure(project, "failing")
    said = fails(project.up())
    assert "of cluster failing failed; Job kubean-system/kubean-failing-install-" in said
    assert "fatal: [node22]: FAILED! => no space left" in said
    (operation,) = operations(api, "failing")

    del operator.outcomes["cluster.yml"]
    said = ok(project.up())
    assert "failed before: trying it again" in said
    (again,) = operations(api, "failing")
    assert again["metadata"]["name"] == operation["metadata"]["name"]
    assert again["metadata"]["uid"] != operation["metadata"]["uid"]
    ok(project.up("--refresh", "--expect-no-changes"))


def test_kubean_refuses_a_second_operation_while_one_is_running(
    project: Project, api: Api, operator: Operator
) -> None:
    operator.held.add("cluster.yml")
    configure(project, "busy", timeoutSeconds=1)
    said = fails(project.up())
    assert "of cluster busy was not finished after 1 s (Kubean says Running)" in said
    configure(project, "busy", extraVars={"kube_proxy_mode": "ipvs"})
    said = fails(project.up())
    assert "has not completed which belongs to Cluster busy" in said
    assert len(operations(api, "busy")) == 1

    operator.held.clear()
    ok(project.up())
    assert [action for action, _ in operator.played] == ["cluster.yml", "cluster.yml"]


def test_another_id_or_name_is_refused_before_kubean_hears_of_it(
    made: Project, api: Api, operator: Operator
) -> None:
    configure(made, "made", {"id": 7})
    said = fails(made.up())
    assert "the member made (id 2) of this mesh would become made (id 7)" in said
    configure(made, "renamed")
    said = fails(made.up())
    assert "the member made (id 2) of this mesh would become renamed (id 2)" in said
    assert operator.played == []
    assert "renamed" not in clusters(api)
    configure(made, "made")


def test_a_protected_cluster_is_not_removed_and_another_one_leaves_its_machines_alone(
    project: Project, api: Api, operator: Operator
) -> None:
    configure(project, "kept", protect=True, reset=True)
    ok(project.up())
    said = fails(project.destroy())
    assert "protect" in said
    assert "kept" in clusters(api)
    configure(project, "kept")
    ok(project.up())
    ok(project.destroy())
    # It was neither reset nor created again.
    assert [action for action, _ in operator.played] == ["cluster.yml"]
    assert "kept" not in clusters(api)
    assert api.get(places.config_map(NAMESPACE, "kept-hosts-conf")) is None
    assert api.get(places.secret(NAMESPACE, "kept-ssh-auth")) is None
    assert project.state() == []


def test_a_reset_runs_at_the_removal_alone_and_while_kubean_knows_the_cluster(
    project: Project, api: Api, operator: Operator
) -> None:
    configure(project, "reset")
    ok(project.up())
    configure(project, "reset", reset=True)
    ok(project.up())
    assert [action for action, _ in operator.played] == ["cluster.yml"]
    assert len(operations(api, "reset")) == 1

    operator.outcomes["reset.yml"] = "Failed"
    operator.logs["reset.yml"] = "fatal: [node21]: UNREACHABLE!"
    said = fails(project.destroy())
    assert "fatal: [node21]: UNREACHABLE!" in said
    assert "reset" in clusters(api)

    del operator.outcomes["reset.yml"]
    ok(project.destroy())
    played = [action for action, _ in operator.played]
    assert played == ["cluster.yml", "reset.yml", "reset.yml"]
    assert "reset" not in clusters(api)
