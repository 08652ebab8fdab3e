"""The workflows keep their promises: pins, least rights, nothing untrusted in a script."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.post import __main__ as post
from mesh.summary import __main__ as summary
from tools.catalogue import PULUMI_VERSION

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
ACTIONS = sorted((ROOT / ".github/actions").glob("*/action.yaml"))
GITLAB = ROOT / ".gitlab-ci.yml"
PINNED = re.compile(r"uses: (\./\S+|[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$")
PARSERS = {"summary": summary._parser(), "post": post._parser()}


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def jobs(name: str) -> dict[str, Any]:
    return dict(read(ROOT / f".github/workflows/{name}.yaml")["jobs"])


def scripts() -> Iterator[str]:
    """Yield everything that a shell runs, on either forge."""
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            yield from (step["run"] for step in job["steps"] if "run" in step)
    for path in ACTIONS:
        yield from (step["run"] for step in read(path)["runs"]["steps"] if "run" in step)
    for job in read(GITLAB).values():
        if isinstance(job, dict):
            yield from [*job.get("script", []), *job.get("before_script", [])]


def test_there_are_the_same_four_on_both_forges() -> None:
    assert [path.stem for path in WORKFLOWS] == ["drift", "preview", "test", "up"]
    assert {"drift", "preview", "test", "up"} <= read(GITLAB).keys()


@pytest.mark.parametrize(
    "path", [*WORKFLOWS, *ACTIONS], ids=lambda path: path.parent.name + path.stem
)
def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it(path: Path) -> None:
    used = [
        line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line
    ]
    assert used
    assert not [line for line in used if not PINNED.fullmatch(line)]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_and_its_jobs_only_those_they_use(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    allowed = {"preview": {"pull-requests"}, "drift": {"issues"}}.get(path.stem, set())
    for job in workflow["jobs"].values():
        written = {name for name, right in job["permissions"].items() if right == "write"}
        assert written <= allowed
        assert set(job["permissions"]) - written <= {"contents"}
        kept = [step["with"] for step in job["steps"] if "checkout" in step.get("uses", "")]
        assert all(settings == {"persist-credentials": False} for settings in kept)


def test_nothing_that_others_wrote_gets_into_a_script() -> None:
    """An expression would become part of the text before the shell reads it."""
    found = [*scripts()]
    assert len(found) > 10
    assert not [script for script in found if "${{" in script]


def test_secrets_reach_only_the_steps_that_run_pulumi() -> None:
    for path in WORKFLOWS:
        for job in read(path)["jobs"].values():
            assert "secrets." not in str(job.get("env", {}))
            for step in job["steps"]:
                runs = "mesh summary" in step.get("run", "") or "pulumi up" in step.get("run", "")
                assert ("${{ secrets." in str(step)) is runs
                assert not (runs and "GITHUB_TOKEN" in str(step))


def test_pull_requests_of_forks_get_no_preview_and_are_told_so() -> None:
    own = "github.event.pull_request.head.repo.full_name == github.repository"
    found = jobs("preview")
    assert own in found["preview"]["if"]
    assert own.replace("==", "!=") in found["fork"]["if"]
    assert found["fork"]["permissions"] == {}
    # The other kind would run a fork's code with our secrets.
    assert not [path for path in WORKFLOWS if "pull_request_target" in path.read_text()]


def test_an_update_waits_for_its_gate_and_its_turn_and_is_never_cut_off() -> None:
    up, gitlab = jobs("up")["up"], read(GITLAB)["up"]
    assert up["environment"] == "${{ matrix.stack }}"
    assert up["concurrency"] == {"group": "up-${{ matrix.stack }}", "cancel-in-progress": False}
    assert up["needs"] == "preview"
    assert gitlab["environment"]["name"] == "$STACK" and gitlab["resource_group"] == "up-$STACK"
    assert gitlab["interruptible"] is False
    assert [rule["when"] for rule in gitlab["rules"]] == ["manual"]


def test_nothing_runs_before_somebody_has_set_it_up() -> None:
    """A fresh clone must not have red runs."""
    for name in ("preview", "up", "drift"):
        first = next(iter(jobs(name).values()))
        assert "vars.MESH_STACKS != ''" in first["if"]
    meshed = [
        job
        for job in read(GITLAB).values()
        if dict(job if isinstance(job, dict) else {}).get("extends") == ".mesh"
    ]
    assert len(meshed) == 4
    assert all("$MESH_IMAGE &&" in rule["if"] for job in meshed for rule in job["rules"])


def test_our_commands_are_called_as_they_are() -> None:
    """They are called with options that they have; `resolved` is what a script may add."""
    called = [line for script in scripts() for line in script.splitlines() if "-m mesh" in line]
    assert len(called) >= 8
    for line in called:
        words = shlex.split(line.partition("-m mesh")[2].partition("||")[0])
        known = [
            word.replace("$NUMBER", "5").replace("$CI_MERGE_REQUEST_IID", "5") for word in words
        ]
        options = [word for word in known if "resolved" not in word]
        assert PARSERS[options[0]].parse_args(options[1:])


def test_the_engine_is_the_one_that_is_tested() -> None:
    (action,) = ACTIONS
    settings = [step.get("with", {}) for step in read(action)["runs"]["steps"]]
    assert {"pulumi-version": PULUMI_VERSION} in settings
