"""The whole program refuses every bad configuration in preview, and asks no cluster."""

import select
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from tests.bad_configs.cases import Case, cases, config_of_two, lay_out_good
from tests.engine.conftest import REPOSITORY, Project, new_project
from tests.engine.mocked import run_program
from tools.toolchain import Toolchain

ADDRESSES = [f"127.0.0.{number}" for number in (1, 2, 3, 4, 77)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory, toolchain: Toolchain) -> Project:
    """The real project: its Pulumi.yaml with this Python, and its program."""
    project = new_project(tmp_path_factory.mktemp("bad-configs"), toolchain)
    settings = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = sys.prefix
    (project.folder / "Pulumi.yaml").write_text(yaml.safe_dump(settings))
    (project.folder / "__main__.py").symlink_to(REPOSITORY / "__main__.py")
    return project


@pytest.fixture(scope="module")
def doorbells() -> Iterator[list[socket.socket]]:
    """The configs' API servers: any connection stays in the queue and can be seen."""
    with ExitStack() as stack:
        opened: list[socket.socket] = []
        for address in ADDRESSES:
            bell = stack.enter_context(socket.socket())
            port = opened[0].getsockname()[1] if opened else 0
            bell.bind((address, port))
            bell.listen()
            opened.append(bell)
        yield opened


def point_at(bells: list[socket.socket], folder: Path) -> None:
    port = bells[0].getsockname()[1]
    for path in (*folder.glob("*.kubeconfig"), *folder.glob("*.yaml")):
        if path.name.startswith("Pulumi."):
            continue
        text = path.read_text().replace("192.0.2.", "127.0.0.")
        path.write_text(text.replace(":6443", f":{port}"))


def configure(program: Project, stack_config: str) -> None:
    stack_file = program.folder / "Pulumi.test.yaml"
    salt = yaml.safe_load(stack_file.read_text())["encryptionsalt"]
    stack_file.write_text(f"{stack_config}encryptionsalt: {salt}\n")


def asked(bells: list[socket.socket]) -> list[socket.socket]:
    return select.select(bells, [], [], 0)[0]


CASES = {case.name: case for case in cases()}
# The ones that the engine refuses, and one that has a bit of everything.
IN_THE_ENGINE = [case for case in CASES.values() if case.engine]
IN_THE_ENGINE.append(CASES["everything-at-once"])


@pytest.mark.parametrize("case", IN_THE_ENGINE, ids=lambda case: case.name)
def test_a_bad_config_is_refused_in_preview_with_every_fault_and_no_cluster_is_asked(
    case: Case, program: Project, doorbells: list[socket.socket]
) -> None:
    configure(program, case.stack_file())
    case.lay_out(program.folder)
    point_at(doorbells, program.folder)
    answer = program.pulumi("preview")
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0
    assert "Traceback" not in said
    expected = [(case.engine, "")] if case.engine else case.faults
    for key, text in expected:
        assert key in said and text in said, said
    assert not asked(doorbells)


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_so_is_every_other_one_whatever_runs_the_program(case: Case, tmp_path: Path) -> None:
    """The engine, which shows what the program says, would take a hundred times as long."""
    case.lay_out(tmp_path)
    outcome = run_program(case.config, tmp_path)
    assert outcome.refused is not None
    assert not outcome.touched
    for key, text in case.faults:
        assert key in outcome.refused and text in outcome.refused


def test_a_good_config_does_ask_the_clusters(
    program: Project, doorbells: list[socket.socket]
) -> None:
    """Otherwise the test above would prove nothing."""
    config = {**config_of_two(), "timeouts": {"requestSeconds": 1}}
    configure(program, Case("good", config, {}, (), None).stack_file())
    lay_out_good(program.folder)
    point_at(doorbells, program.folder)
    answer = program.pulumi("preview")
    assert answer.returncode != 0 and "[api-reachable]" in answer.stdout + answer.stderr
    assert len(asked(doorbells)) == 2
