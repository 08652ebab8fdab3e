"""The operation for Kubean, with a name that says what it does."""

from typing import Any

import pytest

from components.rendering import kubean_operation
from components.rendering.kubean_operation import Operation
from tests.kubeconfigs import ca
from tests.unit.config.configs import raw_cluster
from tests.unit.rendering.kubeans import mesh, one_made, raw_kubean, raw_made

SHARED = ca("shared")
CA = {"source": "config", "cert": SHARED.cert, "key": SHARED.key}


def wanted(cluster: dict[str, Any] | None = None, **kubean: Any) -> Operation:
    config = one_made(cluster, **kubean)
    return kubean_operation.wanted(config.cluster("cluster02"), config)


def actions(hooks: list[dict[str, str]]) -> list[str]:
    assert all(hook["actionType"] == "playbook" for hook in hooks)
    return [hook["action"] for hook in hooks]


def test_an_install_runs_cluster_yml_between_the_hooks_that_kubean_documents() -> None:
    spec = wanted().spec
    assert {key: spec[key] for key in ("cluster", "image", "actionType", "action")} == {
        "cluster": "cluster02",
        "image": "ghcr.io/kubean-io/spray-job:v0.37.0",
        "actionType": "playbook",
        "action": "cluster.yml",
    }
    assert actions(spec["preHook"]) == ["ping.yml", "disable-firewalld.yml"]
    assert actions(spec["postHook"]) == ["kubeconfig.yml", "cluster-info.yml"]
    assert "extraArgs" not in spec


def test_new_workers_alone_are_added_once_the_facts_of_all_nodes_are_there() -> None:
    spec = wanted(action="scale", limit=["node22"]).spec
    assert spec["action"] == "scale.yml"
    assert spec["extraArgs"] == "--limit=node22"
    assert "facts.yml" in actions(spec["preHook"])


def test_an_upgrade_writes_the_renewed_kubeconfig() -> None:
    spec = wanted(action="upgrade", kubernetesVersion="1.34.2").spec
    assert spec["action"] == "upgrade-cluster.yml"
    assert "kubeconfig.yml" in actions(spec["postHook"])


def test_a_reset_runs_reset_yml_and_nothing_else() -> None:
    config = one_made()
    found = kubean_operation.reset(config.cluster("cluster02"), config)
    assert found.spec["action"] == "reset.yml"
    assert not {"preHook", "postHook", "extraArgs"} & found.spec.keys()
    assert found.manifest["metadata"]["name"].startswith("cluster02-reset-")


@pytest.mark.parametrize(
    ("cluster", "kubean"),
    [
        ({}, {"extraVars": {"kube_proxy_mode": "ipvs"}}),
        ({}, {"image": "ghcr.io/kubean-io/spray-job:v0.36.0"}),
        ({}, {"action": "scale"}),
        ({}, {"kubernetesVersion": "1.34.2"}),
        ({}, {"ssh": {**raw_kubean(2)["ssh"], "port": 2222}}),
        ({}, {"hosts": raw_kubean(2)["hosts"][:1]}),
        ({"apiServer": {"address": "198.51.100.9"}}, {}),
        ({"podCidrs": ["10.22.0.0/16"]}, {}),
    ],
)
def test_whatever_is_edited_makes_another_operation(
    cluster: dict[str, Any], kubean: dict[str, Any]
) -> None:
    assert wanted(cluster, **kubean).name != wanted().name


@pytest.mark.parametrize(
    "kubean", [{}, {"timeoutSeconds": 60}, {"protect": False}, {"reset": True}]
)
def test_what_kubespray_does_not_see_makes_no_other_operation(kubean: dict[str, Any]) -> None:
    assert wanted(**kubean).name == wanted().name


def test_a_new_member_of_the_mesh_is_no_reason_to_run_kubespray_elsewhere() -> None:
    two = mesh(raw_cluster(1), raw_made(2), ca=CA)
    three = mesh(raw_cluster(1), raw_made(2), raw_cluster(3), ca=CA)
    names = [kubean_operation.wanted(one.cluster("cluster02"), one).name for one in (two, three)]
    assert names[0] == names[1]


def test_the_name_fits_into_that_of_the_job_which_kubean_makes_of_it() -> None:
    config = mesh(raw_cluster(1), raw_made(2, {"name": "a" * 32}, action="upgrade"))
    found = kubean_operation.wanted(config.cluster("a" * 32), config)
    assert len(f"kubean-{found.name}-job") <= 63


def test_no_secret_is_in_what_is_asked() -> None:
    config = mesh(raw_cluster(1), raw_made(2), ca=CA)
    found = kubean_operation.wanted(config.cluster("cluster02"), config)
    assert "PRIVATE KEY" not in str(found.manifest)
    assert kubean_operation.name_of(config.cluster("cluster01"), config) is None
