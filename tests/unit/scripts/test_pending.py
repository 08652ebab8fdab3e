"""A Helm operation that was broken off, or that somebody else is at, before each of ours."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from components.scripts import pending
from tests.unit.scripts.conftest import Ran, World

NOW = 2_000_000_000.0
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
    """Time that passes only by sleeping; `events` happen when theirs has come."""

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
    told = SimpleNamespace(time=lambda: made.now, monotonic=lambda: made.now, sleep=made.sleep)
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


def break_off(world: World, age: float, status: str = "pending-upgrade") -> int:
    """Leave a pending revision so old; gives its number."""
    found = world.release("cluster01")
    number = int(found["version"]) + 1
    broken = {"version": number, "status": status, "at": int(NOW - age), "config": {}}
    world.change("cluster01", release={**broken, "configBefore": found["config"]})
    return number


def connect(world: World) -> Ran:
    return world.run("peers", "connect", PEERS)


@pytest.mark.parametrize(("script", "action", "environment"), ACTIONS)
@pytest.mark.parametrize("status", ["pending-install", "pending-upgrade", "pending-rollback"])
def test_what_was_broken_off_is_cleared_away_and_the_action_done(
    joined: World, script: str, action: str, environment: dict[str, str], status: str
) -> None:
    number = break_off(joined, age=3600, status=status)
    ran = joined.run(script, action, environment)
    assert ran.returncode == 0, ran.stderr
    assert (
        f"revision {number} of the Helm release is {status} for longer than the 30 s" in ran.stderr
    )
    assert f"going back to revision {number - 1}, which is deployed" in ran.stderr
    assert joined.release("cluster01")["status"] == "deployed"


def test_what_was_deployed_is_applied_again(joined: World) -> None:
    """The broken revision may have taken the peers out of the cluster, whatever Helm says."""
    before = joined.peers("cluster01")
    break_off(joined, age=3600)
    assert connect(joined).returncode == 0
    assert joined.peers("cluster01") == before
    assert [call[0] for call in joined.calls("cilium")] == ["upgrade"]


def test_nothing_but_the_pending_revision_is_deleted(joined: World) -> None:
    number = break_off(joined, age=3600)
    connect(joined)
    deleted = [call for call in joined.calls("kubectl") if "delete" in call]
    labels = f"owner=helm,name=cilium,version={number},status=pending-upgrade"
    assert [call[-1] for call in deleted] == [f"--selector={labels}"]


def test_somebody_at_work_is_waited_for(joined: World, clock: Clock) -> None:
    break_off(joined, age=5)
    done = joined.release("cluster01")
    done |= {"status": "deployed", "config": done["configBefore"]}
    clock.events = [(NOW + 10, lambda: joined.change("cluster01", release=done))]
    ran = connect(joined)
    assert ran.returncode == 0, ran.stderr
    assert "waiting up to 25 s" in ran.stderr
    assert clock.now < NOW + 15
    assert joined.calls("cilium") == [] and not any(
        "delete" in call for call in joined.calls("kubectl")
    )


def test_a_young_revision_is_cleared_away_only_when_its_time_is_over(
    joined: World, clock: Clock
) -> None:
    break_off(joined, age=5)
    assert connect(joined).returncode == 0
    assert NOW + 25 <= clock.now < NOW + 30


def test_a_clock_that_is_far_behind_is_no_reason_to_wait_for_ever(
    joined: World, clock: Clock
) -> None:
    break_off(joined, age=-9999)
    assert connect(joined).returncode == 0
    assert NOW + 30 <= clock.now < NOW + 35


def test_a_first_installation_is_never_touched(joined: World) -> None:
    broken = {"version": 1, "status": "pending-install", "at": int(NOW - 3600), "config": {}}
    joined.change("cluster01", release=broken)
    ran = connect(joined)
    assert ran.returncode == 1
    assert "revision 1 of the Helm release is pending-install and none was deployed" in ran.stderr
    assert "helm uninstall cilium" in ran.stderr
    assert joined.release("cluster01") == broken
    assert joined.calls("cilium") == []


def test_others_that_never_stop_end_in_an_error(joined: World, clock: Clock) -> None:
    def one_more() -> None:
        break_off(joined, age=NOW - clock.now)
        clock.events = [(clock.now + 5, one_more)]

    break_off(joined, age=0)
    clock.events = [(NOW + 5, one_more)]
    ran = connect(joined)
    assert ran.returncode == 1
    assert "somebody is at work" in ran.stderr
    assert clock.now < NOW + 70
