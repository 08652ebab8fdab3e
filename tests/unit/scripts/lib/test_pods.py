"""The shapes are those of a Pod's status in the Kubernetes API."""

from typing import Any

import pytest

from components.scripts.lib.pods import is_ready, shortened, troubles

READY = {"type": "Ready", "status": "True"}


def pod(*conditions: dict[str, str], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": "pod-1"}, "status": {"conditions": list(conditions), **status}}


def container(name: str = "etcd", *, ready: bool = False, **more: Any) -> dict[str, Any]:
    return {"name": name, "ready": ready, **more}


def ended(code: int, **more: str) -> dict[str, Any]:
    return {"terminated": {"exitCode": code, **more}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return {"waiting": {"reason": reason, "message": message}}


UNSCHEDULABLE = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available: 1 Insufficient cpu.",
}


@pytest.mark.parametrize(
    ("listed", "text", "remedy"),
    [
        (
            pod(
                containerStatuses=[
                    container(
                        state=waiting("CrashLoopBackOff", "back-off 5m0s restarting failed"),
                        lastState=ended(1, reason="Error", message="no such\nuser"),
                    )
                ]
            ),
            "Pod pod-1, container etcd waits: CrashLoopBackOff; it ended with exit code 1 "
            "(Error: no such user)",
            "--previous",
        ),
        (
            pod(containerStatuses=[container(state=waiting("ImagePullBackOff", "not found"))]),
            "waits: ImagePullBackOff: not found",
            "can pull that image",
        ),
        (
            pod(containerStatuses=[container(state=ended(137, reason="OOMKilled"))]),
            "it ended with exit code 137 (OOMKilled)",
            "more memory",
        ),
        (
            pod(
                containerStatuses=[
                    container(state=waiting("CreateContainerConfigError", 'secret "a" not found'))
                ]
            ),
            'CreateContainerConfigError: secret "a" not found',
            "missing Secret",
        ),
        (pod(UNSCHEDULABLE, phase="Pending"), "has no node: Unschedulable: 0/1 nodes", "make room"),
        (
            pod(containerStatuses=[container(state={"running": {}})]),
            "runs but is not ready",
            "describe pod",
        ),
        (pod(phase="Failed", reason="Evicted", message="low on memory"), "is Failed: Evicted", ""),
        (pod(phase="Pending"), "is Pending", "describe pod"),
    ],
)
def test_what_keeps_a_pod_is_said_with_the_way_out(
    listed: dict[str, Any], text: str, remedy: str
) -> None:
    (found,) = troubles(listed)
    assert text in str(found) and remedy in found.remedy


def test_containers_that_wait_for_an_init_container_are_not_blamed() -> None:
    listed = pod(
        initContainerStatuses=[
            container("done", state=ended(0)),
            container("sidecar", ready=True, state={"running": {}}),
            container("init", state=ended(2)),
        ],
        containerStatuses=[container(state=waiting("PodInitializing"))],
    )
    assert [one.container for one in troubles(listed)] == ["init"]


def test_every_container_that_is_not_ready_is_named_and_no_other() -> None:
    statuses = [container("a"), container("b", ready=True), container("c")]
    assert [one.container for one in troubles(pod(containerStatuses=statuses))] == ["a", "c"]


def test_a_log_is_offered_where_there_is_one_and_that_of_the_run_that_failed() -> None:
    states: list[tuple[dict[str, Any], tuple[bool, bool]]] = [
        ({"state": waiting("ContainerCreating")}, (False, False)),
        ({"state": waiting("CrashLoopBackOff"), "lastState": ended(1)}, (True, False)),
        ({"state": {"running": {}}}, (True, False)),
        ({"state": {"running": {}}, "lastState": ended(1)}, (True, True)),
    ]
    for state, wanted in states:
        (found,) = troubles(pod(containerStatuses=[container(**state)]))
        assert (found.has_log, found.is_restarted) == wanted


def test_a_pod_that_is_ready_or_on_its_way_out_is_in_no_trouble() -> None:
    leaving = pod(READY)
    leaving["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert is_ready(pod(READY)) and not is_ready(leaving) and not is_ready(pod())
    assert troubles(pod(READY)) == [] and troubles(leaving) == []


def test_what_a_program_said_becomes_one_short_printable_line() -> None:
    assert shortened("a\n\x1b[31mb\tc") == "a [31mb c"
    assert len(shortened("x" * 9999)) < 400
