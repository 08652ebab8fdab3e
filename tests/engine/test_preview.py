"""The whole program in a preview: what is wrong is told at once, and in one report."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.bad_configs.cases import NAMESPACE, Case, cases, lay_out_good
from tests.engine.conftest import REPOSITORY, Answer, Project, new_project, open_project
from tools.toolchain import Toolchain

BAD = {case.name: case for case in cases()}
CLUSTERS = [
    {
        "name": f"cluster0{number}",
        "id": number,
        "podCidrs": [f"10.{number}0.0.0/16"],
        "serviceCidrs": [f"10.{number}1.0.0/16"],
        "kubeconfig": f"{word}.kubeconfig",
    }
    for number, word in ((1, "one"), (2, "two"))
]


def whole_program(folder: Path, toolchain: Toolchain) -> Project:
    """The project as it is in the repository, with a virtual environment that is there."""
    made = new_project(folder, toolchain)
    settings = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = yaml.safe_load(
        (made.folder / "Pulumi.yaml").read_text()
    )["runtime"]["options"]["virtualenv"]
    (made.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    shutil.copy(REPOSITORY / "__main__.py", made.folder)
    lay_out_good(made.folder)
    return made


@pytest.fixture(scope="module")
def answers(
    tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain
) -> dict[str, tuple[Project, Answer]]:
    """A preview of every bad configuration, some at a time: the engine mostly waits."""
    base = tmp_path_factory.mktemp("bad")
    template = base / "template"
    template.mkdir()
    whole_program(template, toolchain)

    def preview(case: Case) -> tuple[Project, Answer]:
        shutil.copytree(template, base / case.name, symlinks=True)
        project = open_project(base / case.name, toolchain)
        case.lay_out(project.folder)
        config = {key.partition(":")[2]: value for key, value in _config(case).items()}
        project.configure(**config)
        return project, project.pulumi("preview")

    with ThreadPoolExecutor(max_workers=4) as pool:
        return dict(zip(BAD, pool.map(preview, BAD.values()), strict=True))


def _config(case: Case) -> dict[str, object]:
    return dict(yaml.safe_load(case.stack_file())["config"])


@pytest.mark.parametrize("name", BAD)
def test_a_bad_configuration_is_refused_with_every_fault_named(
    name: str, answers: dict[str, tuple[Project, Answer]]
) -> None:
    _, answer = answers[name]
    assert answer.returncode != 0
    engine = BAD[name].engine
    if engine:
        assert engine in answer.stderr
        return
    for key, text in BAD[name].faults:
        assert key.removeprefix(f"{NAMESPACE}:") in answer.stdout
        assert text in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr


@pytest.fixture
def program(tmp_path: Path, toolchain: Toolchain) -> Project:
    made = whole_program(tmp_path, toolchain)
    made.configure(clusters=CLUSTERS, timeouts={"requestSeconds": 1})
    return made


def test_clusters_that_do_not_answer_are_all_named_and_nothing_is_planned(
    program: Project,
) -> None:
    answer = program.pulumi("preview")
    assert answer.returncode != 0
    assert "error: cluster01:" in answer.stdout
    assert "error: cluster02:" in answer.stdout
    assert "kubernetes:core/v1" not in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr


def test_where_it_is_only_a_warning_the_preview_goes_on(program: Project) -> None:
    program.configure(preflight={"api-reachable": "warn", "cli-version": "warn"})
    planned = program.planned()
    assert set(planned.values()) == {"create"}
    for kind in ("ApiServerService", "MeshMember", "MeshPeers", "RebelBase", "XWing"):
        assert f"cilium-clustermesh:index:{kind}::cluster01" in planned


def test_an_update_that_preflight_stops_changes_nothing(program: Project) -> None:
    answer = program.up()
    assert answer.returncode != 0
    assert {resource["type"] for resource in program.state()} <= {"pulumi:pulumi:Stack"}
