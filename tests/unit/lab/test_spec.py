"""A lab is exactly what the stack config describes, or is refused with every fault named."""

from pathlib import Path

import pytest
import yaml

from lab import fleet
from lab.errors import LabError
from lab.progress import Progress
from lab.spec import LabSpec, load


def stack(tmp_path: Path, *clusters: dict[str, object], **lab: object) -> Path:
    config: dict[str, object] = {f"lab:{key}": value for key, value in lab.items()}
    config["cilium-clustermesh:clusters"] = list(clusters)
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text(yaml.safe_dump({"config": config}))
    return file


def cluster(number: int, **changes: object) -> dict[str, object]:
    return {
        "name": f"cluster0{number}",
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "kubeconfig": f".lab/dev/cluster0{number}.kubeconfig",
    } | changes


def test_a_cluster_is_what_the_stack_says(tmp_path: Path) -> None:
    spec = load(stack(tmp_path, cluster(1), cluster(2)), "dev")
    first = spec.cluster("cluster01")
    assert (first.id, str(first.pod_cidr), str(first.service_cidr)) == (
        1,
        "10.10.0.0/16",
        "10.11.0.0/16",
    )
    assert first.kubeconfig == tmp_path / ".lab/dev/cluster01.kubeconfig"
    assert [node.name for node in spec.nodes] == [
        "cluster01-control-plane",
        "cluster02-control-plane",
    ]


def test_a_cluster_keeps_its_addresses_when_others_come_and_go(tmp_path: Path) -> None:
    both = load(stack(tmp_path, cluster(1), cluster(2)), "dev").cluster("cluster02")
    alone = load(stack(tmp_path, cluster(2)), "dev").cluster("cluster02")
    assert both.api_server == alone.api_server == "https://172.30.0.33:6443"


def test_nodes_of_different_clusters_never_share_an_address(tmp_path: Path) -> None:
    spec = load(stack(tmp_path, cluster(1), cluster(2), workers=13), "dev")
    addresses = [node.address for node in spec.nodes]
    assert len(addresses) == len(set(addresses)) == 28


def test_the_command_line_overrides_the_number_of_workers(tmp_path: Path) -> None:
    spec = load(stack(tmp_path, cluster(1), workers=0), "dev", workers=2)
    assert [node.name for node in spec.cluster("cluster01").nodes[1:]] == [
        "cluster01-worker1",
        "cluster01-worker2",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "Cluster_2"}, "must be a Cilium cluster name"),
        ({"name": "cluster01"}, "two clusters are called 'cluster01'"),
        ({"id": 1}, "both have id 1"),
        ({"id": 5000}, "has room for ids 1 to 4095"),
        ({"podCidrs": ["10.10.128.0/17"]}, "overlaps"),
        ({"serviceCidrs": ["172.30.0.0/24"]}, "overlaps"),
        ({"podCidrs": ["10.20.0.1/16"]}, "host bits set"),
        ({"podCidrs": []}, "must list one IPv4 CIDR"),
        ({"kubeconfig": "../.kube/config"}, "must be below .lab/dev/"),
    ],
)
def test_a_faulty_cluster_is_refused_in_words(
    tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(LabError, match=said):
        load(stack(tmp_path, cluster(1), cluster(2, **changes)), "dev")


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    file = stack(tmp_path, cluster(1), cluster(2, id=1, podCidrs=["nonsense"]), workers=99)
    with pytest.raises(LabError) as caught:
        load(file, "dev")
    assert str(caught.value).count("\n  - ") == 3


@pytest.mark.parametrize("name", ["Dev!", "../../etc", "", "-dev", "a" * 25])
def test_a_lab_s_name_is_one_plain_word(tmp_path: Path, name: str) -> None:
    """`down` removes folders of that name."""
    with pytest.raises(LabError, match="cannot be called"):
        load(stack(tmp_path, cluster(1)), name)
    with pytest.raises(LabError, match="cannot be called"):
        fleet.down(name, tmp_path, Progress())
    assert tmp_path.exists()


def test_a_missing_stack_file_tells_how_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="--stack"):
        load(tmp_path / "Pulumi.none.yaml", "none")


def test_an_unknown_node_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    spec: LabSpec = load(stack(tmp_path, cluster(1)), "dev")
    with pytest.raises(LabError, match="cluster01-control-plane"):
        spec.node("cluster09-control-plane")
