"""Every stack file under examples/ can be previewed once its clusters are there."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import PROGRAMS, REPOSITORY, Project, new_project
from tests.fake_api import server_pair, serving
from tests.fake_clusters import answers
from tests.kubean import management
from tests.kubean.management import Api
from tests.kubean.stand_in import Operator
from tests.kubeconfigs import as_text, kubeadm
from tests.unit.rendering.kubeans import ssh_key
from tools.toolchain import ensure

EXAMPLES = REPOSITORY / "examples"
NAMESPACE = "cilium-clustermesh:"
# What each creates besides the mesh.
OWN = {
    "cli": set[str](),
    "helm": {"CiliumRelease::frankfurt", "CiliumRelease::dublin"},
    "kind": set[str](),
    "kubean": {"KubeanCluster::dublin"},
}
OF_ALL = ("ApiServerService", "MeshMember", "MeshPeers", "RebelBase", "XWing")


def stack_file(name: str) -> dict[str, Any]:
    text = (EXAMPLES / name / f"Pulumi.{name}.yaml").read_text()
    return {
        key.removeprefix(NAMESPACE): value for key, value in yaml.safe_load(text)["config"].items()
    }


def without_cilium(found: dict[str, Any]) -> dict[str, Any]:
    """The same cluster before Cilium is installed: an existing release would be imported."""
    cilium = ("configmaps/cilium-config", "secrets", "daemonsets/cilium")
    return {path: one for path, one in found.items() if not path.endswith(cilium)}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".kube").mkdir()
    return tmp_path


@pytest.fixture
def clusters() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def lay_out(config: dict[str, Any], home: Path, clusters: ExitStack) -> None:
    """Start an API server for each existing cluster, and write its kubeconfig."""
    for cluster in config["clusters"]:
        if "kubeconfig" not in cluster:
            continue
        api = clusters.enter_context(serving(server_pair()))
        is_installed = not config.get("cilium", {}).get("install")
        found = answers(cluster)
        api.objects |= found if is_installed else without_cilium(found)
        path = home / cluster["kubeconfig"].removeprefix("~/")
        path.write_text(as_text(kubeadm(api.url)))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    # Preflight looks for the CLI too.
    made = new_project(tmp_path, ensure((*PROGRAMS, *management.PROGRAMS, "cilium")))
    made.environment["HOME"] = str(tmp_path)
    (made.folder / "tests").symlink_to(REPOSITORY / "tests")
    (made.folder / "program.py").symlink_to(REPOSITORY / "__main__.py")
    program = Path(__file__).with_name("example.py").read_text()
    (made.folder / "__main__.py").write_text(program)
    return made


def test_every_example_is_among_those_that_are_previewed() -> None:
    """Except projects of their own, which have their own tests."""
    stacks = {path.name for path in EXAMPLES.iterdir() if not (path / "Pulumi.yaml").exists()}
    assert stacks == set(OWN)


@pytest.mark.parametrize("name", [name for name in OWN if name != "kubean"])
def test_a_mesh_of_clusters_that_are_there_is_planned(
    name: str, project: Project, home: Path, clusters: ExitStack
) -> None:
    config = stack_file(name)
    lay_out(config, home, clusters)
    project.configure(**config)
    check_plan(project, config, OWN[name])


def test_a_mesh_with_a_cluster_that_kubean_makes_is_planned(
    project: Project, home: Path, clusters: ExitStack, api: Api, operator: Operator
) -> None:
    config = stack_file("kubean")
    lay_out(config, home, clusters)
    text = yaml.safe_dump(management.kubeconfig(api))
    (home / ".kube/management.yaml").write_text(text)
    project.configure(**config)
    key = f"{NAMESPACE}clusters[1].kubean.ssh.privateKey"
    answer = project.pulumi("config", "set", "--secret", "--path", key, stdin=ssh_key())
    assert answer.returncode == 0, answer.stderr
    check_plan(project, config, OWN["kubean"])
    assert operator.played == []


def check_plan(project: Project, config: dict[str, Any], own: set[str]) -> None:
    planned = project.planned()
    assert set(planned.values()) <= {"create", "read"}
    wanted = own | {f"{kind}::{one['name']}" for kind in OF_ALL for one in config["clusters"]}
    assert {f"cilium-clustermesh:index:{one}" for one in wanted} <= planned.keys()


def test_the_kind_clusters_have_the_ranges_of_their_stack_file() -> None:
    for cluster in stack_file("kind")["clusters"]:
        made = yaml.safe_load((EXAMPLES / f"kind/{cluster['name']}.yaml").read_text())
        networks = made["networking"]
        assert made["name"] == cluster["name"]
        assert [networks["podSubnet"]] == cluster["podCidrs"]
        assert [networks["serviceSubnet"]] == cluster["serviceCidrs"]
