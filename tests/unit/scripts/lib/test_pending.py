"""A Helm operation that was interrupted, or that somebody else runs, before each of ours."""

import json
import subprocess
from types import SimpleNamespace
from typing import Any

import pytest

from components.scripts.lib import pending, writer
from tests.unit.scripts.conftest import Ran, World

NOW = 1000.0
HELM = "helm"
MEMBER = {"CLUSTER": "cluster01", "SERVICE_TYPE": "NodePort", "NODE_PORT": "32257"}
PEERS = {
    "CLUSTER": "cluster01",
    "PEERS": json.dumps({"cluster02": {"endpoint": "172.30.0.2:32258", "override": True}}),
}
ACTIONS = [
    ("member", "enable", MEMBER),
    ("peers", "connect", PEERS),
    ("peers", "disconnect", PEERS),
    ("member", "disable", MEMBER),
]


class Clock:
    """Time that passes only by sleeping; `events` happen at their times."""

    def __init__(self) -> None:
        self.now = NOW
        self.events: list[tuple[float, Any]] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for due in [event for event in self.events if event[0] <= self.now]:
            self.events.remove(due)
            due[1]()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    told = SimpleNamespace(monotonic=lambda: made.now, sleep=made.sleep)
    monkeypatch.setattr(pending, "time", told)
    return made


@pytest.fixture
def joined(world: World, clock: Clock) -> World:
    """Two clusters in a mesh, at revision 4 or so of the first."""
    port = {"CLUSTER": "cluster02", "NODE_PORT": "32258"}
    for script, action, environment in (
        ("member", "enable", MEMBER),
        ("member", "enable", MEMBER | port),
        ("peers", "connect", PEERS | {"ALLOW_MISMATCHING_CA": "true"}),
    ):
        ran = world.run(script, action, environment)
        assert ran.returncode == 0, ran.stderr
    world.forget_calls()
    return world


@pytest.fixture
def ended() -> str:
    """The name of a program of ours that has ended, on this machine."""
    return writer.new_name()


@pytest.fixture
def elsewhere() -> str:
    """The name of one that was started on another machine, or before a restart."""
    return "cilium-clustermesh.0123-456-0.fedcba"


def break_off(world: World, by: str, status: str = "pending-upgrade") -> int:
    """Leave a pending revision that this program has written; returns its number."""
    found = world.release("cluster01")
    number = int(found["version"]) + 1
    broken = {"version": number, "status": status, "writer": by, "config": {}}
    world.change("cluster01", release={**broken, "configBefore": found["config"]})
    return number


def connect(world: World, **environment: str) -> Ran:
    return world.run("peers", "connect", PEERS | environment)


def deletes(world: World) -> list[list[str]]:
    return [call for call in world.calls("kubectl") if "delete" in call]


@pytest.mark.parametrize(("script", "action", "environment"), ACTIONS)
@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_what_a_program_of_ours_left_is_cleared_away_at_once_if_that_has_ended(
    joined: World,
    clock: Clock,
    ended: str,
    script: str,
    action: str,
    environment: dict[str, str],
    status: str,
) -> None:
    number = break_off(joined, ended, status)
    ran = joined.run(script, action, environment)
    assert ran.returncode == 0, ran.stderr
    assert f"revision {number} of the Helm release is {status} and was broken off" in ran.stderr
    assert "the program that wrote it has ended" in ran.stderr
    assert f"going back to revision {number - 1}, which is deployed" in ran.stderr
    assert joined.release("cluster01")["status"] == "deployed"
    assert clock.now == NOW


def test_what_was_deployed_is_applied_again(joined: World, ended: str) -> None:
    """The broken revision may have taken the peers out of the cluster, whatever Helm says."""
    before = joined.peers("cluster01")
    break_off(joined, ended)
    assert connect(joined).returncode == 0
    assert joined.peers("cluster01") == before
    assert [call[0] for call in joined.calls("cilium")] == ["upgrade"]


def test_nothing_but_the_pending_revision_is_deleted_and_only_as_it_was_read(
    joined: World, ended: str
) -> None:
    number = break_off(joined, ended)
    connect(joined)
    path = f"/api/v1/namespaces/kube-system/secrets/sh.helm.release.v1.cilium.v{number}"
    assert [call[-2:] for call in deletes(joined)] == [[f"--raw={path}", "--filename=-"]]


def test_a_revision_that_changes_at_the_last_moment_is_not_deleted(
    joined: World, ended: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Helm finishes between the look and the delete: then the API server refuses the delete."""
    break_off(joined, ended)
    done = joined.release("cluster01")
    done |= {"status": "deployed", "resourceVersion": 8, "config": done["configBefore"]}
    answer = joined.answer

    def through_before_the_delete(command: list[str], env: Any, **options: Any) -> Any:
        if "delete" in command:
            joined.change("cluster01", release=done)
        return answer(command, env, **options)

    monkeypatch.setattr(subprocess, "run", through_before_the_delete)
    ran = connect(joined)
    assert ran.returncode == 0, ran.stderr
    assert len(deletes(joined)) == 1
    assert joined.release("cluster01") == done


@pytest.mark.parametrize(
    "by", ["cilium", "helm-controller", "pulumi-kubernetes", "", "helm kubectl"]
)
def test_what_was_not_started_by_us_is_somebody_elses(joined: World, by: str) -> None:
    break_off(joined, by)
    ran = connect(joined, **{pending.PATIENCE: "40"})
    assert ran.returncode == 0, ran.stderr
    told = " and ".join(repr(one) for one in by.split()) or "somebody"
    assert f"{told} is at work on it, or was killed" in ran.stderr
    assert "it has not changed for 40 s" in ran.stderr


def test_somebody_elses_operation_has_an_hour_and_a_half_without_a_change(
    joined: World, clock: Clock
) -> None:
    """`helm upgrade --wait --timeout 60m` shows nothing before it is over."""
    break_off(joined, HELM)
    ran = connect(joined)
    assert ran.returncode == 0, ran.stderr
    assert "`helm rollback cilium -n kube-system`" in ran.stderr
    assert "it has not changed for 5400 s" in ran.stderr
    assert NOW + 5400 <= clock.now < NOW + 5430
    assert ran.stderr.count("is at work on it") > 10


def test_somebody_elses_operation_that_ends_is_left_alone(joined: World, clock: Clock) -> None:
    break_off(joined, HELM)
    done = joined.release("cluster01")
    done |= {"status": "deployed", "config": done["configBefore"]}
    clock.events = [(NOW + 3600, lambda: joined.change("cluster01", release=done))]
    ran = connect(joined)
    assert ran.returncode == 0, ran.stderr
    assert clock.now < NOW + 3620
    assert joined.calls("cilium") == [] and deletes(joined) == []


def test_one_that_is_written_to_meanwhile_is_watched_anew(joined: World, clock: Clock) -> None:
    """It was making progress, whatever any clock says."""
    number = break_off(joined, HELM)

    def touch() -> None:
        joined.change("cluster01", release=joined.release("cluster01") | {"resourceVersion": 9})

    clock.events = [(NOW + 50, touch)]
    ran = connect(joined, **{pending.PATIENCE: "100"})
    assert ran.returncode == 0, ran.stderr
    assert f"revision {number} of the Helm release is pending-upgrade and was broken" in ran.stderr
    assert NOW + 150 <= clock.now < NOW + 180


def test_one_of_ours_from_elsewhere_has_the_time_that_ours_may_take(
    joined: World, clock: Clock, elsewhere: str
) -> None:
    break_off(joined, elsewhere)
    ran = connect(joined)
    assert ran.returncode == 0, ran.stderr
    assert "it has not changed for 30 s" in ran.stderr
    assert NOW + 30 <= clock.now < NOW + 35


def test_one_of_ours_that_still_runs_here_is_waited_for(joined: World, clock: Clock) -> None:
    name = writer.new_name()
    with subprocess.Popen([name, "60"], executable="/bin/sleep") as running:
        number = break_off(joined, name)
        clock.events = [(NOW + 10, running.kill), (NOW + 10, running.wait)]
        ran = connect(joined)
    assert ran.returncode == 0, ran.stderr
    assert f"going back to revision {number - 1}" in ran.stderr
    assert NOW + 10 <= clock.now < NOW + 15


def test_one_of_ours_that_somebody_else_has_written_to_is_somebody_elses(
    joined: World, ended: str
) -> None:
    break_off(joined, f"{ended} helm")
    ran = connect(joined, **{pending.PATIENCE: "40"})
    assert ran.returncode == 0, ran.stderr
    assert "it has not changed for 40 s" in ran.stderr


@pytest.mark.parametrize(("given", "seconds"), [("45", 45), ("1", 1)])
def test_whoever_runs_pulumi_may_have_less_patience_with_others(
    joined: World, clock: Clock, given: str, seconds: int
) -> None:
    break_off(joined, HELM)
    assert connect(joined, **{pending.PATIENCE: given}).returncode == 0
    assert NOW + seconds <= clock.now < NOW + seconds + 30


@pytest.mark.parametrize("given", ["soon", "60s", "1.5", ""])
def test_a_patience_that_is_no_number_is_named(joined: World, given: str) -> None:
    break_off(joined, HELM)
    ran = connect(joined, **{pending.PATIENCE: given})
    assert ran.returncode == 1
    assert f"{pending.PATIENCE} is not a number of seconds: {given!r}" in ran.stderr


def test_a_first_installation_is_never_touched(joined: World, ended: str) -> None:
    broken = {"version": 1, "status": "pending-install", "writer": ended, "config": {}}
    joined.change("cluster01", release=broken)
    ran = connect(joined)
    assert ran.returncode == 1
    assert "revision 1 of the Helm release is pending-install and none was deployed" in ran.stderr
    assert "helm uninstall cilium" in ran.stderr
    assert joined.release("cluster01") == broken
    assert joined.calls("cilium") == []


def test_others_that_never_stop_end_in_an_error(joined: World, clock: Clock) -> None:
    def one_more() -> None:
        break_off(joined, HELM)
        clock.events = [(clock.now + 5, one_more)]

    break_off(joined, HELM)
    clock.events = [(NOW + 5, one_more)]
    ran = connect(joined)
    assert ran.returncode == 1
    assert "somebody is at work" in ran.stderr
    assert clock.now < NOW + 70


def test_the_cli_writes_releases_under_a_name_that_its_next_run_knows(joined: World) -> None:
    """Each under its own; nothing else in the environment marks it as one of ours."""
    seen: list[str] = []
    answer = joined.answer

    def run(command: list[str], env: Any, **options: Any) -> Any:
        seen.append(command[0])
        return answer(command, env, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", run)
        joined.run("member", "disable", MEMBER)
    ours = [name for name in seen if writer.is_ours(name)]
    assert len(ours) == len(joined.calls("cilium")) == len(set(ours)) > 0
    assert not any(writer.lives(name) for name in ours)


@pytest.mark.parametrize("manager", ["helm", "cilium", "", "cilium-clustermesh.elsewhere.0"])
def test_of_what_was_not_started_here_it_is_not_known_whether_it_lives(manager: str) -> None:
    assert writer.lives(manager) is None
