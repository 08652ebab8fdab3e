"""The policies of this repository, asked by the engine."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.engine.conftest import REPOSITORY, Answer, Project, new_project
from tests.engine.test_preview import CLUSTERS, whole_program
from tools.toolchain import Toolchain

PACK = REPOSITORY / "policy"
HERE = Path(__file__).parent
# What is said of violating.py: the rule, and a part of the sentence for each way to break it.
TOLD = (
    ("explicit-providers", "ConfigMap somewhere has no provider of its own"),
    ("explicit-providers", "the Kubernetes provider ambient has no kubeconfig"),
    ("no-plaintext-secrets", "open has the credentials of a kubeconfig in the clear in stdin"),
    ("no-plaintext-secrets", "open has the credentials of a kubeconfig in the clear in kubeconfig"),
    ("no-plaintext-secrets", "in the clear in environment.API_TOKEN"),
    ("no-plaintext-secrets", "echoed has a key or certificate in PEM in the text of create"),
    ("no-mesh-load-balancer", "Command mesh exposes the mesh through a LoadBalancer"),
    ("no-mesh-load-balancer", "Service frankfurt exposes the mesh"),
    ("no-mesh-load-balancer", "Service dublin exposes the mesh"),
    ("unique-clusters", "frankfurt and dublin have the same id 1"),
    ("unique-clusters", "two clusters are called dublin"),
    ("disjoint-cidrs", "10.0.0.0/8 of frankfurt and 10.20.0.0/16 of dublin overlap"),
    ("identical-global-services", "default/shared is not in madrid"),
    ("identical-global-services", "default/shared has different ports in"),
)


def faults(said: str) -> Iterator[tuple[str, str]]:
    """The broken rules, with the sentence two lines below each."""
    lines = said.splitlines()
    for number, line in enumerate(lines):
        if "- [mandatory]" in line:
            yield line.split()[2], lines[number + 2]


def ask(project: Project, *words: str) -> Answer:
    # The engine looks for plugins in the home: that of the test.
    home = str(project.folder)
    return project.pulumi("preview", "--policy-pack", str(PACK), *words, HOME=home)


def test_the_program_itself_breaks_none_of_them(tmp_path: Path, toolchain: Toolchain) -> None:
    project = whole_program(tmp_path, toolchain)
    (project.folder / "__main__.py").rename(project.folder / "program.py")
    (project.folder / "tests").symlink_to(REPOSITORY / "tests")
    shutil.copy(HERE / "whole.py", project.folder / "__main__.py")
    project.configure(clusters=CLUSTERS)
    answer = ask(project)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "cilium-clustermesh@v" in answer.stdout


def test_who_breaks_them_is_stopped_and_told_where_and_what_to_do(
    tmp_path: Path, toolchain: Toolchain
) -> None:
    project = new_project(tmp_path, toolchain)
    shutil.copy(HERE / "violating.py", project.folder / "__main__.py")
    answer = ask(project)
    assert answer.returncode != 0
    told = list(faults(answer.stdout))
    for policy, sentence in TOLD:
        assert any(policy == name and sentence in text for name, text in told), sentence
    assert len(told) == len(TOLD)
    assert "of-an-administrator" not in answer.stdout


def test_a_load_balancer_is_let_pass_where_the_packs_config_allows_it(
    tmp_path: Path, toolchain: Toolchain
) -> None:
    project = new_project(tmp_path, toolchain)
    shutil.copy(HERE / "violating.py", project.folder / "__main__.py")
    config = tmp_path / "policy.json"
    config.write_text(json.dumps({"no-mesh-load-balancer": {"allowed": True}}))
    names = {name for name, _ in faults(ask(project, "--policy-pack-config", str(config)).stdout)}
    assert names == {policy for policy, _ in TOLD} - {"no-mesh-load-balancer"}
