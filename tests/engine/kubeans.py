"""Projects whose clusters are made through a management cluster with the stand-in for Kubean."""

import json
from pathlib import Path
from typing import Any

import yaml

from tests.bad_configs.cases import config_of_two, lay_out_good
from tests.engine.conftest import REPOSITORY, Project, new_project
from tests.kubean import management
from tests.kubean.management import Api
from tests.kubeconfigs import ca, kubeadm
from tests.unit.rendering.kubeans import raw_kubean
from tools.toolchain import Toolchain

CLUSTER_TOKEN = "canary-token-of-a-cluster-that-was-made"
SHARED = ca("shared")


def made_kubeconfig() -> str:
    """What Kubespray leaves on a control plane; with a canary in it."""
    document = kubeadm("https://192.0.2.2:6443", "ca of cluster02", token=CLUSTER_TOKEN)
    return yaml.safe_dump(document)


def hosts_project(folder: Path, toolchain: Toolchain, api: Api, program: str) -> Project:
    """Create a project that knows the management cluster, without clusters in its config."""
    project = new_project(folder, toolchain)
    (project.folder / "tests").symlink_to(REPOSITORY / "tests")
    source = Path(__file__).with_name(program).read_text()
    (project.folder / "__main__.py").write_text(source)
    (project.folder / "program.py").symlink_to(REPOSITORY / "__main__.py")
    lay_out_good(project.folder)
    kubeconfig = yaml.safe_dump(management.kubeconfig(api))
    project.configure_secret(
        "cilium-clustermesh:kubean", {"managementKubeconfigContent": kubeconfig}
    )
    pair = {"source": "config", "cert": SHARED.cert, "key": SHARED.key}
    project.configure_secret("cilium-clustermesh:ca", pair)
    project.configure()
    return project


def configure(
    project: Project, name: str, cluster: dict[str, Any] | None = None, **kubean: Any
) -> None:
    """Configure an existing cluster and one of that name that Kubean creates."""
    first, second = config_of_two()["clusters"]
    del second["kubeconfig"]
    settings = {"timeoutSeconds": 60, "protect": False, **kubean}
    made = {**second, "name": name, **(cluster or {}), "kubean": raw_kubean(2, **settings)}
    listed = [
        {**one, "apiServer": {"nodePort": 31443}, "mesh": {"nodePort": 32000 + one["id"]}}
        for one in (first, made)
    ]
    project.configure_secret("cilium-clustermesh:clusters", listed)


def outputs(project: Project, *words: str) -> dict[str, Any]:
    """The stack's outputs; secrets are hidden without `--show-secrets`."""
    answer = project.pulumi("stack", "output", "--json", *words)
    project.said.pop()
    return dict(json.loads(answer.stdout))
